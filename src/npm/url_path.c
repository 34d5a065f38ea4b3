#include "url_parse.h"

bool nd_url_is_drive(struct nd_span text, bool normalized)
{
	return text.n == 2 && g_ascii_isalpha(text.p[0]) &&
	       (text.p[1] == ':' || (!normalized && text.p[1] == '|'));
}

/* "." or ".." in any spelling: returns how many dots, 0 where it is neither. */
static int dots(struct nd_span segment)
{
	int count = 0;
	size_t i = 0;

	while (i < segment.n) {
		if (segment.p[i] == '.')
			i++;
		else if (segment.n - i >= 3 && !g_ascii_strncasecmp(segment.p + i, "%2e", 3))
			i += 3;
		else
			return 0;
		if (++count > 2)
			return 0;
	}
	return count;
}

bool nd_url_keeps_drive(const char *path)
{
	/* ada (is_normalized_windows_drive_letter) takes "/c:anything" for a drive letter. */
	return path[0] && g_ascii_isalpha(path[1]) && path[2] == ':' && !strchr(path + 1, '/');
}

/* "shorten a url's path"; false where there was nothing to take off. */
static bool shorten(GString *path, bool file)
{
	const char *slash = strrchr(path->str, '/');

	if (!slash || (file && nd_url_keeps_drive(path->str)))
		return false;
	g_string_truncate(path, (size_t)(slash - path->str));
	return true;
}

/* Where ada (parse_prepared_path) leaves the path alone, dot segments and all: the first "/." is
 * none, and nothing but dots asks for a closer look. "https://h/.a/../b" keeps its "..". */
static bool is_left_alone(struct nd_span text, bool file)
{
	const char *dot = text.n > 1 ? memmem(text.p, text.n, "/.", 2) : NULL;

	if (!dot || text.p[0] == '.')
		return false;
	if (file && text.n >= 2 && nd_url_is_drive((struct nd_span){text.p, 2}, false) &&
		(text.n == 2 || strchr("/\\?#", text.p[2])))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x20 || c > 0x7e || strchr(ND_URL_SET_PATH "%\\", c))
			return false;
	}
	dot += 2;
	return dot < text.p + text.n && *dot != '.' && *dot != '/';
}

static void append_segment(struct nd_span segment, bool file, GString *path)
{
	size_t before = path->len;

	g_string_append_c(path, '/');
	nd_url_append_encoded(path, segment, ND_URL_SET_PATH);
	if (file && before == 0 && nd_url_is_drive(segment, false))
		path->str[path->len - 1] = ':';
}

static bool is_slash(char c, bool special)
{
	return c == '/' || (special && c == '\\');
}

void nd_url_parse_path(struct nd_span text, bool special, bool file, GString *path)
{
	size_t start = 0;

	if (is_left_alone(text, file)) {
		g_string_append_c(path, '/');
		g_string_append_len(path, text.p, (gssize)text.n);
		return;
	}
	for (size_t i = 0; i <= text.n; i++) {
		struct nd_span segment = {text.p + start, i - start};
		bool last = i == text.n;
		bool shortened = true;
		int count;

		if (!last && !is_slash(text.p[i], special))
			continue;
		count = dots(segment);
		if (count == 2)
			shortened = shorten(path, file);
		if (count == 0)
			append_segment(segment, file, path);
		/* ada leaves "foo://host/.." without a path. */
		else if (last && (shortened || special))
			g_string_append_c(path, '/');
		start = i + 1;
	}
}
