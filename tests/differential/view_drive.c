/* What npmrc-doctor makes of files, environments and URLs, for comparison with npm: one JSON question
 * per line on standard input, one JSON answer per line on standard output.
 *   {"op": "case", "npm", "node", "cwd", "env": ["NAME=value"], "builtin", "targets": [{"scope"}, {"url"}]}
 *   {"op": "ini", "npm", "file"}
 *   {"op": "urls", "node", "texts"}
 *   {"op": "noproxy", "pairs": [[list entry, host]]}
 *   {"op": "expand", "npm", "env", "texts"}
 * Credentials leave only as SHA-256. Values are JSON, but undefined is {"undefined": true}. */
#include <jansson.h>
#include <math.h>
#include <npmrc-doctor/view.h>
#include <stdint.h>

#include "answer.h"

static json_t *write_text(const char *p, size_t n)
{
	return json_stringn(p ? p : "", n);
}

static json_t *write_span(struct nd_span span)
{
	return write_text(span.p, span.n);
}

static json_t *write_maybe(const char *text)
{
	return text ? write_text(text, strlen(text)) : json_null();
}

static json_t *write_value(const struct nd_value *v)
{
	switch (v->type) {
	case ND_TYPE_UNDEFINED:
		return json_pack("{sb}", "undefined", 1);
	case ND_TYPE_NULL:
		return json_null();
	case ND_TYPE_BOOLEAN:
		return json_boolean(v->boolean);
	case ND_TYPE_NUMBER:
		return isinf(v->number) ? json_pack("{sb}", "infinity", 1) : json_real(v->number);
	case ND_TYPE_STRING:
		return write_span(v->string);
	case ND_TYPE_OBJECT:
		/* Text, because jansson refuses what JSON.parse takes: the other side parses it. */
		return json_pack("{so}", "object", write_span(v->string));
	case ND_TYPE_ARRAY:
		break;
	}
	json_t *array = json_array();
	for (size_t i = 0; i < v->n_items; i++)
		json_array_append_new(array, write_value(&v->items[i]));
	return array;
}

static json_t *write_sha256(const struct nd_secret *secret)
{
	if (!secret)
		return json_null();
	struct nd_span bytes = nd_secret_reveal(secret);
	g_autofree char *sum =
		g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes.p, bytes.n);
	return json_string(sum);
}

static json_t *write_decoded(const struct nd_ini *ini)
{
	json_t *all = json_array();
	for (size_t i = 0; i < nd_ini_key_count(ini); i++) {
		const struct nd_ini_key *key = nd_ini_key(ini, i);
		json_array_append_new(
			all, json_pack("[oo]", write_span(key->key), write_value(&key->value)));
	}
	return all;
}

/* npm judges every line's key as it is written. */
static json_t *write_unknown(const struct nd_layer *layer, int major)
{
	json_t *all = json_array();
	for (size_t i = 0; layer->ini && i < nd_ini_key_count(layer->ini); i++) {
		struct nd_span key = nd_ini_key(layer->ini, i)->key;
		if (!nd_key_is_known(key, major))
			json_array_append_new(all, write_span(key));
	}
	return all;
}

/* The same of the environment's variables. */
static json_t *write_unknown_env(const struct nd_layers *layers)
{
	json_t *all = json_array();
	for (size_t i = 0; i < layers->env->n; i++) {
		const struct nd_env_var *var = &layers->env->vars[i];
		struct nd_span key;
		if (*var->value && nd_layer_env_key(var->name, layers->npm_major, layers->arena, &key) &&
			!nd_key_is_known(key, layers->npm_major))
			json_array_append_new(all, write_span(key));
	}
	return all;
}

static json_t *write_layer(const struct nd_layer *layer, int major)
{
	json_t *settings = json_array();
	for (size_t i = 0; i < layer->n_settings; i++) {
		const struct nd_setting *s = nd_layer_setting(layer, i);
		json_array_append_new(settings,
			json_pack("{so,so,sb,sb,sb}", "key", write_span(s->key), "value",
				write_value(&s->value), "valid", s->valid, "deprecated",
				s->known && (s->known->deprecated & ND_NPM(major)), "url",
				s->known && (s->known->types & ND_KEY_URL)));
	}
	json_t *out = json_pack("{so}", "settings", settings);
	json_object_set_new(out, "file", write_maybe(layer->file ? layer->file->path : NULL));
	if (layer->ini)
		json_object_set_new(out, "decoded", write_decoded(layer->ini));
	json_object_set_new(out, "ignored", json_boolean(layer->ignored != NULL));
	json_object_set_new(out, "unknown", write_unknown(layer, major));
	return out;
}

static json_t *write_effective(const struct nd_layers *layers)
{
	json_t *all = json_array();
	g_autoptr(GPtrArray) settings = nd_layers_effective(layers);
	for (guint i = 0; i < settings->len; i++) {
		const struct nd_setting *s = g_ptr_array_index(settings, i);
		json_array_append_new(all, json_pack("[oos]", write_span(s->key),
						   write_value(&s->used),
						   nd_layer_name(s->origin.layer)));
	}
	return all;
}

/* The header as npm's agents build it: npm 9 writes a lone user without a colon. */
static json_t *write_proxy_header(const struct nd_proxy *proxy, int major)
{
	if (!proxy->user && !proxy->password)
		return json_null();
	GString *plain = g_string_new(NULL);
	struct nd_span user = proxy->user ? nd_secret_reveal(proxy->user) : (struct nd_span){0};
	struct nd_span password =
		proxy->password ? nd_secret_reveal(proxy->password) : (struct nd_span){0};
	g_string_append_len(plain, user.p, (gssize)user.n);
	if (major >= 10 || proxy->password)
		g_string_append_c(plain, ':');
	g_string_append_len(plain, password.p, (gssize)password.n);
	g_autofree char *text = g_base64_encode((const guchar *)plain->str, plain->len);
	g_autofree char *header = g_strconcat("Basic ", text, NULL);
	struct nd_secret *secret = nd_secret_new(nd_span_of(header));
	json_t *out = write_sha256(secret);
	nd_secret_free(secret);
	g_string_free(plain, TRUE);
	return out;
}

static json_t *write_proxy(const struct nd_view *view, const char *url)
{
	static const char *const errors[] = {
		[ND_PROXY_OK] = NULL,
		[ND_PROXY_INVALID] = "ERR_INVALID_URL",
		[ND_PROXY_SCHEME] = "EINVALIDPROXY",
		[ND_PROXY_ENCODING] = "URI malformed",
	};
	int major = nd_view_layers(view)->npm_major;
	struct nd_proxy *proxy = nd_view_proxy(view, url);
	json_t *out = json_object();
	json_object_set_new(out, "error", write_maybe(errors[proxy->error]));
	json_object_set_new(out, "bypassed", json_boolean(proxy->bypassed));
	json_object_set_new(out, "used", json_boolean(nd_proxy_used(proxy)));
	if (nd_proxy_used(proxy)) {
		json_object_set_new(out, "scheme", write_maybe(proxy->url->scheme));
		json_object_set_new(out, "to", json_sprintf("%s:%d", proxy->url->host, nd_url_port(proxy->url)));
		json_object_set_new(out, "authorization", write_proxy_header(proxy, major));
		json_object_set_new(out, "user", write_sha256(proxy->user));
		json_object_set_new(out, "password", write_sha256(proxy->password));
	}
	nd_proxy_free(proxy);
	return out;
}

static const struct nd_registry *registry_of_scope(const struct nd_view *view, const char *scope)
{
	const GPtrArray *all = nd_view_registries(view);
	for (guint i = 1; scope && i < all->len; i++) {
		const struct nd_registry *registry = g_ptr_array_index(all, i);
		if (g_strcmp0(registry->scope, scope) == 0)
			return registry;
	}
	return g_ptr_array_index(all, 0);
}

/* npm-registry-fetch: the registry without its last slash, then the name. */
static char *url_below(const char *registry)
{
	struct nd_span text = nd_doc_trim(nd_span_of(registry));
	if (text.n && text.p[text.n - 1] == '/')
		text.n--;
	return g_strdup_printf("%.*s/pkg", (int)text.n, text.p);
}

static json_t *write_target(const struct nd_view *view, const json_t *target)
{
	const char *scope = json_string_value(json_object_get(target, "scope"));
	const char *given = json_string_value(json_object_get(target, "url"));
	const struct nd_registry *registry = registry_of_scope(view, scope);
	g_autofree char *url = given ? g_strdup(given) : url_below(registry->text);
	struct nd_credentials *credentials = nd_view_credentials(view, url, registry);
	json_t *out = json_object();
	json_object_set_new(out, "url", write_maybe(url));
	json_object_set_new(out, "registry_valid", json_boolean(registry->url != NULL));
	json_object_set_new(out, "kind", json_string(nd_credentials_kind_name(credentials->kind)));
	json_object_set_new(out, "authorization", write_sha256(credentials->authorization));
	json_object_set_new(out, "from_url", json_boolean(credentials->from_url));
	json_object_set_new(out, "proxy", write_proxy(view, url));
	nd_credentials_free(credentials);
	return out;
}

static struct nd_env *read_env(const json_t *question)
{
	g_autoptr(GPtrArray) strings = g_ptr_array_new();
	size_t i;
	json_t *each;
	json_array_foreach(json_object_get(question, "env"), i, each)
		g_ptr_array_add(strings, (gpointer)json_string_value(each));
	g_ptr_array_add(strings, NULL);
	const char *cwd = json_string_value(json_object_get(question, "cwd"));
	return nd_env_from((const char *const *)strings->pdata, cwd ? cwd : "/");
}

static json_t *write_case(const struct nd_layers *layers, const json_t *targets)
{
	json_t *out = json_object(), *each, *all = json_array(), *by_name = json_object();
	size_t i;
	json_object_set_new(out, "fatal", write_maybe(layers->fatal));
	json_object_set_new(out, "root", write_maybe(layers->project_root));
	for (int id = 0; id < ND_LAYER_DEFAULT; id++)
		json_object_set_new(by_name, nd_layer_name((enum nd_layer_id)id),
			write_layer(&layers->layers[id], layers->npm_major));
	json_object_set_new(json_object_get(by_name, "env"), "unknown", write_unknown_env(layers));
	json_object_set_new(out, "layers", by_name);
	json_object_set_new(out, "effective", write_effective(layers));
	struct nd_view *view = nd_view_new(layers);
	const struct nd_file *cafile = nd_view_trust(view)->cafile;
	const struct nd_registry *registry = g_ptr_array_index(nd_view_registries(view), 0);
	json_object_set_new(out, "unreadable",
		json_boolean(cafile && nd_file_refuses(cafile)));
	json_object_set_new(out, "lost", json_boolean(!registry->url));
	json_array_foreach(targets, i, each)
		json_array_append_new(all, write_target(view, each));
	nd_view_free(view);
	json_object_set_new(out, "targets", all);
	return out;
}

static json_t *answer_case(const json_t *question)
{
	struct nd_env *env = read_env(question);
	struct nd_npm *npm = nd_npm_find(env);
	const char *builtin = json_string_value(json_object_get(question, "builtin"));
	g_autoptr(GError) error = NULL;
	/* The installation that the tests make has no headers to tell it. */
	g_free(npm->node_version);
	npm->node_version = g_strdup_printf("%d.0.0", (int)json_integer_value(json_object_get(question, "node")));
	if (builtin) {
		g_free(npm->builtin);
		npm->builtin = g_strdup(builtin);
	}
	struct nd_layers_options options = {
		.env = env,
		.npm = npm,
		.npm_major = (int)json_integer_value(json_object_get(question, "npm")),
		.client = ND_CLIENT_NPM,
	};
	struct nd_layers *layers = nd_layers_load(&options, &error);
	json_t *out = layers ? write_case(layers, json_object_get(question, "targets"))
			     : json_pack("{ss}", "failed", error->message);
	nd_layers_free(layers);
	nd_npm_free(npm);
	nd_env_free(env);
	return out;
}

static json_t *answer_ini(const json_t *question)
{
	int major = (int)json_integer_value(json_object_get(question, "npm"));
	const char *path = json_string_value(json_object_get(question, "file"));
	struct nd_file *file = nd_file_read(path, ND_SOURCE_MAX_FILE);
	if (file->state != ND_READ_OK) {
		nd_file_free(file);
		return json_pack("{ss}", "failed", "unreadable");
	}
	struct nd_doc *doc = nd_doc_new((struct nd_span){file->bytes, file->size}, major < 9);
	struct nd_ini *ini = nd_ini_decode(doc, major);
	json_t *out = json_object();
	/* ini.parse itself lives: the loading that follows dies of such a key. */
	json_object_set_new(out, "fatal", write_maybe(nd_ini_fatal(ini, NULL)));
	json_object_set_new(out, "decoded", write_decoded(ini));
	nd_ini_free(ini);
	nd_doc_free(doc);
	nd_file_free(file);
	return out;
}

static json_t *write_url(struct nd_span text, int node)
{
	struct nd_url *url = nd_url_parse_by(text, node);
	if (!url)
		return json_null();
	g_autofree char *nerf = nd_url_nerf_by(text, node);
	g_autofree char *port = url->port >= 0 ? g_strdup_printf("%d", url->port) : g_strdup("");
	g_autofree char *protocol = g_strconcat(url->scheme, ":", NULL);
	json_t *out = json_pack("{ss,ss,ss,ss,ss,ss,ss,ss,ss}", "href", url->href, "protocol", protocol,
		"username", url->username, "password", url->password, "hostname", url->host, "port",
		port, "pathname", url->path, "search", url->query, "hash", url->fragment);
	json_object_set_new(out, "nerf", write_maybe(nerf));
	nd_url_free(url);
	return out;
}

static struct nd_span span_of(const json_t *string)
{
	return (struct nd_span){json_string_value(string), json_string_length(string)};
}

static json_t *answer_urls(const json_t *question)
{
	int node = (int)json_integer_value(json_object_get(question, "node"));
	json_t *all = json_array(), *each;
	size_t i;
	json_array_foreach(json_object_get(question, "texts"), i, each)
		json_array_append_new(all, write_url(span_of(each), node));
	return all;
}

static json_t *answer_noproxy(const json_t *question)
{
	json_t *all = json_array(), *each;
	size_t i;
	json_array_foreach(json_object_get(question, "pairs"), i, each)
		json_array_append_new(all, json_boolean(nd_noproxy_match(span_of(json_array_get(each, 0)),
						   json_string_value(json_array_get(each, 1)))));
	return all;
}

static json_t *answer_expand(const json_t *question)
{
	int major = (int)json_integer_value(json_object_get(question, "npm"));
	struct nd_env *env = read_env(question);
	struct nd_arena *arena = nd_arena_new();
	json_t *all = json_array(), *each;
	size_t i;
	json_array_foreach(json_object_get(question, "texts"), i, each) {
		struct nd_expansion expansion =
			nd_expand(nd_expand_dialect_of_npm(major), span_of(each), env, arena);
		json_array_append_new(all, write_span(expansion.text));
	}
	nd_arena_free(arena);
	nd_env_free(env);
	return all;
}

static const struct {
	const char *name;
	json_t *(*answer)(const json_t *question);
} operations[] = {
	{"case", answer_case},
	{"ini", answer_ini},
	{"urls", answer_urls},
	{"noproxy", answer_noproxy},
	{"expand", answer_expand},
};

static json_t *answer(const json_t *question)
{
	const char *op = json_string_value(json_object_get(question, "op"));
	for (size_t i = 0; i < G_N_ELEMENTS(operations); i++)
		if (g_strcmp0(op, operations[i].name) == 0)
			return operations[i].answer(question);
	return json_pack("{ss}", "failed", "no such operation");
}

int main(void)
{
	return answer_lines("view_drive", answer);
}
