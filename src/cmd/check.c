#include "cmd/check.h"

#include "cmd/commands.h"

static enum nd_severity threshold(const struct nd_options *o)
{
	for (int severity = ND_INFO; severity < ND_NEVER; severity++)
		if (g_str_equal(o->fail_on, nd_severity_name(severity)))
			return severity;
	return ND_NEVER;
}

int nd_check_status(const struct nd_report *report, const struct nd_options *o)
{
	for (int severity = threshold(o); severity < ND_NEVER; severity++)
		if (nd_report_count(report, severity))
			return ND_STATUS_FOUND;
	return ND_STATUS_OK;
}

void nd_check_skips(const struct nd_options *o, bool *skip)
{
	for (int rule = 0; rule < ND_RULE_COUNT; rule++)
		skip[rule] = o->skip[rule] || (o->only_any && !o->only[rule]);
}

static bool is_json(const struct nd_options *o)
{
	return o->format && g_str_equal(o->format, "json");
}

bool nd_check_print(const struct nd_report *report, const struct nd_context *context)
{
	GString *text = is_json(context->options) ? nd_report_json(report) :
		nd_report_text(report, &context->out);
	bool ok = nd_emit(context, text);

	g_string_free(text, TRUE);
	return ok;
}

int nd_run_failed(const GError *err)
{
	nd_complain("%s", err->message);
	return err->domain == ND_USAGE_ERROR ? ND_STATUS_USAGE : ND_STATUS_FAILED;
}

/* Several files are several runs whose findings make one report. */
void nd_check_merge(struct nd_report *into, struct nd_report *from)
{
	GPtrArray *const pairs[][2] = {
		{ into->sources, from->sources },
		{ into->findings, from->findings },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
		g_ptr_array_extend_and_steal(pairs[i][0], g_ptr_array_ref(pairs[i][1]));
	}
	/* They are the same for all. */
	if (!into->rules) {
		g_ptr_array_extend_and_steal(into->unchecked, g_ptr_array_ref(from->unchecked));
		into->rules = from->rules;
	}
	into->settings += from->settings;
}

static int check_file(const struct nd_context *context, const char *file, const bool *skip,
	struct nd_report **report)
{
	struct nd_run run;
	g_autoptr(GError) err = NULL;
	int status = ND_STATUS_OK;

	if (!nd_run_read(&run, context, file, &err) || !nd_run_judge(&run, context, skip, &err)) {
		status = nd_run_failed(err);
	} else if (!*report) {
		*report = g_steal_pointer(&run.report);
	} else {
		nd_check_merge(*report, run.report);
	}
	nd_run_release(&run);
	return status;
}

int nd_cmd_check(struct nd_context *context)
{
	char **file = context->options->operands;
	bool skip[ND_RULE_COUNT];
	struct nd_report *report = NULL;
	int status = ND_STATUS_OK;

	nd_check_skips(context->options, skip);
	do {
		status = check_file(context, *file, skip, &report);
	} while (status == ND_STATUS_OK && *file && *++file);
	if (status == ND_STATUS_OK)
		status = nd_check_print(report, context) ? nd_check_status(report, context->options) :
			ND_STATUS_FAILED;
	nd_report_free(report);
	return status;
}
