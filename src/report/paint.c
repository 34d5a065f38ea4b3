#include "report/paint.h"

#include <string.h>

void nd_paint(GString *out, const struct nd_style *style, const char *code, const char *text)
{
	if (style->colour && *code)
		g_string_append_printf(out, "\033[%sm%s\033[0m", code, text);
	else
		g_string_append(out, text);
}

void nd_paintf(GString *out, const struct nd_style *style, const char *code, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list ap;

	va_start(ap, format);
	text = g_strdup_vprintf(format, ap);
	va_end(ap);
	nd_paint(out, style, code, text);
}

void nd_wrap(GString *out, const char *text, size_t indent, const struct nd_style *style)
{
	g_auto(GStrv) words = style->width ? g_strsplit(text, " ", -1) : NULL;
	size_t column = indent;

	if (!words) {
		g_string_append(out, text);
		g_string_append_c(out, '\n');
		return;
	}
	for (char **word = words; *word; word++) {
		size_t n = g_utf8_strlen(*word, -1);

		if (word != words && style->width && column + 1 + n > style->width) {
			g_string_append_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (word != words) {
			g_string_append_c(out, ' ');
			column++;
		}
		g_string_append(out, *word);
		column += n;
	}
	g_string_append_c(out, '\n');
}

static size_t printable_run(const char *p)
{
	size_t n = 0;

	while (p[n] >= 0x20 && p[n] < 0x7f)
		n++;
	return n;
}

char *nd_plain(const char *text, const struct nd_style *style)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	GString *out = g_string_new(NULL);

	for (const char *p = valid;; p = g_utf8_next_char(p)) {
		size_t n = printable_run(p);
		gunichar c = g_utf8_get_char(p + n);

		g_string_append_len(out, p, (gssize)n);
		p += n;
		if (!*p)
			break;
		if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			g_string_append_printf(out, "\\x%02x", c);
		else if (style->utf8)
			g_string_append_unichar(out, c);
		else
			g_string_append_c(out, c == 0x2022 ? '*' : '?');
	}
	return g_string_free(out, FALSE);
}
