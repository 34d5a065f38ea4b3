#ifndef ND_PROBE_ANCHOR_H
#define ND_PROBE_ANCHOR_H

#include "roots.h"

/* PEM of the root that would make npm accept the chain, owned by the caller; NULL: it was not sent and the
 * system does not know it either. */
char *nd_anchor_find(struct nd_roots *roots, X509 *leaf, STACK_OF(X509) *sent, bool by_system);

#endif
