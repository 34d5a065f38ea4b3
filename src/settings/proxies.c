#include "settings/proxies.h"

#include <ini.h>

/* The INI dialects: git, pip and wget. inih gets the file line by line, which is how the number of a
 * line is known and what lets one dialect differ from the other. */

struct reading {
	enum nd_settings_kind kind;
	struct nd_span rest;
	unsigned line;
	GPtrArray *out;
};

/* fgets for inih. A line that it would cut counts as empty: half a URL is worse than none. */
static char *next_line(char *buffer, int size, void *stream)
{
	struct reading *r = stream;
	const char *end;
	struct nd_span line;

	if (!r->rest.n)
		return NULL;
	end = memchr(r->rest.p, '\n', r->rest.n);
	line = (struct nd_span){ r->rest.p, end ? (size_t)(end - r->rest.p) : r->rest.n };
	r->rest = (struct nd_span){ line.p + line.n + (end != NULL), r->rest.n - line.n - (end != NULL) };
	r->line++;
	/* To inih an indented line continues the one above, as it does to pip but not to git and wget. */
	while (r->kind != ND_SETTINGS_PIP && line.n && (*line.p == ' ' || *line.p == '\t'))
		line = (struct nd_span){ line.p + 1, line.n - 1 };
	if (line.n + 2 > (size_t)size || memchr(line.p, '\0', line.n))
		line.n = 0;
	memcpy(buffer, line.p, line.n);
	buffer[line.n] = '\n';
	buffer[line.n + 1] = '\0';
	return buffer;
}

/* git's values: quoted in part or whole, a comment begins at # or ; anywhere outside quotes
 * (git/git:config.c, parse_value). */
static void add_git_value(struct reading *r, const char *value)
{
	g_autoptr(GString) text = g_string_new(NULL);
	bool quoted = false;

	for (const char *p = value; *p && (quoted || (*p != '#' && *p != ';')); p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '\\' && p[1])
			g_string_append_c(text, *++p);
		else
			g_string_append_c(text, *p);
	}
	nd_proxy_line_add(r->out, (struct nd_span){ text->str, text->len }, r->line);
}

static bool is_http_section(const char *section)
{
	return g_ascii_strcasecmp(section, "http") == 0 || g_ascii_strncasecmp(section, "http \"", 6) == 0;
}

/* wget's names are the same with and without - and _, in any case (wget:src/init.c, dehyphen). */
static bool is_wget_proxy(const char *name)
{
	g_autofree char *plain = g_ascii_strdown(name, -1);
	char *to = plain;

	for (const char *p = plain; *p; p++)
		if (*p != '-' && *p != '_')
			*to++ = *p;
	*to = '\0';
	return g_str_equal(plain, "httpsproxy") || g_str_equal(plain, "httpproxy");
}

static int on_setting(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;

	if (r->kind == ND_SETTINGS_GIT && is_http_section(section) && g_ascii_strcasecmp(name, "proxy") == 0)
		add_git_value(r, value);
	else if ((r->kind == ND_SETTINGS_PIP && *section && g_str_equal(name, "proxy")) ||
		(r->kind == ND_SETTINGS_WGET && is_wget_proxy(name)))
		nd_proxy_line_add(r->out, nd_span_of(value), r->line);
	return 1;
}

GPtrArray *nd_settings_proxies(enum nd_settings_kind kind, struct nd_span bytes)
{
	GPtrArray *out = nd_proxy_lines_new();
	struct reading reading = { .kind = kind, .rest = bytes, .out = out };

	switch (kind) {
	case ND_SETTINGS_APT:
		nd_parse_apt(bytes, out);
		break;
	case ND_SETTINGS_CURL:
		nd_parse_curl(bytes, out);
		break;
	case ND_SETTINGS_ENVIRONMENT:
		nd_parse_environment(bytes, out);
		break;
	default:
		/* Its status names the first line that it could not read, which is not ours to mend. */
		(void)ini_parse_stream(next_line, &reading, on_setting, &reading);
	}
	return out;
}
