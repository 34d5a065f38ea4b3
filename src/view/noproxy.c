#include "internal.h"

/* isNoProxy() of @npmcli/agent/lib/proxy.js and checkNoProxy() of make-fetch-happen/lib/agent.js,
 * entry by entry and with the reason. */

void nd_noproxy_free(struct nd_noproxy *entry)
{
	if (!entry)
		return;
	g_free((char *)entry->entry);
	g_free(entry);
}

static bool has_upper(const char *text)
{
	for (; *text; text++)
		if (g_ascii_isupper(*text))
			return true;
	return false;
}

/* 10.0.0.0/8, fd00::/8: a slash with nothing but digits behind it. */
static bool is_cidr(const char *text)
{
	const char *slash = strchr(text, '/');

	return slash && slash > text && slash[1] &&
	       slash[1 + strspn(slash + 1, "0123456789.")] == '\0';
}

/* Why no host at all can match, or NULL. Order: the most telling first. */
static const char *never(const char *text)
{
	if (strcmp(text, "<local>") == 0)
		return "<local> means nothing to npm";
	if (strpbrk(text, " \t\r\n;|"))
		return "npm splits at commas only";
	if (strstr(text, "://"))
		return "npm compares no schemes";
	if (strchr(text, '*'))
		return "npm knows no wildcards";
	if (is_cidr(text))
		return "npm knows no CIDR blocks";
	if (strchr(text, '/'))
		return "npm compares no paths";
	if (text[0] != '[' && strchr(text, ':'))
		return strchr(text, ':') == strrchr(text, ':')
			       ? "npm compares no ports"
			       : "npm wants brackets around an IPv6 address";
	if (text[0] == '[' && strstr(text, "]:"))
		return "npm compares no ports";
	if (strpbrk(text, "\"'<>@%\\^`"))
		return "no host's name has such a character";
	if (!g_str_is_ascii(text))
		return "npm compares with the host in ASCII (xn--...)";
	if (has_upper(text))
		return "npm compares case-sensitively and the host is lower case";
	return text[strspn(text, ".")] ? NULL : "it has no label";
}

static bool add_entry(GPtrArray *out, const struct nd_noproxy *source, struct nd_span text,
	size_t at, const char *host)
{
	struct nd_noproxy *entry = g_new(struct nd_noproxy, 1);

	*entry = *source;
	entry->entry = g_strndup(text.p, text.n);
	entry->at = at;
	entry->matches = nd_noproxy_match(text, host);
	entry->why = NULL;
	entry->never = false;
	if (!entry->matches) {
		entry->why = never(entry->entry);
		entry->never = entry->why != NULL;
		if (!entry->why)
			entry->why = "the labels differ";
	}
	g_ptr_array_add(out, entry);
	return entry->matches;
}

bool nd_noproxy_add(
	GPtrArray *out, const struct nd_noproxy *source, struct nd_span list, const char *host)
{
	bool matched = false;
	size_t start = 0;

	for (size_t at = 0; at <= list.n; at++) {
		struct nd_span text;

		if (at < list.n && list.p[at] != ',')
			continue;
		text = nd_doc_trim((struct nd_span){list.p + start, at - start});
		if (text.n && add_entry(out, source, text, (size_t)(text.p - list.p), host))
			matched = true;
		start = at + 1;
	}
	return matched;
}

void nd_noproxy_cancel(GPtrArray *out, guint first, const char *why)
{
	for (guint i = first; i < out->len; i++) {
		struct nd_noproxy *entry = g_ptr_array_index(out, i);

		entry->matches = false;
		entry->why = why;
	}
}
