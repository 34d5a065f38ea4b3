#include "cmd/policy.h"

#include "cmd/emit.h"

#include <npmrc-doctor/baseline.h>
#include <npmrc-doctor/file.h>
#include <npmrc-doctor/source.h>

#define PROJECT_POLICY ".npmrc-doctor.ini"
#define MACHINE_POLICY "/etc/npmrc-doctor/policy.ini"
#define DEFAULT_TIMEOUT 10

static GQuark policy_error_quark(void)
{
	return g_quark_from_static_string("nd-policy");
}

/* NULL with an error, or without one where `may_miss` and there is none. Nothing else is read before the file
 * has been checked: the size of its buffer is the file's. */
static struct nd_file *read_file(const char *path, bool may_miss, GError **err)
{
	struct nd_file *file = nd_file_read(path, ND_POLICY_MAX_FILE);

	if (file->state == ND_READ_OK)
		return file;
	if (file->state == ND_READ_TOO_BIG)
		g_set_error(err, policy_error_quark(), 0, "cannot read '%s': larger than %zu KiB", path,
			ND_POLICY_MAX_FILE >> 10);
	else if (file->state != ND_READ_MISSING || !may_miss)
		g_set_error(err, policy_error_quark(), 0, "cannot read '%s': %s", path,
			file->state == ND_READ_MISSING ? g_strerror(file->error) : nd_file_reason(file));
	nd_file_free(file);
	return NULL;
}

/* True without a policy: there is no such file. */
static bool load(const char *path, bool may_miss, struct nd_policy **policy, GError **err)
{
	GError *failure = NULL;
	struct nd_file *file = read_file(path, may_miss, &failure);

	if (file)
		*policy = nd_policy_parse(path, (struct nd_span){ file->bytes, file->size });
	nd_file_free(file);
	if (failure)
		g_propagate_error(err, failure);
	return !failure;
}

static bool load_project(const struct nd_context *context, const char *root, struct nd_policy **policy,
	GError **err)
{
	struct nd_project *project = root ? NULL : nd_project_find(context->env, true);
	g_autofree char *path = g_build_filename(root ? root : project->root, PROJECT_POLICY, NULL);

	nd_project_free(project);
	return load(path, true, policy, err);
}

bool nd_policy_load(const struct nd_context *context, const char *root, struct nd_policy **policy, GError **err)
{
	const char *named = context->options->policy;
	g_autofree char *path = named ? g_canonicalize_filename(named, NULL) : NULL;

	*policy = NULL;
	/* The way to say that none shall count. */
	if (path && g_str_equal(path, "/dev/null"))
		return true;
	if (path)
		return load(path, false, policy, err);
	return load_project(context, root, policy, err) && (*policy || load(MACHINE_POLICY, true, policy, err));
}

double nd_policy_timeout(const struct nd_context *context, const struct nd_policy *policy)
{
	if (context->options->timeout > 0)
		return context->options->timeout;
	return policy && policy->timeout > 0 ? policy->timeout : DEFAULT_TIMEOUT;
}

static bool apply(const struct nd_context *context, struct nd_report *report, GError **err)
{
	g_autofree char *path = g_canonicalize_filename(context->options->baseline, NULL);
	struct nd_file *file = read_file(path, false, err);
	struct nd_baseline *baseline;

	if (!file)
		return false;
	baseline = nd_baseline_parse(path, (struct nd_span){ file->bytes, file->size }, err);
	nd_file_free(file);
	if (!baseline)
		return false;
	nd_baseline_apply(baseline, report, context->env->home);
	nd_baseline_free(baseline);
	return true;
}

bool nd_policy_write_baseline(const struct nd_context *context, const struct nd_report *report, GError **err)
{
	const char *path = context->options->write_baseline;
	struct nd_replace replace = { .path = path, .max_mode = 07777 };
	GString *text;
	bool ok;

	if (!path)
		return true;
	if (nd_is_stdout(path)) {
		g_set_error(err, policy_error_quark(), 0, "--write-baseline takes a file of its own: standard output "
			"has the report");
		return false;
	}
	text = nd_baseline_print(report, context->env->home);
	replace.bytes = (struct nd_span){ text->str, text->len };
	ok = nd_file_replace(&replace, NULL, err);
	g_string_free(text, TRUE);
	return ok;
}

bool nd_policy_known(const struct nd_context *context, struct nd_report *report, GError **err)
{
	return !context->options->baseline || apply(context, report, err);
}

bool nd_policy_baseline(const struct nd_context *context, struct nd_report *report, GError **err)
{
	if (!nd_policy_known(context, report, err) || !nd_policy_write_baseline(context, report, err))
		return false;
	if (context->options->write_baseline)
		nd_baseline_accept(report);
	return true;
}
