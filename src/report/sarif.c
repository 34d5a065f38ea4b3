#include <string.h>

#include "report/formats.h"
#include "report/plain.h"
#include "report/write.h"

/* SARIF 2.1.0 with one run. Every rule of the table is described, whatever was found, so that an index
 * means the same in every file of one version. */

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

static const char *level(enum nd_severity severity)
{
	static const char *const names[] = { "note", "warning", "error", "none" };

	return names[severity];
}

static void write_message(struct nd_writer *w, const char *name, const char *text)
{
	nd_write_open(w, name, '{');
	nd_write_text(w, "text", text);
	nd_write_close(w, '}');
}

static void append_example(GString *out, const char *title, const char *example)
{
	g_auto(GStrv) lines = g_strsplit(example, "\n", -1);

	if (!*example)
		return;
	g_string_append_printf(out, "\n\n%s:\n", title);
	for (char **line = lines; *line; line++)
		g_string_append_printf(out, "\n    %s", *line);
}

static void write_help(struct nd_writer *w, const struct nd_rule_row *row)
{
	g_autoptr(GString) markdown = g_string_new(row->why);

	g_string_append_printf(markdown, "\n\n**What to do:** %s", row->how);
	if (*row->npm)
		g_string_append_printf(markdown, "\n\n**npm says:** %s", row->npm);
	append_example(markdown, "Wrong", row->bad);
	append_example(markdown, "Right", row->good);
	nd_write_open(w, "help", '{');
	nd_write_text(w, "text", row->how);
	nd_write_text(w, "markdown", markdown->str);
	nd_write_close(w, '}');
}

static void write_rule(struct nd_writer *w, const struct nd_rule_row *row)
{
	nd_write_open(w, NULL, '{');
	nd_write_text(w, "id", row->slug);
	write_message(w, "shortDescription", row->summary);
	write_message(w, "fullDescription", row->why);
	write_help(w, row);
	nd_write_open(w, "defaultConfiguration", '{');
	nd_write_text(w, "level", level(row->severity));
	nd_write_close(w, '}');
	nd_write_open(w, "properties", '{');
	nd_write_open(w, "tags", '[');
	nd_write_text(w, NULL, row->group);
	nd_write_close(w, ']');
	nd_write_close(w, '}');
	nd_write_close(w, '}');
}

static void write_tool(struct nd_writer *w)
{
	nd_write_open(w, "tool", '{');
	nd_write_open(w, "driver", '{');
	nd_write_text(w, "name", "npmrc-doctor");
	nd_write_text(w, "version", ND_VERSION);
	nd_write_text(w, "semanticVersion", ND_VERSION);
	nd_write_open(w, "rules", '[');
	for (int rule = 0; rule < ND_RULE_COUNT; rule++)
		write_rule(w, nd_rule_row(rule));
	nd_write_close(w, ']');
	nd_write_close(w, '}');
	nd_write_close(w, '}');
}

static void write_unread(struct nd_writer *w, const struct nd_source_ref *source)
{
	g_autofree char *text = NULL;

	if (source->layer != ND_LAYER_FILE || source->read)
		return;
	text = g_strdup_printf("cannot read '%s': %s", source->path, source->reason);
	nd_write_open(w, NULL, '{');
	nd_write_text(w, "level", "error");
	write_message(w, "message", text);
	nd_write_close(w, '}');
}

/* What was not judged is a notification of the run: a result would say that something was found. */
static void write_invocation(struct nd_writer *w, const struct nd_report *report)
{
	nd_write_open(w, "invocations", '[');
	nd_write_open(w, NULL, '{');
	nd_write_boolean(w, "executionSuccessful", nd_unread(report) == 0);
	nd_write_open(w, "toolExecutionNotifications", '[');
	for (guint i = 0; i < report->sources->len; i++)
		write_unread(w, report->sources->pdata[i]);
	for (guint i = 0; i < report->unchecked->len; i++) {
		const struct nd_unchecked *u = report->unchecked->pdata[i];
		g_autofree char *text = g_strconcat("not checked: ", u->reason, NULL);

		nd_write_open(w, NULL, '{');
		nd_write_text(w, "level", "note");
		write_message(w, "message", text);
		nd_write_open(w, "associatedRule", '{');
		nd_write_text(w, "id", nd_rule_row(u->rule)->slug);
		nd_write_integer(w, "index", u->rule);
		nd_write_close(w, '}');
		nd_write_close(w, '}');
	}
	nd_write_close(w, ']');
	nd_write_close(w, '}');
	nd_write_close(w, ']');
}

static void write_artifact(struct nd_writer *w, const char *path, const char *base, GString *scratch)
{
	const char *below = nd_below(base, path);

	g_string_assign(scratch, below ? "" : "file://");
	nd_append_uri(scratch, below ? below : path);
	nd_write_open(w, "artifactLocation", '{');
	nd_write_text(w, "uri", scratch->str);
	if (below)
		nd_write_text(w, "uriBaseId", "SRCROOT");
	nd_write_close(w, '}');
}

static void write_region(struct nd_writer *w, const struct nd_location *where)
{
	unsigned column = where->unit_column ? where->unit_column : where->column;
	unsigned end = where->unit_column ? where->unit_end_column : where->end_column;

	if (!where->line)
		return;
	nd_write_open(w, "region", '{');
	nd_write_integer(w, "startLine", where->line);
	if (column) {
		nd_write_integer(w, "startColumn", column);
		nd_write_integer(w, "endColumn", MAX(end, column));
	}
	nd_write_close(w, '}');
}

/* GitHub takes no result without a file. What stands in none points at the project's .npmrc, which is
 * where it could stand, and says so. */
static void write_location(struct nd_writer *w, const struct nd_location *where, const char *base,
	GString *scratch)
{
	nd_write_open(w, "locations", '[');
	nd_write_open(w, NULL, '{');
	nd_write_open(w, "physicalLocation", '{');
	if (where->file) {
		write_artifact(w, where->file, base, scratch);
		write_region(w, where);
	} else {
		nd_write_open(w, "artifactLocation", '{');
		nd_write_text(w, "uri", ".npmrc");
		nd_write_text(w, "uriBaseId", "SRCROOT");
		nd_write_close(w, '}');
	}
	nd_write_close(w, '}');
	if (!where->file) {
		g_string_truncate(scratch, 0);
		nd_append_name(scratch, where, base);
		nd_write_open(w, "logicalLocations", '[');
		nd_write_open(w, NULL, '{');
		nd_write_text(w, "name", scratch->str);
		nd_write_close(w, '}');
		nd_write_close(w, ']');
		g_string_append(scratch, ", no file");
		write_message(w, "message", scratch->str);
	}
	nd_write_close(w, '}');
	nd_write_close(w, ']');
}

static void write_properties(struct nd_writer *w, const struct nd_finding *finding)
{
	nd_write_open(w, "properties", '{');
	if (finding->where.known)
		nd_write_text(w, "layer", nd_layer_name(finding->where.layer));
	if (finding->where.key)
		nd_write_text(w, "key", finding->where.key);
	if (finding->npm_error)
		nd_write_text(w, "npmError", finding->npm_error);
	nd_write_close(w, '}');
}

/* A comment stands in the file; a policy and a baseline stand beside it. */
static void write_suppression(struct nd_writer *w, const struct nd_finding *finding)
{
	nd_write_open(w, "suppressions", '[');
	if (finding->suppressed_by) {
		nd_write_open(w, NULL, '{');
		nd_write_text(w, "kind", g_str_equal(finding->suppressed_by, "comment") ? "inSource" : "external");
		nd_write_text(w, "status", "accepted");
		if (finding->suppressed_why)
			nd_write_text(w, "justification", finding->suppressed_why);
		nd_write_close(w, '}');
	}
	nd_write_close(w, ']');
}

static void write_result(struct nd_writer *w, const struct nd_finding *finding, const char *base,
	struct nd_names *names, GString *scratch)
{
	nd_write_open(w, NULL, '{');
	nd_write_text(w, "ruleId", nd_rule_row(finding->rule)->slug);
	nd_write_integer(w, "ruleIndex", finding->rule);
	nd_write_text(w, "level", level(finding->severity));
	g_string_assign(scratch, finding->message);
	nd_append_details(scratch, finding);
	write_message(w, "message", scratch->str);
	write_location(w, &finding->where, base, scratch);
	nd_write_open(w, "partialFingerprints", '{');
	nd_write_text(w, "npmrcDoctor/v1", nd_names_take(names, finding, base));
	nd_write_close(w, '}');
	write_suppression(w, finding);
	write_properties(w, finding);
	nd_write_close(w, '}');
}

static void write_results(struct nd_writer *w, const struct nd_report *report, const char *base)
{
	g_autoptr(GString) scratch = g_string_new(NULL);
	struct nd_names names = nd_names_new();

	nd_write_open(w, "results", '[');
	for (guint i = 0; i < report->findings->len; i++)
		write_result(w, report->findings->pdata[i], base, &names, scratch);
	for (guint i = 0; i < report->suppressed->len; i++)
		write_result(w, report->suppressed->pdata[i], base, &names, scratch);
	nd_write_close(w, ']');
	nd_names_release(&names);
}

static void write_base(struct nd_writer *w, const char *base)
{
	g_autoptr(GString) uri = g_string_new("file://");

	nd_append_uri(uri, base);
	if (!g_str_has_suffix(base, "/"))
		g_string_append_c(uri, '/');
	nd_write_open(w, "originalUriBaseIds", '{');
	nd_write_open(w, "SRCROOT", '{');
	nd_write_text(w, "uri", uri->str);
	nd_write_close(w, '}');
	nd_write_close(w, '}');
}

GString *nd_report_sarif(const struct nd_report *report, const struct nd_rendering *how)
{
	struct nd_writer writer = { g_string_sized_new(65536), 4, 0, false }, *w = &writer;

	nd_write_open(w, NULL, '{');
	nd_write_text(w, "$schema", SCHEMA);
	nd_write_text(w, "version", "2.1.0");
	nd_write_open(w, "runs", '[');
	nd_write_open(w, NULL, '{');
	write_tool(w);
	write_invocation(w, report);
	write_base(w, how->base);
	nd_write_text(w, "columnKind", "utf16CodeUnits");
	write_results(w, report, how->base);
	nd_write_close(w, '}');
	nd_write_close(w, ']');
	nd_write_close(w, '}');
	return w->out;
}
