#include "internal.h"

/* NPMRC_SECRET_REGISTRY_EXAMPLE_NPM_AUTHTOKEN: readable, unique among the files that are in effect
 * and the same from run to run, as it is made of location, key and layer alone. */

#define MAX_BODY 80 /* the rest of 120 is for prefix, hash, layer and number */

bool nd_variable_is_ours(const char *name)
{
	return g_str_has_prefix(name, ND_SECRET_PREFIX);
}

static void append_words(GString *out, const char *text, size_t n)
{
	bool gap = true;

	for (size_t i = 0; i < n; i++) {
		if (!g_ascii_isalnum(text[i])) {
			gap = true;
			continue;
		}
		if (gap)
			g_string_append_c(out, '_');
		gap = false;
		g_string_append_c(out, g_ascii_toupper(text[i]));
	}
}

static bool is_plain(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!g_ascii_islower(text[i]) && !g_ascii_isdigit(text[i]) &&
			!strchr("./-:@", text[i]))
			return false;
	return true;
}

/* Whether nothing but case and punctuation that hosts and paths usually have is lost. */
static bool is_readable(const struct nd_spot *spot)
{
	bool known = spot->kind == ND_SPOT_TOKEN || spot->kind == ND_SPOT_PASSWORD;

	return is_plain(spot->location, strlen(spot->location)) &&
	       (known || is_plain(spot->key.p, spot->key.n));
}

static void append_hash(GString *out, const struct nd_spot *spot)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree char *hash = NULL;

	g_checksum_update(sum, (const guchar *)spot->location, (gssize)strlen(spot->location));
	g_checksum_update(sum, (const guchar *)"", 1);
	g_checksum_update(sum, (const guchar *)spot->key.p, (gssize)spot->key.n);
	hash = g_ascii_strup(g_checksum_get_string(sum), 6);
	g_string_append_printf(out, "_%.6s", hash);
}

static const char *layer_suffix(enum nd_layer_id layer)
{
	switch (layer) {
	case ND_LAYER_PROJECT:
		return "_PROJECT";
	case ND_LAYER_GLOBAL:
		return "_GLOBAL";
	case ND_LAYER_FILE:
		return "_FILE";
	default:
		return "";
	}
}

static char *base_name(const struct nd_spot *spot, bool hashed)
{
	GString *out = g_string_new(NULL);

	append_words(out, spot->location, strlen(spot->location));
	append_words(out, spot->key.p, spot->key.n);
	if (out->len > MAX_BODY) {
		g_string_truncate(out, MAX_BODY);
		hashed = true;
	}
	/* The words begin with the last of it. */
	g_string_prepend_len(out, ND_SECRET_PREFIX, strlen(ND_SECRET_PREFIX) - 1);
	if (hashed || !is_readable(spot))
		append_hash(out, spot);
	g_string_append(out, layer_suffix(spot->layer));
	return g_string_free(out, FALSE);
}

static bool same_place(const struct nd_spot *a, const struct nd_spot *b)
{
	return a->in == b->in && strcmp(a->location, b->location) == 0 &&
	       nd_span_equal(a->key, b->key);
}

enum owner {
	OWNER_NONE,
	OWNER_SAME,   /* the same place with the same value: one variable serves both */
	OWNER_NUMBER, /* the same place with another value, or unknown */
	OWNER_OTHER,  /* another place */
};

static enum owner owner_of(
	const char *name, const struct nd_spot *spot, const GPtrArray *spots, GHashTable *taken)
{
	for (guint i = 0; i < spots->len; i++) {
		const struct nd_spot *other = g_ptr_array_index(spots, i);

		if (strcmp(other->variable, name) != 0)
			continue;
		if (!same_place(spot, other))
			return OWNER_OTHER;
		return nd_secret_equal(spot->value, other->value) ? OWNER_SAME : OWNER_NUMBER;
	}
	return g_hash_table_contains(taken, name) ? OWNER_NUMBER : OWNER_NONE;
}

char *nd_spot_name(const struct nd_spot *spot, const GPtrArray *spots, GHashTable *taken)
{
	g_autofree char *base = base_name(spot, false);
	enum owner owner = owner_of(base, spot, spots, taken);
	char *name;

	if (owner == OWNER_OTHER) {
		g_free(base);
		base = base_name(spot, true);
		owner = owner_of(base, spot, spots, taken);
	}
	name = g_strdup(base);
	for (unsigned n = 2; owner != OWNER_NONE && owner != OWNER_SAME; n++) {
		g_free(name);
		name = g_strdup_printf("%s_%u", base, n);
		owner = owner_of(name, spot, spots, taken);
	}
	return name;
}
