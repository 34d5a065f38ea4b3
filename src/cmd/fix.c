#include "cmd/check.h"
#include "cmd/commands.h"
#include "cmd/emit.h"
#include "cmd/mend.h"
#include "cmd/output.h"
#include "cmd/policy.h"

#include <stdio.h>
#include <unistd.h>

/* More would mean that two rules undo each other. */
#define MAX_ROUNDS 5

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
			g_autofree char *hint = nd_rule_hint(*slug);

			nd_complain("there is no rule '%s'; %s", *slug, hint);
			return false;
		}
		if (moves_secrets(rule) && !o->keyring) {
			nd_complain("'%s' is mended with --keyring: npmrc-doctor fix --keyring", *slug);
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

static void print_findings(const GPtrArray *findings, const char *what, const struct nd_context *context)
{
	for (guint i = 0; i < findings->len; i++) {
		GString *line = nd_report_brief(findings->pdata[i], &context->err);

		fprintf(stderr, "%s: %s", what, line->str);
		g_string_free(line, TRUE);
	}
}

/* Whether it was asked for by name, or is what --fail-on is about. */
static bool counts(const struct nd_finding *finding, const struct nd_context *context)
{
	return context->options->operands[0] || finding->severity >= nd_options_threshold(context->options);
}

/* Whether a run that ends like this has left something undone: a step of the plan, or what counts. */
static bool leaves(const struct nd_plan *plan, const struct nd_context *context)
{
	for (guint i = 0; i < plan->left->len; i++)
		if (counts(plan->left->pdata[i], context))
			return true;
	return plan->later->len > 0;
}

/* A mere note asks for nothing to be done. */
static GPtrArray *to_do(const struct nd_plan *plan, const struct nd_context *context)
{
	GPtrArray *out = g_ptr_array_new();

	for (guint i = 0; i < plan->left->len; i++) {
		struct nd_finding *finding = plan->left->pdata[i];

		if (finding->severity != ND_INFO || context->options->verbose || counts(finding, context))
			g_ptr_array_add(out, finding);
	}
	return out;
}

/* What the plan does not mend; the exit status that this gives. */
static int close_with(const struct nd_plan *plan, const struct nd_context *context, bool changed)
{
	if (!context->options->quiet) {
		g_autoptr(GPtrArray) left = to_do(plan, context);

		print_findings(left, "left to do by hand", context);
		print_findings(plan->later, "left for the next run", context);
		if (!changed && nd_plan_is_empty(plan) && !left->len && !plan->later->len)
			fputs("nothing to fix\n", stderr);
	}
	return leaves(plan, context) ? ND_STATUS_FOUND : ND_STATUS_OK;
}

/* One reading of everything, and the fixes for it. */
struct round {
	const struct scope *scope;
	unsigned number;
	bool applied;
	bool again;       /* a fix may have brought something else to light */
	GString *shown;   /* the diffs of all rounds */
	GPtrArray *fixed; /* struct nd_finding: what all rounds have mended */
};

static bool is_text(const struct nd_context *context)
{
	return g_str_equal(nd_output_word(context), "text");
}

/* Whoever mends somebody else's file has the secrets then. */
static void append_owners(GString *out, const struct nd_plan *plan)
{
	for (guint i = 0; i < plan->files->len; i++) {
		const struct nd_plan_file *file = plan->files->pdata[i];

		if (nd_plan_moves(file) && !file->made && file->file->id.uid != geteuid())
			g_string_append_printf(out, "owner: %s is user %lu's; the secrets go into the keyring of this "
				"session, and nobody else's npm will find them\n", file->file->path,
				(unsigned long)file->file->id.uid);
	}
}

/* Shows the plan; where the output is a report in another format, beside it. What nobody could see is not
 * applied. */
static bool show(const struct nd_plan *plan, const struct nd_context *context, struct round *round)
{
	GString *plain = nd_plan_diff(plan), *diff;
	struct nd_style style = is_text(context) ? context->out : context->err;
	bool shown;

	append_owners(plain, plan);
	/* Where no terminal shows it, it may be taken for a patch. */
	style.utf8 |= !(is_text(context) ? context->out_terminal : context->err_terminal);
	diff = nd_report_diff(plain->str, &style);
	g_string_free(plain, TRUE);
	g_string_append_len(round->shown, diff->str, (gssize)diff->len);
	/* A file has to hold those of all rounds. */
	shown = is_text(context) ? nd_emit(context, context->options->output ? round->shown : diff) :
		fwrite(diff->str, 1, diff->len, stderr) == diff->len;

	g_string_free(diff, TRUE);
	if (!shown)
		nd_complain("nothing was changed");
	return shown;
}

/* Accounts lock after a few wrong passwords: where one was rejected it is not tried again. */
static bool names_rejection(const GPtrArray *findings)
{
	for (guint i = 0; i < findings->len; i++) {
		const struct nd_finding *finding = findings->pdata[i];

		if (finding->rule == ND_RULE_PROXY_AUTH_REJECTED ||
			finding->rule == ND_RULE_REGISTRY_AUTH_REJECTED)
			return true;
	}
	return false;
}

static bool was_rejected(const struct nd_run *run)
{
	return names_rejection(run->report->findings) || names_rejection(run->report->suppressed);
}

static int carry_out(const struct nd_plan *plan, const struct nd_run *run, struct nd_context *context,
	struct round *round)
{
	g_autoptr(GError) err = NULL;

	if (!show(plan, context, round))
		return ND_STATUS_FAILED;
	if (context->options->dry_run)
		return close_with(plan, context, false) | (nd_plan_is_empty(plan) ? 0 : ND_STATUS_FOUND);
	if (nd_plan_is_empty(plan))
		return close_with(plan, context, round->number > 1);
	if (!confirm(context)) {
		close_with(plan, context, false);
		return ND_STATUS_FOUND;
	}
	if (!nd_mend_apply(plan, run, context, &err)) {
		nd_complain("%s", err->message);
		return ND_STATUS_FAILED;
	}
	round->applied = true;
	round->again = (round->scope->plan.others || plan->later->len) && !was_rejected(run) &&
		round->number < MAX_ROUNDS;
	return round->again ? ND_STATUS_OK : close_with(plan, context, true);
}

/* Credentials stay where they are unless --keyring was given: that has to be said. */
static void mention_keyring(const struct nd_run *run, const struct nd_context *context)
{
	const GPtrArray *findings = run->report->findings;
	unsigned n = 0;

	for (guint i = 0; i < findings->len; i++)
		n += ((const struct nd_finding *)findings->pdata[i])->keyring;
	if (n && !context->options->keyring && !context->options->quiet)
		fprintf(stderr, "%u credential%s written out: `npmrc-doctor fix --keyring` moves %s to the keyring\n",
			n, n == 1 ? " is" : "s are", n == 1 ? "it" : "them");
}

/* Asked on a terminal alone, and never answered by --yes. */
static bool trusts(const struct nd_cert *ca, const char *url)
{
	char answer[16];

	fprintf(stderr, "%s shows a certificate of a CA that nothing on this machine knows:\n  %s\n  SHA-256 %s\n"
		"Ask those who run the network whether that is theirs. Shall npm trust it? [y/N] ", url,
		ca->subject, ca->sha256);
	fflush(stderr);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static bool may_ask(const struct nd_context *context, const struct round *round)
{
	return round->number == 1 && context->in_terminal && context->err_terminal &&
		!context->options->yes && !context->options->dry_run;
}

/* What was moved to the keyring earlier is where npm will find it, through `exec`: without it the proxy
 * could not be passed and nothing behind it be judged. NULL: it cannot be had, or nothing is needed. */
static struct nd_env *with_keyring(const struct nd_context *context, const struct round *round)
{
	struct nd_delivery delivery;
	struct nd_env *env;

	if (!round->scope->plan.others || !nd_run_deliver(context, NULL, &delivery, NULL))
		return NULL;
	env = delivery.variables->len ? nd_delivered_env(context->env, delivery.variables) : NULL;
	nd_delivery_release(&delivery);
	return env;
}

/* In a format for machines: what is left, or what was found where nothing was changed. */
static bool report_rest(const struct nd_run *run, const struct nd_context *context,
	const struct round *round)
{
	if (is_text(context))
		return true;
	run->report->fixed = g_ptr_array_ref(round->fixed);
	return nd_output_report(run->report, context);
}

/* What is left is said all the same, and counts: it has not been looked at before. */
static bool write_rest(const struct nd_run *run, const struct nd_context *context)
{
	g_autoptr(GError) err = NULL;

	if (context->options->dry_run || nd_policy_write_baseline(context, run->report, &err))
		return true;
	nd_complain("cannot write the baseline: %s", err->message);
	return false;
}

/* What was mended is no finding any more. */
static void take_fixed(const struct nd_plan *plan, struct nd_report *report, GPtrArray *fixed)
{
	for (guint i = 0; i < plan->mended->len; i++) {
		guint at;

		if (g_ptr_array_find(report->findings, plan->mended->pdata[i], &at))
			g_ptr_array_add(fixed, g_ptr_array_steal_index(report->findings, at));
	}
}

static int fix_once(struct nd_context *context, struct round *round)
{
	struct nd_run run;
	g_autoptr(GError) err = NULL;
	int status;

	bool ok = nd_run_read(&run, context, NULL, &err);

	run.trusts = may_ask(context, round) ? trusts : NULL;
	if (!ok || !nd_run_judge(&run, context, round->scope->skip, &err) ||
		!nd_output_spares(run.report, context, &err) || !nd_policy_known(context, run.report, &err)) {
		status = nd_run_failed(err);
	} else {
		g_autoptr(GPtrArray) files = nd_run_files(&run);
		struct nd_plan *plan = nd_plan_new(run.report, files, &round->scope->plan);

		status = carry_out(plan, &run, context, round);
		if (!round->again)
			mention_keyring(&run, context);
		if (round->applied)
			take_fixed(plan, run.report, round->fixed);
		if (!round->again && status != ND_STATUS_FAILED) {
			bool written = write_rest(&run, context);

			if (!report_rest(&run, context, round) || !written)
				status = ND_STATUS_FAILED;
		}
		nd_plan_free(plan);
		if (!round->again && nd_mend_unread(&run))
			status = ND_STATUS_FAILED;
	}
	nd_run_release(&run);
	return status;
}

static int fix_with_keyring(const struct nd_context *context, struct round *round)
{
	struct nd_context inner = *context;
	struct nd_env *env = with_keyring(context, round);
	int status;

	if (env)
		inner.env = env;
	status = fix_once(&inner, round);
	nd_env_free(env);
	return status;
}

/* Until nothing is left that can be mended: two fixes of one line need two rounds, and a line that npm
 * begins to read may be wrong in other ways too. */
int nd_cmd_fix(struct nd_context *context)
{
	struct scope scope;
	struct round round = { .scope = &scope };
	int status;

	if (!choose(context->options, &scope))
		return ND_STATUS_USAGE;
	if (g_str_equal(nd_output_word(context), "nagios")) {
		nd_complain("--format nagios is for what only looks: `npmrc-doctor check`");
		return ND_STATUS_USAGE;
	}
	round.shown = g_string_new(NULL);
	round.fixed = g_ptr_array_new_with_free_func((GDestroyNotify)nd_finding_free);
	do {
		round.number++;
		round.applied = round.again = false;
		status = fix_with_keyring(context, &round);
	} while (round.again && status == ND_STATUS_OK);
	g_string_free(round.shown, TRUE);
	g_ptr_array_unref(round.fixed);
	return status;
}
