#include <npmrc-doctor/hash.h>
#include <npmrc-doctor/report.h>

#include "report/excerpt.h"
#include "report/hops.h"
#include "report/paint.h"
#include "report/plain.h"

#include <string.h>

/* The report for people, in rustc's manner: the line, a caret under the culprit, what is wrong, what npm
 * would say, what to do. */

static const char *severity_code(enum nd_severity severity)
{
	static const char *const codes[] = { ND_CYAN, ND_YELLOW, ND_RED, "" };

	return codes[severity];
}

static void print_place(const struct nd_location *where, const struct nd_style *style, GString *out)
{
	const char *name = where->file ? where->file : where->variable;
	g_autofree char *shown = name ? nd_plain(name, style) : NULL;

	if (!where->known)
		return;
	nd_paint(out, style, ND_BLUE, "  --> ");
	if (where->file && where->line)
		g_string_append_printf(out, "%s:%u:%u\n", shown, where->line, where->column);
	else if (where->file)
		g_string_append_printf(out, "%s\n", shown);
	else if (where->variable)
		g_string_append_printf(out, "environment variable %s\n", shown);
	else
		g_string_append_printf(out, "%s\n", where->layer == ND_LAYER_CLI ? "the command line" :
			"npm's default");
}

static void repeat(GString *out, const char *text, size_t n)
{
	while (n--)
		g_string_append(out, text);
}

static void print_excerpt(const struct nd_excerpt *excerpt, enum nd_severity severity,
	const struct nd_style *style, GString *out)
{
	g_autofree char *number = g_strdup_printf("%u", excerpt->line);
	g_autoptr(GString) caret = g_string_new(NULL);
	g_autofree char *shown = NULL, *part = NULL;
	size_t gutter = strlen(number) + 4;
	struct nd_window window;

	if (!excerpt->text)
		return;
	shown = nd_plain(excerpt->text, style);
	window = nd_window_of(excerpt, shown, style->width > gutter ? style->width - gutter : 0, style);
	part = window.text;
	repeat(caret, "^", window.length);
	nd_paintf(out, style, ND_BLUE, "%*s |\n %s | ", (int)strlen(number) + 1, "", number);
	g_string_append_printf(out, "%s\n", part);
	nd_paintf(out, style, ND_BLUE, "%*s | ", (int)strlen(number) + 1, "");
	repeat(out, " ", window.caret);
	nd_paint(out, style, severity_code(severity), caret->str);
	g_string_append_c(out, '\n');
}

static void print_line(const char *label, const char *text, const struct nd_style *style, GString *out)
{
	g_autofree char *shown = NULL;

	if (!text)
		return;
	shown = nd_plain(text, style);
	nd_paint(out, style, ND_BLUE, "   = ");
	nd_paintf(out, style, ND_BOLD, "%s: ", label);
	nd_wrap(out, shown, strlen(label) + 7, style);
}

static void print_targets(const struct nd_finding *finding, const struct nd_style *style, GString *out)
{
	g_autoptr(GString) urls = g_string_new(NULL);

	/* With one target the message names it. */
	if (finding->targets->len < 2)
		return;
	for (guint i = 0; i < finding->targets->len; i++) {
		const struct nd_target_ref *target = finding->targets->pdata[i];

		g_string_append_printf(urls, "%s%s", i ? ", " : "", target->url);
	}
	print_line("concerns", urls->str, style, out);
}

static void print_finding(const struct nd_finding *finding, const struct nd_style *style, GString *out)
{
	g_autofree char *message = nd_plain(finding->message, style);
	g_autofree char *label = g_strdup_printf("%s[%s]", nd_severity_name(finding->severity),
		nd_rule_row(finding->rule)->slug);
	g_autoptr(GString) wrapped = g_string_new(": ");

	nd_wrap_from(wrapped, message, strlen(label) + 2, 4, style);
	g_string_truncate(wrapped, wrapped->len - 1);
	nd_paint(out, style, severity_code(finding->severity), label);
	nd_paint(out, style, ND_BOLD, wrapped->str);
	g_string_append_c(out, '\n');
	print_place(&finding->where, style, out);
	print_excerpt(&finding->where.excerpt, finding->severity, style, out);
	print_targets(finding, style, out);
	for (guint i = 0; i < finding->notes->len; i++)
		print_line("note", finding->notes->pdata[i], style, out);
	print_line("npm says", finding->npm_error, style, out);
	print_line("help", finding->help, style, out);
	g_string_append_c(out, '\n');
}

static const char *mark(bool ok, const struct nd_style *style)
{
	if (style->utf8)
		return ok ? "✓" : "✗";
	return ok ? "ok" : "failed";
}

static void print_timings(const struct nd_attempt_ref *attempt, GString *out)
{
	const struct {
		const char *name;
		double ms;
	} steps[] = {
		{ "DNS", attempt->dns_ms },
		{ "connect", attempt->connect_ms },
		{ "proxy", attempt->proxy_ms },
		{ "TLS", attempt->tls_ms },
		{ "total", attempt->total_ms },
	};

	g_string_append(out, " ");
	for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
		if (steps[i].ms >= 0)
			g_string_append_printf(out, " %s %.1f ms", steps[i].name, steps[i].ms);
	if (attempt->address)
		g_string_append_printf(out, " (%s)", attempt->address);
	g_string_append_c(out, '\n');
}

static void print_registry(const struct nd_registry_ref *registry, const struct nd_style *style,
	GString *out)
{
	bool ok = g_strcmp0(registry->probe.outcome, "ok") == 0;
	g_autofree char *joined = g_strjoinv(" ", registry->scopes);
	const char *sign = registry->probe.outcome ? mark(ok, style) : "-";
	g_autoptr(GString) line = g_string_new(registry->url);
	g_autofree char *shown = NULL;

	if (*joined)
		g_string_append_printf(line, " (%s)", joined);
	if (registry->proxy)
		g_string_append_printf(line, " through %s", registry->proxy);
	if (g_strcmp0(registry->credentials_kind, "none") != 0)
		g_string_append_printf(line, ", %s %s", registry->credentials_kind,
			registry->credentials_state);
	if (registry->probe.undecided)
		g_string_append_printf(line, ": undecided: it answers %d to those without credentials, and they "
			"were not sent", registry->probe.status);
	else if (!registry->probe.outcome)
		g_string_append_printf(line, ": not probed%s%s", registry->not_probed ? ": " : "",
			registry->not_probed ? registry->not_probed : "");
	else if (!ok)
		g_string_append_printf(line, ": %s", registry->probe.outcome);
	else
		g_string_append_printf(line, ": answered in %.0f ms", registry->probe.total_ms);
	shown = nd_plain(line->str, style);
	nd_paint(out, style, ok ? ND_GREEN : registry->probe.outcome ? ND_RED : ND_YELLOW, sign);
	g_string_append_c(out, ' ');
	nd_wrap_from(out, shown, g_utf8_strlen(sign, -1) + 1, 4, style);
	if (registry->hops && (!ok || style->verbose))
		nd_report_hops(registry, style, out);
	if (style->verbose && registry->hops)
		print_timings(&registry->probe, out);
}

static void print_source(const struct nd_source_ref *source, const struct nd_style *style, GString *out)
{
	g_autofree char *path = nd_plain(source->path, style);

	g_string_append_printf(out, "%-8s %s: %s\n", nd_layer_name(source->layer), path,
		source->read ? "read" : source->reason ? source->reason : "not read");
}

static void print_count(GString *out, size_t n, const char *what)
{
	if (n)
		g_string_append_printf(out, "%s%zu %s%s", out->len ? ", " : "", n, what, n == 1 ? "" : "s");
}

struct printer {
	const struct nd_style *style;
	GString *out;
};

static void print_reason(void *data, const char *reason, guint n)
{
	const struct printer *to = data;
	g_autofree char *line = g_strdup_printf("%u rule%s: %s", n, n == 1 ? "" : "s", reason);
	g_autofree char *shown = nd_plain(line, to->style);

	nd_paint(to->out, to->style, ND_YELLOW, "unchecked: ");
	nd_wrap_from(to->out, shown, strlen("unchecked: "), 4, to->style);
}

static void print_unchecked(const struct nd_report *report, const struct nd_style *style, GString *out)
{
	struct printer to = { style, out };

	nd_each_reason(report, print_reason, &to);
}

static void print_summary(const struct nd_report *report, const struct nd_style *style, GString *out)
{
	g_autoptr(GString) counts = g_string_new(NULL);
	g_autoptr(GString) checked = g_string_new(NULL);
	size_t files = 0;

	for (guint i = 0; i < report->sources->len; i++) {
		const struct nd_source_ref *source = report->sources->pdata[i];

		files += source->read;
	}
	print_count(counts, nd_report_count(report, ND_ERROR), "error");
	print_count(counts, nd_report_count(report, ND_WARNING), "warning");
	print_count(counts, nd_report_count(report, ND_INFO), "note");
	/* Never hidden: a policy or a comment may come with a project that nobody trusts. */
	if (report->suppressed->len)
		g_string_append_printf(counts, "%s%u suppressed", counts->len ? ", " : "no other problem found, ",
			report->suppressed->len);
	if (!counts->len)
		g_string_append(counts, report->rules ? "no problem found" : "nothing was judged");
	nd_paint(out, style, ND_BOLD, counts->str);
	g_string_append_printf(checked, "; checked %zu file%s, %zu setting%s, %u registr%s with %zu rule%s",
		files, files == 1 ? "" : "s", report->settings, report->settings == 1 ? "" : "s",
		report->registries->len, report->registries->len == 1 ? "y" : "ies", report->rules,
		report->rules == 1 ? "" : "s");
	if (report->npm_version)
		g_string_append_printf(checked, " as %s %s reads them", report->client, report->npm_version);
	if (nd_unread(report))
		g_string_append_printf(checked, "; not read: %u", nd_unread(report));
	nd_wrap_from(out, checked->str, counts->len, 2, style);
}

GString *nd_report_text(const struct nd_report *report, const struct nd_style *style)
{
	GString *out = g_string_new(NULL);

	if (style->quiet && !report->findings->len)
		return out;
	for (guint i = 0; i < report->findings->len; i++)
		print_finding(report->findings->pdata[i], style, out);
	for (guint i = 0; i < report->registries->len; i++)
		print_registry(report->registries->pdata[i], style, out);
	for (guint i = 0; style->verbose && i < report->sources->len; i++)
		print_source(report->sources->pdata[i], style, out);
	print_unchecked(report, style, out);
	print_summary(report, style, out);
	return out;
}
