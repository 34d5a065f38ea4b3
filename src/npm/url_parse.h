#ifndef NPMRC_DOCTOR_NPM_URL_PARSE_H
#define NPMRC_DOCTOR_NPM_URL_PARSE_H

#include <glib.h>
#include <npmrc-doctor/span.h>
#include <stdbool.h>

/* What the URL files share; the section names are those of https://url.spec.whatwg.org/. */

/* "percent-encode sets": the ASCII that each adds to the C0 controls and everything above '~'. */
#define ND_URL_SET_C0 ""
#define ND_URL_SET_FRAGMENT " \"<>`"
#define ND_URL_SET_QUERY " \"#<>"
#define ND_URL_SET_SPECIAL_QUERY " \"#<>'"
#define ND_URL_SET_PATH " \"#<>?`{}"
#define ND_URL_SET_USERINFO " \"#<>?`{}/:;=@[\\]^|"

void nd_url_append_encoded(GString *out, struct nd_span text, const char *set);

/* The text as UTF-8 that is valid: what is not becomes U+FFFD, as when node reads a file. */
GString *nd_url_utf8(struct nd_span text);

/* "host parser": appends the serialised host; false where it fails. node_major: see nd_url_parse_by. */
bool nd_url_parse_host(struct nd_span text, bool special, int node_major, GString *out);

/* "domain to ASCII" of valid UTF-8 without NUL: NULL where it fails. Owned by the caller. */
char *nd_url_domain_to_ascii(const char *domain, int node_major);

/* "path state" from behind the first slash: appends the segments to `path`, each with a slash
 * before. */
void nd_url_parse_path(struct nd_span text, bool special, bool file, GString *path);

/* "Windows drive letter": a letter and ':', or '|' unless `normalized`. */
bool nd_url_is_drive(struct nd_span text, bool normalized);

/* Whether a file's path (serialised) is a drive letter alone, which ".." does not take off. */
bool nd_url_keeps_drive(const char *path);

#endif
