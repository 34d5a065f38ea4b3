#include "cmd/output.h"

#include <npmrc-doctor/append.h>
#include <npmrc-doctor/format.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/check.h"
#include "cmd/commands.h"

const char *nd_output_word(const struct nd_context *context)
{
	if (context->options->format)
		return context->options->format;
	return g_strcmp0(nd_env_get(context->env, "GITHUB_ACTIONS"), "true") == 0 ? "github" : "text";
}

static bool is_github(const struct nd_context *context)
{
	return g_str_equal(nd_output_word(context), "github");
}

/* What paths are relative to: the directory that we were started in, whatever --cwd says, because the
 * report's reader stands there; on GitHub the repository. NULL: it is gone, and paths stay absolute. */
static char *base_of(const struct nd_context *context)
{
	const char *workspace = nd_env_get(context->env, "GITHUB_WORKSPACE");

	return realpath(is_github(context) && workspace && *workspace ? workspace : ".", NULL);
}

static bool append_summary(const struct nd_report *report, const struct nd_context *context,
	const struct nd_rendering *how)
{
	const char *path = nd_env_get(context->env, "GITHUB_STEP_SUMMARY");
	g_autoptr(GError) err = NULL;
	GString *summary;
	bool ok;

	if (!is_github(context) || !path || !*path)
		return true;
	summary = nd_report_github_summary(report, how);
	ok = nd_file_append(path, (struct nd_span){ summary->str, summary->len }, &err);
	g_string_free(summary, TRUE);
	if (!ok)
		nd_complain("%s", err->message);
	return ok;
}

bool nd_output_report(const struct nd_report *report, const struct nd_context *context)
{
	char *base = base_of(context);
	const struct nd_rendering how = {
		.style = &context->out,
		.base = base ? base : "/",
		.fail_on = nd_check_threshold(context->options),
		.now = g_get_real_time() / G_USEC_PER_SEC,
	};
	GString *text = nd_format_find(nd_output_word(context))(report, &how);
	bool ok = nd_emit(context, text);

	ok = append_summary(report, context, &how) && ok;
	g_string_free(text, TRUE);
	free(base);
	return ok;
}

int nd_output_failure(const struct nd_options *options, const char *message, int status)
{
	GString *line;

	nd_complain("%s", message);
	if (g_strcmp0(options->format, "nagios") != 0)
		return status;
	line = nd_report_nagios_unknown(message);
	fwrite(line->str, 1, line->len, stdout);
	g_string_free(line, TRUE);
	nd_flush();
	return ND_STATUS_FAILED;
}
