#include "internal.h"

static int base64_digit(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

GString *nd_base64_decode(struct nd_span text)
{
	GString *out = g_string_sized_new(text.n / 4 * 3 + 3);
	guint32 bits = 0;
	int n = 0;

	for (size_t i = 0; i < text.n && text.p[i] != '='; i++) {
		int digit = base64_digit((unsigned char)text.p[i]);

		if (digit < 0)
			continue;
		bits = (bits << 6 | (guint32)digit) & 0xffffff;
		n += 6;
		if (n >= 8) {
			n -= 8;
			g_string_append_c(out, (char)(bits >> n & 0xff));
		}
	}
	return out;
}

/* How many bytes at p are one character; 0 where they are none, with *skip the length of the
 * longest beginning of one, which the WHATWG decoder replaces as a whole. */
static size_t utf8_length(const unsigned char *p, size_t n, size_t *skip)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t need = p[0] < 0x80		     ? 0
		      : p[0] >= 0xc2 && p[0] <= 0xdf ? 1
		      : (p[0] & 0xf0) == 0xe0	     ? 2
						     : 3;

	*skip = 1;
	if (need == 0)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	if (p[0] == 0xe0 || p[0] == 0xf0)
		low = p[0] == 0xe0 ? 0xa0 : 0x90;
	if (p[0] == 0xed || p[0] == 0xf4)
		high = p[0] == 0xed ? 0x9f : 0x8f;
	for (size_t i = 1; i <= need; i++) {
		if (i >= n || p[i] < low || p[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
		*skip = i + 1;
	}
	return need + 1;
}

void nd_utf8_append(GString *out, struct nd_span bytes)
{
	size_t at = 0, skip;

	while (at < bytes.n) {
		size_t n = utf8_length((const unsigned char *)bytes.p + at, bytes.n - at, &skip);

		if (n)
			g_string_append_len(out, bytes.p + at, (gssize)n);
		else
			g_string_append(out, "\xef\xbf\xbd");
		at += n ? n : skip;
	}
}
