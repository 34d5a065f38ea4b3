#include "rules/reading.h"

/* The proxy settings that npm looks at, each judged once however many registries use it. */

struct candidate {
	const struct nd_facts *facts;
	const struct nd_setting *setting; /* NULL: variable */
	const char *variable;
	const char *text;
	const struct nd_proxy *proxy;
	GPtrArray *urls;                  /* const char *: the registries that would use it */
};

static void candidate_free(struct candidate *c)
{
	g_ptr_array_unref(c->urls);
	g_free(c);
}

static struct candidate *find(GPtrArray *list, const struct nd_proxy *proxy)
{
	for (guint i = 0; i < list->len; i++) {
		struct candidate *c = list->pdata[i];

		if (c->setting == proxy->setting && g_strcmp0(c->variable, proxy->variable) == 0)
			return c;
	}
	return NULL;
}

static GPtrArray *candidates(const struct nd_facts *f)
{
	GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)candidate_free);

	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		struct candidate *c;

		/* A line that is misread, or that refers to what is not known here, is no URL to judge. */
		if (!r->proxy->text || (f->files_only && !r->proxy->setting) ||
			nd_setting_owner(f, r->proxy->setting) != ND_RULE_COUNT ||
			(r->proxy->setting && nd_is_open(f, r->proxy->setting)))
			continue;
		c = find(list, r->proxy);
		if (!c) {
			c = g_new0(struct candidate, 1);
			c->facts = f;
			c->setting = r->proxy->setting;
			c->variable = r->proxy->variable;
			c->text = r->proxy->text;
			c->proxy = r->proxy;
			c->urls = g_ptr_array_new();
			g_ptr_array_add(list, c);
		}
		g_ptr_array_add(c->urls, r->url);
	}
	return list;
}

static void blame(const struct nd_facts *f, const struct candidate *c, struct nd_finding *finding)
{
	g_autofree char *label = nd_proxy_label(c->proxy);

	if (c->setting)
		nd_facts_locate(f, c->setting, 0, 0, &finding->where);
	else
		nd_facts_locate_variable(c->variable, &finding->where);
	for (guint i = 0; i < c->urls->len; i++)
		nd_finding_target(finding, c->urls->pdata[i], label);
	if (!finding->help)
		nd_finding_help(finding, "%s", nd_rule_row(finding->rule)->how);
	if (*nd_rule_row(finding->rule)->npm && !finding->npm_error)
		nd_finding_npm(finding, nd_rule_row(finding->rule)->npm);
}

/* Calls judge for each proxy setting in use; a finding that it returns gets its place and its targets. */
static void for_each(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out,
	struct nd_finding *(*judge)(const struct candidate *c, enum nd_rule rule, struct nd_report *out))
{
	g_autoptr(GPtrArray) list = candidates(f);

	for (guint i = 0; i < list->len; i++) {
		struct nd_finding *finding = judge(list->pdata[i], rule, out);

		if (finding)
			blame(f, list->pdata[i], finding);
	}
}

static const char *setting_name(const struct candidate *c)
{
	return c->setting ? c->setting->key.p : c->variable;
}

/* Of a file's value ini takes the quotes off; what is left of them there makes no URL. */
static bool is_variable(const struct candidate *c)
{
	return !c->setting || c->setting->origin.variable;
}

static bool quoted(const char *text)
{
	size_t n = strlen(text);

	return n && (strchr("\"' \t", text[0]) || strchr("\"' \t", text[n - 1]));
}

/* host:port, or an IPv4 address with a port: what people write without a scheme. `http//host:port` and
 * `http:host:port` have one, such as it is. */
static bool lacks_scheme(const char *text)
{
	const char *colon = strrchr(text, ':');
	const char *at = strrchr(text, '@');
	const char *host = at ? at + 1 : text;
	size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;

	if (strstr(text, "://") || !digits || quoted(text) || host >= colon)
		return false;
	if (colon[1 + digits] && !g_str_equal(colon + 1 + digits, "/"))
		return false;
	return *host == '[' ? colon[-1] == ']' : strcspn(host, "/:") == (size_t)(colon - host);
}

/* The first character of a password that must be percent-encoded, or 0. */
static char unencoded(const char *text)
{
	const char *start = strstr(text, "://");
	const char *at = strrchr(text, '@');
	const char *colon = start ? strchr(start + 3, ':') : NULL;

	if (!at || !colon || colon > at)
		return 0;
	for (const char *p = colon + 1; p < at; p++) {
		if (strchr("#/?\\", *p))
			return *p;
		if (*p == '%' && !(g_ascii_isxdigit(p[1]) && g_ascii_isxdigit(p[2])))
			return *p;
	}
	return 0;
}

/* A quote behind the userinfo, where it may stand, without which this would be a URL; or 0. */
static char stray_quote(const char *text)
{
	const char *at = strrchr(text, '@'), *quote = strpbrk(at ? at : text, "\"'");
	g_autoptr(GString) rest = g_string_new_len(text, quote ? quote - text : 0);
	struct nd_url *url;

	for (const char *p = quote; p && *p; p++)
		if (*p != '"' && *p != '\'')
			g_string_append_c(rest, *p);
	url = quote ? nd_url_parse((struct nd_span){ rest->str, rest->len }) : NULL;
	nd_url_free(url);
	return url ? *quote : 0;
}

static struct nd_finding *judge_invalid(const struct candidate *c, enum nd_rule rule,
	struct nd_report *out)
{
	struct nd_finding *finding;
	char culprit = unencoded(c->text);

	if ((c->proxy->error != ND_PROXY_INVALID && c->proxy->error != ND_PROXY_ENCODING) ||
		(is_variable(c) && quoted(c->text)) || lacks_scheme(c->text))
		return NULL;
	if (!culprit && (culprit = stray_quote(c->text))) {
		finding = nd_finding_add(
			out, rule, "%s is no URL: there is a stray `%c` in it", setting_name(c), culprit);
		nd_finding_help(finding, "delete the `%c`; quotes belong around the whole value", culprit);
		return finding;
	}
	if (!culprit) {
		finding = nd_finding_add(out, rule, "%s is no URL", setting_name(c));
		nd_finding_help(finding, "write it as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT");
		return finding;
	}
	finding = nd_finding_add(out, rule, "%s is no URL because of the `%c` in its password",
		setting_name(c), culprit);
	nd_mend_userinfo(c->facts, c->setting, c->text, finding);
	nd_finding_help(finding, "write `%%%02X` in place of `%c`", (unsigned)culprit, culprit);
	nd_finding_npm(finding, c->proxy->error == ND_PROXY_ENCODING ? "URI malformed" :
		"ERR_INVALID_URL");
	return finding;
}

void nd_check_proxy_url_invalid(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for_each(f, rule, out, judge_invalid);
}

static struct nd_finding *judge_scheme(const struct candidate *c, enum nd_rule rule,
	struct nd_report *out)
{
	if (c->proxy->error != ND_PROXY_SCHEME || lacks_scheme(c->text) || (is_variable(c) && quoted(c->text)))
		return NULL;
	return nd_finding_add(out, rule, "npm cannot use a proxy with the scheme `%s`",
		c->proxy->url ? c->proxy->url->scheme : "?");
}

void nd_check_proxy_scheme(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for_each(f, rule, out, judge_scheme);
}

static struct nd_finding *judge_no_scheme(const struct candidate *c, enum nd_rule rule,
	struct nd_report *out)
{
	const struct nd_setting *setting = c->setting;
	struct nd_finding *finding;
	size_t blanks, start, end;

	if (c->proxy->error == ND_PROXY_OK || !lacks_scheme(c->text))
		return NULL;
	finding = nd_finding_add(out, rule, "%s lacks http:// in front", setting_name(c));
	if (c->proxy->error == ND_PROXY_INVALID)
		nd_finding_npm(finding, "ERR_INVALID_URL");
	blanks = setting && setting->written.type == ND_TYPE_STRING ? strspn(setting->written.string.p, " \t") : 0;
	/* Behind an opening quote, if there is one. */
	if (setting && nd_text_bytes(c->facts, setting, blanks, blanks, &start, &end) && start == end)
		nd_mend(finding, nd_layers_of(c->facts->layers, setting), start, end, "http://");
	else
		nd_finding_help(finding, "put http:// in front");
	return finding;
}

void nd_check_proxy_no_scheme(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for_each(f, rule, out, judge_no_scheme);
}

/* Where the host of a URL that node can parse is written; to it `http:/host` and `http:host` are URLs too. */
static const char *written_host(const char *text)
{
	const char *start = text + strcspn(text, ":"), *at, *end;

	start += strspn(start, ":/\\");
	end = start + strcspn(start, "/\\?#");
	at = memrchr(start, '@', (size_t)(end - start));
	return at ? at + 1 : start;
}

/* Whether the text names a port, be it the default one: `new URL` forgets an explicit :80. */
static bool names_port(const char *text)
{
	const char *host = written_host(text);
	const char *bracket = strchr(host, ']');
	const char *colon = strchr(bracket ? bracket : host, ':');

	return colon && g_ascii_isdigit(colon[1]);
}

/* The host as it is written: digits alone, which is an IPv4 address to the URL parser. */
static bool bare_number(const char *text)
{
	const char *host = written_host(text);
	size_t digits = strspn(host, "0123456789");

	return digits && (host[digits] == '\0' || host[digits] == '/' || host[digits] == ':');
}

static bool names_pac(const struct nd_url *url)
{
	return g_str_has_suffix(url->path, ".pac") || g_str_has_suffix(url->path, "/wpad.dat") ||
		g_str_has_suffix(url->path, "/wpad.da");
}

/* The registry whose own address stands in the proxy's place, be it by the other scheme; NULL: none. */
static const char *registry_itself(const struct candidate *c)
{
	const struct nd_url *proxy = c->proxy->url;
	int port = nd_url_port(proxy);

	for (guint i = 0; i < c->urls->len; i++) {
		struct nd_url *url = nd_url_parse(nd_span_of(c->urls->pdata[i]));
		int own = url ? nd_url_port(url) : 0;
		bool is_web = (port == 80 || port == 443) && (own == 80 || own == 443) && !nd_is_loopback(proxy->host);
		bool same = url && g_str_equal(proxy->host, url->host) && (port == own || is_web);

		nd_url_free(url);
		if (same)
			return c->urls->pdata[i];
	}
	return NULL;
}

static struct nd_finding *judge_no_port(const struct candidate *c, enum nd_rule rule,
	struct nd_report *out)
{
	if (c->proxy->error != ND_PROXY_OK || !c->proxy->url || c->proxy->torn || c->proxy->url->port >= 0 ||
		g_str_has_prefix(c->proxy->url->scheme, "socks") || names_port(c->text) ||
		bare_number(c->text) || names_pac(c->proxy->url) || registry_itself(c))
		return NULL;
	return nd_finding_add(out, rule, "%s has no port: npm uses %d", setting_name(c),
		nd_url_port(c->proxy->url));
}

void nd_check_proxy_no_port(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for_each(f, rule, out, judge_no_port);
}

static struct nd_finding *judge_host(const struct candidate *c, enum nd_rule rule, struct nd_report *out)
{
	const char *registry;

	if (c->proxy->error != ND_PROXY_OK || !c->proxy->url || c->proxy->torn)
		return NULL;
	if (bare_number(c->text))
		return nd_finding_add(out, rule, "the proxy's host is a bare number: npm connects to %s",
			c->proxy->url->host);
	registry = registry_itself(c);
	return registry ? nd_finding_add(out, rule, "the proxy is the registry itself: %s", registry) : NULL;
}

void nd_check_proxy_host(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for_each(f, rule, out, judge_host);
}

static struct nd_finding *judge_pac(const struct candidate *c, enum nd_rule rule, struct nd_report *out)
{
	const struct nd_url *url = c->proxy->url;

	if (c->proxy->error != ND_PROXY_OK || !url || !names_pac(url))
		return NULL;
	return nd_finding_add(out, rule, "%s names a PAC file: npm talks to %s as if it were the proxy",
		setting_name(c), c->proxy->torn ? "***" : url->host);
}

void nd_check_proxy_pac(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for_each(f, rule, out, judge_pac);
}

static struct nd_finding *judge_quoted(const struct candidate *c, enum nd_rule rule,
	struct nd_report *out)
{
	if (!is_variable(c) || !quoted(c->text))
		return NULL;
	return nd_finding_add(out, rule, "%s has quotes or blanks around its value",
		c->setting ? c->setting->origin.variable : c->variable);
}

void nd_check_proxy_quoted(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for_each(f, rule, out, judge_quoted);
}
