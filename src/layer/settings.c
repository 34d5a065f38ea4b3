#include "load.h"

#include <stdint.h>

/* A layer's settings while they are being collected: npm assigns data[key] = value one by one, so
 * that a later spelling of a key replaces the value and keeps the place of the first. */
struct collector {
	const struct nd_loader *l;
	struct nd_arena *arena;
	enum nd_layer_id id;
	GArray *settings;
	GHashTable *index; /* struct nd_span * -> position + 1 */
	struct nd_span lacks; /* the variable for whose lack the file does not count */
};

static guint span_hash(gconstpointer p)
{
	const struct nd_span *span = p;
	guint hash = 5381;

	for (size_t i = 0; i < span->n; i++)
		hash = hash * 33 + (guchar)span->p[i];
	return hash;
}

static gboolean span_same(gconstpointer a, gconstpointer b)
{
	return nd_span_equal(*(const struct nd_span *)a, *(const struct nd_span *)b);
}

static void collect_begin(struct collector *c, const struct nd_loader *l,
	const struct nd_layer *layer, size_t expected)
{
	*c = (struct collector){.l = l, .arena = l->layers->arena, .id = layer->id};
	c->settings = g_array_sized_new(FALSE, FALSE, sizeof(struct nd_setting), (guint)expected);
	c->index = g_hash_table_new(span_hash, span_same);
}

static void collect_end(struct collector *c, struct nd_layer *layer)
{
	size_t size = c->settings->len * sizeof(struct nd_setting);

	layer->n_settings = c->settings->len;
	if (size > 0) {
		layer->settings = nd_arena_alloc(c->arena, size);
		memcpy(layer->settings, c->settings->data, size);
	}
	g_array_free(c->settings, TRUE);
	g_hash_table_destroy(c->index);
}

static void insert(struct collector *c, const struct nd_setting *setting)
{
	size_t at = GPOINTER_TO_SIZE(g_hash_table_lookup(c->index, &setting->key));
	struct nd_span *key;

	if (at > 0) {
		g_array_index(c->settings, struct nd_setting, at - 1) = *setting;
		return;
	}
	key = nd_arena_alloc(c->arena, sizeof *key);
	*key = setting->key;
	g_array_append_val(c->settings, *setting);
	g_hash_table_insert(c->index, key, GSIZE_TO_POINTER((gsize)c->settings->len));
}

/* npm 6 throws for the first variable that is not set (lib/config/core.js, envReplace). */
static void note_failure(
	struct collector *c, const struct nd_expansion *expansion, const struct nd_origin *origin)
{
	if (!expansion->failed || c->l->env == NULL)
		return;
	for (size_t i = 0; i < expansion->n_variables; i++) {
		struct nd_span name = expansion->variables[i].name;

		if (expansion->variables[i].set)
			continue;
		/* pnpm goes on without the file (npm-conf's addFile), yarn and npm not at all. */
		if (c->l->layers->client == ND_CLIENT_PNPM) {
			c->lacks = name;
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
static void add(struct collector *c, struct nd_setting *setting)
{
	const struct nd_loader *l = c->l;
	struct nd_value expanded, *written = &setting->written;
	struct nd_span key = setting->raw_key;

	/* yarn (NpmRegistry.normalizeConfig) and bun expand values alone. */
	if (l->env != NULL && l->layers->client != ND_CLIENT_YARN && l->layers->client != ND_CLIENT_BUN) {
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
	insert(c, setting);
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

/* An object that a [section] made: [a.b] makes a key "a". */
static void place_section(struct nd_setting *setting, const struct nd_layer *layer)
{
	for (size_t i = 0; i < nd_ini_section_count(layer->ini); i++) {
		size_t line;
		const char *name = nd_ini_section(layer->ini, i, &line);
		const struct nd_line *at = nd_doc_line(layer->doc, line);
		size_t n = setting->raw_key.n;

		if (strncmp(name, setting->raw_key.p, n) != 0 ||
			(name[n] != '\0' && name[n] != '.'))
			continue;
		place(&setting->origin, layer->doc, line, at->key_start, at->key_end);
		return;
	}
}

static void drop_file(const struct collector *c, struct nd_layer *layer)
{
	g_autofree char *why = g_strdup_printf("pnpm drops the whole file, as ${%.*s} is not set",
		(int)c->lacks.n, c->lacks.p);

	layer->n_settings = 0;
	layer->ignored = nd_arena_copy(c->arena, nd_span_of(why)).p;
}

/* They count as deleted: a weaker layer's value shows through. */
static void drop_distrusted(const struct collector *c, struct nd_layer *layer)
{
	for (size_t i = 0; i < layer->n_settings; i++) {
		struct nd_setting *setting = &layer->settings[i];

		setting->deleted = nd_clients_distrust(c->l->layers, layer, setting);
		/* pnpm 12 stops rather than ask another registry (ERR_PNPM_REGISTRY_ENV_NOT_EXPANDED). */
		if (setting->deleted && c->l->layers->client_major >= 12 &&
			nd_clients_names_registry(setting->key))
			nd_fatal_set(c->l->layers, &setting->origin,
				"The \"%s\" registry URL in \"%s\" contains an environment variable",
				setting->key.p, layer->file->path);
	}
}

void nd_settings_from_file(const struct nd_loader *l, struct nd_layer *layer)
{
	struct collector c;

	collect_begin(&c, l, layer, nd_ini_key_count(layer->ini));
	for (size_t i = 0; i < nd_ini_key_count(layer->ini); i++) {
		const struct nd_ini_key *key = nd_ini_key(layer->ini, i);
		struct nd_setting setting = {
			.raw_key = nd_arena_copy(c.arena, key->key),
			.written = key->value,
			.entry = key->n_entries > 0 ? key->entries[key->n_entries - 1] : SIZE_MAX,
			.origin = {.layer = layer->id, .file = layer->file->path},
		};

		if (setting.entry != SIZE_MAX)
			place_entry(&setting, layer);
		else
			place_section(&setting, layer);
		add(&c, &setting);
	}
	collect_end(&c, layer);
	if (c.lacks.n > 0)
		drop_file(&c, layer);
	else
		drop_distrusted(&c, layer);
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

/* One of several spellings of a key: the later one's value at the first one's place (loadEnv). */
static void note_variable(struct collector *c, GArray *seen, const struct nd_env_var *variable)
{
	struct nd_setting setting = {.entry = SIZE_MAX, .origin = {.layer = c->id}};
	const char *name = variable->name;
	int npm_major = c->l->layers->npm_major;

	if (*variable->value == '\0' ||
		nd_env_get(c->l->layers->env, variable->name) != variable->value ||
		!nd_clients_heed(c->l->layers, &name, &npm_major) ||
		!nd_layer_env_key(name, npm_major, c->arena, &setting.raw_key))
		return;
	setting.written = nd_value_string(env_text(variable->value, c->arena));
	setting.origin.variable = variable->name;
	for (guint i = 0; i < seen->len; i++) {
		struct nd_setting *other = &g_array_index(seen, struct nd_setting, i);

		if (nd_span_equal(other->raw_key, setting.raw_key)) {
			*other = setting;
			return;
		}
	}
	g_array_append_val(seen, setting);
}

void nd_settings_from_env(const struct nd_loader *l, struct nd_layer *layer)
{
	g_autoptr(GArray) seen = g_array_new(FALSE, FALSE, sizeof(struct nd_setting));
	const struct nd_env *env = l->layers->env;
	struct collector c;

	collect_begin(&c, l, layer, 0);
	for (size_t i = 0; i < env->n; i++)
		note_variable(&c, seen, &env->vars[i]);
	for (guint i = 0; i < seen->len; i++)
		add(&c, &g_array_index(seen, struct nd_setting, i));
	collect_end(&c, layer);
}

static void add_given(struct collector *c, const struct nd_layer *layer, const char *key, const char *value)
{
	struct nd_setting setting = {.entry = SIZE_MAX, .origin = {.layer = layer->id}};

	if (value == NULL)
		return;
	setting.raw_key = env_text(key, c->arena);
	setting.written = nd_value_string(env_text(value, c->arena));
	add(c, &setting);
}

void nd_settings_from_cli(
	const struct nd_loader *l, struct nd_layer *layer, const struct nd_layers_options *o)
{
	struct collector c;

	collect_begin(&c, l, layer, 0);
	add_given(&c, layer, "userconfig", o->userconfig);
	add_given(&c, layer, "globalconfig", o->globalconfig);
	for (char *const *given = o->settings; given && given[0]; given += 2)
		add_given(&c, layer, given[0], given[1]);
	collect_end(&c, layer);
}

/* npm.js writes a scope back with its "@", which drops the options that were computed before the
 * type check, so that checked values are used even in npm 9 and later. */
static bool write_scope_back(struct nd_layers *layers)
{
	struct nd_setting *scope = (struct nd_setting *)nd_settings_peek(layers, "scope");
	g_autofree char *text = NULL;
	const struct nd_value *value;
	struct nd_span was;

	if (layers->client != ND_CLIENT_NPM || layers->npm_major < 7 || scope == NULL)
		return false;
	value = layers->npm_major < 9 ? &scope->used : &scope->value;
	if (!nd_value_truthy(value))
		return false;
	was = nd_value_text(value, layers->arena);
	if (was.n > 0 && was.p[0] == '@')
		return false;
	text = g_strdup_printf("@%.*s", (int)was.n, was.p);
	scope->used = nd_value_string(nd_arena_copy(layers->arena, nd_span_of(text)));
	return true;
}

/* What nopt rejects is gone from the layer; `used` is then undefined. */
static void settle(struct nd_setting *setting, bool checked)
{
	if (!checked)
		setting->used = setting->value;
	else
		setting->deleted = setting->used.type == ND_TYPE_UNDEFINED &&
				   (setting->value.type != ND_TYPE_UNDEFINED || !setting->valid);
}

void nd_settings_settle(struct nd_layers *layers)
{
	bool npm = layers->client == ND_CLIENT_NPM;
	bool written_back = write_scope_back(layers);
	bool checked = npm && (layers->npm_major < 9 || written_back);

	for (guint at = 0; at < layers->order->len; at++) {
		struct nd_layer *layer = layers->order->pdata[at];
		/* validate() passes over what npm itself ships and what nopt has parsed. */
		bool exempt = layers->npm_major > 6 &&
			      (layer->id == ND_LAYER_CLI || layer->id == ND_LAYER_BUILTIN);

		for (size_t i = 0; i < layer->n_settings; i++)
			if (!written_back || !nd_span_is(layer->settings[i].key, "scope"))
				settle(&layer->settings[i], checked && !exempt);
	}
}
