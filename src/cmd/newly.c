#include "cmd/newly.h"

#include "cmd/called.h"
#include "cmd/check.h"
#include "cmd/emit.h"
#include "cmd/mend.h"

#include <npmrc-doctor/secret.h>
#include <stdio.h>
#include <sys/random.h>

#define KEY_BYTES 16

/* The files as COMMAND reads them, and the findings of credentials that can be moved. */
struct sight {
	struct nd_call call;
	struct nd_called called;
	struct nd_run run;
};

static bool look(struct sight *sight, const struct nd_context *context, GError **err)
{
	bool skip[ND_RULE_COUNT];

	nd_call_read(context->env, context->options->operands, &sight->call);
	nd_called_init(&sight->called, context, &sight->call);
	sight->called.options.offline = true;
	for (int rule = 0; rule < ND_RULE_COUNT; rule++)
		skip[rule] = nd_rule_row(rule)->mend != ND_MEND_KEYRING;
	return nd_run_read(&sight->run, &sight->called.context, NULL, err) &&
	       nd_run_judge(&sight->run, &sight->called.context, skip, err);
}

static void sight_release(struct sight *sight)
{
	nd_run_release(&sight->run);
	nd_called_release(&sight->called);
	nd_call_release(&sight->call);
}

/* Tells one credential in one place from another, and says nothing of it to who has not the key. */
static char *digest(const char *key, const struct nd_edit *edit)
{
	g_autofree char *value = nd_secret_sha256(nd_secret_reveal(edit->secret));
	GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, (const guchar *)key, strlen(key));
	const char *parts[] = {edit->file, edit->location, edit->key, value};
	char *out;

	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		g_hmac_update(hmac, (const guchar *)parts[i], (gssize)strlen(parts[i]) + 1);
	out = g_strdup(g_hmac_get_string(hmac));
	g_hmac_unref(hmac);
	return out;
}

int nd_newly_before(struct nd_context *context)
{
	struct sight sight = {0};
	g_autoptr(GString) out = g_string_new(NULL);
	g_autofree char *key = NULL;
	guchar bytes[KEY_BYTES];
	bool ok = getrandom(bytes, sizeof(bytes), 0) == sizeof(bytes) && look(&sight, context, NULL);

	for (size_t i = 0; i < sizeof(bytes); i++)
		g_string_append_printf(out, "%02x", bytes[i]);
	key = g_strdup(out->str);
	for (guint i = 0; ok && i < sight.run.report->findings->len; i++) {
		const struct nd_finding *finding = sight.run.report->findings->pdata[i];

		for (guint j = 0; j < finding->edits->len; j++) {
			const struct nd_edit *edit = finding->edits->pdata[j];
			g_autofree char *one = edit->secret ? digest(key, edit) : NULL;

			if (one)
				g_string_append_printf(out, " %s", one);
		}
	}
	sight_release(&sight);
	/* Without a word the functions ask no more: what cannot be read is COMMAND's to complain of. */
	if (ok)
		puts(out->str);
	return ok && nd_flush() ? ND_STATUS_OK : ND_STATUS_FAILED;
}

static bool is_new(const struct nd_finding *finding, char *const *before)
{
	bool any = false;

	for (guint i = 0; i < finding->edits->len; i++) {
		const struct nd_edit *edit = finding->edits->pdata[i];
		g_autofree char *one = edit->secret ? digest(before[0], edit) : NULL;

		if (one && g_strv_contains((const char *const *)before + 1, one))
			return false;
		any |= one != NULL;
	}
	return any;
}

/* Leaves in the report what COMMAND has brought about. */
static guint forget_old(struct nd_report *report, char *const *before)
{
	for (guint i = report->findings->len; i-- > 0;)
		if (!is_new(report->findings->pdata[i], before))
			g_ptr_array_remove_index(report->findings, i);
	return report->findings->len;
}

static bool move(struct sight *sight, GError **err)
{
	const struct nd_plan_options options = {.keyring = true};
	g_autoptr(GPtrArray) files = nd_run_files(&sight->run);
	struct nd_plan *plan = nd_plan_new(sight->run.report, files, &options);
	size_t n = plan->secrets;
	bool ok = !n || nd_mend_apply(plan, &sight->run, &sight->called.context, err);

	nd_plan_free(plan);
	if (ok && n)
		nd_complain("the new credential%s in the keyring, no longer in the file",
			n == 1 ? " is" : "s are");
	return ok;
}

int nd_newly_after(struct nd_context *context)
{
	const char *text = nd_env_get(context->env, ND_NEWLY_VARIABLE);
	g_auto(GStrv) before = text ? g_strsplit(text, " ", -1) : NULL;
	struct sight sight = {0};
	g_autoptr(GError) err = NULL;
	bool ok;

	if (!before || !before[0])
		return ND_STATUS_USAGE;
	ok = look(&sight, context, &err);
	sight.called.options.quiet = true;
	if (ok && forget_old(sight.run.report, before))
		ok = move(&sight, &err);
	if (!ok)
		nd_complain("the new credential stays in the file: %s", err->message);
	sight_release(&sight);
	return ok ? ND_STATUS_OK : ND_STATUS_FAILED;
}
