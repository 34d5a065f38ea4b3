#include "cmd/output.h"

#include "cmd/emit.h"

#include <npmrc-doctor/append.h>
#include <npmrc-doctor/format.h>
#include <stdio.h>
#include <stdlib.h>

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
		.fail_on = nd_options_threshold(context->options),
		.now = g_get_real_time() / G_USEC_PER_SEC,
	};
	GString *text = nd_format_find(nd_output_word(context))(report, &how);
	bool ok = nd_emit(context, text);

	ok = append_summary(report, context, &how) && ok;
	g_string_free(text, TRUE);
	free(base);
	return ok;
}

static bool is_source(const struct nd_report *report, const struct stat *st)
{
	for (guint i = 0; i < report->sources->len; i++) {
		const struct nd_source_ref *source = report->sources->pdata[i];
		struct stat read;

		if (source->path && stat(source->path, &read) == 0 && read.st_dev == st->st_dev &&
			read.st_ino == st->st_ino)
			return true;
	}
	return false;
}

bool nd_output_spares(const struct nd_report *report, const struct nd_context *context, GError **err)
{
	const char *const targets[][2] = {
		{ "output", context->options->output },
		{ "write-baseline", context->options->write_baseline },
	};
	struct stat st;

	for (size_t i = 0; i < G_N_ELEMENTS(targets); i++)
		if (targets[i][1] && stat(targets[i][1], &st) == 0 && S_ISREG(st.st_mode) && is_source(report, &st)) {
			g_set_error(err, ND_USAGE_ERROR, 0, "--%s would replace '%s', which the report is about",
				targets[i][0], targets[i][1]);
			return false;
		}
	return true;
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
