#include "answer.h"

#include <string.h>

#define MAX_REASON 300
#define MAX_DEPTH 64

char *nd_text_tidy(char *text)
{
	if (!text)
		return NULL;
	GString *tidy = g_string_new(NULL);
	for (const char *p = text, *next; *p; p = next) {
		gunichar c = g_utf8_get_char(p);
		next = g_utf8_next_char(p);
		if (tidy->len + (size_t)(next - p) > MAX_REASON)
			break;
		bool space = g_unichar_isspace(c) || g_unichar_iscntrl(c);
		if (!space && g_unichar_isprint(c))
			g_string_append_unichar(tidy, c);
		else if (tidy->len > 0 && tidy->str[tidy->len - 1] != ' ')
			g_string_append_c(tidy, ' ');
	}
	g_strchomp(tidy->str);
	g_free(text);
	char *result = g_string_free(tidy, FALSE);
	if (!*result)
		g_clear_pointer(&result, g_free);
	return result;
}

/* JSON, only as far as needed to tell it from anything else. */
struct scan {
	const char *p, *end;
	int depth;
	bool ran_out; /* the text ended too early, but was well-formed so far */
};

static void skip_space(struct scan *s)
{
	while (s->p < s->end && strchr(" \t\r\n", *s->p) && *s->p)
		s->p++;
}

static bool out(struct scan *s)
{
	s->ran_out = true;
	return false;
}

/* Leaves the raw text between the quotes in `raw`. */
static bool scan_string(struct scan *s, struct nd_span *raw)
{
	if (s->p == s->end)
		return out(s);
	if (*s->p != '"')
		return false;
	const char *start = ++s->p;
	for (; s->p < s->end && *s->p != '"'; s->p++) {
		if ((unsigned char)*s->p < 0x20)
			return false;
		if (*s->p == '\\' && ++s->p == s->end)
			return out(s);
	}
	if (s->p == s->end)
		return out(s);
	*raw = (struct nd_span){ start, (size_t)(s->p - start) };
	s->p++;
	return true;
}

static bool scan_word(struct scan *s)
{
	const char *start = s->p;
	while (s->p < s->end && (g_ascii_isalnum(*s->p) || strchr("+-.", *s->p)))
		s->p++;
	size_t n = (size_t)(s->p - start);
	if (s->p == s->end)
		return out(s);
	if (n > 0 && (g_ascii_isdigit(*start) || (*start == '-' && n > 1)))
		return true;
	return (n == 4 && (memcmp(start, "true", 4) == 0 || memcmp(start, "null", 4) == 0)) ||
		(n == 5 && memcmp(start, "false", 5) == 0);
}

struct members {
	struct nd_span error, message;
};

static bool scan_value(struct scan *s, struct members *found);

static bool scan_member(struct scan *s, struct members *found)
{
	struct nd_span key, text = { 0 };
	if (!scan_string(s, &key))
		return false;
	skip_space(s);
	if (s->p == s->end)
		return out(s);
	if (*s->p++ != ':')
		return false;
	skip_space(s);
	if (s->p == s->end || *s->p != '"')
		return scan_value(s, NULL);
	if (!scan_string(s, &text))
		return false;
	if (found && nd_span_is(key, "error"))
		found->error = text;
	else if (found && nd_span_is(key, "message"))
		found->message = text;
	return true;
}

static bool scan_items(struct scan *s, char close, struct members *found)
{
	bool first = true;
	for (s->p++;; first = false) {
		skip_space(s);
		if (s->p == s->end)
			return out(s);
		if (first && *s->p == close)
			break;
		if (!(close == '}' ? scan_member(s, found) : scan_value(s, NULL)))
			return false;
		skip_space(s);
		if (s->p == s->end)
			return out(s);
		if (*s->p == close)
			break;
		if (*s->p++ != ',')
			return false;
	}
	s->p++;
	return true;
}

static bool scan_value(struct scan *s, struct members *found)
{
	struct nd_span text;
	skip_space(s);
	if (s->p == s->end)
		return out(s);
	if (*s->p == '"')
		return scan_string(s, &text);
	if (*s->p != '{' && *s->p != '[')
		return scan_word(s);
	if (++s->depth > MAX_DEPTH)
		return false;
	bool ok = scan_items(s, *s->p == '{' ? '}' : ']', found);
	s->depth--;
	return ok;
}

static void unescape(GString *text, const char *p, const char *end)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	while (p < end) {
		if (*p != '\\' || p + 1 >= end) {
			g_string_append_c(text, *p++);
			continue;
		}
		const char *known = strchr(from, p[1]);
		if (p[1] == 'u' && end - p >= 6) {
			g_autofree char *hex = g_strndup(p + 2, 4);
			gunichar c = (gunichar)g_ascii_strtoull(hex, NULL, 16);
			g_string_append_unichar(text, c && g_unichar_validate(c) ? c : 0xfffd);
			p += 6;
			continue;
		}
		g_string_append_c(text, known && p[1] ? to[known - from] : p[1]);
		p += 2;
	}
}

/* Whether the text is JSON (or, when `cut`, begins like it), and its top-level "error" or "message". */
static bool sniff_json(struct nd_span text, bool cut, char **reason)
{
	struct scan s = { .p = text.p, .end = text.p + text.n };
	struct members found = { 0 };
	*reason = NULL;
	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		s.p += 3;
	skip_space(&s);
	if (s.p == s.end || (*s.p != '{' && *s.p != '['))
		return false;
	bool ok = scan_value(&s, &found);
	skip_space(&s);
	if (!(ok && s.p == s.end) && !(cut && s.ran_out))
		return false;
	struct nd_span said = found.error.n ? found.error : found.message;
	if (said.n > 0) {
		GString *plain = g_string_new(NULL);
		unescape(plain, said.p, said.p + said.n);
		*reason = nd_text_tidy(g_utf8_make_valid(plain->str, (gssize)plain->len));
		g_string_free(plain, TRUE);
	}
	return true;
}

static const char *find_tag(const char *p, const char *end, const char *tag)
{
	size_t n = strlen(tag);
	for (; end - p >= (gssize)n; p++)
		if (*p == '<' && g_ascii_strncasecmp(p, tag, n) == 0)
			return p;
	return NULL;
}

/* The text of the first element of this kind, up to the next tag. */
static char *dup_element(struct nd_span body, const char *tag)
{
	static const char *const entities[][2] = { { "&lt;", "<" }, { "&gt;", ">" },
		{ "&quot;", "\"" }, { "&#39;", "'" }, { "&nbsp;", " " }, { "&amp;", "&" } };
	const char *end = body.p + body.n;
	const char *open = find_tag(body.p, end, tag);
	const char *start = open ? memchr(open, '>', (size_t)(end - open)) : NULL;
	const char *stop = start ? memchr(start, '<', (size_t)(end - start)) : NULL;
	if (!stop)
		return NULL;
	g_autofree char *raw = g_utf8_make_valid(start + 1, stop - start - 1);
	GString *text = g_string_new(raw);
	for (size_t i = 0; i < G_N_ELEMENTS(entities); i++)
		g_string_replace(text, entities[i][0], entities[i][1], 0);
	return nd_text_tidy(g_string_free(text, FALSE));
}

char *nd_body_title(struct nd_span body)
{
	char *title = dup_element(body, "<title");
	return title ? title : dup_element(body, "<h1");
}

void nd_body_sniff(struct nd_span body, bool cut, bool *json, bool *html, char **reason)
{
	*html = false;
	*reason = NULL;
	*json = body.n > 0 && sniff_json(body, cut, reason);
	if (*json || body.n == 0)
		return;
	struct nd_span head = { body.p, MIN(body.n, 4096) };
	const char *end = head.p + head.n;
	*html = find_tag(head.p, end, "<html") || find_tag(head.p, end, "<!doctype html") ||
		find_tag(head.p, end, "<head") || find_tag(head.p, end, "<body");
	if (*html)
		*reason = nd_body_title(body);
}

char *nd_body_tarball(struct nd_span body)
{
	static const char key[] = "\"tarball\"";
	struct scan s = { .p = memmem(body.p, body.n, key, sizeof key - 1), .end = body.p + body.n };
	struct nd_span url;
	if (!s.p)
		return NULL;
	s.p += sizeof key - 1;
	skip_space(&s);
	if (s.p == s.end || *s.p++ != ':')
		return NULL;
	skip_space(&s);
	if (!scan_string(&s, &url))
		return NULL;
	GString *plain = g_string_new(NULL);
	unescape(plain, url.p, url.p + url.n);
	return g_string_free(plain, FALSE);
}
