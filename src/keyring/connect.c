#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <npmrc-doctor/env.h>
#include <npmrc-doctor/signals.h>
#include <sys/stat.h>
#include <unistd.h>

/* Ends whatever is under way after some time. Two means are needed: the cancellable ends connecting,
 * authentication and calls; but GIO's Hello, the first call to a bus, takes no cancellable and would
 * wait 25 seconds for one that says nothing, unless its socket is shut. */
struct watchdog {
	GMutex lock;
	GCond changed;
	GThread *thread;
	GCancellable *stop;
	GSocket *socket; /* may be NULL */
	gint64 end;
	bool over, fired;
};

static gpointer watch(gpointer data)
{
	struct watchdog *dog = data;

	g_mutex_lock(&dog->lock);
	while (!dog->over && !dog->fired)
		dog->fired = !g_cond_wait_until(&dog->changed, &dog->lock, dog->end) && !dog->over;
	if (dog->fired) {
		g_cancellable_cancel(dog->stop);
		if (dog->socket)
			g_socket_shutdown(dog->socket, TRUE, TRUE, NULL);
	}
	g_mutex_unlock(&dog->lock);
	return NULL;
}

static void watchdog_start(struct watchdog *dog, GSocket *socket, gint64 end)
{
	sigset_t old;

	*dog = (struct watchdog){ .end = end, .socket = socket, .stop = g_cancellable_new() };
	g_mutex_init(&dog->lock);
	g_cond_init(&dog->changed);
	nd_signals_hold(&old);
	dog->thread = g_thread_new("keyring-watchdog", watch, dog);
	nd_signals_release(&old);
}

/* Returns whether the time was up. */
static bool watchdog_end(struct watchdog *dog)
{
	g_mutex_lock(&dog->lock);
	dog->over = true;
	g_cond_signal(&dog->changed);
	g_mutex_unlock(&dog->lock);
	g_thread_join(dog->thread);
	g_object_unref(dog->stop);
	g_cond_clear(&dog->changed);
	g_mutex_clear(&dog->lock);
	return dog->fired;
}

/* As GIO does for a session that systemd started. */
static char *runtime_address(const char *runtime_dir)
{
	g_autofree char *path = NULL, *escaped = NULL;
	struct stat st;

	if (!runtime_dir || !g_path_is_absolute(runtime_dir))
		return NULL;
	path = g_build_filename(runtime_dir, "bus", NULL);
	if (lstat(path, &st) != 0 || !S_ISSOCK(st.st_mode) || st.st_uid != geteuid())
		return NULL;
	escaped = g_dbus_address_escape_value(path);
	return g_strconcat("unix:path=", escaped, NULL);
}

/* The addresses to try. GIO would find them itself, but where there is none it starts dbus-launch,
 * a bus that nobody asked for and that has no keyring. The environment is the session's, as GIO and
 * libsecret read it; nothing of npm's is looked up here. */
static char *session_address(void)
{
	const char *address = g_environ_getenv(environ, "DBUS_SESSION_BUS_ADDRESS");
	g_autoptr(GPtrArray) kept = g_ptr_array_new();
	g_auto(GStrv) parts = NULL;

	if (!address)
		return runtime_address(g_environ_getenv(environ, "XDG_RUNTIME_DIR"));
	parts = g_strsplit(address, ";", -1);
	for (char **part = parts; *part; part++)
		if (**part && !g_str_has_prefix(*part, "autolaunch:"))
			g_ptr_array_add(kept, *part);
	g_ptr_array_add(kept, NULL);
	return kept->len > 1 ? g_strjoinv(";", (char **)kept->pdata) : NULL;
}

static GIOStream *open_stream(const char *address, GError **err)
{
	struct watchdog dog;
	GIOStream *stream;

	watchdog_start(&dog, NULL, g_get_monotonic_time() + WAIT_MS * 1000);
	stream = g_dbus_address_get_stream_sync(address, NULL, dog.stop, err);
	watchdog_end(&dog);
	return stream;
}

/* A connection of our own: the shared one of g_bus_get() ends the program when the bus goes away. */
static GDBusConnection *greet(GIOStream *stream, bool *late, GError **err)
{
	GDBusConnectionFlags flags = G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
		G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION;
	GSocket *socket = NULL;
	GDBusConnection *bus;
	struct watchdog dog;

	if (G_IS_SOCKET_CONNECTION(stream))
		socket = g_socket_connection_get_socket(G_SOCKET_CONNECTION(stream));
	watchdog_start(&dog, socket, g_get_monotonic_time() + WAIT_MS * 1000);
	bus = g_dbus_connection_new_sync(stream, NULL, flags, NULL, dog.stop, err);
	*late = watchdog_end(&dog);
	return bus;
}

/* GIO prints what it is asked for on standard output, where shells and pnpm take it for our result. */
static const char debugging[] = "G_DBUS_DEBUG";

static bool connect_bus(struct nd_keyring *keyring, GError **err)
{
	g_autofree char *address = session_address();
	g_autoptr(GIOStream) stream = NULL;
	g_autoptr(GError) cause = NULL;
	sigset_t old;
	GPtrArray *hidden;
	bool late = false;

	if (!address)
		return nd_keyring_fail(keyring, ND_KEYRING_ERROR_ABSENT, err,
			"no D-Bus session here (DBUS_SESSION_BUS_ADDRESS names none), hence no keyring");
	/* A signal ends the program in whichever thread lets it in. That is not to be one of GIO's, but the main one,
	 * which keeps it waiting while a file is replaced. */
	nd_signals_hold(&old);
	/* GIO looks once, while it connects; for COMMAND of exec all is as it was. */
	hidden = nd_env_hide(debugging);
	stream = open_stream(address, &cause);
	if (stream)
		keyring->bus = greet(stream, &late, &cause);
	nd_env_show(hidden, debugging);
	nd_signals_release(&old);
	if (late)
		return nd_keyring_fail(keyring, ND_KEYRING_ERROR_ABSENT, err,
			"this session's D-Bus accepts connections but does not answer");
	if (!keyring->bus)
		return nd_keyring_fail(keyring, ND_KEYRING_ERROR_ABSENT, err,
			"this session's D-Bus cannot be reached (%s), hence no keyring", cause->message);
	return true;
}

/* libsecret's proxy without its constructor, which insists on the shared bus connection and on loading
 * every collection: with ours, opening takes two round trips, and all of them end when we say so. */
struct service_proxy {
	SecretService parent;
};
struct service_proxy_class {
	SecretServiceClass parent;
};

static void service_proxy_class_init(gpointer class, gpointer data)
{
	(void)data;
	G_OBJECT_CLASS(class)->constructor =
		G_OBJECT_CLASS(g_type_class_peek(G_TYPE_DBUS_PROXY))->constructor;
}

static GType service_proxy_type(void)
{
	static gsize type;

	if (g_once_init_enter(&type)) {
		const GTypeInfo info = {
			.class_size = sizeof(struct service_proxy_class),
			.class_init = service_proxy_class_init,
			.instance_size = sizeof(struct service_proxy),
		};

		g_once_init_leave(&type,
			g_type_register_static(SECRET_TYPE_SERVICE, "NdKeyringService", &info, 0));
	}
	return type;
}

static SecretService *make_service(GDBusConnection *bus)
{
	return g_object_new(service_proxy_type(),
		"g-connection", bus,
		"g-flags", G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES |
			G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS |
			G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START_AT_CONSTRUCTION,
		"g-name", SERVICE_NAME,
		"g-object-path", SERVICE_PATH,
		"g-interface-name", SERVICE_INTERFACE,
		"flags", SECRET_SERVICE_OPEN_SESSION,
		NULL);
}

static bool open_session(struct nd_keyring *keyring, GError **err)
{
	int wait_ms = keyring->interactive ? WAIT_INTERACTIVE_MS : WAIT_MS;
	struct watchdog dog;
	GError *cause = NULL;
	bool ok, late;

	keyring->service = make_service(keyring->bus);
	watchdog_start(&dog, NULL, g_get_monotonic_time() + wait_ms * 1000);
	ok = g_initable_init(G_INITABLE(keyring->service), dog.stop, &cause);
	late = watchdog_end(&dog);
	if (ok)
		return true;
	if (!late)
		return nd_keyring_fail_call(keyring, cause, err);
	g_error_free(cause);
	return nd_keyring_fail(keyring, ND_KEYRING_ERROR_ABSENT, err,
		"the Secret Service on this session's D-Bus does not answer");
}

/* Two for each thread of GLib's, one for the bus, and libgcrypt's, which aborts where it cannot open a file. */
#define DESCRIPTORS 12

static bool check_descriptors(struct nd_keyring *keyring, GError **err)
{
	int held[DESCRIPTORS], n = 0, error;

	while (n < DESCRIPTORS && (held[n] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)) >= 0)
		n++;
	error = errno;
	for (int i = 0; i < n; i++)
		close(held[i]);
	return n == DESCRIPTORS || nd_keyring_fail(keyring, ND_KEYRING_ERROR_ABSENT, err,
		"there are not enough file descriptors to ask the keyring (%s)", g_strerror(error));
}

bool nd_keyring_connect(struct nd_keyring *keyring, GError **err)
{
	return check_descriptors(keyring, err) && connect_bus(keyring, err) && open_session(keyring, err);
}
