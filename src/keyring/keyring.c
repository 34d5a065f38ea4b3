#include "service.h"

#define SCHEMA "io.github.npmrc_doctor.Credential"

G_DEFINE_QUARK(nd-keyring-error, nd_keyring_error)

struct nd_keyring_item *nd_keyring_item_new(const char *file, const char *location, const char *key,
	const char *variable)
{
	struct nd_keyring_item *item = g_new(struct nd_keyring_item, 1);

	*item = (struct nd_keyring_item){
		.file = g_strdup(file),
		.location = g_strdup(location),
		.key = g_strdup(key),
		.variable = g_strdup(variable),
	};
	return item;
}

void nd_keyring_item_free(struct nd_keyring_item *item)
{
	if (!item)
		return;
	g_free(item->file);
	g_free(item->location);
	g_free(item->key);
	g_free(item->variable);
	g_free(item->machine);
	g_free(item);
}

void nd_keyring_free(struct nd_keyring *keyring)
{
	if (!keyring)
		return;
	g_clear_object(&keyring->service);
	g_clear_object(&keyring->bus);
	g_free(keyring);
}

struct nd_keyring *nd_keyring_open(bool interactive, GError **err)
{
	struct nd_keyring *keyring = g_new0(struct nd_keyring, 1);

	keyring->interactive = interactive;
	if (nd_keyring_connect(keyring, err))
		return keyring;
	nd_keyring_free(keyring);
	return NULL;
}

/* Pairs of name and value, ended by NULL; those without a value are left out. The schema is what
 * keeps other tools' items with the same attributes apart. */
static GVariant *attributes_of(const char *const *pairs)
{
	GVariantBuilder builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a{ss}"));

	g_variant_builder_add(&builder, "{ss}", "xdg:schema", SCHEMA);
	for (; pairs[0]; pairs += 2)
		if (pairs[1])
			g_variant_builder_add(&builder, "{ss}", pairs[0], pairs[1]);
	return g_variant_builder_end(&builder);
}

/* The name of this machine, or NULL where it is no text. */
static const char *this_machine(void)
{
	const char *name = g_get_host_name();

	return g_utf8_validate(name, -1, NULL) ? name : NULL;
}

static GVariant *attributes_of_item(const struct nd_keyring_item *item, const char *machine)
{
	const char *pairs[] = { "file", item->file, "location", item->location, "key", item->key,
		"variable", item->variable, "machine", machine, NULL };

	return attributes_of(pairs);
}

/* D-Bus carries text only. */
static bool check_item(const struct nd_keyring *keyring, const struct nd_keyring_item *item,
	GError **err)
{
	if (g_utf8_validate(item->file, -1, NULL) && g_utf8_validate(item->location, -1, NULL) &&
		g_utf8_validate(item->key, -1, NULL) && g_utf8_validate(item->variable, -1, NULL))
		return true;
	return nd_keyring_fail(keyring, ND_KEYRING_ERROR_FAILED, err,
		"the keyring cannot hold a path or key that is not UTF-8");
}

static size_t count(char **paths)
{
	return paths ? g_strv_length(paths) : 0;
}

static size_t found_count(const struct nd_found *found)
{
	return count(found->unlocked) + count(found->locked);
}

/* Which machine stored an item, as bits; the best first. */
enum whose { OURS = 1, UNMARKED = 2, FOREIGN = 4 };

/* `machine`: the only foreign one that counts, or NULL. */
static enum whose whose_is(GHashTable *attributes, const char *machine)
{
	const char *stored = g_hash_table_lookup(attributes, "machine");

	if (!stored)
		return UNMARKED;
	if (g_strcmp0(stored, this_machine()) == 0)
		return OURS;
	return machine && !g_str_equal(stored, machine) ? 0 : FOREIGN;
}

static char **select_paths(struct nd_keyring *keyring, char **paths, unsigned whose, const char *machine,
	GError **err)
{
	g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_free);

	for (; paths && *paths; paths++) {
		g_autoptr(GHashTable) attributes = nd_service_attributes(keyring, *paths, err);

		if (!attributes)
			return NULL;
		if (whose_is(attributes, machine) & whose)
			g_ptr_array_add(kept, g_strdup(*paths));
	}
	g_ptr_array_add(kept, NULL);
	return (char **)g_ptr_array_steal(kept, NULL);
}

/* Leaves those of these machines. */
static bool narrow(struct nd_keyring *keyring, struct nd_found *found, unsigned whose, const char *machine,
	GError **err)
{
	struct nd_found kept = { .unlocked = select_paths(keyring, found->unlocked, whose, machine, err) };

	if (kept.unlocked)
		kept.locked = select_paths(keyring, found->locked, whose, machine, err);
	nd_found_release(found);
	*found = kept;
	return kept.locked != NULL;
}

/* This machine's items only; an item that names none may be it. */
static bool narrow_to(struct nd_keyring *keyring, struct nd_found *found, const char *machine, GError **err)
{
	return found_count(found) == 0 ||
		narrow(keyring, found, machine ? FOREIGN : OURS | UNMARKED, machine, err);
}

/* The default collection; NO_COLLECTION where the user has none. */
static char *need_default(struct nd_keyring *keyring, GError **err)
{
	g_autoptr(GError) cause = NULL;
	char *path = nd_service_alias(keyring, SECRET_COLLECTION_DEFAULT, &cause);

	if (path)
		return path;
	if (cause)
		g_propagate_error(err, g_steal_pointer(&cause));
	else
		nd_keyring_fail(keyring, ND_KEYRING_ERROR_NO_COLLECTION, err,
			"the Secret Service has no default collection; make one (in Seahorse, say)");
	return NULL;
}

/* Some services say nothing of what is in a locked collection: unless the default one is open, that
 * nothing was found means nothing. `opened`: it was locked, so searching again is worth it. */
static bool open_default(struct nd_keyring *keyring, bool *opened, GError **err)
{
	g_autofree char *path = need_default(keyring, err);
	const char *paths[] = { path, NULL };

	return path && nd_service_is_locked(keyring, path, opened, err) &&
		(!*opened || nd_service_unlock(keyring, paths, err));
}

static bool unlock_found(struct nd_keyring *keyring, struct nd_found *found, GError **err)
{
	return count(found->locked) == 0 ||
		nd_service_unlock(keyring, (const char *const *)found->locked, err);
}

static bool fail_missing(const struct nd_keyring *keyring, GError **err)
{
	return nd_keyring_fail(keyring, ND_KEYRING_ERROR_MISSING, err, "the keyring holds no secret for %s",
		keyring->variable ? keyring->variable : "npmrc-doctor");
}

/* Searches; finding nothing is an error of its own kind for every reason. */
static bool find(struct nd_keyring *keyring, GVariant *attributes, struct nd_found *found,
	GError **err)
{
	g_autoptr(GVariant) wanted = g_variant_ref_sink(attributes);
	bool opened = false;

	if (!nd_service_search(keyring, wanted, found, err))
		return false;
	if (found_count(found) > 0)
		return true;
	if (!open_default(keyring, &opened, err))
		return false;
	if (opened && !nd_service_search(keyring, wanted, found, err))
		return false;
	return found_count(found) > 0 || fail_missing(keyring, err);
}

static bool fail_several(const struct nd_keyring *keyring, GError **err)
{
	nd_keyring_fail(keyring, ND_KEYRING_ERROR_MISSING, err,
		"the keyring holds several secrets for %s, none of them for this file and machine alone",
		keyring->variable);
	return false;
}

static struct nd_secret *read_all(struct nd_keyring *keyring, char **paths, GError **err)
{
	/* There is one at least. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	struct nd_secret *first = nd_service_read(keyring, paths[0], err);

	for (char **path = paths + 1; first && *path; path++) {
		struct nd_secret *other = nd_service_read(keyring, *path, err);
		bool same = other && nd_secret_equal(first, other);

		nd_secret_free(other);
		if (same)
			continue;
		if (other)
			fail_several(keyring, err);
		nd_secret_free(first);
		return NULL;
	}
	return first;
}

/* Of several the nearest: this machine's, else those that name none, else other machines'. */
static bool prefer_ours(struct nd_keyring *keyring, struct nd_found *found, GError **err)
{
	static const enum whose order[] = { OURS, UNMARKED, FOREIGN };

	for (size_t i = 0; found_count(found) > 1 && i < G_N_ELEMENTS(order); i++) {
		struct nd_found some = { g_strdupv(found->unlocked), g_strdupv(found->locked) };

		if (!narrow(keyring, &some, order[i], NULL, err)) {
			nd_found_release(&some);
			return false;
		}
		if (found_count(&some) == 0) {
			nd_found_release(&some);
			continue;
		}
		nd_found_release(found);
		*found = some;
		break;
	}
	return true;
}

/* The item of this variable, of this file if there are several. */
static bool find_variable(struct nd_keyring *keyring, const char *file, struct nd_found *found,
	GError **err)
{
	const char *pairs[] = { "variable", keyring->variable, "file", NULL, NULL };

	if (!g_utf8_validate(keyring->variable, -1, NULL))
		return nd_keyring_fail(keyring, ND_KEYRING_ERROR_MISSING, err,
			"the keyring cannot hold a variable whose name is not UTF-8");
	if (!find(keyring, attributes_of(pairs), found, err))
		return false;
	if (found_count(found) == 1)
		return true;
	if (!file || !g_utf8_validate(file, -1, NULL))
		return fail_several(keyring, err);
	pairs[3] = file;
	return nd_service_search(keyring, attributes_of(pairs), found, err) &&
		(found_count(found) > 0 || fail_several(keyring, err)) &&
		prefer_ours(keyring, found, err);
}

struct nd_secret *nd_keyring_lookup(struct nd_keyring *keyring, const char *file,
	const char *variable, GError **err)
{
	struct nd_secret *secret = NULL;
	struct nd_found found = { 0 };

	nd_keyring_begin(keyring, variable);
	if (find_variable(keyring, file, &found, err)) {
		if (count(found.unlocked) > 0)
			secret = read_all(keyring, found.unlocked, err);
		else if (unlock_found(keyring, &found, err))
			secret = read_all(keyring, found.locked, err);
	}
	nd_found_release(&found);
	return secret;
}

static bool verify(struct nd_keyring *keyring, const char *path, const struct nd_secret *secret,
	GError **err)
{
	struct nd_secret *back = nd_service_read(keyring, path, err);
	bool same = back && nd_secret_equal(back, secret);

	if (back && !same)
		nd_keyring_fail(keyring, ND_KEYRING_ERROR_MISMATCH, err,
			"the keyring gave back something else than was stored; what it holds for %s is "
			"useless",
			keyring->variable);
	nd_secret_free(back);
	return same;
}

static bool is_within(const char *path, const char *collection)
{
	size_t n = strlen(collection);

	return g_str_has_prefix(path, collection) && (!path[n] || path[n] == '/');
}

/* The session's collection is in memory alone: at logout the only copy would be gone. Services without one
 * may call the question an error. `paths`: collections or items. */
static bool will_last(struct nd_keyring *keyring, char *const *paths, GError **err)
{
	bool any = paths && *paths;
	g_autofree char *session = any ? nd_service_alias(keyring, SECRET_COLLECTION_SESSION, NULL) : NULL;

	for (; session && *paths; paths++)
		if (is_within(*paths, session))
			return nd_keyring_fail(keyring, ND_KEYRING_ERROR_NO_COLLECTION, err,
				"the Secret Service would keep %s until logout only (its collection is the "
				"session's); make another collection the default one (in Seahorse, say)",
				keyring->variable);
	return true;
}

static bool overwrite(struct nd_keyring *keyring, char **paths, const struct nd_secret *secret,
	GError **err)
{
	for (; paths && *paths; paths++)
		if (!nd_service_write(keyring, *paths, secret, err) ||
			!verify(keyring, *paths, secret, err))
			return false;
	return true;
}

static bool create(struct nd_keyring *keyring, const struct nd_keyring_item *item,
	const struct nd_secret *secret, GError **err)
{
	g_autofree char *collection = need_default(keyring, err);
	char *paths[] = { collection, NULL };
	g_autofree char *label = NULL, *path = NULL;
	struct nd_new_item made;

	if (!collection || !will_last(keyring, paths, err) ||
		!nd_service_unlock(keyring, (const char *const *)paths, err))
		return false;
	label = g_strdup_printf("npmrc-doctor: %s for %s", item->key, item->location);
	made = (struct nd_new_item){ collection, label, attributes_of_item(item, this_machine()), secret };
	path = nd_service_create(keyring, &made, err);
	return path && verify(keyring, path, secret, err);
}

/* An item that exists keeps its place and label, wherever the user has put it; a second one in the
 * default collection would make the variable ambiguous. */
static bool put(struct nd_keyring *keyring, const struct nd_keyring_item *item,
	const struct nd_secret *secret, GError **err)
{
	struct nd_found found = { 0 };
	bool ok = nd_service_search(keyring, attributes_of_item(item, NULL), &found, err) &&
		narrow_to(keyring, &found, NULL, err) && will_last(keyring, found.unlocked, err) &&
		unlock_found(keyring, &found, err);

	if (ok && found_count(&found) == 0)
		ok = create(keyring, item, secret, err);
	else if (ok)
		ok = overwrite(keyring, found.unlocked, secret, err) &&
			overwrite(keyring, found.locked, secret, err);
	nd_found_release(&found);
	return ok;
}

bool nd_keyring_store(struct nd_keyring *keyring, const struct nd_keyring_item *item,
	const struct nd_secret *secret, GError **err)
{
	nd_keyring_begin(keyring, item->variable);
	if (nd_secret_reveal(secret).n > ND_KEYRING_MAX_SECRET) {
		g_set_error(err, ND_KEYRING_ERROR, ND_KEYRING_ERROR_TOO_BIG,
			"the secret of %s is longer than %zu bytes and was not stored", item->variable,
			ND_KEYRING_MAX_SECRET);
		return false;
	}
	return check_item(keyring, item, err) && put(keyring, item, secret, err);
}

static bool delete_all(struct nd_keyring *keyring, char **paths, GError **err)
{
	for (; paths && *paths; paths++)
		if (!nd_service_delete(keyring, *paths, err))
			return false;
	return true;
}

bool nd_keyring_delete(struct nd_keyring *keyring, const struct nd_keyring_item *item, GError **err)
{
	struct nd_found found = { 0 };
	bool ok;

	nd_keyring_begin(keyring, item->variable);
	ok = check_item(keyring, item, err) &&
		find(keyring, attributes_of_item(item, NULL), &found, err) &&
		narrow_to(keyring, &found, item->machine, err) &&
		(found_count(&found) > 0 || fail_missing(keyring, err)) &&
		unlock_found(keyring, &found, err) && delete_all(keyring, found.unlocked, err) &&
		delete_all(keyring, found.locked, err);
	nd_found_release(&found);
	return ok;
}

static int compare_items(gconstpointer a, gconstpointer b)
{
	const struct nd_keyring_item *x = *(struct nd_keyring_item *const *)a;
	const struct nd_keyring_item *y = *(struct nd_keyring_item *const *)b;
	int order = strcmp(x->file, y->file);

	if (order == 0)
		order = strcmp(x->location, y->location);
	if (order == 0)
		order = strcmp(x->key, y->key);
	if (order == 0)
		order = strcmp(x->variable, y->variable);
	return order ? order : g_strcmp0(x->machine, y->machine);
}

static const char *text_of(GHashTable *attributes, const char *name)
{
	const char *text = g_hash_table_lookup(attributes, name);

	return text ? text : "";
}

static bool describe_all(struct nd_keyring *keyring, char **paths, GPtrArray *items, GError **err)
{
	for (; paths && *paths; paths++) {
		g_autoptr(GHashTable) attributes = nd_service_attributes(keyring, *paths, err);
		struct nd_keyring_item *item;

		if (!attributes)
			return false;
		item = nd_keyring_item_new(text_of(attributes, "file"), text_of(attributes, "location"),
			text_of(attributes, "key"), text_of(attributes, "variable"));
		if (whose_is(attributes, NULL) == FOREIGN)
			item->machine = g_strdup(text_of(attributes, "machine"));
		g_ptr_array_add(items, item);
	}
	return true;
}

/* Everything that is ours. None at all is no error, but a locked collection may hide some. */
static bool find_all(struct nd_keyring *keyring, struct nd_found *found, GError **err)
{
	const char *none[] = { NULL };
	GError *cause = NULL;

	if (find(keyring, attributes_of(none), found, &cause))
		return unlock_found(keyring, found, err);
	if (g_error_matches(cause, ND_KEYRING_ERROR, ND_KEYRING_ERROR_MISSING) ||
		g_error_matches(cause, ND_KEYRING_ERROR, ND_KEYRING_ERROR_NO_COLLECTION)) {
		g_error_free(cause);
		return true;
	}
	g_propagate_error(err, cause);
	return false;
}

GPtrArray *nd_keyring_list(struct nd_keyring *keyring, GError **err)
{
	g_autoptr(GPtrArray) items =
		g_ptr_array_new_with_free_func((GDestroyNotify)nd_keyring_item_free);
	struct nd_found found = { 0 };
	bool ok;

	nd_keyring_begin(keyring, NULL);
	ok = find_all(keyring, &found, err) && describe_all(keyring, found.unlocked, items, err) &&
		describe_all(keyring, found.locked, items, err);
	nd_found_release(&found);
	if (!ok)
		return NULL;
	g_ptr_array_sort(items, compare_items);
	return g_steal_pointer(&items);
}
