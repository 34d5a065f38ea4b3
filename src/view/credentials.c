#include "internal.h"

/* npm-registry-fetch/lib/auth.js, and npm 6's and 8's own ways. */

const char *nd_credentials_kind_name(enum nd_credentials_kind kind)
{
	static const char *const names[] = {"none", "token", "basic", "certificate"};

	return names[kind];
}

/* What was found under one prefix. */
struct found {
	const struct nd_setting *token, *auth, *user, *password, *certfile, *keyfile;
};

static const struct nd_setting *get(
	const struct nd_view *view, const char *prefix, const char *name)
{
	g_autofree char *key = g_strconcat(prefix, *prefix ? ":" : "", name, NULL);

	return nd_view_truthy(view, key);
}

/* hasAuth() of auth.js */
static bool any(const struct found *found)
{
	return found->token || found->auth || (found->user && found->password) ||
	       (found->certfile && found->keyfile);
}

/* npm 8 copies unscoped credentials below the default registry's nerf dart while it loads
 * (@npmcli/config 4 getCredentialsByURI): the token whatever else is there, the rest only where
 * nothing else is. */
static void add_unscoped(const struct nd_view *view, struct found *found)
{
	if (!found->token)
		found->token = get(view, "", "_authToken");
	if (found->token || found->auth || (found->user && found->password))
		return;
	found->user = get(view, "", "username");
	found->password = get(view, "", "_password");
	if (found->user && found->password)
		return;
	found->user = found->password = NULL;
	found->auth = get(view, "", "_auth");
}

/* The nerf dart of the default registry where unscoped credentials count for it, else NULL. */
static char *unscoped_nerf(const struct nd_view *view)
{
	/* pnpm goes on doing so */
	return view->layers->npm_major < 9 || view->layers->client == ND_CLIENT_PNPM
		       ? nd_url_nerf_by(nd_span_of(view->plain->text), view->node_major)
		       : NULL;
}

static bool find_at(
	const struct nd_view *view, const char *prefix, const char *unscoped, struct found *out)
{
	*out = (struct found){
		.token = get(view, prefix, "_authToken"),
		.auth = get(view, prefix, "_auth"),
		.user = get(view, prefix, "username"),
		.password = get(view, prefix, "_password"),
		.certfile = get(view, prefix, "certfile"),
		.keyfile = get(view, prefix, "keyfile"),
	};
	if (unscoped && strcmp(prefix, unscoped) == 0)
		add_unscoped(view, out);
	return any(out);
}

/* regFromURI() of auth.js: takes off what is behind the last slash, or the slash itself. */
static void shorten(GString *prefix)
{
	gsize n = prefix->len;

	if (prefix->str[n - 1] == '/')
		n--;
	else
		while (n > 0 && prefix->str[n - 1] != '/')
			n--;
	g_string_truncate(prefix, n);
}

static bool walk(const struct nd_view *view, const struct nd_url *url, struct found *out)
{
	g_autoptr(GString) prefix = g_string_new("//");
	g_autofree char *unscoped = unscoped_nerf(view);

	g_string_append(prefix, url->host);
	if (url->port >= 0)
		g_string_append_printf(prefix, ":%d", url->port);
	g_string_append(prefix, url->path);
	for (; prefix->len > 2; shorten(prefix))
		if (find_at(view, prefix->str, unscoped, out))
			return true;
	*out = (struct found){0};
	return false;
}

static bool same_host(const struct nd_url *a, const struct nd_url *b)
{
	return strcmp(a->host, b->host) == 0 && a->port == b->port;
}

static const struct nd_setting *either(
	const struct nd_view *view, const char *nerf, const char *name, const char *alias)
{
	const struct nd_setting *setting = get(view, nerf, name);

	if (!setting && alias)
		setting = get(view, nerf, alias);
	if (!setting)
		setting = get(view, "", name);
	return setting || !alias ? setting : get(view, "", alias);
}

/* npm 6 (npm-registry-fetch 4): the exact nerf dart of the package's registry, then the unscoped
 * key; to other hosts only with always-auth; user name and password before _auth. */
static void find_npm6(const struct nd_view *view, const struct nd_url *url,
	const struct nd_registry *registry, struct found *out)
{
	g_autofree char *nerf = nd_url_nerf_by(nd_span_of(registry->text), view->node_major);

	if (!nerf || !registry->url)
		return;
	if (strcmp(url->host, registry->url->host) != 0 && !either(view, nerf, "always-auth", NULL))
		return;
	out->token = either(view, nerf, "_authToken", "token");
	out->user = either(view, nerf, "username", NULL);
	out->password = either(view, nerf, "_password", "password");
	if (!out->user || !out->password) {
		out->user = out->password = NULL;
		out->auth = either(view, nerf, "_auth", NULL);
	}
}

/* yarn sends credentials for scoped packages, for others only with always-auth (NpmRegistry.request);
 * the key is the registry's own, or an unscoped one. */
static void find_yarn(const struct nd_view *view, const struct nd_url *url,
	const struct nd_registry *registry, struct found *out)
{
	g_autofree char *nerf = nd_url_nerf_by(nd_span_of(registry->text), view->node_major);
	bool scoped = registry->scope || strstr(url->path, "/@") || strstr(url->path, "/%40");

	if (!nerf || !registry->url || strcmp(url->host, registry->url->host) != 0 ||
		(!scoped && !either(view, nerf, "always-auth", NULL)))
		return;
	out->token = either(view, nerf, "_authToken", NULL);
	out->auth = either(view, nerf, "_auth", NULL);
	out->user = either(view, nerf, "username", NULL);
	out->password = either(view, nerf, "_password", NULL);
	if (!out->user || !out->password)
		out->user = out->password = NULL;
}

static void find(const struct nd_view *view, const struct nd_url *url,
	const struct nd_registry *registry, struct found *out)
{
	/* getRegistry() of auth.js knows the package's scope and `registry`, not `scope`. */
	const struct nd_registry *other = registry->by ? view->plain : registry;

	if (view->layers->client == ND_CLIENT_YARN)
		find_yarn(view, url, registry, out);
	else if (view->layers->npm_major < 8)
		find_npm6(view, url, registry, out);
	else if (!walk(view, url, out) && other->url && same_host(url, other->url))
		walk(view, other->url, out);
}

static void set_header(struct nd_credentials *out, const char *scheme, struct nd_span rest)
{
	g_autoptr(GString) header = g_string_new(scheme);

	g_string_append_len(header, rest.p, (gssize)rest.n);
	out->authorization = nd_secret_new((struct nd_span){header->str, header->len});
}

static void set_basic(struct nd_credentials *out, struct nd_span plain)
{
	g_autofree char *text = g_base64_encode((const guchar *)plain.p, plain.n);

	set_header(out, "Basic ", nd_span_of(text));
}

/* Buffer.from(`${username}:${Buffer.from(password, 'base64').toString()}`).toString('base64') */
static void set_user_and_password(const struct nd_view *view, struct nd_credentials *out)
{
	g_autoptr(GString) plain = NULL, password = NULL;

	/* Buffer.from() throws where the password is a number: npm dies */
	if (out->setting->used.type != ND_TYPE_STRING)
		return;
	plain = g_string_new(NULL);
	password = nd_base64_decode(out->setting->used.string);
	nd_utf8_append(plain, nd_value_text(&out->user->used, view->arena));
	g_string_append_c(plain, ':');
	nd_utf8_append(plain, (struct nd_span){password->str, password->len});
	set_basic(out, (struct nd_span){plain->str, plain->len});
}

/* npm 6, and npm 8 for an unscoped one, take _auth apart; without a colon or a password it is none.
 */
static void set_taken_apart(const struct nd_view *view, struct nd_credentials *out)
{
	g_autoptr(GString) bytes = nd_base64_decode(nd_value_text(&out->setting->used, view->arena));
	g_autoptr(GString) plain = g_string_new(NULL);
	const char *colon;

	nd_utf8_append(plain, (struct nd_span){bytes->str, bytes->len});
	colon = strchr(plain->str, ':');
	if (colon && colon > plain->str && colon[1])
		set_basic(out, (struct nd_span){plain->str, plain->len});
	else if (view->layers->npm_major < 8)
		set_header(out, "Basic ", nd_value_text(&out->setting->used, view->arena));
	else
		out->kind = ND_CREDENTIALS_NONE;
}

static void set_auth(
	const struct nd_view *view, const struct nd_setting *auth, struct nd_credentials *out)
{
	out->kind = ND_CREDENTIALS_BASIC;
	out->setting = auth;
	if (view->layers->client == ND_CLIENT_NPM &&
		(view->layers->npm_major < 8 || nd_span_is(auth->key, "_auth")))
		set_taken_apart(view, out);
	else
		set_header(out, "Basic ", nd_value_text(&auth->used, view->arena));
	if (out->kind == ND_CREDENTIALS_NONE)
		out->setting = NULL;
}

static void set_found(
	const struct nd_view *view, const struct found *found, struct nd_credentials *out)
{
	if (found->token) {
		out->kind = ND_CREDENTIALS_TOKEN;
		out->setting = found->token;
		set_header(out, "Bearer ", nd_value_text(&found->token->used, view->arena));
	} else if (found->auth) {
		set_auth(view, found->auth, out);
	} else if (found->user && found->password) {
		out->kind = ND_CREDENTIALS_BASIC;
		out->setting = found->password;
		out->user = found->user;
		set_user_and_password(view, out);
	}
	if (found->certfile && found->keyfile) {
		out->certfile = nd_view_text(view, found->certfile);
		out->keyfile = nd_view_text(view, found->keyfile);
		if (out->kind == ND_CREDENTIALS_NONE) {
			out->kind = ND_CREDENTIALS_CERTIFICATE;
			out->setting = found->certfile;
		}
	}
	out->unresolved =
		(out->setting && out->setting->unresolved) || (out->user && out->user->unresolved);
}

static void append_decoded(GString *out, const char *text)
{
	size_t n = 0;
	g_autofree char *decoded = nd_url_decode(text, &n);

	if (decoded)
		g_string_append_len(out, decoded, (gssize)n);
	else
		g_string_append(out, text);
}

/* minipass-fetch/lib/request.js hands on the text as `new URL` left it, percent-encoded; npm 6's
 * url.parse decodes it. */
static void set_userinfo(
	const struct nd_view *view, const struct nd_url *url, struct nd_credentials *out)
{
	g_autoptr(GString) plain = g_string_new(NULL);

	if (view->layers->npm_major < 8) {
		append_decoded(plain, url->username);
		g_string_append_c(plain, ':');
		append_decoded(plain, url->password);
	} else {
		g_string_append_printf(plain, "%s:%s", url->username, url->password);
	}
	out->kind = ND_CREDENTIALS_BASIC;
	out->from_url = true;
	set_basic(out, (struct nd_span){plain->str, plain->len});
}

static bool has_userinfo(const struct nd_url *url)
{
	return *url->username || *url->password;
}

static void add_userinfo(const struct nd_view *view, const struct nd_url *url,
	const struct nd_registry *registry, struct nd_credentials *out)
{
	const struct nd_url *own = registry->url;

	if (!has_userinfo(url))
		return;
	set_userinfo(view, url, out);
	if (!own || strcmp(own->username, url->username) != 0 || strcmp(own->password, url->password) != 0)
		return;
	out->setting = registry->setting;
	out->unresolved = registry->setting && registry->setting->unresolved;
}

struct nd_credentials *nd_view_credentials(
	const struct nd_view *view, const char *url, const struct nd_registry *registry)
{
	struct nd_credentials *out = g_new0(struct nd_credentials, 1);
	struct nd_url *parsed = nd_view_url(view, url);
	struct found found = {0};

	if (!parsed)
		return out;
	if (!registry)
		registry = nd_view_registry_of(view, url);
	find(view, parsed, registry, &found);
	set_found(view, &found, out);
	if (out->kind == ND_CREDENTIALS_NONE || out->kind == ND_CREDENTIALS_CERTIFICATE)
		add_userinfo(view, parsed, registry, out);
	nd_url_free(parsed);
	return out;
}

void nd_credentials_free(struct nd_credentials *credentials)
{
	if (!credentials)
		return;
	nd_secret_free(credentials->authorization);
	g_free(credentials);
}
