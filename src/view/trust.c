#include "internal.h"
#include <stdio.h>
#include <string.h>

const char *nd_roots_name(enum nd_roots roots)
{
	static const char *const names[] = {"node", "ca", "cafile", "openssl", "system"};

	return names[roots];
}

const struct nd_trust *nd_view_trust(const struct nd_view *view)
{
	return &view->trust;
}

/* make-fetch-happen/lib/options.js: anything but false verifies; from npm 10 on null and undefined
 * leave it to NODE_TLS_REJECT_UNAUTHORIZED. */
static void load_strict(struct nd_view *view)
{
	const struct nd_setting *setting = nd_view_find(view, "strict-ssl");
	const char *reject = nd_env_get(nd_view_env(view), "NODE_TLS_REJECT_UNAUTHORIZED");
	struct nd_trust *trust = &view->trust;

	trust->strict_setting = setting;
	trust->strict_ssl = true;
	if (!setting)
		return;
	if (setting->used.type == ND_TYPE_BOOLEAN)
		trust->strict_ssl = setting->used.boolean;
	else if (view->layers->npm_major >= 10 &&
		 (setting->used.type == ND_TYPE_NULL || setting->used.type == ND_TYPE_UNDEFINED))
		trust->strict_ssl = !reject || strcmp(reject, "0") != 0;
}

/* Bundles are large, and where there is a private CA, cafile and NODE_EXTRA_CA_CERTS are often the same. */
static const struct nd_file *keep(struct nd_view *view, const char *path)
{
	struct nd_file *file;

	for (guint i = 0; i < view->files->len; i++) {
		file = view->files->pdata[i];
		if (strcmp(file->path, path) == 0)
			return file;
	}
	file = nd_file_read(path, ND_SOURCE_MAX_FILE);
	g_ptr_array_add(view->files, file);
	return file;
}

/* An array's items stand apart, each a PEM text of its own. */
static struct nd_span pem_of(const struct nd_view *view, const struct nd_value *value)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (value->type != ND_TYPE_ARRAY)
		return nd_value_text(value, view->arena);
	for (size_t i = 0; i < value->n_items; i++) {
		struct nd_span item = nd_value_text(&value->items[i], view->arena);

		g_string_append_len(text, item.p, (gssize)item.n);
		g_string_append_c(text, '\n');
	}
	return nd_arena_copy(view->arena, (struct nd_span){text->str, text->len});
}

static void set_roots(struct nd_trust *trust, enum nd_roots roots, const struct nd_setting *setting,
	struct nd_span pem)
{
	trust->roots = roots;
	trust->roots_setting = setting;
	trust->roots_pem = pem;
	trust->roots_file = NULL;
}

/* Only what is false to JavaScript leaves node's roots in force. A bare `ca=` is a list of one
 * empty string (parse-field.js): it takes all roots away. */
static void apply_ca(struct nd_view *view, const struct nd_setting *setting)
{
	struct nd_span none = {NULL, 0};

	if (nd_value_truthy(&setting->used))
		set_roots(&view->trust, ND_ROOTS_CA, setting, pem_of(view, &setting->used));
	else
		set_roots(&view->trust, ND_ROOTS_NODE, NULL, none);
}

/* definitions.js: a cafile that is missing or empty changes nothing; any other text counts. */
static void apply_cafile(struct nd_view *view, const struct nd_setting *setting)
{
	struct nd_trust *trust = &view->trust;
	const struct nd_file *file;

	if (!nd_value_truthy(&setting->used)) {
		if (!trust->cafile)
			trust->cafile_setting = setting;
		return;
	}
	file = keep(view, nd_view_text(view, setting));
	trust->cafile_setting = setting;
	trust->cafile = file;
	if (file->state == ND_READ_OK && file->size > 0) {
		set_roots(trust, ND_ROOTS_CAFILE, setting, (struct nd_span){file->bytes, file->size});
		trust->roots_file = file;
	}
}

/* A cafile that is there and cannot be read stops npm even where a stronger layer has another. */
static bool stops_npm(const struct nd_file *cafile)
{
	return cafile && (nd_file_refuses(cafile) || (cafile->state != ND_READ_OK && cafile->state != ND_READ_MISSING));
}

static void apply_layer(struct nd_view *view, const struct nd_layer *layer)
{
	const struct nd_setting *ca = nd_layer_get(layer, "ca");
	const struct nd_setting *cafile = nd_layer_get(layer, "cafile");
	bool ca_last = ca && cafile && ca->place > cafile->place;

	if (ca && !ca->deleted && !ca_last)
		apply_ca(view, ca);
	if (cafile && !cafile->deleted && !stops_npm(view->trust.cafile))
		apply_cafile(view, cafile);
	if (ca && !ca->deleted && ca_last)
		apply_ca(view, ca);
}

/* `ca` and `cafile` set one flat option, layer by layer from the weakest on. */
static void load_roots(struct nd_view *view)
{
	for (guint i = view->layers->order->len; i-- > 0;) {
		const struct nd_layer *layer = view->layers->order->pdata[i];

		if (!layer->ignored)
			apply_layer(view, layer);
	}
}

/* npm 6 (lib/config/load-cafile.js): the effective cafile is put over every `ca`. */
static void load_roots_npm6(struct nd_view *view)
{
	const struct nd_setting *ca = nd_view_find(view, "ca"),
				*cafile = nd_view_find(view, "cafile");

	if (ca)
		apply_ca(view, ca);
	if (cafile)
		apply_cafile(view, cafile);
}

/* The words of NODE_OPTIONS: split at spaces, "..." with backslashes keeps them together (node's
 * ParseNodeOptionsEnvVar). '_' stands for '-'. */
static GPtrArray *node_options(const char *text)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) word = g_string_new(NULL);
	bool quoted = false;

	for (; text && *text; text++) {
		if (*text == '"') {
			quoted = !quoted;
		} else if (*text == ' ' && !quoted) {
			if (word->len)
				g_ptr_array_add(words, g_strdup(word->str));
			g_string_truncate(word, 0);
		} else {
			if (quoted && *text == '\\' && text[1])
				text++;
			g_string_append_c(word, *text == '_' ? '-' : *text);
		}
	}
	if (word->len)
		g_ptr_array_add(words, g_strdup(word->str));
	return words;
}

/* The last of --x and --no-x: 1, -1, or 0 where neither is there. */
static int option(const GPtrArray *words, const char *name)
{
	int found = 0;

	for (guint i = 0; i < words->len; i++) {
		const char *word = g_ptr_array_index(words, i);

		if (g_str_has_prefix(word, "--no-") && strcmp(word + 5, name) == 0)
			found = -1;
		else if (g_str_has_prefix(word, "--") && strcmp(word + 2, name) == 0)
			found = 1;
	}
	return found;
}

/* Whether the node at hand is at least 22.`minor22`, or from 23 on 23.`minor23` (24.`minor24`); one
 * of unknown version is taken for a new one. */
static bool node_has(const struct nd_view *view, int minor22, int major_next, int minor_next)
{
	const struct nd_npm *npm = view->layers->npm;
	int major = 0, minor = 0;

	if (!npm || !npm->node_version || sscanf(npm->node_version, "%d.%d", &major, &minor) != 2)
		return true;
	if (major == 22)
		return minor >= minor22;
	return major > major_next || (major == major_next && minor >= minor_next);
}

/* What node would trust without ca and cafile. Where node refuses to start (refusal(), below) there is
 * nothing to say about its roots. */
static enum nd_roots node_roots(const struct nd_view *view, bool *system_by_variable)
{
	const struct nd_env *env = nd_view_env(view);
	g_autoptr(GPtrArray) words = node_options(nd_env_get(env, "NODE_OPTIONS"));
	const char *variable = nd_env_get(env, "NODE_USE_SYSTEM_CA");
	int system = option(words, "use-system-ca");

	if (option(words, "use-openssl-ca") > 0)
		return ND_ROOTS_OPENSSL;
	if (system > 0 && node_has(view, 15, 23, 8))
		return ND_ROOTS_SYSTEM;
	*system_by_variable = system == 0 && variable && strcmp(variable, "1") == 0 && node_has(view, 19, 24, 6);
	if (*system_by_variable)
		return ND_ROOTS_SYSTEM;
	return ND_ROOTS_NODE;
}

/* src/node_options.cc, CheckOptions; asked of node 20.20, 22.23 and 24.21. A node of unknown version is
 * not accused of what only some refuse. */
static const char *refusal(const struct nd_view *view)
{
	const struct nd_env *env = nd_view_env(view);
	g_autoptr(GPtrArray) words = node_options(nd_env_get(env, "NODE_OPTIONS"));
	const char *variable = nd_env_get(env, "NODE_USE_SYSTEM_CA");
	int system = option(words, "use-system-ca");

	if (option(words, "use-openssl-ca") > 0 && option(words, "use-bundled-ca") > 0)
		return "--use-openssl-ca beside --use-bundled-ca in NODE_OPTIONS";
	if (system != 0 && !node_has(view, 15, 23, 8))
		return "--use-system-ca in NODE_OPTIONS, which it does not know";
	if (option(words, "use-openssl-ca") <= 0 || view->node_major < 24)
		return NULL;
	if (system > 0)
		return "--use-openssl-ca beside --use-system-ca in NODE_OPTIONS";
	if (system == 0 && variable && strcmp(variable, "1") == 0 && node_has(view, 19, 24, 6))
		return "--use-openssl-ca in NODE_OPTIONS beside NODE_USE_SYSTEM_CA=1";
	return NULL;
}

static const char *nonempty(const struct nd_view *view, const char *name)
{
	const char *value = nd_env_get(nd_view_env(view), name);

	return value && *value ? value : NULL;
}

void nd_view_load_trust(struct nd_view *view)
{
	struct nd_trust *trust = &view->trust;
	const char *extra = nonempty(view, "NODE_EXTRA_CA_CERTS");
	bool own;

	load_strict(view);
	if (view->layers->npm_major < 8)
		load_roots_npm6(view);
	else
		load_roots(view);
	own = trust->roots == ND_ROOTS_NODE;
	if (own)
		trust->roots = node_roots(view, &trust->system_by_variable);
	/* A file that is judged alone is judged without the environment. */
	if (!view->layers->layers[ND_LAYER_FILE].file)
		trust->no_start = refusal(view);
	if (extra && !view->layers->layers[ND_LAYER_FILE].file) {
		g_autofree char *path = nd_path_resolve(nd_view_env(view)->cwd, extra);

		trust->extra = keep(view, path);
		trust->extra_counts = own;
	}
	if (trust->roots == ND_ROOTS_OPENSSL || trust->roots == ND_ROOTS_SYSTEM) {
		trust->ssl_cert_file = nonempty(view, "SSL_CERT_FILE");
		trust->ssl_cert_dir = nonempty(view, "SSL_CERT_DIR");
	}
}
