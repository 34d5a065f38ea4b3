#include <npmrc-doctor/apply.h>

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>

/* A file that is still to be made has the path that it will have then. */
static char *real_path(const char *path)
{
	g_autofree char *dir = g_path_get_dirname(path), *name = g_path_get_basename(path);
	char *real = realpath(path, NULL), *real_dir = real ? NULL : realpath(dir, NULL);
	char *out = real ? g_strdup(real) : real_dir ? g_build_filename(real_dir, name, NULL) : g_strdup(path);

	free(real);
	free(real_dir);
	return out;
}

/* A line that comes from another file brings its own secret: it must not take the place of another one,
 * which would be lost. */
static bool is_free(const struct nd_edit *edit, const char *path, struct nd_keyring *keyring, GError **err)
{
	g_autoptr(GPtrArray) items = edit->from ? nd_keyring_list(keyring, err) : NULL;

	if (edit->from && !items)
		return false;
	for (guint i = 0; items && i < items->len; i++) {
		const struct nd_keyring_item *item = items->pdata[i];
		struct nd_secret *held;
		bool same;

		if (!g_str_equal(item->file, path) || !g_str_equal(item->variable, edit->variable))
			continue;
		held = nd_keyring_lookup(keyring, path, edit->variable, err);
		if (!held)
			return false;
		same = nd_secret_equal(held, edit->secret);
		nd_secret_free(held);
		if (!same) {
			g_set_error(err, ND_FILE_ERROR, ND_FILE_ERROR_CHANGED,
				"the keyring holds another value of %s for it already", edit->variable);
			return false;
		}
	}
	return true;
}

static bool store_secrets(const struct nd_plan_file *file, struct nd_keyring *keyring, size_t *stored,
	GError **err)
{
	g_autofree char *path = real_path(file->file->path);

	for (guint i = 0; i < file->edits->len; i++) {
		const struct nd_edit *edit = file->edits->pdata[i];
		struct nd_keyring_item *item;
		bool ok;

		if (!edit->secret)
			continue;
		if (!is_free(edit, path, keyring, err))
			return false;
		item = nd_keyring_item_new(path, edit->location, edit->key, edit->variable);
		ok = nd_keyring_store(keyring, item, edit->secret, err);
		nd_keyring_item_free(item);
		if (!ok)
			return false;
		++*stored;
	}
	return true;
}

/* A new file may have its first neighbour to come: its folder is this program's own, or the user's. */
static bool make_folder(const char *path, GError **err)
{
	g_autofree char *dir = g_path_get_dirname(path);

	if (g_mkdir_with_parents(dir, 0700) == 0)
		return true;
	g_set_error(err, ND_FILE_ERROR, ND_FILE_ERROR_WRITE, "cannot make the directory '%s': %s", dir,
		g_strerror(errno));
	return false;
}

static bool put_back(const struct nd_plan_file *file, const struct nd_file_id *now, GError *why,
	GError **err)
{
	struct nd_replace replace = {
		.path = file->file->path,
		.was = now,
		.bytes = { file->file->bytes, file->file->size },
		.max_mode = 07777,
	};
	g_autoptr(GError) failure = NULL;

	if (file->made ? g_remove(file->file->path) == 0 : nd_file_replace(&replace, NULL, &failure)) {
		g_propagate_error(err, why);
		return false;
	}
	g_set_error(err, ND_FILE_ERROR, ND_FILE_ERROR_NOT_PUT_BACK,
		"'%s' was replaced, then: %s; and the old content could not be put back: %s",
		file->file->path, why->message, failure ? failure->message : g_strerror(errno));
	g_error_free(why);
	return false;
}

static bool put_in_place(const struct nd_plan_file *file, struct nd_file_ready *ready,
	const struct nd_apply_options *options, GError **err)
{
	struct nd_file_id now = { 0 };
	GError *why = NULL;

	if (!nd_file_commit(ready, &now, err))
		return false;
	if (!options->read_back || options->read_back(options->data, file, &why))
		return true;
	return put_back(file, &now, why, err);
}

static bool apply(const struct nd_plan_file *file, const struct nd_apply_options *options,
	const GString *bytes, size_t *stored, GError **err)
{
	struct nd_replace replace = {
		.path = file->file->path,
		.was = &file->file->id,
		.bytes = { bytes->str, bytes->len },
		.max_mode = file->tighten ? 0600 : file->made ? 0666 : 07777,
	};
	struct nd_file_ready *ready;

	if (file->made && !make_folder(file->file->path, err))
		return false;
	ready = nd_file_prepare(&replace, err);
	if (!ready)
		return false;
	if (store_secrets(file, options->keyring, stored, err))
		return put_in_place(file, ready, options, err);
	nd_file_discard(ready);
	return false;
}

bool nd_apply_file(const struct nd_plan_file *file, const struct nd_apply_options *options,
	size_t *stored, GError **err)
{
	g_autoptr(GString) bytes = nd_plan_result(file, true);

	*stored = 0;
	return (!options->verify || options->verify(options->data, file, bytes, err)) &&
		apply(file, options, bytes, stored, err);
}
