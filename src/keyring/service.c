#include "service.h"

#include <npmrc-doctor/signals.h>

#define ITEM_INTERFACE "org.freedesktop.Secret.Item"
#define COLLECTION_INTERFACE "org.freedesktop.Secret.Collection"
#define NO_OBJECT "/"

struct request {
	const char *path, *interface, *method;
	GVariant *args; /* floating */
	const char *reply;
};

void nd_keyring_begin(struct nd_keyring *keyring, const char *variable)
{
	int wait_ms = keyring->interactive ? WAIT_INTERACTIVE_MS : WAIT_MS;

	keyring->variable = variable;
	keyring->deadline = g_get_monotonic_time() + wait_ms * 1000;
}

bool nd_keyring_fail(const struct nd_keyring *keyring, enum nd_keyring_error code, GError **err,
	const char *format, ...)
{
	const char *variable = keyring->variable;
	g_autofree char *what = NULL;
	va_list args;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(err, ND_KEYRING_ERROR, code, "%s; on a build agent set %s from the CI's secret store",
		what, variable ? variable : "the variable itself");
	return false;
}

static bool is_timeout(const GError *e)
{
	return g_error_matches(e, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
		g_error_matches(e, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
		g_error_matches(e, G_DBUS_ERROR, G_DBUS_ERROR_TIMED_OUT) ||
		g_error_matches(e, G_DBUS_ERROR, G_DBUS_ERROR_TIMEOUT);
}

/* Nobody owns the name, or whoever should could not be started. */
static bool is_absent(const GError *e)
{
	if (e->domain != G_DBUS_ERROR)
		return false;
	switch (e->code) {
	case G_DBUS_ERROR_SERVICE_UNKNOWN:
	case G_DBUS_ERROR_NAME_HAS_NO_OWNER:
	case G_DBUS_ERROR_UNKNOWN_OBJECT:
	case G_DBUS_ERROR_UNKNOWN_INTERFACE:
	case G_DBUS_ERROR_UNKNOWN_METHOD:
		return true;
	default:
		return e->code >= G_DBUS_ERROR_SPAWN_EXEC_FAILED &&
			e->code <= G_DBUS_ERROR_SPAWN_NO_MEMORY;
	}
}

static bool fail_locked(const struct nd_keyring *keyring, GError **err)
{
	if (keyring->interactive)
		return nd_keyring_fail(keyring, ND_KEYRING_ERROR_LOCKED, err,
			"the keyring is still locked after its prompt; unlock it");
	return nd_keyring_fail(keyring, ND_KEYRING_ERROR_LOCKED, err,
		"the keyring is locked and nobody was asked to unlock it; unlock it, or log in to the "
		"desktop");
}

bool nd_keyring_fail_call(const struct nd_keyring *keyring, GError *cause, GError **err)
{
	g_autoptr(GError) e = cause;

	if (g_error_matches(e, SECRET_ERROR, SECRET_ERROR_IS_LOCKED))
		return fail_locked(keyring, err);
	if (g_error_matches(e, SECRET_ERROR, SECRET_ERROR_NO_SUCH_OBJECT))
		return nd_keyring_fail(keyring, ND_KEYRING_ERROR_MISSING, err,
			"the keyring's item vanished while it was read");
	if (is_timeout(e))
		return nd_keyring_fail(keyring, ND_KEYRING_ERROR_FAILED, err,
			"the Secret Service stopped answering");
	if (is_absent(e))
		return nd_keyring_fail(keyring, ND_KEYRING_ERROR_ABSENT, err,
			"no Secret Service answers on this session's D-Bus; start one (gnome-keyring, "
			"KWallet, KeePassXC)");
	g_dbus_error_strip_remote_error(e);
	return nd_keyring_fail(keyring, ND_KEYRING_ERROR_FAILED, err, "the Secret Service failed (%s)",
		e->message);
}

static GVariant *call(struct nd_keyring *keyring, struct request r, GError **err)
{
	gint64 left = (keyring->deadline - g_get_monotonic_time()) / 1000;
	GError *cause = NULL;
	GVariant *reply = g_dbus_connection_call_sync(keyring->bus, SERVICE_NAME, r.path, r.interface,
		r.method, r.args, G_VARIANT_TYPE(r.reply), G_DBUS_CALL_FLAGS_NONE,
		(int)MAX(left, 1), NULL, &cause);

	if (!reply)
		nd_keyring_fail_call(keyring, cause, err);
	return reply;
}

static GVariant *call_service(struct nd_keyring *keyring, const char *method, GVariant *args,
	const char *reply, GError **err)
{
	return call(keyring,
		(struct request){ SERVICE_PATH, SERVICE_INTERFACE, method, args, reply }, err);
}

static GVariant *get_property(struct nd_keyring *keyring, const char *path, const char *interface,
	const char *name, GError **err)
{
	g_autoptr(GVariant) reply = NULL;
	GVariant *value;

	reply = call(keyring,
		(struct request){ path, "org.freedesktop.DBus.Properties", "Get",
			g_variant_new("(ss)", interface, name), "(v)" },
		err);
	if (!reply)
		return NULL;
	g_variant_get(reply, "(v)", &value);
	return value;
}

void nd_found_release(struct nd_found *found)
{
	g_clear_pointer(&found->unlocked, g_strfreev);
	g_clear_pointer(&found->locked, g_strfreev);
}

bool nd_service_search(struct nd_keyring *keyring, GVariant *attributes, struct nd_found *found,
	GError **err)
{
	g_autoptr(GVariant) reply = call_service(keyring, "SearchItems",
		g_variant_new("(@a{ss})", attributes), "(aoao)", err);

	if (!reply)
		return false;
	nd_found_release(found);
	g_variant_get(reply, "(^ao^ao)", &found->unlocked, &found->locked);
	return true;
}

char *nd_service_alias(struct nd_keyring *keyring, const char *alias, GError **err)
{
	g_autoptr(GVariant) reply = call_service(keyring, "ReadAlias",
		g_variant_new("(s)", alias), "(o)", err);
	const char *path;

	if (!reply)
		return NULL;
	g_variant_get(reply, "(&o)", &path);
	return g_str_equal(path, NO_OBJECT) ? NULL : g_strdup(path);
}

bool nd_service_is_locked(struct nd_keyring *keyring, const char *collection, bool *locked,
	GError **err)
{
	g_autoptr(GVariant) value =
		get_property(keyring, collection, COLLECTION_INTERFACE, "Locked", err);

	if (!value)
		return false;
	*locked = g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN) && g_variant_get_boolean(value);
	return true;
}

/* How a prompt ended; written by GIO's thread, which may hold on to it a little longer than we do. */
struct ending {
	char *prompt;
	gint dismissed;
};

static void ending_clear(gpointer data)
{
	g_free(((struct ending *)data)->prompt);
}

static void ending_release(gpointer data)
{
	g_atomic_rc_box_release_full(data, ending_clear);
}

static GDBusMessage *watch_ending(GDBusConnection *bus, GDBusMessage *message, gboolean incoming,
	gpointer data)
{
	struct ending *ending = data;
	GVariant *body = g_dbus_message_get_body(message);
	gboolean dismissed = FALSE;

	(void)bus;
	if (incoming && g_dbus_message_get_message_type(message) == G_DBUS_MESSAGE_TYPE_SIGNAL &&
		g_strcmp0(g_dbus_message_get_member(message), "Completed") == 0 &&
		g_strcmp0(g_dbus_message_get_path(message), ending->prompt) == 0 && body &&
		g_variant_is_of_type(body, G_VARIANT_TYPE("(bv)"))) {
		g_variant_get_child(body, 0, "b", &dismissed);
		g_atomic_int_set(&ending->dismissed, dismissed);
	}
	return message;
}

/* libsecret promises NULL without an error for a dismissed prompt, but up to 0.20.5 at least gives
 * whatever came with the signal: so the signal is read here as well, before libsecret sees it. */
static GVariant *perform(struct nd_keyring *keyring, const char *prompt, const char *type,
	GError **cause)
{
	struct ending *ending = g_atomic_rc_box_new0(struct ending);
	GVariant *result;
	guint filter;

	ending->prompt = g_strdup(prompt);
	filter = g_dbus_connection_add_filter(keyring->bus, watch_ending,
		g_atomic_rc_box_acquire(ending), ending_release);
	result = secret_service_prompt_at_dbus_path_sync(keyring->service, prompt, NULL,
		G_VARIANT_TYPE(type), cause);
	g_dbus_connection_remove_filter(keyring->bus, filter);
	if (g_atomic_int_get(&ending->dismissed))
		g_clear_pointer(&result, g_variant_unref);
	ending_release(ending);
	return result;
}

/* The service shows a prompt only when it is told to; without `interactive` it is told that none is
 * wanted. Returns what the prompt gave, or NULL with an error. */
static GVariant *answer(struct nd_keyring *keyring, const char *prompt, const char *type, GError **err)
{
	GError *cause = NULL;
	GVariant *result;
	sigset_t old;

	if (!keyring->interactive) {
		g_dbus_connection_call(keyring->bus, SERVICE_NAME, prompt, "org.freedesktop.Secret.Prompt",
			"Dismiss", NULL, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
		fail_locked(keyring, err);
		return NULL;
	}
	nd_signals_admit(&old);
	result = perform(keyring, prompt, type, &cause);
	nd_signals_release(&old);
	/* However long the user took, the calls behind it have their time. */
	nd_keyring_begin(keyring, keyring->variable);
	if (cause)
		nd_keyring_fail_call(keyring, cause, err);
	else if (!result)
		nd_keyring_fail(keyring, ND_KEYRING_ERROR_DISMISSED, err,
			"the prompt of the keyring was dismissed, or could not be shown; nothing was done");
	return result;
}

bool nd_service_unlock(struct nd_keyring *keyring, const char *const *paths, GError **err)
{
	g_autoptr(GVariant) reply = NULL, later = NULL;
	g_autofree const char **unlocked = NULL;
	const char *prompt;
	size_t n;

	reply = call_service(keyring, "Unlock",
		g_variant_new("(@ao)", g_variant_new_objv(paths, -1)), "(aoo)", err);
	if (!reply)
		return false;
	g_variant_get(reply, "(^a&o&o)", &unlocked, &prompt);
	n = g_strv_length((char **)unlocked);
	if (!g_str_equal(prompt, NO_OBJECT)) {
		later = answer(keyring, prompt, "ao", err);
		if (!later)
			return false;
		n += g_variant_n_children(later);
	}
	return n >= g_strv_length((char **)paths) || fail_locked(keyring, err);
}

GHashTable *nd_service_attributes(struct nd_keyring *keyring, const char *item, GError **err)
{
	g_autoptr(GVariant) value = get_property(keyring, item, ITEM_INTERFACE, "Attributes", err);
	g_autoptr(GHashTable) table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	GVariantIter iter;
	char *key, *text;

	if (!value)
		return NULL;
	if (!g_variant_is_of_type(value, G_VARIANT_TYPE("a{ss}"))) {
		nd_keyring_fail(keyring, ND_KEYRING_ERROR_FAILED, err,
			"the Secret Service describes an item in a way that is not the standard's");
		return NULL;
	}
	g_variant_iter_init(&iter, value);
	while (g_variant_iter_next(&iter, "{ss}", &key, &text))
		g_hash_table_insert(table, key, text);
	return g_steal_pointer(&table);
}

static struct nd_secret *decode(struct nd_keyring *keyring, GVariant *encoded, GError **err)
{
	SecretValue *value = secret_service_decode_dbus_secret(keyring->service, encoded);
	struct nd_secret *secret;
	struct nd_span bytes;

	if (!value) {
		nd_keyring_fail(keyring, ND_KEYRING_ERROR_FAILED, err,
			"the Secret Service sent a secret that cannot be decrypted");
		return NULL;
	}
	bytes.p = secret_value_get(value, &bytes.n);
	secret = nd_secret_new(bytes);
	secret_value_unref(value); /* libsecret wipes it */
	return secret;
}

struct nd_secret *nd_service_read(struct nd_keyring *keyring, const char *item, GError **err)
{
	const char *paths[] = { item, NULL };
	const char *session = secret_service_get_session_dbus_path(keyring->service);
	g_autoptr(GVariant) reply = NULL, table = NULL, encoded = NULL;

	reply = call_service(keyring, "GetSecrets",
		g_variant_new("(@aoo)", g_variant_new_objv(paths, -1), session), "(a{o(oayays)})", err);
	if (!reply)
		return NULL;
	table = g_variant_get_child_value(reply, 0);
	if (g_variant_n_children(table) == 0) {
		/* What the service says of items that are locked or gone by now. */
		nd_keyring_fail(keyring, ND_KEYRING_ERROR_LOCKED, err,
			"the keyring keeps its secret back: it was locked meanwhile");
		return NULL;
	}
	g_variant_get_child(table, 0, "{o@(oayays)}", NULL, &encoded);
	return decode(keyring, encoded, err);
}

/* Attention: where the service knows no encryption this holds the plain secret until it is freed. */
static GVariant *encode(struct nd_keyring *keyring, const struct nd_secret *secret)
{
	struct nd_span bytes = nd_secret_reveal(secret);
	bool text = g_utf8_validate_len(bytes.p, bytes.n, NULL);
	SecretValue *value = secret_value_new(bytes.p, (gssize)bytes.n,
		text ? "text/plain" : "application/octet-stream");
	/* Floating in some versions of libsecret, a full reference according to its manual. */
	GVariant *encoded =
		g_variant_take_ref(secret_service_encode_dbus_secret(keyring->service, value));

	secret_value_unref(value);
	return encoded;
}

bool nd_service_write(struct nd_keyring *keyring, const char *item, const struct nd_secret *secret,
	GError **err)
{
	g_autoptr(GVariant) encoded = encode(keyring, secret);
	g_autoptr(GVariant) reply = call(keyring,
		(struct request){ item, ITEM_INTERFACE, "SetSecret",
			g_variant_new("(@(oayays))", encoded), "()" },
		err);

	return reply != NULL;
}

bool nd_service_delete(struct nd_keyring *keyring, const char *item, GError **err)
{
	g_autoptr(GVariant) reply =
		call(keyring, (struct request){ item, ITEM_INTERFACE, "Delete", NULL, "(o)" }, err);
	g_autoptr(GVariant) later = NULL;
	const char *prompt;

	if (!reply)
		return false;
	g_variant_get(reply, "(&o)", &prompt);
	if (g_str_equal(prompt, NO_OBJECT))
		return true;
	later = answer(keyring, prompt, "*", err);
	return later != NULL;
}

static GVariant *properties(const struct nd_new_item *item)
{
	GVariantBuilder builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a{sv}"));

	g_variant_builder_add(&builder, "{sv}", ITEM_INTERFACE ".Label",
		g_variant_new_string(item->label));
	g_variant_builder_add(&builder, "{sv}", ITEM_INTERFACE ".Attributes", item->attributes);
	return g_variant_builder_end(&builder);
}

char *nd_service_create(struct nd_keyring *keyring, const struct nd_new_item *item, GError **err)
{
	g_autoptr(GVariant) encoded = encode(keyring, item->secret);
	g_autoptr(GVariant) reply = NULL, later = NULL;
	const char *path, *prompt;

	reply = call(keyring,
		(struct request){ item->collection, COLLECTION_INTERFACE, "CreateItem",
			g_variant_new("(@a{sv}@(oayays)b)", properties(item), encoded, TRUE), "(oo)" },
		err);
	if (!reply)
		return NULL;
	g_variant_get(reply, "(&o&o)", &path, &prompt);
	if (g_str_equal(prompt, NO_OBJECT))
		return g_strdup(path);
	later = answer(keyring, prompt, "o", err);
	return later ? g_variant_dup_string(later, NULL) : NULL;
}
