#include "workspaces.h"

#include <fnmatch.h>
#include <glib.h>
#include <string.h>

/* Splits at slashes; empty and "." segments mean nothing in a path, and ".." takes back the segment
 * before it, but for "**". */
static GPtrArray *segments_of(const char *path)
{
	g_auto(GStrv) parts = g_strsplit(path, "/", -1);
	GPtrArray *segments = g_ptr_array_new_with_free_func(g_free);

	for (size_t i = 0; parts[i] != NULL; i++) {
		const char *last = segments->len > 0 ? segments->pdata[segments->len - 1] : "..";

		if (*parts[i] == '\0' || strcmp(parts[i], ".") == 0)
			continue;
		if (strcmp(parts[i], "..") == 0 && strcmp(last, "..") != 0 &&
			strcmp(last, "**") != 0)
			g_ptr_array_remove_index(segments, segments->len - 1);
		else
			g_ptr_array_add(segments, g_strdup(parts[i]));
	}
	g_ptr_array_add(segments, NULL);
	return segments;
}

/* glibc lets "!(a)" match a leading dot. */
static bool match_segment(const char *pattern, const char *name, bool dot)
{
	if (!dot && *name == '.' && strncmp(pattern, "!(", 2) == 0)
		return false;
	return fnmatch(pattern, name, FNM_EXTMATCH | FNM_NOESCAPE | (dot ? 0 : FNM_PERIOD)) == 0;
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
		if (*path == NULL || !match_segment(*pattern, *path, dot))
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

/* One end of a range, or its step: digits with an optional sign. */
static bool number_at(const char *text, gint64 *number)
{
	const char *digits = text + (*text == '-');

	*number = g_ascii_strtoll(text, NULL, 10);
	return *digits != '\0' && strspn(digits, "0123456789") == strlen(digits);
}

static bool padded(const char *text)
{
	text += *text == '-';
	return text[0] == '0' && g_ascii_isdigit(text[1]);
}

/* What "1..3", "01..10", "c..a" or "0..9..3" between braces stands for, up to `most` of them, as
 * brace-expansion counts; NULL where it is no range. */
static GPtrArray *range_of(const char *body, int most)
{
	g_auto(GStrv) parts = g_strsplit(body, "..", -1);
	guint n = g_strv_length(parts);
	gint64 from, to, step = 1;
	int width = 0;
	bool letters = false;
	GPtrArray *words;

	if (n < 2 || n > 3 || (n == 3 && !number_at(parts[2], &step)))
		return NULL;
	if (!number_at(parts[0], &from) || !number_at(parts[1], &to)) {
		letters = g_ascii_isalpha(*parts[0]) && parts[0][1] == '\0' &&
			  g_ascii_isalpha(*parts[1]) && parts[1][1] == '\0';
		if (!letters)
			return NULL;
		from = (guchar)*parts[0];
		to = (guchar)*parts[1];
	} else if (padded(parts[0]) || padded(parts[1]) || (n == 3 && padded(parts[2]))) {
		width = (int)MIN(MAX(strlen(parts[0]), strlen(parts[1])), 255);
	}
	words = g_ptr_array_new_with_free_func(g_free);
	step = CLAMP(step, -G_MAXINT32, G_MAXINT32);
	step = MAX(ABS(step), 1) * (to < from ? -1 : 1);
	from = CLAMP(from, -G_MAXINT64 / 2, G_MAXINT64 / 2);
	for (gint64 i = from; (step > 0 ? i <= to : i >= to) && (int)words->len < most; i += step)
		if (letters)
			g_ptr_array_add(
				words, i == '\\' ? g_strdup("") : g_strdup_printf("%c", (char)i));
		else
			g_ptr_array_add(words, g_strdup_printf("%0*" G_GINT64_FORMAT, width, i));
	return words;
}

/* What the braces at `open` stand for, a range or the words between commas, and where they close;
 * NULL where they are ordinary characters. */
static GPtrArray *alternatives(const char *open, int most, const char **close)
{
	g_autoptr(GArray) commas = g_array_new(FALSE, FALSE, sizeof(const char *));
	const char *end = brace_end(open, commas), *from = open + 1;
	g_autofree char *body = end != NULL ? g_strndup(from, (gsize)(end - from)) : NULL;
	GPtrArray *words = body != NULL ? range_of(body, most) : NULL;

	*close = end;
	if (words != NULL || end == NULL || commas->len == 0)
		return words;
	words = g_ptr_array_new_with_free_func(g_free);
	g_array_append_val(commas, end);
	for (guint i = 0; i < commas->len; i++) {
		const char *to = g_array_index(commas, const char *, i);

		g_ptr_array_add(words, g_strndup(from, (gsize)(to - from)));
		from = to + 1;
	}
	return words;
}

/* minimatch with brace expansion: "{a,b}/x" is "a/x" or "b/x". The budget bounds hostile patterns.
 */
static bool match_braces(const char *pattern, const char *path, bool dot, int *budget)
{
	const char *open = pattern, *close;
	g_autoptr(GPtrArray) words = NULL;

	if (--*budget < 0)
		return false;
	while ((open = strchr(open, '{')) != NULL) {
		bool literal = open > pattern && open[-1] == '$';

		if (!literal && (words = alternatives(open, *budget, &close)) != NULL)
			break;
		open++;
	}
	if (words == NULL)
		return match_plain(pattern, path, dot);
	for (guint i = 0; i < words->len; i++) {
		g_autofree char *one = g_strdup_printf("%.*s%s%s", (int)(open - pattern), pattern,
			(char *)words->pdata[i], close + 1);

		if (match_braces(one, path, dot, budget))
			return true;
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

/* npm drops a pattern whose own text a negation matches: "packages/?" takes out a star behind
 * "packages/". */
static void drop_negated(GPtrArray *patterns, const GPtrArray *negations)
{
	for (guint i = patterns->len; i-- > 0;)
		if (any_matches(negations, patterns->pdata[i], false))
			g_ptr_array_remove_index(patterns, i);
}

/* workspaces, or workspaces.packages where that is a list (getPatterns in map-workspaces). */
static const json_t *list_of(const json_t *package)
{
	const json_t *list = json_object_get(package, "workspaces");
	const json_t *packages = json_object_get(list, "packages");

	return json_is_array(packages) ? packages : list;
}

const char *nd_workspaces_fault(const json_t *package)
{
	const json_t *list = list_of(package), *item;
	size_t index;

	/* From npm 10 on what is false to JavaScript is no list at all; npm 9 dies of null and false. */
	if (json_is_null(list) || json_is_false(list) || (json_is_string(list) && !json_string_length(list)))
		return NULL;
	if (list != NULL && !json_is_array(list))
		return "workspaces config expects an Array";
	json_array_foreach(list, index, item) if (!json_is_string(item))
		return "pattern.match is not a function";
	return NULL;
}

bool nd_workspaces_list(const json_t *package, const char *relative)
{
	const json_t *list = list_of(package);
	g_autoptr(GPtrArray) patterns = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) negations = g_ptr_array_new_with_free_func(g_free);
	const json_t *item;
	size_t index;

	json_array_foreach(list, index, item) if (json_is_string(item))
		take_pattern(json_string_value(item), patterns, negations);
	drop_negated(patterns, negations);
	return any_matches(patterns, relative, false) && !any_matches(negations, relative, true) &&
	       !match("**/node_modules/**", relative, true);
}
