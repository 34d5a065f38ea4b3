#ifndef ND_NPM_UTF8_H
#define ND_NPM_UTF8_H

#include <npmrc-doctor/arena.h>
#include <stdbool.h>
#include <stdint.h>

/* UTF-8 as node's Buffer.toString('utf8') reads it. */

/* The length of the sequence at p (n > 0). Where `*valid` comes back false, that many bytes become
 * one U+FFFD (the "maximal subpart" of the Encoding Standard). */
size_t nd_utf8_step(const char *p, size_t n, bool *valid);

/* The first byte that is not part of valid UTF-8, or end. */
const char *nd_utf8_valid_until(const char *p, const char *end);

/* The text itself where it is valid, else a copy with U+FFFD in the place of what is not. */
struct nd_span nd_utf8_clean(struct nd_span text, struct nd_arena *arena);

/* Writes a code point, at most 4 bytes; surrogates as U+FFFD. Returns the length. */
size_t nd_utf8_put(char *out, uint32_t code);

#endif
