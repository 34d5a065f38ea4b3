#include <jansson.h>
#include <npmrc-doctor/hash.h>
#include <npmrc-doctor/source.h>

#include "package.h"

#define MAX_LOCKFILE ((size_t)64 * 1024 * 1024)
/* Hosts beyond these are not told apart: nobody has so many registries. */
#define MAX_HOSTS 64

struct reading {
	struct nd_lockfile *lock;
	struct nd_span text;
	GHashTable *urls; /* dependencies that are URLs: not from a registry */
};

static void host_free(gpointer data)
{
	struct nd_lock_host *host = data;

	g_free(host->host);
	g_free(host->package);
	g_free(host);
}

void nd_lockfile_free(struct nd_lockfile *lockfile)
{
	if (!lockfile)
		return;
	g_free(lockfile->path);
	g_ptr_array_unref(lockfile->hosts);
	g_free(lockfile);
}

/* The host of an http(s) URL as it is written, without userinfo; its offset in the URL. */
static char *host_of(const char *url, size_t *at, size_t *length)
{
	const char *start = g_str_has_prefix(url, "https://") ? url + 8 :
		g_str_has_prefix(url, "http://") ? url + 7 : NULL;
	const char *userinfo;
	g_autofree char *host = NULL;

	if (!start)
		return NULL;
	*length = strcspn(start, "/?#");
	userinfo = memrchr(start, '@', *length);
	if (userinfo) {
		*length -= (size_t)(userinfo + 1 - start);
		start = userinfo + 1;
	}
	*at = (size_t)(start - url);
	host = g_ascii_strdown(start, (gssize)*length);
	/* `new URL` leaves the scheme's own port out. */
	if (g_str_has_suffix(host, g_str_has_prefix(url, "https") ? ":443" : ":80"))
		*strrchr(host, ':') = '\0';
	return *host ? g_steal_pointer(&host) : NULL;
}

static struct nd_lock_host *find(const struct nd_lockfile *lock, const char *host)
{
	for (guint i = 0; i < lock->hosts->len; i++) {
		struct nd_lock_host *known = lock->hosts->pdata[i];

		if (strcmp(known->host, host) == 0)
			return known;
	}
	return NULL;
}

/* jansson keeps no places: the URL is looked for as text. One that is written with escapes has none. */
static void place(const struct reading *r, const char *url, size_t at, size_t length,
	struct nd_lock_host *host)
{
	const char *found = memmem(r->text.p, r->text.n, url, strlen(url)), *line = r->text.p;

	if (!found)
		return;
	host->line = 1;
	for (const char *p = r->text.p; p < found; p++)
		if (*p == '\n') {
			host->line++;
			line = p + 1;
		}
	host->column = (unsigned)(found + at - line) + 1;
	host->end_column = host->column + (unsigned)length;
}

static void add(const struct reading *r, const char *package, const char *url)
{
	size_t at = 0, length = 0;
	g_autofree char *name = host_of(url, &at, &length);
	struct nd_lock_host *host;

	if (!name || g_hash_table_contains(r->urls, url))
		return;
	host = find(r->lock, name);
	if (!host) {
		if (r->lock->hosts->len == MAX_HOSTS)
			return;
		host = g_new0(struct nd_lock_host, 1);
		host->host = g_steal_pointer(&name);
		host->package = g_strdup(package);
		place(r, url, at, length, host);
		g_ptr_array_add(r->lock->hosts, host);
	}
	host->count++;
}

static void add_urls(const struct reading *r, json_t *package)
{
	const char *name;
	json_t *spec;

	for (size_t i = 0; i < ND_PACKAGE_KINDS; i++)
		json_object_foreach(json_object_get(package, nd_package_kinds[i]), name, spec)
			if (json_string_value(spec) && g_str_has_prefix(json_string_value(spec), "http"))
				g_hash_table_add(r->urls, g_strdup(json_string_value(spec)));
}

/* Versions 2 and 3: keys are places, "node_modules/@scope/name". */
static void read_packages(const struct reading *r, json_t *packages)
{
	static const char tree[] = "node_modules/";
	const char *where;
	json_t *package;

	json_object_foreach(packages, where, package)
		add_urls(r, package);
	json_object_foreach(packages, where, package) {
		const char *url = json_string_value(json_object_get(package, "resolved"));
		const char *name = where;

		for (const char *p = where; (p = strstr(p, tree)) != NULL;)
			name = p += strlen(tree);
		if (url && !json_is_true(json_object_get(package, "link")))
			add(r, name, url);
	}
}

/* Version 1: nested; a URL dependency has the URL as its version. */
static void read_dependencies(const struct reading *r, json_t *dependencies)
{
	const char *name;
	json_t *package;

	json_object_foreach(dependencies, name, package) {
		const char *url = json_string_value(json_object_get(package, "resolved"));
		const char *version = json_string_value(json_object_get(package, "version"));

		if (url && !(version && strstr(version, "://")))
			add(r, name, url);
		read_dependencies(r, json_object_get(package, "dependencies"));
	}
}

static struct nd_lockfile *read_file(const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	struct nd_file *file = nd_file_read(path, MAX_LOCKFILE);
	json_t *root = file->state == ND_READ_OK ?
		json_loadb(file->bytes, file->size, JSON_ALLOW_NUL, NULL) : NULL;
	struct reading r = { NULL, { file->bytes, file->size }, NULL };

	if (json_is_object(root)) {
		json_t *packages = json_object_get(root, "packages");

		r.lock = g_new0(struct nd_lockfile, 1);
		r.lock->path = g_steal_pointer(&path);
		r.lock->hosts = g_ptr_array_new_with_free_func(host_free);
		r.urls = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);
		if (json_is_object(packages))
			read_packages(&r, packages);
		else
			read_dependencies(&r, json_object_get(root, "dependencies"));
		g_hash_table_unref(r.urls);
	}
	json_decref(root);
	nd_file_free(file);
	return r.lock;
}

struct nd_lockfile *nd_lockfile_read(const char *dir)
{
	struct nd_lockfile *lock = read_file(dir, "npm-shrinkwrap.json");

	return lock ? lock : read_file(dir, "package-lock.json");
}
