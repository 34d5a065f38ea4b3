#ifndef ND_PROBE_HIDE_H
#define ND_PROBE_HIDE_H

#include "exchange.h"

/* The user and password of a proxy as Basic credentials carry them; owned by the caller. */
char *nd_basic_pair(const struct nd_probe_proxy *proxy);
/* Drops the texts of an answer that repeat a secret which the request carried: as it is, in base64 or
 * percent-encoded. */
void nd_hide_secrets(const struct nd_request *request, struct nd_attempt *out);

#endif
