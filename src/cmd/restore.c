#include "cmd/check.h"
#include "cmd/commands.h"
#include "cmd/mend.h"

#include <npmrc-doctor/apply.h>
#include <npmrc-doctor/authorize.h>
#include <npmrc-doctor/deliver.h>
#include <npmrc-doctor/helper.h>
#include <npmrc-doctor/path.h>
#include <stdio.h>

/* One run of the command over several files. */
struct work {
	const struct nd_context *context;
	struct nd_keyring *keyring; /* NULL until it is needed */
	int npm_major;
	GPtrArray *done;            /* char *: what to say of what was done */
	GPtrArray *kept;            /* char *: what --purge leaves in the keyring */
};

/* What was put back into one file. */
struct restored {
	struct nd_plan_file plan;
	GPtrArray *edits;   /* struct nd_edit, owned */
	GPtrArray *secrets; /* struct nd_delivered */
};

static void restored_release(struct restored *r)
{
	g_ptr_array_unref(r->edits);
	g_ptr_array_unref(r->secrets);
}

static bool G_GNUC_PRINTF(2, 3) fail(GError **err, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	g_propagate_error(err, g_error_new_valist(g_quark_from_static_string("nd-restore"), 0, format, ap));
	va_end(ap);
	return false;
}

/* The edit that puts the secret in the place of its reference; NULL where it has no spelling there. */
static struct nd_edit *put_back(const struct nd_reference *reference, const struct nd_secret *secret,
	int npm_major)
{
	GString *text = nd_reference_spell(reference, secret, npm_major);
	struct nd_edit *edit;

	if (!text)
		return NULL;
	edit = g_new0(struct nd_edit, 1);
	edit->file = g_strdup(reference->in->file->path);
	edit->start = reference->start;
	edit->end = reference->end;
	edit->text = g_string_free(text, FALSE);
	edit->tighten = true;
	return edit;
}

/* A project's file is other people's: it gets no secret but one that was taken from this very place. */
static bool may_have(const struct nd_reference *reference, const GPtrArray *items)
{
	enum nd_layer_id layer = reference->in->id;

	return layer == ND_LAYER_USER || layer == ND_LAYER_GLOBAL ||
		nd_delivery_belongs(reference, reference->variable, items);
}

static bool collect(const struct nd_layer *layer, const GPtrArray *references,
	const struct work *work, struct restored *r, GError **err)
{
	g_autofree char *path = nd_path_real(layer->file->path);
	g_autoptr(GPtrArray) items = nd_keyring_list(work->keyring, err);

	if (!items)
		return false;

	for (guint i = 0; i < references->len; i++) {
		const struct nd_reference *reference = references->pdata[i];
		struct nd_secret *secret;
		struct nd_edit *edit;

		if (reference->in != layer || !nd_variable_is_ours(reference->variable))
			continue;
		if (!may_have(reference, items))
			return fail(err, "line %zu: %s was stored for another setting or another registry",
				nd_ini_entry(layer->ini, reference->entry)->line + 1, reference->variable);
		secret = nd_keyring_lookup(work->keyring, path, reference->variable, err);
		if (!secret)
			return false;
		nd_delivered_add(r->secrets, reference->variable, secret);
		edit = put_back(reference, secret, work->npm_major);
		nd_secret_free(secret);
		if (!edit)
			return fail(err, "line %zu: the value of %s has no spelling in this place",
				nd_ini_entry(layer->ini, reference->entry)->line + 1, reference->variable);
		g_ptr_array_add(r->edits, edit);
	}
	return true;
}

struct judge {
	const struct nd_env *env;
	int npm_major;
	const GPtrArray *secrets;
};

static bool verify(void *data, const struct nd_plan_file *file, const GString *bytes, GError **err)
{
	const struct judge *judge = data;
	struct nd_reading before = { { file->file->bytes, file->file->size }, judge->secrets };
	struct nd_reading after = { { bytes->str, bytes->len }, NULL };

	return nd_verify_same(&before, &after, judge->env, judge->npm_major, err);
}

static bool is_delivered(const struct restored *r, const char *variable)
{
	for (guint i = 0; i < r->secrets->len; i++) {
		const struct nd_delivered *delivered = r->secrets->pdata[i];

		if (g_str_equal(delivered->name, variable))
			return true;
	}
	return false;
}

/* Items of another file or another machine stay, even where they served this one. */
static bool purge(struct nd_keyring *keyring, const struct nd_layer *layer, const struct restored *r,
	GError **err)
{
	g_autofree char *path = nd_path_real(layer->file->path);
	g_autoptr(GPtrArray) items = nd_keyring_list(keyring, err);

	for (guint i = 0; items && i < items->len; i++) {
		const struct nd_keyring_item *item = items->pdata[i];

		if (!item->machine && g_str_equal(item->file, path) && is_delivered(r, item->variable) &&
			!nd_keyring_delete(keyring, item, err))
			return false;
	}
	return items != NULL;
}

/* Whether the file holds on disk, for good, what it is about to be the only place of. */
static bool is_safe(const struct restored *r, GError **err)
{
	const char *path = r->plan.file->path;
	g_autoptr(GString) expected = nd_plan_result(&r->plan, true);
	struct nd_file *now;
	bool ok = nd_file_flush(path, err);

	now = nd_file_read(path, ND_SOURCE_MAX_FILE);
	if (ok && (now->state != ND_READ_OK || !nd_span_equal((struct nd_span){ now->bytes, now->size },
		(struct nd_span){ expected->str, expected->len })))
		ok = fail(err, "the file is not what was written");
	nd_file_free(now);
	return ok;
}

static const struct nd_spot *find_spot(const GPtrArray *spots, const struct nd_keyring_item *item)
{
	for (guint i = 0; i < spots->len; i++) {
		const struct nd_spot *spot = spots->pdata[i];
		g_autofree char *path = nd_path_real(spot->in->file->path);

		if (g_str_equal(path, item->file) && g_str_equal(spot->variable, item->variable))
			return spot;
	}
	return NULL;
}

static bool is_unchanged(const struct nd_file *file)
{
	struct nd_file_id now;
	struct stat st;

	if (stat(file->path, &st) != 0)
		return false;
	nd_file_id_set(&now, &st);
	return nd_file_id_equal(&now, &file->id);
}

/* Deletes the item if the file holds its secret in the place of the variable, still and for good. */
static bool purge_leftover(const struct nd_keyring_item *item, const struct nd_spot *spot, struct work *work,
	GError **err)
{
	struct nd_secret *held = nd_keyring_lookup(work->keyring, item->file, item->variable, err);
	bool same = held && nd_secret_equal(held, spot->value) && is_unchanged(spot->in->file);
	bool ok = held && (!same || (nd_file_flush(item->file, err) && nd_keyring_delete(work->keyring, item, err)));

	nd_secret_free(held);
	if (ok && same)
		g_ptr_array_add(work->done, g_strdup_printf("removed %s from the keyring: %s holds the secret itself",
			item->variable, item->file));
	return ok;
}

/* What an earlier fix or restore that was cut short has left. */
static bool purge_leftovers(const struct nd_view *view, struct work *work, GError **err)
{
	g_autoptr(GPtrArray) spots = nd_view_spots(view);
	g_autoptr(GPtrArray) items = spots->len ? nd_keyring_list(work->keyring, err) : NULL;
	bool ok = items || !spots->len;

	for (guint i = 0; ok && items && i < items->len; i++) {
		const struct nd_keyring_item *item = items->pdata[i];
		const struct nd_spot *spot = item->machine ? NULL : find_spot(spots, item);
		int lock = spot ? nd_file_lock(item->file, err) : -1;

		ok = !spot || (lock >= 0 && purge_leftover(item, spot, work, err));
		nd_file_unlock(lock);
	}
	return ok;
}

/* Whether it was stored for one of these files, and nothing in that speaks of it for certain. */
static bool is_forgotten(const struct nd_layers *layers, const struct nd_keyring_item *item)
{
	for (guint i = 0; i < layers->order->len; i++) {
		const struct nd_file *file = ((const struct nd_layer *)layers->order->pdata[i])->file;
		g_autofree char *path = file ? nd_path_real(file->path) : NULL;

		if (path && g_str_equal(path, item->file))
			return file->state == ND_READ_MISSING || (file->state == ND_READ_OK &&
				!memmem(file->bytes, file->size, item->variable, strlen(item->variable)));
	}
	return false;
}

/* Whose line somebody has deleted has its secret in the keyring alone: it is not ours to destroy. */
static void note_kept(const struct nd_layers *layers, struct work *work)
{
	g_autoptr(GPtrArray) items = nd_keyring_list(work->keyring, NULL);

	for (guint i = 0; items && i < items->len; i++) {
		const struct nd_keyring_item *item = items->pdata[i];
		g_autofree char *quoted = g_shell_quote(item->file);

		if (!item->machine && is_forgotten(layers, item))
			g_ptr_array_add(work->kept,
				g_strdup_printf("the keyring keeps %s, to which %s does not refer any more: "
						"`secret-tool clear variable %s file %s` removes it",
					item->variable, item->file, item->variable, quoted));
	}
}

static bool write_file(struct restored *r, const struct nd_layer *layer, struct work *work, GError **err)
{
	const struct nd_options *options = work->context->options;
	struct judge judge = { work->context->env, work->npm_major, r->secrets };
	struct nd_apply_options apply = { .verify = verify, .data = &judge };
	size_t stored;

	if (!nd_apply_file(&r->plan, &apply, &stored, err)) {
		g_prefix_error(err, "%s was left as it was: ", layer->file->path);
		return false;
	}
	g_ptr_array_add(work->done, g_strdup_printf("restored %u secret%s into %s", r->edits->len,
		r->edits->len == 1 ? "" : "s", layer->file->path));
	if (!options->purge || (is_safe(r, err) && purge(work->keyring, layer, r, err)))
		return true;
	g_prefix_error(err, "not everything was removed from the keyring: ");
	return false;
}

static bool restore_file(const struct nd_layer *layer, const GPtrArray *references, struct work *work,
	GError **err)
{
	struct restored r = {
		.plan = { .file = layer->file, .tighten = true },
		.edits = g_ptr_array_new_with_free_func((GDestroyNotify)nd_edit_free),
		.secrets = g_ptr_array_new_with_free_func((GDestroyNotify)nd_delivered_free),
	};
	int lock = nd_file_lock(layer->file->path, err);
	bool ok = lock >= 0 && collect(layer, references, work, &r, err);

	r.plan.edits = r.edits;
	if (!ok)
		g_prefix_error(err, "%s was left as it was: ", layer->file->path);
	else if (r.edits->len)
		ok = write_file(&r, layer, work, err);
	nd_file_unlock(lock);
	restored_release(&r);
	return ok;
}

static bool has_ours(const GPtrArray *references)
{
	for (guint i = 0; i < references->len; i++) {
		const struct nd_reference *reference = references->pdata[i];

		if (nd_variable_is_ours(reference->variable))
			return true;
	}
	return false;
}

static bool has_spots(const struct nd_view *view)
{
	g_autoptr(GPtrArray) spots = nd_view_spots(view);

	return spots->len > 0;
}

static bool open_keyring(struct work *work, GError **err)
{
	if (!work->keyring)
		work->keyring = nd_keyring_open(nd_run_interactive(work->context), err);
	return work->keyring != NULL;
}

static bool restore_run(struct nd_run *run, struct work *work, GError **err)
{
	g_autoptr(GPtrArray) references = nd_view_references(run->view);
	bool purges = work->context->options->purge, ok = true;

	if (!has_ours(references) && !(purges && has_spots(run->view))) {
		/* Nothing is asked for that a keyring is needed for. */
		if (purges && !work->keyring)
			work->keyring = nd_keyring_open(false, NULL);
		if (purges && work->keyring)
			note_kept(run->layers, work);
		return true;
	}
	if (!open_keyring(work, err)) {
		g_prefix_error(err, "nothing was changed: ");
		return false;
	}
	work->npm_major = run->npm_major;
	for (guint i = 0; ok && i < run->layers->order->len; i++) {
		const struct nd_layer *layer = run->layers->order->pdata[i];

		if (layer->doc)
			ok = restore_file(layer, references, work, err);
	}
	if (ok && purges) {
		ok = purge_leftovers(run->view, work, err);
		note_kept(run->layers, work);
	}
	return ok;
}

/* References where token-helper --install has put its lines, one location after the other: each changes
 * the file. */
static bool take_out(const struct nd_layer *layer, const char *location, struct work *work, GError **err)
{
	g_autofree char *path = nd_helper_path(work->context->env, location);
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	struct nd_keyring_item *item = NULL;
	bool ok;

	g_ptr_array_add(files, nd_path_real(layer->file->path));
	if (open_keyring(work, err))
		item = nd_authorize_find(work->keyring, location, &(struct nd_authorize){files, NULL}, err);
	ok = item && nd_helper_write(layer, nd_helper_take_out(layer, item, path), err);
	if (!ok)
		g_prefix_error(err, "%s was left as it was: ", layer->file->path);
	nd_keyring_item_free(item);
	return ok;
}

/* The run as it is once no helper's line is left. */
static bool read_without_helpers(struct nd_run *run, const char *file, struct work *work, GError **err)
{
	enum nd_layer_id id = file ? ND_LAYER_FILE : ND_LAYER_USER;

	while (nd_run_read(run, work->context, file, err)) {
		const struct nd_layer *layer = &run->layers->layers[id];
		g_autoptr(GPtrArray) locations = nd_helper_locations(layer, work->context->env);

		if (!locations->len)
			return true;
		if (!take_out(layer, locations->pdata[0], work, err))
			return false;
		nd_run_release(run);
	}
	return false;
}

/* Where it went wrong half way, what was done is said even to those who want it quiet. */
static void say_done(const struct work *work, int status)
{
	if (work->context->options->quiet && status == ND_STATUS_OK)
		return;
	for (guint i = 0; i < work->done->len; i++)
		fprintf(stderr, "%s\n", (const char *)work->done->pdata[i]);
	if (!work->done->len && status == ND_STATUS_OK)
		fputs("nothing to restore\n", stderr);
	for (guint i = 0; i < work->kept->len; i++)
		fprintf(stderr, "%s\n", (const char *)work->kept->pdata[i]);
}

int nd_cmd_restore(struct nd_context *context)
{
	char **file = context->options->operands;
	g_autoptr(GPtrArray) done = g_ptr_array_new_with_free_func(g_free),
			     kept = g_ptr_array_new_with_free_func(g_free);
	struct work work = { .context = context, .done = done, .kept = kept };
	int status = ND_STATUS_OK;

	do {
		struct nd_run run;
		g_autoptr(GError) err = NULL;

		if (!read_without_helpers(&run, *file, &work, &err) || !restore_run(&run, &work, &err))
			status = nd_run_failed(err);
		else if (nd_mend_unread(&run))
			status = ND_STATUS_FAILED;
		nd_run_release(&run);
	} while (status == ND_STATUS_OK && *file && *++file);
	say_done(&work, status);
	nd_keyring_free(work.keyring);
	return status;
}
