#include "fuzz.h"

#include <npmrc-doctor/deliver.h>
#include <npmrc-doctor/engine.h>
#include <npmrc-doctor/ini.h>
#include <npmrc-doctor/plan.h>
#include <npmrc-doctor/verify.h>
#include <unistd.h>

/* Any bytes as the user's or the project's .npmrc: the rules' own edits are planned and carried out round by
 * round, as if there were a keyring, until there is nothing left to mend. Moving secrets leaves npm the
 * values, and putting them back does, too. */

#define MAX_ROUNDS 12

/* One machine for all inputs. */
static char *top, *user, *project;

/* What was read in one round. */
struct round {
	struct nd_env *env;
	struct nd_layers *layers;
	struct nd_view *view;
	struct nd_facts *facts;
	struct nd_report *report;
	GPtrArray *files; /* struct nd_file, borrowed from the layers */
	struct nd_plan *plan;
};

static void remove_machine(void)
{
	g_autofree char *json = g_build_filename(top, "proj/package.json", NULL);
	g_autofree char *proj = g_path_get_dirname(project), *home = g_path_get_dirname(user);

	unlink(user);
	unlink(project);
	unlink(json);
	rmdir(proj);
	rmdir(home);
	rmdir(top);
}

static void make_machine(void)
{
	g_autofree char *json = NULL, *proj = NULL, *home = NULL;

	if (top)
		return;
	top = g_dir_make_tmp("nd-fuzz-XXXXXX", NULL);
	LAW(top);
	user = g_build_filename(top, "home/.npmrc", NULL);
	project = g_build_filename(top, "proj/.npmrc", NULL);
	proj = g_path_get_dirname(project);
	home = g_path_get_dirname(user);
	json = g_build_filename(proj, "package.json", NULL);
	LAW(g_mkdir_with_parents(proj, 0700) == 0 && g_mkdir_with_parents(home, 0700) == 0);
	LAW(g_file_set_contents(json, "{}", 2, NULL));
	atexit(remove_machine);
}

static struct nd_env *make_env(void)
{
	g_autofree char *home = g_strdup_printf("HOME=%s/home", top), *cwd = g_build_filename(top, "proj", NULL);
	const char *const strings[] = { home, "X=value", NULL };

	return nd_env_from(strings, cwd);
}

static void judge(struct round *r, int major)
{
	static const struct nd_npm npm = { 0 };
	static const enum nd_git_state git[ND_LAYER_COUNT + 8] = { 0 };
	struct nd_layers_options options = { .npm = &npm, .npm_major = major, .env = r->env };
	struct nd_engine_options engine = { .no_probe = true, .no_probe_reason = "no network" };
	struct nd_plan_options everything = { .keyring = true, .others = true };

	r->layers = nd_layers_load(&options, NULL);
	LAW(r->layers);
	r->view = nd_view_new(r->layers);
	r->facts = nd_facts_new_knowing(r->view, 1700000000, git);
	r->report = nd_report_new();
	nd_engine_run(r->facts, &engine, r->report);
	r->files = g_ptr_array_new();
	for (guint i = 0; i < r->facts->files->len; i++)
		g_ptr_array_add(r->files,
			((const struct nd_file_facts *)r->facts->files->pdata[i])->layer->file);
	r->plan = nd_plan_new(r->report, r->files, &everything);
}

static void round_release(struct round *r)
{
	nd_plan_free(r->plan);
	g_ptr_array_unref(r->files);
	nd_report_free(r->report);
	nd_facts_free(r->facts);
	nd_view_free(r->view);
	nd_layers_free(r->layers);
	nd_env_free(r->env);
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

/* Npm reads the same from the file that holds the secrets as from the one that refers to them. */
static void check_move(const struct nd_plan_file *file, const struct round *r, int major, const GString *moved)
{
	g_autoptr(GPtrArray) secrets = secrets_of(file);
	GString *unmoved = nd_plan_result(file, false);
	struct nd_reading a = { { unmoved->str, unmoved->len }, NULL };
	struct nd_reading b = { { moved->str, moved->len }, secrets };

	LAW(!nd_plan_moves(file) || nd_verify_same(&a, &b, r->env, major, NULL));
	g_string_free(unmoved, TRUE);
}

static void carry_out(const struct round *r, int major)
{
	for (guint i = 0; i < r->plan->files->len; i++) {
		const struct nd_plan_file *file = r->plan->files->pdata[i];
		GString *bytes = nd_plan_result(file, true), *again = nd_plan_result(file, true);

		LAW(bytes && g_string_equal(bytes, again));
		LAW(g_str_has_prefix(file->file->path, top));
		check_move(file, r, major, bytes);
		LAW(g_file_set_contents_full(file->file->path, bytes->str, (gssize)bytes->len,
			G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
		g_string_free(bytes, TRUE);
		g_string_free(again, TRUE);
	}
}

static const struct nd_secret *find_secret(const GPtrArray *secrets, const char *variable)
{
	for (guint i = 0; i < secrets->len; i++) {
		const struct nd_delivered *delivered = secrets->pdata[i];

		if (g_str_equal(delivered->name, variable))
			return delivered->value;
	}
	return NULL;
}

/* Keeps what a plan would put into the keyring, for the last round's file. */
static void keep_secrets(const struct nd_plan *plan, GPtrArray *secrets)
{
	for (guint i = 0; i < plan->files->len; i++) {
		const struct nd_plan_file *file = plan->files->pdata[i];

		for (guint k = 0; k < file->edits->len; k++) {
			const struct nd_edit *edit = file->edits->pdata[k];

			if (edit->secret)
				nd_delivered_add(secrets, edit->variable, edit->secret);
		}
	}
}

static void text_free(gpointer text)
{
	g_string_free(text, TRUE);
}

/* Each reference is spelt out again; false where a secret has no spelling in its place. */
static bool put_back(const struct round *r, const struct nd_layer *layer, const GPtrArray *secrets, int major,
	GString **out)
{
	g_autoptr(GPtrArray) references = nd_view_references(r->view);
	g_autoptr(GArray) splices = g_array_new(FALSE, FALSE, sizeof(struct nd_splice));
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(text_free);

	for (guint i = 0; i < references->len; i++) {
		const struct nd_reference *reference = references->pdata[i];
		const struct nd_secret *secret = find_secret(secrets, reference->variable);
		struct nd_splice splice = { reference->start, reference->end, { NULL, 0 } };
		GString *text;

		if (reference->in != layer || !secret)
			continue;
		text = nd_reference_spell(reference, secret, major);
		if (!text)
			return false;
		g_ptr_array_add(texts, text);
		splice.text = (struct nd_span){ text->str, text->len };
		g_array_append_val(splices, splice);
	}
	*out = nd_doc_splice(layer->doc, (const struct nd_splice *)(const void *)splices->data, splices->len);
	return true;
}

/* original: the file's bytes where nothing was done but moving secrets, else NULL. */
static void check_restore(const struct round *r, const GPtrArray *secrets, int major, const struct nd_span *original)
{
	for (guint i = 0; secrets->len && i < r->facts->files->len; i++) {
		const struct nd_layer *layer =
			((const struct nd_file_facts *)r->facts->files->pdata[i])->layer;
		struct nd_reading before = { nd_doc_bytes(layer->doc), secrets }, after = { 0 };
		GString *bytes = NULL;

		if (!put_back(r, layer, secrets, major, &bytes))
			continue;
		LAW(bytes);
		after.bytes = (struct nd_span){ bytes->str, bytes->len };
		LAW(nd_verify_same(&before, &after, r->env, major, NULL));
		LAW(!original || nd_span_equal(after.bytes, *original));
		g_string_free(bytes, TRUE);
	}
}

/* Of bytes that are no UTF-8 npm itself sees nothing but replacement characters, and a backslash may stand for itself
 * or be written twice. */
static bool has_one_spelling(struct nd_span bytes)
{
	return g_utf8_validate(bytes.p, (gssize)bytes.n, NULL) && !memchr(bytes.p, '\\', bytes.n);
}

static bool moves_only(const struct nd_plan *plan)
{
	for (guint i = 0; i < plan->files->len; i++) {
		const struct nd_plan_file *file = plan->files->pdata[i];

		for (guint k = 0; k < file->edits->len; k++) {
			const struct nd_edit *edit = file->edits->pdata[k];

			if (edit->from || (!edit->secret && (edit->end > edit->start || edit->text)))
				return false;
		}
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const int versions[] = { 6, 8, 9, 10, 11, 12 };
	g_autoptr(GPtrArray) secrets = g_ptr_array_new_with_free_func((GDestroyNotify)nd_delivered_free);
	struct nd_span original;
	int major, rounds = 0;
	bool empty = false, only_moves;

	if (n == 0 || n > 4096)
		return 0;
	original = (struct nd_span){ (const char *)data + 1, n - 1 };
	only_moves = has_one_spelling(original);
	make_machine();
	major = versions[(data[0] & 0x7f) % G_N_ELEMENTS(versions)];
	unlink(user);
	unlink(project);
	LAW(g_file_set_contents_full(data[0] & 0x80 ? project : user, (const char *)data + 1, (gssize)n - 1,
		G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
	while (!empty) {
		struct round r = { .env = make_env() };

		LAW(rounds++ < MAX_ROUNDS);
		judge(&r, major);
		empty = nd_plan_is_empty(r.plan);
		if (empty)
			check_restore(&r, secrets, major, only_moves ? &original : NULL);
		only_moves = only_moves && moves_only(r.plan);
		keep_secrets(r.plan, secrets);
		carry_out(&r, major);
		round_release(&r);
	}
	return 0;
}
