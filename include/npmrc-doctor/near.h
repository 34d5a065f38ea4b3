#ifndef NPMRC_DOCTOR_NEAR_H
#define NPMRC_DOCTOR_NEAR_H

#include <npmrc-doctor/span.h>

/* Which word a misspelt one means. */

/* Longer words are near none. */
#define ND_NEAR_MAX 64

/* How many letters must be inserted, deleted, changed or swapped with their neighbour to make one of the
 * other; `most` + 1 where more than `most`. */
unsigned nd_near_distance(struct nd_span a, struct nd_span b, unsigned most);

struct nd_near {
	const char *wanted; /* borrowed */
	const char *word;   /* the nearest so far, borrowed; NULL where none is near enough to be meant */
	unsigned distance;
};
void nd_near_init(struct nd_near *near, const char *wanted);
/* Of words that are equally near the first stays. A word that begins like the wanted one is near. */
void nd_near_consider(struct nd_near *near, const char *word);

#endif
