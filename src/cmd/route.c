#include "cmd/check.h"
#include "cmd/commands.h"
#include "cmd/emit.h"
#include "cmd/reading.h"

#include <npmrc-doctor/redact.h>

/* The URL as node prints it, without the password and, unless asked for, without the user. */
static char *print_url(const struct nd_url *url, const char *text, bool user)
{
	g_autofree char *name = user ? nd_url_user(url) : g_strdup("");
	/* A proxy has no path: behind "u:8080/..." there is the rest of a password. */
	bool stray = user && url->path[0] && url->path[1] && !strpbrk(url->path, "@:");
	g_autofree char *tail = stray ? g_strdup("/***") :
		g_strconcat(url->path, url->query, url->fragment, NULL);

	return nd_redact_url(url, name, tail, text);
}

/* Whether what stands behind the registry's path is a package of that scope: @corp/pkg, @corp%2fpkg. */
static bool is_of_scope(const struct nd_registry *registry, const struct nd_url *url)
{
	size_t n = strlen(registry->url->path), scope = strlen(registry->scope);
	const char *rest;

	while (n > 0 && registry->url->path[n - 1] == '/')
		n--;
	rest = url->path + n;
	while (*rest == '/')
		rest++;
	if (g_ascii_strncasecmp(rest, "%40", 3) == 0)
		return strncmp(rest + 3, registry->scope + 1, scope - 1) == 0 &&
			(rest[scope + 2] == '/' || g_ascii_strncasecmp(rest + scope + 2, "%2f", 3) == 0);
	return strncmp(rest, registry->scope, scope) == 0 &&
		(rest[scope] == '/' || g_ascii_strncasecmp(rest + scope, "%2f", 3) == 0);
}

/* The registry that owns the URL: of several with one address the one of the package's scope. */
static const struct nd_registry *owner_of(const struct nd_view *view, const char *text,
	const struct nd_url *url)
{
	const GPtrArray *registries = nd_view_registries(view);
	const struct nd_registry *best = nd_view_registry_of(view, text);

	for (guint i = 0; i < registries->len; i++) {
		const struct nd_registry *other = registries->pdata[i];

		if (other->scope && other->url && best->url && g_str_equal(other->url->host, best->url->host) &&
			nd_url_port(other->url) == nd_url_port(best->url) &&
			g_str_equal(other->url->path, best->url->path) && is_of_scope(other, url))
			return other;
	}
	return best;
}

static void describe_credentials(const struct nd_view *view, const struct nd_registry *registry,
	struct nd_route_ref *route, const struct nd_url *url)
{
	g_autofree char *request = nd_registry_request(registry, url);
	struct nd_credentials *credentials = nd_view_credentials(view, request, registry);

	route->credentials = nd_credentials_kind_name(credentials->kind);
	if (credentials->setting) {
		route->credentials_key = credentials->setting->key.p;
		route->credentials_origin = credentials->setting->origin;
	}
	nd_credentials_free(credentials);
}

static const char *error_of(const struct nd_proxy *proxy)
{
	if (proxy->error == ND_PROXY_OK)
		return NULL;
	if (proxy->error != ND_PROXY_SCHEME)
		return "proxy-url-invalid";
	return strstr(proxy->text, "//") ? "proxy-scheme-unsupported" : "proxy-no-scheme";
}

static void describe_noproxy(const struct nd_noproxy *entry, GPtrArray *out)
{
	struct nd_noproxy_ref *ref = g_new0(struct nd_noproxy_ref, 1);
	bool redacted;

	ref->entry = nd_redact_value(nd_span_of("noproxy"), nd_span_of(entry->entry), &redacted);
	if (!ref->entry)
		ref->entry = g_strdup("***");
	if (entry->setting)
		ref->source = entry->setting->origin;
	else
		ref->source = (struct nd_origin){ .layer = ND_LAYER_ENV, .variable = entry->variable };
	ref->matches = entry->matches;
	ref->why = entry->why;
	g_ptr_array_add(out, ref);
}

static void describe_proxy(const struct nd_view *view, const char *text, struct nd_route_ref *route)
{
	struct nd_proxy *proxy = nd_view_proxy(view, text);

	if (proxy->setting) {
		route->proxy_source = proxy->setting->origin;
		route->proxy_key = proxy->setting->key.p;
	} else if (proxy->variable) {
		route->proxy_source = (struct nd_origin){ .layer = ND_LAYER_ENV, .variable = proxy->variable };
	}
	route->has_proxy_source = proxy->setting || proxy->variable;
	if (nd_proxy_used(proxy))
		route->proxy = proxy->torn ? nd_torn_label(proxy->url) :
			print_url(proxy->url, proxy->text, true);
	route->error = error_of(proxy);
	for (guint i = 0; i < proxy->noproxy->len; i++)
		describe_noproxy(proxy->noproxy->pdata[i], route->noproxy);
	nd_proxy_free(proxy);
}

static void describe_trust(const struct nd_view *view, struct nd_route_ref *route)
{
	const struct nd_trust *trust = nd_view_trust(view);
	bool extra = trust->extra && trust->extra_counts && trust->extra->state == ND_READ_OK;

	route->strict_ssl = trust->strict_ssl;
	route->roots = nd_roots_name(trust->roots);
	route->extra = g_new0(char *, 2);
	if (extra)
		route->extra[0] = nd_url_redact_path(trust->extra->path);
}

static struct nd_route_ref *describe(const struct nd_view *view, const char *text,
	const struct nd_url *url)
{
	struct nd_route_ref *route = g_new0(struct nd_route_ref, 1);
	const struct nd_registry *registry = owner_of(view, text, url);

	route->noproxy = g_ptr_array_new();
	route->url = nd_url_redact_text(nd_span_of(text));
	if (nd_registry_covers(registry, url)) {
		route->registry = registry->torn ? nd_torn_label(registry->url) :
			print_url(registry->url, registry->text, false);
		route->scope = g_strdup(registry->scope);
		if (registry->setting) {
			route->registry_key = registry->setting->key.p;
			route->registry_origin = registry->setting->origin;
		}
		if (registry->by) {
			route->chosen_by_scope = true;
			route->scope_origin = registry->by->origin;
		}
	}
	describe_credentials(view, registry, route, url);
	describe_proxy(view, text, route);
	describe_trust(view, route);
	return route;
}

static bool is_web(const struct nd_url *url)
{
	return url && (g_str_equal(url->scheme, "http") || g_str_equal(url->scheme, "https"));
}

/* Everything is checked before anything is said. */
static bool check_operands(char *const *operands)
{
	if (!*operands) {
		nd_complain("'route' needs a URL\ntry `npmrc-doctor route --help`");
		return false;
	}
	for (; *operands; operands++) {
		struct nd_url *url = nd_url_parse(nd_span_of(*operands));
		bool web = is_web(url);
		g_autofree char *shown = nd_url_redact_text(nd_span_of(*operands));

		nd_url_free(url);
		if (web)
			continue;
		nd_complain("'%s' is no http or https URL; for a package say where it lies, as in "
			"https://registry.example/%s", shown, strstr(shown, "//") ? "package" : shown);
		return false;
	}
	return true;
}

static int print(const struct nd_run *run, const struct nd_context *context)
{
	g_autoptr(GPtrArray) routes = g_ptr_array_new_with_free_func((GDestroyNotify)nd_route_ref_free);
	GString *text;
	bool written;

	for (char **operand = context->options->operands; *operand; operand++) {
		struct nd_url *url = nd_url_parse(nd_span_of(*operand));

		g_ptr_array_add(routes, describe(run->view, *operand, url));
		nd_url_free(url);
	}
	text = context->options->json ? nd_report_routes_json(routes) :
		nd_report_routes(routes, run->report->client, &context->out);
	written = nd_emit(context, text);
	g_string_free(text, TRUE);
	nd_reading_warn(run->layers);
	if (run->layers->fatal)
		nd_complain("%s stops while it reads its configuration: %s", run->report->client,
			run->layers->fatal);
	return written ? ND_STATUS_OK : ND_STATUS_FAILED;
}

int nd_cmd_route(struct nd_context *context)
{
	struct nd_run run;
	g_autoptr(GError) err = NULL;
	int status;

	if (!check_operands(context->options->operands))
		return ND_STATUS_USAGE;
	status = nd_run_read(&run, context, NULL, &err) ? print(&run, context) : nd_run_failed(err);
	nd_run_release(&run);
	return status;
}
