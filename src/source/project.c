#include "package.h"
#include "workspaces.h"

#include <npmrc-doctor/path.h>
#include <npmrc-doctor/source.h>

/* S_IFREG or S_IFDIR of what dir/name leads to, or another type; 0 where there is nothing. */
static mode_t kind_of(const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

/* Whether the package.json there lists the project; or what npm says of it, in which case nothing is found. */
static bool lists(const char *dir, struct nd_project *project)
{
	json_t *package = nd_package_read(dir);
	const char *member = project->root + strlen(dir);
	bool found;

	project->reason = nd_workspaces_fault(package);
	found = !project->reason && nd_workspaces_list(package, member + (*member == '/'));
	json_decref(package);
	return found;
}

/* The workspace root above a project whose package.json lists it (loadLocalPrefix). npm maps the
 * workspaces of the root and compares paths; that comes to asking whether this one is matched. A member
 * without a package.json of its own is none (map-workspaces skips it). */
static void find_workspace_root(struct nd_project *project, bool package)
{
	char *dir = nd_path_parent(g_strdup(project->root));

	while (dir != NULL) {
		if (kind_of(dir, "package.json") == S_IFREG && lists(dir, project) && package) {
			if (kind_of(project->root, ".npmrc") == S_IFREG)
				project->ignored_npmrc =
					g_build_filename(project->root, ".npmrc", NULL);
			g_free(project->root);
			project->root = dir;
			return;
		}
		if (project->reason) {
			project->broken = g_build_filename(dir, "package.json", NULL);
			g_free(dir);
			return;
		}
		dir = nd_path_parent(dir);
	}
}

struct nd_project *nd_project_find(const struct nd_env *env, bool workspaces)
{
	struct nd_project *project = g_new0(struct nd_project, 1);
	char *dir = g_strdup(env->cwd);

	while (dir != NULL) {
		bool package = kind_of(dir, "package.json") == S_IFREG;

		if (package || kind_of(dir, "node_modules") == S_IFDIR) {
			project->root = dir;
			if (workspaces)
				find_workspace_root(project, package);
			return project;
		}
		dir = nd_path_parent(dir);
	}
	project->root = g_strdup(env->cwd);
	return project;
}

void nd_project_free(struct nd_project *project)
{
	if (project == NULL)
		return;
	g_free(project->root);
	g_free(project->ignored_npmrc);
	g_free(project->broken);
	g_free(project);
}
