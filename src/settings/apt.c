#include "settings/proxies.h"

/* apt.conf(5): words joined by "::", values in quotes, scopes in braces, a semicolon behind each. */

/* Deeper than any real file, so that a file of braces costs nothing. */
#define MAX_DEPTH 16
#define MAX_NAME 256

struct apt {
	struct nd_span rest;
	unsigned line;
	GString *name;          /* the scopes and the words of this statement, "Acquire::http" */
	size_t scopes[MAX_DEPTH]; /* how much of it each scope has written */
	size_t depth;
	GPtrArray *out;
};

static void skip(struct apt *a, size_t n)
{
	for (size_t i = 0; i < n; i++)
		a->line += a->rest.p[i] == '\n';
	a->rest = (struct nd_span){ a->rest.p + n, a->rest.n - n };
}

/* Up to and including `end`, or all that is left. */
static void skip_to(struct apt *a, const char *end)
{
	const char *found = memmem(a->rest.p, a->rest.n, end, strlen(end));

	skip(a, found ? (size_t)(found - a->rest.p) + strlen(end) : a->rest.n);
}

static bool begins(const struct apt *a, const char *text)
{
	return a->rest.n >= strlen(text) && memcmp(a->rest.p, text, strlen(text)) == 0;
}

static bool skip_comment(struct apt *a)
{
	if (begins(a, "/*"))
		skip_to(a, "*/");
	else if (begins(a, "//") || begins(a, "#"))
		skip_to(a, "\n");
	else
		return false;
	return true;
}

/* For one host it is "Acquire::http::Proxy::host". */
static bool names_proxy(const char *name)
{
	g_autofree char *lower = g_ascii_strdown(name, -1);

	return g_str_has_prefix(lower, "acquire::http::proxy") || g_str_has_prefix(lower, "acquire::https::proxy");
}

static void take_quoted(struct apt *a)
{
	const char *end = memchr(a->rest.p + 1, '"', a->rest.n - 1);
	size_t n = end ? (size_t)(end - a->rest.p) : a->rest.n;

	if (end && names_proxy(a->name->str))
		nd_proxy_line_add(a->out, (struct nd_span){ a->rest.p + 1, n - 1 }, a->line);
	skip(a, MIN(n + 1, a->rest.n));
}

static void take_word(struct apt *a)
{
	size_t n = 0;

	while (n < a->rest.n && !strchr(" \t\r\n\"{};", a->rest.p[n]))
		n++;
	/* A NUL stands in strchr's set. */
	n = MAX(n, 1);
	if (a->name->len + n < MAX_NAME) {
		if (a->name->len)
			g_string_append(a->name, "::");
		g_string_append_len(a->name, a->rest.p, (gssize)n);
	}
	skip(a, n);
}

static void end_statement(struct apt *a)
{
	g_string_truncate(a->name, a->depth ? a->scopes[a->depth - 1] : 0);
}

/* False where the scopes are too deep to go on. */
static bool take(struct apt *a)
{
	switch (*a->rest.p) {
	case '{':
		if (a->depth == MAX_DEPTH)
			return false;
		a->scopes[a->depth++] = a->name->len;
		break;
	case '}':
		a->depth -= a->depth > 0;
		end_statement(a);
		break;
	case ';':
		end_statement(a);
		break;
	case ' ':
	case '\t':
	case '\r':
	case '\n':
		break;
	case '"':
		take_quoted(a);
		return true;
	default:
		take_word(a);
		return true;
	}
	skip(a, 1);
	return true;
}

void nd_parse_apt(struct nd_span bytes, GPtrArray *out)
{
	struct apt a = { .rest = bytes, .line = 1, .name = g_string_new(NULL), .out = out };

	while (a.rest.n && (skip_comment(&a) || take(&a)))
		continue;
	g_string_free(a.name, TRUE);
}
