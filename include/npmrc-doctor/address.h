#ifndef NPMRC_DOCTOR_ADDRESS_H
#define NPMRC_DOCTOR_ADDRESS_H

#include <npmrc-doctor/span.h>
#include <stdbool.h>

/* Whether the text is an address of a network interface of this machine that is up, in the spelling
 * of node's os.networkInterfaces(). */
bool nd_address_is_local(struct nd_span text);

#endif
