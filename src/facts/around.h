#ifndef ND_FACTS_AROUND_H
#define ND_FACTS_AROUND_H

#include <npmrc-doctor/facts.h>

/* Fills misnamed, ignored and lockfile: what lies beside the files that npm reads. */
void nd_facts_look_around(struct nd_facts *facts);

#endif
