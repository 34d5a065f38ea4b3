#ifndef ND_RULES_MISREAD_H
#define ND_RULES_MISREAD_H

#include "rules/reading.h"

/* How a line can be misread: one function for each cause, which reading.h's owners ask in their order. */

/* What opens a comment. */
static inline bool nd_is_mark(char c)
{
	return c == '#' || c == ';';
}
/* White space before the byte at `at`. */
bool nd_white_before(const struct nd_layer *layer, size_t at);
/* A `#` or `;` ends the value that goes on. */
bool nd_is_cut(const struct nd_layer *layer, const struct nd_ini_entry *entry);
/* "value" ; comment: the quotes are not taken off, because they do not end the line. */
bool nd_keeps_quotes(const struct nd_layer *layer, const struct nd_ini_entry *entry);

/* `registry: https://...`: where its colon stands. */
bool nd_is_colon(const struct nd_facts *f, const struct nd_layer *layer,
	const struct nd_ini_entry *entry, size_t *colon);

bool nd_is_zero_width(gunichar c);
/* Characters that nobody sees, or takes for others, in a key or a value. */
struct nd_culprits {
	size_t start, end; /* of the first one */
	gunichar first;
	bool all_invisible;
	size_t n;
};
/* Looks in the key first, then in a value that is a URL or a credential. */
bool nd_find_invisible(const struct nd_layer *layer, const struct nd_ini_entry *entry,
	struct nd_culprits *out, bool *in_key);
bool nd_is_invisible(const struct nd_layer *layer, const struct nd_ini_entry *entry);
/* The key without the characters that nobody sees. Owned by the caller. */
char *nd_visible_key(const struct nd_ini_entry *entry);

/* A reference in a spelling that npm does not know, as offsets into the decoded value. */
struct nd_wrong {
	size_t start, end;
	char *name;        /* what it would refer to, or NULL */
	const char *form;  /* for the message */
	const char *known; /* who knows this form */
};
/* False where there is none; else out->name is the caller's. */
bool nd_find_wrong(const struct nd_facts *f, const struct nd_ini_entry *entry, struct nd_wrong *out);
bool nd_is_wrong_variable(const struct nd_facts *f, const struct nd_ini_entry *entry);

/* "C:\dir" is no JSON: the quotes stay in the value. */
bool nd_is_no_json(const struct nd_facts *f, const struct nd_setting *setting);

#endif
