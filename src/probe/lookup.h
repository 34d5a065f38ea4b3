#ifndef ND_PROBE_LOOKUP_H
#define ND_PROBE_LOOKUP_H

#include <npmrc-doctor/probe.h>

/* libcurl says that a name was not found, but not why: because there is none, or because nobody was there
 * to ask. Looks those names up again and sets `no_name_server`; done by the deadline, and long before. */
void nd_lookup_explain(const struct nd_probe_target *targets, size_t n, GPtrArray *results,
	gint64 deadline);

#endif
