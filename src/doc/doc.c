#include "white.h"
#include <npmrc-doctor/arena.h>

/* Lines are found at once but parsed when they are asked for, a block at a time: a large file has
 * many that nobody looks at, and a struct nd_line is as long as most of them. */
#define BLOCK 64

struct nd_doc {
	struct nd_span bytes;
	bool strict_sections;
	bool separators;  /* U+2028 or U+2029 stands somewhere */
	uint32_t *starts; /* of the lines, and the end of the last one */
	size_t n, room;
	struct nd_line **blocks; /* NULL: not parsed yet */
	struct nul {
		bool sought, found;
	} * nul;
};

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
static void parse_pair(const struct nd_doc *doc, struct nd_line *line, const char *text)
{
	const char *base = doc->bytes.p, *end = base + line->eol;
	const char *equals = memchr(text, '=', (size_t)(end - text));
	const char *key_end = nd_white_back(text, equals ? equals : end);

	line->kind = ND_LINE_BARE;
	line->key_start = (uint32_t)(text - base);
	line->key_end = line->value_start = line->value_end = (uint32_t)(key_end - base);
	if (!equals)
		return;
	const char *value = nd_white_skip(equals + 1, end);

	line->kind = ND_LINE_PAIR;
	if (equals == base + line->start ||
		(doc->separators && has_line_separator(equals + 1, end)))
		line->kind = ND_LINE_IGNORED;
	line->value_start = (uint32_t)(value - base);
	line->value_end = (uint32_t)(nd_white_back(value, end) - base);
}

/* CRLF, LF and a lone CR end a line; the last one may have no end. */
static const char *line_end(const char *start, const char *next)
{
	if (next[-1] == '\n')
		return next - (next - start > 1 && next[-2] == '\r' ? 2 : 1);
	return next - (next[-1] == '\r');
}

void nd_doc_read_line(const struct nd_doc *doc, size_t index, struct nd_line *line)
{
	g_assert(index < doc->n);
	const char *base = doc->bytes.p, *start = base + doc->starts[index];
	const char *next = base + doc->starts[index + 1], *end = line_end(start, next);
	const char *text = nd_white_skip(start, end);

	line->start = doc->starts[index];
	line->eol = (uint32_t)(end - base);
	line->end = doc->starts[index + 1];
	line->key_start = line->key_end = line->value_start = line->value_end = line->eol;
	if (text == end)
		line->kind = ND_LINE_BLANK;
	else if (*text == ';' || *text == '#')
		line->kind = ND_LINE_COMMENT;
	else if (*start != '[' || !parse_section(base, line, doc->strict_sections))
		parse_pair(doc, line, text);
}

static void add_start(struct nd_doc *doc, size_t start)
{
	if (doc->n == doc->room) {
		size_t size = doc->room * sizeof(*doc->starts);

		doc->starts = nd_pages_grow(doc->starts, size, size * 2);
		doc->room *= 2;
	}
	doc->starts[doc->n++] = (uint32_t)start;
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define STRIDE 16

/* A bit for each of 16 bytes that may be LF or CR, the first byte's lowest. */
static inline unsigned maybe_ends(const char *p)
{
#ifdef __SSE2__
	char bytes __attribute__((vector_size(STRIDE)));

	memcpy(&bytes, p, STRIDE);
	return (unsigned)__builtin_ia32_pmovmskb128((bytes == '\n') | (bytes == '\r'));
#else
	unsigned found = 0;

	/* 0x08 to 0x0f: the others are rare but for tabs. */
	for (unsigned i = 0; i < STRIDE; i += 8) {
		uint64_t word;

		memcpy(&word, p + i, sizeof(word));
		word = (GUINT64_FROM_LE(word) ^ EACH(0x08)) & EACH(0xf8);
		word = ~(((word & EACH(0x7f)) + EACH(0x7f)) | word) & EACH(0x80);
		found |= (unsigned)(((word >> 7) * UINT64_C(0x0102040810204080)) >> 56) << i;
	}
	return found;
#endif
}

/* A line end that may stand at `p`: where the next line starts, or NULL. */
static const char *behind_end(const char *p, const char *end)
{
	if (*p == '\n')
		return p + 1;
	return *p == '\r' && (p + 1 == end || p[1] != '\n') ? p + 1 : NULL;
}

static void find_lines(struct nd_doc *doc)
{
	const char *base = doc->bytes.p, *end = base + doc->bytes.n, *p = base, *next;

	if (p < end)
		add_start(doc, 0);
	for (; end - p >= STRIDE; p += STRIDE)
		for (unsigned found = maybe_ends(p); found; found &= found - 1)
			if ((next = behind_end(p + __builtin_ctz(found), end)) && next < end)
				add_start(doc, (size_t)(next - base));
	for (; p < end; p++)
		if ((next = behind_end(p, end)) && next < end)
			add_start(doc, (size_t)(next - base));
	add_start(doc, doc->bytes.n);
	doc->n--;
}

struct nd_doc *nd_doc_new(struct nd_span bytes, bool strict_sections)
{
	struct nd_doc *doc = g_new0(struct nd_doc, 1);

	g_assert(bytes.n <= UINT32_MAX);
	doc->bytes = bytes;
	doc->strict_sections = strict_sections;
	doc->separators = has_line_separator(bytes.p, bytes.p + bytes.n);
	doc->room = bytes.n / 32 + 16;
	doc->starts = nd_pages_grow(NULL, 0, doc->room * sizeof(*doc->starts));
	find_lines(doc);
	doc->blocks = g_new0(struct nd_line *, doc->n / BLOCK + 1);
	doc->nul = g_new0(struct nul, 1);
	return doc;
}

void nd_doc_free(struct nd_doc *doc)
{
	if (!doc)
		return;
	for (size_t i = 0; i <= doc->n / BLOCK; i++)
		g_free(doc->blocks[i]);
	g_free(doc->blocks);
	g_free(doc->nul);
	nd_pages_free(doc->starts, doc->room * sizeof(*doc->starts));
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

bool nd_doc_has_nul(const struct nd_doc *doc)
{
	struct nul *nul = doc->nul;

	if (!nul->sought)
		nul->found = doc->bytes.n && memchr(doc->bytes.p, '\0', doc->bytes.n);
	nul->sought = true;
	return nul->found;
}

const struct nd_line *nd_doc_line(const struct nd_doc *doc, size_t index)
{
	g_assert(index < doc->n);
	size_t first = index / BLOCK * BLOCK, n = MIN(doc->n - first, BLOCK);
	struct nd_line **block = &doc->blocks[index / BLOCK];

	if (!*block) {
		*block = g_new(struct nd_line, n);
		for (size_t i = 0; i < n; i++)
			nd_doc_read_line(doc, first + i, &(*block)[i]);
	}
	return &(*block)[index - first];
}

/* An offset behind the last byte belongs to the last line. */
size_t nd_doc_line_at(const struct nd_doc *doc, size_t offset)
{
	size_t low = 0, high = doc->n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (doc->starts[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}
