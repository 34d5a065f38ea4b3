#include "report/formats.h"
#include "report/plain.h"
#include "report/write.h"

/* GitLab's code quality report: an array in the manner of Code Climate. */

static const char *severity_word(enum nd_severity severity)
{
	static const char *const words[] = { "info", "minor", "critical", "info" };

	return words[severity];
}

/* A path or, outside of the base, a file's URI; what is no file is named as it is. */
static void append_path(GString *out, const struct nd_location *where, const char *base)
{
	if (where->file && !nd_below(base, where->file)) {
		g_string_append(out, "file://");
		nd_append_uri(out, where->file);
	} else {
		nd_append_name(out, where, base);
	}
}

static void write_location(struct nd_writer *w, const char *path, unsigned line)
{
	nd_write_open(w, "location", '{');
	nd_write_text(w, "path", path);
	nd_write_open(w, "lines", '{');
	nd_write_integer(w, "begin", line ? line : 1);
	nd_write_close(w, '}');
	nd_write_close(w, '}');
}

static void write_issue(struct nd_writer *w, const struct nd_finding *finding, const char *fingerprint,
	const char *base, GString *scratch)
{
	nd_write_open(w, NULL, '{');
	nd_write_text(w, "description", finding->message);
	nd_write_text(w, "check_name", nd_rule_row(finding->rule)->slug);
	nd_write_text(w, "fingerprint", fingerprint);
	nd_write_text(w, "severity", severity_word(finding->severity));
	g_string_truncate(scratch, 0);
	append_path(scratch, &finding->where, base);
	write_location(w, scratch->str, finding->where.line);
	g_string_truncate(scratch, 0);
	nd_append_details(scratch, finding);
	nd_write_open(w, "content", '{');
	nd_write_text(w, "body", scratch->len ? scratch->str + 1 : "");
	nd_write_close(w, '}');
	nd_write_close(w, '}');
}

static void write_reason(void *data, const char *reason, guint n)
{
	g_autofree char *text = g_strdup_printf("%u rule%s not checked: %s", n, n == 1 ? "" : "s", reason);
	g_autofree char *fingerprint = g_strconcat("unchecked:", reason, NULL);
	struct nd_writer *w = data;

	nd_write_open(w, NULL, '{');
	nd_write_text(w, "description", text);
	nd_write_text(w, "check_name", "unchecked");
	nd_write_text(w, "fingerprint", fingerprint);
	nd_write_text(w, "severity", "info");
	write_location(w, ".", 1);
	nd_write_close(w, '}');
}

GString *nd_report_gitlab(const struct nd_report *report, const struct nd_rendering *how)
{
	struct nd_writer writer = { g_string_sized_new(4096), 1, 0, false }, *w = &writer;
	g_autoptr(GString) scratch = g_string_new(NULL);
	struct nd_names names = nd_names_new();

	nd_write_open(w, NULL, '[');
	for (guint i = 0; i < report->findings->len; i++) {
		const struct nd_finding *finding = report->findings->pdata[i];

		write_issue(w, finding, nd_names_take(&names, finding, how->base), how->base, scratch);
	}
	nd_each_reason(report, write_reason, w);
	nd_write_close(w, ']');
	nd_names_release(&names);
	return w->out;
}
