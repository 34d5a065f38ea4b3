/* A Secret Service that does what gnome-keyring cannot be made to do: keyring_mock MODE...
 *   locked   its collection is locked, and says nothing of what is in it
 *   accept   whoever is prompted unlocks; without it, the prompt is dismissed
 *   garble   it stores another secret than it is given
 * It holds one item, encrypts nothing, and prints `ready`, then `prompt` or `dismiss` whenever one of
 * these is asked of its prompt. It ends with its bus. */
#include <gio/gio.h>
#include <stdbool.h>
#include <stdio.h>

#define ROOT "/org/freedesktop/secrets"
#define COLLECTION ROOT "/collection/mock"
#define ITEM COLLECTION "/1"
#define PROMPT ROOT "/prompt/1"
#define SESSION ROOT "/session/1"

struct mock {
	GDBusConnection *bus;
	bool locked, accept, garble;
	GVariant *attributes;
	GString *secret;
};

static GVariant *paths(bool one)
{
	const char *item[] = { one ? ITEM : NULL, NULL };

	return g_variant_new_objv(item, -1);
}

static GVariant *stored(const struct mock *mock)
{
	return g_variant_new("(@o@ay@ays)", g_variant_new_object_path(SESSION),
		g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, "", 0, 1),
		g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, mock->secret->str, mock->secret->len, 1),
		"text/plain");
}

static void take(struct mock *mock, GVariant *encoded)
{
	g_autoptr(GVariant) value = g_variant_get_child_value(encoded, 2);
	gsize n;
	const char *bytes = g_variant_get_fixed_array(value, &n, 1);

	g_string_truncate(mock->secret, 0);
	g_string_append_len(mock->secret, bytes, (gssize)n);
	if (mock->garble && n > 0)
		mock->secret->str[n - 1] ^= 1;
}

static bool wanted(const struct mock *mock, GVariant *attributes)
{
	GVariantIter iter;
	const char *key, *text, *mine;

	if (!mock->attributes)
		return false;
	g_variant_iter_init(&iter, attributes);
	while (g_variant_iter_next(&iter, "{&s&s}", &key, &text))
		if (!g_variant_lookup(mock->attributes, key, "&s", &mine) || !g_str_equal(mine, text))
			return false;
	return true;
}

static GVariant *search(struct mock *mock, GVariant *args)
{
	g_autoptr(GVariant) attributes = g_variant_get_child_value(args, 0);

	return g_variant_new("(@ao@ao)", paths(!mock->locked && wanted(mock, attributes)), paths(false));
}

static GVariant *secrets(struct mock *mock)
{
	GVariantBuilder builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a{o(oayays)}"));

	g_variant_builder_add(&builder, "{o@(oayays)}", ITEM, stored(mock));
	return g_variant_new("(@a{o(oayays)})", g_variant_builder_end(&builder));
}

static GVariant *create(struct mock *mock, GVariant *args)
{
	g_autoptr(GVariant) properties = g_variant_get_child_value(args, 0);
	g_autoptr(GVariant) encoded = g_variant_get_child_value(args, 1);

	g_clear_pointer(&mock->attributes, g_variant_unref);
	mock->attributes = g_variant_lookup_value(properties, "org.freedesktop.Secret.Item.Attributes",
		G_VARIANT_TYPE("a{ss}"));
	take(mock, encoded);
	return g_variant_new("(oo)", ITEM, "/");
}

static GVariant *set_secret(struct mock *mock, GVariant *args)
{
	g_autoptr(GVariant) encoded = g_variant_get_child_value(args, 0);

	take(mock, encoded);
	return g_variant_new("()");
}

static GVariant *unlock(struct mock *mock, GVariant *args)
{
	g_autoptr(GVariant) asked = g_variant_get_child_value(args, 0);

	if (mock->locked)
		return g_variant_new("(@aoo)", paths(false), PROMPT);
	return g_variant_new("(@aoo)", asked, "/");
}

static GVariant *prompt(struct mock *mock)
{
	const char *unlocked[] = { COLLECTION, NULL };

	puts("prompt");
	mock->locked = mock->locked && !mock->accept;
	g_dbus_connection_emit_signal(mock->bus, NULL, PROMPT, "org.freedesktop.Secret.Prompt", "Completed",
		g_variant_new("(bv)", !mock->accept, g_variant_new_objv(unlocked, mock->accept ? 1 : 0)), NULL);
	return g_variant_new("()");
}

static GVariant *read_alias(GVariant *args)
{
	const char *alias;

	g_variant_get_child(args, 0, "&s", &alias);
	return g_variant_new("(o)", g_str_equal(alias, "default") ? COLLECTION : "/");
}

static GVariant *property(const struct mock *mock, GVariant *args)
{
	const char *name;

	g_variant_get_child(args, 1, "&s", &name);
	if (g_str_equal(name, "Attributes") && mock->attributes)
		return g_variant_new("(v)", mock->attributes);
	return g_variant_new("(v)", g_variant_new_boolean(mock->locked));
}

static GVariant *answer(struct mock *mock, const char *method, GVariant *args)
{
	if (g_str_equal(method, "OpenSession")) {
		const char *algorithm;

		g_variant_get_child(args, 0, "&s", &algorithm);
		return g_str_equal(algorithm, "plain") ?
			g_variant_new("(vo)", g_variant_new_string(""), SESSION) : NULL;
	}
	if (g_str_equal(method, "SearchItems"))
		return search(mock, args);
	if (g_str_equal(method, "GetSecrets"))
		return secrets(mock);
	if (g_str_equal(method, "ReadAlias"))
		return read_alias(args);
	if (g_str_equal(method, "Get"))
		return property(mock, args);
	if (g_str_equal(method, "CreateItem"))
		return create(mock, args);
	if (g_str_equal(method, "SetSecret"))
		return set_secret(mock, args);
	if (g_str_equal(method, "Unlock"))
		return unlock(mock, args);
	if (g_str_equal(method, "Prompt"))
		return prompt(mock);
	if (g_str_equal(method, "Dismiss")) {
		puts("dismiss");
		return g_variant_new("()");
	}
	return NULL;
}

/* All calls come by here, whatever object they are for. */
static GDBusMessage *on_message(GDBusConnection *bus, GDBusMessage *message, gboolean incoming,
	gpointer data)
{
	g_autoptr(GDBusMessage) reply = NULL;
	GVariant *body;

	if (!incoming || g_dbus_message_get_message_type(message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
		return message;
	body = answer(data, g_dbus_message_get_member(message), g_dbus_message_get_body(message));
	if (body) {
		reply = g_dbus_message_new_method_reply(message);
		g_dbus_message_set_body(reply, body);
	} else {
		reply = g_dbus_message_new_method_error_literal(message,
			"org.freedesktop.DBus.Error.NotSupported", "not by this one");
	}
	g_dbus_connection_send_message(bus, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
	g_object_unref(message);
	return NULL;
}

static void on_name(GDBusConnection *bus, const char *name, gpointer data)
{
	(void)bus;
	(void)name;
	(void)data;
	puts("ready");
}

int main(int argc, char **argv)
{
	struct mock mock = { .secret = g_string_new("") };
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		mock.locked = mock.locked || g_str_equal(argv[i], "locked");
		mock.accept = mock.accept || g_str_equal(argv[i], "accept");
		mock.garble = mock.garble || g_str_equal(argv[i], "garble");
	}
	mock.bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
	if (!mock.bus)
		return 1;
	g_dbus_connection_add_filter(mock.bus, on_message, &mock, NULL);
	g_bus_own_name_on_connection(mock.bus, "org.freedesktop.secrets", G_BUS_NAME_OWNER_FLAGS_NONE,
		on_name, NULL, NULL, NULL);
	g_main_loop_run(loop);
	return 0;
}
