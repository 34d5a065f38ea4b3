#include "internal.h"

/* getProxy() of @npmcli/agent/lib/proxy.js and #getProxy() of its agents.js (npm 10 and later),
 * make-fetch-happen/lib/agent.js (6, 8, 9). */

const struct nd_env_var *nd_view_variable(const struct nd_env *env, const char *name)
{
	for (size_t i = 0; i < env->n; i++)
		if (strcmp(env->vars[i].name, name) == 0)
			return &env->vars[i];
	return NULL;
}

/* PROXY_ENV of @npmcli/agent: whichever spelling comes last in the environment, even if it is
 * empty. */
static const struct nd_env_var *last_spelling(const struct nd_env *env, const char *name)
{
	const struct nd_env_var *found = NULL;

	for (size_t i = 0; i < env->n; i++)
		if (g_ascii_strcasecmp(env->vars[i].name, name) == 0)
			found = &env->vars[i];
	return found;
}

/* getProcessEnv() of make-fetch-happen: lower case, then upper case, the first that is not empty.
 * An empty lower-case one is still a value (`defined`) where the upper-case one is not set. */
static const struct nd_env_var *either_case(
	const struct nd_env *env, const char *name, bool *defined)
{
	g_autofree char *upper = g_ascii_strup(name, -1);
	const struct nd_env_var *low = nd_view_variable(env, name), *high = nd_view_variable(env, upper);

	*defined = low != NULL;
	if (low && *low->value)
		return low;
	if (high && *high->value)
		*defined = true;
	return high && *high->value ? high : NULL;
}

static const struct nd_env_var *full(const struct nd_env_var *var)
{
	return var && *var->value ? var : NULL;
}

static const struct nd_env_var *env_variable(
	const struct nd_view *view, const char *name, bool *defined)
{
	const struct nd_env *env = nd_view_env(view);

	*defined = false; /* npm 10 and later ask for the next name after an empty one */
	if (view->layers->npm_major < 10)
		return either_case(env, name, defined);
	return full(last_spelling(env, name));
}

static const struct nd_env_var *env_proxy(const struct nd_view *view, const struct nd_url *url)
{
	static const char *const names[] = {"https_proxy", "http_proxy", "proxy"};
	bool http = strcmp(url->scheme, "http") == 0, defined;

	if (!http && strcmp(url->scheme, "https") != 0 && view->layers->npm_major < 10)
		return NULL;
	for (size_t i = 0; i < (strcmp(url->scheme, "https") == 0 ? 1 : G_N_ELEMENTS(names)); i++) {
		const struct nd_env_var *found = env_variable(view, names[i], &defined);

		if (found || defined)
			return found;
	}
	return NULL;
}

static bool choose(const struct nd_view *view, const struct nd_url *url, struct nd_proxy *out)
{
	const struct nd_env_var *var;

	out->setting = nd_view_truthy(view, "https-proxy");
	if (!out->setting)
		out->setting = nd_view_truthy(view, "proxy");
	if (out->setting) {
		out->text = nd_view_text(view, out->setting);
		return true;
	}
	var = env_proxy(view, url);
	if (!var)
		return false;
	out->variable = var->name;
	out->text = var->value;
	return true;
}

/* What noproxy says: of the list that the choice is made with, and of the one that npm 10 and later
 * ask again when they connect, which knows the environment only. */
struct exempt {
	bool at_choice, at_connect;
};

static struct exempt exempted(const struct nd_view *view, const struct nd_url *url, GPtrArray *out)
{
	const struct nd_setting *setting = nd_view_truthy(view, "noproxy");
	const char *list = setting ? nd_view_text(view, setting) : "";
	struct exempt exempt = {false, false};
	const struct nd_env_var *var;
	bool defined;
	guint first;

	if (*list) {
		struct nd_noproxy source = {.setting = setting};

		exempt.at_choice = nd_noproxy_add(out, &source, nd_span_of(list), url->host);
	}
	first = out->len;
	var = env_variable(view, "no_proxy", &defined);
	if (var) {
		struct nd_noproxy source = {.variable = var->name};

		exempt.at_connect = nd_noproxy_add(out, &source, nd_span_of(var->value), url->host);
	}
	if (!*list)
		exempt.at_choice = exempt.at_connect;
	if (view->layers->npm_major < 10) {
		exempt.at_connect = false;
		if (*list)
			nd_noproxy_cancel(
				out, first, "npm before 10 ignores it beside the noproxy setting");
	}
	return exempt;
}

static bool supported(const struct nd_url *url, int npm_major)
{
	static const char *const schemes[] = {
		"http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h"};

	if (npm_major < 8 && g_str_has_prefix(url->scheme, "socks"))
		return true;
	for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
		if (strcmp(url->scheme, schemes[i]) == 0)
			return true;
	return false;
}

static bool decode(const char *text, struct nd_secret **out)
{
	size_t n = 0;
	g_autofree char *plain = nd_url_decode(text, &n);

	if (!plain)
		return false;
	*out = nd_secret_new((struct nd_span){plain, n});
	return true;
}

/* 8 and 9 send a user alone as it is and drop a password without a user (getAuth in agent.js). */
static bool decode_userinfo(const struct nd_view *view, struct nd_proxy *proxy)
{
	bool old = view->layers->npm_major < 10;

	if (*proxy->url->username && !decode(proxy->url->username, &proxy->user))
		return false;
	if (!*proxy->url->password || (old && !*proxy->url->username))
		return true;
	if (decode(proxy->url->password, &proxy->password))
		return true;
	nd_secret_free(proxy->user);
	proxy->user = NULL;
	return false;
}

/* npm 6's url.parse takes host:port, and what has another scheme is no proxy at all. */
static void judge_npm6(struct nd_proxy *proxy)
{
	if (!strstr(proxy->text, "//")) {
		g_autofree char *text = g_strconcat("http://", proxy->text, NULL);

		nd_url_free(proxy->url);
		proxy->url = nd_url_parse(nd_span_of(text));
	}
	if (!proxy->url) {
		proxy->error = ND_PROXY_INVALID;
	} else if (!supported(proxy->url, 6)) {
		nd_url_free(proxy->url);
		proxy->url = NULL;
	}
}

static bool is_string(const struct nd_proxy *proxy)
{
	return !proxy->setting || proxy->setting->used.type == ND_TYPE_STRING;
}

/* The order in which npm comes upon the errors: an exempted host never sees those behind it. */
static void judge(const struct nd_view *view, struct nd_proxy *proxy, struct exempt exempt)
{
	int major = view->layers->npm_major;

	proxy->url = nd_url_parse(nd_span_of(proxy->text));
	proxy->bypassed = exempt.at_choice || exempt.at_connect;
	/* 8 and 9 parse before they look at noproxy, but only what is a string */
	if (exempt.at_choice && (major >= 10 || major < 8 || !is_string(proxy)))
		return;
	if (major < 8)
		judge_npm6(proxy);
	else if (!proxy->url || (major < 10 && !is_string(proxy)))
		proxy->error = ND_PROXY_INVALID;
	else if (!exempt.at_choice && !supported(proxy->url, major))
		proxy->error = ND_PROXY_SCHEME;
	/* 8 and 9 decode before they look at the scheme */
	if (proxy->error && !(proxy->error == ND_PROXY_SCHEME && major >= 8 && major < 10))
		return;
	if (proxy->bypassed || !proxy->url)
		return;
	if (!decode_userinfo(view, proxy))
		proxy->error = ND_PROXY_ENCODING;
}

/* A proxy without a scheme gets one, from pnpm 10 the target's own (getProxyUri); pnpm goes without one
 * whose scheme it does not know. */
static void judge_client(const struct nd_view *view, const struct nd_url *target, struct nd_proxy *proxy)
{
	enum nd_client client = view->layers->client;
	g_autofree char *text = NULL;

	proxy->bypassed = nd_client_choose_proxy(view, target, proxy);
	if (!proxy->text)
		return;
	if (client != ND_CLIENT_YARN && !strstr(proxy->text, "://"))
		text = g_strconcat(view->layers->client_major == 10 ? target->scheme : "http", "://",
			proxy->text, NULL);
	proxy->url = nd_url_parse(nd_span_of(text ? text : proxy->text));
	if (!proxy->url) {
		proxy->error = ND_PROXY_INVALID;
	} else if (!supported(proxy->url, 12) ||
		   (client != ND_CLIENT_PNPM && g_str_has_prefix(proxy->url->scheme, "socks"))) {
		if (client != ND_CLIENT_PNPM)
			proxy->error = ND_PROXY_SCHEME;
		nd_url_free(proxy->url);
		proxy->url = NULL;
	} else if (!proxy->bypassed && !decode_userinfo(view, proxy)) {
		proxy->error = ND_PROXY_ENCODING;
	}
	if (proxy->bypassed)
		proxy->error = ND_PROXY_OK;
}

struct nd_proxy *nd_view_proxy(const struct nd_view *view, const char *url)
{
	struct nd_proxy *proxy = g_new0(struct nd_proxy, 1);
	struct nd_url *target = nd_url_parse(nd_span_of(url));

	proxy->noproxy = g_ptr_array_new_with_free_func((GDestroyNotify)nd_noproxy_free);
	if (target && view->layers->client != ND_CLIENT_NPM) {
		judge_client(view, target, proxy);
	} else if (target) {
		struct exempt exempt = exempted(view, target, proxy->noproxy);

		if (choose(view, target, proxy))
			judge(view, proxy, exempt);
	}
	proxy->torn = nd_view_is_torn(proxy->setting, ND_SPOT_PROXY_PASSWORD, proxy->url);
	nd_url_free(target);
	return proxy;
}

void nd_proxy_free(struct nd_proxy *proxy)
{
	if (!proxy)
		return;
	nd_url_free(proxy->url);
	g_ptr_array_unref(proxy->noproxy);
	nd_secret_free(proxy->user);
	nd_secret_free(proxy->password);
	g_free(proxy);
}

bool nd_proxy_used(const struct nd_proxy *proxy)
{
	return proxy->url && proxy->error == ND_PROXY_OK && !proxy->bypassed;
}
