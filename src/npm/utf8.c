#include "utf8.h"

static const char replacement[] = "\xef\xbf\xbd";

size_t nd_utf8_step(const char *p, size_t n, bool *valid)
{
	const unsigned char *c = (const unsigned char *)p;
	unsigned low = 0x80, high = 0xbf;
	size_t length;

	*valid = c[0] < 0x80;
	if (c[0] < 0xc2 || c[0] > 0xf4)
		return 1;
	length = c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
	/* Overlong forms, surrogates and what lies above U+10FFFF end after the first byte. */
	if (c[0] == 0xe0)
		low = 0xa0;
	else if (c[0] == 0xed)
		high = 0x9f;
	else if (c[0] == 0xf0)
		low = 0x90;
	else if (c[0] == 0xf4)
		high = 0x8f;
	for (size_t i = 1; i < length; i++) {
		if (i >= n || c[i] < low || c[i] > high)
			return i;
		low = 0x80;
		high = 0xbf;
	}
	*valid = true;
	return length;
}

const char *nd_utf8_valid_until(const char *p, const char *end)
{
	while (p < end) {
		bool valid;
		uint64_t word;

		if (end - p >= 8) {
			memcpy(&word, p, 8);
			if (!(word & 0x8080808080808080u)) {
				p += 8;
				continue;
			}
		}
		size_t n = nd_utf8_step(p, (size_t)(end - p), &valid);

		if (!valid)
			break;
		p += n;
	}
	return p;
}

struct nd_span nd_utf8_clean(struct nd_span text, struct nd_arena *arena)
{
	const char *end = text.p + text.n;
	const char *bad = nd_utf8_valid_until(text.p, end);
	size_t extra = 0;
	bool valid;

	if (bad == end)
		return text;
	for (const char *p = bad; p < end;) {
		size_t n = nd_utf8_step(p, (size_t)(end - p), &valid);

		if (!valid)
			extra += 3 - n;
		p += n;
	}
	char *copy = nd_arena_alloc(arena, text.n + extra + 1), *out = copy;

	for (const char *p = text.p; p < end;) {
		size_t n = nd_utf8_step(p, (size_t)(end - p), &valid);

		memcpy(out, valid ? p : replacement, valid ? n : 3);
		out += valid ? n : 3;
		p += n;
	}
	return (struct nd_span){copy, text.n + extra};
}

size_t nd_utf8_put(char *out, uint32_t code)
{
	if (code >= 0xd800 && code <= 0xdfff)
		code = 0xfffd;
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}
