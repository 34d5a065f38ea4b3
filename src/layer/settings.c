#include "load.h"

#include <npmrc-doctor/hash.h>
#include <stdint.h>

/* The making of one setting. */
struct collector {
	struct nd_loader *l;
	struct nd_arena *arena;
};

static struct collector collector(struct nd_loader *l)
{
	return (struct collector){l, l->layers->arena};
}

/* npm 6 throws for the first variable that is not set (lib/config/core.js, envReplace). */
static void note_failure(
	struct collector *c, const struct nd_expansion *expansion, const struct nd_origin *origin)
{
	if (!expansion->failed || c->l->env == NULL || c->l->supplied)
		return;
	for (size_t i = 0; i < expansion->n_variables; i++) {
		struct nd_span name = expansion->variables[i].name;

		if (expansion->variables[i].set)
			continue;
		/* pnpm goes on without the file (npm-conf's addFile), yarn and npm not at all. */
		if (c->l->layers->client == ND_CLIENT_PNPM) {
			c->l->lacks = name;
			return;
		}
		nd_fatal_set(c->l->layers, origin, "Failed to replace env in config: ${%.*s}",
			(int)name.n, name.p);
		return;
	}
}

static void add_variables(
	struct collector *c, struct nd_setting *setting, const struct nd_expansion *expansion)
{
	size_t n = setting->n_variables + expansion->n_variables;
	struct nd_variable *all;

	if (expansion->n_variables == 0)
		return;
	all = nd_arena_alloc(c->arena, n * sizeof *all);
	if (setting->n_variables > 0)
		memcpy(all, setting->variables, setting->n_variables * sizeof *all);
	memcpy(all + setting->n_variables, expansion->variables,
		expansion->n_variables * sizeof *all);
	setting->variables = all;
	setting->n_variables = n;
	for (size_t i = 0; c->l->env != NULL && i < expansion->n_variables; i++)
		if (!expansion->variables[i].set && !expansion->variables[i].optional)
			setting->unresolved = true;
}

/* Finds the references of one string; the result is the text after the client's own expansion. */
static struct nd_value expand_string(
	struct collector *c, struct nd_setting *setting, const struct nd_value *value)
{
	struct nd_expansion expansion =
		nd_expand(c->l->dialect, value->string, c->l->env, c->arena);

	add_variables(c, setting, &expansion);
	note_failure(c, &expansion, &setting->origin);
	return nd_value_string(expansion.text);
}

/* Only the elements of list-typed keys are expanded (parse-field.js). */
static struct nd_value expand_written(struct collector *c, struct nd_setting *setting)
{
	struct nd_value value = setting->written;
	struct nd_value *items;

	if (value.type == ND_TYPE_STRING)
		return expand_string(c, setting, &value);
	if (value.type != ND_TYPE_ARRAY || setting->known == NULL ||
		!(setting->known->types & ND_KEY_LIST))
		return value;
	items = nd_arena_alloc(c->arena, (value.n_items + 1) * sizeof *items);
	for (size_t i = 0; i < value.n_items; i++) {
		items[i] = value.items[i];
		if (items[i].type == ND_TYPE_STRING)
			items[i] = expand_string(c, setting, &value.items[i]);
	}
	value.items = items;
	return value;
}

/* What nopt.clean does to keys that it has no type for (nopt/lib/nopt-lib.js); an expanded variable
 * may have brought the word. */
static struct nd_value clean_unknown(struct nd_value value)
{
	if (value.type != ND_TYPE_STRING)
		return value;
	value.string = nd_doc_trim(value.string);
	if (nd_span_is(value.string, "null"))
		return nd_value_null();
	if (nd_span_is(value.string, "true") || nd_span_is(value.string, "false"))
		return nd_value_boolean(value.string.n == strlen("true"));
	return value;
}

/* setting->raw_key, written, origin and entry are there; everything else follows from them. */
static void complete(struct collector *c, struct nd_setting *setting)
{
	const struct nd_loader *l = c->l;
	struct nd_value expanded, *written = &setting->written;
	struct nd_span key = setting->raw_key;

	if (nd_clients_expand_keys(l)) {
		struct nd_expansion expansion = nd_expand(l->dialect, key, l->env, c->arena);

		note_failure(c, &expansion, &setting->origin);
		key = expansion.text;
	}
	/* The raw key is a copy with a NUL behind it already. */
	setting->key = key.p == setting->raw_key.p ? key : nd_arena_copy(c->arena, key);
	setting->origin.key = setting->key.p;
	setting->known = nd_clients_has_types(l->layers, setting->key)
				 ? nd_key_find(setting->key, l->layers->npm_major)
				 : NULL;
	expanded = expand_written(c, setting);
	if (!l->built_in && l->env != NULL)
		written = &expanded;
	setting->value = nd_key_coerce(&l->coerce, setting->known, written, c->arena);
	setting->valid = true;
	setting->used = clean_unknown(setting->value);
	if (setting->known != NULL)
		setting->valid = nd_key_validate(
			&l->coerce, setting->known, &setting->value, c->arena, &setting->used);
}

static void place(
	struct nd_origin *origin, const struct nd_doc *doc, size_t line, size_t start, size_t end)
{
	size_t line_start = nd_doc_line(doc, line)->start;

	origin->line = (unsigned)line + 1;
	origin->start = start;
	origin->end = end;
	origin->column = (unsigned)(start - line_start) + 1;
	origin->end_column = (unsigned)(end - line_start) + 1;
}

/* The last line that set the key; a bare key's value is the key itself. */
static void place_entry(struct nd_setting *setting, const struct nd_layer *layer)
{
	const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, setting->entry);
	bool bare = nd_doc_line(layer->doc, entry->line)->kind == ND_LINE_BARE;
	const struct nd_ini_text *text = bare ? &entry->key_text : &entry->text;

	place(&setting->origin, layer->doc, entry->line, text->start, text->end);
}

/* What stands before the first dot that no backslash escapes (dotSplit in ini/lib/ini.js). */
static struct nd_span first_part(const char *name)
{
	struct nd_span part = nd_span_of(name);

	for (size_t i = 0; i < part.n; i++) {
		if (name[i] == '.' && (i == 0 || name[i - 1] != '\\'))
			part.n = i;
	}
	return part;
}

static void note_section(const struct nd_layer *layer, struct nd_span name, size_t section)
{
	GHashTable *sections = layer->index->sections;
	struct nd_span *key;

	if (g_hash_table_contains(sections, &name))
		return;
	key = nd_arena_alloc(layer->loader->layers->arena, sizeof *key);
	*key = name;
	g_hash_table_insert(sections, key, GSIZE_TO_POINTER(section + 1));
}

static void note_sections(const struct nd_layer *layer)
{
	layer->index->sections = g_hash_table_new(nd_hash_span, nd_hash_same_span);
	for (size_t i = 0; i < nd_ini_section_count(layer->ini); i++) {
		size_t line;
		const char *name = nd_ini_section(layer->ini, i, &line);

		note_section(layer, first_part(name), i);
		note_section(layer, nd_span_of(name), i);
	}
}

/* An object that a [section] made: [a.b] makes a key "a". */
static void place_section(struct nd_setting *setting, const struct nd_layer *layer)
{
	const struct nd_line *at;
	gsize section;
	size_t line;

	if (layer->index->sections == NULL)
		note_sections(layer);
	section = GPOINTER_TO_SIZE(g_hash_table_lookup(layer->index->sections, &setting->raw_key));
	if (section == 0)
		return;
	nd_ini_section(layer->ini, section - 1, &line);
	at = nd_doc_line(layer->doc, line);
	place(&setting->origin, layer->doc, line, at->key_start, at->key_end);
}

/* What nopt rejects is gone from the layer; `used` is then undefined. */
static void settle(const struct nd_loader *l, struct nd_setting *setting)
{
	enum nd_layer_id id = setting->layer->id;
	/* validate() passes over what npm itself ships and what nopt has parsed. */
	bool exempt = l->layers->npm_major > 6 && (id == ND_LAYER_CLI || id == ND_LAYER_BUILTIN);

	if (l->written_back && nd_span_is(setting->key, "scope"))
		return;
	if (!l->checked || exempt)
		setting->used = setting->value;
	else
		setting->deleted = setting->used.type == ND_TYPE_UNDEFINED &&
				   (setting->value.type != ND_TYPE_UNDEFINED || !setting->valid);
}

/* The setting that a file's key at this index makes, owned by the arena of the layers. `place`:
 * SIZE_MAX where it has none. */
static struct nd_setting *make_setting(const struct nd_layer *layer, size_t source, size_t place)
{
	struct collector c = collector(layer->loader);
	struct nd_setting *setting = nd_arena_alloc(c.arena, sizeof *setting);

	*setting = (struct nd_setting){
		.layer = layer,
		.place = place,
		.raw_key = nd_arena_copy(c.arena, nd_ini_name(layer->ini, source)),
		.written = nd_ini_value(layer->ini, source),
		.entry = nd_ini_last_entry(layer->ini, source),
		.origin = {.layer = layer->id, .file = layer->file->path},
	};
	if (setting->entry != SIZE_MAX)
		place_entry(setting, layer);
	else
		place_section(setting, layer);
	complete(&c, setting);
	if (c.l->settled)
		settle(c.l, setting);
	else
		g_ptr_array_add(c.l->unsettled, setting);
	return setting;
}

const struct nd_setting *nd_layer_setting(const struct nd_layer *layer, size_t place)
{
	struct nd_setting **made;

	g_assert(place < layer->n_settings);
	made = &layer->index->made[place];
	if (*made == NULL)
		*made = make_setting(layer, nd_index_source(layer, place), place);
	return *made;
}

static bool has_reference(struct nd_span text)
{
	return text.n >= 4 && memmem(text.p, text.n, "${", 2) != NULL;
}

/* Makes what has variables at once, in the file's order and with what loses its place: the first
 * that is not set stops npm 6 and yarn, and pnpm drops the file or the setting. */
static void make_with_variables(struct nd_layer *layer)
{
	for (size_t i = 0; i < nd_ini_key_count(layer->ini); i++) {
		struct nd_value written = nd_ini_value(layer->ini, i);
		size_t place = nd_index_place(layer, i);

		if (written.type != ND_TYPE_ARRAY && !has_reference(nd_ini_name(layer->ini, i)) &&
			!(written.type == ND_TYPE_STRING && has_reference(written.string)))
			continue;
		if (place != SIZE_MAX)
			nd_layer_setting(layer, place);
		else
			make_setting(layer, i, SIZE_MAX);
	}
}

static void drop_file(struct nd_layer *layer, struct nd_span lacks)
{
	g_autofree char *why = g_strdup_printf(
		"pnpm drops the whole file, as ${%.*s} is not set", (int)lacks.n, lacks.p);

	nd_index_free(layer);
	layer->ignored = nd_arena_copy(layer->loader->layers->arena, nd_span_of(why)).p;
}

static bool may_stumble(const struct nd_loader *l)
{
	return l->layers->npm_major < 7 || l->layers->client == ND_CLIENT_PNPM;
}

void nd_settings_from_file(struct nd_loader *l, struct nd_layer *layer)
{
	l->lacks = (struct nd_span){0};
	nd_index_file(layer);
	if (!may_stumble(l))
		return;
	make_with_variables(layer);
	if (l->lacks.n > 0)
		drop_file(layer, l->lacks);
}

bool nd_layer_env_key(const char *name, int npm_major, struct nd_arena *arena, struct nd_span *key)
{
	static const char prefix[] = "npm_config_";
	const char *rest = name + strlen(prefix);
	g_autofree char *lower = NULL;

	if (g_ascii_strncasecmp(name, prefix, strlen(prefix)) != 0)
		return false;
	if (g_str_has_prefix(rest, "//") && npm_major >= 7) {
		*key = nd_arena_copy(arena, nd_span_of(rest));
		return true;
	}
	lower = g_utf8_validate(rest, -1, NULL) ? g_utf8_strdown(rest, -1)
						: g_ascii_strdown(rest, -1);
	if (*lower != '\0')
		g_strdelimit(lower + 1, "_", '-');
	*key = nd_arena_copy(arena, nd_span_of(lower));
	return true;
}

/* process.env is UTF-8 text: what is not becomes U+FFFD. */
static struct nd_span env_text(const char *value, struct nd_arena *arena)
{
	g_autofree char *valid = NULL;

	if (g_utf8_validate(value, -1, NULL))
		return nd_arena_copy(arena, nd_span_of(value));
	valid = g_utf8_make_valid(value, -1);
	return nd_arena_copy(arena, nd_span_of(valid));
}

/* The environment's settings while they are gathered. */
struct gathered {
	GHashTable *names;  /* char *: variables that were looked at */
	GHashTable *places; /* struct nd_span *: raw_key -> index in `settings`, plus one */
	GArray *settings;   /* struct nd_setting */
};

/* One of several spellings of a key: the later one's value at the first one's place (loadEnv). */
static void gather(struct collector *c, struct gathered *g, const struct nd_setting *setting)
{
	gsize place = GPOINTER_TO_SIZE(g_hash_table_lookup(g->places, &setting->raw_key));
	struct nd_span *key;

	if (place > 0) {
		g_array_index(g->settings, struct nd_setting, place - 1) = *setting;
		return;
	}
	key = nd_arena_alloc(c->arena, sizeof *key);
	*key = setting->raw_key;
	g_array_append_vals(g->settings, setting, 1);
	g_hash_table_insert(g->places, key, GSIZE_TO_POINTER((gsize)g->settings->len));
}

/* Of several entries with one name the first counts, as in nd_env_get(). */
static void note_variable(struct collector *c, struct gathered *g, const struct nd_env_var *variable)
{
	struct nd_setting setting = {.entry = SIZE_MAX, .origin = {.layer = ND_LAYER_ENV}};
	const char *name = variable->name;
	int npm_major = c->l->layers->npm_major;

	if (!g_hash_table_add(g->names, variable->name) || *variable->value == '\0' ||
		!nd_clients_heed(c->l->layers, &name, &npm_major) ||
		!nd_layer_env_key(name, npm_major, c->arena, &setting.raw_key))
		return;
	setting.written = nd_value_string(env_text(variable->value, c->arena));
	setting.origin.variable = variable->name;
	gather(c, g, &setting);
}

static void add(struct collector *c, struct nd_layer *layer, struct nd_setting *setting)
{
	complete(c, setting);
	g_ptr_array_add(c->l->unsettled, nd_index_add(layer, setting));
}

void nd_settings_from_env(struct nd_loader *l, struct nd_layer *layer)
{
	g_autoptr(GHashTable) names = g_hash_table_new(nd_hash_text, g_str_equal);
	g_autoptr(GHashTable) places = g_hash_table_new(nd_hash_span, nd_hash_same_span);
	g_autoptr(GArray) seen = g_array_new(FALSE, FALSE, sizeof(struct nd_setting));
	struct gathered gathered = {names, places, seen};
	const struct nd_env *env = l->layers->env;
	struct collector c = collector(l);

	for (size_t i = 0; i < env->n; i++)
		note_variable(&c, &gathered, &env->vars[i]);
	nd_index_new(layer, seen->len);
	for (guint i = 0; i < seen->len; i++)
		add(&c, layer, &g_array_index(seen, struct nd_setting, i));
}

static void add_given(struct collector *c, struct nd_layer *layer, const char *key, const char *value)
{
	struct nd_setting setting = {.entry = SIZE_MAX, .origin = {.layer = layer->id}};

	if (value == NULL)
		return;
	setting.raw_key = env_text(key, c->arena);
	setting.written = nd_value_string(env_text(value, c->arena));
	add(c, layer, &setting);
}

void nd_settings_from_cli(
	struct nd_loader *l, struct nd_layer *layer, const struct nd_layers_options *o)
{
	struct collector c = collector(l);
	size_t n = 2 + (o->settings ? g_strv_length((char **)o->settings) / 2 : 0);

	nd_index_new(layer, n);
	add_given(&c, layer, "userconfig", o->userconfig);
	add_given(&c, layer, "globalconfig", o->globalconfig);
	for (char *const *given = o->settings; given && given[0]; given += 2)
		add_given(&c, layer, given[0], given[1]);
}

void nd_settings_settle(struct nd_layers *layers)
{
	struct nd_loader *l = layers->loader;

	l->settled = true;
	for (guint i = 0; i < l->unsettled->len; i++)
		settle(l, l->unsettled->pdata[i]);
	g_ptr_array_set_size(l->unsettled, 0);
}
