#include <npmrc-doctor/apply.h>
#include <npmrc-doctor/path.h>
#include <npmrc-doctor/signals.h>

#include <errno.h>
#include <glib/gstdio.h>

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

static bool store_secret(const struct nd_edit *edit, const char *path, struct nd_keyring *keyring, GError **err)
{
	struct nd_keyring_item *item;
	bool ok;

	if (!is_free(edit, path, keyring, err))
		return false;
	item = nd_keyring_item_new(path, edit->location, edit->key, edit->variable);
	ok = nd_keyring_store(keyring, item, edit->secret, err);
	nd_keyring_item_free(item);
	return ok;
}

static bool store_secrets(const struct nd_plan_file *file, struct nd_keyring *keyring, size_t *stored, GError **err)
{
	g_autofree char *path = nd_path_real(file->file->path);
	bool ok = true;

	for (guint i = 0; ok && i < file->edits->len; i++) {
		const struct nd_edit *edit = file->edits->pdata[i];

		if (!edit->secret)
			continue;
		ok = store_secret(edit, path, keyring, err);
		*stored += ok;
	}
	return ok;
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

/* Unless somebody has written it since. */
static bool remove_made(const char *path, const struct nd_file_id *now, GError **err)
{
	g_autofree char *target = nd_path_target(path);
	struct nd_file_id id;
	struct stat st;

	if (target && stat(target, &st) == 0) {
		nd_file_id_set(&id, &st);
		if (!nd_file_id_equal(&id, now)) {
			g_set_error(err, ND_FILE_ERROR, ND_FILE_ERROR_CHANGED, "'%s' was changed since", path);
			return false;
		}
		if (g_remove(target) == 0)
			return true;
	}
	g_set_error_literal(err, ND_FILE_ERROR, ND_FILE_ERROR_WRITE, g_strerror(errno));
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

	if (file->made ? remove_made(replace.path, now, &failure) : nd_file_replace(&replace, NULL, &failure)) {
		g_propagate_error(err, why);
		return false;
	}
	g_set_error(err, ND_FILE_ERROR, ND_FILE_ERROR_NOT_PUT_BACK,
		"'%s' was replaced, then: %s; and the old content could not be put back: %s",
		file->file->path, why->message, failure->message);
	g_error_free(why);
	return false;
}

static bool is_right(const struct nd_plan_file *file, const struct nd_file_id *now,
	const struct nd_apply_options *options, GError **err)
{
	GError *why = NULL;

	return !options->read_back || options->read_back(options->data, file, &why) || put_back(file, now, why, err);
}

/* Where the file system knows no files without a name the temporary file has one all the time, so that signals wait
 * (but for those that end a prompt of the keyring, where it holds no secret that the old file does not). Elsewhere
 * whoever gives up on a keyring that hangs is not kept. */
static bool apply(const struct nd_plan_file *file, const struct nd_apply_options *options,
	const GString *bytes, size_t *stored, GError **err)
{
	struct nd_replace replace = {
		.path = file->file->path,
		.was = &file->file->id,
		.bytes = { bytes->str, bytes->len },
		.max_mode = file->tighten ? 0600 : 07777,
	};
	struct nd_file_id now = { 0 };
	struct nd_file_ready *ready;
	sigset_t signals;
	bool ok;

	if (file->made && !make_folder(file->file->path, err))
		return false;
	nd_signals_hold(&signals);
	ready = nd_file_prepare(&replace, err);
	if (ready && !nd_file_is_named(ready))
		nd_signals_release(&signals);
	ok = ready && store_secrets(file, options->keyring, stored, err);
	if (ok)
		ok = nd_file_commit(ready, &now, err);
	else
		nd_file_discard(ready);
	nd_signals_release(&signals);
	return ok && is_right(file, &now, options, err);
}

bool nd_apply_file(const struct nd_plan_file *file, const struct nd_apply_options *options,
	size_t *stored, GError **err)
{
	g_autoptr(GString) bytes = nd_plan_result(file, true);

	*stored = 0;
	return (!options->verify || options->verify(options->data, file, bytes, err)) &&
		apply(file, options, bytes, stored, err);
}
