#include <npmrc-doctor/keyring.h>
#include <npmrc-doctor/load.h>

/* Forwarders to the keyring module: only nd_keyring_open can find it missing. */

/* A declaration. NOLINTNEXTLINE(bugprone-macro-parentheses) */
#define FORWARD(function) __typeof__(function) *forward = nd_load_symbol("keyring", #function, NULL)

G_DEFINE_QUARK(nd-keyring-error, nd_keyring_error)

struct nd_keyring *nd_keyring_open(bool interactive, GError **err)
{
	__typeof__(nd_keyring_open) *open = nd_load_symbol("keyring", "nd_keyring_open", err);

	return open ? open(interactive, err) : NULL;
}

void nd_keyring_free(struct nd_keyring *keyring)
{
	if (keyring) {
		FORWARD(nd_keyring_free);
		forward(keyring);
	}
}

bool nd_keyring_store(struct nd_keyring *keyring, const struct nd_keyring_item *item,
	const struct nd_secret *secret, GError **err)
{
	FORWARD(nd_keyring_store);
	return forward(keyring, item, secret, err);
}

struct nd_secret *nd_keyring_lookup(struct nd_keyring *keyring, const char *file, const char *variable,
	GError **err)
{
	FORWARD(nd_keyring_lookup);
	return forward(keyring, file, variable, err);
}

GPtrArray *nd_keyring_list(struct nd_keyring *keyring, GError **err)
{
	FORWARD(nd_keyring_list);
	return forward(keyring, err);
}

bool nd_keyring_delete(struct nd_keyring *keyring, const struct nd_keyring_item *item, GError **err)
{
	FORWARD(nd_keyring_delete);
	return forward(keyring, item, err);
}

struct nd_keyring_item *nd_keyring_item_new(const char *file, const char *location, const char *key,
	const char *variable)
{
	FORWARD(nd_keyring_item_new);
	return forward(file, location, key, variable);
}

void nd_keyring_item_free(struct nd_keyring_item *item)
{
	if (item) {
		FORWARD(nd_keyring_item_free);
		forward(item);
	}
}
