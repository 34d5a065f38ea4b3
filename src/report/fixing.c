#include <npmrc-doctor/report.h>

#include "report/paint.h"

/* What fix shows: the plan as git shows a diff, and in one line each what it leaves. */

static const char *line_code(const char *line)
{
	if (g_str_has_prefix(line, "--- ") || g_str_has_prefix(line, "+++ "))
		return ND_BOLD;
	if (g_str_has_prefix(line, "@@ "))
		return ND_CYAN;
	return *line == '+' ? ND_GREEN : *line == '-' ? ND_RED : "";
}

GString *nd_report_diff(const char *diff, const struct nd_style *style)
{
	g_auto(GStrv) lines = g_strsplit(diff, "\n", -1);
	GString *out = g_string_new(NULL);

	for (char **line = lines; *line; line++) {
		g_autofree char *shown = nd_plain(*line, style);

		/* What stands behind the last line end is no line. */
		if (!line[1] && !*shown)
			break;
		nd_paint(out, style, line_code(shown), shown);
		g_string_append_c(out, '\n');
	}
	return out;
}

GString *nd_report_brief(const struct nd_finding *finding, const struct nd_style *style)
{
	const struct nd_location *where = &finding->where;
	g_autofree char *message = nd_plain(finding->message, style);
	g_autofree char *file = where->known && where->file ? nd_plain(where->file, style) : NULL;
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "%s: %s", nd_rule_row(finding->rule)->slug, message);
	if (file && where->line)
		g_string_append_printf(out, " (%s:%u)", file, where->line);
	else if (file)
		g_string_append_printf(out, " (%s)", file);
	else if (where->known && where->variable)
		g_string_append_printf(out, " (environment variable %s)", where->variable);
	g_string_append_c(out, '\n');
	return out;
}
