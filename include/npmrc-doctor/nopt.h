#ifndef NPMRC_DOCTOR_NOPT_H
#define NPMRC_DOCTOR_NOPT_H

#include <glib.h>
#include <stdbool.h>

/* npm's command line as npm reads it: nopt/lib/nopt-lib.js with npm's types and shorthands, the same in
 * npm 9 to 12. */

struct nd_nopt_setting {
	char *key;   /* without dashes and "no-", abbreviations resolved */
	char *value; /* "true" and "false" for what is a flag here */
};

struct nd_nopt {
	GPtrArray *remain;   /* char *: the words that are neither options nor their values */
	GPtrArray *settings; /* struct nd_nopt_setting, in their order */
};

/* arguments are NULL-terminated and exclude the program; `first`: nothing behind the first word counts
 * (npx). */
void nd_nopt_read(char *const *arguments, int npm_major, bool first, struct nd_nopt *out);
void nd_nopt_release(struct nd_nopt *nopt);

#endif
