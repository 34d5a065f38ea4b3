#include "deliver/fill.h"
#include "deliver/stand_in.h"

#include <npmrc-doctor/deliver.h>
#include <npmrc-doctor/keyring.h>
#include <npmrc-doctor/path.h>
#include <npmrc-doctor/redact.h>

#define DELIVER_ERROR g_quark_from_static_string("nd-deliver")

/* One delivery in the making. */
struct delivery {
	const struct nd_delivery_options *options;
	const struct nd_call *call; /* NULL: there is none */
	const struct nd_layers *layers;
	const GPtrArray *references;
	struct nd_keyring *keyring; /* opened when the first secret is needed */
	GPtrArray *fetched;	    /* struct nd_delivered */
	GPtrArray *stand_ins;	    /* struct nd_delivered: settings of npm's that no file has */
};

static bool is_ours(const struct nd_reference *reference)
{
	return nd_variable_is_ours(reference->variable);
}

/* ${VAR?} (npm 11 and later) and ${VAR-text} (pnpm) do without the variable. */
static bool is_optional(const struct nd_reference *reference)
{
	struct nd_span bytes = nd_doc_bytes(reference->in->doc);

	return reference->end - reference->start >= 2 && bytes.p[reference->end - 2] == '?';
}

static bool has_alternative(const struct nd_reference *reference)
{
	return is_optional(reference) || strpbrk(reference->variable, "-:?") != NULL;
}

static bool has_in(const char *from, const char *to, char c)
{
	return from < to && memchr(from, c, (size_t)(to - from)) != NULL;
}

/* Whether it stands in front of the host of the value, which is a URL: in the password, or for the
 * user's name alone where that may be a token. */
static bool is_in_userinfo(const struct nd_reference *reference, bool name_too)
{
	struct nd_span bytes = nd_doc_bytes(reference->in->doc);
	const struct nd_ini_entry *entry = nd_ini_entry(reference->in->ini, reference->entry);
	const char *start = bytes.p + entry->text.start, *here = bytes.p + reference->start,
		   *behind = bytes.p + reference->end, *end = bytes.p + entry->text.end, *at = behind,
		   *slashes = here > start ? memmem(start, (size_t)(here - start), "//", 2) : NULL;

	while (at < end && !strchr("@/?#", *at))
		at++;
	return at < end && *at == '@' &&
	       (name_too || has_in(slashes ? slashes + 2 : start, here, ':'));
}

/* Whether the variable stands for a credential: ours, or the whole value of a key that holds one, or in
 * a URL's password. A host, a name or a whole URL in a variable that is not set is npm's to complain
 * about. */
static bool is_secret(const struct nd_reference *reference)
{
	bool registry = nd_span_is(reference->key, "registry") ||
			(reference->key.n && reference->key.p[0] == '@');

	if (is_ours(reference) || nd_redact_key(reference->key))
		return true;
	return (registry || (reference->location && *reference->location)) &&
	       is_in_userinfo(reference, registry);
}

static bool is_same_file(const struct nd_layer *a, const struct nd_layer *b)
{
	return a->file && b->file && a->file->state == ND_READ_OK && b->file->state == ND_READ_OK &&
	       a->file->id.dev == b->file->id.dev && a->file->id.ino == b->file->id.ino;
}

/* npm reads the user's file as the project's too where a link hides that they are one; run in the
 * home directory with another user file, it would read it as the project's. */
static bool is_project_too(const struct nd_layers *layers)
{
	return is_same_file(&layers->layers[ND_LAYER_PROJECT], &layers->layers[ND_LAYER_USER]);
}

/* pnpm 11 and later drop a project's line that has a variable in a credential, not the file. */
static bool drops_line(const struct delivery *d, const struct nd_reference *reference)
{
	return d->layers->client == ND_CLIENT_PNPM && d->layers->client_major > 10 &&
	       reference->in->id == ND_LAYER_PROJECT;
}

/* Whether the client stumbles without it. pnpm 10 and yarn expand the whole file and give all of it up
 * for one variable that is not set, so for them a shadowed line counts as well. */
static bool is_wanted(const struct delivery *d, const struct nd_reference *reference)
{
	bool all = d->call && d->call->known && d->call->client != ND_CLIENT_NPM &&
		   !drops_line(d, reference);

	if (reference->in->ignored || has_alternative(reference) || !is_secret(reference))
		return false;
	return reference->effective || all || is_project_too(d->layers);
}

static bool is_given(const struct delivery *d, const char *variable)
{
	return nd_env_get(d->layers->env, variable) != NULL;
}

static bool is_fetched(const struct delivery *d, const char *variable)
{
	for (guint i = 0; i < d->fetched->len; i++) {
		const struct nd_delivered *delivered = d->fetched->pdata[i];

		if (g_str_equal(delivered->name, variable))
			return true;
	}
	return false;
}

static bool open_keyring(struct delivery *d, GError **err)
{
	if (!d->keyring)
		d->keyring = nd_keyring_open(d->options->interactive, err);
	return d->keyring != NULL;
}

static bool fetch(struct delivery *d, const struct nd_reference *reference, GError **err)
{
	g_autofree char *file = nd_path_real(reference->in->file->path);
	struct nd_secret *secret;
	struct nd_span value;
	bool whole;

	if (!open_keyring(d, err)) {
		g_prefix_error(err, "%s, which %s needs, is not set and cannot be fetched: ",
			reference->variable, reference->in->file->path);
		return false;
	}
	secret = nd_keyring_lookup(d->keyring, file, reference->variable, err);
	if (!secret) {
		g_prefix_error(err, "%s, which %s needs: ", reference->variable,
			reference->in->file->path);
		return false;
	}
	value = nd_secret_reveal(secret);
	whole = !memchr(value.p, '\0', value.n);
	if (whole)
		nd_delivered_add(d->fetched, reference->variable, secret);
	else
		g_set_error(err, DELIVER_ERROR, 0,
			"%s, which %s needs: the keyring's secret holds a NUL, which no variable can",
			reference->variable, reference->in->file->path);
	nd_secret_free(secret);
	return whole;
}

static bool fetch_all(struct delivery *d, GError **err)
{
	for (guint i = 0; i < d->references->len; i++) {
		const struct nd_reference *reference = d->references->pdata[i];
		g_autoptr(GError) why = NULL;

		if (!is_wanted(d, reference) || is_given(d, reference->variable) ||
			is_fetched(d, reference->variable) || fetch(d, reference, &why))
			continue;
		/* A line that does not count may name what is long gone. */
		if (!reference->effective && !is_project_too(d->layers))
			continue;
		g_propagate_error(err, g_steal_pointer(&why));
		return false;
	}
	return true;
}

/* npm knows no tokenHelper; pnpm runs it itself, and yarn and bun cannot be told otherwise. */
static bool fetch_stand_ins(struct delivery *d, GError **err)
{
	g_autoptr(GPtrArray) locations = NULL;
	bool ok = true;

	if (!d->call || (d->call->known && d->call->client != ND_CLIENT_NPM))
		return true;
	locations = nd_stand_in_locations(d->layers);
	for (guint i = 0; ok && i < locations->len; i++)
		ok = open_keyring(d, err) &&
		     nd_stand_in_fetch(d->layers, locations->pdata[i], d->keyring, d->stand_ins, err);
	return ok;
}

/* The text of a reference may go on behind the name: ${VAR?}, ${VAR-text}. */
static bool names(const struct nd_reference *reference, const char *variable)
{
	size_t n = strcspn(reference->variable, "-:?");

	return strlen(variable) == n && strncmp(reference->variable, variable, n) == 0;
}

/* What cannot be parsed with the variable in it may have another location than before (a proxy's URL):
 * there the item's own file vouches for it. */
static bool belongs(const struct nd_reference *reference, const struct nd_keyring_item *item)
{
	g_autofree char *file = NULL;

	if (!nd_span_is(reference->key, item->key))
		return false;
	if (g_strcmp0(reference->location, item->location) == 0)
		return true;
	file = nd_path_real(reference->in->file->path);
	return !g_str_has_prefix(item->location, "//") && g_str_equal(file, item->file);
}

bool nd_delivery_belongs(const struct nd_reference *reference, const char *variable, const GPtrArray *items)
{
	for (guint i = 0; i < items->len; i++) {
		const struct nd_keyring_item *item = items->pdata[i];

		if (g_str_equal(item->variable, variable) && belongs(reference, item))
			return true;
	}
	return false;
}

/* A project's file is whoever's project it is. The variables' names are easy to guess, and one behind
 * another registry's key would hand the secret to that registry. */
static bool check_project(const struct delivery *d, GError **err)
{
	g_autoptr(GPtrArray) items = NULL;

	for (guint i = 0; i < d->references->len; i++) {
		const struct nd_reference *reference = d->references->pdata[i];

		if (reference->in->id != ND_LAYER_PROJECT || reference->in->ignored)
			continue;
		for (guint j = 0; j < d->fetched->len; j++) {
			const struct nd_delivered *delivered = d->fetched->pdata[j];

			if (!names(reference, delivered->name))
				continue;
			if (!items)
				items = nd_keyring_list(d->keyring, err);
			if (!items)
				return false;
			if (nd_delivery_belongs(reference, delivered->name, items))
				continue;
			g_set_error(err, DELIVER_ERROR, 0,
				"%s refers to %s, which the keyring holds for something else; "
				"COMMAND was not started",
				reference->in->file->path, delivered->name);
			return false;
		}
	}
	return true;
}

/* pnpm has a further file that counts as the user's (auth.ini); the FIFO stands for one. */
static bool is_users(const struct delivery *d, const struct nd_reference *reference)
{
	return reference->in == &d->layers->layers[ND_LAYER_USER];
}

/* Whether the FIFO's text holds the value: the user's file names it, and it can be had. */
static bool is_filled(const struct delivery *d, const struct nd_reference *reference)
{
	return is_users(d, reference) && is_wanted(d, reference) &&
	       (is_given(d, reference->variable) || is_fetched(d, reference->variable));
}

static GString *fill(const struct delivery *d, GError **err)
{
	const struct nd_layer *user = &d->layers->layers[ND_LAYER_USER];
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(size_t));
	struct nd_env *env = nd_delivered_env(d->layers->env, d->fetched);
	struct nd_fill how = {user, env, d->call->dialect, d->layers->npm_major};
	GString *out;

	for (guint i = 0; i < d->references->len; i++) {
		const struct nd_reference *reference = d->references->pdata[i];
		size_t last =
			entries->len ? g_array_index(entries, size_t, entries->len - 1) : SIZE_MAX;

		/* Several references of one line follow each other. */
		if (is_filled(d, reference) && reference->entry != last)
			g_array_append_val(entries, reference->entry);
	}
	out = nd_fill_file(&how, (const size_t *)(const void *)entries->data, entries->len, err);
	nd_env_free(env);
	if (out && d->stand_ins->len)
		out = nd_stand_in_prepend(out, d->stand_ins, d->layers->npm_major);
	return out;
}

/* What a variable is to the files. */
struct use {
	bool filled, elsewhere;
};

static struct use use_of(const struct delivery *d, const char *variable)
{
	struct use use = {false, false};

	for (guint i = 0; i < d->references->len; i++) {
		const struct nd_reference *reference = d->references->pdata[i];

		if (!g_str_equal(reference->variable, variable) || reference->in->ignored)
			continue;
		if (is_filled(d, reference))
			use.filled = true;
		else
			use.elsewhere = true;
	}
	return use;
}

static const char *first_elsewhere(const struct delivery *d)
{
	for (guint i = 0; i < d->references->len; i++) {
		const struct nd_reference *reference = d->references->pdata[i];

		if (is_wanted(d, reference) && !is_users(d, reference))
			return reference->in->file->path;
	}
	return NULL;
}

static bool any_filled(const struct delivery *d)
{
	if (d->stand_ins->len)
		return true;
	for (guint i = 0; i < d->references->len; i++)
		if (is_filled(d, d->references->pdata[i]))
			return true;
	return false;
}

/* Variables that only the user's file names go with it; all others stay, or come, into the
 * environment. */
static void share_out(const struct delivery *d, struct nd_delivery *out)
{
	for (guint i = 0; i < d->fetched->len; i++) {
		const struct nd_delivered *delivered = d->fetched->pdata[i];

		if (!out->file || use_of(d, delivered->name).elsewhere)
			nd_delivered_add(out->variables, delivered->name, delivered->value);
	}
	for (guint i = 0; !out->file && i < d->stand_ins->len; i++) {
		const struct nd_delivered *setting = d->stand_ins->pdata[i];
		g_autofree char *name = g_strconcat("npm_config_", setting->name, NULL);

		nd_delivered_add(out->variables, name, setting->value);
	}
	for (guint i = 0; out->file && i < d->references->len; i++) {
		const struct nd_reference *reference = d->references->pdata[i];
		struct use use = use_of(d, reference->variable);

		if (use.filled && !use.elsewhere)
			g_ptr_array_add(out->hidden, g_strdup(reference->variable));
	}
}

static const char *why_not(const struct delivery *d)
{
	if (!d->call->takes_file)
		return d->call->reason;
	return is_project_too(d->layers) ? "the user's file is the project's file too" : NULL;
}

/* Decides between FIFO and environment and makes the text. */
static bool choose(const struct delivery *d, struct nd_delivery *out, GError **err)
{
	const char *how = d->options->how;
	const char *elsewhere = first_elsewhere(d), *reason = d->call ? why_not(d) : NULL;
	g_autoptr(GError) unfit = NULL;

	if (!d->call || g_str_equal(how, "env"))
		return true;
	if (g_str_equal(how, "auto")) {
		if (!reason && any_filled(d))
			out->file = fill(d, NULL);
		return true;
	}
	if (elsewhere)
		g_set_error(err, DELIVER_ERROR, 0,
			"--deliver fifo: %s refers to a variable, and only the user's file can be "
			"delivered so",
			elsewhere);
	else if (any_filled(d) && reason)
		g_set_error(err, DELIVER_ERROR, 0, "--deliver fifo: %s", reason);
	else if (any_filled(d) && !(out->file = fill(d, &unfit)))
		g_propagate_prefixed_error(err, g_steal_pointer(&unfit), "--deliver fifo: ");
	else
		return true;
	return false;
}

bool nd_delivery_plan(const struct nd_view *view, const struct nd_delivery_options *options,
	struct nd_delivery *out, GError **err)
{
	g_autoptr(GPtrArray) references = nd_view_references(view);
	struct delivery d = {
		.options = options,
		.call = options->call,
		.layers = nd_view_layers(view),
		.references = references,
		.fetched = g_ptr_array_new_with_free_func((GDestroyNotify)nd_delivered_free),
		.stand_ins = g_ptr_array_new_with_free_func((GDestroyNotify)nd_delivered_free),
	};
	bool ok;

	*out = (struct nd_delivery){
		.variables = g_ptr_array_new_with_free_func((GDestroyNotify)nd_delivered_free),
		.hidden = g_ptr_array_new_with_free_func(g_free),
	};
	ok = fetch_all(&d, err) && fetch_stand_ins(&d, err) && check_project(&d, err) && choose(&d, out, err);
	if (ok)
		share_out(&d, out);
	else
		nd_delivery_release(out);
	g_ptr_array_unref(d.fetched);
	g_ptr_array_unref(d.stand_ins);
	nd_keyring_free(d.keyring);
	return ok;
}

void nd_delivery_release(struct nd_delivery *delivery)
{
	g_ptr_array_unref(delivery->variables);
	g_ptr_array_unref(delivery->hidden);
	if (delivery->file)
		g_string_free(delivery->file, TRUE);
	*delivery = (struct nd_delivery){0};
}
