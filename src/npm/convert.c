#include "convert.h"

#include <math.h>
#include <npmrc-doctor/doc.h>

/* The length of the white space that ends at `end`, at most back to `start`; 0 if none. */
static size_t white_before(const char *start, const char *end)
{
	const char *p = end;
	do
		p--;
	while (p > start && end - p < 4 && ((unsigned char)*p & 0xc0) == 0x80);
	size_t n = (size_t)(end - p);
	return nd_doc_white(p, n) == n ? n : 0;
}

struct nd_span nd_convert_trim(struct nd_span text)
{
	size_t n;
	while (text.n > 0 && (n = nd_doc_white(text.p, text.n)) > 0) {
		text.p += n;
		text.n -= n;
	}
	while (text.n > 0 && (n = white_before(text.p, text.p + text.n)) > 0)
		text.n -= n;
	return text;
}

static size_t count_digits(const char *p, const char *end)
{
	const char *start = p;
	while (p < end && g_ascii_isdigit(*p))
		p++;
	return (size_t)(p - start);
}

/* StrUnsignedDecimalLiteral of ECMAScript without Infinity: strtod alone would take hex and "nan".
 */
static bool is_decimal(const char *p, const char *end)
{
	size_t whole = count_digits(p, end), fraction = 0;
	p += whole;
	if (p < end && *p == '.') {
		fraction = count_digits(p + 1, end);
		p += 1 + fraction;
	}
	if (whole + fraction == 0)
		return false;
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		p += p < end && (*p == '+' || *p == '-');
		size_t exponent = count_digits(p, end);
		if (exponent == 0)
			return false;
		p += exponent;
	}
	return p == end;
}

/* 0x, 0o and 0b literals, which take no sign. */
static bool parse_radix(struct nd_span text, double *out)
{
	if (text.n < 3 || text.p[0] != '0')
		return false;
	char letter = g_ascii_tolower(text.p[1]);
	int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
	double value = 0;
	for (size_t i = 2; i < text.n; i++) {
		int digit = g_ascii_xdigit_value(text.p[i]);
		if (digit < 0 || digit >= base)
			return false;
		value = value * base + digit;
	}
	*out = value;
	return true;
}

bool nd_convert_number(struct nd_span text, double *out)
{
	text = nd_convert_trim(text);
	*out = 0;
	if (text.n == 0 || parse_radix(text, out))
		return true;
	size_t sign = text.p[0] == '+' || text.p[0] == '-';
	struct nd_span rest = {text.p + sign, text.n - sign};
	if (nd_span_is(rest, "Infinity")) {
		*out = text.p[0] == '-' ? -INFINITY : INFINITY;
		return true;
	}
	if (!is_decimal(rest.p, rest.p + rest.n))
		return false;
	g_autofree char *copy = g_strndup(text.p, text.n);
	*out = g_ascii_strtod(copy, NULL);
	return true;
}

static bool parse_digits(struct nd_span digits, int base, double *out)
{
	if (digits.n == 0)
		return false;
	*out = 0;
	for (size_t i = 0; i < digits.n; i++) {
		int digit = g_ascii_digit_value(digits.p[i]);
		if (digit < 0 || digit >= base)
			return false;
		*out = *out * base + digit;
	}
	return true;
}

bool nd_convert_umask(struct nd_span text, double *out)
{
	if (text.n == 0)
		return false;
	if (text.p[0] != '0')
		return parse_digits(text, 10, out);
	size_t prefix = text.n > 1 && text.p[1] == 'o' ? 2 : 1;
	return parse_digits((struct nd_span){text.p + prefix, text.n - prefix}, 8, out);
}

double nd_convert_umask_npm6(struct nd_span text)
{
	double value;
	bool octal = text.n > 0 && text.p[0] == '0';
	return parse_digits(text, octal ? 8 : 10, &value) && value <= 0777 ? value : 022;
}

/* A number of a version: no leading zero, at most MAX_SAFE_INTEGER. */
static const char *skip_version_number(const char *p, const char *end)
{
	size_t n = count_digits(p, end);
	double value;
	if (n == 0 || (n > 1 && *p == '0') || !parse_digits((struct nd_span){p, n}, 10, &value) ||
		value > 9007199254740991.0)
		return NULL;
	return p + n;
}

/* Dot-separated identifiers; in prereleases a number has no leading zero. */
static const char *skip_identifiers(const char *p, const char *end, bool prerelease)
{
	for (;;) {
		const char *start = p;
		while (p < end && (g_ascii_isalnum(*p) || *p == '-'))
			p++;
		size_t n = (size_t)(p - start);
		bool padded = n > 1 && *start == '0' && count_digits(start, p) == n;
		if (n == 0 || (prerelease && padded))
			return NULL;
		if (p == end || *p != '.')
			return p;
		p++;
	}
}

struct nd_span nd_convert_semver(struct nd_span text)
{
	const struct nd_span none = {NULL, 0};
	text = nd_convert_trim(text);
	const char *end = text.p + text.n, *p = text.p;
	if (text.n == 0 || text.n > 256)
		return none;
	p += *p == 'v';
	const char *start = p;
	for (int i = 0; i < 3; i++) {
		if (i > 0 && (p == end || *p++ != '.'))
			return none;
		if (!(p = skip_version_number(p, end)))
			return none;
	}
	if (p < end && *p == '-' && !(p = skip_identifiers(p + 1, end, true)))
		return none;
	struct nd_span version = {start, (size_t)(p - start)};
	if (p < end && (*p != '+' || !(p = skip_identifiers(p + 1, end, false))))
		return none;
	return p == end ? version : none;
}

char *nd_convert_hide_nul(struct nd_span text)
{
	char *copy = g_malloc(text.n + 1);

	for (size_t i = 0; i < text.n; i++)
		copy[i] = text.p[i] ? text.p[i] : '\xff';
	copy[text.n] = '\0';
	return copy;
}

struct nd_span nd_convert_show_nul(const char *text, struct nd_arena *arena)
{
	struct nd_span shown = nd_arena_copy(arena, nd_span_of(text));
	char *bytes = (char *)shown.p;

	for (size_t i = 0; i < shown.n; i++)
		if (bytes[i] == '\xff')
			bytes[i] = '\0';
	return shown;
}
