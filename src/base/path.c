#include <npmrc-doctor/path.h>

#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Appends the parts of one path; ".." takes the last part away, and stays at the root there. */
static void append_parts(GString *out, const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");
		if (n == 2 && strncmp(path, "..", 2) == 0) {
			const char *last = strrchr(out->str, '/');
			g_string_truncate(out, last ? (gsize)(last - out->str) : 0);
		} else if (n > 0 && !(n == 1 && *path == '.')) {
			g_string_append_c(out, '/');
			g_string_append_len(out, path, (gssize)n);
		}
		path += n;
		path += *path == '/';
	}
}

char *nd_path_resolve(const char *base, const char *path)
{
	GString *out = g_string_new(NULL);
	if (*path != '/' && base)
		append_parts(out, base);
	append_parts(out, path);
	if (out->len == 0)
		g_string_append_c(out, '/');
	return g_string_free(out, FALSE);
}

/* As many links in a row as Linux follows. */
#define MAX_LINKS 40

/* One link of a chain that ends nowhere, relative to the directory it is in. */
static char *follow(const char *link)
{
	g_autofree char *to = g_malloc0(PATH_MAX + 1);
	g_autofree char *dir = NULL;

	if (readlink(link, to, PATH_MAX) < 0)
		return NULL;
	if (g_path_is_absolute(to))
		return g_steal_pointer(&to);
	dir = g_path_get_dirname(link);
	return g_build_filename(dir, to, NULL);
}

/* The path of a file that does not exist yet: realpath() refuses those. Links on the way to its
 * directory and a link in its own place are followed, so that writing it leaves them links. */
static char *resolve_absent(const char *path)
{
	g_autofree char *at = g_strdup(path);

	for (int i = 0; i < MAX_LINKS; i++) {
		g_autofree char *next = follow(at);
		g_autofree char *dir = NULL, *name = NULL, *real = NULL;

		if (next) {
			g_free(at);
			at = g_steal_pointer(&next);
			continue;
		}
		if (errno != ENOENT)
			return NULL;
		dir = g_path_get_dirname(at);
		name = g_path_get_basename(at);
		real = realpath(dir, NULL);
		return real ? g_build_filename(real, name, NULL) : NULL;
	}
	errno = ELOOP;
	return NULL;
}

char *nd_path_target(const char *path)
{
	if (!*path) {
		errno = ENOENT;
		return NULL;
	}
	char *real = realpath(path, NULL);

	return real || errno != ENOENT ? real : resolve_absent(path);
}

char *nd_path_parent(char *dir)
{
	char *parent = g_path_get_dirname(dir);
	bool top = strcmp(parent, dir) == 0;

	g_free(dir);
	if (!top)
		return parent;
	g_free(parent);
	return NULL;
}

char *nd_path_real(const char *path)
{
	char *real = nd_path_target(path);

	return real ? real : g_strdup(path);
}
