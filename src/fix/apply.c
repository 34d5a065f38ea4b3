#include <npmrc-doctor/apply.h>

static char *real_path(const char *path)
{
	char *real = realpath(path, NULL);
	char *out = g_strdup(real ? real : path);

	free(real);
	return out;
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
		item = nd_keyring_item_new(path, edit->location, edit->key, edit->variable);
		ok = nd_keyring_store(keyring, item, edit->secret, err);
		nd_keyring_item_free(item);
		if (!ok)
			return false;
		++*stored;
	}
	return true;
}

bool nd_apply_file(const struct nd_plan_file *file, const struct nd_apply_options *options,
	size_t *stored, GError **err)
{
	GString *bytes = nd_plan_result(file);
	struct nd_replace replace = {
		.path = file->file->path,
		.was = &file->file->id,
		.bytes = { bytes->str, bytes->len },
		.max_mode = file->tighten ? 0600 : 07777,
	};
	bool ok;

	*stored = 0;
	ok = !options->verify || options->verify(options->data, file, bytes, err);
	ok = ok && store_secrets(file, options->keyring, stored, err);
	ok = ok && nd_file_replace(&replace, NULL, err);
	nd_wipe_gstring(bytes);
	return ok;
}
