#include "ini_text.h"
#include "json.h"
#include "utf8.h"

static bool is_word(struct nd_span text)
{
	return nd_span_is(text, "true") || nd_span_is(text, "false") || nd_span_is(text, "null");
}

static bool is_valid(struct nd_span text)
{
	return text.n == 0 || nd_utf8_valid_until(text.p, text.p + text.n) == text.p + text.n;
}

/* Line ends, and the two separators at which ini drops the line. */
static bool breaks_line(struct nd_span text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n' || text.p[i] == '\r')
			return true;
		if (text.n - i >= 3 && memcmp(text.p + i, "\xe2\x80", 2) == 0 &&
			((unsigned char)text.p[i + 2] & 0xfe) == 0xa8)
			return true;
	}
	return false;
}

static bool has_outer_white(struct nd_span text)
{
	return text.n && nd_doc_trim(text).n != text.n;
}

static bool has_control(struct nd_span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' && text.p[i] != '\t')
			return true;
	return false;
}

static bool can_stand_bare(struct nd_span text)
{
	return !breaks_line(text) && !has_outer_white(text) && !nd_ini_text_quoted(text);
}

/* A backslash needs doubling only where the next character would make it an escape. */
static void escape(struct nd_span text, GString *out)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i], next = i + 1 < text.n ? text.p[i + 1] : 0;

		if (c == ';' || c == '#' ||
			(c == '\\' && (next == '\\' || next == ';' || next == '#')))
			g_string_append_c(out, '\\');
		g_string_append_c(out, c);
	}
}

/* All versions of ini read values alike, so the version makes no difference yet. npm 6 parses a
 * value that still stands in double quotes once more; that is behind ini and not undone here. */
bool nd_ini_encode(struct nd_span value, int npm_major, GString *out)
{
	(void)npm_major;
	/* However they are quoted, ini makes these words no strings. */
	if (!is_valid(value) || is_word(value))
		return false;
	if (can_stand_bare(value) && !has_control(value)) {
		escape(value, out);
		return true;
	}
	g_string_append_c(out, '"');
	nd_json_quote(value, out);
	g_string_append_c(out, '"');
	return true;
}

static bool parses_as_json(struct nd_span text)
{
	struct nd_arena *arena = nd_arena_new();
	struct nd_value value;
	bool json = nd_value_parse_json(text, arena, &value);

	nd_arena_free(arena);
	return json;
}

/* Whether the value of `like` came out of JSON, as in '"x"': that costs two more bytes at least,
 * while raw text between single quotes is as long as it was. Replacement characters blur this. */
static bool is_json_inside(const struct nd_ini_text *like)
{
	return like->value.type == ND_TYPE_STRING &&
	       like->value.string.n + 2 < like->end - like->start;
}

static bool has_replacement(const struct nd_ini_text *like)
{
	return like->value.type == ND_TYPE_STRING && like->value.string.n &&
	       memmem(like->value.string.p, like->value.string.n, "\xef\xbf\xbd", 3);
}

/* In double quotes that hold no JSON string ini leaves everything as it is, the quotes too. */
static bool is_quoted_no_json(struct nd_span text)
{
	return nd_ini_text_quoted(text) && text.p[0] == '"' && !breaks_line(text) && !parses_as_json(text);
}

static bool encode_single_quoted(struct nd_span value, const struct nd_ini_text *like, GString *out)
{
	if (has_replacement(like))
		return false;
	if (is_json_inside(like)) {
		nd_json_quote(value, out);
		return true;
	}
	if (breaks_line(value) || parses_as_json(value))
		return false;
	g_string_append_len(out, value.p, (gssize)value.n);
	return true;
}

bool nd_ini_encode_like(struct nd_span value, const struct nd_ini_text *like, GString *out)
{
	if (!is_valid(value) || is_word(value))
		return false;
	if (like->quote == '\'')
		return encode_single_quoted(value, like, out);
	if (like->quote == '"') {
		nd_json_quote(value, out);
		return true;
	}
	if (is_quoted_no_json(value))
		g_string_append_len(out, value.p, (gssize)value.n);
	else if (can_stand_bare(value))
		escape(value, out);
	else
		return false;
	return true;
}
