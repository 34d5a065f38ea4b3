#ifndef ND_FACTS_PACKAGES_H
#define ND_FACTS_PACKAGES_H

#include <npmrc-doctor/facts.h>

/* Gives each registry a package that the project would fetch from it, where there is one. */
void nd_facts_choose_packages(struct nd_facts *facts);

#endif
