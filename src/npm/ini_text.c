#include "ini_text.h"
#include "json.h"
#include "utf8.h"

static bool is_special(char c)
{
	return c == '\\' || c == ';' || c == '#';
}

bool nd_ini_text_quoted(struct nd_span text)
{
	return text.n && (text.p[0] == '"' || text.p[0] == '\'') && text.p[text.n - 1] == text.p[0];
}

void nd_ini_text_words(struct nd_value *value)
{
	struct nd_span s = value->string;

	if (value->type != ND_TYPE_STRING || s.n < 4 || s.n > 5)
		return;
	if (s.n == 4 && memcmp(s.p, "true", 4) == 0)
		*value = nd_value_boolean(true);
	else if (s.n == 5 && memcmp(s.p, "false", 5) == 0)
		*value = nd_value_boolean(false);
	else if (s.n == 4 && memcmp(s.p, "null", 4) == 0)
		*value = nd_value_null();
}

static void decode_quoted(struct nd_span raw, struct nd_arena *arena, struct nd_ini_text *out)
{
	struct nd_span text = nd_utf8_clean(raw, arena), inside = {text.p + 1, text.n - 2};

	if (raw.n == 1) /* slice(1, -1) of a lone ' is ""; a lone " is no JSON and stays */
		inside = (struct nd_span){text.p, 0};
	if (raw.p[0] == '\'') {
		out->quote = '\'';
		out->open_quote = raw.n == 1 ? '\'' : 0;
		if (!nd_value_parse_json(inside, arena, &out->value))
			out->value = nd_value_string(inside);
		return;
	}
	out->value = nd_value_string(text);
	if (nd_json_string(text, arena, &out->value.string)) {
		out->quote = '"';
		return;
	}
	/* Not JSON, like "C:\dir": the quotes stay and belong to the value. */
	out->open_quote = raw.n == 1 ? '"' : 0;
	out->plain = text.p == raw.p;
}

/* Takes the backslash from \; \# and \\; every other one stays. */
static struct nd_span unescape(struct nd_span text, struct nd_arena *arena)
{
	char *copy = nd_arena_alloc(arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\\' && i + 1 < text.n) {
			i++;
			if (!is_special(text.p[i]))
				copy[n++] = '\\';
		}
		copy[n++] = text.p[i];
	}
	return (struct nd_span){copy, n};
}

/* From the first byte that is not ordinary ASCII: finds the comment, unescapes, replaces. */
static void decode_special(
	struct nd_span raw, const char *p, struct nd_arena *arena, struct nd_ini_text *out)
{
	const char *end = raw.p + raw.n;
	bool escapes = false;

	for (; p < end && *p != ';' && *p != '#'; p++) {
		if (*p != '\\' || p + 1 == end)
			continue;
		p++;
		escapes = escapes || is_special(*p);
	}
	if (p < end) {
		out->cut = out->start + (size_t)(p - raw.p);
		raw.n = nd_doc_trim((struct nd_span){raw.p, (size_t)(p - raw.p)}).n;
		out->end = out->start + raw.n;
	}
	struct nd_span text = nd_utf8_clean(raw, arena);

	out->plain = text.p == raw.p && !escapes;
	out->value = nd_value_string(escapes ? unescape(text, arena) : text);
}

static bool is_ordinary(unsigned char c)
{
	return c < 0x80 && c != '\\' && c != ';' && c != '#';
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define STRIDE 16

/* Whether any of 16 bytes is not ordinary. One byte of a word is zero where (word - 1) & ~word has
 * a top bit. */
static inline bool has_special(const char *p)
{
#ifdef __SSE2__
	char bytes __attribute__((vector_size(STRIDE)));

	memcpy(&bytes, p, STRIDE);
	return __builtin_ia32_pmovmskb128(
		       bytes | (bytes == '\\') | (bytes == ';') | (bytes == '#')) != 0;
#else
	uint64_t words[2], found = 0;

	memcpy(words, p, sizeof(words));
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		found |= words[i];
		found |= ((words[i] ^ EACH('\\')) - EACH(1)) & ~(words[i] ^ EACH('\\'));
		found |= ((words[i] ^ EACH(';')) - EACH(1)) & ~(words[i] ^ EACH(';'));
		found |= ((words[i] ^ EACH('#')) - EACH(1)) & ~(words[i] ^ EACH('#'));
	}
	return found & EACH(0x80);
#endif
}

const char *nd_ini_text_special(const char *p, const char *end)
{
	if (end - p >= STRIDE) {
		while (end - p >= STRIDE && !has_special(p))
			p += STRIDE;
		/* The rest together with bytes that have been seen. */
		if (end - p < STRIDE && !has_special(end - STRIDE))
			return end;
	}
	while (p < end && is_ordinary((unsigned char)*p))
		p++;
	return p;
}

static void decode_unquoted(struct nd_span raw, struct nd_arena *arena, struct nd_ini_text *out)
{
	const char *p = nd_ini_text_special(raw.p, raw.p + raw.n);

	if (p == raw.p + raw.n) {
		out->value = nd_value_string(raw);
		out->plain = true;
	} else {
		decode_special(raw, p, arena, out);
		raw.n = out->end - out->start;
	}
	if (raw.n && (raw.p[0] == '"' || raw.p[0] == '\'') &&
		(raw.n == 1 || !nd_ini_text_quoted(raw)))
		out->open_quote = raw.p[0];
}

void nd_ini_text_decode(struct nd_span bytes, struct nd_ini_text *out, struct nd_arena *arena)
{
	size_t start = out->start, end = out->end;
	struct nd_span raw = {bytes.p + start, end - start};

	if (nd_ini_text_quoted(raw))
		decode_quoted(raw, arena, out);
	else
		decode_unquoted(raw, arena, out);
}

/* How the bytes between start and end turn into those of the value. */
enum spelling {
	SPELLING_PLAIN,	  /* as they are, but for invalid UTF-8 */
	SPELLING_ESCAPED, /* \; \# \\ */
	SPELLING_JSON,
	SPELLING_OTHER, /* a number and the like: there is no mapping byte by byte */
};

/* Narrows the text to what stands inside its quotes. */
static enum spelling spelling_of(struct nd_span *raw, const struct nd_ini_text *text)
{
	if (!text->quote)
		return nd_ini_text_quoted(*raw) && !text->cut ? SPELLING_PLAIN : SPELLING_ESCAPED;
	raw->p++;
	raw->n = raw->n > 1 ? raw->n - 2 : 0;
	if (text->quote == '"')
		return SPELLING_JSON;
	struct nd_arena *arena = nd_arena_new();
	struct nd_value value;
	bool json = nd_value_parse_json(*raw, arena, &value);

	nd_arena_free(arena);
	if (!json)
		return SPELLING_PLAIN;
	if (value.type != ND_TYPE_STRING)
		return SPELLING_OTHER;
	/* The JSON string stands between quotes of its own, perhaps with white space around them.
	 */
	const char *open = memchr(raw->p, '"', raw->n);
	const char *close = memrchr(raw->p, '"', raw->n);

	*raw = (struct nd_span){open + 1, (size_t)(close - open - 1)};
	return SPELLING_JSON;
}

/* The length of the next unit in the document; `*out` is its length in the value. */
static size_t step(const char *p, size_t n, enum spelling spelling, size_t *out)
{
	char put[4];
	uint32_t code;
	bool valid;

	if (*p == '\\' && spelling == SPELLING_JSON) {
		size_t length = nd_json_escape(p, n, &code);

		*out = nd_utf8_put(put, code);
		return MAX(length, 1);
	}
	if (*p == '\\' && spelling == SPELLING_ESCAPED && n > 1) {
		/* One unit even where the backslash stays: what follows it is not looked at again.
		 */
		*out = is_special(p[1]) ? 1 : 2;
		if ((unsigned char)p[1] < 0x80)
			return 2;
		*out = 1;
		return 1;
	}
	size_t length = nd_utf8_step(p, n, &valid);

	*out = valid ? length : 3;
	return length;
}

size_t nd_ini_offset(const struct nd_doc *doc, const struct nd_ini_text *text, size_t at)
{
	struct nd_span raw = {nd_doc_bytes(doc).p + text->start, text->end - text->start};
	size_t passed = 0, i = 0;

	if (text->plain)
		return text->start + MIN(at, raw.n);
	enum spelling spelling = spelling_of(&raw, text);

	if (spelling == SPELLING_OTHER)
		i = at ? raw.n : 0;
	while (spelling != SPELLING_OTHER && i < raw.n && passed < at) {
		size_t out, length = step(raw.p + i, raw.n - i, spelling, &out);

		/* Inside a unit that stands for itself, byte by byte; else the unit as a whole. */
		if (passed + out > at) {
			i += length == out ? at - passed : 0;
			break;
		}
		passed += out;
		i += length;
	}
	return (size_t)(raw.p - nd_doc_bytes(doc).p) + i;
}
