#include "load.h"

#include <npmrc-doctor/url.h>

#include <stdint.h>

/* `exclusive` in @npmcli/config/lib/definitions/definitions.js. */
struct exclusion {
	const char *key;
	int since; /* npm major version */
	const char *others[4];
};

static const struct exclusion exclusions[] = {
	{"expect-result-count", 10, {"expect-results"}},
	{"expect-results", 10, {"expect-result-count"}},
	{"provenance", 9, {"provenance-file"}},
	{"provenance-file", 9, {"provenance"}},
	{"save-dev", 11, {"save-optional", "save-peer", "save-prod"}},
	{"save-optional", 11, {"save-dev", "save-peer", "save-prod"}},
	{"save-peer", 11, {"save-dev", "save-optional", "save-prod"}},
	{"save-prod", 11, {"save-dev", "save-optional", "save-peer"}},
};

/* isDefault(): whether a layer that is loaded, or this one up to `setting`, sets the key to
 * anything. */
static bool set_before(
	const struct nd_layers *layers, const struct nd_setting *setting, const char *key)
{
	for (int id = 0; id < ND_LAYER_COUNT; id++) {
		const struct nd_setting *other = nd_layer_get(&layers->layers[id], key);

		if (other != NULL && (other->layer != setting->layer || other->place < setting->place))
			return true;
	}
	return false;
}

static void check_exclusion(
	struct nd_layers *layers, const struct nd_setting *setting, const struct exclusion *row)
{
	for (size_t i = 0; i < G_N_ELEMENTS(row->others) && row->others[i] != NULL; i++)
		if (set_before(layers, setting, row->others[i]))
			nd_fatal_set(layers, &setting->origin,
				"--%s %s be provided when using --%s", row->key,
				layers->npm_major >= 11 ? "cannot" : "can not", row->others[i]);
}

static gint by_place(gconstpointer a, gconstpointer b)
{
	size_t left = (*(const struct nd_setting *const *)a)->place;
	size_t right = (*(const struct nd_setting *const *)b)->place;

	return (left > right) - (left < right);
}

void nd_fatal_check_layer(struct nd_layers *layers, const struct nd_layer *layer)
{
	g_autoptr(GPtrArray) found = g_ptr_array_new();

	if (layers->client != ND_CLIENT_NPM)
		return;
	for (size_t row = 0; row < G_N_ELEMENTS(exclusions); row++) {
		const struct nd_setting *setting = nd_layer_get(layer, exclusions[row].key);

		if (setting != NULL && layers->npm_major >= exclusions[row].since &&
			nd_span_is(setting->raw_key, exclusions[row].key))
			g_ptr_array_add(found, (gpointer)setting);
	}
	g_ptr_array_sort(found, by_place);
	for (guint i = 0; i < found->len; i++)
		for (size_t row = 0; row < G_N_ELEMENTS(exclusions); row++)
			if (nd_span_is(((const struct nd_setting *)found->pdata[i])->key, exclusions[row].key))
				check_exclusion(layers, found->pdata[i], &exclusions[row]);
}

/* ini makes a section's object without a prototype; one that JSON.parse made has one. */
bool nd_fatal_is_section(const struct nd_layers *layers, const struct nd_setting *setting)
{
	const struct nd_layer *layer = nd_layers_of(layers, setting);

	return setting->value.type == ND_TYPE_OBJECT && layer->ini != NULL &&
	       (setting->entry == SIZE_MAX ||
		       nd_ini_entry(layer->ini, setting->entry)->text.value.type != ND_TYPE_OBJECT);
}

const char *nd_fatal_received(const struct nd_layers *layers, const struct nd_setting *setting)
{
	struct nd_arena *arena = layers->arena;
	struct nd_span number;
	g_autofree char *text = NULL;

	switch (setting->value.type) {
	case ND_TYPE_UNDEFINED:
		return "undefined";
	case ND_TYPE_NULL:
		return "null";
	case ND_TYPE_BOOLEAN:
		return setting->value.boolean ? "type boolean (true)" : "type boolean (false)";
	case ND_TYPE_ARRAY:
		return "an instance of Array";
	case ND_TYPE_OBJECT:
		return nd_fatal_is_section(layers, setting) ? "[Object: null prototype]"
						   : "an instance of Object";
	case ND_TYPE_NUMBER:
		number = nd_value_text(&setting->value, arena);
		text = g_strdup_printf("type number (%.*s)", (int)number.n, number.p);
		return nd_arena_copy(arena, nd_span_of(text)).p;
	case ND_TYPE_STRING:
		break;
	}
	return NULL;
}

static const char primitive[] = "Cannot convert object to primitive value";

/* A method that flattening calls on the value of a key, which only strings (or lists) have. */
static void check_method(struct nd_layers *layers, const struct nd_setting *setting,
	const char *object, const char *method)
{
	if (setting->value.type == ND_TYPE_NULL || setting->value.type == ND_TYPE_UNDEFINED)
		nd_fatal_set(layers, &setting->origin,
			"Cannot read properties of %s (reading '%s')",
			nd_fatal_received(layers, setting), method);
	else
		nd_fatal_set(layers, &setting->origin, "%s.%s is not a function", object, method);
}

static void check_iterable(struct nd_layers *layers, const struct nd_setting *setting)
{
	struct nd_span text = nd_value_text(&setting->value, layers->arena);
	const char *type = setting->value.type == ND_TYPE_BOOLEAN ? "boolean " : "number ";

	if (setting->value.type == ND_TYPE_OBJECT)
		nd_fatal_set(layers, &setting->origin,
			"object is not iterable (cannot read property Symbol(Symbol.iterator))");
	else
		nd_fatal_set(layers, &setting->origin,
			"%s%.*s is not iterable (cannot read property Symbol(Symbol.iterator))",
			type, (int)text.n, text.p);
}

static void check_cafile(struct nd_layers *layers, const struct nd_setting *setting)
{
	if (setting->value.type == ND_TYPE_STRING) {
		if (memchr(setting->value.string.p, '\0', setting->value.string.n) != NULL)
			nd_fatal_set(layers, &setting->origin,
				"The argument 'path' must be a string, Uint8Array, or URL without "
				"null bytes.");
		return;
	}
	if (nd_fatal_is_section(layers, setting))
		nd_fatal_set(layers, &setting->origin, "%s", primitive);
	else if (nd_value_truthy(&setting->value) && setting->value.type != ND_TYPE_NUMBER)
		nd_fatal_set(layers, &setting->origin,
			"The \"path\" argument must be of type string or an instance of Buffer or "
			"URL. Received %s",
			nd_fatal_received(layers, setting));
}

/* Keys whose flattening stumbles over a section alone. */
static bool is_compared(struct nd_span key)
{
	static const char *const keys[] = {"also", "cache-max", "cache-min", "lockfile-version",
		"min-release-age", "only", "scope"};

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		if (nd_span_is(key, keys[i]))
			return true;
	return false;
}

/* npm 9 and later flatten every layer before the type check (definitions.js, `flatten`), so that a
 * value that is no string can meet code which takes it for one. */
static void check_flatten(struct nd_layers *layers, const struct nd_setting *setting)
{
	struct nd_span key = setting->key;

	if (nd_span_is(key, "cafile"))
		check_cafile(layers, setting);
	if (setting->known == NULL || setting->value.type == ND_TYPE_STRING)
		return;
	if (nd_span_is(key, "cache"))
		nd_fatal_set(layers, &setting->origin,
			"The \"path\" argument must be of type string. Received %s",
			nd_fatal_received(layers, setting));
	else if (nd_span_is(key, "searchexclude"))
		check_method(layers, setting, "obj[key]", "toLowerCase");
	else if (nd_span_is(key, "user-agent"))
		check_method(layers, setting, "value", "replace");
	else if (nd_span_is(key, "min-release-age-exclude") && setting->value.type != ND_TYPE_ARRAY)
		check_method(layers, setting, "obj[key]", "flatMap");
	else if ((nd_span_is(key, "include") || nd_span_is(key, "omit")) &&
		 setting->value.type != ND_TYPE_ARRAY && nd_value_truthy(&setting->value))
		check_iterable(layers, setting);
	else if (is_compared(key) && nd_fatal_is_section(layers, setting))
		nd_fatal_set(layers, &setting->origin, "%s", primitive);
}

/* String(value) of an object without a prototype throws; nopt tries a key's types in their order
 * and accepts anything as a boolean, which always stands before the others. */
static void check_types(struct nd_layers *layers, const struct nd_setting *setting)
{
	unsigned types = setting->known != NULL ? setting->known->types : 0;
	bool texts = (types & (ND_KEY_STRING | ND_KEY_NUMBER | ND_KEY_URL | ND_KEY_DATE)) != 0;

	/* validate() passes over what npm itself ships and what nopt has parsed. */
	if (setting->origin.layer == ND_LAYER_BUILTIN || setting->origin.layer == ND_LAYER_CLI)
		return;
	if (texts && !(types & ND_KEY_BOOLEAN) && nd_fatal_is_section(layers, setting))
		nd_fatal_set(layers, &setting->origin, "%s", primitive);
}

/* npm 12's lib/npm.js: the file is code that npm runs, so only the project may choose it. */
static void check_extension_file(struct nd_layers *layers)
{
	const struct nd_setting *setting = nd_settings_peek(layers, "extension-file");

	if (layers->npm_major < 12 || setting == NULL || setting->value.type == ND_TYPE_NULL ||
		setting->value.type == ND_TYPE_UNDEFINED ||
		setting->origin.layer == ND_LAYER_PROJECT ||
		setting->origin.layer == ND_LAYER_CLI || setting->origin.layer == ND_LAYER_FILE)
		return;
	nd_fatal_set(layers, &setting->origin,
		"`extension-file` may only be set in project config or on the command line, not "
		"from %s config",
		nd_layer_name(setting->origin.layer));
}

/* npm 12's default of global-ignore-file is computed whenever the options are:
 * resolve(get('prefix'), 'etc/npmignore'). */
static void check_ignore_file(struct nd_layers *layers)
{
	const struct nd_setting *prefix = nd_settings_peek(layers, "prefix");

	if (layers->npm_major < 12 || prefix == NULL || prefix->value.type == ND_TYPE_STRING ||
		nd_settings_peek(layers, "global-ignore-file") != NULL)
		return;
	nd_fatal_set(layers, &prefix->origin,
		"The \"paths[0]\" argument must be of type string. Received %s",
		nd_fatal_received(layers, prefix));
}

/* npm 8 looks up the registry's credentials while loading, with what its type check has let pass.
 */
static void check_registry(struct nd_layers *layers)
{
	const struct nd_setting *setting = nd_layers_get(layers, "registry");
	struct nd_url *url;

	if (setting == NULL || setting->used.type != ND_TYPE_STRING)
		return;
	url = nd_url_parse(setting->used.string);
	if (url == NULL)
		nd_fatal_set(layers, &setting->origin, "Invalid URL");
	nd_url_free(url);
}

/* The settings of a layer that npm knows, in their order. */
static GPtrArray *known_in(const struct nd_layer *layer)
{
	GPtrArray *known = g_ptr_array_new();
	size_t n;
	const struct nd_key *rows = nd_key_all(&n);

	for (size_t i = 0; layer->n_settings > 0 && i < n; i++) {
		const struct nd_setting *setting = nd_layer_get(layer, rows[i].name);

		if (setting != NULL && setting->known == &rows[i])
			g_ptr_array_add(known, (gpointer)setting);
	}
	g_ptr_array_sort(known, by_place);
	return known;
}

/* From the weakest layer to the strongest, as npm goes through them. */
static void check_each(
	struct nd_layers *layers, void (*check)(struct nd_layers *, const struct nd_setting *))
{
	for (int id = ND_LAYER_COUNT - 1; id >= 0; id--) {
		g_autoptr(GPtrArray) known = known_in(&layers->layers[id]);

		for (guint i = 0; i < known->len; i++)
			check(layers, known->pdata[i]);
	}
}

void nd_fatal_check_all(struct nd_layers *layers)
{
	if (layers->client != ND_CLIENT_NPM || layers->npm_major < 7)
		return;
	if (layers->npm_major >= 9)
		check_each(layers, check_flatten);
	check_ignore_file(layers);
	check_extension_file(layers);
	check_each(layers, check_types);
	if (layers->npm_major < 9)
		check_registry(layers);
}
