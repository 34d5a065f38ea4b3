#include "url_parse.h"

#include <npmrc-doctor/url.h>

/* The parts while they grow. `rest` runs from behind the scheme to the query or the fragment. */
struct draft {
	GString *text;
	struct nd_span scheme, rest;
	GString *user, *password, *host, *path, *query, *fragment;
	int port, node_major;
	bool special, file, has_host, has_query, has_fragment;
};

static const struct {
	const char *scheme;
	int port;
} specials[] = {
	{"http", 80},
	{"https", 443},
	{"ws", 80},
	{"wss", 443},
	{"ftp", 21},
	{"file", 0},
};

/* The default port of a special scheme; 0 for "file"; -1 where the scheme is not special. */
static int special_port(struct nd_span scheme)
{
	for (size_t i = 0; i < G_N_ELEMENTS(specials); i++)
		if (nd_span_is(scheme, specials[i].scheme))
			return specials[i].port;
	return -1;
}

/* The text without what the parser ignores: C0 controls and blanks around, tabs and line ends
 * inside. */
static GString *cleaned(struct nd_span text)
{
	g_autoptr(GString) valid = nd_url_utf8(text);
	GString *out = g_string_sized_new(valid->len);
	const char *p = valid->str, *end = p + valid->len;

	while (p < end && (unsigned char)*p <= 0x20)
		p++;
	while (end > p && (unsigned char)end[-1] <= 0x20)
		end--;
	for (; p < end; p++)
		if (*p != '\t' && *p != '\n' && *p != '\r')
			g_string_append_c(out, *p);
	return out;
}

/* "scheme start state", "scheme state" */
static bool parse_scheme(struct draft *d)
{
	size_t n = 0;

	if (!g_ascii_isalpha(d->text->str[0]))
		return false;
	for (; d->text->str[n] != ':'; n++) {
		char c = d->text->str[n];

		if (!g_ascii_isalnum(c) && c != '+' && c != '-' && c != '.')
			return false;
		d->text->str[n] = g_ascii_tolower(c);
	}
	d->scheme = (struct nd_span){d->text->str, n};
	d->rest = (struct nd_span){d->text->str + n + 1, d->text->len - n - 1};
	d->special = special_port(d->scheme) >= 0;
	d->file = nd_span_is(d->scheme, "file");
	return true;
}

/* No state lets a '#' through, and none before the fragment a '?': so both can be cut off first. */
static void cut_tail(struct draft *d)
{
	const char *end = d->rest.p + d->rest.n;
	const char *mark = memchr(d->rest.p, '#', d->rest.n);

	if (mark) {
		d->has_fragment = true;
		nd_url_append_encoded(d->fragment,
			(struct nd_span){mark + 1, (size_t)(end - mark - 1)}, ND_URL_SET_FRAGMENT);
		end = mark;
	}
	mark = memchr(d->rest.p, '?', (size_t)(end - d->rest.p));
	if (mark) {
		d->has_query = true;
		nd_url_append_encoded(d->query,
			(struct nd_span){mark + 1, (size_t)(end - mark - 1)},
			d->special ? ND_URL_SET_SPECIAL_QUERY : ND_URL_SET_QUERY);
		end = mark;
	}
	d->rest.n = (size_t)(end - d->rest.p);
}

static bool slash_at(const struct draft *d, size_t i)
{
	return i < d->rest.n && (d->rest.p[i] == '/' || (d->special && d->rest.p[i] == '\\'));
}

static void skip(struct draft *d, size_t n)
{
	d->rest.p += n;
	d->rest.n -= n;
}

static struct nd_span take_authority(struct draft *d)
{
	struct nd_span authority = d->rest;
	size_t n = 0;

	while (n < d->rest.n && !slash_at(d, n))
		n++;
	authority.n = n;
	skip(d, n);
	return authority;
}

static void parse_userinfo(struct draft *d, struct nd_span userinfo)
{
	const char *colon = memchr(userinfo.p, ':', userinfo.n);
	struct nd_span user = userinfo, password = {NULL, 0};

	if (colon) {
		user.n = (size_t)(colon - userinfo.p);
		password = (struct nd_span){colon + 1, userinfo.n - user.n - 1};
	}
	nd_url_append_encoded(d->user, user, ND_URL_SET_USERINFO);
	nd_url_append_encoded(d->password, password, ND_URL_SET_USERINFO);
}

/* "port state" */
static bool parse_port(struct draft *d, struct nd_span digits)
{
	int port = 0;

	for (size_t i = 0; i < digits.n; i++) {
		if (!g_ascii_isdigit(digits.p[i]))
			return false;
		port = port * 10 + (digits.p[i] - '0');
		if (port > 65535)
			return false;
	}
	/* The default of "file" stands as 0 in the table, but "file" has no ports at all. */
	if (digits.n && port != special_port(d->scheme))
		d->port = port;
	return true;
}

/* "authority state", "host state", "port state" */
static bool parse_authority(struct draft *d, struct nd_span authority)
{
	const char *at = memrchr(authority.p, '@', authority.n);
	const char *end = authority.p + authority.n;
	const char *host = at ? at + 1 : authority.p, *p = host;
	bool inside = false;

	d->has_host = true;
	for (; p < end && (*p != ':' || inside); p++)
		inside = *p == '[' || (inside && *p != ']');
	if (p == host && (p < end || at || d->special))
		return false;
	if (at)
		parse_userinfo(d, (struct nd_span){authority.p, (size_t)(at - authority.p)});
	if (p < end && !parse_port(d, (struct nd_span){p + 1, (size_t)(end - p - 1)}))
		return false;
	return p == host ||
	       nd_url_parse_host((struct nd_span){host, (size_t)(p - host)}, d->special, d->node_major,
		       d->host);
}

/* "file state", "file slash state", "file host state" */
static bool parse_file(struct draft *d)
{
	struct nd_span host;

	d->has_host = true;
	if (!slash_at(d, 0) || !slash_at(d, 1)) {
		skip(d, slash_at(d, 0) ? 1 : 0);
		nd_url_parse_path(d->rest, true, true, d->path);
		return true;
	}
	skip(d, 2);
	host = take_authority(d);
	if (nd_url_is_drive(host, false)) {
		d->rest = (struct nd_span){host.p, host.n + d->rest.n};
	} else {
		if (host.n && !nd_url_parse_host(host, true, d->node_major, d->host))
			return false;
		if (!strcmp(d->host->str, "localhost"))
			g_string_truncate(d->host, 0);
		skip(d, slash_at(d, 0) ? 1 : 0);
	}
	nd_url_parse_path(d->rest, true, true, d->path);
	return true;
}

static bool parse_special(struct draft *d)
{
	size_t slashes = 0;

	while (slash_at(d, slashes))
		slashes++;
	skip(d, slashes);
	if (!parse_authority(d, take_authority(d)))
		return false;
	skip(d, slash_at(d, 0) ? 1 : 0);
	nd_url_parse_path(d->rest, true, false, d->path);
	return true;
}

static bool parse_other(struct draft *d)
{
	if (!slash_at(d, 0)) {
		nd_url_append_encoded(d->path, d->rest, ND_URL_SET_C0);
		return true;
	}
	if (slash_at(d, 1)) {
		skip(d, 2);
		if (!parse_authority(d, take_authority(d)))
			return false;
		if (!d->rest.n)
			return true;
	}
	skip(d, 1);
	nd_url_parse_path(d->rest, false, false, d->path);
	return true;
}

static bool parse(struct draft *d)
{
	if (!parse_scheme(d))
		return false;
	cut_tail(d);
	if (d->file)
		return parse_file(d);
	return d->special ? parse_special(d) : parse_other(d);
}

/* "URL serializer" */
static char *serialise(const struct draft *d)
{
	GString *out = g_string_new_len(d->scheme.p, (gssize)d->scheme.n);

	g_string_append_c(out, ':');
	if (d->has_host) {
		g_string_append(out, "//");
		g_string_append(out, d->user->str);
		if (d->password->len)
			g_string_append_printf(out, ":%s", d->password->str);
		if (d->user->len || d->password->len)
			g_string_append_c(out, '@');
		g_string_append(out, d->host->str);
		if (d->port >= 0)
			g_string_append_printf(out, ":%d", d->port);
	} else if (g_str_has_prefix(d->path->str, "//")) {
		g_string_append(out, "/.");
	}
	g_string_append(out, d->path->str);
	if (d->has_query)
		g_string_append_printf(out, "?%s", d->query->str);
	if (d->has_fragment)
		g_string_append_printf(out, "#%s", d->fragment->str);
	return g_string_free(out, FALSE);
}

static char *marked(const char *mark, const GString *text)
{
	return text->len ? g_strconcat(mark, text->str, NULL) : g_strdup("");
}

static struct nd_url *finish(const struct draft *d)
{
	struct nd_url *url = g_new0(struct nd_url, 1);

	url->href = serialise(d);
	url->scheme = g_strndup(d->scheme.p, d->scheme.n);
	url->username = g_strdup(d->user->str);
	url->password = g_strdup(d->password->str);
	url->host = g_strdup(d->host->str);
	url->port = d->port;
	url->path = g_strdup(d->path->str);
	url->query = marked("?", d->query);
	url->fragment = marked("#", d->fragment);
	url->special = d->special;
	return url;
}

static void release(struct draft *d)
{
	GString *parts[] = {d->text, d->user, d->password, d->host, d->path, d->query, d->fragment};

	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		g_string_free(parts[i], TRUE);
}

/* What the standard has come to escape since 2024, and node since 24 (ada 3): carets in paths, and the
 * blank before the query or fragment of a path without slashes. */
static void escape_more(struct draft *d)
{
	GString *path = d->path;

	if (g_str_has_prefix(path->str, "/"))
		g_string_replace(path, "^", "%5E", 0);
	else if ((d->has_query || d->has_fragment) && g_str_has_suffix(path->str, " "))
		g_string_overwrite(path, path->len - 1, "%20");
}

struct nd_url *nd_url_parse(struct nd_span text)
{
	return nd_url_parse_by(text, 0);
}

struct nd_url *nd_url_parse_by(struct nd_span text, int node_major)
{
	struct draft d = {.port = -1, .node_major = node_major};
	struct nd_url *url = NULL;

	d.text = cleaned(text);
	d.user = g_string_new(NULL);
	d.password = g_string_new(NULL);
	d.host = g_string_new(NULL);
	d.path = g_string_new(NULL);
	d.query = g_string_new(NULL);
	d.fragment = g_string_new(NULL);
	if (parse(&d)) {
		if (node_major >= 24)
			escape_more(&d);
		url = finish(&d);
	}
	release(&d);
	return url;
}

void nd_url_free(struct nd_url *url)
{
	if (!url)
		return;
	g_free(url->href);
	g_free(url->scheme);
	g_free(url->username);
	g_free(url->password);
	g_free(url->host);
	g_free(url->path);
	g_free(url->query);
	g_free(url->fragment);
	g_free(url);
}

int nd_url_port(const struct nd_url *url)
{
	int port = url->port;

	if (port < 0)
		port = special_port(nd_span_of(url->scheme));
	if (port < 0 && g_str_has_prefix(url->scheme, "socks"))
		port = 1080;
	return port < 0 ? 0 : port;
}
