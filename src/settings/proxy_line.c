#include "settings/proxies.h"

static void line_free(gpointer data)
{
	struct nd_proxy_line *line = data;

	g_free(line->text);
	g_free(line);
}

GPtrArray *nd_proxy_lines_new(void)
{
	return g_ptr_array_new_with_free_func(line_free);
}

void nd_proxy_line_add(GPtrArray *out, struct nd_span text, unsigned line)
{
	struct nd_proxy_line *found;

	while (text.n && g_ascii_isspace(text.p[0]))
		text = (struct nd_span){ text.p + 1, text.n - 1 };
	while (text.n && g_ascii_isspace(text.p[text.n - 1]))
		text.n--;
	if (!text.n || memchr(text.p, '\0', text.n))
		return;
	found = g_new0(struct nd_proxy_line, 1);
	found->text = g_strndup(text.p, text.n);
	found->line = line;
	g_ptr_array_add(out, found);
}
