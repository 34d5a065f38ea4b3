#include "ini_object.h"
#include "ini_text.h"
#include <npmrc-doctor/ini.h>

struct section {
	const char *name;
	size_t line;
	bool detached; /* [__proto__]: read and thrown away */
	struct nd_span key;
};

struct nd_ini {
	const struct nd_doc *doc;
	int npm_major;
	struct nd_arena *arena;
	struct nd_objects objects;
	struct nd_ini_entry *entries;
	/* Of each entry: first its key's hash, then its top-level property or ND_PROP_NONE. */
	uint32_t *props;
	size_t n_entries;
	size_t *lists; /* the keys' entries, one list behind the other */
	uint32_t *order;
	size_t n_keys;
	GArray *sections;
	char *fatal;
	size_t fatal_line;
};

/* ini before 4 skips only empty lines: white space alone is the key "". */
static bool has_key(const struct nd_line *line, int npm_major)
{
	return line->kind == ND_LINE_PAIR || line->kind == ND_LINE_BARE ||
	       (line->kind == ND_LINE_BLANK && npm_major <= 8 && line->eol > line->start);
}

static size_t count_keys(const struct nd_doc *doc, int npm_major)
{
	size_t n = 0, lines = nd_doc_count(doc);
	const struct nd_line *line = lines ? nd_doc_line(doc, 0) : NULL;

	for (size_t i = 0; i < lines; i++)
		n += has_key(&line[i], npm_major);
	return n;
}

static void set_fatal(struct nd_ini *ini, const char *message, size_t line)
{
	if (ini->fatal)
		return;
	ini->fatal = g_strdup(message);
	ini->fatal_line = line;
}

static void read_section(struct nd_ini *ini, const struct nd_line *line, size_t index)
{
	struct nd_ini_text text = {.start = line->key_start, .end = line->key_end};

	nd_ini_text_decode(nd_doc_bytes(ini->doc), &text, ini->arena);
	/* The copy has a NUL behind it. */
	struct nd_span name = nd_value_text(&text.value, ini->arena);
	struct section section = {.name = name.p, .line = index, .key = name};

	section.detached = text.value.type == ND_TYPE_STRING && nd_span_is(name, "__proto__");
	g_array_append_val(ini->sections, section);
}

static const struct section *section_at(const struct nd_ini *ini, size_t index)
{
	return &g_array_index(ini->sections, struct section, index);
}

/* The name as JavaScript makes one of what unsafe() returned. */
static void name_entry(struct nd_ini *ini, struct nd_ini_entry *entry)
{
	const struct nd_value *value = &entry->key_text.value;

	if (value->type != ND_TYPE_STRING) {
		entry->key = nd_value_text(value, ini->arena);
		if (value->type == ND_TYPE_NULL)
			set_fatal(ini, "Cannot read properties of null (reading 'length')",
				entry->line);
		entry->dropped = value->type == ND_TYPE_NULL;
		/* Only ini 1 has a prototype that such an assignment reaches. */
		if (ini->npm_major < 7 && nd_span_is(entry->key, "__proto__"))
			entry->dropped = true;
		return;
	}
	entry->key = value->string;
	entry->list = entry->key.n > 2 && memcmp(entry->key.p + entry->key.n - 2, "[]", 2) == 0;
	if (entry->list)
		entry->key.n -= 2;
	entry->dropped = nd_span_is(entry->key, "__proto__");
}

static void read_entry(struct nd_ini *ini, const struct nd_line *line, size_t index)
{
	struct nd_ini_entry *entry = &ini->entries[ini->n_entries];
	struct nd_span bytes = nd_doc_bytes(ini->doc);

	*entry = (struct nd_ini_entry){.line = index,
		.key_text = {.start = line->key_start, .end = line->key_end},
		.text = {.start = line->value_start, .end = line->value_end}};
	if (ini->sections->len)
		entry->section = section_at(ini, ini->sections->len - 1)->name;
	nd_ini_text_decode(bytes, &entry->key_text, ini->arena);
	name_entry(ini, entry);
	if (line->kind == ND_LINE_PAIR) {
		nd_ini_text_decode(bytes, &entry->text, ini->arena);
		nd_ini_text_words(&entry->text.value);
	} else {
		entry->text.value = nd_value_boolean(true);
	}
	ini->props[ini->n_entries++] = nd_objects_hash(&ini->objects, entry->key);
}

static void read_lines(struct nd_ini *ini)
{
	size_t lines = nd_doc_count(ini->doc);

	for (size_t i = 0; i < lines; i++) {
		const struct nd_line *line = nd_doc_line(ini->doc, i);

		if (line->kind == ND_LINE_SECTION)
			read_section(ini, line, i);
		else if (has_key(line, ini->npm_major))
			read_entry(ini, line, i);
	}
}

/* Opens the sections that stand before `line`; the last one's object is where keys go. */
static void open_sections(struct nd_ini *ini, size_t line, size_t *next, uint32_t *target)
{
	for (; *next < ini->sections->len && section_at(ini, *next)->line < line; (*next)++) {
		const struct section *section = section_at(ini, *next);

		*target = section->detached ? ND_OBJECT_NONE
					    : nd_objects_open(&ini->objects, section->key);
	}
}

/* All entries have been read, so that their places in the table can be asked for in advance. */
static void assign_entries(struct nd_ini *ini)
{
	const size_t ahead = 16;
	uint32_t target = ND_OBJECT_TOP;
	size_t next = 0;

	for (size_t i = 0; i < ini->n_entries; i++) {
		struct nd_ini_entry *entry = &ini->entries[i];
		struct nd_name name = {entry->key, ini->props[i]};

		if (i + ahead < ini->n_entries)
			nd_objects_expect(&ini->objects, ini->props[i + ahead]);
		open_sections(ini, entry->line, &next, &target);
		ini->props[i] = ND_PROP_NONE;
		if (entry->dropped || target == ND_OBJECT_NONE)
			continue;
		uint32_t prop = nd_objects_assign(
			&ini->objects, target, name, &entry->text.value, entry->list);

		if (!entry->section)
			ini->props[i] = prop;
	}
	open_sections(ini, SIZE_MAX, &next, &target);
}

/* Follows a value that ini moved to another name; an entry whose key was torn sets nothing. */
static uint32_t settle(const struct nd_ini *ini, size_t entry)
{
	uint32_t prop = ini->props[entry];

	while (prop != ND_PROP_NONE && ini->objects.props[prop].gone)
		prop = ini->objects.props[prop].moved;
	return prop;
}

static void list_entries(struct nd_ini *ini)
{
	struct nd_prop *props = ini->objects.props;
	size_t *next = ini->lists = g_new(size_t, ini->n_entries + 1);

	for (size_t i = 0; i < ini->n_entries; i++) {
		ini->props[i] = settle(ini, i);
		if (ini->props[i] != ND_PROP_NONE)
			props[ini->props[i]].pub.n_entries++;
		else
			ini->entries[i].dropped = true;
	}
	for (uint32_t i = 0; i < ini->objects.n; i++) {
		props[i].pub.entries = next;
		next += props[i].pub.n_entries;
		props[i].pub.n_entries = 0;
	}
	for (size_t i = 0; i < ini->n_entries; i++) {
		if (ini->props[i] == ND_PROP_NONE)
			continue;
		struct nd_ini_key *key = &props[ini->props[i]].pub;

		ini->lists[(size_t)(key->entries - ini->lists) + key->n_entries++] = i;
	}
}

/* The line that made the property at which joining failed: a key's last one or a section's. */
static size_t line_of(const struct nd_ini *ini, uint32_t prop)
{
	struct nd_span key = ini->objects.props[prop].pub.key;

	for (size_t i = ini->n_entries; i-- > 0;)
		if (ini->props[i] == prop)
			return ini->entries[i].line;
	for (guint i = 0; i < ini->sections->len; i++) {
		if (nd_span_equal(key, section_at(ini, i)->key))
			return section_at(ini, i)->line;
	}
	return 0;
}

static void join_sections(struct nd_ini *ini)
{
	uint32_t thrower = nd_objects_join(&ini->objects);

	if (thrower != ND_PROP_NONE)
		set_fatal(ini, ini->objects.fatal, line_of(ini, thrower));
}

struct nd_ini *nd_ini_decode(const struct nd_doc *doc, int npm_major)
{
	struct nd_ini *ini = g_new0(struct nd_ini, 1);
	size_t n = count_keys(doc, npm_major);

	ini->doc = doc;
	ini->npm_major = npm_major;
	ini->arena = nd_arena_new();
	ini->entries = g_new(struct nd_ini_entry, n + 1);
	ini->props = g_new(uint32_t, n + 1);
	ini->sections = g_array_new(FALSE, FALSE, sizeof(struct section));
	nd_objects_init(&ini->objects, ini->arena, npm_major, n);
	read_lines(ini);
	assign_entries(ini);
	join_sections(ini);
	list_entries(ini);
	ini->order = nd_objects_order(&ini->objects, &ini->n_keys);
	return ini;
}

void nd_ini_free(struct nd_ini *ini)
{
	if (!ini)
		return;
	nd_objects_release(&ini->objects);
	g_array_free(ini->sections, TRUE);
	g_free(ini->entries);
	g_free(ini->props);
	g_free(ini->lists);
	g_free(ini->order);
	g_free(ini->fatal);
	nd_arena_free(ini->arena);
	g_free(ini);
}

size_t nd_ini_entry_count(const struct nd_ini *ini)
{
	return ini->n_entries;
}

const struct nd_ini_entry *nd_ini_entry(const struct nd_ini *ini, size_t index)
{
	g_assert(index < ini->n_entries);
	return &ini->entries[index];
}

size_t nd_ini_key_count(const struct nd_ini *ini)
{
	return ini->n_keys;
}

const struct nd_ini_key *nd_ini_key(const struct nd_ini *ini, size_t index)
{
	g_assert(index < ini->n_keys);
	return &ini->objects.props[ini->order[index]].pub;
}

const struct nd_ini_key *nd_ini_find(const struct nd_ini *ini, struct nd_span key)
{
	uint32_t prop = nd_objects_find(&ini->objects, ND_OBJECT_TOP, key);

	if (prop == ND_PROP_NONE || ini->objects.props[prop].gone)
		return NULL;
	return &ini->objects.props[prop].pub;
}

size_t nd_ini_section_count(const struct nd_ini *ini)
{
	return ini->sections->len;
}

const char *nd_ini_section(const struct nd_ini *ini, size_t index, size_t *line)
{
	g_assert(index < ini->sections->len);
	if (line)
		*line = section_at(ini, index)->line;
	return section_at(ini, index)->name;
}

const char *nd_ini_fatal(const struct nd_ini *ini, size_t *line)
{
	if (ini->fatal && line)
		*line = ini->fatal_line;
	return ini->fatal;
}
