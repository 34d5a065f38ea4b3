#include "cmd/authorize.h"

#include <npmrc-doctor/url.h>

#define AUTHORIZE_ERROR g_quark_from_static_string("nd-authorize")

char *nd_authorize_nerf(const char *registry)
{
	g_autofree char *url = g_strconcat(g_str_has_prefix(registry, "//") ? "https:" : "",
		registry, g_str_has_suffix(registry, "/") ? "" : "/", NULL);

	return strstr(url, "://") ? nd_url_nerf(nd_span_of(url)) : NULL;
}

/* The better the smaller; 0: no credential of a registry. Where several stand side by side npm
 * takes the token first (npm-registry-fetch/lib/auth.js). */
static int rank(const char *key)
{
	static const char *const keys[] = {"_authToken", "_auth", "_password"};

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		if (g_ascii_strcasecmp(keys[i], key) == 0)
			return (int)i + 1;
	return 0;
}

/* Several items for one location are told apart by their file. */
struct choice {
	const struct nd_keyring_item *best;
	bool users, several;
};

static void consider(
	struct choice *choice, const struct nd_keyring_item *item, const char *user_file)
{
	bool users = g_strcmp0(item->file, user_file) == 0;

	if (!choice->best || (users && !choice->users)) {
		*choice = (struct choice){item, users, false};
	} else if (users == choice->users) {
		choice->several |= !users && !g_str_equal(item->file, choice->best->file);
		if (rank(item->key) < rank(choice->best->key))
			choice->best = item;
	}
}

static struct choice choose(const GPtrArray *items, const char *location, const char *user_file)
{
	struct choice choice = {0};

	for (guint i = 0; i < items->len; i++) {
		const struct nd_keyring_item *item = items->pdata[i];

		if (g_str_equal(item->location, location) && rank(item->key))
			consider(&choice, item, user_file);
	}
	return choice;
}

/* //host/a/b/ -> //host/a/ -> //host/; false behind that. */
static bool go_up(char *location)
{
	size_t n = strlen(location);
	char *slash;

	if (n < 4)
		return false;
	location[n - 1] = '\0';
	slash = strrchr(location, '/');
	if (!slash || slash < location + 2)
		return false;
	slash[1] = '\0';
	return true;
}

struct nd_keyring_item *nd_authorize_find(
	struct nd_keyring *keyring, const char *nerf, const char *user_file, GError **err)
{
	g_autoptr(GPtrArray) items = nd_keyring_list(keyring, err);
	g_autofree char *location = g_strdup(nerf);
	struct choice choice = {0};

	if (!items)
		return NULL;
	do
		choice = choose(items, location, user_file);
	while (!choice.best && go_up(location));
	if (choice.best && !choice.several)
		return nd_keyring_item_new(choice.best->file, choice.best->location,
			choice.best->key, choice.best->variable);
	if (choice.best)
		g_set_error(err, AUTHORIZE_ERROR, 0,
			"the keyring holds credentials for %s of several files, and none is the "
			"user's",
			location);
	else
		g_set_error(err, AUTHORIZE_ERROR, 0,
			"the keyring holds no credentials for %s; `npmrc-doctor fix --keyring` "
			"moves them there",
			nerf);
	return NULL;
}

static struct nd_secret *prefixed(const char *scheme, struct nd_span value)
{
	GString *text = g_string_new(scheme);
	struct nd_secret *out;

	g_string_append_len(text, value.p, (gssize)value.n);
	out = nd_secret_new((struct nd_span){text->str, text->len});
	nd_wipe_gstring(text);
	return out;
}

/* _password is base64 of the password, and the user's name stands beside it in the file. */
static struct nd_secret *basic(const struct nd_keyring_item *item, struct nd_span password,
	const struct nd_context *context, GError **err)
{
	g_autofree char *key = g_strconcat(item->location, ":username", NULL);
	struct nd_run run;
	struct nd_secret *out = NULL;

	if (nd_run_read(&run, context, item->file, err)) {
		const struct nd_setting *user =
			nd_layer_get(&run.layers->layers[ND_LAYER_FILE], key);

		if (user && user->value.type == ND_TYPE_STRING) {
			gsize n;
			g_autofree guchar *decoded = g_base64_decode(password.p, &n);
			GString *pair = g_string_new_len(
				user->value.string.p, (gssize)user->value.string.n);
			char *encoded;

			g_string_append_c(pair, ':');
			g_string_append_len(pair, (const char *)decoded, (gssize)n);
			encoded = g_base64_encode((const guchar *)pair->str, pair->len);
			out = prefixed("Basic ", nd_span_of(encoded));
			nd_wipe(encoded, strlen(encoded));
			g_free(encoded);
			nd_wipe(decoded, n);
			nd_wipe_gstring(pair);
		} else {
			g_set_error(err, AUTHORIZE_ERROR, 0, "%s has no %s beside the password",
				item->file, key);
		}
	}
	nd_run_release(&run);
	return out;
}

struct nd_secret *nd_authorize_header(struct nd_keyring *keyring,
	const struct nd_keyring_item *item, const struct nd_context *context, GError **err)
{
	struct nd_secret *secret = nd_keyring_lookup(keyring, item->file, item->variable, err);
	struct nd_secret *out;

	if (!secret)
		return NULL;
	if (rank(item->key) == 3)
		out = basic(item, nd_secret_reveal(secret), context, err);
	else
		out = prefixed(
			rank(item->key) == 1 ? "Bearer " : "Basic ", nd_secret_reveal(secret));
	nd_secret_free(secret);
	return out;
}
