#include "rules/reading.h"

#include <npmrc-doctor/hash.h>

/* Where proxies come from, and which of them npm, curl and git take. */

/* --- proxy-conflict --- */

/* Whether two texts name the same proxy, their passwords included: unless a variable that is not set
 * stands in one's place, and nobody knows what it will be. */
static bool same_proxy(const char *a, const char *b)
{
	struct nd_url *x = nd_url_parse(nd_span_of(a)), *y = nd_url_parse(nd_span_of(b));
	bool unknown = strstr(a, "${") || strstr(b, "${");
	bool same = x && y ? g_str_equal(x->host, y->host) && nd_url_port(x) == nd_url_port(y) &&
		g_str_equal(x->scheme, y->scheme) && g_str_equal(x->username, y->username) &&
		(unknown || g_str_equal(x->password, y->password)) : g_str_equal(a, b);

	nd_url_free(x);
	nd_url_free(y);
	return same;
}

static bool names_proxy(const struct nd_env *env, const char *variable)
{
	const char *value = nd_env_get(env, variable);

	return value && *value;
}

/* The variable that curl and git take for the URL: curl passes over empty ones, and knows no HTTP_PROXY in
 * capitals. */
static const char *curl_variable(const struct nd_env *env, bool https)
{
	if (https && names_proxy(env, "https_proxy"))
		return "https_proxy";
	if (https && names_proxy(env, "HTTPS_PROXY"))
		return "HTTPS_PROXY";
	return !https && names_proxy(env, "http_proxy") ? "http_proxy" : NULL;
}

static const char *winner_name(const struct nd_proxy *proxy)
{
	return proxy->setting ? proxy->setting->key.p : proxy->variable;
}

static void say_conflict(const struct nd_facts *f, const struct nd_registry_facts *r, const char *loser,
	struct nd_report *out)
{
	bool https = g_str_equal(r->registry->url->scheme, "https");
	const char *curl = f->files_only ? NULL : curl_variable(f->layers->env, https);
	g_autofree char *label = nd_proxy_label(r->proxy);
	struct nd_finding *finding = nd_finding_add(out, ND_RULE_PROXY_CONFLICT,
		"%s and %s name different proxies for %s: npm takes %s", winner_name(r->proxy), loser, r->url,
		winner_name(r->proxy));

	if (curl)
		nd_finding_note(finding, "curl and git take %s (git only where http.proxy is not set)", curl);
	else
		nd_finding_note(finding, "curl and git know neither of the two settings");
	nd_help_row(finding);
	nd_locate_proxy(f, r, &finding->where);
	nd_finding_target(finding, r->url, label);
}

/* The first variable in any spelling that the URL's scheme may use and that names another proxy. */
static const char *other_variable(const struct nd_facts *f, const struct nd_registry_facts *r)
{
	const struct nd_env *env = f->layers->env;
	bool https = g_str_equal(r->registry->url->scheme, "https");

	for (size_t i = 0; i < env->n; i++) {
		const struct nd_env_var *var = &env->vars[i];
		bool counts = g_ascii_strcasecmp(var->name, https ? "https_proxy" : "http_proxy") == 0;

		if (counts && *var->value && g_strcmp0(var->name, r->proxy->variable) != 0 &&
			!same_proxy(var->value, r->proxy->text))
			return var->name;
	}
	return NULL;
}

/* https-proxy wins for http URLs too, where other programs take `proxy`. */
static const char *other_setting(const struct nd_facts *f, const struct nd_registry_facts *r)
{
	const struct nd_setting *plain = nd_layers_get(f->layers, "proxy");
	g_autofree char *text = plain && nd_value_truthy(&plain->used) ? nd_used_text(plain) : NULL;

	if (!text || !r->proxy->setting || !nd_span_is(r->proxy->setting->key, "https-proxy") ||
		g_str_equal(r->registry->url->scheme, "https"))
		return NULL;
	return same_proxy(text, r->proxy->text) ? NULL : "proxy";
}

/* No proxy would be used for the registry, whichever is named. */
static bool is_exempt(const struct nd_proxy *proxy)
{
	for (guint i = 0; i < proxy->noproxy->len; i++)
		if (((const struct nd_noproxy *)proxy->noproxy->pdata[i])->matches)
			return true;
	return false;
}

/* npm 10 and later take the spelling that comes last, be it empty: others take the one with a proxy. */
static void judge_emptied(const struct nd_facts *f, const struct nd_registry_facts *r, GHashTable *seen,
	struct nd_report *out)
{
	const struct nd_env *env = f->layers->env;
	const char *named = NULL, *last = NULL, *curl = curl_variable(env, true);
	struct nd_finding *finding;

	for (size_t i = 0; i < env->n; i++) {
		if (g_ascii_strcasecmp(env->vars[i].name, "https_proxy") != 0)
			continue;
		last = *env->vars[i].value ? NULL : env->vars[i].name;
		named = *env->vars[i].value ? env->vars[i].name : named;
	}
	if (f->layers->client != ND_CLIENT_NPM || f->layers->npm_major < 10 || !last || !named ||
		!g_str_equal(r->registry->url->scheme, "https") || !g_hash_table_add(seen, g_strdup(last)))
		return;
	finding = nd_finding_add(out, ND_RULE_PROXY_CONFLICT,
		"%s is empty and comes last: npm does not use the proxy of %s for %s", last, named, r->url);
	if (curl)
		nd_finding_note(finding, "curl and git take %s", curl);
	nd_finding_help(finding, "unset %s", last);
	nd_facts_locate_variable(last, &finding->where);
	nd_finding_target(finding, r->url, NULL);
}

/* `proxy=null` is no more than no proxy in the file: the environment's is used all the same. */
static void judge_denied(const struct nd_facts *f, const struct nd_registry_facts *r, GHashTable *seen,
	struct nd_report *out)
{
	static const char *const keys[] = { "https-proxy", "proxy" };
	g_autofree char *label = nd_proxy_label(r->proxy);

	for (size_t i = 0; r->proxy->variable && f->layers->client == ND_CLIENT_NPM && i < G_N_ELEMENTS(keys); i++) {
		const struct nd_setting *setting = nd_layers_get(f->layers, keys[i]);
		struct nd_finding *finding;

		/* An empty one is invalid-value's: npm warns of it. */
		if (!setting || setting->origin.layer == ND_LAYER_DEFAULT || nd_value_truthy(&setting->used) ||
			!setting->valid ||
			nd_setting_owner(f, setting) != ND_RULE_COUNT ||
			!g_hash_table_add(seen, g_strdup(r->proxy->variable)))
			continue;
		finding = nd_finding_add(out, ND_RULE_PROXY_CONFLICT,
			"%s names no proxy, and does not switch off %s: npm uses it for %s", keys[i],
			r->proxy->variable, r->url);
		nd_finding_help(finding, "unset %s where npm is not to use it, or put the registry's host into "
			"noproxy; the line itself has no effect", r->proxy->variable);
		nd_facts_locate(f, setting, 0, 0, &finding->where);
		nd_finding_target(finding, r->url, label);
	}
}

void nd_check_proxy_conflict(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);

	(void)rule;
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		const char *loser;

		if (!r->registry->url || (f->files_only && !r->proxy->setting))
			continue;
		if (!r->proxy->text && !is_exempt(r->proxy))
			judge_emptied(f, r, seen, out);
		if (!r->proxy->text)
			continue;
		if (!is_exempt(r->proxy))
			judge_denied(f, r, seen, out);
		loser = other_setting(f, r);
		if (!loser && !f->files_only)
			loser = other_variable(f, r);
		if (loser && g_hash_table_add(seen, g_strconcat(winner_name(r->proxy), " ", loser, NULL)))
			say_conflict(f, r, loser, out);
	}
}

/* --- proxy-ignored --- */

static const struct nd_env_var *any_spelling(const struct nd_env *env, const char *name)
{
	for (size_t i = 0; i < env->n; i++)
		if (*env->vars[i].value && g_ascii_strcasecmp(env->vars[i].name, name) == 0)
			return &env->vars[i];
	return NULL;
}

static void judge_ignored(const struct nd_facts *f, const char *name, const char *why, bool https_only,
	struct nd_report *out)
{
	const struct nd_env_var *var = any_spelling(f->layers->env, name);
	struct nd_finding *finding = NULL;

	for (guint i = 0; var && i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];

		/* Where npm has a proxy all the same, the variable is for other programs. */
		if (r->proxy->text || !r->registry->url || nd_is_loopback(r->registry->url->host) ||
			(https_only && !g_str_equal(r->registry->url->scheme, "https")))
			continue;
		if (!finding) {
			finding = nd_finding_add(out, ND_RULE_PROXY_IGNORED, "npm does not use %s: %s", var->name,
				why);
			nd_help_row(finding);
			nd_facts_locate_variable(var->name, &finding->where);
		}
		nd_finding_target(finding, r->url, NULL);
	}
}

void nd_check_proxy_ignored(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	static const struct {
		const char *name, *why;
		bool https_only;
	} rows[] = {
		{ "all_proxy", "no npm version looks at it", false },
		{ "http_proxy", "the registry is https, and for that npm asks https_proxy only", true },
		{ "npm_config_http_proxy", "npm has no setting http-proxy", false },
		{ "pac_url", "npm does not run proxy auto-configuration", false },
		{ "auto_proxy", "npm does not run proxy auto-configuration", false },
	};

	(void)rule;
	for (size_t i = 0; !f->files_only && i < G_N_ELEMENTS(rows); i++)
		judge_ignored(f, rows[i].name, rows[i].why, rows[i].https_only, out);
}
