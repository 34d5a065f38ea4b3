#ifndef NPMRC_DOCTOR_SPAN_H
#define NPMRC_DOCTOR_SPAN_H

#include <glib.h>
#include <stdbool.h>
#include <string.h>

/* A borrowed run of bytes. It may hold NUL and is not terminated. */
struct nd_span {
	const char *p;
	size_t n;
};

static inline struct nd_span nd_span_of(const char *text)
{
	return (struct nd_span){ text, text ? strlen(text) : 0 };
}

static inline bool nd_span_equal(struct nd_span a, struct nd_span b)
{
	/* A span that holds bytes has an address. NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool nd_span_is(struct nd_span a, const char *text)
{
	return nd_span_equal(a, nd_span_of(text));
}

#endif
