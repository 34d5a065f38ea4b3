#include <npmrc-doctor/report.h>

#include "report/paint.h"

/* Where the terminal is narrower a summary of the list begins below its rule. */
#define LIST_WIDTH 72

static void paragraph(GString *out, const char *label, const char *text, const struct nd_style *style)
{
	if (!*text)
		return;
	nd_paintf(out, style, ND_BOLD, "%s\n", label);
	g_string_append(out, "  ");
	nd_wrap(out, text, 2, style);
	g_string_append_c(out, '\n');
}

/* Lines of a file, as they would stand there. */
static void example(GString *out, const char *label, const char *text, const struct nd_style *style)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	nd_paintf(out, style, ND_BOLD, "%s\n", label);
	for (char **line = lines; *line; line++)
		g_string_append_printf(out, "  %s\n", *line);
	g_string_append_c(out, '\n');
}

static const char *mend_text(const struct nd_rule_row *row)
{
	static const char *const texts[] = {
		[ND_MEND_HAND] = "by hand",
		[ND_MEND_AUTOMATIC] = "npmrc-doctor fix",
		[ND_MEND_KEYRING] = "npmrc-doctor fix --keyring",
	};

	return texts[row->mend];
}

GString *nd_report_explain(enum nd_rule rule, const struct nd_style *style)
{
	const struct nd_rule_row *row = nd_rule_row(rule);
	GString *out = g_string_new(NULL);

	nd_paintf(out, style, ND_BOLD, "%s", row->slug);
	g_string_append_printf(out, ": %s\n\n", row->summary);
	g_string_append_printf(out, "%s, %s; fixed %s%s\n\n", row->group, nd_severity_name(row->severity),
		row->mend == ND_MEND_HAND ? "" : "with ", mend_text(row));
	paragraph(out, "Why it matters", row->why, style);
	paragraph(out, "What to do", row->how, style);
	paragraph(out, "What npm says", row->npm, style);
	example(out, "Wrong", row->bad, style);
	example(out, "Right", row->good, style);
	g_string_truncate(out, out->len - 1);
	return out;
}

GString *nd_report_rules(const struct nd_style *style)
{
	GString *out = g_string_new(NULL);
	const char *group = NULL;

	for (int rule = 0; rule < ND_RULE_COUNT; rule++) {
		const struct nd_rule_row *row = nd_rule_row(rule);

		if (g_strcmp0(group, row->group) != 0) {
			group = row->group;
			nd_paintf(out, style, ND_BOLD, "%s%s\n", rule ? "\n" : "", group);
		}
		g_string_append_printf(out, "  %-34s %-8s ", row->slug, nd_severity_name(row->severity));
		if (style->width && style->width < LIST_WIDTH)
			g_string_append(out, "\n    ");
		nd_wrap(out, row->summary, style->width && style->width < LIST_WIDTH ? 4 : 46, style);
	}
	return out;
}
