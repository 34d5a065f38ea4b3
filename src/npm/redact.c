#include "redact_find.h"
#include "utf8.h"

#include <npmrc-doctor/redact.h>

/* U+2022, eight whatever there is to hide. */
#define BULLETS \
	"\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2" \
	"\x80\xa2"
#define BULLETS_WIDTH 8

/* How far back the beginning of a private key is looked for: 16384 bits fill some 200 lines. */
#define MAX_KEY_LINES 400

static GArray *new_parts(void)
{
	return g_array_new(FALSE, FALSE, sizeof(struct nd_span));
}

bool nd_redact_key(struct nd_span key)
{
	const char *colon;
	struct nd_span last = key;

	if (!key.n)
		return false;
	colon = memrchr(key.p, ':', key.n);
	if (colon)
		last = (struct nd_span){colon + 1, (size_t)(key.p + key.n - colon - 1)};
	/* "_authToken: x" is a key without a value to npm. */
	return nd_redact_word(last) || nd_redact_announced(key, true);
}

/* Without the blanks, quotes and NULs at its end. */
static struct nd_span trimmed(struct nd_span key)
{
	while (key.n && memchr(" \t\"'", key.p[key.n - 1], sizeof(" \t\"'")))
		key.n--;
	return key;
}

/* Whatever its case: npm does not read `Registry`, people do. */
static bool is_registry_key(struct nd_span key)
{
	static const char name[] = "registry";
	size_t n = sizeof(name) - 1;

	key = trimmed(key);
	if (key.n < n || g_ascii_strncasecmp(key.p + key.n - n, name, n) != 0)
		return false;
	return key.n == n || (key.p[0] == '@' && key.p[key.n - n - 1] == ':');
}

/* proxy, https-proxy, HTTP_PROXY, not noproxy. */
static bool is_proxy_key(struct nd_span key)
{
	static const char name[] = "proxy";
	size_t n = sizeof(name) - 1;

	key = trimmed(key);
	if (key.n < n || g_ascii_strncasecmp(key.p + key.n - n, name, n) != 0)
		return false;
	key.n -= n;
	if (key.n && (key.p[key.n - 1] == '-' || key.p[key.n - 1] == '_'))
		key.n--;
	return key.n < 2 || g_ascii_strncasecmp(key.p + key.n - 2, "no", 2) != 0;
}

/* username, email, login: some write the password behind it. */
static bool is_user_key(struct nd_span key)
{
	static const char *const names[] = {"user", "username", "email", "login"};

	key = trimmed(key);
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		size_t n = strlen(names[i]);

		if (key.n >= n && !g_ascii_strncasecmp(key.p + key.n - n, names[i], n))
			return true;
	}
	return false;
}

static struct nd_span line_text(const struct nd_doc *doc, size_t line)
{
	const struct nd_line *l = nd_doc_line(doc, line);

	return (struct nd_span){nd_doc_bytes(doc).p + l->start, l->eol - l->start};
}

static bool contains(struct nd_span text, const char *word)
{
	return memmem(text.p, text.n, word, strlen(word)) != NULL;
}

/* How much of the text is base64 with quotes and blanks around, 0 where anything else is there. */
static size_t base64_length(struct nd_span text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (g_ascii_isalnum(c) || c == '+' || c == '/' || c == '=')
			n++;
		else if (c != ' ' && c != '\t' && c != '"' && c != '\'')
			return 0;
	}
	return n;
}

/* A line of a PEM block: secret unless a public one has begun above it. */
static bool is_key_line(const struct nd_doc *doc, size_t line)
{
	struct nd_span text = line_text(doc, line);
	size_t length = base64_length(text);

	if (!length)
		return false;
	for (size_t back = 1; back <= MAX_KEY_LINES && back <= line; back++) {
		struct nd_span above = line_text(doc, line - back);

		if (contains(above, "-----END"))
			break;
		if (contains(above, "-----BEGIN"))
			return contains(above, "PRIVATE KEY");
	}
	return length >= 40;
}

static bool is_open(struct nd_span value)
{
	char quote;

	if (!value.n)
		return true;
	quote = value.p[0];
	if (value.p[value.n - 1] == '\\')
		return true;
	return (quote == '"' || quote == '\'') && (value.n == 1 || value.p[value.n - 1] != quote);
}

static bool is_comment(struct nd_span line)
{
	return line.n && (*line.p == '#' || *line.p == ';');
}

/* What a secret's line left open: "_authToken=" and the token below it, a quote not closed. */
static bool is_rest_of_secret(const struct nd_doc *doc, size_t line)
{
	struct nd_span text = line_text(doc, line), above;
	const char *value;

	if (line == 0 || !text.n || is_comment(text) || *text.p == '[')
		return false;
	if (memchr(text.p, '=', text.n) && !base64_length(text))
		return false;
	above = line_text(doc, line - 1);
	if (!memchr(above.p, '=', above.n) && !is_comment(above) && nd_redact_key(above))
		return !nd_redact_announced(above, true);
	value = nd_redact_announced(above, true);
	return value && is_open((struct nd_span){value, (size_t)(above.p + above.n - value)});
}

/* A key, its value and what stands between them: a password with a '=' in it is in both. */
static void find_in_pair(struct nd_span key, struct nd_span value, struct nd_span text, GArray *parts)
{
	const char *secret = nd_redact_announced(text, true);

	nd_redact_find_key_url(key, text, parts);
	if (is_registry_key(key))
		nd_redact_find_registry(value, parts);
	else
		nd_redact_find_url(value, is_proxy_key(key) || is_user_key(key), parts);
	if (is_registry_key(key) || is_proxy_key(key))
		nd_redact_find_trailing(value, parts);
	nd_redact_find_runs(text, parts);
	if (secret)
		nd_redact_add(parts, secret, text.p + text.n);
}

/* npm's split at the first '=', inside comments too; not the document's, which knows no comment's
 * key. */
static void find_in_line(struct nd_span text, GArray *parts)
{
	const char *start = text.p, *end = text.p + text.n, *equals;
	struct nd_span key, value;

	if (end - start >= 3 && !memcmp(start, "\xef\xbb\xbf", 3))
		start += 3;
	while (start < end && *start && strchr("#; \t\"'[", *start))
		start++;
	equals = memchr(start, '=', (size_t)(end - start));
	key = (struct nd_span){start, (size_t)((equals ? equals : end) - start)};
	value = equals ? (struct nd_span){equals + 1, (size_t)(end - equals - 1)} : key;
	/* Prose has blanks and colons. */
	if (!equals && is_comment(text))
		key.n = 0;
	find_in_pair(key, value, text, parts);
}

static GArray *line_parts(const struct nd_doc *doc, size_t line)
{
	struct nd_span text = line_text(doc, line);
	GArray *parts = new_parts();

	find_in_line(text, parts);
	if (is_key_line(doc, line) || is_rest_of_secret(doc, line))
		nd_redact_add(parts, text.p, text.p + text.n);
	nd_redact_merge(parts);
	return parts;
}

size_t nd_redact_line(const struct nd_doc *doc, size_t line, struct nd_span *parts, size_t max)
{
	GArray *found = line_parts(doc, line);
	size_t n = found->len;

	for (size_t i = 0; i < n && i < max; i++)
		parts[i] = g_array_index(found, struct nd_span, i);
	/* No room for all: the last one takes the others in. */
	if (n > max && max > 0) {
		const struct nd_span *last = &g_array_index(found, struct nd_span, n - 1);

		parts[max - 1].n = (size_t)(last->p + last->n - parts[max - 1].p);
	}
	g_array_free(found, TRUE);
	return MIN(n, max);
}

/* Whether people can see the character, in columns of its own. */
static bool is_visible(gunichar c)
{
	switch (g_unichar_type(c)) {
	case G_UNICODE_CONTROL:
	case G_UNICODE_FORMAT:
	case G_UNICODE_UNASSIGNED:
	case G_UNICODE_PRIVATE_USE:
	case G_UNICODE_SURROGATE:
	case G_UNICODE_NON_SPACING_MARK:
	case G_UNICODE_ENCLOSING_MARK:
	case G_UNICODE_SPACING_MARK:
	case G_UNICODE_LINE_SEPARATOR:
	case G_UNICODE_PARAGRAPH_SEPARATOR:
		return false;
	case G_UNICODE_SPACE_SEPARATOR:
		return c == ' ';
	default:
		return !g_unichar_iszerowidth(c);
	}
}

/* Appends one character, escaped unless visible. Returns the columns it takes. */
static size_t show(GString *out, const char *p, size_t n, bool valid)
{
	gsize before = out->len;
	gunichar c = valid ? g_utf8_get_char(p) : 0;

	if (valid && is_visible(c)) {
		g_string_append_len(out, p, (gssize)n);
		return g_unichar_iswide(c) ? 2 : 1;
	}
	if (!valid)
		for (size_t i = 0; i < n; i++)
			g_string_append_printf(out, "\\x%02x", (unsigned char)p[i]);
	else if (c == '\t')
		g_string_append(out, "\\t");
	else if (c < 0x80)
		g_string_append_printf(out, "\\x%02x", c);
	else
		g_string_append_printf(out, c > 0xffff ? "\\u{%x}" : "\\u%04x", c);
	return out->len - before;
}

/* The display while it grows, and the offsets that still wait for their column. */
struct display {
	const char *base; /* of the document's bytes */
	GString *out;
	size_t column;
	size_t *at, left;
};

/* The offsets before `end` get the column where their character, or their bullets, begin. */
static void place(struct display *d, const char *end)
{
	while (d->left && *d->at < (size_t)(end - d->base)) {
		*d->at++ = d->column;
		d->left--;
	}
}

static void show_text(struct display *d, const char *p, const char *end)
{
	while (p < end) {
		bool valid;
		size_t n = nd_utf8_step(p, (size_t)(end - p), &valid);

		place(d, p + n);
		d->column += show(d->out, p, n, valid);
		p += n;
	}
}

char *nd_redact_display(const struct nd_doc *doc, size_t line, size_t *at, size_t n)
{
	struct nd_span text = line_text(doc, line);
	GArray *parts = line_parts(doc, line);
	struct display d = {nd_doc_bytes(doc).p, g_string_sized_new(text.n), 0, at, n};
	const char *p = text.p;

	for (guint i = 0; i < parts->len; i++) {
		struct nd_span part = g_array_index(parts, struct nd_span, i);

		show_text(&d, p, part.p);
		p = part.p + part.n;
		place(&d, p);
		g_string_append(d.out, BULLETS);
		d.column += BULLETS_WIDTH;
	}
	show_text(&d, p, text.p + text.n);
	while (d.left--)
		*d.at++ = d.column;
	g_array_free(parts, TRUE);
	return g_string_free(d.out, FALSE);
}

bool nd_redact_hides(const struct nd_doc *doc, size_t line, size_t at)
{
	const char *byte = nd_doc_bytes(doc).p + at;
	GArray *parts = line_parts(doc, line);
	bool hidden = false;

	for (guint i = 0; i < parts->len; i++) {
		struct nd_span part = g_array_index(parts, struct nd_span, i);

		hidden |= byte >= part.p && byte < part.p + part.n;
	}
	g_array_free(parts, TRUE);
	return hidden;
}

bool nd_redact_hides_start(const struct nd_doc *doc, size_t line)
{
	return is_rest_of_secret(doc, line) || is_key_line(doc, line);
}

static char *starred(struct nd_span value, const GArray *parts)
{
	GString *out = g_string_sized_new(value.n);
	const char *p = value.n ? value.p : "", *end = p + value.n;

	for (guint i = 0; i < parts->len; i++) {
		struct nd_span part = g_array_index(parts, struct nd_span, i);

		g_string_append_len(out, p, part.p - p);
		g_string_append(out, "***");
		p = part.p + part.n;
	}
	g_string_append_len(out, p, end - p);
	return g_string_free(out, FALSE);
}

/* What in the value is secret, given the key that stands before it. */
static char *value_shown(struct nd_span key, struct nd_span value, bool *redacted)
{
	GArray *parts = new_parts();
	GString *text = g_string_new_len(key.p, (gssize)key.n);
	struct nd_span in_text;
	bool whole;
	char *shown;

	g_string_append_c(text, '=');
	g_string_append_len(text, value.p, (gssize)value.n);
	in_text = (struct nd_span){text->str + key.n + 1, value.n};
	find_in_pair((struct nd_span){text->str, key.n}, in_text, (struct nd_span){text->str, text->len},
		parts);
	nd_redact_merge(parts);
	nd_redact_clip(parts, in_text);
	whole = parts->len == 1 && g_array_index(parts, struct nd_span, 0).n == value.n;
	shown = whole ? NULL : starred(in_text, parts);
	*redacted = parts->len > 0;
	g_string_free(text, TRUE);
	g_array_free(parts, TRUE);
	return shown;
}

/* A key itself: npm takes a line without a '=' for one. */
static char *key_shown(struct nd_span key, bool *redacted)
{
	GArray *parts = new_parts();
	bool whole;
	char *shown;

	find_in_pair(key, (struct nd_span){key.p + key.n, 0}, key, parts);
	nd_redact_merge(parts);
	whole = parts->len == 1 && g_array_index(parts, struct nd_span, 0).n == key.n;
	shown = whole ? NULL : starred(key, parts);
	*redacted = parts->len > 0;
	g_array_free(parts, TRUE);
	return shown;
}

char *nd_redact_value(struct nd_span key, struct nd_span value, bool *redacted)
{
	GArray *parts;

	*redacted = false;
	if (!value.n)
		return g_strdup("");
	if (!key.n)
		return key_shown(value, redacted);
	if (!nd_redact_key(key))
		return value_shown(key, value, redacted);
	parts = new_parts();
	nd_redact_add(parts, value.p, value.p + value.n);
	*redacted = parts->len > 0;
	g_array_free(parts, TRUE);
	return *redacted ? NULL : g_strndup(value.p, value.n);
}

char *nd_url_redact_key(struct nd_span key)
{
	bool redacted;
	char *shown = nd_redact_value((struct nd_span){ "", 0 }, key, &redacted);

	return shown ? shown : g_strdup("***");
}

char *nd_redact_url(const struct nd_url *url, const char *user, const char *tail, const char *text)
{
	g_autofree char *port = url->port < 0 ? g_strdup("") : g_strdup_printf(":%d", url->port);
	g_autofree char *plain = g_strconcat(url->scheme, "://", url->host, port, tail, NULL);
	struct nd_span key = nd_span_of("registry");
	bool redacted;
	char *shown = nd_redact_value(key, nd_span_of(plain), &redacted);

	/* A domain with a dot in it passes for a host, a blank becomes a part of the path. */
	if (!redacted && strpbrk(text, "\\ \t")) {
		g_free(shown);
		shown = nd_redact_value(key, nd_span_of(text), &redacted);
	}
	if (!redacted) {
		g_free(shown);
		return g_strconcat(url->scheme, "://", user, url->host, port, tail, NULL);
	}
	return shown ? shown : g_strdup("***");
}
