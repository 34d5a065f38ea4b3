#ifndef SCRATCH_H
#define SCRATCH_H

#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>

/* A directory of a test's own, by its real path; the caller frees the path. */
static inline char *scratch_new(const char *template)
{
	g_autofree char *made = g_dir_make_tmp(template, NULL);
	char *found = realpath(made, NULL);
	char *real = g_strdup(found);

	free(found);
	return real;
}

/* Links are removed, not followed. */
static inline void remove_tree(const char *path)
{
	GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *child = g_build_filename(path, name, NULL);

		remove_tree(child);
	}
	if (dir)
		g_dir_close(dir);
	g_remove(path);
}

#endif
