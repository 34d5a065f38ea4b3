#ifndef ND_REPORT_WRITE_H
#define ND_REPORT_WRITE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* JSON as a stream into one string. A tree of jansson's costs 9 ms for a report of 1,000 findings, which
 * may cost 1 and costs half of that here (make bench); the tests hold every output against its schema. */
struct nd_writer {
	GString *out;
	unsigned lines; /* what lies deeper than this (at most 8) stays on one line */
	unsigned depth;
	bool filled; /* the open object or array has an element */
};

/* Each takes the member's name, or NULL in an array. Names are ours and need no escape. */
void nd_write_open(struct nd_writer *w, const char *name, char bracket);
void nd_write_close(struct nd_writer *w, char bracket);
void nd_write_null(struct nd_writer *w, const char *name);
/* NULL becomes null; what is not UTF-8 becomes U+FFFD. */
void nd_write_text(struct nd_writer *w, const char *name, const char *text);
void nd_write_integer(struct nd_writer *w, const char *name, int64_t number);
/* At most ten digits; an integer where it is one; infinite and the like becomes null. */
void nd_write_number(struct nd_writer *w, const char *name, double number);
void nd_write_boolean(struct nd_writer *w, const char *name, bool truth);

#endif
