#include <math.h>
#include <npmrc-doctor/format.h>

#include "report/write.h"

/* Version 1 of the JSON report. */

static void write_milliseconds(struct nd_writer *w, const char *name, double ms)
{
	if (ms < 0)
		nd_write_null(w, name);
	else
		nd_write_number(w, name, round(ms * 10) / 10);
}

/* 0 stands for what is not known. */
static void write_known(struct nd_writer *w, const char *name, unsigned number)
{
	if (number)
		nd_write_integer(w, name, number);
	else
		nd_write_null(w, name);
}

static void write_list(struct nd_writer *w, const char *name, char *const *texts)
{
	nd_write_open(w, name, '[');
	for (; texts && *texts; texts++)
		nd_write_text(w, NULL, *texts);
	nd_write_close(w, ']');
}

static void write_location(struct nd_writer *w, const char *name, const struct nd_location *where)
{
	if (!where->known) {
		nd_write_null(w, name);
		return;
	}
	nd_write_open(w, name, '{');
	nd_write_text(w, "layer", nd_layer_name(where->layer));
	nd_write_text(w, "file", where->file);
	write_known(w, "line", where->line);
	write_known(w, "column", where->column);
	write_known(w, "endColumn", where->end_column);
	nd_write_text(w, "key", where->key);
	nd_write_text(w, "variable", where->variable);
	nd_write_close(w, '}');
}

static void write_source(struct nd_writer *w, const struct nd_source_ref *source)
{
	nd_write_open(w, NULL, '{');
	nd_write_text(w, "layer", nd_layer_name(source->layer));
	nd_write_text(w, "path", source->path);
	nd_write_boolean(w, "read", source->read);
	nd_write_text(w, "reason", source->reason);
	nd_write_close(w, '}');
}

static void write_probe(struct nd_writer *w, const struct nd_attempt_ref *attempt)
{
	if (!attempt->outcome && !attempt->undecided) {
		nd_write_null(w, "probe");
		return;
	}
	nd_write_open(w, "probe", '{');
	nd_write_text(w, "outcome", attempt->outcome);
	nd_write_text(w, "stage", attempt->stage);
	write_known(w, "httpStatus", (unsigned)attempt->status);
	nd_write_text(w, "remoteAddress", attempt->address);
	nd_write_open(w, "timings", '{');
	write_milliseconds(w, "dnsMs", attempt->dns_ms);
	write_milliseconds(w, "connectMs", attempt->connect_ms);
	write_milliseconds(w, "proxyMs", attempt->proxy_ms);
	write_milliseconds(w, "tlsMs", attempt->tls_ms);
	write_milliseconds(w, "totalMs", attempt->total_ms);
	nd_write_close(w, '}');
	nd_write_close(w, '}');
}

static void write_other_scheme(struct nd_writer *w, const struct nd_registry_ref *registry)
{
	if (!registry->other.outcome && !registry->other.undecided) {
		nd_write_null(w, "otherScheme");
		return;
	}
	nd_write_open(w, "otherScheme", '{');
	nd_write_text(w, "url", registry->other_url);
	nd_write_text(w, "outcome", registry->other.outcome);
	nd_write_text(w, "stage", registry->other.stage);
	nd_write_close(w, '}');
}

static void write_registry(struct nd_writer *w, const struct nd_registry_ref *registry)
{
	nd_write_open(w, NULL, '{');
	nd_write_text(w, "url", registry->url);
	nd_write_boolean(w, "default", registry->is_default);
	write_list(w, "scopes", registry->scopes);
	nd_write_text(w, "proxy", registry->proxy);
	write_location(w, "proxySource", &registry->proxy_source);
	nd_write_open(w, "credentials", '{');
	nd_write_text(w, "kind", registry->credentials_kind);
	nd_write_text(w, "state", registry->credentials_state);
	nd_write_close(w, '}');
	write_probe(w, &registry->probe);
	nd_write_text(w, "notProbed", registry->not_probed);
	write_other_scheme(w, registry);
	nd_write_close(w, '}');
}

static void write_evidence(struct nd_writer *w, const struct nd_evidence *evidence)
{
	switch (evidence->type) {
	case ND_EVIDENCE_TEXT:
		nd_write_text(w, evidence->name, evidence->text);
		break;
	case ND_EVIDENCE_NUMBER:
		nd_write_number(w, evidence->name, evidence->number);
		break;
	case ND_EVIDENCE_BOOLEAN:
		nd_write_boolean(w, evidence->name, evidence->boolean);
		break;
	default:
		write_list(w, evidence->name, evidence->list);
	}
}

static void write_targets(struct nd_writer *w, const struct nd_finding *finding)
{
	nd_write_open(w, "targets", '[');
	for (guint i = 0; i < finding->targets->len; i++) {
		const struct nd_target_ref *target = finding->targets->pdata[i];

		nd_write_open(w, NULL, '{');
		nd_write_text(w, "url", target->url);
		nd_write_text(w, "proxy", target->proxy);
		nd_write_close(w, '}');
	}
	nd_write_close(w, ']');
}

static void write_fix(struct nd_writer *w, const struct nd_finding *finding)
{
	g_autofree char *command = NULL;

	if (finding->edits->len && !finding->keyring)
		command = g_strconcat("npmrc-doctor fix ", nd_rule_row(finding->rule)->slug, NULL);
	nd_write_open(w, "fix", '{');
	nd_write_boolean(w, "automatic", command != NULL);
	nd_write_text(w, "command", finding->edits->len && finding->keyring ?
		"npmrc-doctor fix --keyring" : command);
	nd_write_close(w, '}');
}

static void write_members(struct nd_writer *w, const struct nd_finding *finding)
{
	nd_write_text(w, "rule", nd_rule_row(finding->rule)->slug);
	nd_write_text(w, "severity", nd_severity_name(finding->severity));
	nd_write_text(w, "message", finding->message);
	nd_write_text(w, "help", finding->help);
	nd_write_text(w, "npmError", finding->npm_error);
	write_location(w, "location", &finding->where);
	write_targets(w, finding);
	nd_write_open(w, "evidence", '{');
	for (guint i = 0; i < finding->evidence->len; i++)
		write_evidence(w, finding->evidence->pdata[i]);
	nd_write_close(w, '}');
	nd_write_open(w, "notes", '[');
	for (guint i = 0; i < finding->notes->len; i++)
		nd_write_text(w, NULL, finding->notes->pdata[i]);
	nd_write_close(w, ']');
	write_fix(w, finding);
}

static void write_finding(struct nd_writer *w, const struct nd_finding *finding)
{
	nd_write_open(w, NULL, '{');
	write_members(w, finding);
	nd_write_close(w, '}');
}

static void write_suppressed(struct nd_writer *w, const struct nd_finding *finding)
{
	nd_write_open(w, NULL, '{');
	write_members(w, finding);
	nd_write_open(w, "suppression", '{');
	nd_write_text(w, "kind", finding->suppressed_by);
	nd_write_text(w, "reason", finding->suppressed_why);
	nd_write_close(w, '}');
	nd_write_close(w, '}');
}

static void write_unchecked(struct nd_writer *w, const struct nd_unchecked *unchecked)
{
	nd_write_open(w, NULL, '{');
	nd_write_text(w, "rule", nd_rule_row(unchecked->rule)->slug);
	nd_write_text(w, "reason", unchecked->reason);
	nd_write_close(w, '}');
}

static void write_head(struct nd_writer *w, const struct nd_report *report)
{
	nd_write_integer(w, "version", 1);
	nd_write_open(w, "tool", '{');
	nd_write_text(w, "name", "npmrc-doctor");
	nd_write_text(w, "version", ND_VERSION);
	nd_write_close(w, '}');
	nd_write_open(w, "client", '{');
	nd_write_text(w, "name", report->client);
	nd_write_text(w, "version", report->npm_version);
	nd_write_close(w, '}');
}

#define WRITE_ALL(w, name, list, write) do { \
		nd_write_open(w, name, '['); \
		for (guint i = 0; i < (list)->len; i++) \
			write(w, (list)->pdata[i]); \
		nd_write_close(w, ']'); \
	} while (0)

GString *nd_report_json(const struct nd_report *report)
{
	struct nd_writer writer = { g_string_sized_new(4096), 2, 0, false }, *w = &writer;

	nd_write_open(w, NULL, '{');
	write_head(w, report);
	WRITE_ALL(w, "sources", report->sources, write_source);
	WRITE_ALL(w, "registries", report->registries, write_registry);
	WRITE_ALL(w, "findings", report->findings, write_finding);
	if (report->fixed)
		WRITE_ALL(w, "fixed", report->fixed, write_finding);
	WRITE_ALL(w, "suppressed", report->suppressed, write_suppressed);
	WRITE_ALL(w, "unchecked", report->unchecked, write_unchecked);
	nd_write_open(w, "summary", '{');
	for (int severity = ND_ERROR; severity >= ND_INFO; severity--)
		nd_write_integer(w, nd_severity_name(severity),
			(int64_t)nd_report_count(report, severity));
	nd_write_integer(w, "suppressed", report->suppressed->len);
	nd_write_close(w, '}');
	nd_write_close(w, '}');
	return w->out;
}
