#include "white.h"

struct nd_doc {
	struct nd_span bytes;
	struct nd_line *lines;
	size_t n, room;
};

size_t nd_doc_white(const char *p, size_t n)
{
	const unsigned char *c = (const unsigned char *)p;

	if (n == 0)
		return 0;
	if (c[0] < 0x80)
		return c[0] == ' ' || (c[0] >= '\t' && c[0] <= '\r');
	if (n >= 2 && c[0] == 0xc2)
		return c[1] == 0xa0 ? 2 : 0;
	if (n < 3)
		return 0;
	bool white = false;

	if (c[0] == 0xe2 && c[1] == 0x80) /* U+2000-200A, 2028, 2029, 202F */
		white = (c[2] >= 0x80 && c[2] <= 0x8a) || c[2] == 0xa8 || c[2] == 0xa9 ||
			c[2] == 0xaf;
	else if (c[0] == 0xe2) /* U+205F */
		white = c[1] == 0x81 && c[2] == 0x9f;
	else if (c[0] == 0xe1) /* U+1680 */
		white = c[1] == 0x9a && c[2] == 0x80;
	else if (c[0] == 0xe3) /* U+3000 */
		white = c[1] == 0x80 && c[2] == 0x80;
	else if (c[0] == 0xef) /* U+FEFF */
		white = c[1] == 0xbb && c[2] == 0xbf;
	return white ? 3 : 0;
}

struct nd_span nd_doc_trim(struct nd_span text)
{
	const char *end = text.p + text.n, *start = nd_white_skip(text.p, end);

	return (struct nd_span){start, (size_t)(nd_white_back(start, end) - start)};
}

/* U+2028 and U+2029, which the dot in ini's pattern for a value does not match. */
static bool has_line_separator(const char *p, const char *end)
{
	while (end - p >= 3 && (p = memchr(p, 0xe2, (size_t)(end - p) - 2))) {
		const unsigned char *c = (const unsigned char *)p;

		if (c[1] == 0x80 && (c[2] == 0xa8 || c[2] == 0xa9))
			return true;
		p++;
	}
	return false;
}

/* ^\[([^\]]*)\]\s*$; before ini 4 without the \s*. */
static bool parse_section(const char *base, struct nd_line *line, bool strict)
{
	const char *p = base + line->start + 1, *end = base + line->eol;
	const char *close = memchr(p, ']', (size_t)(end - p));

	if (!close || (strict ? close + 1 : nd_white_skip(close + 1, end)) != end)
		return false;
	p = nd_white_skip(p, close);
	line->key_start = (uint32_t)(p - base);
	line->key_end = (uint32_t)(nd_white_back(p, close) - base);
	line->value_start = line->value_end = line->key_end;
	line->kind = ND_LINE_SECTION;
	return true;
}

/* ^([^=]+)(=(.*))?$; `text` is the first byte that is not white. */
static void parse_pair(const char *base, struct nd_line *line, const char *text)
{
	const char *end = base + line->eol;
	const char *equals = memchr(text, '=', (size_t)(end - text));
	const char *key_end = nd_white_back(text, equals ? equals : end);

	line->kind = ND_LINE_BARE;
	line->key_start = (uint32_t)(text - base);
	line->key_end = line->value_start = line->value_end = (uint32_t)(key_end - base);
	if (!equals)
		return;
	const char *value = nd_white_skip(equals + 1, end);

	line->kind = ND_LINE_PAIR;
	if (equals == base + line->start || has_line_separator(equals + 1, end))
		line->kind = ND_LINE_IGNORED;
	line->value_start = (uint32_t)(value - base);
	line->value_end = (uint32_t)(nd_white_back(value, end) - base);
}

static void parse_line(const char *base, struct nd_line *line, bool strict)
{
	const char *start = base + line->start, *end = base + line->eol;
	const char *text = nd_white_skip(start, end);

	line->key_start = line->key_end = line->value_start = line->value_end = line->eol;
	if (text == end)
		line->kind = ND_LINE_BLANK;
	else if (*text == ';' || *text == '#')
		line->kind = ND_LINE_COMMENT;
	else if (*start != '[' || !parse_section(base, line, strict))
		parse_pair(base, line, text);
}

/* The next place of a byte at or behind p. Kept between lines, so that a file with only one of CR
 * and LF is not searched to its end for the other one on every line. */
static const char *next_place(const char *known, const char *p, const char *end, char c)
{
	if (known >= p)
		return known;
	known = memchr(p, c, (size_t)(end - p));
	return known ? known : end;
}

static struct nd_line *add_line(struct nd_doc *doc)
{
	if (doc->n == doc->room) {
		doc->room = MAX(doc->room + doc->room / 2, 16);
		doc->lines = g_renew(struct nd_line, doc->lines, doc->room);
	}
	return &doc->lines[doc->n++];
}

struct nd_doc *nd_doc_new(struct nd_span bytes, bool strict_sections)
{
	struct nd_doc *doc = g_new0(struct nd_doc, 1);
	const char *base = bytes.p, *end = bytes.p + bytes.n;
	const char *lf = NULL, *cr = NULL;

	g_assert(bytes.n <= UINT32_MAX);
	doc->bytes = bytes;
	doc->room = bytes.n / 64 + 1;
	doc->lines = g_new(struct nd_line, doc->room);
	for (const char *p = base; p < end;) {
		struct nd_line *line = add_line(doc);

		lf = next_place(lf, p, end, '\n');
		cr = next_place(cr, p, end, '\r');
		const char *eol = MIN(lf, cr), *next = eol;

		if (eol < end)
			next += eol == cr && lf < end && lf == cr + 1 ? 2 : 1;
		line->start = (uint32_t)(p - base);
		line->eol = (uint32_t)(eol - base);
		line->end = (uint32_t)(next - base);
		parse_line(base, line, strict_sections);
		p = next;
	}
	return doc;
}

void nd_doc_free(struct nd_doc *doc)
{
	if (!doc)
		return;
	g_free(doc->lines);
	g_free(doc);
}

struct nd_span nd_doc_bytes(const struct nd_doc *doc)
{
	return doc->bytes;
}

size_t nd_doc_count(const struct nd_doc *doc)
{
	return doc->n;
}

const struct nd_line *nd_doc_line(const struct nd_doc *doc, size_t index)
{
	g_assert(index < doc->n);
	return &doc->lines[index];
}

/* An offset behind the last byte belongs to the last line. */
size_t nd_doc_line_at(const struct nd_doc *doc, size_t offset)
{
	size_t low = 0, high = doc->n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (doc->lines[middle].start <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

struct nd_span nd_doc_key(const struct nd_doc *doc, size_t index)
{
	const struct nd_line *line = nd_doc_line(doc, index);

	return (struct nd_span){doc->bytes.p + line->key_start, line->key_end - line->key_start};
}

struct nd_span nd_doc_value(const struct nd_doc *doc, size_t index)
{
	const struct nd_line *line = nd_doc_line(doc, index);

	return (struct nd_span){
		doc->bytes.p + line->value_start, line->value_end - line->value_start};
}
