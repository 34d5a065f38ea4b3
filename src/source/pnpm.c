#include "package.h"

#include <npmrc-doctor/path.h>
#include <npmrc-doctor/source.h>
#include <stdlib.h>
#include <string.h>

static bool has(const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	return nd_file_exists(path);
}

static bool names_pnpm(const char *dir)
{
	json_t *package = nd_package_read(dir);
	const char *manager = nd_package_string(package, "packageManager");
	bool pnpm = manager && (g_str_has_prefix(manager, "pnpm@") || strcmp(manager, "pnpm") == 0);

	json_decref(package);
	return pnpm;
}

bool nd_project_is_pnpm(const char *root)
{
	g_autofree char *workspace = NULL;

	if (has(root, "pnpm-lock.yaml") || names_pnpm(root))
		return true;
	/* A workspace's members have neither. */
	workspace = nd_file_find_upwards(root, "pnpm-workspace.yaml");
	return workspace != NULL;
}

/* "pnpm", and for programs with a node of their own "@pnpm/exe" or "@pnpm/linux-x64". */
static int major_in(const char *dir)
{
	json_t *package = nd_package_read_names(dir);
	const char *name = nd_package_string(package, "name");
	const char *version = nd_package_string(package, "version");
	int major = 0;

	if (name && version && (strcmp(name, "pnpm") == 0 || g_str_has_prefix(name, "@pnpm/")))
		major = (int)MIN(g_ascii_strtoull(version, NULL, 10), 10000);
	json_decref(package);
	return major;
}

int nd_pnpm_major(const char *program)
{
	char *real = realpath(program, NULL);
	char *dir = real ? g_path_get_dirname(real) : NULL;
	int major = 0;

	free(real);
	for (; dir && !major; dir = nd_path_parent(dir))
		major = major_in(dir);
	g_free(dir);
	return major;
}
