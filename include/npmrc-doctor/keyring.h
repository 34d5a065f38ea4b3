#ifndef NPMRC_DOCTOR_KEYRING_H
#define NPMRC_DOCTOR_KEYRING_H

#include <glib.h>
#include <npmrc-doctor/secret.h>
#include <stdbool.h>

/* The OS keyring (Secret Service), schema io.github.npmrc_doctor.Credential. libsecret stays behind
 * this header. Unless `interactive` was given, no call prompts and none waits longer than a second. */

/* Longer secrets are refused, never cut. */
#define ND_KEYRING_MAX_SECRET ((size_t)64 * 1024)

enum nd_keyring_error {
	ND_KEYRING_ERROR_ABSENT,        /* no D-Bus session or no Secret Service on it */
	ND_KEYRING_ERROR_NO_COLLECTION, /* it has no default collection */
	ND_KEYRING_ERROR_LOCKED,        /* the collection or the item is locked */
	ND_KEYRING_ERROR_DISMISSED,     /* the user dismissed the prompt */
	ND_KEYRING_ERROR_MISSING,       /* no such item */
	ND_KEYRING_ERROR_MISMATCH,      /* what was read back differs from what was stored */
	ND_KEYRING_ERROR_TOO_BIG,
	ND_KEYRING_ERROR_FAILED,        /* anything else */
};
#define ND_KEYRING_ERROR (nd_keyring_error_quark())
GQuark nd_keyring_error_quark(void);

/* What identifies an item. Strings never hold a secret. */
struct nd_keyring_item {
	char *file;     /* absolute path of the .npmrc, links resolved */
	char *location; /* nerf dart, or host:port of the proxy */
	char *key;      /* _authToken, proxy, ... */
	char *variable; /* NPMRC_SECRET_... */
	char *machine;  /* in lists: the host that stored it, where that is another one than this; else NULL */
};
struct nd_keyring_item *nd_keyring_item_new(const char *file, const char *location, const char *key,
	const char *variable);
void nd_keyring_item_free(struct nd_keyring_item *item);

struct nd_keyring;

/* Connects to the Secret Service of this session. `interactive`: the service may prompt to unlock. Owned by the
 * caller; NULL with an error that says what to do instead. */
struct nd_keyring *nd_keyring_open(bool interactive, GError **err);
void nd_keyring_free(struct nd_keyring *keyring);

/* Stores (replacing this machine's item with the same four attributes), reads back and compares. Where
 * several machines share one keyring each has its own: the attribute `machine` is the host's name. An
 * item without it counts as this machine's. */
bool nd_keyring_store(struct nd_keyring *keyring, const struct nd_keyring_item *item,
	const struct nd_secret *secret, GError **err) G_GNUC_WARN_UNUSED_RESULT;

/* The secret of the variable as stored for that file; with file NULL, or where that file has none, the
 * only item of that variable. This machine's item comes before another's, which will do where there is no
 * other: a home that is copied from machine to machine takes its file along. Owned by the caller; NULL with an error
 * otherwise. */
struct nd_secret *nd_keyring_lookup(struct nd_keyring *keyring, const char *file,
	const char *variable, GError **err) G_GNUC_WARN_UNUSED_RESULT;

/* Every item of this tool (struct nd_keyring_item), sorted; owned by the caller. */
GPtrArray *nd_keyring_list(struct nd_keyring *keyring, GError **err);

/* Removes the item, of this machine unless it names another; an absent one is an error (MISSING). */
bool nd_keyring_delete(struct nd_keyring *keyring, const struct nd_keyring_item *item, GError **err)
	G_GNUC_WARN_UNUSED_RESULT;

#endif
