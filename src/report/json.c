#include <jansson.h>
#include <math.h>
#include <npmrc-doctor/report.h>

#include "report/jsontext.h"

/* JSON text is UTF-8; a path may hold any bytes. */
json_t *nd_json_text(const char *text)
{
	g_autofree char *valid = NULL;

	if (!text)
		return json_null();
	if (g_utf8_validate(text, -1, NULL))
		return json_string(text);
	valid = g_utf8_make_valid(text, -1);
	return json_string(valid);
}

static json_t *number_or_null(unsigned number)
{
	return number ? json_integer(number) : json_null();
}

static json_t *milliseconds(double ms)
{
	return ms < 0 ? json_null() : json_real(round(ms * 10) / 10);
}

static json_t *list(char *const *texts)
{
	json_t *array = json_array();

	for (; texts && *texts; texts++)
		json_array_append_new(array, nd_json_text(*texts));
	return array;
}

json_t *nd_json_location(const struct nd_location *where)
{
	json_t *object;

	if (!where->known)
		return json_null();
	object = json_object();
	json_object_set_new(object, "layer", json_string(nd_layer_name(where->layer)));
	json_object_set_new(object, "file", nd_json_text(where->file));
	json_object_set_new(object, "line", number_or_null(where->line));
	json_object_set_new(object, "column", number_or_null(where->column));
	json_object_set_new(object, "endColumn", number_or_null(where->end_column));
	json_object_set_new(object, "key", nd_json_text(where->key));
	json_object_set_new(object, "variable", nd_json_text(where->variable));
	return object;
}

json_t *nd_json_sources(const struct nd_report *report)
{
	json_t *array = json_array();

	for (guint i = 0; i < report->sources->len; i++) {
		const struct nd_source_ref *source = report->sources->pdata[i];
		json_t *object = json_object();

		json_object_set_new(object, "layer", json_string(nd_layer_name(source->layer)));
		json_object_set_new(object, "path", nd_json_text(source->path));
		json_object_set_new(object, "read", json_boolean(source->read));
		json_object_set_new(object, "reason", nd_json_text(source->reason));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *probe(const struct nd_attempt_ref *attempt)
{
	json_t *object, *timings;

	if (!attempt->outcome)
		return json_null();
	object = json_object();
	timings = json_object();
	json_object_set_new(timings, "dnsMs", milliseconds(attempt->dns_ms));
	json_object_set_new(timings, "connectMs", milliseconds(attempt->connect_ms));
	json_object_set_new(timings, "proxyMs", milliseconds(attempt->proxy_ms));
	json_object_set_new(timings, "tlsMs", milliseconds(attempt->tls_ms));
	json_object_set_new(timings, "totalMs", milliseconds(attempt->total_ms));
	json_object_set_new(object, "outcome", nd_json_text(attempt->outcome));
	json_object_set_new(object, "stage", nd_json_text(attempt->stage));
	json_object_set_new(object, "httpStatus", number_or_null(attempt->status));
	json_object_set_new(object, "remoteAddress", nd_json_text(attempt->address));
	json_object_set_new(object, "timings", timings);
	return object;
}

static json_t *other_scheme(const struct nd_registry_ref *registry)
{
	json_t *object;

	if (!registry->other.outcome)
		return json_null();
	object = json_object();
	json_object_set_new(object, "url", nd_json_text(registry->other_url));
	json_object_set_new(object, "outcome", nd_json_text(registry->other.outcome));
	json_object_set_new(object, "stage", nd_json_text(registry->other.stage));
	return object;
}

static json_t *registries(const struct nd_report *report)
{
	json_t *array = json_array();

	for (guint i = 0; i < report->registries->len; i++) {
		const struct nd_registry_ref *registry = report->registries->pdata[i];
		json_t *object = json_object(), *credentials = json_object();

		json_object_set_new(credentials, "kind", json_string(registry->credentials_kind));
		json_object_set_new(credentials, "state", json_string(registry->credentials_state));
		json_object_set_new(object, "url", nd_json_text(registry->url));
		json_object_set_new(object, "default", json_boolean(registry->is_default));
		json_object_set_new(object, "scopes", list(registry->scopes));
		json_object_set_new(object, "proxy", nd_json_text(registry->proxy));
		json_object_set_new(object, "proxySource", nd_json_location(&registry->proxy_source));
		json_object_set_new(object, "credentials", credentials);
		json_object_set_new(object, "probe", probe(&registry->probe));
		json_object_set_new(object, "notProbed", nd_json_text(registry->not_probed));
		json_object_set_new(object, "otherScheme", other_scheme(registry));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *evidence_value(const struct nd_evidence *evidence)
{
	switch (evidence->type) {
	case ND_EVIDENCE_TEXT:
		return nd_json_text(evidence->text);
	case ND_EVIDENCE_NUMBER:
		return evidence->number == floor(evidence->number) ?
			json_integer((json_int_t)evidence->number) : json_real(evidence->number);
	case ND_EVIDENCE_BOOLEAN:
		return json_boolean(evidence->boolean);
	default:
		return list(evidence->list);
	}
}

static json_t *targets(const struct nd_finding *finding)
{
	json_t *array = json_array();

	for (guint i = 0; i < finding->targets->len; i++) {
		const struct nd_target_ref *target = finding->targets->pdata[i];
		json_t *object = json_object();

		json_object_set_new(object, "url", nd_json_text(target->url));
		json_object_set_new(object, "proxy", nd_json_text(target->proxy));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *fix(const struct nd_finding *finding)
{
	json_t *object = json_object();
	g_autofree char *command = NULL;

	if (finding->edits->len && finding->keyring)
		command = g_strdup("npmrc-doctor fix --keyring");
	else if (finding->edits->len)
		command = g_strconcat("npmrc-doctor fix ", nd_rule_row(finding->rule)->slug, NULL);
	json_object_set_new(object, "automatic", json_boolean(finding->edits->len && !finding->keyring));
	json_object_set_new(object, "command", nd_json_text(command));
	return object;
}

static json_t *finding_object(const struct nd_finding *finding)
{
	json_t *object = json_object(), *evidence = json_object(), *notes = json_array();

	for (guint i = 0; i < finding->evidence->len; i++) {
		const struct nd_evidence *e = finding->evidence->pdata[i];

		json_object_set_new(evidence, e->name, evidence_value(e));
	}
	for (guint i = 0; i < finding->notes->len; i++)
		json_array_append_new(notes, nd_json_text(finding->notes->pdata[i]));
	json_object_set_new(object, "rule", json_string(nd_rule_row(finding->rule)->slug));
	json_object_set_new(object, "severity", json_string(nd_severity_name(finding->severity)));
	json_object_set_new(object, "message", nd_json_text(finding->message));
	json_object_set_new(object, "help", nd_json_text(finding->help));
	json_object_set_new(object, "npmError", nd_json_text(finding->npm_error));
	json_object_set_new(object, "location", nd_json_location(&finding->where));
	json_object_set_new(object, "targets", targets(finding));
	json_object_set_new(object, "evidence", evidence);
	json_object_set_new(object, "notes", notes);
	json_object_set_new(object, "fix", fix(finding));
	return object;
}

static json_t *unchecked(const struct nd_report *report)
{
	json_t *array = json_array();

	for (guint i = 0; i < report->unchecked->len; i++) {
		const struct nd_unchecked *u = report->unchecked->pdata[i];
		json_t *object = json_object();

		json_object_set_new(object, "rule", json_string(nd_rule_row(u->rule)->slug));
		json_object_set_new(object, "reason", nd_json_text(u->reason));
		json_array_append_new(array, object);
	}
	return array;
}

json_t *nd_json_head(const char *client, const char *npm_version)
{
	json_t *root = json_object(), *tool = json_object(), *who = json_object();

	json_object_set_new(tool, "name", json_string("npmrc-doctor"));
	json_object_set_new(tool, "version", json_string(ND_VERSION));
	json_object_set_new(who, "name", nd_json_text(client));
	json_object_set_new(who, "version", nd_json_text(npm_version));
	json_object_set_new(root, "version", json_integer(1));
	json_object_set_new(root, "tool", tool);
	json_object_set_new(root, "client", who);
	return root;
}

GString *nd_json_print(json_t *root)
{
	char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
	GString *out = g_string_new(text);

	free(text);
	json_decref(root);
	g_string_append_c(out, '\n');
	return out;
}

GString *nd_report_json(const struct nd_report *report)
{
	json_t *root = nd_json_head(report->client, report->npm_version);
	json_t *findings = json_array(), *summary = json_object();

	for (guint i = 0; i < report->findings->len; i++)
		json_array_append_new(findings, finding_object(report->findings->pdata[i]));
	for (int severity = ND_ERROR; severity >= ND_INFO; severity--)
		json_object_set_new(summary, nd_severity_name(severity),
			json_integer(nd_report_count(report, severity)));
	json_object_set_new(root, "sources", nd_json_sources(report));
	json_object_set_new(root, "registries", registries(report));
	json_object_set_new(root, "findings", findings);
	json_object_set_new(root, "unchecked", unchecked(report));
	json_object_set_new(root, "summary", summary);
	return nd_json_print(root);
}
