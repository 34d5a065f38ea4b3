#ifndef ND_NPM_JSON_H
#define ND_NPM_JSON_H

#include <npmrc-doctor/arena.h>
#include <stdbool.h>
#include <stdint.h>

/* The escape at p (a backslash): its length in bytes, 0 where JSON.parse would throw. A pair of
 * surrogates is one escape; a lone one is U+FFFD, as when JavaScript writes it as UTF-8. */
size_t nd_json_escape(const char *p, size_t n, uint32_t *code);

/* Decodes text that is one JSON string and nothing else, quotes included; it must be valid UTF-8.
 * Borrows from the text where it has no escapes. */
bool nd_json_string(struct nd_span text, struct nd_arena *arena, struct nd_span *out);

/* JSON.stringify of a string, without the quotes around it. U+2028 and U+2029 become escapes: a raw
 * one would make ini ignore the line. */
void nd_json_quote(struct nd_span text, GString *out);

#endif
