#include "url_parse.h"

#include <npmrc-doctor/url.h>

#define STARS "***"

char *nd_url_user(const struct nd_url *url)
{
	const char *colon = strstr(url->username, "%3A");

	if (!colon)
		colon = strstr(url->username, "%3a");
	if (!*url->username)
		return g_strdup("");
	if (!colon)
		return g_strconcat(url->username, "@", NULL);
	return g_strdup_printf("%.*s" STARS "@", (int)(colon + 3 - url->username), url->username);
}

static bool is_scheme_char(char c)
{
	return g_ascii_isalnum(c) || c == '+' || c == '-' || c == '.';
}

/* The length of "scheme://", 0 where the text does not begin so. */
static size_t scheme_length(struct nd_span text)
{
	size_t n = 0;

	while (n < text.n && is_scheme_char(text.p[n]))
		n++;
	if (text.n - n < 3 || memcmp(text.p + n, "://", 3) != 0)
		return 0;
	return n + 3;
}

char *nd_url_redact_text(struct nd_span text)
{
	const char *start = text.n ? text.p : "", *end = start + text.n;
	const char *colon, *at;
	GString *out;

	while (start < end && (unsigned char)*start <= 0x20)
		start++;
	start += scheme_length((struct nd_span){start, (size_t)(end - start)});
	colon = memchr(start, ':', (size_t)(end - start));
	at = colon ? memrchr(colon, '@', (size_t)(end - colon)) : NULL;
	/* An empty password is none: "http://nick:@proxy.example". */
	if (!at || at == colon + 1)
		return g_strndup(text.p, text.n);
	out = g_string_new_len(text.p, colon + 1 - text.p);
	g_string_append(out, STARS);
	g_string_append_len(out, at, end - at);
	return g_string_free(out, FALSE);
}

char *nd_url_redact_path(const char *path)
{
	const char *start = strstr(path, ":/"), *at = start ? strrchr(start, '@') : NULL;

	if (at)
		return g_strdup_printf("%.*s" STARS "%s", (int)(start + 1 + strspn(start + 1, "/") - path), path, at);
	/* Without a scheme, or with backslashes: u:PASSWORD@ in one part of it. */
	for (start = path; *start; start += strcspn(start, "/\\"), start += *start != '\0') {
		size_t n = strcspn(start, "/\\");
		const char *colon = memchr(start, ':', n);

		at = memrchr(start, '@', n);
		if (colon && at && colon < at)
			return g_strdup_printf("%.*s" STARS "%s", (int)(start - path), path, at);
	}
	return g_strdup(path);
}

static char *host_port(const struct nd_url *url)
{
	return url->port < 0 ? g_strdup(url->host) : g_strdup_printf("%s:%d", url->host, url->port);
}

/* The pathname of `new URL('.', url)`. */
static char *directory(const struct nd_url *url)
{
	const char *slash = strrchr(url->path, '/');

	if (!strcmp(url->scheme, "file") && nd_url_keeps_drive(url->path))
		return g_strconcat(url->path, "/", NULL);
	return slash ? g_strndup(url->path, (gsize)(slash + 1 - url->path)) : g_strdup("/");
}

static char *nerf_of(const struct nd_url *url)
{
	g_autofree char *host = host_port(url);
	g_autofree char *path = directory(url);

	return g_strdup_printf("//%s%s", host, path);
}

char *nd_url_nerf(struct nd_span text)
{
	return nd_url_nerf_by(text, 0);
}

char *nd_url_nerf_by(struct nd_span text, int node_major)
{
	struct nd_url *url = nd_url_parse_by(text, node_major);
	g_autofree char *host = NULL, *spelled = NULL;
	char *nerf;

	if (!url)
		return NULL;
	/* nerf-dart.js parses twice: what was an opaque path is a host the second time. */
	if (url->special) {
		nerf = nerf_of(url);
		nd_url_free(url);
		return nerf;
	}
	host = host_port(url);
	spelled = g_strdup_printf("%s://%s%s", url->scheme, host, url->path);
	nd_url_free(url);
	url = nd_url_parse_by(nd_span_of(spelled), node_major);
	if (!url)
		return NULL;
	nerf = nerf_of(url);
	nd_url_free(url);
	return nerf;
}

static bool ignored(char c)
{
	return c == '\t' || c == '\n' || c == '\r';
}

/* Skips slashes, and what the parser does not see between them: all of them, or `max`. */
static size_t skip_slashes(struct nd_span text, size_t i, bool special)
{
	int left = special ? G_MAXINT : 2;

	for (; i < text.n; i++) {
		if (ignored(text.p[i]))
			continue;
		if (text.p[i] != '/' && !(special && text.p[i] == '\\'))
			break;
		if (left-- == 0)
			break;
	}
	return i;
}

/* Where the authority begins, in text that the parser takes. */
static size_t authority_start(struct nd_span text, bool special)
{
	size_t i = 0;

	while (i < text.n && text.p[i] != ':')
		i++;
	return skip_slashes(text, i + 1, special);
}

static size_t authority_end(struct nd_span text, size_t i, bool special)
{
	while (i < text.n && (!text.p[i] || !strchr(special ? "/?#\\" : "/?#", text.p[i])))
		i++;
	return i;
}

/* Whether the text is a URL that has userinfo, and which kind of scheme it has. */
static bool has_userinfo(struct nd_span text, bool *special)
{
	struct nd_url *url = nd_url_parse(text);
	bool has = url && (*url->username || *url->password);

	if (url)
		*special = url->special;
	nd_url_free(url);
	return has;
}

bool nd_url_userinfo(struct nd_span text, struct nd_userinfo *out)
{
	bool special = false;
	size_t start, end;
	const char *at, *colon;

	if (!has_userinfo(text, &special))
		return false;
	start = authority_start(text, special);
	end = authority_end(text, start, special);
	at = memrchr(text.p + start, '@', end - start);
	if (!at)
		return false;
	colon = memchr(text.p + start, ':', (size_t)(at - text.p) - start);
	out->has_password = colon != NULL;
	out->user_start = start;
	out->user_end = (size_t)((colon ? colon : at) - text.p);
	out->password_start = colon ? out->user_end + 1 : out->user_end;
	out->password_end = (size_t)(at - text.p);
	return true;
}
