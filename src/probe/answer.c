#include "answer.h"

#include <string.h>

static char *dup_value(struct nd_span value)
{
	while (value.n > 0 && g_ascii_isspace(value.p[0])) {
		value.p++;
		value.n--;
	}
	return nd_text_tidy(g_utf8_make_valid(value.p, (gssize)value.n));
}

/* "HTTP/1.1 403 Forbidden". */
static bool read_status_line(struct nd_answer *answer, struct nd_span line)
{
	if (line.n < 5 || memcmp(line.p, "HTTP/", 5) != 0)
		return false;
	const char *space = memchr(line.p, ' ', line.n), *stop = line.p + line.n;
	if (!space || stop - space < 4 || !g_ascii_isdigit(space[1]) || !g_ascii_isdigit(space[2]) ||
	    !g_ascii_isdigit(space[3]))
		return false;
	nd_answer_release(answer);
	answer->status = (space[1] - '0') * 100 + (space[2] - '0') * 10 + (space[3] - '0');
	answer->phrase = dup_value((struct nd_span){ space + 4, (size_t)(stop - space - 4) });
	return true;
}

static void add_scheme(GPtrArray **offers, const char *value)
{
	size_t n = strcspn(value, " ,\t");
	if (!*offers)
		*offers = g_ptr_array_new_with_free_func(g_free);
	if (n > 0 && (*offers)->len < 16)
		g_ptr_array_add(*offers, g_strndup(value, n));
}

/* A header may list several challenges. What follows a comma is a scheme where a space, a comma or the
 * end comes after its token, and a parameter where "=" does. */
static void add_offers(GPtrArray **offers, const char *value)
{
	bool quoted = false;
	add_scheme(offers, value);
	for (const char *p = value; *p; p++) {
		if (*p == '"')
			quoted = !quoted;
		if (quoted || *p != ',')
			continue;
		const char *token = p + 1 + strspn(p + 1, " \t");
		char next = token[strcspn(token, " \t,=\"")];
		if (*token && next != '=' && next != '"')
			add_scheme(offers, token);
	}
}

static char **slot_of(struct nd_answer *answer, const char *name, size_t n)
{
	const struct {
		const char *name;
		char **slot;
	} slots[] = {
		{ "Location", &answer->location },
		{ "Content-Type", &answer->content_type },
		{ "Server", &answer->server },
		{ "Via", &answer->via },
		{ "Retry-After", &answer->retry_after },
		{ "X-Squid-Error", &answer->squid_error },
		{ "Proxy-Status", &answer->proxy_status },
		{ "Content-Length", &answer->length },
		{ "Transfer-Encoding", &answer->coding },
	};
	for (size_t i = 0; i < G_N_ELEMENTS(slots); i++)
		if (strlen(slots[i].name) == n && g_ascii_strncasecmp(slots[i].name, name, n) == 0)
			return slots[i].slot;
	return NULL;
}

static void read_header(struct nd_answer *answer, struct nd_span line)
{
	const char *colon = memchr(line.p, ':', line.n);
	if (!colon)
		return;
	size_t n = (size_t)(colon - line.p);
	struct nd_span value = { colon + 1, line.n - n - 1 };
	char **slot = slot_of(answer, line.p, n);
	if (slot && !*slot) {
		*slot = dup_value(value);
		return;
	}
	bool proxys = n == 18 && g_ascii_strncasecmp(line.p, "Proxy-Authenticate", n) == 0;
	if (!proxys && (n != 16 || g_ascii_strncasecmp(line.p, "WWW-Authenticate", n) != 0))
		return;
	g_autofree char *text = dup_value(value);
	if (text)
		add_offers(proxys ? &answer->proxy_offers : &answer->auth_offers, text);
}

void nd_answer_add_line(struct nd_answer *answer, struct nd_span line)
{
	while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
		line.n--;
	/* What follows the head is a trailer. */
	if (answer->complete || answer->not_http)
		return;
	if (line.n >= 5 && memcmp(line.p, "HTTP/", 5) == 0)
		answer->not_http = !read_status_line(answer, line);
	else if (answer->status == 0)
		answer->not_http = true;
	else if (line.n == 0)
		answer->complete = answer->status >= 200;
	else
		read_header(answer, line);
}

bool nd_answer_is_chunked(const struct nd_answer *answer)
{
	return answer->coding && g_str_has_suffix(answer->coding, "chunked");
}

void nd_answer_release(struct nd_answer *answer)
{
	g_free(answer->phrase);
	g_free(answer->location);
	g_free(answer->content_type);
	g_free(answer->server);
	g_free(answer->via);
	g_free(answer->retry_after);
	g_free(answer->squid_error);
	g_free(answer->proxy_status);
	g_free(answer->length);
	g_free(answer->coding);
	g_clear_pointer(&answer->proxy_offers, g_ptr_array_unref);
	g_clear_pointer(&answer->auth_offers, g_ptr_array_unref);
	*answer = (struct nd_answer){ 0 };
}

bool nd_answer_is_proxys_own(const struct nd_answer *answer)
{
	static const char *const servers[] = { "squid", "tinyproxy", "privoxy", "3proxy", "mitmproxy",
		"bluecoat", "blue coat", "proxysg", "zscaler", "mcafee web gateway", "skyhigh",
		"forcepoint", "websense", "fortigate", "ironport", "sophos", "ccproxy", "polipo", "cntlm" };
	if (answer->status == 407 || answer->proxy_offers || answer->squid_error)
		return true;
	if (answer->status < 400)
		return false;
	if (answer->proxy_status && strstr(answer->proxy_status, "error="))
		return true;
	g_autofree char *server = g_ascii_strdown(answer->server ? answer->server : "", -1);
	for (size_t i = 0; i < G_N_ELEMENTS(servers); i++)
		if (strstr(server, servers[i]))
			return true;
	return false;
}
