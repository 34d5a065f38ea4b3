#include "url_parse.h"

#include <npmrc-doctor/idna.h>
#include <stdint.h>

/* "forbidden host code points", without the NUL. */
#define FORBIDDEN "\t\n\r #/:<>?@[\\]^|"

static bool is_forbidden(unsigned char c, bool domain)
{
	if (c == 0 || strchr(FORBIDDEN, c))
		return true;
	return domain && (c < 0x20 || c == '%' || c == 0x7f);
}

static bool has_forbidden(struct nd_span text, bool domain)
{
	for (size_t i = 0; i < text.n; i++)
		if (is_forbidden((unsigned char)text.p[i], domain))
			return true;
	return false;
}

/* "IPv4 number parser": false where it is none. What is too big for any address stays too big. */
static bool ipv4_number(const char *text, uint64_t *out)
{
	unsigned base = 10;
	uint64_t value = 0;

	if (!*text)
		return false;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	} else if (text[0] == '0' && text[1]) {
		base = 8;
		text++;
	}
	for (; *text; text++) {
		int digit = g_ascii_xdigit_value(*text);

		if (digit < 0 || (unsigned)digit >= base)
			return false;
		if (value <= UINT32_MAX)
			value = value * base + (unsigned)digit;
	}
	*out = value;
	return true;
}

/* "ends in a number checker" */
static bool ends_in_number(char **labels, size_t n)
{
	uint64_t number;
	const char *last;

	if (n > 1 && !*labels[n - 1])
		n--;
	last = labels[n - 1];
	if (*last && strspn(last, "0123456789") == strlen(last))
		return true;
	return ipv4_number(last, &number);
}

/* "IPv4 parser" and serializer */
static bool append_ipv4(char **labels, size_t n, GString *out)
{
	uint64_t address = 0, number;

	if (n > 1 && !*labels[n - 1])
		n--;
	if (n > 4)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!ipv4_number(labels[i], &number))
			return false;
		if (i + 1 < n) {
			if (number > 255)
				return false;
			address |= number << (8 * (3 - i));
		} else if (number >= (uint64_t)1 << (8 * (5 - n))) {
			return false;
		} else {
			address |= number;
		}
	}
	g_string_append_printf(out, "%u.%u.%u.%u", (unsigned)(address >> 24),
		(unsigned)(address >> 16 & 255), (unsigned)(address >> 8 & 255),
		(unsigned)(address & 255));
	return true;
}

/* The dotted end of an IPv6 address: exactly four decimal numbers up to the end of the text. */
static bool ipv6_tail(const char *p, const char *end, uint16_t out[2])
{
	unsigned bytes[4];

	for (int i = 0; i < 4; i++) {
		unsigned value = 0;
		const char *start;

		if (i > 0 && (p == end || *p++ != '.'))
			return false;
		for (start = p; p < end && g_ascii_isdigit(*p); p++) {
			if (p > start && value == 0)
				return false;
			value = value * 10 + (unsigned)(*p - '0');
			if (value > 255)
				return false;
		}
		if (p == start)
			return false;
		bytes[i] = value;
	}
	out[0] = (uint16_t)(bytes[0] << 8 | bytes[1]);
	out[1] = (uint16_t)(bytes[2] << 8 | bytes[3]);
	return p == end;
}

/* Moves the pieces behind the "::" to the end. */
static bool ipv6_expand(uint16_t piece[8], int count, int compress)
{
	int tail = count - compress;

	if (compress < 0)
		return count == 8;
	memmove(piece + 8 - tail, piece + compress, (size_t)tail * sizeof(*piece));
	memset(piece + compress, 0, (size_t)(8 - tail - compress) * sizeof(*piece));
	return true;
}

/* "IPv6 parser" */
static bool parse_ipv6(const char *p, const char *end, uint16_t piece[8])
{
	int count = 0, compress = -1;

	if (p < end && *p == ':') {
		if (end - p < 2 || p[1] != ':')
			return false;
		p += 2;
		compress = count = 1;
	}
	while (p < end) {
		const char *start = p;
		unsigned value = 0;

		if (count == 8)
			return false;
		if (*p == ':') {
			if (compress >= 0)
				return false;
			/* "::" stands for one piece at least. */
			p++;
			compress = ++count;
			continue;
		}
		for (; p < end && p - start < 4 && g_ascii_isxdigit(*p); p++)
			value = value << 4 | (unsigned)g_ascii_xdigit_value(*p);
		if (p < end && *p == '.') {
			if (p == start || count > 6 || !ipv6_tail(start, end, piece + count))
				return false;
			count += 2;
			break;
		}
		if (p < end && (*p++ != ':' || p == end))
			return false;
		piece[count++] = (uint16_t)value;
	}
	return ipv6_expand(piece, count, compress);
}

/* "IPv6 serializer": the first longest run of at least two zeros becomes "::". */
static void append_ipv6(const uint16_t piece[8], GString *out)
{
	int best = -1, best_n = 1;

	for (int i = 0; i < 8; i++) {
		int n = 0;

		while (i + n < 8 && piece[i + n] == 0)
			n++;
		if (n > best_n) {
			best = i;
			best_n = n;
		}
		i += n;
	}
	g_string_append_c(out, '[');
	for (int i = 0; i < 8; i++) {
		if (i == best) {
			g_string_append(out, i ? ":" : "::");
			i += best_n - 1;
			continue;
		}
		g_string_append_printf(out, i < 7 ? "%x:" : "%x", (unsigned)piece[i]);
	}
	g_string_append_c(out, ']');
}

/* Punycode of ASCII alone, "xn--abc-": node up to 22 takes it, IDNA does not. */
static bool is_punycode_of_ascii(const char *label)
{
	size_t n = strlen(label);

	return n > 5 && label[n - 1] == '-';
}

/* node up to 22: each xn-- label must decode. */
static bool labels_decode(const char *domain)
{
	g_auto(GStrv) labels = g_strsplit(domain, ".", -1);

	for (char **label = labels; *label; label++) {
		g_autofree char *ascii = NULL;

		if (!g_str_has_prefix(*label, "xn--") || is_punycode_of_ascii(*label))
			continue;
		ascii = nd_idna_to_ascii(*label);
		if (!ascii)
			return false;
	}
	return true;
}

char *nd_url_domain_to_ascii(const char *domain, int node_major)
{
	g_autofree char *lower = g_ascii_strdown(domain, -1);
	char *ascii;

	/* Since 2024 the standard lets every ASCII domain pass, node since 24. */
	if (g_str_is_ascii(domain))
		return node_major >= 24 || labels_decode(lower) ? g_steal_pointer(&lower) : NULL;
	ascii = nd_idna_to_ascii(domain);
	if (ascii && !*ascii)
		g_clear_pointer(&ascii, g_free);
	return ascii;
}

static GString *percent_decode(struct nd_span text)
{
	GString *out = g_string_sized_new(text.n);

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '%' && i + 2 < text.n && g_ascii_isxdigit(text.p[i + 1]) &&
			g_ascii_isxdigit(text.p[i + 2])) {
			c = (char)(g_ascii_xdigit_value(text.p[i + 1]) << 4 |
				   g_ascii_xdigit_value(text.p[i + 2]));
			i += 2;
		}
		g_string_append_c(out, c);
	}
	return out;
}

static bool append_domain(const char *ascii, GString *out)
{
	g_auto(GStrv) labels = NULL;
	size_t n;

	if (!*ascii || has_forbidden(nd_span_of(ascii), true))
		return false;
	labels = g_strsplit(ascii, ".", -1);
	n = g_strv_length(labels);
	if (ends_in_number(labels, n))
		return append_ipv4(labels, n, out);
	g_string_append(out, ascii);
	return true;
}

static bool parse_domain(struct nd_span text, int node_major, GString *out)
{
	GString *domain = percent_decode(text);
	g_autofree char *ascii = NULL;

	/* NUL and bytes that are no UTF-8 (U+FFFD to the standard) are allowed in no domain. */
	if (g_utf8_validate_len(domain->str, domain->len, NULL))
		ascii = nd_url_domain_to_ascii(domain->str, node_major);
	g_string_free(domain, TRUE);
	return ascii && append_domain(ascii, out);
}

bool nd_url_parse_host(struct nd_span text, bool special, int node_major, GString *out)
{
	uint16_t piece[8] = {0};

	if (text.n && text.p[0] == '[') {
		if (text.n < 2 || text.p[text.n - 1] != ']' ||
			!parse_ipv6(text.p + 1, text.p + text.n - 1, piece))
			return false;
		append_ipv6(piece, out);
		return true;
	}
	if (special)
		return parse_domain(text, node_major, out);
	if (has_forbidden(text, false))
		return false;
	nd_url_append_encoded(out, text, ND_URL_SET_C0);
	return true;
}
