#include "internal.h"
#include <stdio.h>

/* The choice of a proxy by pnpm (config/reader, network/proxy-agent), yarn 1 (the request package's
 * getProxyFromURI) and bun. tests/differential/clients.test.mjs holds it against the programs. */

static bool is_http(const struct nd_url *url)
{
	return strcmp(url->scheme, "http") == 0;
}

/* The first of both spellings; one that is empty counts only where `empty` says so. */
static const struct nd_env_var *spelling(
	const struct nd_view *view, const char *lower, bool upper_first, bool empty)
{
	g_autofree char *upper = g_ascii_strup(lower, -1);
	const struct nd_env_var *both[] = {nd_view_variable(nd_view_env(view), upper_first ? upper : lower),
		nd_view_variable(nd_view_env(view), upper_first ? lower : upper)};

	for (size_t i = 0; i < G_N_ELEMENTS(both); i++)
		if (both[i] && (empty || *both[i]->value))
			return both[i];
	return NULL;
}

static void take_setting(
	const struct nd_view *view, const struct nd_setting *setting, struct nd_proxy *out)
{
	out->setting = setting;
	out->text = nd_view_text(view, setting);
}

static void take_variable(const struct nd_env_var *var, struct nd_proxy *out)
{
	if (!var || !*var->value)
		return;
	out->variable = var->name;
	out->text = var->value;
}

/* The setting that counts even where its value is false, which then means none. */
static const struct nd_setting *non_null(const struct nd_view *view, const char *key, bool empty)
{
	const struct nd_setting *setting = nd_view_find(view, key);

	if (!setting || setting->used.type == ND_TYPE_NULL || setting->used.type == ND_TYPE_UNDEFINED)
		return NULL;
	return !empty && setting->used.type == ND_TYPE_STRING && !setting->used.string.n ? NULL : setting;
}

static bool is_pnpm10(const struct nd_view *view)
{
	return view->layers->client_major == 10;
}

static const struct nd_env_var *pnpm_variable(const struct nd_view *view, const char *name)
{
	return spelling(view, name, !is_pnpm10(view), true);
}

/* httpsProxy serves http URLs too; `proxy=false` shuts the environment out, in 10 an empty one as well. */
static void choose_pnpm(const struct nd_view *view, const struct nd_url *url, struct nd_proxy *out)
{
	static const char *const names[] = {"https_proxy", "http_proxy", "proxy"};
	const struct nd_setting *setting = NULL;

	if (is_http(url) && !is_pnpm10(view))
		setting = nd_view_truthy(view, "http-proxy");
	if (!setting)
		setting = nd_view_truthy(view, "https-proxy");
	if (!setting)
		setting = non_null(view, "proxy", is_pnpm10(view));
	if (setting) {
		if (nd_value_truthy(&setting->used))
			take_setting(view, setting, out);
		return;
	}
	for (size_t i = 0; i < (is_http(url) ? G_N_ELEMENTS(names) : 1); i++) {
		const struct nd_env_var *var = pnpm_variable(view, names[i]);

		take_variable(var, out);
		if (var)
			return;
	}
}

/* pnpm 10 splits at /\s*,\s*\/: what stands before the first and behind the last entry stays. */
static void keep_blanks(GPtrArray *out, guint first, struct nd_span list)
{
	struct nd_span trimmed = nd_doc_trim(list);
	guint last = out->len - 1;

	for (guint i = first; i < out->len; i++) {
		struct nd_noproxy *entry = g_ptr_array_index(out, i);

		if (!entry->matches || !((i == first && trimmed.p > list.p) ||
			(i == last && trimmed.p + trimmed.n < list.p + list.n)))
			continue;
		entry->matches = false;
		entry->why = "pnpm takes the blank for a part of the name";
	}
}

/* One list alone counts, with npm's comparison of labels. */
static bool exempt_pnpm(const struct nd_view *view, const struct nd_url *url, GPtrArray *out)
{
	bool old = is_pnpm10(view);
	const struct nd_setting *setting =
		old ? nd_view_truthy(view, "no-proxy") : non_null(view, "noproxy", false);
	struct nd_noproxy source = {0};
	const struct nd_env_var *var;
	struct nd_span list;
	bool matched;

	if (!setting)
		setting = old ? non_null(view, "noproxy", true) : non_null(view, "no-proxy", false);
	var = setting ? NULL : pnpm_variable(view, "no_proxy");
	if (!setting && !var)
		return false;
	source.setting = setting;
	source.variable = var ? var->name : NULL;
	list = nd_span_of(setting ? nd_view_text(view, setting) : var->value);
	matched = nd_noproxy_add(out, &source, list, url->host);
	if (!matched || !old)
		return matched;
	keep_blanks(out, 0, list);
	for (guint i = 0; i < out->len; i++)
		if (((const struct nd_noproxy *)g_ptr_array_index(out, i))->matches)
			return true;
	return false;
}

/* Splits the list and has each entry judged; `judge` returns why it does not match, or NULL. */
static bool add_entries(const struct nd_env_var *var, const char *separators, const struct nd_url *url,
	const char *(*judge)(const char *entry, const struct nd_url *url), GPtrArray *out)
{
	g_auto(GStrv) words = g_strsplit_set(var->value, separators, -1);
	bool matched = false;
	size_t at = 0;

	for (char **word = words; *word; at += strlen(*word) + 1, word++) {
		struct nd_span text = nd_doc_trim(nd_span_of(*word));
		struct nd_noproxy *entry;

		if (!text.n)
			continue;
		entry = g_new0(struct nd_noproxy, 1);
		entry->entry = g_strndup(text.p, text.n);
		entry->variable = var->name;
		entry->at = at + (size_t)(text.p - *word);
		entry->why = judge(entry->entry, url);
		entry->matches = !entry->why;
		matched |= entry->matches;
		g_ptr_array_add(out, entry);
	}
	return matched;
}

static bool port_is(const char *text, const struct nd_url *url)
{
	g_autofree char *port = g_strdup_printf("%d", nd_url_port(url));

	return strcmp(text, port) == 0;
}

/* uriInNoProxy: the first place where the zone stands in the host must be its end. */
static const char *judge_yarn(const char *entry, const struct nd_url *url)
{
	g_auto(GStrv) parts = g_strsplit(entry, ":", -1);
	g_autofree char *lower = g_ascii_strdown(parts[0], -1);
	g_autofree char *zone = g_strconcat(".", lower + strspn(lower, "."), NULL);
	g_autofree char *host = g_strconcat(".", url->host + strspn(url->host, "."), NULL);
	const char *found = strstr(host, zone);

	if (strcmp(entry, "*") == 0)
		return "yarn heeds a star only where it stands alone";
	if (!found || strlen(found) != strlen(zone))
		return "the names differ";
	return parts[1] && !port_is(parts[1], url) ? "the ports differ" : NULL;
}

/* A setting is used whatever noproxy says, as yarn hands it to a library that then asks for no more. */
static bool choose_yarn(const struct nd_view *view, const struct nd_url *url, struct nd_proxy *out)
{
	static const char *const names[] = {"https_proxy", "http_proxy"};
	const struct nd_setting *http = nd_view_truthy(view, "proxy"), *setting = http;
	const struct nd_env_var *no, *var = NULL;

	if (!is_http(url)) {
		const struct nd_setting *https = non_null(view, "https-proxy", false);

		/* false keeps the environment out; for http it does not (setOptions). */
		if (https && !nd_value_truthy(&https->used))
			return false;
		setting = https ? https : http;
	}
	if (setting) {
		take_setting(view, setting, out);
		return false;
	}
	for (size_t i = is_http(url) ? 1 : 0; i < G_N_ELEMENTS(names) && !var; i++)
		var = spelling(view, names[i], true, false);
	take_variable(var, out);
	no = spelling(view, "no_proxy", true, false);
	if (!no)
		return false;
	if (strcmp(no->value, "*") == 0) {
		struct nd_noproxy *all = g_new0(struct nd_noproxy, 1);

		*all = (struct nd_noproxy){.entry = g_strdup("*"), .variable = no->name, .matches = true};
		g_ptr_array_add(out->noproxy, all);
		return true;
	}
	return add_entries(no, ",", url, judge_yarn, out->noproxy);
}

static bool is_address(const char *host)
{
	return *host == '[' || host[strspn(host, "0123456789.")] == '\0';
}

/* 10.0.0.0/8 */
static bool in_block(const char *entry, const char *host)
{
	unsigned a[4], b[4], bits;
	guint32 mask, left = 0, right = 0;

	if (sscanf(entry, "%3u.%3u.%3u.%3u/%2u", &a[0], &a[1], &a[2], &a[3], &bits) != 5 || bits > 32 ||
		sscanf(host, "%3u.%3u.%3u.%3u", &b[0], &b[1], &b[2], &b[3]) != 4)
		return false;
	for (int i = 0; i < 4; i++) {
		left = left << 8 | (a[i] & 255);
		right = right << 8 | (b[i] & 255);
	}
	mask = bits ? ~(guint32)0 << (32 - bits) : 0;
	return (left & mask) == (right & mask);
}

static const char *judge_bun(const char *entry, const struct nd_url *url)
{
	g_autofree char *name = g_ascii_strdown(entry, -1);
	char *start = name, *colon = strchr(name, ':');
	size_t n, host = strlen(url->host);

	if (strcmp(entry, "*") == 0 || in_block(entry, url->host))
		return NULL;
	if (strstr(entry, "://"))
		return "bun compares no schemes";
	if (colon && *name != '[') {
		if (!port_is(colon + 1, url))
			return "the ports differ";
		*colon = '\0';
	}
	start += g_str_has_prefix(start, "*.") ? 2 : *start == '.';
	n = strlen(start);
	if (n > 0 && start[n - 1] == '.')
		start[--n] = '\0';
	if (strcmp(start, url->host) == 0)
		return NULL;
	if (n == 0 || is_address(url->host) || n >= host || strcmp(url->host + host - n, start) != 0 ||
		url->host[host - n - 1] != '.')
		return "the names differ";
	return NULL;
}

static bool choose_bun(const struct nd_view *view, const struct nd_url *url, struct nd_proxy *out)
{
	const struct nd_env_var *no = spelling(view, "no_proxy", false, false);
	const struct nd_env_var *var =
		spelling(view, is_http(url) ? "http_proxy" : "https_proxy", false, false);

	take_variable(var ? var : spelling(view, "all_proxy", false, false), out);
	return no && add_entries(no, ", \t", url, judge_bun, out->noproxy);
}

bool nd_client_choose_proxy(const struct nd_view *view, const struct nd_url *url, struct nd_proxy *out)
{
	switch (view->layers->client) {
	case ND_CLIENT_YARN:
		return choose_yarn(view, url, out);
	case ND_CLIENT_BUN:
		return choose_bun(view, url, out);
	default:
		choose_pnpm(view, url, out);
		return exempt_pnpm(view, url, out->noproxy);
	}
}
