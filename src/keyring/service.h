#ifndef ND_KEYRING_SERVICE_H
#define ND_KEYRING_SERVICE_H

/* libsecret calls the functions that work on object paths unstable; they are in its ABI all the same
 * since 0.18, and they alone allow to look before anything prompts. */
#define SECRET_API_SUBJECT_TO_CHANGE
#include <gio/gio.h>
#include <libsecret/secret.h>
#include <npmrc-doctor/keyring.h>

#define SERVICE_NAME "org.freedesktop.secrets"
#define SERVICE_PATH "/org/freedesktop/secrets"
#define SERVICE_INTERFACE "org.freedesktop.Secret.Service"

/* By how much all is slower for which this is built: for valgrind. */
#ifndef ND_SLOW
#define ND_SLOW 1
#endif
/* What a caller who shows no prompt waits for in all, and one who may show one for each call. */
#define WAIT_MS (900 * ND_SLOW)
#define WAIT_INTERACTIVE_MS 10000

struct nd_keyring {
	GDBusConnection *bus;
	SecretService *service; /* for its session, which encrypts secrets on their way */
	bool interactive;
	gint64 deadline;      /* of the operation at hand, monotonic */
	const char *variable; /* what the operation is about, for messages; or NULL */
};

/* Connects and opens a session, both within bounds. */
bool nd_keyring_connect(struct nd_keyring *keyring, GError **err);

/* Starts the clock of an operation. */
void nd_keyring_begin(struct nd_keyring *keyring, const char *variable);

/* Sets an error that ends with what to do on a build agent. Returns false. */
bool nd_keyring_fail(const struct nd_keyring *keyring, enum nd_keyring_error code, GError **err,
	const char *format, ...) G_GNUC_PRINTF(4, 5);

/* Turns what a call failed with, which is freed, into an error of ours. Returns false. */
bool nd_keyring_fail_call(const struct nd_keyring *keyring, GError *cause, GError **err);

/* The items of this tool with these attributes (a{ss}, floating), as object paths. */
struct nd_found {
	char **unlocked, **locked;
};
bool nd_service_search(struct nd_keyring *keyring, GVariant *attributes, struct nd_found *found,
	GError **err);
void nd_found_release(struct nd_found *found);

/* The path of the collection that an alias stands for (SECRET_COLLECTION_DEFAULT, ..._SESSION), owned by the
 * caller; NULL without an error if there is none. */
char *nd_service_alias(struct nd_keyring *keyring, const char *alias, GError **err);
bool nd_service_is_locked(struct nd_keyring *keyring, const char *collection, bool *locked,
	GError **err);

/* Unlocks; true only if none of the paths is locked any more. */
bool nd_service_unlock(struct nd_keyring *keyring, const char *const *paths, GError **err);

GHashTable *nd_service_attributes(struct nd_keyring *keyring, const char *item, GError **err);
struct nd_secret *nd_service_read(struct nd_keyring *keyring, const char *item, GError **err);
bool nd_service_write(struct nd_keyring *keyring, const char *item, const struct nd_secret *secret,
	GError **err);
bool nd_service_delete(struct nd_keyring *keyring, const char *item, GError **err);

/* A new item; its path is owned by the caller. */
struct nd_new_item {
	const char *collection, *label;
	GVariant *attributes; /* a{ss}, floating */
	const struct nd_secret *secret;
};
char *nd_service_create(struct nd_keyring *keyring, const struct nd_new_item *item, GError **err);

#endif
