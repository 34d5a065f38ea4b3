#include "deliver/stand_in.h"

#include <npmrc-doctor/authorize.h>
#include <npmrc-doctor/helper.h>
#include <npmrc-doctor/path.h>
#include <npmrc-doctor/verify.h>

#define STAND_IN_ERROR g_quark_from_static_string("nd-stand-in")

/* Whether npm finds credentials for just this location in some layer. */
static bool has_credentials(const struct nd_layers *layers, const char *location)
{
	static const char *const keys[] = {"_authToken", "_auth", "_password"};

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
		g_autofree char *key = g_strconcat(location, ":", keys[i], NULL);

		if (nd_layers_get(layers, key))
			return true;
	}
	return false;
}

GPtrArray *nd_stand_in_locations(const struct nd_layers *layers)
{
	GPtrArray *all = nd_helper_locations(&layers->layers[ND_LAYER_USER], layers->env);

	for (guint i = all->len; i-- > 0;)
		if (has_credentials(layers, all->pdata[i]))
			g_ptr_array_remove_index(all, i);
	return all;
}

/* Whether npm takes the text of a variable, or what ini makes of a line, for just this value. */
static bool is_literal(struct nd_span value)
{
	static const char *const words[] = {"", "true", "false", "null", "undefined"};

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (nd_span_is(value, words[i]))
			return false;
	return nd_doc_trim(value).n == value.n && !memmem(value.p, value.n, "${", 2) &&
	       !memchr(value.p, '\0', value.n) && !memchr(value.p, '\n', value.n);
}

bool nd_stand_in_fetch(const struct nd_layers *layers, const char *location, struct nd_keyring *keyring,
	GPtrArray *out, GError **err)
{
	const char *path = layers->layers[ND_LAYER_USER].file->path;
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	struct nd_keyring_item *item;
	struct nd_secret *secret = NULL;
	bool ok;

	g_ptr_array_add(files, nd_path_real(path));
	item = nd_authorize_find(keyring, location, &(struct nd_authorize){files, NULL}, err);
	if (item)
		secret = nd_keyring_lookup(keyring, item->file, item->variable, err);
	ok = secret && is_literal(nd_secret_reveal(secret));
	if (ok) {
		g_autofree char *key = g_strconcat(item->location, ":", item->key, NULL);

		nd_delivered_add(out, key, secret);
	} else if (secret) {
		g_set_error(err, STAND_IN_ERROR, 0, "the keyring's secret cannot be handed to npm as it is");
	}
	if (!ok)
		g_prefix_error(err, "%s:tokenHelper in %s stands for a secret: ", location, path);
	nd_secret_free(secret);
	nd_keyring_item_free(item);
	return ok;
}

GString *nd_stand_in_prepend(GString *file, const GPtrArray *settings, int npm_major)
{
	g_autoptr(GString) out = g_string_new(NULL), rest = file;

	for (guint i = 0; i < settings->len; i++) {
		const struct nd_delivered *setting = settings->pdata[i];

		g_string_append_printf(out, "%s=", setting->name);
		if (!nd_ini_encode(nd_secret_reveal(setting->value), npm_major, out))
			return NULL;
		g_string_append_c(out, '\n');
	}
	g_string_append_len(out, rest->str, (gssize)rest->len);
	return g_steal_pointer(&out);
}
