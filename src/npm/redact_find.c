#include "redact_find.h"

#include <npmrc-doctor/doc.h>

/* Longer than what people call themselves. */
#define MAX_NAME 20

static struct nd_span between(const char *start, const char *end)
{
	return (struct nd_span){start, (size_t)(end - start)};
}

/* The end of what is made of ${NAME} and ':' alone; `start` where nothing is. A long name may be a
 * token that somebody has put into the braces. */
static const char *variables_end(const char *p, const char *end)
{
	const char *done = p;

	while (end - p >= 4 && p[0] == '$' && p[1] == '{') {
		const char *name = p + 2;

		for (p = name; p < end && (g_ascii_isalnum(*p) || *p == '_'); p++)
			;
		if (p == name || p - name > 64 || g_ascii_isdigit(*name) ||
			(p - name > 30 && g_ascii_islower(*name)))
			return done;
		if (p < end && *p == '?')
			p++;
		if (p == end || *p != '}')
			return done;
		done = ++p;
		if (p < end && *p == ':')
			p++;
	}
	return done;
}

static void add_exact(GArray *parts, const char *start, const char *end)
{
	struct nd_span part = between(start, end);

	if (part.n && variables_end(start, end) != end)
		g_array_append_val(parts, part);
}

static const char *trim_start(const char *p, const char *end)
{
	while (p < end) {
		size_t n = nd_doc_white(p, (size_t)(end - p));

		if (!n && *p != '"' && *p != '\'')
			break;
		p += n ? n : 1;
	}
	return p;
}

static const char *trim_end(const char *p, const char *end)
{
	const char *last = p;

	while (p < end) {
		size_t n = nd_doc_white(p, (size_t)(end - p));

		p += n ? n : 1;
		if (!n && p[-1] != '"' && p[-1] != '\'')
			last = p;
	}
	return last;
}

void nd_redact_add(GArray *parts, const char *start, const char *end)
{
	const char *variables;

	start = trim_start(start, end);
	end = trim_end(start, end);
	variables = variables_end(start, end);
	if (variables > start) {
		const char *rest = trim_start(variables, end);

		/* "${TOKEN} # was: npm_..." */
		if (rest < end && (*rest == '#' || *rest == ';') && rest > variables)
			start = rest + 1;
	}
	start = trim_start(start, end);
	add_exact(parts, start, end);
}

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

static const char *skip_scheme(const char *p, const char *end)
{
	while (p < end && (g_ascii_isalnum(*p) || *p == '+' || *p == '-' || *p == '.'))
		p++;
	return p;
}

static bool is_url_scheme(struct nd_span scheme)
{
	static const char *const schemes[] = {
		"http",
		"https",
		"socks",
		"socks4",
		"socks4a",
		"socks5",
		"socks5h",
		"ftp",
		"ws",
		"wss",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
		if (scheme.n == strlen(schemes[i]) &&
			!g_ascii_strncasecmp(scheme.p, schemes[i], scheme.n))
			return true;
	return false;
}

/* Behind the "://" of a URL further on. A password may have one, too, but not behind a scheme's name. */
static const char *inner_scheme(const char *p, const char *end)
{
	const char *mark = p, *name;

	while ((mark = memmem(mark, (size_t)(end - mark), "://", 3))) {
		for (name = mark; name > p && g_ascii_isalnum(name[-1]);)
			name--;
		if (is_url_scheme(between(name, mark)))
			return mark + 3;
		mark += 3;
	}
	return NULL;
}

/* Behind "scheme://", "scheme:/", "http:", "//"; p where none of them is there. */
static const char *behind_scheme(const char *p, const char *end)
{
	const char *colon = skip_scheme(p, end);

	if (colon > p && end - colon > 1 && *colon == ':' && is_slash(colon[1]))
		p = colon + 1;
	else if (colon > p && colon < end && *colon == ':' && is_url_scheme(between(p, colon)))
		return colon + 1;
	while (p < end && is_slash(*p))
		p++;
	return p;
}

/* Where userinfo would begin; `*url`: there is a scheme or "//" before it. */
static const char *authority(const char *p, const char *end, bool *url)
{
	const char *start, *again;

	p = trim_start(p, end);
	/* "proxy==http://" */
	while (p < end && *p == '=')
		p = trim_start(p + 1, end);
	start = behind_scheme(p, end);
	if (start == p)
		start = inner_scheme(p, end);
	*url = start != NULL;
	if (!start)
		return p;
	/* "http://http://" */
	while ((again = skip_scheme(start, end)) > start && end - again >= 3 &&
		memcmp(again, "://", 3) == 0 && is_url_scheme(between(start, again)))
		start = again + 3;
	return trim_start(start, end);
}

/* "view/" behind an '@', not "proxy.example:8080". */
static bool is_view(const char *p, const char *end, bool slash)
{
	while (p < end && *p != '/' && *p != '.' && *p != ':')
		p++;
	return p < end ? *p == '/' : !slash;
}

/* "host.example/@scope", "localhost:4873/@scope", "host.example:8443/feed@view/": the '@' of a path. A password
 * may have a '/' of its own, "nick:1234/ss@proxy.example". */
static bool is_path(const char *start, const char *at, const char *end)
{
	const char *slash = memchr(start, '/', (size_t)(at - start)), *host = slash, *p;

	if (!slash || memchr(slash, ':', (size_t)(at - slash)))
		return false;
	for (p = slash; at - p > 2; p++)
		if (!g_ascii_strncasecmp(p, "%3a", 3))
			return false;
	for (p = slash; p > start && g_ascii_isdigit(p[-1]);)
		p--;
	if (p > start && p[-1] == ':' && p < slash)
		host = p - 1;
	if (memchr(start, ':', (size_t)(host - start)))
		return false;
	if (at[-1] == '/' && host - start == 9 && !memcmp(start, "localhost", 9))
		return true;
	return memchr(start, '.', (size_t)(host - start)) &&
	       (at[-1] == '/' || ((host == slash || slash - p <= 5) && is_view(at + 1, end, host < slash)));
}

/* Where the port of a host would be, or the password of a user; NULL where there is neither. npm 8 puts a '/'
 * before what is no port, "http://CORP/nick:pa", "http://nick@corp.example/:pa". */
static const char *port_or_password(const char *start, const char *end, bool user)
{
	for (const char *p = start; p < end && !(*p && strchr("?# \"'", *p)); p++) {
		if (*p == ':')
			return p + 1;
		if (*p == '/' && memchr(start, '.', (size_t)(p - start)) &&
			!(user && end - p > 1 && p[1] == ':'))
			return NULL;
	}
	return NULL;
}

/* What stands for the port is none: the rest of a password got lost, and the '@' with it. */
static void find_half(const char *start, const char *end, bool user, GArray *parts)
{
	const char *port = port_or_password(start, end, user), *stop = port;

	if (!port || *start == '[')
		return;
	while (stop < end && g_ascii_isdigit(*stop))
		stop++;
	stop = stop > port ? stop : variables_end(port, end);
	if (stop < end && !is_slash(*stop) && !(*stop && strchr("?# \t\"',;", *stop)))
		nd_redact_add(parts, port, end);
}

/* Behind the "%3A" of a user; npm 8 puts a '/' before it. */
static const char *encoded_colon(const char *start, const char *end)
{
	for (const char *p = start; end - p > 3; p++) {
		if (*p == '%' && p[1] == '3' && (p[2] == 'A' || p[2] == 'a'))
			return p + 3;
		if (*p == '/' && p[1] != '%' && memchr(start, '.', (size_t)(p - start)))
			return NULL;
	}
	return NULL;
}

/* Whether the text is a token by its prefix, or long enough to be one rather than a name. */
static bool is_token(struct nd_span text);

static void find_userinfo(const char *start, const char *end, bool url, GArray *parts)
{
	const char *at = memrchr(start, '@', (size_t)(end - start));
	const char *colon = at ? memchr(start, ':', (size_t)(at - start)) : NULL;

	if (at && at > start && is_path(start, at, end))
		return;
	/* An encoded colon divides to people, not to node. */
	if (!colon && (colon = encoded_colon(start, at ? at : end))) {
		nd_redact_add(parts, colon, at ? at : end);
	} else if (colon) {
		add_exact(parts, colon + 1, at);
		if (is_token(between(start, colon)))
			add_exact(parts, start, colon);
	} else if (at && url && at > start && is_token(between(start, at))) {
		add_exact(parts, start, at);
	}
	/* Of "u@domain:password" the rest may be lost, too. */
	if (url)
		find_half(at ? at + 1 : start, end, at && !colon, parts);
}

/* A user whose password is missing or empty. */
static void find_lone_user(const char *start, const char *end, GArray *parts)
{
	const char *at = memrchr(start, '@', (size_t)(end - start));

	if (!at || is_path(start, at, end))
		return;
	if (at > start && at[-1] == ':')
		at--;
	if (at > start && !memchr(start, ':', (size_t)(at - start)))
		add_exact(parts, start, at);
}

void nd_redact_find_registry(struct nd_span text, GArray *parts)
{
	const char *end = text.p + text.n;
	bool url;
	const char *start = authority(text.p, end, &url);

	find_lone_user(start, end, parts);
	find_userinfo(start, end, true, parts);
}

void nd_redact_find_url(struct nd_span text, bool is_url, GArray *parts)
{
	const char *end = text.p + text.n;
	bool url;
	const char *start = authority(text.p, end, &url);

	find_userinfo(start, end, url || is_url, parts);
}

/* "//host:8080/:key", "//host/:key", "//host/@scope/:key", "//host.example/feed@view/:key": no userinfo in the key. */
static bool is_plain_dart(const char *p, const char *end)
{
	const char *at = memrchr(p, '@', (size_t)(end - p));

	if (at && (at == p || (at[-1] != '/' && !is_path(p, at, end))))
		return false;
	while (p < end && *p != ':' && *p != '/' && *p != '@')
		p++;
	if (p < end && *p == ':')
		for (p++; p < end && g_ascii_isdigit(*p);)
			p++;
	return p < end && *p == '/';
}

/* Where a value begins in what npm takes for a key: "proxy u:...", "@scope:registry: u:...", "proxy:u:...". NULL
 * where none does. A nerf dart has colons of its own. */
static const char *value_in_key(const char *p, const char *end)
{
	bool dart = is_slash(*p);

	end = trim_end(p, end);
	if (*p == '@')
		p = (const char *)memchr(p, ':', (size_t)(end - p)) + 1;
	while (p < end && !nd_doc_white(p, (size_t)(end - p)) && (dart || *p != ':'))
		p++;
	return p < end ? p + 1 : NULL;
}

void nd_redact_find_trailing(struct nd_span text, GArray *parts)
{
	const char *end = trim_end(text.p, text.p + text.n), *p = trim_start(text.p, end);
	bool url = false;

	while (p < end && !nd_doc_white(p, (size_t)(end - p)))
		url |= *p++ && strchr(":/.", p[-1]);
	p = trim_start(p, end);
	if (url && p < end && *p != '#' && *p != ';')
		nd_redact_add(parts, p, end);
}

void nd_redact_find_key_url(struct nd_span key, struct nd_span line, GArray *parts)
{
	const char *end = key.p + key.n, *line_end = line.p + line.n, *p = key.p, *start;
	const char *colon = key.n ? memchr(p, ':', key.n) : NULL;
	bool url;

	if (!colon && !(key.n && memmem(p, key.n, "//", 2)))
		return;
	start = colon ? value_in_key(p, end) : NULL;
	if (start && memchr(start, ':', (size_t)(end - start)))
		find_userinfo(authority(start, end, &url), line_end, true, parts);
	/* npm's own keys have a colon behind a scope or a nerf dart only. */
	if (*p == '@' && colon)
		p = colon + 1;
	if (!memmem(p, (size_t)(end - p), "//", 2) && !memchr(p, ':', (size_t)(end - p)))
		return;
	start = authority(p, end, &url);
	if (start < end && is_slash(*p) && (is_plain_dart(start, end) || *start == '['))
		return;
	find_userinfo(start, line_end, url, parts);
}

static const struct {
	const char *prefix;
	size_t least;
} tokens[] = {
	{"npm_", 12},
	{"npms_", 12},
	{"ghp_", 8},
	{"gho_", 8},
	{"ghu_", 8},
	{"ghs_", 8},
	{"ghr_", 8},
	{"github_pat_", 8},
	{"glpat-", 6},
	{"gldt-", 6},
	{"glcbt-", 6},
	{"glptt-", 6},
	{"glrt-", 6},
	{"AKCp", 8},
	{"cmVmdGtu", 8},
	{"NpmToken.", 8},
	{"eyJ", 10},
	{"xoxb-", 8},
	{"xoxp-", 8},
	{"dckr_pat_", 8},
	{"AKIA", 12},
};

static bool is_base64(char c)
{
	return g_ascii_isalnum(c) || (c && strchr("+/=._~-", c));
}

/* The end of a token that begins at p, NULL where none does. */
static const char *token_end(const char *p, const char *end)
{
	for (size_t k = 0; k < G_N_ELEMENTS(tokens); k++) {
		size_t n, run = 0;
		bool narrow;

		if (*p != *tokens[k].prefix)
			continue;
		n = strlen(tokens[k].prefix);
		/* "npm_config_registry" and the like are names, not tokens. */
		narrow = g_str_has_prefix(tokens[k].prefix, "npm");
		if ((size_t)(end - p) < n || memcmp(p, tokens[k].prefix, n) != 0)
			continue;
		for (const char *q = p + n; q < end; q++, run++)
			if (!g_ascii_isalnum(*q) && (narrow || (*q != '_' && *q != '-')))
				break;
		if (run < tokens[k].least)
			continue;
		for (p += n; p < end && ((is_base64(*p) && *p != '/') || *p == '_');)
			p++;
		return p;
	}
	return NULL;
}

/* A UUID: npm's tokens of old. In a path it names a project. */
static const char *uuid_end(const char *p, const char *start, const char *end)
{
	if (end - p < 36 || (p > start && p[-1] == '/'))
		return NULL;
	for (int i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? p[i] != '-' : !g_ascii_isxdigit(p[i]))
			return NULL;
	}
	return p + 36;
}

/* "Bearer abc", "Basic abc=": where the run behind it begins, NULL where this is prose. */
static const char *scheme_run(const char *p, const char *end)
{
	static const char *const prose[] = {"auth", "token", "cred", "http", "and", "or", "scheme"};
	const char *start;
	size_t n;

	if (end - p > 6 && !g_ascii_strncasecmp(p, "bearer", 6))
		p += 6;
	else if (end - p > 5 && !g_ascii_strncasecmp(p, "basic", 5))
		p += 5;
	else
		return NULL;
	for (start = p;
		p < end && (*p == ' ' || *p == '\t' || *p == ':' || *p == '=' || *p == '"');)
		p++;
	for (n = 0; n < (size_t)(end - p) && is_base64(p[n]);)
		n++;
	if (p == start || n < 4)
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(prose); i++)
		if (n >= strlen(prose[i]) && !g_ascii_strncasecmp(p, prose[i], strlen(prose[i])))
			return NULL;
	return p;
}

static void find_private_key(struct nd_span text, GArray *parts)
{
	const char *begin = memmem(text.p, text.n, "-----BEGIN", 10);

	if (begin && memmem(begin, (size_t)(text.p + text.n - begin), "PRIVATE KEY", 11))
		nd_redact_add(parts, begin, text.p + text.n);
}

void nd_redact_find_runs(struct nd_span text, GArray *parts)
{
	const char *end = text.p + text.n;

	for (const char *p = text.p; p < end; p++) {
		const char *stop, *run;

		if (p > text.p && (g_ascii_isalnum(p[-1]) || p[-1] == '_'))
			continue;
		stop = token_end(p, end);
		if (!stop)
			stop = uuid_end(p, text.p, end);
		run = stop ? p : scheme_run(p, end);
		if (run && !stop)
			for (stop = run; stop < end && is_base64(*stop);)
				stop++;
		if (run) {
			add_exact(parts, run, stop);
			p = stop - 1;
		}
	}
	find_private_key(text, parts);
}

/* A person's name in full: "nick.name@corp.example", "CORP\nick". */
static bool is_name(struct nd_span text)
{
	size_t digits = 0;

	for (size_t i = 0; i < text.n; i++)
		digits += g_ascii_isdigit(text.p[i]);
	return text.n <= 64 && digits <= 4 &&
	       (memchr(text.p, '.', text.n) || memchr(text.p, '\\', text.n) ||
		       memmem(text.p, text.n, "%40", 3) || memmem(text.p, text.n, "%5C", 3));
}

static bool is_token(struct nd_span text)
{
	if (text.n && token_end(text.p, text.p + text.n))
		return true;
	return text.n > MAX_NAME && !is_name(text);
}

static int by_start(const void *a, const void *b)
{
	const struct nd_span *x = a, *y = b;

	return (x->p > y->p) - (x->p < y->p);
}

void nd_redact_merge(GArray *parts)
{
	struct nd_span *list = (struct nd_span *)(void *)parts->data;
	guint kept = 0;

	g_array_sort(parts, by_start);
	for (guint i = 0; i < parts->len; i++) {
		struct nd_span *last = kept ? &list[kept - 1] : NULL;

		if (!last || list[i].p > last->p + last->n)
			list[kept++] = list[i];
		else if (list[i].p + list[i].n > last->p + last->n)
			last->n = (size_t)(list[i].p + list[i].n - last->p);
	}
	g_array_set_size(parts, kept);
}

void nd_redact_clip(GArray *parts, struct nd_span text)
{
	struct nd_span *list = (struct nd_span *)(void *)parts->data;
	guint kept = 0;

	for (guint i = 0; i < parts->len; i++) {
		const char *start = MAX(list[i].p, text.p);
		const char *end = MIN(list[i].p + list[i].n, text.p + text.n);

		if (start < end)
			list[kept++] = between(start, end);
	}
	g_array_set_size(parts, kept);
}
