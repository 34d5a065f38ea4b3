#ifndef ND_PROBE_EXCHANGE_H
#define ND_PROBE_EXCHANGE_H

#include "answer.h"
#include "hop.h"

#include <curl/curl.h>

struct nd_exchange;

/* What all exchanges of a run share. */
struct nd_net {
	CURLM *multi;
	struct nd_roots *roots;
	GPtrArray *wires; /* struct nd_wire */
	gint64 deadline;  /* monotonic time */
};

/* One request over one path. */
struct nd_request {
	const char *url;
	const struct nd_probe_proxy *proxy;    /* NULL: direct */
	bool proxy_credentials;                /* send those of `proxy` */
	const struct nd_secret *authorization; /* or NULL */
	const char *certfile, *keyfile;        /* or NULL */
	bool unverified;
	bool alone;    /* on a connection of its own, which nobody uses after it */
	bool fresh;    /* on a new connection */
	bool packument;
	bool public_host;
};

struct nd_exchange {
	struct nd_net *net;
	struct nd_request request;
	char *url, *host;     /* host without brackets */
	bool https, tunnels, proxy_http, socks;
	CURL *easy;
	struct curl_slist *headers, *proxy_headers;
	struct nd_answer answer, proxy_answer;
	struct nd_hop hop, proxy_hop;
	GString *body;
	size_t header_bytes;
	bool truncated, tunnel_open, sent, running;
	bool carried;         /* on this connection or on one before it, which ended: not sent again */
	bool withheld;        /* stopped before the request: it would have gone out in clear */
	unsigned opened;      /* sockets */
	bool ipv4;            /* one of them was IPv4 */
	int page_fd;          /* page.h; -1: none */
	size_t page_bytes;    /* how many at most */
	gint64 page_until;    /* monotonic time */
	gint64 start, reached_at; /* monotonic time; when the registry's own turn began */
	CURLcode code;
	/* The owner's. */
	void *owner;
	int role, step;
};

/* Starts a request. The exchange lives until the end of the run, because libcurl keeps connections
 * that point to it. NULL where the URL is none or the time is up. */
struct nd_exchange *nd_exchange_start(struct nd_net *net, const struct nd_request *request);
/* Stops it where it still runs. */
void nd_exchange_stop(struct nd_exchange *x);
void nd_exchange_free(struct nd_exchange *x);
/* Turns what was seen into facts. `first` opened the connection that this one used again, or NULL. */
void nd_exchange_read(struct nd_exchange *x, const struct nd_attempt *first, struct nd_attempt *out);

void nd_attempt_copy(struct nd_attempt *to, const struct nd_attempt *from);
void nd_attempt_release(struct nd_attempt *attempt);

#endif
