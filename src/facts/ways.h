#ifndef ND_FACTS_WAYS_H
#define ND_FACTS_WAYS_H

#include <npmrc-doctor/probe.h>

/* NONE for a scheme that npm's agents do not know. */
enum nd_proxy_kind nd_proxy_kind_of(const char *scheme);
/* Without the brackets of IPv6; owned by the caller. */
char *nd_bare_host(const char *host);

struct nd_registry_facts;
/* Whether what npm sends to the registry leaves this machine unencrypted. */
bool nd_goes_in_clear(const struct nd_registry_facts *registry);

#endif
