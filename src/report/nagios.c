#include <string.h>

#include "report/paint.h"
#include "report/formats.h"
#include "report/plain.h"

/* One line by the plugin API of Nagios and its kin: what is wrong, then a bar, then numbers. */

#define MOST_NAMED 5

/* A bar begins the numbers, and there is no escape for it. */
static void append_text(GString *out, const char *text)
{
	static const struct nd_style ascii = { .utf8 = true };
	g_autofree char *plain = nd_plain(text, &ascii);

	for (const char *p = plain; *p; p++)
		g_string_append(out, *p == '|' ? "\\x7c" : (char[]){ *p, '\0' });
}

int nd_report_nagios_status(const struct nd_report *report)
{
	if (nd_unread(report))
		return 3;
	if (nd_report_count(report, ND_ERROR))
		return 2;
	return nd_report_count(report, ND_WARNING) ? 1 : 0;
}

static void append_count(GString *out, size_t n, const char *what)
{
	if (n)
		g_string_append_printf(out, "%s%zu %s%s", g_str_has_suffix(out->str, " - ") ? "" : ", ", n,
			what, n == 1 ? "" : "s");
}

static void append_names(GString *out, const struct nd_report *report, const char *base)
{
	g_autoptr(GString) place = g_string_new(NULL);
	guint named = 0;

	for (int severity = ND_ERROR; severity >= ND_INFO; severity--) {
		for (guint i = 0; i < report->findings->len; i++) {
			const struct nd_finding *finding = report->findings->pdata[i];

			if ((int)finding->severity != severity)
				continue;
			if (named++ >= MOST_NAMED)
				continue;
			g_string_assign(place, nd_rule_row(finding->rule)->slug);
			if (finding->where.known)
				g_string_append(place, " at ");
			nd_append_place(place, &finding->where, base);
			g_string_append(out, named == 1 ? ": " : ", ");
			append_text(out, place->str);
		}
	}
	if (named > MOST_NAMED)
		g_string_append_printf(out, " and %u more", named - MOST_NAMED);
}

static void append_reason(void *data, const char *reason, guint n)
{
	GString *out = data;

	g_string_append_printf(out, "; %u rule%s not checked: ", n, n == 1 ? "" : "s");
	append_text(out, reason);
}

/* A label is in quotes; what would end it, or the label, is replaced. */
static void append_registry(GString *out, const struct nd_registry_ref *registry)
{
	g_autofree char *label = g_strdup(registry->url);

	if ((!registry->probe.outcome && !registry->probe.undecided) || registry->probe.total_ms < 0)
		return;
	g_string_append(out, " '");
	append_text(out, g_strdelimit(label, "'= |", '_'));
	g_string_append_printf(out, "'=%.6fs;;;0", registry->probe.total_ms / 1000);
}

GString *nd_report_nagios(const struct nd_report *report, const struct nd_rendering *how)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };
	GString *out = g_string_new(NULL);
	size_t errors = nd_report_count(report, ND_ERROR), warnings = nd_report_count(report, ND_WARNING);
	size_t notes = nd_report_count(report, ND_INFO);

	g_string_append_printf(out, "NPMRC %s - ", words[nd_report_nagios_status(report)]);
	if (!report->findings->len)
		g_string_append(out, "no problem found");
	append_count(out, errors, "error");
	append_count(out, warnings, "warning");
	append_count(out, notes, "note");
	append_names(out, report, how->base);
	if (report->suppressed->len)
		g_string_append_printf(out, "; suppressed: %u", report->suppressed->len);
	if (nd_unread(report))
		g_string_append_printf(out, "; not read: %u", nd_unread(report));
	nd_each_reason(report, append_reason, out);
	g_string_append_printf(out, " | errors=%zu;;0;0 warnings=%zu;0;;0 notes=%zu;;;0 unchecked=%u;;;0"
		" suppressed=%u;;;0", errors, warnings, notes, report->unchecked->len, report->suppressed->len);
	for (guint i = 0; i < report->registries->len; i++)
		append_registry(out, report->registries->pdata[i]);
	g_string_append_c(out, '\n');
	return out;
}

GString *nd_report_nagios_unknown(const char *message)
{
	GString *out = g_string_new("NPMRC UNKNOWN - ");
	g_autofree char *line = g_strdelimit(g_strdup(message), "\n", ' ');

	append_text(out, line);
	g_string_append_c(out, '\n');
	return out;
}
