#include "cmd/run.h"

#include <npmrc-doctor/load.h>
#include <stdio.h>

GQuark nd_usage_error_quark(void)
{
	return g_quark_from_static_string("nd-usage");
}

/* The npm version to imitate: the one asked for, else the one on PATH, else the newest known. */
static bool choose_version(struct nd_run *run, const struct nd_context *context, GError **err)
{
	const char *asked = context->options->npm_version;
	guint64 major = run->npm->major;

	if (asked) {
		char *end = NULL;

		major = g_ascii_strtoull(asked, &end, 10);
		if (end == asked || (*end && *end != '.')) {
			g_set_error(err, ND_USAGE_ERROR, 0,
				"--npm-version '%s' is no version: say 11 or 11.6.0", asked);
			return false;
		}
	}
	if (asked && (major < ND_NPM_OLDEST || major > ND_NPM_NEWEST)) {
		g_set_error(err, ND_USAGE_ERROR, 0,
			"--npm-version '%s' is unknown: versions %d to %d are", asked, ND_NPM_OLDEST,
			ND_NPM_NEWEST);
		return false;
	}
	run->npm_major = major < ND_NPM_OLDEST || major > ND_NPM_NEWEST ? ND_NPM_NEWEST : (int)major;
	return true;
}

static char *version_text(const struct nd_run *run, const struct nd_context *context)
{
	if (context->options->npm_version)
		return g_strdup(context->options->npm_version);
	if (run->npm->version)
		return g_strdup(run->npm->version);
	return g_strdup_printf("%d", run->npm_major);
}

bool nd_run_read(struct nd_run *run, const struct nd_context *context, const char *file, GError **err)
{
	struct nd_layers_options options = { 0 };

	*run = (struct nd_run){ .npm = nd_npm_find(context->env) };
	if (!choose_version(run, context, err))
		return false;
	options.env = context->env;
	options.npm = run->npm;
	options.npm_major = run->npm_major;
	options.client = ND_CLIENT_NPM;
	options.userconfig = context->options->userconfig;
	options.globalconfig = context->options->globalconfig;
	run->layers = file ? nd_layers_load_file(&options, file, err) : nd_layers_load(&options, err);
	if (!run->layers)
		return false;
	run->view = nd_view_new(run->layers);
	run->report = nd_report_new();
	run->report->client = g_strdup(nd_client_name(options.client));
	run->report->npm_version = version_text(run, context);
	run->report->cwd = g_strdup(context->env->cwd);
	return true;
}

static void show_progress(void *data, size_t done, size_t total)
{
	(void)data;
	fprintf(stderr, "\r\033[Kprobing: %zu of %zu", done, total);
	if (done == total)
		fputs("\r\033[K", stderr);
	fflush(stderr);
}

static bool probe(struct nd_run *run, const struct nd_context *context, GError **err)
{
	struct nd_probe_trust trust;
	struct nd_probe_options options = {
		.trust = &trust,
		.timeout_s = context->options->timeout,
		.progress = context->err_terminal && !context->options->quiet ? show_progress : NULL,
	};
	struct nd_targets *targets = nd_facts_targets(run->facts);
	GPtrArray *results;

	nd_facts_trust(run->facts, &trust);
	results = nd_probe_run(targets->targets, targets->n, &options, err);
	if (results)
		nd_facts_set_results(run->facts, results);
	nd_targets_free(targets);
	return results != NULL;
}

/* Without libcurl everything else is still judged, and the rest is said to be unchecked. */
static bool leave_unprobed(struct nd_engine_options *options, GError *err)
{
	if (err->domain != ND_LOAD_ERROR)
		return false;
	options->no_probe = true;
	options->no_probe_reason = err->message;
	return true;
}

static bool wants_probe(const bool *skip)
{
	for (int rule = 0; rule < ND_RULE_COUNT; rule++)
		if (!(skip && skip[rule]) && nd_rule_row(rule)->need == ND_NEED_PROBE)
			return true;
	return false;
}

bool nd_run_judge(struct nd_run *run, const struct nd_context *context, const bool *skip, GError **err)
{
	struct nd_engine_options options = { .skip = skip };
	g_autoptr(GError) failure = NULL;
	gint64 started = g_get_monotonic_time();

	run->facts = nd_facts_new(run->view, g_get_real_time() / G_USEC_PER_SEC);
	run->facts->offline = context->options->offline;
	if (run->layers->fatal || run->facts->files_only || context->options->offline) {
		options.no_probe = true;
		options.no_probe_reason = context->options->offline ? "offline" :
			run->facts->files_only ? "only files were named" :
			"npm stops before it connects";
	} else if (wants_probe(skip) && !probe(run, context, &failure) &&
		!leave_unprobed(&options, failure)) {
		g_propagate_error(err, g_steal_pointer(&failure));
		return false;
	}
	nd_engine_run(run->facts, &options, run->report);
	run->report->seconds = (g_get_monotonic_time() - started) / 1e6;
	return true;
}

void nd_run_release(struct nd_run *run)
{
	nd_report_free(run->report);
	nd_facts_free(run->facts);
	nd_view_free(run->view);
	nd_layers_free(run->layers);
	nd_npm_free(run->npm);
	*run = (struct nd_run){ 0 };
}

GPtrArray *nd_run_files(const struct nd_run *run)
{
	GPtrArray *files = g_ptr_array_new();

	for (guint i = 0; i < run->facts->files->len; i++) {
		const struct nd_file_facts *file = run->facts->files->pdata[i];

		g_ptr_array_add(files, file->layer->file);
	}
	return files;
}
