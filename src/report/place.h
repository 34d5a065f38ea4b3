#ifndef ND_REPORT_PLACE_H
#define ND_REPORT_PLACE_H

#include <npmrc-doctor/origin.h>

/* The place as people read it: FILE:LINE, environment variable NAME, command line, default. Owned by
 * the caller. */
char *nd_origin_text(const struct nd_origin *origin);

#endif
