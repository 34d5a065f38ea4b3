#ifndef NPMRC_DOCTOR_REDACT_H
#define NPMRC_DOCTOR_REDACT_H

#include <npmrc-doctor/doc.h>
#include <npmrc-doctor/url.h>
#include <stdbool.h>

/* What in a line may be secret, judged by the key and by the shape of the text alone, so that it holds
 * for lines that npm misreads too. When in doubt it is secret. */

/* Whether a setting of this name holds a secret as a whole: _authToken, _auth, _password, key, otp, ...
 * behind any nerf dart and in any case, and unknown keys that sound like one. */
bool nd_redact_key(struct nd_span key);

/* The parts of one line that must not be shown, as spans of the document's bytes, in order and not
 * overlapping. Returns how many (at most `max`); with ${VAR} alone as the value there is none. */
size_t nd_redact_line(const struct nd_doc *doc, size_t line, struct nd_span *parts, size_t max);

/* Whether the byte at this offset of the document, on this line, is secret. */
bool nd_redact_hides(const struct nd_doc *doc, size_t line, size_t at);
/* Whether the line is secret as a whole: what npm takes for a key is the value of the line above. */
bool nd_redact_hides_start(const struct nd_doc *doc, size_t line);

/* Text for people and machines: secret parts of the line as "bullets" (UTF-8), everything else as it
 * is with control characters escaped. Byte offsets `at[0..n)` of the document (in the line, ascending)
 * are mapped to display columns (from 0) in place. Owned by the caller. */
char *nd_redact_display(const struct nd_doc *doc, size_t line, size_t *at, size_t n);

/* A value of any key as it may be shown: NULL where it is secret, else with URL passwords as ***.
 * Owned by the caller. */
char *nd_redact_value(struct nd_span key, struct nd_span value, bool *redacted);

/* A parsed URL up to `tail` (the path, or the path and what follows), without userinfo but for `user`, "" or
 * "nick@". `text`: how it was written: of http://CORP\nick:PASSWORD@host node takes CORP for the host. Owned by
 * the caller. */
char *nd_redact_url(const struct nd_url *url, const char *user, const char *tail, const char *text);

#endif
