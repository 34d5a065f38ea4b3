#include "rules/reading.h"

/* What a proxy's user and password do to its URL, and how they must be written to mean themselves. */

/* Between the "://", which pnpm and bun do without, and the last '@', by the look of it. */
static bool find_userinfo(const char *text, size_t *from, size_t *to)
{
	const char *slashes = strstr(text, "://"), *start = slashes ? slashes + 3 : text, *at = strrchr(text, '@');

	if (!at || at < start)
		return false;
	*from = (size_t)(start - text);
	*to = (size_t)(at - text);
	return true;
}

static bool is_encoded(const char *p)
{
	return *p == '%' && g_ascii_isxdigit(p[1]) && g_ascii_isxdigit(p[2]);
}

/* %41 is A: nobody encodes what needs no encoding, so the percent sign is the password's own. */
static bool find_needless(const char *text, size_t from, size_t to, size_t *at)
{
	const char *colon = memchr(text + from, ':', to - from);

	for (size_t i = colon ? (size_t)(colon - text) : to; i + 2 < to; i++) {
		char c;

		if (!is_encoded(text + i))
			continue;
		c = (char)(g_ascii_xdigit_value(text[i + 1]) * 16 + g_ascii_xdigit_value(text[i + 2]));
		if (g_ascii_isalnum(c)) {
			*at = i;
			return true;
		}
	}
	return false;
}

/* What moves the host: the first / ? # or \ between the colon and the last '@'. */
static bool find_break(const char *text, size_t from, size_t to, size_t *at)
{
	for (size_t i = from; i < to; i++)
		if (strchr("/?#\\", text[i])) {
			*at = i;
			return true;
		}
	return false;
}

/* --- the spelling that is meant --- */

static bool must_encode(char c)
{
	return c && strchr("/?#\\%", c);
}

/* Whether a part of the URL decodes to these very bytes. */
static bool decodes_to(const char *part, const char *text, size_t n)
{
	size_t length;
	g_autofree char *decoded = nd_url_decode(part, &length);

	return decoded && length == n && memcmp(decoded, text, n) == 0;
}

/* Behind the last '@': a host, with its port or without, and nothing else. */
static bool is_host(const char *text)
{
	size_t n = strcspn(text, "/");

	return n && !text[n + (text[n] == '/')] && strspn(text, "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") == n;
}

static bool has_same_place(const struct nd_url *url, const char *scheme, size_t n, const char *host)
{
	g_autofree char *bare = g_strdup_printf("%.*s%s", (int)n, scheme, host);
	struct nd_url *meant = nd_url_parse(nd_span_of(bare));
	bool same = meant && g_str_equal(meant->host, url->host) && meant->port == url->port &&
		g_str_equal(meant->path, url->path) && !*url->query && !*url->fragment;

	nd_url_free(meant);
	return same;
}

/* Whether the encoded text is, to node, what the text was meant to be: user, password, host and port as
 * they are written. */
static bool is_meant(const char *encoded, const char *text, size_t from, size_t to)
{
	const char *colon = memchr(text + from, ':', to - from);
	struct nd_url *url = nd_url_parse(nd_span_of(encoded));
	bool ok = url && colon && has_same_place(url, text, from, text + to + 1) &&
		decodes_to(url->username, text + from, (size_t)(colon - text) - from) &&
		decodes_to(url->password, colon + 1, (size_t)(text + to - colon) - 1);

	nd_url_free(url);
	return ok;
}

/* http://proxy.example:8080/a@b.example is a proxy with a path more likely than a user with a dot. */
static bool may_be_host(const char *text, size_t from, size_t to)
{
	const char *colon = memchr(text + from, ':', to - from);

	return colon && g_ascii_isdigit(colon[1]) &&
		memchr(text + from, '.', (size_t)(colon - text) - from) != NULL;
}

/* Where a part is encoded already and another is not, nobody can tell what a percent sign means. */
static bool is_certain(const char *text, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (is_encoded(text + i))
			return false;
	return is_host(text + to + 1) && !may_be_host(text, from, to);
}

static bool mends(const char *text, size_t from, size_t to)
{
	g_autoptr(GString) encoded = g_string_new(NULL);

	g_string_append_len(encoded, text, (gssize)from);
	for (size_t i = from; i < to; i++) {
		if (must_encode(text[i]))
			g_string_append_printf(encoded, "%%%02X", (unsigned)text[i]);
		else
			g_string_append_c(encoded, text[i]);
	}
	g_string_append(encoded, text + to);
	return is_meant(encoded->str, text, from, to);
}

void nd_mend_userinfo(const struct nd_facts *f, const struct nd_setting *setting, const char *text,
	struct nd_finding *finding)
{
	size_t from, to, start, end;

	if (!setting || setting->n_variables || !find_userinfo(text, &from, &to) ||
		!is_certain(text, from, to) || !mends(text, from, to))
		return;
	/* All of them or none. */
	for (size_t i = from; i < to; i++)
		if (must_encode(text[i]) && !nd_text_bytes(f, setting, i, i + 1, &start, &end))
			return;
	for (size_t i = from; i < to; i++) {
		char code[4];

		if (!must_encode(text[i]) || !nd_text_bytes(f, setting, i, i + 1, &start, &end))
			continue;
		g_snprintf(code, sizeof(code), "%%%02X", (unsigned)text[i]);
		nd_mend(finding, nd_layers_of(f->layers, setting), start, end, code);
	}
}

/* --- proxy-password-encoding --- */

static void judge_encoding(const struct nd_facts *f, const struct nd_proxy *proxy, struct nd_report *out)
{
	const char *text = proxy->text;
	size_t from, to, at;
	struct nd_finding *finding;
	bool moved;

	if (proxy->error != ND_PROXY_OK || !proxy->url || !find_userinfo(text, &from, &to))
		return;
	moved = find_break(text, from, to, &at) && (proxy->torn || !*proxy->url->password);
	if (moved) {
		finding = nd_finding_add(out, ND_RULE_PROXY_PASSWORD_ENCODING,
			"the `%c` ends the host too early: to npm %s is the proxy's host", text[at],
			*proxy->url->password ? "a piece of the password" : "what should be the user");
		nd_finding_help(finding, "write %%%02X in place of `%c` in the password", (unsigned)text[at],
			text[at]);
	} else if (*proxy->url->password && find_needless(text, from, to, &at)) {
		finding = nd_finding_add(out, ND_RULE_PROXY_PASSWORD_ENCODING,
			"npm decodes the `%%` and the two digits behind it to one character");
		nd_finding_help(finding, "write %%25 in place of `%%` if the password has a percent sign there");
	} else {
		return;
	}
	if (proxy->setting) {
		nd_blame_text(f, finding, proxy->setting, at, at + (moved ? 1 : 3));
		if (moved)
			nd_mend_userinfo(f, proxy->setting, text, finding);
	} else {
		nd_facts_locate_variable(proxy->variable, &finding->where);
	}
}

/* Calls once for each proxy setting that a registry would use. */
void nd_check_proxy_encoding(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

	(void)rule;
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		const struct nd_proxy *p = r->proxy;

		if (!p->text || (f->files_only && !p->setting) || (p->setting && nd_is_open(f, p->setting)) ||
			nd_setting_owner(f, p->setting) != ND_RULE_COUNT)
			continue;
		if (g_hash_table_add(seen, p->setting ? (gpointer)p->setting : (gpointer)p->variable))
			judge_encoding(f, p, out);
	}
}
