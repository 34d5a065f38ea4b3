#include "cmd/check.h"
#include "cmd/commands.h"
#include "cmd/deliver.h"

#include <npmrc-doctor/apply.h>
#include <stdio.h>

/* Which findings `fix` was asked to mend. */
struct scope {
	bool skip[ND_RULE_COUNT];  /* rules that are not even judged */
	bool rules[ND_RULE_COUNT];
	struct nd_plan_options plan;
};

static bool moves_secrets(enum nd_rule rule)
{
	return nd_rule_row(rule)->mend == ND_MEND_KEYRING;
}

/* `fix --keyring` alone does just that; with RULEs it is done beside them. */
static bool choose(const struct nd_options *o, struct scope *scope)
{
	bool all = !o->operands[0] && !o->keyring;

	*scope = (struct scope){ 0 };
	for (char **slug = o->operands; *slug; slug++) {
		enum nd_rule rule = nd_rule_find(*slug);

		if (rule == ND_RULE_COUNT) {
			nd_complain("there is no rule '%s'; `npmrc-doctor explain` lists them", *slug);
			return false;
		}
		scope->rules[rule] = true;
	}
	nd_check_skips(o, scope->skip);
	for (int rule = 0; rule < ND_RULE_COUNT; rule++) {
		bool asked = all || scope->rules[rule] || (o->keyring && moves_secrets(rule));

		scope->rules[rule] |= all;
		scope->skip[rule] |= !asked;
	}
	scope->plan = (struct nd_plan_options){ o->keyring, !(o->keyring && !o->operands[0]),
		scope->rules };
	return true;
}

/* What nd_verify_same needs to judge a planned file. */
struct judge {
	const struct nd_env *env;
	int npm_major;
};

static GPtrArray *secrets_of(const struct nd_plan_file *file)
{
	GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)nd_delivered_free);

	for (guint i = 0; i < file->edits->len; i++) {
		const struct nd_edit *edit = file->edits->pdata[i];

		if (edit->secret)
			nd_delivered_add(list, edit->variable, edit->secret);
	}
	return list;
}

/* Only files whose every edit moves a secret must read the same; other fixes are meant to change. */
static bool only_moves(const struct nd_plan_file *file)
{
	for (guint i = 0; i < file->edits->len; i++) {
		const struct nd_edit *edit = file->edits->pdata[i];

		if (!edit->secret)
			return false;
	}
	return true;
}

static bool verify(void *data, const struct nd_plan_file *file, const GString *bytes, GError **err)
{
	const struct judge *judge = data;
	g_autoptr(GPtrArray) secrets = secrets_of(file);
	struct nd_reading before = { { file->file->bytes, file->file->size }, NULL };
	struct nd_reading after = { { bytes->str, bytes->len }, secrets };

	return !only_moves(file) || nd_verify_same(&before, &after, judge->env, judge->npm_major, err);
}

/* Reads the replaced file from disk and the secrets from the keyring, as npm will get them. */
static bool read_back(const struct nd_plan_file *file, struct nd_keyring *keyring,
	const struct judge *judge, GError **err)
{
	g_autofree char *path = nd_deliver_real_path(file->file->path);
	g_autoptr(GPtrArray) secrets =
		g_ptr_array_new_with_free_func((GDestroyNotify)nd_delivered_free);
	struct nd_file *now;
	bool ok;

	if (!only_moves(file))
		return true;
	for (guint i = 0; i < file->edits->len; i++) {
		const struct nd_edit *edit = file->edits->pdata[i];
		struct nd_secret *secret = nd_keyring_lookup(keyring, path, edit->variable, err);

		if (!secret)
			return false;
		nd_delivered_add(secrets, edit->variable, secret);
		nd_secret_free(secret);
	}
	now = nd_file_read(file->file->path, ND_SOURCE_MAX_FILE);
	ok = nd_verify_same(&(struct nd_reading){ { file->file->bytes, file->file->size }, NULL },
		&(struct nd_reading){ { now->bytes, now->size }, secrets }, judge->env,
		judge->npm_major, err);
	nd_file_free(now);
	return ok;
}

static bool apply_file(const struct nd_plan_file *file, const struct nd_apply_options *options,
	GError **err)
{
	size_t stored;

	if (!nd_apply_file(file, options, &stored, err)) {
		g_prefix_error(err, "%s was left as it was: ", file->file->path);
		if (stored)
			nd_complain("%zu secret%s remain%s in the keyring all the same", stored,
				stored == 1 ? "" : "s", stored == 1 ? "s" : "");
		return false;
	}
	if (read_back(file, options->keyring, options->data, err))
		return true;
	g_prefix_error(err, "%s was replaced, but reading it back failed (`npmrc-doctor restore` undoes it): ",
		file->file->path);
	return false;
}

static bool apply(const struct nd_plan *plan, const struct nd_run *run, struct nd_context *context,
	GError **err)
{
	struct judge judge = { context->env, run->npm_major };
	struct nd_apply_options options = { .verify = verify, .data = &judge };
	bool ok = true;

	if (plan->secrets) {
		options.keyring = nd_keyring_open(nd_deliver_interactive(context), err);
		if (!options.keyring) {
			g_prefix_error(err, "nothing was changed: ");
			return false;
		}
	}
	for (guint i = 0; ok && i < plan->files->len; i++) {
		const struct nd_plan_file *file = plan->files->pdata[i];

		ok = apply_file(file, &options, err);
		if (ok && !context->options->quiet)
			fprintf(stderr, "fixed %s\n", file->file->path);
	}
	nd_keyring_free(options.keyring);
	return ok;
}

static bool confirm(const struct nd_context *context)
{
	char answer[16];

	if (context->options->yes)
		return true;
	if (!context->in_terminal) {
		nd_complain("nothing was changed: without a terminal to ask on, --yes applies the plan");
		return false;
	}
	fputs("apply? [y/N] ", stderr);
	fflush(stderr);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static void print_left(const struct nd_plan *plan)
{
	for (guint i = 0; i < plan->left->len; i++) {
		const struct nd_finding *finding = plan->left->pdata[i];

		fprintf(stderr, "left to do by hand: %s: %s\n", nd_rule_row(finding->rule)->slug,
			finding->message);
	}
}

static int carry_out(const struct nd_plan *plan, const struct nd_run *run, struct nd_context *context)
{
	g_autoptr(GError) err = NULL;
	GString *diff = nd_plan_diff(plan);
	bool empty = nd_plan_is_empty(plan);

	nd_emit(context, diff);
	fflush(stdout);
	g_string_free(diff, TRUE);
	if (!context->options->quiet)
		print_left(plan);
	if (context->options->dry_run)
		return empty && !plan->left->len ? ND_STATUS_OK : ND_STATUS_FOUND;
	if (!empty && !confirm(context))
		return ND_STATUS_FOUND;
	if (!empty && !apply(plan, run, context, &err)) {
		nd_complain("%s", err->message);
		return ND_STATUS_FAILED;
	}
	if (empty && !plan->left->len && !context->options->quiet)
		fputs("nothing to fix\n", stderr);
	return plan->left->len ? ND_STATUS_FOUND : ND_STATUS_OK;
}

int nd_cmd_fix(struct nd_context *context)
{
	struct scope scope;
	struct nd_run run;
	g_autoptr(GError) err = NULL;
	int status;

	if (!choose(context->options, &scope))
		return ND_STATUS_USAGE;
	if (!nd_run_read(&run, context, NULL, &err) || !nd_run_judge(&run, context, scope.skip, &err)) {
		status = nd_run_failed(err);
	} else {
		g_autoptr(GPtrArray) files = nd_run_files(&run);
		struct nd_plan *plan = nd_plan_new(run.report, files, &scope.plan);

		status = carry_out(plan, &run, context);
		nd_plan_free(plan);
	}
	nd_run_release(&run);
	return status;
}
