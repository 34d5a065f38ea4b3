#include "convert.h"

#include <string.h>

/* Date.parse as V8 has it (dateparser-inl.h), as far as "is it a date" goes: ISO 8601 first, then
 * the legacy forms such as "Jan 1 2024", "2024/1/31 10:00" and "Mon, 01 Jan 2024 00:00:00 GMT". */

static bool read_digits(const char **p, size_t n, int *out)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (!g_ascii_isdigit((*p)[i]))
			return false;
		*out = *out * 10 + ((*p)[i] - '0');
	}
	*p += n;
	return true;
}

/* HH:MM[:SS[.s+]] */
static bool read_iso_time(const char **p)
{
	int hour, minute, second = 0;
	if (!read_digits(p, 2, &hour) || *(*p)++ != ':' || !read_digits(p, 2, &minute))
		return false;
	bool fraction = false;
	if (**p == ':') {
		(*p)++;
		if (!read_digits(p, 2, &second))
			return false;
		if (**p == '.') {
			size_t n = strspn(*p + 1, "0123456789");
			fraction = strspn(*p + 1, "0") < n;
			if (n == 0)
				return false;
			*p += 1 + n;
		}
	}
	bool midnight = hour == 24 && minute == 0 && second == 0 && !fraction;
	return (hour < 24 || midnight) && minute < 60 && second < 60;
}

static bool read_iso_zone(const char **p)
{
	int hour, minute;
	if (**p == 'Z' || **p == 'z') {
		(*p)++;
		return true;
	}
	if (**p != '+' && **p != '-')
		return true;
	(*p)++;
	if (!read_digits(p, 2, &hour))
		return false;
	*p += **p == ':';
	return read_digits(p, 2, &minute) && hour < 24 && minute < 60;
}

/* YYYY[-MM[-DD]], or a sign and six digits for the year. V8 takes any day up to 31 in every month.
 */
static bool is_iso(const char *p)
{
	int year, month = 1, day = 1;
	size_t sign = *p == '+' || *p == '-';
	bool minus = *p == '-';
	p += sign;
	if (!read_digits(&p, sign ? 6 : 4, &year) || (minus && year == 0) || year > 275760)
		return false;
	if (*p == '-') {
		p++;
		if (!read_digits(&p, 2, &month))
			return false;
		if (*p == '-') {
			p++;
			if (!read_digits(&p, 2, &day))
				return false;
		}
	}
	if (month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	if (*p == 'T' || *p == 't') {
		p++;
		if (!read_iso_time(&p) || !read_iso_zone(&p))
			return false;
	}
	return *p == '\0';
}

struct legacy {
	int days[3];
	size_t n_days;
	int clock[4];
	size_t n_clock;
	bool number, month, utc, closed; /* what has been read; closed: the time is complete */
};

static bool is_among(const char *word, size_t n, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == n && g_ascii_strncasecmp(word, *words, n) == 0)
			return true;
	return false;
}

static bool take_word(struct legacy *l, const char *word, size_t n, const char *next)
{
	static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug",
		"sep", "oct", "nov", "dec", NULL};
	static const char *const zones[] = {"utc", "ut", "z", "gmt", "est", "edt", "cst", "cdt",
		"mst", "mdt", "pst", "pdt", NULL};
	static const char *const halves[] = {"am", "pm", NULL};
	if (is_among(word, n, halves) && l->n_clock > 0)
		return l->clock[0] >= 1 && l->clock[0] <= 12;
	if (is_among(word, MIN(n, 3), months)) {
		l->month = true;
		return true;
	}
	if (is_among(word, n, zones) && l->number) {
		l->utc = true;
		return true;
	}
	/* words in front of the first number, such as a weekday, do not count */
	return !l->number && !g_ascii_isdigit(*next);
}

static bool take_number(struct legacy *l, const char **p)
{
	char *end;
	guint64 value = g_ascii_strtoull(*p, &end, 10);
	int n = (int)MIN(value, 1000000);
	bool more = *end == ':' || (*end == '.' && l->n_clock == 2);
	l->number = true;
	*p = end;
	if (!l->closed && (more || l->n_clock > 0)) {
		if (l->n_clock == 4)
			return false;
		l->clock[l->n_clock++] = n;
		l->closed = !more;
		*p += more;
		return more || *end == '\0' || strchr(" \t\n\r(+-Zz", *end) != NULL ||
		       g_ascii_isalpha(*end);
	}
	if (l->n_days == 3)
		return false;
	l->days[l->n_days++] = n;
	*p += **p == '-' || **p == '.';
	return true;
}

/* "+0100", "+01:00", "-8" behind a time or a zone's name. */
static bool take_offset(const char **p)
{
	size_t n = strspn(++*p, "0123456789");
	*p += n;
	if (**p == ':' && n > 0)
		*p += 1 + strspn(*p + 1, "0123456789");
	return n <= 4;
}

static bool is_day(int n)
{
	return n >= 1 && n <= 31;
}

static bool is_month(int n)
{
	return n >= 1 && n <= 12;
}

/* With a month's name: day and year in either order; else month, day, year or year, month, day. */
static bool is_calendar_day(const struct legacy *l)
{
	int a = l->days[0], b = l->n_days > 1 ? l->days[1] : 1, c = l->n_days > 2 ? l->days[2] : 1;
	if (l->n_days == 0 || MAX(a, MAX(b, c)) > 275760)
		return false;
	if (l->month)
		return is_day(a) || (l->n_days > 1 && is_day(b)) || l->n_days == 1;
	if (l->n_days == 3 && !is_day(a))
		return is_month(b) && is_day(c);
	return is_day(a) ? is_month(a) && is_day(b) : is_month(b) && is_day(c);
}

static bool is_clock(const struct legacy *l)
{
	static const int most[] = {24, 59, 59, 1000000};
	for (size_t i = 0; i < l->n_clock; i++)
		if (l->clock[i] > most[i])
			return false;
	return true;
}

/* V8's IsAsciiAlphaOrAbove: '_' and everything outside ASCII too. */
static bool is_word_byte(char c)
{
	return (unsigned char)c >= 'A';
}

static bool is_legacy(const char *p)
{
	struct legacy l = {0};
	while (*p) {
		if (g_ascii_isdigit(*p)) {
			if (!take_number(&l, &p))
				return false;
		} else if (is_word_byte(*p)) {
			const char *word = p;
			while (is_word_byte(*p))
				p++;
			if (!take_word(&l, word, (size_t)(p - word), p))
				return false;
		} else if ((*p == '+' || *p == '-') && (l.utc || l.n_clock > 0)) {
			if (!take_offset(&p))
				return false;
		} else if ((*p == '+' || *p == '-' || *p == ')') && l.number) {
			return false;
		} else if (*p == '(') {
			p += strcspn(p, ")");
			p += *p == ')';
		} else {
			p++;
		}
	}
	return is_calendar_day(&l) && is_clock(&l);
}

bool nd_convert_is_date(struct nd_span text)
{
	g_autofree char *copy = g_strndup(text.p ? text.p : "", text.n);
	return is_iso(copy) || is_legacy(copy);
}
