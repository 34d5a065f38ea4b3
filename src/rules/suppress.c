#include "rules/checks.h"

/* Which findings are accepted, and which acceptances are none. */

static bool has_ended(const struct nd_suppression *s, guint32 today)
{
	return s->until && s->until < today;
}

static const struct nd_suppression *find(const GPtrArray *list, const struct nd_finding *finding, guint32 today)
{
	for (guint i = 0; list && i < list->len; i++) {
		const struct nd_suppression *s = list->pdata[i];

		if (!has_ended(s, today) && nd_suppression_means(s, finding))
			return s;
	}
	return NULL;
}

void nd_suppress(const struct nd_facts *f, struct nd_report *out)
{
	for (guint i = 0; i < out->findings->len;) {
		const struct nd_finding *finding = out->findings->pdata[i];
		const struct nd_suppression *s = find(f->suppressions, finding, f->today);
		const char *by = "comment";

		if (!s && f->policy && (s = find(f->policy->ignores, finding, f->today)))
			by = "policy";
		if (s)
			nd_finding_suppress(out, i, by, s->reason);
		else
			i++;
	}
}

void nd_relevel(const struct nd_facts *f, struct nd_report *out)
{
	for (guint i = 0; f->policy && i < out->findings->len; i++) {
		struct nd_finding *finding = out->findings->pdata[i];

		if (f->policy->severities[finding->rule] >= 0)
			finding->severity = (enum nd_severity)f->policy->severities[finding->rule];
	}
}

static void say(const struct nd_suppression *s, const char *what, struct nd_report *out)
{
	struct nd_finding *finding = s->rule == ND_RULE_COUNT ?
		nd_finding_add(out, ND_RULE_UNUSED_SUPPRESSION, "this suppresses nothing: %s", what) :
		nd_finding_add(out, ND_RULE_UNUSED_SUPPRESSION, "the suppression of %s %s",
			nd_rule_row(s->rule)->slug, what);

	finding->where = (struct nd_location){ .known = true, .layer = s->layer, .file = g_strdup(s->file),
		.line = s->line, .column = 1, .end_column = 2 };
	nd_finding_help(finding, "%s", nd_rule_row(ND_RULE_UNUSED_SUPPRESSION)->how);
}

static bool tell_end(const struct nd_suppression *s, guint32 today, struct nd_report *out)
{
	g_autofree char *end = NULL, *what = NULL;

	if (!has_ended(s, today))
		return false;
	end = nd_suppression_end(s);
	what = g_strdup_printf("has ended on %s", end);
	say(s, what, out);
	return true;
}

static bool is_used(const struct nd_suppression *s, const struct nd_report *report)
{
	for (guint i = 0; i < report->suppressed->len; i++)
		if (nd_suppression_means(s, report->suppressed->pdata[i]))
			return true;
	return false;
}

static void judge(const struct nd_suppression *s, guint32 today, struct nd_report *out)
{
	if (s->fault)
		say(s, s->fault, out);
	else if (!tell_end(s, today, out) && out->judged[s->rule] && !is_used(s, out))
		say(s, "matches nothing", out);
}

void nd_check_unused_suppression(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	(void)rule;
	for (guint i = 0; f->suppressions && i < f->suppressions->len; i++)
		judge(f->suppressions->pdata[i], f->today, out);
	/* Whether the policy's match anything one file cannot tell. */
	for (guint i = 0; f->policy && !f->files_only && i < f->policy->ignores->len; i++)
		judge(f->policy->ignores->pdata[i], f->today, out);
}

void nd_policy_tell_ends(const struct nd_policy *policy, guint32 today, struct nd_report *out)
{
	for (guint i = 0; i < policy->ignores->len; i++)
		tell_end(policy->ignores->pdata[i], today, out);
}
