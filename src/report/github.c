#include <string.h>

#include "report/paint.h"
#include "report/formats.h"
#include "report/plain.h"

/* GitHub's workflow commands. A step may have ten annotations of each kind; the rest goes to the job's
 * summary, and to the log as plain lines. */

#define MOST_ANNOTATIONS 10
#define MOST_SUMMARY (1000 * 1000)

static const struct nd_style utf8 = { .utf8 = true };

static const char *kind(enum nd_severity severity)
{
	static const char *const kinds[] = { "notice", "warning", "error", "notice" };

	return kinds[severity];
}

/* The toolkit's escapes: in a message % CR LF, in a property : and , as well. */
static void append_escaped(GString *out, const char *text, const char *special)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	for (const char *p = valid; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (strchr(special, c))
			g_string_append_printf(out, "%%%02X", c);
		else if (c < 0x20 && c != '\t')
			g_string_append_printf(out, "\\x%02x", c);
		else
			g_string_append_c(out, *p);
	}
}

static void append_property(GString *out, const char *name, const char *value, bool *first)
{
	g_string_append_printf(out, "%c%s=", *first ? ' ' : ',', name);
	append_escaped(out, value, "%\r\n:,");
	*first = false;
}

static void append_number(GString *out, const char *name, unsigned value)
{
	g_string_append_printf(out, ",%s=%u", name, value);
}

static void append_position(GString *out, const struct nd_location *where)
{
	unsigned column = where->unit_column ? where->unit_column : where->column;
	unsigned end = where->unit_column ? where->unit_end_column : where->end_column;

	if (!where->line)
		return;
	append_number(out, "line", where->line);
	append_number(out, "endLine", where->line);
	if (!column)
		return;
	append_number(out, "col", column);
	append_number(out, "endColumn", MAX(end, column));
}

static void append_annotation(GString *out, const struct nd_finding *finding, const char *base)
{
	const char *file = finding->where.file;
	g_autoptr(GString) text = g_string_new(finding->message);
	bool first = true;

	g_string_append_printf(out, "::%s", kind(finding->severity));
	if (file) {
		append_property(out, "file", nd_below(base, file) ? nd_below(base, file) : file, &first);
		append_position(out, &finding->where);
	}
	append_property(out, "title", nd_rule_row(finding->rule)->slug, &first);
	g_string_append(out, "::");
	if (!file && finding->where.known) {
		g_string_prepend(text, ": ");
		g_string_prepend(text, finding->where.variable ? finding->where.variable :
			nd_layer_name(finding->where.layer));
	}
	nd_append_details(text, finding);
	append_escaped(out, text->str, "%\r\n");
	g_string_append_c(out, '\n');
}

/* Begins with the severity, so that no text of a file can be taken for a command. */
static void append_log_line(GString *out, const struct nd_finding *finding, const char *base)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *plain = NULL;

	nd_append_place(text, &finding->where, base);
	g_string_append(text, finding->where.known ? ": " : "");
	g_string_append(text, finding->message);
	plain = nd_plain(text->str, &utf8);
	g_string_append(out, nd_severity_name(finding->severity));
	g_string_append_c(out, '[');
	g_string_append(out, nd_rule_row(finding->rule)->slug);
	g_string_append(out, "]: ");
	g_string_append(out, plain);
	g_string_append_c(out, '\n');
}

static void append_severity(GString *out, const struct nd_report *report, int severity, const char *base)
{
	guint n = 0;

	for (guint i = 0; i < report->findings->len; i++) {
		const struct nd_finding *finding = report->findings->pdata[i];

		if ((int)finding->severity != severity)
			continue;
		if (n++ < MOST_ANNOTATIONS)
			append_annotation(out, finding, base);
		else
			append_log_line(out, finding, base);
	}
}

struct reasons {
	GString *out;
	size_t notices; /* that may still be made */
};

static void append_reason(void *data, const char *reason, guint n)
{
	struct reasons *reasons = data;
	g_autofree char *text = g_strdup_printf("%u rule%s not checked: %s", n, n == 1 ? "" : "s", reason);
	g_autofree char *plain = nd_plain(text, &utf8);

	if (reasons->notices) {
		reasons->notices--;
		g_string_append(reasons->out, "::notice title=unchecked::");
		append_escaped(reasons->out, text, "%\r\n");
		g_string_append_c(reasons->out, '\n');
	} else {
		g_string_append_printf(reasons->out, "unchecked: %s\n", plain);
	}
}

GString *nd_report_github(const struct nd_report *report, const struct nd_rendering *how)
{
	GString *out = g_string_new(NULL);
	size_t notes = nd_report_count(report, ND_INFO);
	struct reasons reasons = { out, notes < MOST_ANNOTATIONS ? MOST_ANNOTATIONS - notes : 0 };

	for (int severity = ND_ERROR; severity >= ND_INFO; severity--)
		append_severity(out, report, severity, how->base);
	nd_each_reason(report, append_reason, &reasons);
	return out;
}

/* Markdown that shows the text as it is: ASCII marks are escaped, as CommonMark allows, nobody is mentioned
 * and what would break a table's row is a blank. */
static void append_markdown(GString *out, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	for (const char *p = valid; *p; p++) {
		if (*p == '<') {
			g_string_append(out, "&lt;");
		} else if (*p == '@') {
			g_string_append(out, "&#64;");
		} else {
			if (g_ascii_ispunct(*p) && (*p > '/' || *p < '\'' || *p == '*' || *p == '(') &&
				*p != ':' && *p != ';' && *p != '=')
				g_string_append_c(out, '\\');
			g_string_append_c(out, g_ascii_iscntrl(*p) ? ' ' : *p);
		}
	}
}

static void append_row(GString *out, const struct nd_finding *finding, const char *base)
{
	g_autoptr(GString) place = g_string_new(NULL);

	nd_append_place(place, &finding->where, base);
	g_string_append_printf(out, "| %s | %s | ", nd_severity_name(finding->severity),
		nd_rule_row(finding->rule)->slug);
	append_markdown(out, place->str);
	g_string_append(out, " | ");
	append_markdown(out, finding->message);
	g_string_append(out, " |\n");
}

static guint append_rows(GString *out, const struct nd_report *report, const char *base)
{
	guint left = report->findings->len;

	for (int severity = ND_ERROR; severity >= ND_INFO; severity--) {
		for (guint i = 0; i < report->findings->len; i++) {
			const struct nd_finding *finding = report->findings->pdata[i];
			size_t length = out->len;

			if ((int)finding->severity != severity)
				continue;
			append_row(out, finding, base);
			if (out->len > MOST_SUMMARY) {
				g_string_truncate(out, length);
				return left;
			}
			left--;
		}
	}
	return left;
}

static void append_summary_reason(void *data, const char *reason, guint n)
{
	GString *out = data;

	g_string_append_printf(out, "\n%u rule%s not checked: ", n, n == 1 ? "" : "s");
	append_markdown(out, reason);
	g_string_append_c(out, '\n');
}

GString *nd_report_github_summary(const struct nd_report *report, const struct nd_rendering *how)
{
	GString *out = g_string_new("### npmrc-doctor\n\n");
	guint left;

	if (!report->findings->len) {
		g_string_append(out, "no problem found\n");
	} else {
		g_string_append(out, "| severity | rule | where | what |\n| --- | --- | --- | --- |\n");
		left = append_rows(out, report, how->base);
		if (left)
			g_string_append_printf(out, "\n%u more: there is no room for them here\n", left);
	}
	if (report->suppressed->len)
		g_string_append_printf(out, "\n%u suppressed\n", report->suppressed->len);
	nd_each_reason(report, append_summary_reason, out);
	g_string_append_c(out, '\n');
	return out;
}
