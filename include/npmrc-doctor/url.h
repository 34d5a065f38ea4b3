#ifndef NPMRC_DOCTOR_URL_H
#define NPMRC_DOCTOR_URL_H

#include <glib.h>
#include <npmrc-doctor/span.h>
#include <stdbool.h>

/* URLs as node's `new URL` parses them (WHATWG URL Standard), not as libcurl does. */
struct nd_url {
	char *href;       /* serialised, userinfo included */
	char *scheme;     /* lower case, without the colon */
	char *username;   /* percent-encoded as the parser leaves it; "" where there is none */
	char *password;   /* the same */
	char *host;       /* hostname: lower case, punycode, [] around IPv6; "" where there is none */
	int port;         /* explicit and not the scheme's default; else -1 */
	char *path;       /* pathname: with the leading slash for special schemes */
	char *query;      /* with the "?", or "" */
	char *fragment;   /* with the "#", or "" */
	bool special;     /* http, https, ws, wss, ftp, file */
};

/* NULL where `new URL(text)` throws. Leading and trailing C0 controls and spaces are ignored, tabs and
 * newlines removed, as the standard says. Paths are those of node 20 and 22 (ada 2), which differ from
 * the standard in rare dot segments. A host that is not ASCII, or has an "xn--" label, needs the
 * idna module: without it it counts as invalid. Owned by the caller. */
struct nd_url *nd_url_parse(struct nd_span text);
/* The same by a node of that major version, 0: unknown. 24 and later escape '^' in paths
 * and take every ASCII host, also one with an "xn--" label that decodes to nothing. */
struct nd_url *nd_url_parse_by(struct nd_span text, int node_major);
void nd_url_free(struct nd_url *url);

/* The port in force: explicit or the scheme's default (http 80, https 443, socks* 1080 as npm's agents
 * have it); 0 where there is none. */
int nd_url_port(const struct nd_url *url);

/* decodeURIComponent: NULL where it would throw ("URI malformed"). Owned by the caller; *n its length. */
char *nd_url_decode(const char *text, size_t *n);

/* "nick@" as it may be shown, "" where the URL has no user. Behind an encoded colon people write the password.
 * Owned by the caller. */
char *nd_url_user(const struct nd_url *url);

/* *** for the password, in text that may be no URL: everything between the first ':' behind the scheme's
 * "//" (or the beginning) and the last '@' becomes ***, even where node would see a port and a path there.
 * Owned by the caller. */
char *nd_url_redact_text(struct nd_span text);
/* A path as it may be shown: where a URL stood in a path's place, and lost a slash when it was resolved, without its
 * userinfo. Owned by the caller. */
char *nd_url_redact_path(const char *path);
/* The same for a setting's key, where a nerf dart may have userinfo; *** for what is no key but a secret on a line of
 * its own. Owned by the caller. */
char *nd_url_redact_key(struct nd_span key);

/* npm's nerf dart: //host[:port]/path/ up to the last slash (@npmcli/config/lib/nerf-dart.js).
 * NULL where it is no URL. Owned by the caller. */
char *nd_url_nerf(struct nd_span text);
char *nd_url_nerf_by(struct nd_span text, int node_major);

/* Where userinfo stands in the text as it was written (offsets into text): [user_start, user_end) and
 * [password_start, password_end), both inside; false where there is none or the text is no URL with
 * an authority: where the parser fails there is none, however plainly it is meant ("u:p@host",
 * "http://u:p/w@host"); redact.h hides those. A missing password has password_start == password_end ==
 * user_end. */
struct nd_userinfo {
	size_t user_start, user_end;
	size_t password_start, password_end;
	bool has_password; /* a colon is there */
};
bool nd_url_userinfo(struct nd_span text, struct nd_userinfo *out);

/* node's legacy url.parse, as far as npm 6 to 11 use it for validation: whether it finds a host, and
 * the href that npm's type check puts in the value's place. NULL where npm's check rejects, and where
 * node throws. A NUL inside counts as rejected. Owned by the caller. */
char *nd_url_legacy_href(struct nd_span text);

/* npm's own noproxy matching of one entry between commas, with the blanks around it or not
 * (make-fetch-happen/lib/agent.js, @npmcli/agent/lib/proxy.js); host: nd_url's. */
bool nd_noproxy_match(struct nd_span entry, const char *host);

#endif
