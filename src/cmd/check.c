#include "cmd/check.h"

#include "cmd/commands.h"
#include "cmd/emit.h"
#include "cmd/output.h"
#include "cmd/policy.h"

#include <npmrc-doctor/format.h>
#include <string.h>

/* The exit status that the findings and --fail-on give; for nagios that of the plugin API. */
static int status_of(const struct nd_report *report, const struct nd_options *o)
{
	if (g_strcmp0(o->format, "nagios") == 0)
		return nd_report_nagios_status(report);
	for (int severity = nd_options_threshold(o); severity < ND_NEVER; severity++)
		if (nd_report_count(report, severity))
			return ND_STATUS_FOUND;
	return ND_STATUS_OK;
}

void nd_check_skips(const struct nd_options *o, bool *skip)
{
	for (int rule = 0; rule < ND_RULE_COUNT; rule++)
		skip[rule] = o->skip[rule] || (o->only_any && !o->only[rule] && rule != ND_RULE_POLICY_INVALID);
}

int nd_run_status(const GError *err)
{
	return err->domain == ND_USAGE_ERROR ? ND_STATUS_USAGE : ND_STATUS_FAILED;
}

int nd_run_failed(const GError *err)
{
	nd_complain("%s", err->message);
	return nd_run_status(err);
}

/* Several files are several runs whose findings make one report. */
void nd_check_merge(struct nd_report *into, struct nd_report *from)
{
	GPtrArray *const pairs[][2] = {
		{ into->sources, from->sources },
		{ into->findings, from->findings },
		{ into->suppressed, from->suppressed },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
		g_ptr_array_extend_and_steal(pairs[i][0], g_ptr_array_ref(pairs[i][1]));
	}
	for (guint i = 0; i < from->unchecked->len; i++) {
		const struct nd_unchecked *unchecked = from->unchecked->pdata[i];

		nd_leave_unchecked(into, unchecked->rule, "%s", unchecked->reason);
	}
	/* They are the same for all. */
	if (!into->rules) {
		into->rules = from->rules;
		memcpy(into->judged, from->judged, sizeof(into->judged));
	}
	into->settings += from->settings;
}

/* What the runs of several files have in common. */
struct shared {
	struct nd_policy *policy;
	bool skip[ND_RULE_COUNT];
};

/* Owned by the caller. */
static char *why_not(const struct nd_context *context, const char *file, const GError *err)
{
	g_autofree char *path = file ? nd_path_resolve(context->env->cwd, file) : NULL;
	bool folder = path && g_file_test(path, G_FILE_TEST_IS_DIR);

	return g_strconcat(err->message, folder ? "; `npmrc-doctor scan` walks folders" : NULL, NULL);
}

static int check_file(const struct nd_context *context, const char *file, const struct shared *shared,
	struct nd_report **report)
{
	struct nd_run run;
	g_autoptr(GError) err = NULL;
	int status = ND_STATUS_OK;
	bool ok = nd_run_read(&run, context, file, &err);

	run.policy = shared->policy;
	run.shares_policy = file != NULL;
	if (!ok || !nd_run_judge(&run, context, shared->skip, &err)) {
		g_autofree char *message = why_not(context, file, err);

		status = nd_output_failure(context->options, message, nd_run_status(err));
	} else if (!*report) {
		*report = g_steal_pointer(&run.report);
	} else {
		nd_check_merge(*report, run.report);
	}
	nd_run_release(&run);
	return status;
}

int nd_check_finish(struct nd_report *report, const struct nd_context *context)
{
	g_autoptr(GError) err = NULL;

	if (!nd_output_spares(report, context, &err) || !nd_policy_baseline(context, report, &err))
		return nd_output_failure(context->options, err->message, nd_run_status(err));
	return nd_output_report(report, context) ? status_of(report, context->options) : ND_STATUS_FAILED;
}

int nd_cmd_check(struct nd_context *context)
{
	char **file = context->options->operands;
	struct shared shared = { .policy = NULL };
	struct nd_report *report = NULL;
	g_autoptr(GError) err = NULL;
	int status = ND_STATUS_OK;

	nd_check_skips(context->options, shared.skip);
	if (*file && !nd_policy_load(context, NULL, &shared.policy, &err))
		return nd_output_failure(context->options, err->message, nd_run_status(err));
	do {
		status = check_file(context, *file, &shared, &report);
	} while (status == ND_STATUS_OK && *file && *++file);
	if (status == ND_STATUS_OK && shared.policy)
		nd_engine_run_policy(
			shared.policy, nd_policy_today(g_get_real_time() / G_USEC_PER_SEC), shared.skip, report);
	if (status == ND_STATUS_OK)
		status = nd_check_finish(report, context);
	nd_report_free(report);
	nd_policy_free(shared.policy);
	return status;
}
