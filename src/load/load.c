#include <dlfcn.h>
#include <npmrc-doctor/load.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK(nd-load-error, nd_load_error)

/* Where the build and where `make install` puts the modules, as seen from the program. */
static const char *const places[] = { "modules", "../lib/npmrc-doctor" };

static char *program_directory(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n < 0)
		return g_strdup("/usr/bin");
	path[n] = '\0';
	return g_path_get_dirname(path);
}

/* What lies beside a program in a directory that all may write to (/tmp) may be anybody's. */
static bool is_trusted(const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);
	struct stat program, place;

	if (stat(folder, &place) != 0 || (place.st_mode & S_IWOTH))
		return false;
	return place.st_uid == 0 || place.st_uid == geteuid() ||
		(stat("/proc/self/exe", &program) == 0 && place.st_uid == program.st_uid);
}

static void *find_module(const char *module, GError **err)
{
	g_autofree char *directory = program_directory();
	void *handle = NULL;
	bool refused = false;

	for (size_t i = 0; !handle && i < G_N_ELEMENTS(places); i++) {
		g_autofree char *path = g_strdup_printf("%s/%s/%s.so", directory, places[i], module);

		if (access(path, F_OK) != 0)
			continue;
		refused = !is_trusted(path);
		handle = refused ? NULL : dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	}
	if (!handle) {
		const char *reason = dlerror();

		g_set_error(err, ND_LOAD_ERROR, ND_LOAD_ERROR_MISSING, "the %s module cannot be loaded: %s",
			module, reason ? reason : refused ? "its folder is another user's, or all may write to it" :
			"it is not installed");
	}
	return handle;
}

/* Once it is loaded it stays, whatever becomes of its file: what came out of a module can only be given
 * back to it. Hence this one exception from having no state; scan's threads may want it at the same time. */
static void *open_module(const char *module, GError **err)
{
	static struct {
		const char *name;
		void *handle;
	} loaded[] = { { "keyring", NULL }, { "probe", NULL }, { "idna", NULL } };
	static GMutex lock;
	size_t i = 0;
	void *handle;

	while (i < G_N_ELEMENTS(loaded) && !g_str_equal(loaded[i].name, module))
		i++;
	if (i == G_N_ELEMENTS(loaded))
		return find_module(module, err);
	g_mutex_lock(&lock);
	if (!loaded[i].handle)
		loaded[i].handle = find_module(module, err);
	handle = loaded[i].handle;
	g_mutex_unlock(&lock);
	return handle;
}

void *nd_load_symbol(const char *module, const char *symbol, GError **err)
{
	void *handle = open_module(module, err);
	void *address = handle ? dlsym(handle, symbol) : NULL;

	if (handle && !address)
		g_set_error(err, ND_LOAD_ERROR, ND_LOAD_ERROR_MISSING, "the %s module has no '%s'", module,
			symbol);
	return address;
}
