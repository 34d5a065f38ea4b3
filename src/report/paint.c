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

size_t nd_columns_of(gunichar c)
{
	return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

static size_t columns(const char *text)
{
	size_t n = 0;

	for (; *text; text = g_utf8_next_char(text))
		n += nd_columns_of(g_utf8_get_char(text));
	return n;
}

void nd_wrap_from(GString *out, const char *text, size_t column, size_t indent, const struct nd_style *style)
{
	g_auto(GStrv) words = style->width ? g_strsplit(text, " ", -1) : NULL;

	if (!words) {
		g_string_append(out, text);
		g_string_append_c(out, '\n');
		return;
	}
	for (char **word = words; *word; word++) {
		size_t n = columns(*word);

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

void nd_wrap(GString *out, const char *text, size_t indent, const struct nd_style *style)
{
	nd_wrap_from(out, text, indent, indent, style);
}

/* Characters that a terminal obeys or hides rather than shows. */
static bool is_hidden(gunichar c)
{
	switch (g_unichar_type(c)) {
	case G_UNICODE_CONTROL:
	case G_UNICODE_FORMAT:
	case G_UNICODE_SURROGATE:
	case G_UNICODE_LINE_SEPARATOR:
	case G_UNICODE_PARAGRAPH_SEPARATOR:
		return true;
	default:
		return false;
	}
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
	size_t plain = printable_run(text);
	g_autofree char *valid = text[plain] ? g_utf8_make_valid(text, -1) : NULL;
	GString *out;

	/* Nearly every text. */
	if (!valid)
		return g_strndup(text, plain);
	out = g_string_new(NULL);
	for (const char *p = valid;; p = g_utf8_next_char(p)) {
		size_t n = printable_run(p);
		gunichar c = g_utf8_get_char(p + n);

		g_string_append_len(out, p, (gssize)n);
		p += n;
		if (!*p)
			break;
		if (is_hidden(c))
			g_string_append_printf(out, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
		else if (style->utf8)
			g_string_append_unichar(out, c);
		else
			for (size_t i = nd_columns_of(c); i > 0; i--)
				g_string_append_c(out, c == 0x2022 ? '*' : '?');
	}
	return g_string_free(out, FALSE);
}
