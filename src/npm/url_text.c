#include "url_parse.h"
#include "utf8.h"

#include <npmrc-doctor/url.h>

static void append_percent(GString *out, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";

	g_string_append_c(out, '%');
	g_string_append_c(out, digits[c >> 4]);
	g_string_append_c(out, digits[c & 15]);
}

void nd_url_append_encoded(GString *out, struct nd_span text, const char *set)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x20 || c > 0x7e || strchr(set, c))
			append_percent(out, c);
		else
			g_string_append_c(out, (char)c);
	}
}

GString *nd_url_utf8(struct nd_span text)
{
	GString *out = g_string_sized_new(text.n);
	size_t i = 0;

	while (i < text.n) {
		bool valid;
		size_t n = nd_utf8_step(text.p + i, text.n - i, &valid);

		g_string_append_len(
			out, valid ? text.p + i : "\xef\xbf\xbd", valid ? (gssize)n : 3);
		i += n;
	}
	return out;
}

static int hex_byte(const char *p, size_t n)
{
	if (n < 3 || p[0] != '%' || !g_ascii_isxdigit(p[1]) || !g_ascii_isxdigit(p[2]))
		return -1;
	return g_ascii_xdigit_value(p[1]) << 4 | g_ascii_xdigit_value(p[2]);
}

/* One character written in escapes: all its bytes must be escapes (ECMA-262, Decode). Returns how
 * much of the text it takes, 0 where it is malformed. */
static size_t decode_escapes(const char *p, size_t n, GString *out)
{
	char bytes[4];
	bool valid;

	for (size_t got = 0; got < sizeof(bytes); got++) {
		int byte = hex_byte(p + 3 * got, n - 3 * got);

		if (byte < 0)
			return 0;
		bytes[got] = (char)byte;
		if (nd_utf8_step(bytes, got + 1, &valid) == got + 1 && valid) {
			g_string_append_len(out, bytes, (gssize)got + 1);
			return 3 * (got + 1);
		}
	}
	return 0;
}

char *nd_url_decode(const char *text, size_t *n)
{
	size_t left = strlen(text);
	GString *out = g_string_sized_new(left);

	while (left) {
		size_t took = 1;

		if (*text == '%')
			took = decode_escapes(text, left, out);
		else
			g_string_append_c(out, *text);
		if (!took) {
			g_string_free(out, TRUE);
			return NULL;
		}
		text += took;
		left -= took;
	}
	if (n)
		*n = out->len;
	return g_string_free(out, FALSE);
}
