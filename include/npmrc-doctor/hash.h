#ifndef NPMRC_DOCTOR_HASH_H
#define NPMRC_DOCTOR_HASH_H

#include <npmrc-doctor/span.h>
#include <stdint.h>

/* Hashing what other people wrote: without knowing the seed, which is another in each process, nobody can
 * write keys that meet in one place of a table and make it slow. Nothing that is printed may hang on it. */

static inline uint64_t nd_hash_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* wyhash's way: 16 bytes a round. */
static inline uint32_t nd_hash_seeded(const uint64_t seed[2], struct nd_span text)
{
	uint64_t h = seed[0] ^ text.n, a, b;
	const char *p = text.p;
	size_t n = text.n;

	for (; n > 16; n -= 16, p += 16) {
		memcpy(&a, p, 8);
		memcpy(&b, p + 8, 8);
		h = nd_hash_mix(a ^ seed[1], b ^ h);
	}
	a = b = 0;
	if (n >= 8) {
		memcpy(&a, p, 8);
		memcpy(&b, p + n - 8, 8);
	} else if (n >= 4) {
		memcpy(&a, p, 4);
		memcpy(&b, p + n - 4, 4);
	} else if (n > 0) {
		a = (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 |
			(unsigned char)p[n - 1];
	}
	h = nd_hash_mix(a ^ seed[1], b ^ h);
	return (uint32_t)nd_hash_mix(h ^ seed[0], 0x9e3779b97f4a7c15u);
}

/* For GHashTable, in place of g_str_hash and for keys that are `struct nd_span`; seeded at the first call. */
guint nd_hash_text(gconstpointer text);
guint nd_hash_span(gconstpointer span);
gboolean nd_hash_same_span(gconstpointer a, gconstpointer b);

#endif
