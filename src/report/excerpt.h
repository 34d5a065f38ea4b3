#ifndef ND_REPORT_EXCERPT_H
#define ND_REPORT_EXCERPT_H

#include <npmrc-doctor/report.h>

/* The part of a line that fits the terminal with what the caret points at, an ellipsis where something is
 * left out. */
struct nd_window {
	char *text;
	size_t caret, length; /* columns in text */
};
/* text: as nd_plain() gives it; room: columns, 0 for any number. The result's text is owned by the caller. */
struct nd_window nd_window_of(const struct nd_excerpt *excerpt, const char *text, size_t room,
	const struct nd_style *style);

#endif
