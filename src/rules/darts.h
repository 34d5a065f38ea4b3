#ifndef ND_RULES_DARTS_H
#define ND_RULES_DARTS_H

#include <npmrc-doctor/facts.h>
#include <stdbool.h>

/* The registries in use, as the keys of credentials are compared with them: by npm's "nerf dart" of their URL,
 * //host:port/path/. Each is parsed once, and found by what a key says, so that many credentials for many
 * registries cost no more than each by itself. Borrows the facts. */

/* How well the //host/path/ of a key fits a registry. */
enum nd_fit {
	ND_FIT_OTHER_HOST,
	ND_FIT_NONE,   /* the host is the same, and npm sends nothing */
	ND_FIT_WALK,   /* an install sends them, npm's exact lookup misses them */
	ND_FIT_EXACT,
};

struct nd_darts;

struct nd_darts *nd_darts_new(const struct nd_facts *facts);
void nd_darts_free(struct nd_darts *darts);

bool nd_darts_has(const struct nd_darts *darts, const char *nerf);
/* Whether a registry that keys of that prefix are for is reached over http. */
bool nd_darts_in_clear(const struct nd_darts *darts, const char *nerf);

/* The best fit of all registries that go without (others have their own, and these are for another project).
 * *nerf is the key for what lies below the only one on the same host, or NULL; borrowed from the darts, and not
 * looked for where the fit is exact. */
enum nd_fit nd_darts_fit(const struct nd_darts *darts, const char *prefix, const char **nerf);

#endif
