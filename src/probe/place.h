#ifndef ND_PROBE_PLACE_H
#define ND_PROBE_PLACE_H

#include <stdbool.h>

/* The registry's URL without userinfo, query and fragment and with a final slash; NULL where it is no
 * http(s) URL. */
char *nd_place_base(const char *url);
/* The same place over the other of http and https. */
char *nd_place_other(const char *base);
char *nd_place_package(const char *base, const char *package);
/* Where a Location header leads; NULL where that is no http(s) URL. */
char *nd_place_resolve(const char *base, const char *location);
/* host[:port] of a URL, in lower case, without its scheme's own port; NULL where it is none. */
char *nd_place_host(const char *url);
bool nd_place_is_https(const char *base);

#endif
