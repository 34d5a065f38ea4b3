#include "ini_object.h"
#include "ini_text.h"
#include <npmrc-doctor/ini.h>

/* Deciding what a file says needs little memory for each line. The public records, each longer than
 * most lines, are made when they are asked for, a block at a time. */
#define BLOCK 64

struct section {
	const char *name;
	size_t line;
	bool detached; /* [__proto__]: read and thrown away */
	struct nd_span key;
};

struct entry {
	uint32_t line;
	uint32_t prop; /* the top-level property that it set, or ND_PROP_NONE */
};

struct nd_ini {
	const struct nd_doc *doc;
	int npm_major;
	struct nd_arena *arena;
	struct nd_objects objects;
	struct entry *entries;
	size_t n_entries, room;
	uint32_t *order; /* NULL: that of the properties */
	uint32_t *rank;  /* a property's place in that order, or ND_PROP_NONE; NULL as above */
	size_t n_keys;
	GArray *sections;
	char *fatal;
	size_t fatal_line;
	struct nd_ini_entry **entry_blocks; /* NULL: not made yet */
	struct nd_ini_key **key_blocks;	    /* by property */
	struct lists {
		size_t *entries; /* the properties' entries, one list behind the other */
		uint32_t *first; /* where each property's begin */
	} * lists;
};

/* A line on its way from reading to assigning. Between the two its place in the table is fetched.
 */
struct row {
	struct nd_name name;
	struct nd_value value;
	uint32_t line;
	bool list, dropped;
};

struct reader {
	struct nd_ini *ini;
	struct row rows[32];
	size_t n;
	size_t sections; /* that have been opened */
	uint32_t target; /* the object in which keys go */
};

/* ini before 4 skips only empty lines: white space alone is the key "". */
static bool has_key(const struct nd_line *line, int npm_major)
{
	return line->kind == ND_LINE_PAIR || line->kind == ND_LINE_BARE ||
	       (line->kind == ND_LINE_BLANK && npm_major <= 8 && line->eol > line->start);
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
static void name_entry(const struct nd_ini *ini, struct nd_ini_entry *entry)
{
	const struct nd_value *value = &entry->key_text.value;

	if (value->type != ND_TYPE_STRING) {
		entry->key = nd_value_text(value, ini->arena);
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

static void read_entry(
	const struct nd_ini *ini, const struct nd_line *line, struct nd_ini_entry *entry)
{
	struct nd_span bytes = nd_doc_bytes(ini->doc);

	*entry = (struct nd_ini_entry){.key_text = {.start = line->key_start, .end = line->key_end},
		.text = {.start = line->value_start, .end = line->value_end}};
	nd_ini_text_decode(bytes, &entry->key_text, ini->arena);
	name_entry(ini, entry);
	if (line->kind == ND_LINE_PAIR) {
		nd_ini_text_decode(bytes, &entry->text, ini->arena);
		nd_ini_text_words(&entry->text.value);
	} else {
		entry->text.value = nd_value_boolean(true);
	}
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

/* Most lines: key and value mean the bytes that stand there. */
static bool read_plain(const struct nd_ini *ini, const struct nd_line *line, struct row *row)
{
	const char *base = nd_doc_bytes(ini->doc).p, *end = base + line->value_end;
	struct nd_span key = {base + line->key_start, line->key_end - line->key_start};
	struct nd_span value = {base + line->value_start, line->value_end - line->value_start};

	if (line->kind != ND_LINE_PAIR || !key.n || is_quote(key.p[0]) || key.p[0] == '_' ||
		key.p[key.n - 1] == ']' || (value.n && is_quote(value.p[0])) ||
		nd_ini_text_special(key.p, end) != end)
		return false;
	row->name.key = key;
	row->value = nd_value_string(value);
	row->list = row->dropped = false;
	nd_ini_text_words(&row->value);
	return true;
}

static void read_row(struct reader *r, const struct nd_line *line, size_t index)
{
	struct row *row = &r->rows[r->n++];
	struct nd_ini_entry entry;

	if (!read_plain(r->ini, line, row)) {
		read_entry(r->ini, line, &entry);
		if (entry.key_text.value.type == ND_TYPE_NULL)
			set_fatal(
				r->ini, "Cannot read properties of null (reading 'length')", index);
		*row = (struct row){.name.key = entry.key,
			.value = entry.text.value,
			.list = entry.list,
			.dropped = entry.dropped};
	}
	row->line = (uint32_t)index;
	row->name.hash = nd_objects_hash(&r->ini->objects, row->name.key);
	nd_objects_expect(&r->ini->objects, row->name.hash);
}

/* Opens the sections that stand before `line`; the last one's object is where keys go. */
static void open_sections(struct reader *r, size_t line)
{
	struct nd_ini *ini = r->ini;

	for (; r->sections < ini->sections->len; r->sections++) {
		const struct section *section = section_at(ini, r->sections);

		if (section->line >= line)
			break;
		r->target = section->detached ? ND_OBJECT_NONE
					      : nd_objects_open(&ini->objects, section->key);
	}
}

static void grow_entries(struct nd_ini *ini, size_t room)
{
	ini->entries = nd_pages_grow(
		ini->entries, ini->room * sizeof(*ini->entries), room * sizeof(*ini->entries));
	ini->room = room;
}

static void add_entry(struct nd_ini *ini, struct entry entry)
{
	if (ini->n_entries == ini->room)
		grow_entries(ini, ini->room * 2);
	ini->entries[ini->n_entries++] = entry;
}

static void assign_rows(struct reader *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct row *row = &r->rows[i];
		uint32_t prop = ND_PROP_NONE;

		open_sections(r, row->line);
		if (!row->dropped && r->target != ND_OBJECT_NONE)
			prop = nd_objects_assign(
				&r->ini->objects, r->target, row->name, &row->value, row->list);
		add_entry(r->ini, (struct entry){row->line, r->sections ? ND_PROP_NONE : prop});
	}
	r->n = 0;
}

static void read_lines(struct nd_ini *ini)
{
	struct reader r = {.ini = ini, .target = ND_OBJECT_TOP};
	size_t lines = nd_doc_count(ini->doc);
	struct nd_line line;

	for (size_t i = 0; i < lines; i++) {
		nd_doc_read_line(ini->doc, i, &line);
		if (line.kind == ND_LINE_SECTION)
			read_section(ini, &line, i);
		else if (has_key(&line, ini->npm_major))
			read_row(&r, &line, i);
		if (r.n == G_N_ELEMENTS(r.rows))
			assign_rows(&r);
	}
	assign_rows(&r);
	open_sections(&r, SIZE_MAX);
}

/* Follows a value that ini moved to another name; an entry whose key was torn sets nothing. */
static uint32_t settle(const struct nd_ini *ini, size_t entry)
{
	uint32_t prop = ini->entries[entry].prop;

	while (prop != ND_PROP_NONE && nd_prop_gone(&ini->objects.props[prop]))
		prop = ini->objects.props[prop].box->moved;
	return prop;
}

/* The line that made the property at which joining failed: a key's last one or a section's. */
static size_t line_of(const struct nd_ini *ini, uint32_t prop)
{
	struct nd_span key = nd_prop_key(&ini->objects.props[prop]);

	for (size_t i = ini->n_entries; i-- > 0;)
		if (ini->entries[i].prop == prop)
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

static void rank_keys(struct nd_ini *ini)
{
	ini->order = nd_objects_order(&ini->objects, &ini->n_keys);
	if (!ini->order)
		return;
	ini->rank = g_new(uint32_t, ini->objects.n + 1);
	for (uint32_t i = 0; i < ini->objects.n; i++)
		ini->rank[i] = ND_PROP_NONE;
	for (size_t i = 0; i < ini->n_keys; i++)
		ini->rank[ini->order[i]] = (uint32_t)i;
}

struct nd_ini *nd_ini_decode(const struct nd_doc *doc, int npm_major)
{
	struct nd_ini *ini = g_new0(struct nd_ini, 1);
	/* Not more than the file is long: lines may all be empty. */
	size_t expected = MIN(nd_doc_count(doc), nd_doc_bytes(doc).n / 24 + 16);

	ini->doc = doc;
	ini->npm_major = npm_major;
	ini->arena = nd_arena_new();
	ini->sections = g_array_new(FALSE, FALSE, sizeof(struct section));
	ini->lists = g_new0(struct lists, 1);
	ini->objects = (struct nd_objects){
		.document = nd_doc_bytes(doc), .arena = ini->arena, .npm_major = npm_major};
	nd_objects_init(&ini->objects, expected);
	grow_entries(ini, expected + 1);
	read_lines(ini);
	join_sections(ini);
	rank_keys(ini);
	ini->entry_blocks = g_new0(struct nd_ini_entry *, ini->n_entries / BLOCK + 1);
	ini->key_blocks = g_new0(struct nd_ini_key *, ini->objects.n / BLOCK + 1);
	return ini;
}

void nd_ini_free(struct nd_ini *ini)
{
	if (!ini)
		return;
	for (size_t i = 0; i <= ini->n_entries / BLOCK; i++)
		g_free(ini->entry_blocks[i]);
	for (size_t i = 0; i <= ini->objects.n / BLOCK; i++)
		g_free(ini->key_blocks[i]);
	nd_objects_release(&ini->objects);
	g_array_free(ini->sections, TRUE);
	g_free(ini->entry_blocks);
	g_free(ini->key_blocks);
	g_free(ini->lists->entries);
	g_free(ini->lists->first);
	g_free(ini->lists);
	nd_pages_free(ini->entries, ini->room * sizeof(*ini->entries));
	g_free(ini->order);
	g_free(ini->rank);
	g_free(ini->fatal);
	nd_arena_free(ini->arena);
	g_free(ini);
}

/* The name of the last section that stands before the line. */
static const char *section_before(const struct nd_ini *ini, size_t line)
{
	size_t low = 0, high = ini->sections->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (section_at(ini, middle)->line < line)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? section_at(ini, low - 1)->name : NULL;
}

static void make_entry(const struct nd_ini *ini, size_t index, struct nd_ini_entry *entry)
{
	size_t at = ini->entries[index].line;
	struct nd_line line;

	nd_doc_read_line(ini->doc, at, &line);
	read_entry(ini, &line, entry);
	entry->line = at;
	entry->dropped = settle(ini, index) == ND_PROP_NONE;
	entry->section = section_before(ini, at);
}

size_t nd_ini_entry_count(const struct nd_ini *ini)
{
	return ini->n_entries;
}

const struct nd_ini_entry *nd_ini_entry(const struct nd_ini *ini, size_t index)
{
	g_assert(index < ini->n_entries);
	size_t first = index / BLOCK * BLOCK, n = MIN(ini->n_entries - first, BLOCK);
	struct nd_ini_entry **block = &ini->entry_blocks[index / BLOCK];

	if (!*block) {
		*block = g_new(struct nd_ini_entry, n);
		for (size_t i = 0; i < n; i++)
			make_entry(ini, first + i, &(*block)[i]);
	}
	return &(*block)[index - first];
}

/* Sorts the entries by property: counts each one's, then puts them in, the last one first. */
static void list_entries(const struct nd_ini *ini)
{
	struct lists *lists = ini->lists;
	uint32_t n = ini->objects.n, prop, total = 0;

	lists->entries = g_new(size_t, ini->n_entries + 1);
	lists->first = g_new0(uint32_t, (size_t)n + 1);
	for (size_t i = 0; i < ini->n_entries; i++)
		if ((prop = settle(ini, i)) != ND_PROP_NONE)
			lists->first[prop]++;
	for (uint32_t i = 0; i <= n; i++)
		lists->first[i] = total += lists->first[i];
	for (size_t i = ini->n_entries; i-- > 0;)
		if ((prop = settle(ini, i)) != ND_PROP_NONE)
			lists->entries[--lists->first[prop]] = i;
}

static const struct nd_ini_key *key_of(const struct nd_ini *ini, uint32_t prop)
{
	uint32_t first = prop / BLOCK * BLOCK, n = MIN(ini->objects.n - first, BLOCK);
	struct nd_ini_key **block = &ini->key_blocks[prop / BLOCK];

	if (*block)
		return &(*block)[prop - first];
	if (!ini->lists->first)
		list_entries(ini);
	*block = g_new(struct nd_ini_key, n);
	for (uint32_t i = first; i < first + n; i++) {
		const uint32_t *list = &ini->lists->first[i];

		(*block)[i - first] = (struct nd_ini_key){nd_prop_key(&ini->objects.props[i]),
			/* Each key has its list. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
			nd_objects_value(&ini->objects, i), ini->lists->entries + list[0],
			list[1] - list[0]};
	}
	return &(*block)[prop - first];
}

size_t nd_ini_key_count(const struct nd_ini *ini)
{
	return ini->n_keys;
}

static uint32_t prop_at(const struct nd_ini *ini, size_t index)
{
	g_assert(index < ini->n_keys);
	return ini->order ? ini->order[index] : (uint32_t)index;
}

const struct nd_ini_key *nd_ini_key(const struct nd_ini *ini, size_t index)
{
	return key_of(ini, prop_at(ini, index));
}

/* The property of the top object that has the name and is still there. */
static uint32_t find(const struct nd_ini *ini, struct nd_span key)
{
	uint32_t prop = nd_objects_find(&ini->objects, ND_OBJECT_TOP, key);

	return prop != ND_PROP_NONE && nd_prop_gone(&ini->objects.props[prop]) ? ND_PROP_NONE : prop;
}

const struct nd_ini_key *nd_ini_find(const struct nd_ini *ini, struct nd_span key)
{
	uint32_t prop = find(ini, key);

	return prop == ND_PROP_NONE ? NULL : key_of(ini, prop);
}

size_t nd_ini_index(const struct nd_ini *ini, struct nd_span key)
{
	uint32_t prop = find(ini, key);

	if (prop != ND_PROP_NONE && ini->rank)
		prop = ini->rank[prop];
	return prop == ND_PROP_NONE ? SIZE_MAX : prop;
}

struct nd_span nd_ini_name(const struct nd_ini *ini, size_t index)
{
	return nd_prop_key(&ini->objects.props[prop_at(ini, index)]);
}

struct nd_value nd_ini_value(const struct nd_ini *ini, size_t index)
{
	return nd_objects_value(&ini->objects, prop_at(ini, index));
}

bool nd_ini_has_dollar(const struct nd_ini *ini)
{
	return ini->objects.dollar;
}

/* The entry of a line that has one. */
static size_t entry_of_line(const struct nd_ini *ini, size_t line)
{
	size_t low = 0, high = ini->n_entries;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (ini->entries[middle].line <= line)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* What is no more than text or a boolean still says where it stood. */
size_t nd_ini_last_entry(const struct nd_ini *ini, size_t index)
{
	const struct nd_prop *prop = &ini->objects.props[prop_at(ini, index)];
	const struct nd_ini_key *key;

	if (!prop->box)
		return entry_of_line(ini, nd_doc_line_at(ini->doc, prop->start));
	key = nd_ini_key(ini, index);
	/* All are filled in. NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Branch) */
	return key->n_entries ? key->entries[key->n_entries - 1] : SIZE_MAX;
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
