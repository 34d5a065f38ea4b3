#include <npmrc-doctor/file.h>
#include <npmrc-doctor/helper.h>
#include <npmrc-doctor/view.h>

static const char helper_key[] = "tokenHelper";

/* Readable, and different for different registries whatever the readable part leaves out. */
static char *helper_name(const char *location)
{
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, location, -1);
	g_autofree char *name = g_strdup(location + 2);

	g_strcanon(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-", '_');
	return g_strdup_printf("%.100s%.8s", name, sum);
}

char *nd_helper_path(const struct nd_env *env, const char *location)
{
	g_autofree char *file = helper_name(location);
	g_autofree char *name = g_build_filename("token-helpers", file, NULL);

	return nd_env_data_path(env, name);
}

/* The location where the entry is a helper's line, whoever's helper; owned by the caller. */
static char *location_of(const struct nd_ini_entry *entry)
{
	size_t n = sizeof(helper_key); /* with the colon */
	struct nd_span key = entry->key;

	if (entry->dropped || !entry->key_text.plain || entry->key_text.quote || key.n < n + 3 ||
		memcmp(key.p, "//", 2) != 0 || key.p[key.n - n] != ':' ||
		memcmp(key.p + key.n - n + 1, helper_key, n - 1) != 0 || memchr(key.p, '\0', key.n))
		return NULL;
	return g_strndup(key.p, key.n - n);
}

static bool is_line(const struct nd_ini_entry *entry, const char *location, const char *path)
{
	g_autofree char *found = location_of(entry);

	return found && g_str_equal(found, location) &&
	       (!path || (entry->text.value.type == ND_TYPE_STRING &&
				 nd_span_is(entry->text.value.string, path)));
}

GPtrArray *nd_helper_locations(const struct nd_layer *layer, const struct nd_env *env)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);

	for (size_t i = 0; layer->ini && i < nd_ini_entry_count(layer->ini); i++) {
		const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, i);
		g_autofree char *location = location_of(entry);
		g_autofree char *path = location ? nd_helper_path(env, location) : NULL;

		if (path && is_line(entry, location, path) &&
			!g_ptr_array_find_with_equal_func(out, location, g_str_equal, NULL))
			g_ptr_array_add(out, g_steal_pointer(&location));
	}
	return out;
}

static void add(GArray *splices, size_t start, size_t end, const char *text)
{
	struct nd_splice splice = {start, end, nd_span_of(text)};

	g_array_append_val(splices, splice);
}

/* Quotes stay. */
static void add_value(GArray *splices, const struct nd_ini_entry *entry, const char *value)
{
	size_t quote = entry->text.quote != 0;

	add(splices, entry->text.start + quote, entry->text.end - quote, value);
}

/* Writes another last part of the key, and another value; false where the key is spelt in some way that
 * hides its end. */
static bool rewrite(GArray *splices, const struct nd_layer *layer, const struct nd_ini_entry *entry,
	const char *const parts[2], const char *value)
{
	size_t n = strlen(parts[0]), end = entry->key_text.end;
	const char *bytes = nd_doc_bytes(layer->doc).p;

	if (entry->key_text.quote || end - entry->key_text.start < n ||
		g_ascii_strncasecmp(bytes + end - n, parts[0], n) != 0)
		return false;
	add(splices, end - n, end, parts[1]);
	add_value(splices, entry, value);
	return true;
}

/* The item's references that are a whole value. */
static bool rewrite_references(GArray *splices, const struct nd_layer *layer, const GPtrArray *references,
	const struct nd_keyring_item *item, const char *path)
{
	g_autofree char *text = g_strdup_printf("${%s}", item->variable);
	bool any = false;

	for (guint i = 0; i < references->len; i++) {
		const struct nd_reference *reference = references->pdata[i];
		const struct nd_ini_entry *entry = nd_ini_entry(reference->in->ini, reference->entry);

		if (reference->in == layer && !entry->dropped && !entry->list &&
			g_str_equal(reference->variable, item->variable) &&
			g_strcmp0(reference->location, item->location) == 0 &&
			nd_span_is(entry->text.value.string, text))
			any |= rewrite(splices, layer, entry,
				(const char *const[2]){item->key, helper_key}, path);
	}
	return any;
}

static GString *appended(const struct nd_layer *layer, const char *location, const char *path)
{
	struct nd_span bytes = layer->doc ? nd_doc_bytes(layer->doc) : (struct nd_span){"", 0};
	bool crlf = bytes.n >= 2 && bytes.p[bytes.n - 2] == '\r' && bytes.p[bytes.n - 1] == '\n';
	bool open = bytes.n && bytes.p[bytes.n - 1] != '\n' && bytes.p[bytes.n - 1] != '\r';
	GString *out = g_string_sized_new(bytes.n + strlen(location) + strlen(path) + 32);

	g_string_append_len(out, bytes.p, (gssize)bytes.n);
	g_string_append_printf(out, "%s%s:%s=%s%s", open ? "\n" : "", location, helper_key, path,
		crlf ? "\r\n" : "\n");
	return out;
}

GString *nd_helper_put_in(const struct nd_layer *layer, const GPtrArray *references,
	const struct nd_keyring_item *item, const char *path)
{
	g_autoptr(GArray) splices = g_array_new(FALSE, FALSE, sizeof(struct nd_splice));
	bool replaced = layer->ini && rewrite_references(splices, layer, references, item, path);

	for (size_t i = 0; layer->ini && i < nd_ini_entry_count(layer->ini); i++) {
		const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, i);
		const struct nd_line *line = nd_doc_line(layer->doc, entry->line);

		if (!is_line(entry, item->location, NULL))
			continue;
		if (replaced)
			add(splices, line->start, line->end, "");
		else if (line->kind == ND_LINE_PAIR)
			add_value(splices, entry, path);
	}
	if (!splices->len)
		return appended(layer, item->location, path);
	return nd_doc_splice(layer->doc, (const struct nd_splice *)(void *)splices->data, splices->len);
}

GString *nd_helper_take_out(const struct nd_layer *layer, const struct nd_keyring_item *item, const char *path)
{
	g_autoptr(GArray) splices = g_array_new(FALSE, FALSE, sizeof(struct nd_splice));
	g_autofree char *text = g_strdup_printf("${%s}", item->variable);

	for (size_t i = 0; i < nd_ini_entry_count(layer->ini); i++) {
		const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, i);

		if (is_line(entry, item->location, path))
			rewrite(splices, layer, entry, (const char *const[2]){helper_key, item->key}, text);
	}
	return nd_doc_splice(layer->doc, (const struct nd_splice *)(void *)splices->data, splices->len);
}

struct nd_keyring_item *nd_helper_doubled(const struct nd_layer *user, const GPtrArray *references,
	const struct nd_env *env)
{
	g_autoptr(GPtrArray) locations = nd_helper_locations(user, env);

	for (guint i = 0; i < references->len; i++) {
		const struct nd_reference *reference = references->pdata[i];
		g_autofree char *key = g_strndup(reference->key.p, reference->key.n);

		if (reference->in == user && nd_variable_is_ours(reference->variable) &&
			g_ptr_array_find_with_equal_func(locations, reference->location, g_str_equal, NULL))
			return nd_keyring_item_new(
				user->file->path, reference->location, key, reference->variable);
	}
	return NULL;
}

bool nd_helper_write(const struct nd_layer *layer, GString *bytes, GError **err)
{
	const struct nd_file *file = layer->file;
	struct nd_replace replace = {.path = file->path,
		.was = &file->id,
		.bytes = {bytes->str, bytes->len},
		.max_mode = 0600};
	bool same = file->bytes && bytes->len == file->size && memcmp(bytes->str, file->bytes, file->size) == 0;
	bool ok = same || nd_file_replace(&replace, NULL, err);

	g_string_free(bytes, TRUE);
	return ok;
}
