#ifndef ND_PROBE_ANSWER_H
#define ND_PROBE_ANSWER_H

#include <glib.h>
#include <npmrc-doctor/span.h>
#include <stdbool.h>

/* The head of one HTTP answer, line by line. */
struct nd_answer {
	int status;       /* 0: none yet */
	bool complete;    /* the empty line has come, after a final status */
	bool not_http;    /* the first line is no status line */
	char *phrase;     /* reason phrase, or NULL */
	GPtrArray *proxy_offers, *auth_offers; /* schemes, or NULL */
	char *location, *content_type, *server, *via, *retry_after, *squid_error, *proxy_status,
		*length, *coding; /* Content-Length, Transfer-Encoding */
};

void nd_answer_add_line(struct nd_answer *answer, struct nd_span line);
bool nd_answer_is_chunked(const struct nd_answer *answer);
void nd_answer_release(struct nd_answer *answer);
/* Whether an answer to an absolute-URI request is the proxy's own: 407 or Proxy-Authenticate, an
 * X-Squid-Error or a Proxy-Status with an error, or an error status whose Server is known to be a
 * forward proxy. Anything else counts as the registry's. */
bool nd_answer_is_proxys_own(const struct nd_answer *answer);

/* What a body is. `*reason`, owned by the caller, is what it says for itself ("error" or "message" in JSON,
 * the title or first heading of a page), or NULL. */
void nd_body_sniff(struct nd_span body, bool cut, bool *json, bool *html, char **reason);
/* The title or the first heading of a page, or NULL; owned by the caller. */
char *nd_body_title(struct nd_span body);
/* The URL of the first "tarball" in the text, or NULL; owned by the caller. */
char *nd_body_tarball(struct nd_span body);
/* One printable line of at most 300 bytes, or NULL where nothing is left; takes the text. */
char *nd_text_tidy(char *text);

#endif
