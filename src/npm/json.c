#include "json.h"
#include "utf8.h"
#include <npmrc-doctor/value.h>

/* JSON.parse as V8 does it. Not jansson: it refuses lone surrogates, numbers beyond a double's
 * range (JavaScript: Infinity) and NUL in member names, and it cannot say where in the text a
 * decoded byte came from. Objects are only checked, because npm has no setting that is one: their
 * text is kept. */

/* V8 has no limit on nesting; what lies deeper than this counts as text that does not parse. */
#define DEPTH_MAX 2048

struct parser {
	const char *p, *end;
	struct nd_arena *arena;
	unsigned depth;
};

static bool parse_value(struct parser *s, struct nd_value *out);

static bool hex4(const char *p, size_t n, uint32_t *code)
{
	*code = 0;
	if (n < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		int digit = g_ascii_xdigit_value(p[i]);

		if (digit < 0)
			return false;
		*code = *code << 4 | (uint32_t)digit;
	}
	return true;
}

size_t nd_json_escape(const char *p, size_t n, uint32_t *code)
{
	static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	uint32_t low;

	if (n < 2)
		return 0;
	if (p[1] != 'u') {
		const char *name = p[1] ? strchr(names, p[1]) : NULL;

		*code = name ? (unsigned char)bytes[name - names] : 0;
		return name ? 2 : 0;
	}
	if (!hex4(p + 2, n - 2, code))
		return 0;
	if (*code < 0xd800 || *code > 0xdfff)
		return 6;
	if (*code < 0xdc00 && n >= 12 && p[6] == '\\' && p[7] == 'u' && hex4(p + 8, n - 8, &low) &&
		low >= 0xdc00 && low <= 0xdfff) {
		*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
		return 12;
	}
	*code = 0xfffd;
	return 6;
}

/* Decodes what stands between the quotes; the result is never longer. */
static bool decode_string(struct nd_span in, struct nd_arena *arena, struct nd_span *out)
{
	if (!in.n || !memchr(in.p, '\\', in.n)) {
		*out = in;
		return true;
	}
	char *copy = nd_arena_alloc(arena, in.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < in.n;) {
		uint32_t code;
		size_t length;

		if (in.p[i] != '\\') {
			copy[n++] = in.p[i++];
			continue;
		}
		length = nd_json_escape(in.p + i, in.n - i, &code);
		if (length == 0)
			return false;
		n += nd_utf8_put(copy + n, code);
		i += length;
	}
	*out = (struct nd_span){copy, n};
	return true;
}

static bool parse_string(struct parser *s, struct nd_span *out)
{
	const char *start = s->p + 1, *p = start;

	for (; p < s->end && *p != '"'; p++) {
		if ((unsigned char)*p < ' ')
			return false;
		if (*p == '\\' && ++p == s->end)
			return false;
	}
	if (p == s->end)
		return false;
	s->p = p + 1;
	return decode_string((struct nd_span){start, (size_t)(p - start)}, s->arena, out);
}

static void skip_white(struct parser *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static bool skip_digits(struct parser *s)
{
	const char *start = s->p;

	while (s->p < s->end && g_ascii_isdigit(*s->p))
		s->p++;
	return s->p > start;
}

static bool accept(struct parser *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool parse_number(struct parser *s, struct nd_value *out)
{
	const char *start = s->p;
	char small[64], *copy = small;

	accept(s, '-');
	if (!accept(s, '0') && !skip_digits(s))
		return false;
	if (accept(s, '.') && !skip_digits(s))
		return false;
	if (accept(s, 'e') || accept(s, 'E')) {
		if (!accept(s, '+'))
			accept(s, '-');
		if (!skip_digits(s))
			return false;
	}
	size_t n = (size_t)(s->p - start);

	if (n >= sizeof(small))
		copy = nd_arena_alloc(s->arena, n + 1);
	memcpy(copy, start, n);
	copy[n] = '\0';
	/* Not strtod: that obeys the locale. Too large gives infinity, as in JavaScript. */
	*out = nd_value_number(g_ascii_strtod(copy, NULL));
	return true;
}

static bool parse_word(
	struct parser *s, const char *word, struct nd_value value, struct nd_value *out)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	*out = value;
	return true;
}

static void add_item(
	struct nd_arena *arena, struct nd_value *array, size_t *room, const struct nd_value *item)
{
	struct nd_value *items = (struct nd_value *)array->items;

	if (array->n_items == *room) {
		*room = *room ? *room * 2 : 4;
		items = nd_arena_alloc(arena, *room * sizeof(*items));
		if (array->n_items)
			memcpy(items, array->items, array->n_items * sizeof(*items));
		array->items = items;
	}
	items[array->n_items++] = *item;
}

static bool parse_array(struct parser *s, struct nd_value *out)
{
	size_t room = 0;
	struct nd_value item;

	*out = (struct nd_value){.type = ND_TYPE_ARRAY};
	s->p++;
	skip_white(s);
	if (accept(s, ']'))
		return true;
	do {
		if (!parse_value(s, &item))
			return false;
		add_item(s->arena, out, &room, &item);
	} while (accept(s, ','));
	return accept(s, ']');
}

static bool parse_object(struct parser *s, struct nd_value *out)
{
	const char *start = s->p++;
	struct nd_value value;
	struct nd_span name;

	skip_white(s);
	if (!accept(s, '}')) {
		do {
			skip_white(s);
			if (s->p == s->end || *s->p != '"' || !parse_string(s, &name))
				return false;
			skip_white(s);
			if (!accept(s, ':') || !parse_value(s, &value))
				return false;
		} while (accept(s, ','));
		if (!accept(s, '}'))
			return false;
	}
	*out = (struct nd_value){.type = ND_TYPE_OBJECT, .string = {start, (size_t)(s->p - start)}};
	return true;
}

static bool parse_bare_value(struct parser *s, struct nd_value *out)
{
	switch (*s->p) {
	case '"':
		*out = (struct nd_value){.type = ND_TYPE_STRING};
		return parse_string(s, &out->string);
	case '[':
		return parse_array(s, out);
	case '{':
		return parse_object(s, out);
	case 't':
		return parse_word(s, "true", nd_value_boolean(true), out);
	case 'f':
		return parse_word(s, "false", nd_value_boolean(false), out);
	case 'n':
		return parse_word(s, "null", nd_value_null(), out);
	default:
		return parse_number(s, out);
	}
}

/* One value and the white space around it. */
static bool parse_value(struct parser *s, struct nd_value *out)
{
	skip_white(s);
	if (s->p == s->end || s->depth == DEPTH_MAX)
		return false;
	s->depth++;
	bool ok = parse_bare_value(s, out);

	s->depth--;
	skip_white(s);
	return ok;
}

bool nd_value_parse_json(struct nd_span text, struct nd_arena *arena, struct nd_value *out)
{
	struct nd_value value;

	text = nd_utf8_clean(text, arena);
	struct parser s = {text.p, text.p + text.n, arena, 0};

	if (!parse_value(&s, &value) || s.p != s.end)
		return false;
	*out = value;
	return true;
}

bool nd_json_string(struct nd_span text, struct nd_arena *arena, struct nd_span *out)
{
	struct parser s = {text.p, text.p + text.n, arena, 0};
	struct nd_span string;

	if (!text.n || text.p[0] != '"' || !parse_string(&s, &string) || s.p != s.end)
		return false;
	*out = string;
	return true;
}

void nd_json_quote(struct nd_span text, GString *out)
{
	static const char names[] = "btn\0fr"; /* from U+0008 */

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '"' || c == '\\') {
			g_string_append_c(out, '\\');
			g_string_append_c(out, (char)c);
		} else if (c >= '\b' && c <= '\r' && names[c - '\b']) {
			g_string_append_c(out, '\\');
			g_string_append_c(out, names[c - '\b']);
		} else if (c < ' ' || c == 0x7f) {
			g_string_append_printf(out, "\\u%04x", c);
		} else if (c == 0xe2 && text.n - i >= 3 && (unsigned char)text.p[i + 1] == 0x80 &&
			   ((unsigned char)text.p[i + 2] & 0xfe) == 0xa8) {
			g_string_append_printf(
				out, "\\u20%02x", (unsigned char)text.p[i + 2] - 0x80);
			i += 2;
		} else {
			g_string_append_c(out, (char)c);
		}
	}
}
