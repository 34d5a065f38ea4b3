#include "report/excerpt.h"

#include "report/paint.h"

static size_t columns_of(const char *text)
{
	size_t n = 0;

	for (; *text; text = g_utf8_next_char(text))
		n += nd_columns_of(g_utf8_get_char(text));
	return n;
}

/* The column from which on the text is shown: the marked part stands in the middle. */
static size_t window_start(const struct nd_excerpt *excerpt, size_t total, size_t room, size_t ellipsis)
{
	size_t inner = room - 2 * ellipsis;
	size_t around = inner - MIN(excerpt->length, inner);
	size_t start = excerpt->caret > around / 2 ? excerpt->caret - around / 2 : 0;

	/* No gap at the end where the beginning still has something to show. */
	start = MIN(start, total - MIN(total, room - ellipsis));
	return start > ellipsis ? start : 0;
}

struct nd_window nd_window_of(const struct nd_excerpt *excerpt, const char *text, size_t room,
	const struct nd_style *style)
{
	const char *dots = style->utf8 ? "…" : "...";
	size_t ellipsis = style->utf8 ? 1 : 3, total = columns_of(text), start, column = 0, end;
	g_autoptr(GString) out = g_string_new(NULL);

	if (!room || total <= room || room <= 4 * ellipsis)
		return (struct nd_window){ g_strdup(text), excerpt->caret, excerpt->length };
	start = window_start(excerpt, total, room, ellipsis);
	for (; *text && column < start; text = g_utf8_next_char(text))
		column += nd_columns_of(g_utf8_get_char(text));
	start = column;
	if (start) {
		g_string_append(out, dots);
		room -= ellipsis;
	}
	end = total - start <= room ? total : start + room - ellipsis;
	for (; *text && column + nd_columns_of(g_utf8_get_char(text)) <= end; text = g_utf8_next_char(text)) {
		column += nd_columns_of(g_utf8_get_char(text));
		g_string_append_unichar(out, g_utf8_get_char(text));
	}
	if (*text)
		g_string_append(out, dots);
	return (struct nd_window){
		.caret = excerpt->caret - MIN(start, excerpt->caret) + (start ? ellipsis : 0),
		.length = MAX(1, MIN(excerpt->length, column - MIN(column, excerpt->caret))),
		.text = g_string_free(g_steal_pointer(&out), FALSE),
	};
}
