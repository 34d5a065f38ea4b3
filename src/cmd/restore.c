#include "cmd/check.h"
#include "cmd/commands.h"
#include "cmd/deliver.h"

#include <npmrc-doctor/apply.h>
#include <stdio.h>

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

/* The secret as it must be spelt in the place of its reference. */
static struct nd_edit *put_back(const struct nd_reference *reference, const struct nd_secret *secret)
{
	const struct nd_ini_entry *entry = nd_ini_entry(reference->in->ini, reference->entry);
	GString *text = g_string_new(NULL);
	struct nd_edit *edit;

	if (!nd_ini_encode_like(nd_secret_reveal(secret), &entry->text, text)) {
		nd_wipe_gstring(text);
		return NULL;
	}
	edit = g_new0(struct nd_edit, 1);
	edit->file = g_strdup(reference->in->file->path);
	edit->start = reference->start;
	edit->end = reference->end;
	edit->text = g_string_free(text, FALSE);
	edit->tighten = true;
	return edit;
}

static void wipe_edit(struct nd_edit *edit)
{
	if (edit->text)
		nd_wipe(edit->text, strlen(edit->text));
	nd_edit_free(edit);
}

static bool collect(const struct nd_layer *layer, const GPtrArray *references,
	struct nd_keyring *keyring, struct restored *r, GError **err)
{
	g_autofree char *path = nd_deliver_real_path(layer->file->path);

	for (guint i = 0; i < references->len; i++) {
		const struct nd_reference *reference = references->pdata[i];
		struct nd_secret *secret;
		struct nd_edit *edit;

		if (reference->in != layer || !g_str_has_prefix(reference->variable, "NPMRC_SECRET_"))
			continue;
		secret = nd_keyring_lookup(keyring, path, reference->variable, err);
		if (!secret)
			return false;
		nd_delivered_add(r->secrets, reference->variable, secret);
		edit = put_back(reference, secret);
		nd_secret_free(secret);
		if (!edit) {
			g_set_error(err, g_quark_from_static_string("nd-restore"), 0,
				"%s:%zu: the value of %s has no spelling in this place", layer->file->path,
				nd_ini_entry(layer->ini, reference->entry)->line + 1, reference->variable);
			return false;
		}
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

static bool purge(struct nd_keyring *keyring, const struct nd_layer *layer, const struct restored *r,
	GError **err)
{
	g_autofree char *path = nd_deliver_real_path(layer->file->path);
	g_autoptr(GPtrArray) items = nd_keyring_list(keyring, err);

	for (guint i = 0; items && i < items->len; i++) {
		const struct nd_keyring_item *item = items->pdata[i];

		if (!g_str_equal(item->file, path))
			continue;
		for (guint j = 0; j < r->secrets->len; j++) {
			const struct nd_delivered *delivered = r->secrets->pdata[j];

			if (g_str_equal(delivered->name, item->variable)) {
				if (!nd_keyring_delete(keyring, item, err))
					return false;
				break;
			}
		}
	}
	return items != NULL;
}

static bool restore_file(const struct nd_layer *layer, const GPtrArray *references,
	struct nd_keyring *keyring, const struct nd_context *context, struct judge *judge, GError **err)
{
	struct restored r = {
		.plan = { .file = layer->file, .tighten = true },
		.edits = g_ptr_array_new_with_free_func((GDestroyNotify)wipe_edit),
		.secrets = g_ptr_array_new_with_free_func((GDestroyNotify)nd_delivered_free),
	};
	struct nd_apply_options options = { .verify = verify, .data = judge };
	size_t stored;
	bool ok = collect(layer, references, keyring, &r, err);

	r.plan.edits = r.edits;
	judge->secrets = r.secrets;
	if (ok && r.edits->len) {
		ok = nd_apply_file(&r.plan, &options, &stored, err);
		if (ok && !context->options->quiet)
			fprintf(stderr, "restored %u secret%s into %s\n", r.edits->len,
				r.edits->len == 1 ? "" : "s", layer->file->path);
		ok = ok && (!context->options->purge || purge(keyring, layer, &r, err));
	}
	if (!ok)
		g_prefix_error(err, "%s: ", layer->file->path);
	restored_release(&r);
	return ok;
}

static bool has_ours(const GPtrArray *references)
{
	for (guint i = 0; i < references->len; i++) {
		const struct nd_reference *reference = references->pdata[i];

		if (g_str_has_prefix(reference->variable, "NPMRC_SECRET_"))
			return true;
	}
	return false;
}

static bool restore_run(struct nd_run *run, const struct nd_context *context, GError **err)
{
	g_autoptr(GPtrArray) references = nd_view_references(run->view);
	struct judge judge = { context->env, run->npm_major, NULL };
	struct nd_keyring *keyring;
	bool ok = true;

	if (!has_ours(references)) {
		if (!context->options->quiet)
			fputs("nothing to restore\n", stderr);
		return true;
	}
	keyring = nd_keyring_open(nd_deliver_interactive(context), err);
	if (!keyring) {
		g_prefix_error(err, "nothing was changed: ");
		return false;
	}
	for (int id = 0; ok && id < ND_LAYER_COUNT; id++)
		if (run->layers->layers[id].doc)
			ok = restore_file(&run->layers->layers[id], references, keyring, context, &judge,
				err);
	nd_keyring_free(keyring);
	return ok;
}

int nd_cmd_restore(struct nd_context *context)
{
	char **file = context->options->operands;
	int status = ND_STATUS_OK;

	do {
		struct nd_run run;
		g_autoptr(GError) err = NULL;

		if (!nd_run_read(&run, context, *file, &err) || !restore_run(&run, context, &err))
			status = nd_run_failed(err);
		nd_run_release(&run);
	} while (status == ND_STATUS_OK && *file && *++file);
	return status;
}
