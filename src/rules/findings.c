#include <npmrc-doctor/findings.h>

void nd_edit_free(struct nd_edit *edit)
{
	if (!edit)
		return;
	nd_secret_free(edit->secret);
	nd_secret_free(edit->unmoved);
	g_free(edit->from);
	g_free(edit->create);
	g_free(edit->file);
	g_free(edit->text);
	g_free(edit->location);
	g_free(edit->key);
	g_free(edit->variable);
	g_free(edit);
}

static void evidence_free(struct nd_evidence *evidence)
{
	g_free(evidence->text);
	g_strfreev(evidence->list);
	g_free(evidence);
}

static void target_free(struct nd_target_ref *target)
{
	g_free(target->url);
	g_free(target->proxy);
	g_free(target);
}

static void location_release(struct nd_location *where)
{
	g_free(where->file);
	g_free(where->variable);
	g_free(where->key);
	g_free(where->excerpt.text);
}

void nd_finding_free(struct nd_finding *finding)
{
	if (!finding)
		return;
	g_free(finding->message);
	g_free(finding->help);
	g_free(finding->npm_error);
	g_free(finding->becomes);
	g_free(finding->suppressed_why);
	location_release(&finding->where);
	g_ptr_array_unref(finding->notes);
	g_ptr_array_unref(finding->targets);
	g_ptr_array_unref(finding->evidence);
	g_ptr_array_unref(finding->edits);
	g_free(finding);
}

static void source_free(struct nd_source_ref *source)
{
	g_free(source->path);
	g_free(source->reason);
	g_free(source);
}

static void attempt_release(struct nd_attempt_ref *attempt)
{
	g_free(attempt->outcome);
	g_free(attempt->address);
}

static void registry_free(struct nd_registry_ref *registry)
{
	g_free(registry->url);
	g_strfreev(registry->scopes);
	g_free(registry->proxy);
	location_release(&registry->proxy_source);
	attempt_release(&registry->probe);
	g_free(registry->other_url);
	attempt_release(&registry->other);
	if (registry->hops)
		g_ptr_array_unref(registry->hops);
	g_free(registry);
}

static void unchecked_free(struct nd_unchecked *unchecked)
{
	g_free(unchecked->reason);
	g_free(unchecked);
}

struct nd_report *nd_report_new(void)
{
	struct nd_report *report = g_new0(struct nd_report, 1);

	report->sources = g_ptr_array_new_with_free_func((GDestroyNotify)source_free);
	report->registries = g_ptr_array_new_with_free_func((GDestroyNotify)registry_free);
	report->findings = g_ptr_array_new_with_free_func((GDestroyNotify)nd_finding_free);
	report->suppressed = g_ptr_array_new_with_free_func((GDestroyNotify)nd_finding_free);
	report->unchecked = g_ptr_array_new_with_free_func((GDestroyNotify)unchecked_free);
	return report;
}

void nd_report_free(struct nd_report *report)
{
	if (!report)
		return;
	g_free(report->client);
	g_free(report->npm_version);
	g_free(report->cwd);
	g_ptr_array_unref(report->sources);
	g_ptr_array_unref(report->registries);
	g_ptr_array_unref(report->findings);
	g_ptr_array_unref(report->suppressed);
	g_ptr_array_unref(report->unchecked);
	if (report->fixed)
		g_ptr_array_unref(report->fixed);
	g_free(report);
}

void nd_leave_unchecked(struct nd_report *report, enum nd_rule rule, const char *format, ...)
{
	g_autofree char *reason = NULL;
	struct nd_unchecked *unchecked;
	va_list args;

	va_start(args, format);
	reason = g_strdup_vprintf(format, args);
	va_end(args);
	for (guint i = 0; i < report->unchecked->len; i++) {
		unchecked = report->unchecked->pdata[i];
		if (unchecked->rule == rule && g_str_equal(unchecked->reason, reason))
			return;
	}
	unchecked = g_new0(struct nd_unchecked, 1);
	unchecked->rule = rule;
	unchecked->reason = g_steal_pointer(&reason);
	g_ptr_array_add(report->unchecked, unchecked);
}

size_t nd_report_count(const struct nd_report *report, enum nd_severity severity)
{
	size_t n = 0;

	for (guint i = 0; i < report->findings->len; i++) {
		const struct nd_finding *finding = report->findings->pdata[i];

		n += finding->severity == severity;
	}
	return n;
}

void nd_finding_suppress(struct nd_report *report, guint index, const char *by, const char *reason)
{
	struct nd_finding *finding = g_ptr_array_steal_index(report->findings, index);

	finding->suppressed_by = by;
	finding->suppressed_why = g_strdup(reason);
	g_ptr_array_add(report->suppressed, finding);
}

struct nd_finding *nd_finding_add(struct nd_report *report, enum nd_rule rule, const char *format, ...)
{
	struct nd_finding *finding = g_new0(struct nd_finding, 1);
	va_list ap;

	va_start(ap, format);
	finding->message = g_strdup_vprintf(format, ap);
	va_end(ap);
	finding->rule = rule;
	finding->severity = nd_rule_row(rule)->severity;
	finding->notes = g_ptr_array_new_with_free_func(g_free);
	finding->targets = g_ptr_array_new_with_free_func((GDestroyNotify)target_free);
	finding->evidence = g_ptr_array_new_with_free_func((GDestroyNotify)evidence_free);
	finding->edits = g_ptr_array_new_with_free_func((GDestroyNotify)nd_edit_free);
	g_ptr_array_add(report->findings, finding);
	return finding;
}

void nd_finding_help(struct nd_finding *finding, const char *format, ...)
{
	va_list ap;

	g_free(finding->help);
	va_start(ap, format);
	finding->help = g_strdup_vprintf(format, ap);
	va_end(ap);
}

void nd_finding_note(struct nd_finding *finding, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	g_ptr_array_add(finding->notes, g_strdup_vprintf(format, ap));
	va_end(ap);
}

void nd_finding_npm(struct nd_finding *finding, const char *npm_error)
{
	g_free(finding->npm_error);
	finding->npm_error = g_strdup(npm_error);
}

void nd_finding_target(struct nd_finding *finding, const char *url, const char *proxy)
{
	struct nd_target_ref *target = g_new0(struct nd_target_ref, 1);

	target->url = g_strdup(url);
	target->proxy = g_strdup(proxy);
	g_ptr_array_add(finding->targets, target);
}

static struct nd_evidence *evidence_add(struct nd_finding *finding, const char *name,
	enum nd_evidence_type type)
{
	struct nd_evidence *evidence = g_new0(struct nd_evidence, 1);

	evidence->name = name;
	evidence->type = type;
	g_ptr_array_add(finding->evidence, evidence);
	return evidence;
}

void nd_finding_text(struct nd_finding *finding, const char *name, const char *text)
{
	if (text)
		evidence_add(finding, name, ND_EVIDENCE_TEXT)->text = g_strdup(text);
}

void nd_finding_number(struct nd_finding *finding, const char *name, double number)
{
	evidence_add(finding, name, ND_EVIDENCE_NUMBER)->number = number;
}

void nd_finding_list(struct nd_finding *finding, const char *name, char *const *list)
{
	if (list)
		evidence_add(finding, name, ND_EVIDENCE_LIST)->list = g_strdupv((char **)list);
}

void nd_finding_edit(struct nd_finding *finding, struct nd_edit *edit)
{
	g_ptr_array_add(finding->edits, edit);
	finding->keyring |= edit->secret != NULL;
}
