#ifndef ND_NPM_INI_TEXT_H
#define ND_NPM_INI_TEXT_H

#include <npmrc-doctor/ini.h>

/* unsafe() of ini/lib/ini.js on bytes [start, end) of the document, which are trimmed; the rest of
 * `text` is zero on entry. */
void nd_ini_text_decode(struct nd_span bytes, struct nd_ini_text *text, struct nd_arena *arena);

/* The first byte to which unsafe() may do something where no quotes are, or end: a backslash, a
 * comment's first, or what is not ASCII. */
const char *nd_ini_text_special(const char *p, const char *end);

/* What ini.js does to values only: exactly true, false and null are no strings. */
void nd_ini_text_words(struct nd_value *value);

/* Whether ini takes the quotes of this text off, or tries to (isQuoted). */
bool nd_ini_text_quoted(struct nd_span text);

#endif
