#ifndef NPMRC_DOCTOR_NPM_REDACT_FIND_H
#define NPMRC_DOCTOR_NPM_REDACT_FIND_H

#include <glib.h>
#include <npmrc-doctor/span.h>
#include <stdbool.h>

/* Where secrets are in text. Parts are struct nd_span into the text, in any order, overlapping. */

/* Whether a word (a key's last component) names a secret. */
bool nd_redact_word(struct nd_span word);

/* Where the secret begins that a key's name in the text announces ("token = ", "_auth: "); NULL
 * where none does. With `loose`, a blank may follow the name where a line begins with it. */
const char *nd_redact_announced(struct nd_span text, bool loose);

/* Adds [start, end) without what is around it (blanks, quotes), unless it is ${VAR} and no more. */
void nd_redact_add(GArray *parts, const char *start, const char *end);

/* Userinfo in URLs and in what may be meant as one: a value, or a line's text. `is_url`: it is one even
 * without a scheme. */
void nd_redact_find_url(struct nd_span text, bool is_url, GArray *parts);
/* The same for the value of `registry` or `@scope:registry`, where a user without a password is a token. */
void nd_redact_find_registry(struct nd_span text, GArray *parts);
/* What stands behind a blank in the value of a setting that is one URL, but for a comment. */
void nd_redact_find_trailing(struct nd_span text, GArray *parts);
/* The same for a key and what follows it: a URL may have been cut in two at a '='. */
void nd_redact_find_key_url(struct nd_span key, struct nd_span line, GArray *parts);

/* What is secret by its shape, wherever it stands: tokens with known prefixes, JSON web tokens,
 * "Bearer ...", private keys. */
void nd_redact_find_runs(struct nd_span text, GArray *parts);
/* In order, and what overlaps or touches made one. */
void nd_redact_merge(GArray *parts);
/* What of them lies in the text. */
void nd_redact_clip(GArray *parts, struct nd_span text);

#endif
