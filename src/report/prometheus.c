#include "report/formats.h"
#include "report/plain.h"

#include <npmrc-doctor/hash.h>

/* The text format of Prometheus, for node_exporter's textfile collector. URLs in a report have no
 * userinfo, so two registries may have one URL here: the first of them counts. */

static void append_label(GString *out, const char *name, const char *value)
{
	g_autofree char *valid = g_utf8_make_valid(value, -1);

	g_string_append_printf(out, "%s=\"", name);
	for (const char *p = valid; *p; p++) {
		if (*p == '\n')
			g_string_append(out, "\\n");
		else if (*p == '"' || *p == '\\')
			g_string_append_printf(out, "\\%c", *p);
		else
			g_string_append_c(out, *p);
	}
	g_string_append_c(out, '"');
}

static void begin(GString *out, const char *name, const char *help)
{
	g_string_append_printf(out, "# HELP npmrc_doctor_%s %s\n# TYPE npmrc_doctor_%s gauge\n", name, help,
		name);
}

static void append_info(GString *out, const struct nd_report *report)
{
	begin(out, "info", "The program that wrote this, and the client whose configuration it read.");
	g_string_append(out, "npmrc_doctor_info{");
	append_label(out, "version", ND_VERSION);
	g_string_append_c(out, ',');
	append_label(out, "client", report->client ? report->client : "");
	g_string_append_c(out, ',');
	append_label(out, "client_version", report->npm_version ? report->npm_version : "");
	g_string_append(out, "} 1\n");
}

static void append_counts(GString *out, const struct nd_report *report)
{
	begin(out, "findings", "Findings by severity.");
	for (int severity = ND_ERROR; severity >= ND_INFO; severity--)
		g_string_append_printf(out, "npmrc_doctor_findings{severity=\"%s\"} %zu\n",
			nd_severity_name(severity), nd_report_count(report, severity));
	begin(out, "findings_suppressed", "Findings that a policy, a comment or a baseline accepts.");
	g_string_append_printf(out, "npmrc_doctor_findings_suppressed %u\n", report->suppressed->len);
	begin(out, "rules_judged", "Rules that were judged.");
	g_string_append_printf(out, "npmrc_doctor_rules_judged %zu\n", report->rules);
	begin(out, "rules_unchecked", "Rules that could not be judged.");
	g_string_append_printf(out, "npmrc_doctor_rules_unchecked %u\n", report->unchecked->len);
	begin(out, "files_unread", "Files and folders that were to be judged and could not be read.");
	g_string_append_printf(out, "npmrc_doctor_files_unread %u\n", nd_unread(report));
}

static void append_rules(GString *out, const struct nd_report *report)
{
	guint counts[ND_RULE_COUNT][ND_NEVER] = { 0 };

	for (guint i = 0; i < report->findings->len; i++) {
		const struct nd_finding *finding = report->findings->pdata[i];

		counts[finding->rule][finding->severity]++;
	}
	if (!report->findings->len)
		return;
	begin(out, "rule_findings", "Findings by rule, for the rules that have any.");
	for (int rule = 0; rule < ND_RULE_COUNT; rule++)
		for (int severity = ND_ERROR; severity >= ND_INFO; severity--)
			if (counts[rule][severity])
				g_string_append_printf(out,
					"npmrc_doctor_rule_findings{rule=\"%s\",severity=\"%s\"} %u\n",
					nd_rule_row(rule)->slug, nd_severity_name(severity),
					counts[rule][severity]);
}

/* The registries that were probed, each URL once. */
static GPtrArray *probed(const struct nd_report *report)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(nd_hash_text, g_str_equal);
	GPtrArray *list = g_ptr_array_new();

	for (guint i = 0; i < report->registries->len; i++) {
		struct nd_registry_ref *registry = report->registries->pdata[i];

		if (registry->probe.outcome && g_hash_table_add(seen, registry->url))
			g_ptr_array_add(list, registry);
	}
	return list;
}

static void append_up(GString *out, const GPtrArray *registries)
{
	begin(out, "registry_up", "Whether npm could install from the registry.");
	for (guint i = 0; i < registries->len; i++) {
		const struct nd_registry_ref *registry = registries->pdata[i];

		g_string_append(out, "npmrc_doctor_registry_up{");
		append_label(out, "registry", registry->url);
		g_string_append_c(out, ',');
		append_label(out, "proxy", registry->proxy ? registry->proxy : "");
		g_string_append_printf(out, "} %d\n", g_str_equal(registry->probe.outcome, "ok"));
	}
}

static void append_seconds(GString *out, const GPtrArray *registries)
{
	begin(out, "probe_seconds", "How long each stage of the probe took.");
	for (guint i = 0; i < registries->len; i++) {
		const struct nd_registry_ref *registry = registries->pdata[i];
		const struct nd_attempt_ref *probe = &registry->probe;
		const struct {
			const char *stage;
			double ms;
		} stages[] = {
			{ "dns", probe->dns_ms },
			{ "connect", probe->connect_ms },
			{ "proxy", probe->proxy_ms },
			{ "tls", probe->tls_ms },
			{ "total", probe->total_ms },
		};

		for (size_t j = 0; j < G_N_ELEMENTS(stages); j++) {
			if (stages[j].ms < 0)
				continue;
			g_string_append(out, "npmrc_doctor_probe_seconds{");
			append_label(out, "registry", registry->url);
			g_string_append_printf(out, ",stage=\"%s\"} %.6f\n", stages[j].stage,
				stages[j].ms / 1000);
		}
	}
}

GString *nd_report_prometheus(const struct nd_report *report, const struct nd_rendering *how)
{
	g_autoptr(GPtrArray) registries = probed(report);
	GString *out = g_string_sized_new(4096);

	append_info(out, report);
	append_counts(out, report);
	append_rules(out, report);
	if (registries->len) {
		append_up(out, registries);
		append_seconds(out, registries);
	}
	begin(out, "last_run_timestamp_seconds", "When this was written, in Unix time.");
	g_string_append_printf(out, "npmrc_doctor_last_run_timestamp_seconds %" G_GINT64_FORMAT "\n",
		how->now);
	return out;
}
