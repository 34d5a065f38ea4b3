#ifndef ND_REPORT_PAINT_H
#define ND_REPORT_PAINT_H

#include <npmrc-doctor/report.h>

/* Colours are the terminal's own, so they follow its theme. */
#define ND_BOLD "1"
#define ND_RED "1;31"
#define ND_GREEN "32"
#define ND_YELLOW "1;33"
#define ND_BLUE "1;34"
#define ND_CYAN "1;36"

void nd_paint(GString *out, const struct nd_style *style, const char *code, const char *text);
void nd_paintf(GString *out, const struct nd_style *style, const char *code, const char *format, ...)
	G_GNUC_PRINTF(4, 5);

/* Appends the text and a line end, wrapped at the style's width with the continuation indented. */
void nd_wrap(GString *out, const char *text, size_t indent, const struct nd_style *style);

/* The same for a text that begins in another column than its continuation. */
void nd_wrap_from(GString *out, const char *text, size_t column, size_t indent, const struct nd_style *style);

/* The columns that a character takes on a terminal. */
size_t nd_columns_of(gunichar c);

/* The text as the locale can show it, one ASCII character for each column that it cannot; control
 * characters, and those that turn the writing's direction or cannot be seen, are shown, never sent. Owned by the
 * caller. */
char *nd_plain(const char *text, const struct nd_style *style);

#endif
