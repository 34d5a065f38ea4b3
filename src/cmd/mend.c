#include "cmd/mend.h"

#include "cmd/emit.h"

#include <npmrc-doctor/apply.h>
#include <npmrc-doctor/hash.h>
#include <npmrc-doctor/helper.h>
#include <npmrc-doctor/path.h>
#include <npmrc-doctor/verify.h>
#include <stdio.h>

/* What is needed to read a planned file as npm would. */
struct judge {
	const struct nd_env *env;
	int npm_major;
	struct nd_keyring *keyring;
};

static GQuark mend_error_quark(void)
{
	return g_quark_from_static_string("nd-mend");
}

/* The environment wins over the keyring: npm would see what stands there. */
static bool is_free(const struct nd_env *env, const struct nd_edit *edit, GError **err)
{
	const char *set = nd_env_get(env, edit->variable);

	if (!set || nd_span_equal(nd_span_of(set), nd_secret_reveal(edit->secret)))
		return true;
	g_set_error(err, mend_error_quark(), 0,
		"%s is set in the environment to something else, which would win over the keyring; unset it",
		edit->variable);
	return false;
}

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

/* Other fixes are meant to change what npm sees; moving the secrets beside them must not. */
static bool is_same(const struct nd_plan_file *file, struct nd_span after, const GPtrArray *secrets,
	const struct judge *judge, GError **err)
{
	g_autoptr(GString) unmoved = nd_plan_result(file, false);
	struct nd_reading a = { { unmoved->str, unmoved->len }, NULL }, b = { after, secrets };

	return nd_verify_same(&a, &b, judge->env, judge->npm_major, err);
}

static bool verify(void *data, const struct nd_plan_file *file, const GString *bytes, GError **err)
{
	const struct judge *judge = data;
	g_autoptr(GPtrArray) secrets = secrets_of(file);

	if (!nd_plan_moves(file))
		return true;
	for (guint i = 0; i < file->edits->len; i++) {
		const struct nd_edit *edit = file->edits->pdata[i];

		if (edit->secret && !is_free(judge->env, edit, err))
			return false;
	}
	return is_same(file, (struct nd_span){ bytes->str, bytes->len }, secrets, judge, err);
}

/* The secrets as `exec` finds them: by file and variable. */
static GPtrArray *fetch(const struct nd_plan_file *file, struct nd_keyring *keyring, GError **err)
{
	g_autofree char *path = nd_path_real(file->file->path);
	g_autoptr(GPtrArray) secrets =
		g_ptr_array_new_with_free_func((GDestroyNotify)nd_delivered_free);

	for (guint i = 0; i < file->edits->len; i++) {
		const struct nd_edit *edit = file->edits->pdata[i];
		struct nd_secret *secret;

		if (!edit->secret)
			continue;
		secret = nd_keyring_lookup(keyring, path, edit->variable, err);
		if (!secret)
			return NULL;
		nd_delivered_add(secrets, edit->variable, secret);
		nd_secret_free(secret);
	}
	return g_steal_pointer(&secrets);
}

static bool read_back(void *data, const struct nd_plan_file *file, GError **err)
{
	const struct judge *judge = data;
	g_autoptr(GPtrArray) secrets = NULL;
	struct nd_file *now;
	bool ok;

	if (!nd_plan_moves(file))
		return true;
	secrets = fetch(file, judge->keyring, err);
	if (!secrets)
		return false;
	now = nd_file_read(file->file->path, ND_SOURCE_MAX_FILE);
	ok = now->state == ND_READ_OK;
	if (!ok)
		g_set_error(err, mend_error_quark(), 0, "the new file cannot be read");
	ok = ok && is_same(file, (struct nd_span){ now->bytes, now->size }, secrets, judge, err);
	nd_file_free(now);
	return ok;
}

static bool apply_file(const struct nd_plan_file *file, const struct nd_apply_options *options,
	GError **err)
{
	size_t stored = 0;
	int lock = nd_file_lock(file->file->path, err);
	bool ok = lock >= 0 && nd_apply_file(file, options, &stored, err);

	nd_file_unlock(lock);
	if (ok)
		return true;
	if (err && !g_error_matches(*err, ND_FILE_ERROR, ND_FILE_ERROR_NOT_PUT_BACK))
		g_prefix_error(err, file->made ? "%s was not made: " : "%s was left as it was: ",
			file->file->path);
	if (stored)
		nd_complain("%zu secret%s remain%s in the keyring all the same", stored,
			stored == 1 ? "" : "s", stored == 1 ? "s" : "");
	return false;
}

static void say_done(const struct nd_plan *plan, guint n)
{
	for (guint i = 0; i < n; i++) {
		const struct nd_plan_file *file = plan->files->pdata[i];

		fprintf(stderr, "%s %s\n", file->made ? "made" : "fixed", file->file->path);
	}
}

static bool is_tracked(const struct nd_run *run, const char *path)
{
	for (guint i = 0; i < run->facts->files->len; i++) {
		const struct nd_file_facts *file = run->facts->files->pdata[i];

		if (g_str_equal(file->layer->file->path, path))
			return file->git == ND_GIT_TRACKED;
	}
	return false;
}

/* What was moved out of a file that git tracks stays in its history. */
static void say_history(const struct nd_plan *plan, const struct nd_run *run)
{
	g_autoptr(GHashTable) said = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);

	for (guint i = 0; i < plan->files->len; i++) {
		const struct nd_plan_file *file = plan->files->pdata[i];

		for (guint k = 0; k < file->edits->len; k++) {
			const struct nd_edit *edit = file->edits->pdata[k];
			const char *from = edit->from ? edit->from : edit->file;
			g_autofree char *what = edit->secret ? g_strdup_printf("%s is tracked by git, whose history "
				"keeps what was moved: revoke %s for %s", from, edit->key,
				*edit->location ? edit->location : "every registry") : NULL;

			if (what && is_tracked(run, from) && !g_hash_table_contains(said, what)) {
				fprintf(stderr, "%s\n", what);
				g_hash_table_add(said, g_steal_pointer(&what));
			}
		}
	}
}

/* Puts helpers' lines in the place of references that came into the user's file beside them. */
static bool settle_helpers(const struct nd_context *context, GError **err)
{
	bool ok = true, again = true;

	while (ok && again) {
		struct nd_run run;
		const struct nd_layer *user;
		struct nd_keyring_item *item = NULL;
		g_autoptr(GPtrArray) references = NULL;

		ok = nd_run_read(&run, context, NULL, err);
		user = ok ? &run.layers->layers[ND_LAYER_USER] : NULL;
		references = ok ? nd_view_references(run.view) : NULL;
		if (user && user->ini)
			item = nd_helper_doubled(user, references, context->env);
		again = item != NULL;
		if (item) {
			g_autofree char *path = nd_helper_path(context->env, item->location);
			GString *bytes = nd_helper_put_in(user, references, item, path);

			/* One that is spelt in a way of its own stays. */
			again = !nd_span_equal((struct nd_span){ bytes->str, bytes->len },
				nd_doc_bytes(user->doc));
			ok = nd_helper_write(user, bytes, err);
		}
		nd_keyring_item_free(item);
		nd_run_release(&run);
	}
	return ok;
}

bool nd_mend_apply(const struct nd_plan *plan, const struct nd_run *run, struct nd_context *context,
	GError **err)
{
	struct judge judge = { context->env, run->npm_major, NULL };
	struct nd_apply_options options = { .verify = verify, .read_back = read_back, .data = &judge };
	bool ok = true;
	guint done = 0;

	if (plan->secrets) {
		judge.keyring = options.keyring = nd_keyring_open(nd_run_interactive(context), err);
		if (!options.keyring) {
			g_prefix_error(err, "nothing was changed: ");
			return false;
		}
	}
	while (ok && done < plan->files->len) {
		ok = apply_file(plan->files->pdata[done], &options, err);
		done += ok;
	}
	nd_keyring_free(options.keyring);
	if (ok && plan->secrets)
		ok = settle_helpers(context, err);
	/* Where it went wrong half way, what was done is said even to those who want it quiet. */
	if (!ok || !context->options->quiet)
		say_done(plan, done);
	if (ok && !context->options->quiet)
		say_history(plan, run);
	return ok;
}

bool nd_mend_unread(const struct nd_run *run)
{
	bool any = false;

	for (guint i = 0; i < run->layers->order->len; i++) {
		const struct nd_layer *layer = run->layers->order->pdata[i];
		const char *reason = layer->file && !layer->ignored && layer->id != ND_LAYER_BUILTIN ?
			nd_file_reason(layer->file) : NULL;

		if (!reason)
			continue;
		nd_complain("%s: %s; nothing in it was changed", layer->file->path, reason);
		any = true;
	}
	return any;
}
