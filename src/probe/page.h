#ifndef ND_PROBE_PAGE_H
#define ND_PROBE_PAGE_H

#include "exchange.h"

/* The page that a proxy sends along when it refuses a tunnel. libcurl gives it to nobody, so the socket
 * is kept and read here: as far as it comes within a second, and 64 KiB of it. */

/* The refusal's head is complete: keeps the socket. Not over TLS, whose bytes libcurl alone can read. */
void nd_page_begin(struct nd_exchange *x);
/* Whether there is more to wait for. Takes into the exchange's body what has come. */
bool nd_page_read(struct nd_exchange *x);
void nd_page_end(struct nd_exchange *x);

#endif
