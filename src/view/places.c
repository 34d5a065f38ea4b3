#include "internal.h"

/* The places of a file in which a secret may stand. */

static bool equals_folded(struct nd_span text, const char *name)
{
	return text.n == strlen(name) && g_ascii_strncasecmp(text.p, name, text.n) == 0;
}

/* Other spellings of the proxy keys do nothing in npm, but the password is on the disk all the
 * same. */
static bool is_proxy_key(struct nd_span key)
{
	static const char *const names[] = {
		"proxy", "https-proxy", "http-proxy", "https_proxy", "http_proxy"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (equals_folded(key, names[i]))
			return true;
	return false;
}

static bool whole_kind(struct nd_span name, enum nd_spot_kind *kind)
{
	if (equals_folded(name, "_authToken"))
		*kind = ND_SPOT_TOKEN;
	else if (equals_folded(name, "_auth") || equals_folded(name, "_password"))
		*kind = ND_SPOT_PASSWORD;
	else if (nd_span_is(name, "key"))
		*kind = ND_SPOT_PRIVATE_KEY;
	else
		return false;
	return true;
}

static const char *last_colon(struct nd_span key)
{
	return key.n ? memrchr(key.p, ':', key.n) : NULL;
}

bool nd_place_of(struct nd_span key, struct nd_place *out)
{
	const char *colon = last_colon(key);
	size_t behind = colon ? (size_t)(colon - key.p) + 1 : 0;
	struct nd_span name = {key.p + behind, key.n - behind};

	*out = (struct nd_place){.key = key};
	if (is_proxy_key(key)) {
		out->kind = ND_SPOT_PROXY_PASSWORD;
		return true;
	}
	if (nd_span_is(name, "registry") && (!colon || key.p[0] == '@')) {
		out->kind = ND_SPOT_URL;
		return true;
	}
	if (!whole_kind(name, &out->kind))
		return false;
	out->key = name;
	out->prefix = (struct nd_span){key.p, behind ? behind - 1 : 0};
	return true;
}

bool nd_place_is_url(const struct nd_place *place)
{
	return place->kind == ND_SPOT_PROXY_PASSWORD || place->kind == ND_SPOT_URL;
}

struct nd_expansion nd_view_expand(const struct nd_view *view, struct nd_span text)
{
	return nd_expand(nd_expand_dialect_of_npm(view->layers->npm_major), text, nd_view_env(view),
		view->arena);
}

/* What stands behind the last '@' and before the path: all that can be said of what is no URL. */
static char *host_of_text(struct nd_span text)
{
	const char *at = text.n ? memrchr(text.p, '@', text.n) : NULL;
	size_t n = 0, left;

	if (!at)
		return g_strdup("");
	left = text.n - (size_t)(at + 1 - text.p);
	while (n < left && !strchr("/?#", at[1 + n]))
		n++;
	return g_strndup(at + 1, n);
}

static char *host_and_port(const struct nd_url *url)
{
	int port = nd_url_port(url);

	return port ? g_strdup_printf("%s:%d", url->host, port) : g_strdup(url->host);
}

/* Where the host begins. A password may hold a slash; "host:8080/@scope/" is none, nor is "host/nick@corp/". */
static const char *behind_userinfo(const char *start, const char *end)
{
	const char *slash = memchr(start, '/', (size_t)(end - start)), *at = end;

	while (at > start && !(at[-1] == '@' && (at - 1 == start || at[-2] != '/')))
		at--;
	return (slash && slash < at) && !memchr(start, ':', (size_t)(at - start)) ? start : at;
}

/* "//nick:pw@host/": npm never asks for such a place, but a location is shown, and stored in clear. */
static char *without_userinfo(struct nd_span prefix)
{
	const char *end = prefix.p + prefix.n, *start = prefix.n ? memmem(prefix.p, prefix.n, "//", 2) : NULL;
	const char *at;

	if (!start)
		return g_strndup(prefix.p, prefix.n);
	start += 2;
	at = behind_userinfo(start, end);
	return g_strdup_printf("%.*s%.*s", (int)(start - prefix.p), prefix.p, (int)(end - at), at);
}

char *nd_place_location(
	const struct nd_place *place, const struct nd_view *view, struct nd_span value)
{
	struct nd_url *url;
	char *location;

	if (!nd_place_is_url(place))
		return without_userinfo(nd_view_expand(view, place->prefix).text);
	url = nd_url_parse(value);
	if (!url || !*url->host)
		location = host_of_text(value);
	else
		location = place->kind == ND_SPOT_URL ? nd_url_nerf(value) : host_and_port(url);
	nd_url_free(url);
	return location ? location : g_strdup("");
}

bool nd_view_in_list(const struct nd_layer *layer, const struct nd_ini_entry *entry)
{
	const struct nd_ini_key *key;

	if (entry->dropped)
		return entry->list;
	key = nd_ini_find(layer->ini, entry->key);
	return entry->list || (key && key->value.type == ND_TYPE_ARRAY);
}

static bool seen(const GPtrArray *layers, const struct nd_layer *layer)
{
	for (guint i = 0; i < layers->len; i++) {
		const struct nd_layer *other = g_ptr_array_index(layers, i);

		if (other->file->id.dev == layer->file->id.dev &&
			other->file->id.ino == layer->file->id.ino)
			return true;
	}
	return false;
}

/* Through a symbolic link npm may read the user's file as the project's too: it is the user's. */
GPtrArray *nd_view_file_layers(const struct nd_view *view)
{
	static const enum nd_layer_id order[] = {
		ND_LAYER_USER, ND_LAYER_PROJECT, ND_LAYER_GLOBAL, ND_LAYER_FILE};
	GPtrArray *layers = g_ptr_array_new();

	for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
		const struct nd_layer *layer = &view->layers->layers[order[i]];

		if (layer->file && layer->doc && layer->ini && !seen(layers, layer))
			g_ptr_array_add(layers, (gpointer)layer);
	}
	for (guint i = 0; i < view->layers->more->len; i++) {
		const struct nd_layer *layer = view->layers->more->pdata[i];

		if (layer->file && layer->doc && layer->ini && !seen(layers, layer))
			g_ptr_array_add(layers, (gpointer)layer);
	}
	return layers;
}
