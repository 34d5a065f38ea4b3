#ifndef ND_DOC_WHITE_H
#define ND_DOC_WHITE_H

#include <npmrc-doctor/doc.h>

/* Trimming as JavaScript's trim() does it; both return the new bound. */
static inline const char *nd_white_skip(const char *p, const char *end)
{
	while (p < end) {
		unsigned char c = (unsigned char)*p;
		size_t n;

		if (c > ' ' && c < 0x80)
			break;
		n = nd_doc_white(p, (size_t)(end - p));
		if (n == 0)
			break;
		p += n;
	}
	return p;
}

/* White space before `end`, not before `start`. A lead byte always starts a character of its own,
 * however broken the bytes before it are, so looking backwards finds what decoding would. */
static inline const char *nd_white_back(const char *start, const char *end)
{
	while (end > start) {
		unsigned char c = (unsigned char)end[-1];
		size_t n;

		if (c > ' ' && c < 0x80)
			break;
		n = c < 0x80 ? 1 : end - start >= 2 && (unsigned char)end[-2] == 0xc2 ? 2 : 3;
		if ((size_t)(end - start) < n || nd_doc_white(end - n, n) != n)
			break;
		end -= n;
	}
	return end;
}

#endif
