#include <npmrc-doctor/authorize.h>
#include <npmrc-doctor/url.h>
#include <npmrc-doctor/view.h>

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

/* Behind which others the item's reference stands: 0 where nothing refers to it. A key that comes twice
 * has two items, and npm takes the last. */
static guint place_of(const GPtrArray *references, const struct nd_keyring_item *item)
{
	for (guint i = references ? references->len : 0; i-- > 0;) {
		const struct nd_reference *reference = references->pdata[i];

		if (g_str_equal(reference->variable, item->variable) &&
			g_strcmp0(reference->location, item->location) == 0)
			return i + 1;
	}
	return 0;
}

static bool is_better(const struct nd_keyring_item *a, const struct nd_keyring_item *b,
	const GPtrArray *references)
{
	if (rank(a->key) != rank(b->key))
		return rank(a->key) < rank(b->key);
	return place_of(references, a) > place_of(references, b);
}

/* The best item of one file for a location, or NULL. */
static const struct nd_keyring_item *choose(const GPtrArray *items, const char *location,
	const char *file, const GPtrArray *references)
{
	const struct nd_keyring_item *best = NULL;

	for (guint i = 0; i < items->len; i++) {
		const struct nd_keyring_item *item = items->pdata[i];

		if (g_str_equal(item->location, location) && g_str_equal(item->file, file) &&
			rank(item->key) && (!best || is_better(item, best, references)))
			best = item;
	}
	return best;
}

/* A file that npm does not read here has its credentials for itself, whatever registry they are for:
 * another user's, another project's. */
static const struct nd_keyring_item *choose_of(const GPtrArray *items, const char *location,
	const struct nd_authorize *how)
{
	const struct nd_keyring_item *best = NULL;

	for (guint i = 0; !best && i < how->files->len; i++)
		best = choose(items, location, how->files->pdata[i], how->references);
	return best;
}

/* Whose credentials for the location are there all the same. */
static const char *other_file(const GPtrArray *items, const char *nerf)
{
	for (guint i = 0; i < items->len; i++) {
		const struct nd_keyring_item *item = items->pdata[i];

		if (g_str_has_prefix(nerf, item->location) && rank(item->key))
			return item->file;
	}
	return NULL;
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
	struct nd_keyring *keyring, const char *nerf, const struct nd_authorize *how, GError **err)
{
	g_autoptr(GPtrArray) items = nd_keyring_list(keyring, err);
	g_autofree char *location = g_strdup(nerf);
	const struct nd_keyring_item *best;
	const char *other;

	if (!items)
		return NULL;
	do
		best = choose_of(items, location, how);
	while (!best && go_up(location));
	if (best)
		return nd_keyring_item_new(best->file, best->location, best->key, best->variable);
	other = other_file(items, nerf);
	if (other)
		g_set_error(err, AUTHORIZE_ERROR, 0,
			"the keyring holds credentials for %s of %s alone, which does not count here", nerf,
			other);
	else
		g_set_error(err, AUTHORIZE_ERROR, 0,
			"the keyring holds no credentials for %s; `npmrc-doctor fix --keyring` "
			"moves them there",
			nerf);
	return NULL;
}

static struct nd_secret *prefixed(const char *scheme, struct nd_span value)
{
	g_autoptr(GString) text = g_string_new(scheme);

	g_string_append_len(text, value.p, (gssize)value.n);
	return nd_secret_new((struct nd_span){text->str, text->len});
}

/* _password is base64 of the password, and the user's name stands beside it in the file. */
static struct nd_secret *basic(const struct nd_keyring_item *item, struct nd_span password,
	const struct nd_layers *layers, GError **err)
{
	const struct nd_layers_options options = {
		.env = layers->env,
		.npm = layers->npm,
		.npm_major = layers->npm_major,
		.client = layers->client,
		.client_major = layers->client_major,
	};
	struct nd_layers *file = nd_layers_load_file(&options, item->file, err);
	g_autofree char *key = g_strconcat(item->location, ":username", NULL);
	struct nd_secret *out = NULL;

	if (file) {
		const struct nd_setting *user =
			nd_layer_get(&file->layers[ND_LAYER_FILE], key);

		if (user && user->value.type == ND_TYPE_STRING) {
			gsize n;
			g_autofree guchar *decoded = g_base64_decode(password.p, &n);
			g_autoptr(GString) pair = g_string_new_len(
				user->value.string.p, (gssize)user->value.string.n);
			g_autofree char *encoded = NULL;

			g_string_append_c(pair, ':');
			g_string_append_len(pair, (const char *)decoded, (gssize)n);
			encoded = g_base64_encode((const guchar *)pair->str, pair->len);
			out = prefixed("Basic ", nd_span_of(encoded));
		} else {
			g_set_error(err, AUTHORIZE_ERROR, 0, "%s has no %s beside the password",
				item->file, key);
		}
	}
	nd_layers_free(file);
	return out;
}

struct nd_secret *nd_authorize_header(struct nd_keyring *keyring,
	const struct nd_keyring_item *item, const struct nd_layers *layers, GError **err)
{
	struct nd_secret *secret = nd_keyring_lookup(keyring, item->file, item->variable, err);
	struct nd_secret *out;

	if (!secret)
		return NULL;
	if (rank(item->key) == 3)
		out = basic(item, nd_secret_reveal(secret), layers, err);
	else
		out = prefixed(
			rank(item->key) == 1 ? "Bearer " : "Basic ", nd_secret_reveal(secret));
	nd_secret_free(secret);
	return out;
}
