#include "url_parse.h"

#include <npmrc-doctor/doc.h>
#include <npmrc-doctor/url.h>

/* node's lib/url.js, Url.prototype.parse and format, as far as an href with a host needs them. */

/* protocol: lower case, with the colon; host: with the port and the brackets. */
struct legacy {
	GString *protocol, *auth, *host, *rest;
	bool slashes, has_hostname;
};

static const char *const slashed[] = {"http:", "https:", "ftp:", "gopher:", "file:", "ws:", "wss:"};

static bool is_slashed(const char *protocol)
{
	for (size_t i = 0; i < G_N_ELEMENTS(slashed); i++)
		if (!strcmp(protocol, slashed[i]))
			return true;
	return false;
}

/* "< 33, no-break space, byte order mark": the length of one, 0 if none. */
static size_t white(const GString *text, size_t i)
{
	const char *p = text->str + i;

	if (i < text->len && (unsigned char)*p < 33)
		return 1;
	if (g_str_has_prefix(p, "\xc2\xa0"))
		return 2;
	return g_str_has_prefix(p, "\xef\xbb\xbf") ? 3 : 0;
}

static void trim(GString *text)
{
	size_t n, start = 0, end;

	while ((n = white(text, start)) > 0)
		start += n;
	end = start;
	for (size_t i = start; i < text->len;) {
		n = white(text, i);
		i += n ? n : 1;
		if (!n)
			end = i;
	}
	g_string_truncate(text, end);
	g_string_erase(text, 0, (gssize)start);
}

/* Backslashes before the query are slashes. */
static void turn_slashes(GString *text)
{
	size_t end = strcspn(text->str, "?#");

	for (size_t i = 0; i < end; i++)
		if (text->str[i] == '\\')
			text->str[i] = '/';
}

/* simplePathPattern: such a text has no host. */
static bool is_simple_path(const char *text)
{
	size_t i, path = strcspn(text, "?#");

	if (memchr(text, '@', path) || strchr(text, '#') || *text != '/')
		return false;
	i = text[1] == '/' ? 2 : 1;
	/* The path may not go on with a slash, but the pattern may also take one slash less. */
	if (text[i] == '/')
		return false;
	for (; text[i]; i++)
		if (nd_doc_white(text + i, strlen(text + i)))
			return false;
	return true;
}

/* protocolPattern; leaves `as_written` for the one test of node that forgets about case. */
static void take_protocol(struct legacy *u, bool *as_written)
{
	size_t n = 0;

	while (g_ascii_isalnum(u->rest->str[n]) ||
		(u->rest->str[n] && strchr(".+-", u->rest->str[n])))
		n++;
	if (n == 0 || u->rest->str[n] != ':')
		return;
	g_string_append_len(u->protocol, u->rest->str, (gssize)n + 1);
	g_string_erase(u->rest, 0, (gssize)n + 1);
	*as_written = is_slashed(u->protocol->str);
	g_string_ascii_down(u->protocol);
}

/* hostPattern: //user@host without a scheme */
static bool is_host_pattern(const char *text)
{
	size_t n;

	if (!g_str_has_prefix(text, "//"))
		return false;
	n = strcspn(text + 2, "@/");
	return n > 0 && text[2 + n] == '@' && strcspn(text + 3 + n, "@/") > 0;
}

/* Where userinfo and host end in u->rest; tabs and line ends before that are taken out. */
static void find_host(GString *rest, size_t *at, size_t *end)
{
	size_t non_host = SIZE_MAX, i;

	*at = SIZE_MAX;
	for (i = 0; i < rest->len; i++) {
		char c = rest->str[i];
		bool ends = c == '#' || c == '/' || c == '?';

		if (c == '\t' || c == '\n' || c == '\r') {
			g_string_erase(rest, (gssize)i--, 1);
		} else if (c == '@') {
			*at = i;
			non_host = SIZE_MAX;
		} else if (non_host == SIZE_MAX && (ends || strchr(" \"%';<>\\^`{|}", c))) {
			non_host = i;
		}
		if (ends)
			break;
	}
	*end = non_host == SIZE_MAX ? rest->len : non_host;
}

static size_t utf16_length(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		if (((unsigned char)*text & 0xc0) != 0x80)
			n += (unsigned char)*text >= 0xf0 ? 2 : 1;
	return n;
}

/* Lower case, punycode; false where node throws. */
static bool check_hostname(GString *hostname, bool ipv6)
{
	g_autofree char *ascii = NULL;

	if (utf16_length(hostname->str) > 255)
		g_string_truncate(hostname, 0);
	g_string_ascii_down(hostname);
	if (!hostname->len)
		return true;
	if (ipv6)
		return !strpbrk(hostname->str, "\t\n\r #%/<>?@\\^|");
	ascii = nd_url_domain_to_ascii(hostname->str, 0);
	if (!ascii || strpbrk(ascii, "\t\n\r #%/:<>?@[\\]^|"))
		return false;
	g_string_assign(hostname, ascii);
	return true;
}

/* parseHost and what follows it: `text` is the host with the port. */
static bool take_hostname(struct legacy *u, const char *text)
{
	const char *colon = strrchr(text, ':');
	bool has_port = colon && strspn(colon + 1, "0123456789") == strlen(colon + 1);
	GString *hostname = g_string_new_len(text, has_port ? colon - text : (gssize)strlen(text));
	bool ipv6 =
		hostname->len && hostname->str[0] == '[' && hostname->str[hostname->len - 1] == ']';
	bool ok;

	if (!ipv6) {
		size_t cut = strcspn(hostname->str, "/\\#?:");

		/* getHostname: a port that is none goes to the path. */
		if (cut < hostname->len) {
			g_string_prepend(u->rest, hostname->str + cut);
			g_string_prepend_c(u->rest, '/');
			g_string_truncate(hostname, cut);
		}
	}
	ok = check_hostname(hostname, ipv6);
	g_string_assign(u->host, hostname->str);
	if (has_port && colon[1])
		g_string_append(u->host, colon);
	if (ipv6 && u->rest->str[0] != '/')
		g_string_prepend_c(u->rest, '/');
	u->has_hostname = hostname->len > (ipv6 ? 2 : 0);
	g_string_free(hostname, TRUE);
	return ok;
}

/* The characters that querystring's encoder leaves alone in `auth`. */
static void append_auth(GString *out, const char *auth, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = auth[i];

		if (g_ascii_isalnum(c) || (c && strchr("!'()*-.:_~", c)))
			g_string_append_c(out, c);
		else
			g_string_append_printf(out, "%%%02X", (unsigned char)c);
	}
}

static bool take_host(struct legacy *u)
{
	size_t at, end, start = 0, n = 0;
	g_autofree char *host = NULL;

	find_host(u->rest, &at, &end);
	if (at != SIZE_MAX) {
		g_autofree char *written = g_strndup(u->rest->str, at);
		g_autofree char *auth = nd_url_decode(written, &n);

		if (!auth)
			return false;
		append_auth(u->auth, auth, n);
		start = at + 1;
	}
	host = g_strndup(u->rest->str + start, end - start);
	g_string_erase(u->rest, 0, (gssize)end);
	return take_hostname(u, host);
}

/* autoEscapeStr */
static void escape_rest(GString *rest)
{
	g_autoptr(GString) out = g_string_sized_new(rest->len);

	for (size_t i = 0; i < rest->len; i++) {
		char c = rest->str[i];

		if (c && strchr("\t\n\r \"'<>\\^`{|}", c))
			g_string_append_printf(out, "%%%02X", (unsigned char)c);
		else
			g_string_append_c(out, c);
	}
	g_string_assign(rest, out->str);
}

static char *format(const struct legacy *u)
{
	GString *out = g_string_new(u->protocol->str);
	bool known = is_slashed(u->protocol->str);
	bool no_path = !*u->rest->str || strchr("?#", *u->rest->str);

	if (u->slashes || known)
		g_string_append(out, "//");
	if (u->auth->len)
		g_string_append_printf(out, "%s@", u->auth->str);
	g_string_append(out, u->host->str);
	if (no_path ? known && u->has_hostname : (u->slashes || known) && u->rest->str[0] != '/')
		g_string_append_c(out, '/');
	g_string_append(out, u->rest->str);
	return g_string_free(out, FALSE);
}

/* False where there is no host or node throws. */
static bool parse(struct legacy *u)
{
	bool slashed_as_written = false, slashes = false, hostless;

	trim(u->rest);
	/* A NUL inside is nothing that npm can use; node would go on. */
	if (memchr(u->rest->str, 0, u->rest->len))
		return false;
	turn_slashes(u->rest);
	if (is_simple_path(u->rest->str))
		return false;
	take_protocol(u, &slashed_as_written);
	hostless = !strcmp(u->protocol->str, "javascript:");
	if (hostless)
		return false;
	if (u->protocol->len || is_host_pattern(u->rest->str))
		slashes = g_str_has_prefix(u->rest->str, "//");
	if (slashes)
		g_string_erase(u->rest, 0, 2);
	u->slashes = slashes;
	if (!slashes && (!u->protocol->len || slashed_as_written))
		return false;
	if (!take_host(u) || !u->host->len)
		return false;
	escape_rest(u->rest);
	return true;
}

char *nd_url_legacy_href(struct nd_span text)
{
	struct legacy u = {
		g_string_new(NULL),
		g_string_new(NULL),
		g_string_new(NULL),
		nd_url_utf8(text),
		false,
		false,
	};
	char *href = parse(&u) ? format(&u) : NULL;

	g_string_free(u.protocol, TRUE);
	g_string_free(u.auth, TRUE);
	g_string_free(u.host, TRUE);
	g_string_free(u.rest, TRUE);
	return href;
}
