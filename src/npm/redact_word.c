#include "redact_find.h"

#include <npmrc-doctor/doc.h>

#define MAX_WORD 256

static const char *const endings[] = {
	"auth",
	"authident",
	"authorization",
	"authtoken",
	"credential",
	"credentials",
	"kennwort",
	"key",
	"keys",
	"otp",
	"pass",
	"passphrase",
	"passwd",
	"password",
	"passwords",
	"passwort",
	"pwd",
	"secret",
	"secrets",
	"token",
	"tokens",
	NULL,
};

/* Secret wherever they stand in a word. */
static const char *const pieces[] = {
	"accesskey",
	"apikey",
	"authtoken",
	"credential",
	"passphrase",
	"passwd",
	"password",
	"privatekey",
	"secret",
	NULL,
};

/* Secret as a word of their own among others ("old-token-2"). */
static const char *const words[] = {"otp", "pass", "pwd", "token", NULL};

/* They end like secrets and are none: flags, kinds, names of files and of programs. */
static const char *const harmless[] = {
	"alwaysauth",
	"authtype",
	"bypass",
	"certfile",
	"keyfile",
	"publickey",
	"tokendescription",
	"tokenhelper",
	NULL,
};

/* Letters and digits in lower case; whatever was pasted along does not make a name another. */
static size_t flatten(struct nd_span word, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < word.n && n < MAX_WORD; i++)
		if (g_ascii_isalnum(word.p[i]))
			out[n++] = g_ascii_tolower(word.p[i]);
	out[n] = '\0';
	return n;
}

static bool has_word(struct nd_span text)
{
	char flat[MAX_WORD + 1];
	size_t start = 0;

	for (size_t i = 0; i <= text.n; i++) {
		if (i < text.n && !strchr("_-.", text.p[i]))
			continue;
		flatten((struct nd_span){text.p + start, i - start}, flat);
		if (g_strv_contains(words, flat))
			return true;
		start = i + 1;
	}
	return false;
}

bool nd_redact_word(struct nd_span word)
{
	char flat[MAX_WORD + 1];

	/* The end is what counts in a name that is too long. */
	if (word.n > MAX_WORD)
		word = (struct nd_span){word.p + word.n - MAX_WORD, MAX_WORD};
	if (!flatten(word, flat) || g_strv_contains(harmless, flat))
		return false;
	for (size_t i = 0; endings[i]; i++)
		if (g_str_has_suffix(flat, endings[i]))
			return true;
	for (size_t i = 0; pieces[i]; i++)
		if (strstr(flat, pieces[i]))
			return true;
	return has_word(word);
}

static size_t white(const char *p, const char *end)
{
	return p < end ? nd_doc_white(p, (size_t)(end - p)) : 0;
}

static const char *skip_white(const char *p, const char *end)
{
	size_t n;

	while ((n = white(p, end)) > 0)
		p += n;
	return p;
}

static bool ends_word(const char *p, const char *end)
{
	return (*p && strchr("=:/\\\"'`,;#?&()<>|{}", *p)) || white(p, end);
}

/* Blanks, and the quotes and brackets that close a name. */
static const char *skip_closing(const char *p, const char *end)
{
	for (;;) {
		p = skip_white(p, end);
		if (p == end || !*p || !strchr("\"'`]", *p))
			return p;
		p++;
	}
}

/* The name that npm itself takes for a secret, run together with what follows: "_authTokennpm_x".
 */
static const char *glued(struct nd_span word)
{
	static const char *const names[] = {"authtoken", "_password"};

	for (size_t k = 0; k < G_N_ELEMENTS(names); k++) {
		size_t n = strlen(names[k]);

		for (size_t i = 0; i + n < word.n; i++)
			if (!g_ascii_strncasecmp(word.p + i, names[k], n))
				return word.p + i + n;
	}
	if (word.n > 5 && !g_ascii_strncasecmp(word.p, "_auth", 5) &&
		g_ascii_strncasecmp(word.p + 5, "token", 5))
		return word.p + 5;
	return NULL;
}

/* "//token:8080", "nick:secret@proxy.example:8080": a host and its port. */
static bool is_port(const char *first, struct nd_span word, const char *p, const char *end)
{
	const char *start = ++p;
	bool url = word.p - first > 1 && word.p[-1] == '/' && word.p[-2] == '/';

	if (!url && !memchr(word.p, '@', word.n))
		return false;
	while (p < end && g_ascii_isdigit(*p))
		p++;
	return p > start && p - start <= 5 && (p == end || (*p && strchr("/?\"'", *p)) || white(p, end));
}

static size_t count_words(const char *p, const char *end)
{
	size_t count = 0;

	while ((p = skip_white(p, end)) < end) {
		count++;
		while (p < end && !white(p, end))
			p++;
	}
	return count;
}

struct line {
	const char *first, *end; /* from the first word on */
	const char *equals;      /* the end where there is none */
	bool loose, comment;
};

/* Whether a blank is enough behind this name: "_auth abc", "//host/:token abc", "password hunter".
 */
static bool may_stand_loose(const struct line *line, struct nd_span word, const char *next)
{
	if (next == word.p + word.n || next == line->end)
		return false;
	if (*word.p == '_' || (word.p > line->first && word.p[-1] == ':'))
		return true;
	if (line->comment)
		return line->loose && word.p == line->first && count_words(next, line->end) == 1;
	/* npm's keys have no blanks: "otp 123456", "export NPM_TOKEN abc". */
	return line->loose && word.p < line->equals;
}

/* What the word announces, or NULL. */
static const char *behind(const struct line *line, struct nd_span word)
{
	const char *next = skip_closing(word.p + word.n, line->end);
	const char *inside = glued(word);

	if (*word.p == '@')
		return NULL;
	/* The brackets of "_authToken[]" are no part of a secret. */
	if (inside && *inside != '[')
		return inside;
	if (!nd_redact_word(word))
		return NULL;
	if (next < line->end && *next == ':' && is_port(line->first, word, next, line->end))
		return NULL;
	if (next < line->end && (*next == '=' || *next == ':'))
		return skip_white(next + 1, line->end);
	/* "_authToken,abc", "<password>abc" */
	if (line->loose && !line->comment && next < line->equals && strchr(",|>", *next))
		return skip_white(next + 1, line->end);
	if (may_stand_loose(line, word, next))
		return next;
	return NULL;
}

/* "${...}" is no word. */
static const char *skip_variable(const char *p, const char *end)
{
	const char *close;

	if (end - p < 3 || p[0] != '$' || p[1] != '{')
		return p;
	close = memchr(p, '}', (size_t)(end - p));
	return close ? close + 1 : p;
}

const char *nd_redact_announced(struct nd_span text, bool loose)
{
	const char *p = text.p, *end = text.p + text.n;
	struct line line = {skip_white(p, end), end, end, loose, false};

	while (line.first < end && *line.first && strchr("#;\"'[ \t", *line.first)) {
		line.comment |= *line.first == '#' || *line.first == ';';
		line.first++;
	}
	p = memchr(line.first, '=', (size_t)(end - line.first));
	line.equals = p ? p : end;
	for (p = line.first; p < end;) {
		struct nd_span word = {skip_variable(p, end), 0};
		const char *found;

		for (p = word.p; p < end && !ends_word(p, end);)
			p++;
		word.n = (size_t)(p - word.p);
		found = word.n ? behind(&line, word) : NULL;
		if (found)
			return found;
		if (!word.n && p < end)
			p++;
	}
	return NULL;
}
