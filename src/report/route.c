#include <npmrc-doctor/report.h>

#include "report/jsontext.h"
#include "report/paint.h"
#include "report/place.h"

void nd_route_ref_free(struct nd_route_ref *route)
{
	if (!route)
		return;
	g_free(route->url);
	g_free(route->registry);
	g_free(route->scope);
	g_free(route->proxy);
	g_strfreev(route->extra);
	for (guint i = 0; i < route->noproxy->len; i++) {
		struct nd_noproxy_ref *entry = route->noproxy->pdata[i];

		g_free(entry->entry);
		g_free(entry);
	}
	g_ptr_array_unref(route->noproxy);
	g_free(route);
}

static json_t *credentials(const struct nd_route_ref *route)
{
	json_t *object = json_object();

	json_object_set_new(object, "kind", json_string(route->credentials));
	json_object_set_new(object, "key", nd_json_text(route->credentials_key));
	if (route->credentials_key) {
		json_t *origin = nd_json_origin(&route->credentials_origin);

		json_object_update(object, origin);
		json_decref(origin);
	}
	return object;
}

static json_t *source(const char *key, const struct nd_origin *origin)
{
	json_t *object;

	if (!key)
		return json_null();
	object = nd_json_origin(origin);
	json_object_set_new(object, "key", nd_json_text(key));
	return object;
}

static json_t *proxy_source(const struct nd_route_ref *route)
{
	json_t *object;

	if (route->proxy_key || !route->has_proxy_source)
		return source(route->proxy_key, &route->proxy_source);
	object = nd_json_origin(&route->proxy_source);
	json_object_set_new(object, "key", json_null());
	return object;
}

static json_t *noproxy(const struct nd_route_ref *route)
{
	json_t *array = json_array();

	for (guint i = 0; i < route->noproxy->len; i++) {
		const struct nd_noproxy_ref *entry = route->noproxy->pdata[i];
		json_t *object = json_object();

		json_object_set_new(object, "entry", nd_json_text(entry->entry));
		json_object_set_new(object, "source", nd_json_origin(&entry->source));
		json_object_set_new(object, "matches", json_boolean(entry->matches));
		json_object_set_new(object, "why", nd_json_text(entry->why));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *trust(const struct nd_route_ref *route)
{
	json_t *object = json_object(), *extra = json_array();

	for (char **file = route->extra; file && *file; file++)
		json_array_append_new(extra, nd_json_text(*file));
	json_object_set_new(object, "strictSsl", json_boolean(route->strict_ssl));
	json_object_set_new(object, "roots", json_string(route->roots));
	json_object_set_new(object, "extra", extra);
	return object;
}

static json_t *route_object(const struct nd_route_ref *route)
{
	json_t *object = json_object();

	json_object_set_new(object, "url", nd_json_text(route->url));
	json_object_set_new(object, "registry", nd_json_text(route->registry));
	json_object_set_new(object, "registrySource", source(route->registry_key, &route->registry_origin));
	json_object_set_new(object, "scope", nd_json_text(route->scope));
	json_object_set_new(object, "scopeSource",
		source(route->chosen_by_scope ? "scope" : NULL, &route->scope_origin));
	json_object_set_new(object, "credentials", credentials(route));
	json_object_set_new(object, "proxy", nd_json_text(route->proxy));
	if (route->error)
		json_object_set_new(object, "error", json_string(route->error));
	json_object_set_new(object, "proxySource", proxy_source(route));
	json_object_set_new(object, "noproxy", noproxy(route));
	json_object_set_new(object, "trust", trust(route));
	return object;
}

GString *nd_report_routes_json(const GPtrArray *routes)
{
	json_t *root = json_object(), *array = json_array();

	for (guint i = 0; i < routes->len; i++)
		json_array_append_new(array, route_object(routes->pdata[i]));
	json_object_set_new(root, "version", json_integer(1));
	json_object_set_new(root, "routes", array);
	return nd_json_print(root);
}

/* "label    text" with what stands behind it in dim words. */
static void print_row(const char *label, const char *text, const struct nd_style *style, GString *out)
{
	g_autofree char *shown = nd_plain(text, style);

	g_string_append(out, "  ");
	nd_paintf(out, style, ND_BLUE, "%-12s", label);
	g_string_append_printf(out, " %s\n", shown);
}

static char *from(const char *key, const struct nd_origin *origin)
{
	g_autofree char *place = nd_origin_text(origin);

	return key ? g_strdup_printf("%s, %s", key, place) : g_strdup(place);
}

/* The registry, its scope, and what decided it. */
static void print_registry(const struct nd_route_ref *route, const struct nd_style *style, GString *out)
{
	g_autoptr(GString) text = g_string_new(route->registry ? route->registry : "none that is configured");

	if (route->registry_key) {
		g_autofree char *origin = from(route->registry_key, &route->registry_origin);

		g_string_append_printf(text, " (%s)", origin);
	}
	print_row("registry", text->str, style, out);
	if (route->chosen_by_scope) {
		g_autofree char *origin = from("scope", &route->scope_origin);
		g_autofree char *why = g_strdup_printf("in the place of `registry`: %s", origin);

		print_row("", why, style, out);
	}
}

static void print_credentials(const struct nd_route_ref *route, const struct nd_style *style, GString *out)
{
	g_autofree char *origin = NULL, *text = NULL;

	if (!route->credentials_key) {
		print_row("credentials", route->credentials, style, out);
		return;
	}
	origin = from(route->credentials_key, &route->credentials_origin);
	text = g_strdup_printf("%s (%s)", route->credentials, origin);
	print_row("credentials", text, style, out);
}

static void print_proxy(const struct nd_route_ref *route, const struct nd_style *style, GString *out)
{
	const char *what = route->error ? "invalid" : route->proxy ? route->proxy :
		route->has_proxy_source ? "none: noproxy takes this host off it" : "none: direct";
	g_autofree char *origin = NULL, *text = NULL;

	if (!route->has_proxy_source) {
		print_row("proxy", what, style, out);
		return;
	}
	origin = from(route->proxy_key, &route->proxy_source);
	text = route->error ? g_strdup_printf("%s: %s (%s)", what, route->error, origin) :
		g_strdup_printf("%s (%s)", what, origin);
	print_row("proxy", text, style, out);
}

static void print_noproxy(const struct nd_route_ref *route, const struct nd_style *style, GString *out)
{
	for (guint i = 0; i < route->noproxy->len; i++) {
		const struct nd_noproxy_ref *entry = route->noproxy->pdata[i];
		g_autofree char *place = nd_origin_text(&entry->source);
		g_autofree char *text = g_strdup_printf("%s: %s%s%s (%s)", entry->entry,
			entry->matches ? "matches" : "does not match", entry->why ? ": " : "",
			entry->why ? entry->why : "", place);

		print_row(i ? "" : "noproxy", text, style, out);
	}
}

static void print_trust(const struct nd_route_ref *route, const struct nd_style *style, GString *out)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (g_ascii_strncasecmp(route->url, "https:", strlen("https:")) != 0 && !(route->proxy &&
			g_str_has_prefix(route->proxy, "https:")))
		return;
	if (!route->strict_ssl)
		g_string_append(text, "none: strict-ssl is off, certificates are not verified; ");
	g_string_append_printf(text, "roots: %s", route->roots);
	for (char **file = route->extra; file && *file; file++)
		g_string_append_printf(text, ", %s", *file);
	print_row("trust", text->str, style, out);
}

/* this machine -> proxy -> registry */
static void print_hops(const struct nd_route_ref *route, const char *client,
	const struct nd_style *style, GString *out)
{
	const char *arrow = style->utf8 ? "→" : "->";
	g_autofree char *shown = nd_plain(route->url, style);

	nd_paint(out, style, ND_BOLD, client);
	if (route->error)
		g_string_append_printf(out, " %s (no connection)", arrow);
	else if (route->proxy)
		g_string_append_printf(out, " %s %s", arrow, route->proxy);
	g_string_append_printf(out, " %s %s\n", arrow, shown);
}

GString *nd_report_routes(const GPtrArray *routes, const char *client, const struct nd_style *style)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < routes->len; i++) {
		const struct nd_route_ref *route = routes->pdata[i];

		if (i)
			g_string_append_c(out, '\n');
		print_hops(route, client, style, out);
		print_registry(route, style, out);
		print_credentials(route, style, out);
		print_proxy(route, style, out);
		print_noproxy(route, style, out);
		print_trust(route, style, out);
	}
	return out;
}
