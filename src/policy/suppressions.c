#include <npmrc-doctor/policy.h>
#include <npmrc-doctor/redact.h>

#include <string.h>

#define MARK "npmrc-doctor-ignore"
/* Reasons are for people. In characters. */
#define MAX_REASON 500

void nd_suppression_free(struct nd_suppression *s)
{
	if (!s)
		return;
	g_free(s->reason);
	g_free(s->fault);
	g_free(s->file);
	g_free(s);
}

bool nd_policy_is_fixed(enum nd_rule rule)
{
	return rule == ND_RULE_POLICY_INVALID || rule == ND_RULE_UNUSED_SUPPRESSION;
}

bool nd_suppression_means(const struct nd_suppression *s, const struct nd_finding *finding)
{
	if (s->fault || s->rule != finding->rule)
		return false;
	return !s->target || (finding->where.line == s->target && g_strcmp0(finding->where.file, s->file) == 0);
}

/* What follows the mark: NULL, or what is wrong with it. */
static const char *parse(struct nd_suppression *s, const char *text)
{
	const char *colon = strchr(text, ':');
	g_autofree char *head = colon ? g_strndup(text, (gsize)(colon - text)) : g_strdup(text);
	g_auto(GStrv) words = NULL;
	const char *until;

	g_strdelimit(head, "\t", ' ');
	words = g_strsplit(g_strstrip(head), " ", 2);
	if (!words[0] || !*words[0])
		return "it names no rule";
	s->rule = nd_rule_find(words[0]);
	if (s->rule == ND_RULE_COUNT)
		return "there is no such rule";
	if (nd_policy_is_fixed(s->rule))
		return "this rule cannot be suppressed";
	until = words[1] ? g_strstrip(words[1]) : "";
	if (*until && !g_str_has_prefix(until, "until="))
		return "only until=YYYY-MM-DD may stand between the rule and the colon";
	if (*until && !(s->until = nd_policy_day(until + strlen("until="))))
		return "its end is no day: write until=YYYY-MM-DD";
	if (!colon)
		return "it gives no reason: write RULE: reason";
	s->reason = g_strstrip(g_strdup(colon + 1));
	return *s->reason ? NULL : "it gives no reason: write RULE: reason";
}

/* A comment may hold a secret too: a line that has been commented out. */
static bool has_secret(const struct nd_doc *doc, size_t line)
{
	struct nd_span part;

	return nd_redact_line(doc, line, &part, 1) > 0;
}

static void read_comment(const struct nd_doc *doc, size_t index, const char *text, struct nd_suppression *s)
{
	const char *fault = parse(s, text);
	size_t target = index + 1;

	if (fault) {
		s->rule = ND_RULE_COUNT;
		s->fault = g_strdup(fault);
	}
	if (s->reason && has_secret(doc, index)) {
		g_free(s->reason);
		s->reason = g_strdup("(not shown: it may hold a secret)");
	} else if (s->reason && g_utf8_strlen(s->reason, -1) > MAX_REASON) {
		*g_utf8_offset_to_pointer(s->reason, MAX_REASON) = '\0';
	}
	while (target < nd_doc_count(doc) && nd_doc_line(doc, target)->kind == ND_LINE_COMMENT)
		target++;
	s->line = (unsigned)index + 1;
	s->target = (unsigned)target + 1;
}

/* The text behind the mark where the comment begins with it, owned by the caller; else NULL. */
static char *marked(const struct nd_doc *doc, const struct nd_line *line)
{
	const char *p = nd_doc_bytes(doc).p + line->start, *end = nd_doc_bytes(doc).p + line->eol;
	size_t n = strlen(MARK);
	g_autofree char *text = NULL;

	while (p < end && (g_ascii_isspace(*p) || *p == ';' || *p == '#'))
		p++;
	if ((size_t)(end - p) < n || memcmp(p, MARK, n) != 0)
		return NULL;
	if (p + n < end && !g_ascii_isspace(p[n]) && p[n] != ':')
		return NULL;
	text = g_strndup(p + n, (gsize)(end - p) - n);
	return g_utf8_make_valid(text, -1);
}

void nd_suppressions_find(const struct nd_doc *doc, enum nd_layer_id layer, const char *file, GPtrArray *out)
{
	struct nd_span all = nd_doc_bytes(doc);
	const char *p = all.p;

	while (p && (p = memmem(p, all.n - (size_t)(p - all.p), MARK, strlen(MARK)))) {
		size_t index = nd_doc_line_at(doc, (size_t)(p - all.p));
		const struct nd_line *line = nd_doc_line(doc, index);
		g_autofree char *text = line->kind == ND_LINE_COMMENT ? marked(doc, line) : NULL;

		if (text) {
			struct nd_suppression *s = g_new0(struct nd_suppression, 1);

			s->layer = layer;
			s->file = g_strdup(file);
			read_comment(doc, index, text, s);
			g_ptr_array_add(out, s);
		}
		p = all.p + line->end;
	}
}
