#ifndef ND_PROBE_HOP_H
#define ND_PROBE_HOP_H

#include "roots.h"

#include <openssl/ssl.h>

enum nd_hop_failure {
	ND_HOP_FINE,
	ND_HOP_UNTRUSTED, /* we turned the certificate down */
	ND_HOP_NOT_TLS,   /* what came is no TLS record */
	ND_HOP_REFUSED,   /* an alert, or nothing in common */
};

/* One TLS handshake: with the registry, or with an https:// proxy. */
struct nd_hop {
	const char *host;        /* without brackets */
	bool unverified, public_host;
	struct nd_roots *roots;
	bool begun, done;
	gint64 done_at, waited;  /* monotonic time; how long our own look-up of the roots took */
	enum nd_hop_failure failure;
	bool given;              /* npm's verdict rests on the given certificates alone */
	X509 *leaf;
	STACK_OF(X509) *sent;
	struct nd_tls_facts facts;
};

/* Lets `hop` do the verification and the watching of this context's handshake. */
void nd_hop_attach(struct nd_hop *hop, SSL_CTX *ctx);
/* Adds the verdicts by the other stores, where they say something: that costs time. */
void nd_hop_judge(struct nd_hop *hop);
/* Whether the certificate that came is none of a public CA. */
bool nd_hop_is_private(const struct nd_hop *hop);
void nd_hop_release(struct nd_hop *hop);

/* As node's tls.checkServerIdentity does it. */
bool nd_name_matches(const char *host, char **alt_names, X509 *leaf);

void nd_tls_facts_copy(struct nd_tls_facts *to, const struct nd_tls_facts *from);
void nd_tls_facts_release(struct nd_tls_facts *facts);

#endif
