#include <npmrc-doctor/path.h>
#include <npmrc-doctor/source.h>

bool nd_file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

char *nd_file_find_upwards(const char *start, const char *name)
{
	for (char *dir = g_strdup(start); dir; dir = nd_path_parent(dir)) {
		g_autofree char *path = g_build_filename(dir, name, NULL);

		if (nd_file_exists(path))
			return dir;
	}
	return NULL;
}

GPtrArray *nd_misnamed_find(const char *dir)
{
	static const char *const names[] = { ".npmrc.txt", "_npmrc", "npmrc", "npmrc.txt" };
	GPtrArray *found = g_ptr_array_new_with_free_func(g_free);

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(dir, names[i], NULL);

		if (nd_file_exists(path))
			g_ptr_array_add(found, g_steal_pointer(&path));
	}
	return found;
}
