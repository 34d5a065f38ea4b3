#ifndef ND_PROBE_ROOTS_H
#define ND_PROBE_ROOTS_H

#include <npmrc-doctor/probe.h>
#include <openssl/x509.h>

/* The stores of one run. Each is read when it is first needed, and once; what is in them is parsed only
 * as far as a chain needs it. */
struct nd_roots;

struct nd_roots *nd_roots_new(const struct nd_probe_trust *trust, gint64 deadline);
void nd_roots_free(struct nd_roots *roots);
/* Starts reading node's roots while the network is busy, where they will surely be needed. */
void nd_roots_prefetch(struct nd_roots *roots);

/* The X509_V_* code that node would report. `*given` is set where `ca`, `cafile` or the extra
 * certificates alone were enough. */
int nd_roots_verify_npm(struct nd_roots *roots, X509 *leaf, STACK_OF(X509) *sent, bool *given);
int nd_roots_verify_system(struct nd_roots *roots, X509 *leaf, STACK_OF(X509) *sent);
int nd_roots_verify_public(struct nd_roots *roots, X509 *leaf, STACK_OF(X509) *sent);
/* The root by which the system accepts the chain, or NULL; owned by the caller. */
X509 *nd_roots_system_anchor(struct nd_roots *roots, X509 *leaf, STACK_OF(X509) *sent);
/* The public roots: DER, borrowed. */
const GPtrArray *nd_roots_public(struct nd_roots *roots);
/* The system's file of roots that accepts the chain, static, or NULL. */
const char *nd_roots_bundle_for(X509 *leaf, STACK_OF(X509) *sent);
/* Whether what npm trusts besides the given certificates is the public roots and nothing else. */
bool nd_roots_npm_is_public(const struct nd_roots *roots);
/* Whether the system's bundle stands in for node's roots, which could not be had. */
bool nd_roots_stand_in(const struct nd_roots *roots);

#endif
