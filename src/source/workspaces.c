#include "workspaces.h"

#include <fnmatch.h>
#include <glib.h>
#include <string.h>

/* Splits at slashes; empty and "." segments mean nothing in a path. */
static GPtrArray *segments_of(const char *path)
{
	g_auto(GStrv) parts = g_strsplit(path, "/", -1);
	GPtrArray *segments = g_ptr_array_new_with_free_func(g_free);

	for (size_t i = 0; parts[i] != NULL; i++)
		if (*parts[i] != '\0' && strcmp(parts[i], ".") != 0)
			g_ptr_array_add(segments, g_strdup(parts[i]));
	g_ptr_array_add(segments, NULL);
	return segments;
}

/* `dot`: wildcards match names with a leading dot too, as they do in glob's ignore patterns. The
 * patterns' own "**" walks over no dot directory otherwise. */
static bool match_segments(char **pattern, char **path, bool dot)
{
	for (; *pattern != NULL; pattern++, path++) {
		if (strcmp(*pattern, "**") == 0) {
			for (; !match_segments(pattern + 1, path, dot); path++)
				if (*path == NULL || (!dot && **path == '.'))
					return false;
			return true;
		}
		if (*path == NULL ||
			fnmatch(*pattern, *path,
				FNM_EXTMATCH | FNM_NOESCAPE | (dot ? 0 : FNM_PERIOD)) != 0)
			return false;
	}
	return *path == NULL;
}

static bool match_plain(const char *pattern, const char *path, bool dot)
{
	g_autoptr(GPtrArray) wanted = segments_of(pattern);
	g_autoptr(GPtrArray) have = segments_of(path);

	return match_segments((char **)wanted->pdata, (char **)have->pdata, dot);
}

/* The brace that closes the one at `open` and the commas between them, or NULL. */
static const char *brace_end(const char *open, GArray *commas)
{
	int depth = 0;

	for (const char *p = open; *p != '\0'; p++) {
		if (*p == '{')
			depth++;
		else if (*p == '}' && --depth == 0)
			return p;
		else if (*p == ',' && depth == 1)
			g_array_append_val(commas, p);
	}
	return NULL;
}

/* minimatch with brace expansion: "{a,b}/x" is "a/x" or "b/x". The budget bounds hostile patterns.
 */
static bool match_braces(const char *pattern, const char *path, bool dot, int *budget)
{
	g_autoptr(GArray) commas = g_array_new(FALSE, FALSE, sizeof(const char *));
	const char *open = strchr(pattern, '{'), *close = NULL, *from;

	if (--*budget < 0)
		return false;
	for (; open != NULL; open = strchr(open + 1, '{')) {
		g_array_set_size(commas, 0);
		close = brace_end(open, commas);
		if (close != NULL && commas->len > 0)
			break;
	}
	if (open == NULL)
		return match_plain(pattern, path, dot);
	from = open + 1;
	g_array_append_val(commas, close);
	for (guint i = 0; i < commas->len; i++) {
		const char *to = g_array_index(commas, const char *, i);
		g_autofree char *one = g_strdup_printf("%.*s%.*s%s", (int)(open - pattern), pattern,
			(int)(to - from), from, close + 1);

		if (match_braces(one, path, dot, budget))
			return true;
		from = to + 1;
	}
	return false;
}

static bool match(const char *pattern, const char *path, bool dot)
{
	int budget = 4096;

	return match_braces(pattern, path, dot, &budget);
}

/* Takes off "!"s and a leading "/" or "./"; an odd number of "!" negates. */
static char *clean(const char *pattern, bool *negated)
{
	char *text;

	*negated = false;
	for (; *pattern == '!'; pattern++)
		*negated = !*negated;
	if (pattern[0] == '.' && pattern[1] == '/')
		pattern++;
	while (*pattern == '/')
		pattern++;
	text = g_strdup(pattern);
	return g_strdelimit(text, "\\", '/');
}

/* appendNegatedPatterns: a later pattern that lies in a negated one takes the negation back. */
static void take_pattern(const char *text, GPtrArray *patterns, GPtrArray *negations)
{
	bool negated;
	char *pattern = clean(text, &negated);

	if (negated) {
		g_ptr_array_add(negations, pattern);
		return;
	}
	g_ptr_array_add(patterns, pattern);
	for (guint i = 0; i < negations->len; i++)
		if (match(g_ptr_array_index(negations, i), pattern, false))
			g_ptr_array_remove_index(negations, i); /* npm skips the next one too */
}

static bool any_matches(const GPtrArray *patterns, const char *path, bool dot)
{
	for (guint i = 0; i < patterns->len; i++)
		if (match(g_ptr_array_index(patterns, i), path, dot))
			return true;
	return false;
}

bool nd_workspaces_list(const json_t *package, const char *relative)
{
	const json_t *list = json_object_get(package, "workspaces");
	g_autoptr(GPtrArray) patterns = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) negations = g_ptr_array_new_with_free_func(g_free);
	const json_t *item;
	size_t index;

	if (json_is_array(json_object_get(list, "packages")))
		list = json_object_get(list, "packages");
	json_array_foreach(list, index, item) if (json_is_string(item))
		take_pattern(json_string_value(item), patterns, negations);
	return any_matches(patterns, relative, false) && !any_matches(negations, relative, true) &&
	       !match("**/node_modules/**", relative, true);
}
