#ifndef NPMRC_DOCTOR_HELPER_H
#define NPMRC_DOCTOR_HELPER_H

#include <npmrc-doctor/keyring.h>
#include <npmrc-doctor/layer.h>

/* Lines `<nerf dart>:tokenHelper=<path>` that stand for a secret in the keyring, and the executables that
 * they name. pnpm 10 gives up the whole file for one ${VARIABLE} that is not set, so that such a line
 * takes the place of the reference. */

/* Where the executable for a location is, or would be. Owned by the caller; NULL without an absolute home. */
char *nd_helper_path(const struct nd_env *env, const char *location);

/* The locations (char *) of the file's lines that name an executable of ours. Owned by the caller. */
GPtrArray *nd_helper_locations(const struct nd_layer *layer, const struct nd_env *env);

/* The file's bytes with the line in it: in the place of the references to the item's variable, else of
 * the line that is there, else at the end. Owned by the caller. */
GString *nd_helper_put_in(const struct nd_layer *layer, const GPtrArray *references,
	const struct nd_keyring_item *item, const char *path);

/* The file's bytes with references in the place of the item's lines: what they were before. Owned by the
 * caller. */
GString *nd_helper_take_out(const struct nd_layer *layer, const struct nd_keyring_item *item, const char *path);

/* A reference that came into the user's file beside such a line for its location (what a new login wrote and
 * fix moved), as an item for nd_helper_put_in; NULL: there is none. Owned by the caller. */
struct nd_keyring_item *nd_helper_doubled(const struct nd_layer *user, const GPtrArray *references,
	const struct nd_env *env);

/* Puts the bytes in the file's place, unless they are the same; frees them. */
bool nd_helper_write(const struct nd_layer *layer, GString *bytes, GError **err);

#endif
