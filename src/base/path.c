#include <glib.h>
#include <npmrc-doctor/path.h>
#include <stdlib.h>
#include <string.h>

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

char *nd_path_real(const char *path)
{
	char *real = realpath(path, NULL);
	char *out = g_strdup(real ? real : path);

	free(real);
	return out;
}
