#include "settings/proxies.h"

/* Dialects that are no INI: curl's options and lists of variables, one to a line. */

static bool next(struct nd_span *rest, struct nd_span *line)
{
	const char *end;

	if (!rest->n)
		return false;
	end = memchr(rest->p, '\n', rest->n);
	*line = (struct nd_span){ rest->p, end ? (size_t)(end - rest->p) : rest->n };
	*rest = (struct nd_span){ line->p + line->n + (end != NULL), rest->n - line->n - (end != NULL) };
	while (line->n && g_ascii_isspace(*line->p))
		*line = (struct nd_span){ line->p + 1, line->n - 1 };
	while (line->n && g_ascii_isspace(line->p[line->n - 1]))
		line->n--;
	return true;
}

/* What stands between quotes, or the first word. */
static struct nd_span first_word(struct nd_span text, const char *quotes)
{
	size_t n = 0;

	if (text.n && strchr(quotes, *text.p)) {
		const char *end = memchr(text.p + 1, *text.p, text.n - 1);

		return (struct nd_span){ text.p + 1, end ? (size_t)(end - text.p - 1) : text.n - 1 };
	}
	while (n < text.n && !g_ascii_isspace(text.p[n]))
		n++;
	return (struct nd_span){ text.p, n };
}

/* The option's value, or nothing: "proxy = x", "proxy: x", "--proxy x", "-x x", "-xx"
 * (curl:src/tool_parsecfg.c). */
static struct nd_span curl_value(struct nd_span line)
{
	static const char *const names[] = { "--proxy", "proxy", "-x" };

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		size_t n = strlen(names[i]);
		struct nd_span rest;

		if (line.n <= n || strncmp(line.p, names[i], n) != 0)
			continue;
		rest = (struct nd_span){ line.p + n, line.n - n };
		if (!g_str_equal(names[i], "-x") && !strchr(" \t=:", *rest.p))
			continue;
		while (rest.n && strchr(" \t=:", *rest.p))
			rest = (struct nd_span){ rest.p + 1, rest.n - 1 };
		return first_word(rest, "\"");
	}
	return (struct nd_span){ NULL, 0 };
}

void nd_parse_curl(struct nd_span bytes, GPtrArray *out)
{
	struct nd_span line;

	for (unsigned number = 1; next(&bytes, &line); number++)
		nd_proxy_line_add(out, curl_value(line), number);
}

bool nd_settings_proxy_variable(const char *name)
{
	static const char *const ends[] = { "http_proxy", "https_proxy", "all_proxy" };
	static const char *const whole[] = { "proxy", "npm_config_proxy", "pip_proxy" };
	g_autofree char *lower = g_ascii_strdown(name, -1);

	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
		if (g_str_has_suffix(lower, ends[i]) || g_str_equal(lower, whole[i]))
			return true;
	return false;
}

/* pam_env takes NAME=VALUE and "export NAME=VALUE", with quotes around the value or without. */
void nd_parse_environment(struct nd_span bytes, GPtrArray *out)
{
	struct nd_span line;

	for (unsigned number = 1; next(&bytes, &line); number++) {
		const char *equals = line.n ? memchr(line.p, '=', line.n) : NULL;
		g_autofree char *name = NULL;

		if (!equals || *line.p == '#')
			continue;
		name = g_strndup(line.p, (gsize)(equals - line.p));
		if (!nd_settings_proxy_variable(g_str_has_prefix(name, "export ") ?
			g_strstrip(name + strlen("export ")) : name))
			continue;
		line = (struct nd_span){ equals + 1, line.n - (size_t)(equals + 1 - line.p) };
		nd_proxy_line_add(out, first_word(line, "\"'"), number);
	}
}
