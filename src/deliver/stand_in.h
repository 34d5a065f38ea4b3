#ifndef ND_DELIVER_STAND_IN_H
#define ND_DELIVER_STAND_IN_H

#include <npmrc-doctor/layer.h>

#include <npmrc-doctor/keyring.h>

/* What npm gets for lines of the user's file that are for pnpm alone: the secret that a helper of ours
 * would print. */

/* The locations (char *) of such lines, but for those for which npm finds credentials anyway. */
GPtrArray *nd_stand_in_locations(const struct nd_layers *layers);

/* Adds the setting (struct nd_delivered: npm's key and the value) for one of them. */
bool nd_stand_in_fetch(const struct nd_layers *layers, const char *location, struct nd_keyring *keyring,
	GPtrArray *out, GError **err);

/* The text of the file, which is freed, with the settings in front, or NULL where a value has no
 * spelling. */
GString *nd_stand_in_prepend(GString *file, const GPtrArray *settings, int npm_major);

#endif
