#include "report/write.h"

#include <math.h>
#include <string.h>

/* Room for n more bytes and a NUL: a call of g_string_append for every mark costs more than the text. */
static char *reserve(GString *out, size_t n)
{
	size_t length = out->len;

	if (length + n >= out->allocated_len) {
		g_string_set_size(out, length + n);
		g_string_truncate(out, length);
	}
	return out->str + length;
}

static void commit(GString *out, const char *end)
{
	out->len = (size_t)(end - out->str);
	out->str[out->len] = '\0';
}

static char *put(char *at, const char *text, size_t n)
{
	memcpy(at, text, n);
	return at + n;
}

#define MOST_LINES 8 /* how deep lines may go */

static char *begin_line(const struct nd_writer *w, char *at)
{
	*at++ = '\n';
	memset(at, ' ', w->depth);
	return at + w->depth;
}

static void begin(struct nd_writer *w, const char *name)
{
	size_t n = name ? strlen(name) : 0;
	char *at = reserve(w->out, n + 8 + MOST_LINES);

	if (w->filled)
		*at++ = ',';
	if (w->depth && w->depth <= w->lines)
		at = begin_line(w, at);
	else if (w->filled)
		*at++ = ' ';
	w->filled = true;
	if (name) {
		*at++ = '"';
		at = put(at, name, n);
		at = put(at, "\": ", 3);
	}
	commit(w->out, at);
}

void nd_write_open(struct nd_writer *w, const char *name, char bracket)
{
	begin(w, name);
	g_string_append_c(w->out, bracket);
	w->depth++;
	w->filled = false;
}

void nd_write_close(struct nd_writer *w, char bracket)
{
	bool line = w->filled && w->depth <= w->lines;

	w->depth--;
	if (line)
		commit(w->out, begin_line(w, reserve(w->out, 1 + MOST_LINES)));
	g_string_append_c(w->out, bracket);
	w->filled = true;
	if (w->depth == 0)
		g_string_append_c(w->out, '\n');
}

static bool needs_escape(char c)
{
	return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

/* How many of the n bytes can be copied as they are; eight at a time. *ascii turns false where one of
 * them is not. */
static size_t plain_run(const char *p, size_t n, bool *ascii)
{
	const uint64_t ones = 0x0101010101010101, tops = ones << 7;
	uint64_t x, found, beyond = 0;
	size_t at = 0;

	for (; n - at >= sizeof(x); at += sizeof(x)) {
		memcpy(&x, p + at, sizeof(x));
		/* A byte that is 0 after its subtraction or xor borrows: its top bit is set. A borrow may mark
		 * the byte behind it too, which the bytewise loop sorts out. */
		found = (x - ones * 0x20) | ((x ^ ones * '"') - ones) | ((x ^ ones * '\\') - ones);
		if (found & ~x & tops)
			break;
		beyond |= x;
	}
	for (; at < n && !needs_escape(p[at]); at++)
		beyond |= (uint64_t)(unsigned char)p[at];
	*ascii = *ascii && !(beyond & tops);
	return at;
}

static void append_escape(GString *out, unsigned char c)
{
	const char *from = "\"\\\n\r\t\b\f", *at = strchr(from, c);

	if (at) {
		g_string_append_c(out, '\\');
		g_string_append_c(out, "\"\\nrtbf"[at - from]);
	} else {
		g_string_append_printf(out, "\\u%04x", c);
	}
}

/* Returns whether all of it is ASCII. */
static bool append_escaped(GString *out, const char *p, size_t n)
{
	bool ascii = true;

	for (;;) {
		size_t run = plain_run(p, n, &ascii);
		char *at = reserve(out, run);

		commit(out, put(at, p, run));
		if (run == n)
			return ascii;
		append_escape(out, (unsigned char)p[run]);
		p += run + 1;
		n -= run + 1;
	}
}

void nd_write_null(struct nd_writer *w, const char *name)
{
	begin(w, name);
	g_string_append_len(w->out, "null", 4);
}

void nd_write_text(struct nd_writer *w, const char *name, const char *text)
{
	g_autofree char *valid = NULL;
	size_t start;

	if (!text) {
		nd_write_null(w, name);
		return;
	}
	begin(w, name);
	g_string_append_c(w->out, '"');
	start = w->out->len;
	if (!append_escaped(w->out, text, strlen(text)) && !g_utf8_validate(text, -1, NULL)) {
		valid = g_utf8_make_valid(text, -1);
		g_string_truncate(w->out, start);
		append_escaped(w->out, valid, strlen(valid));
	}
	g_string_append_c(w->out, '"');
}

void nd_write_integer(struct nd_writer *w, const char *name, int64_t number)
{
	char digits[24], *at = digits + sizeof(digits);
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

	begin(w, name);
	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (number < 0)
		*--at = '-';
	g_string_append_len(w->out, at, digits + sizeof(digits) - at);
}

void nd_write_number(struct nd_writer *w, const char *name, double number)
{
	char digits[G_ASCII_DTOSTR_BUF_SIZE];

	if (!isfinite(number)) {
		nd_write_null(w, name);
	} else if (number == floor(number) && fabs(number) < 1e15) {
		nd_write_integer(w, name, (int64_t)number);
	} else {
		begin(w, name);
		g_string_append(w->out, g_ascii_formatd(digits, sizeof(digits), "%.10g", number));
	}
}

void nd_write_boolean(struct nd_writer *w, const char *name, bool truth)
{
	begin(w, name);
	g_string_append(w->out, truth ? "true" : "false");
}
