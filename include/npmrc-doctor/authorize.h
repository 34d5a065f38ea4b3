#ifndef NPMRC_DOCTOR_AUTHORIZE_H
#define NPMRC_DOCTOR_AUTHORIZE_H

#include <npmrc-doctor/keyring.h>
#include <npmrc-doctor/layer.h>

/* //host[:port]/path/ of what the user calls a registry (a URL, with or without the slash at its
 * end, or a nerf dart already), or NULL. Owned by the caller. */
char *nd_authorize_nerf(const char *registry);

/* Which items will do. */
struct nd_authorize {
	const GPtrArray *files;      /* char *, links resolved; the first comes first */
	const GPtrArray *references; /* struct nd_reference of those files, or NULL: to tell a key's last line */
};

/* The keyring's item for the registry, or for the nearest path above it that has one, of one of these files
 * and never of another. Owned by the caller; NULL with a reason. */
struct nd_keyring_item *nd_authorize_find(
	struct nd_keyring *keyring, const char *nerf, const struct nd_authorize *how, GError **err);

/* The value of the Authorization header that npm would send for the item, whose file is read as these
 * layers were. Owned by the caller; NULL with an error. */
struct nd_secret *nd_authorize_header(struct nd_keyring *keyring,
	const struct nd_keyring_item *item, const struct nd_layers *layers, GError **err);

#endif
