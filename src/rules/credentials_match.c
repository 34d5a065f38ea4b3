#include "rules/darts.h"
#include "rules/misread.h"

#include <npmrc-doctor/hash.h>

/* Credentials that reach no registry: their keys. */

/* Of a large file's settings only those need be made. */
static bool names_credential(const struct nd_layer *layer, size_t place)
{
	return nd_credential_name(nd_key_base(nd_layer_key(layer, place))) != NULL;
}

/* A line that means the registry and misses it: whose credentials these are is then anybody's guess. */
static bool misses_registry(const struct nd_facts *f)
{
	g_autoptr(GPtrArray) layers = nd_reading_layers(f);
	size_t colon;
	bool certain;

	for (guint i = 0; i < layers->len; i++) {
		const struct nd_layer *layer = layers->pdata[i];

		for (size_t k = 0; k < nd_ini_entry_count(layer->ini); k++) {
			const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, k);
			const struct nd_key *near = nd_key_suggest(entry->key, f->layers->npm_major, &certain);
			g_autofree char *seen = nd_visible_key(entry);

			if (nd_is_colon(f, layer, entry, &colon) || (near && nd_span_is(nd_span_of(near->name),
				"registry")) || (g_str_equal(seen, "registry") &&
				(entry->section || !nd_span_is(entry->key, "registry"))))
				return true;
		}
	}
	return false;
}

/* A project's file is whoever's project it is: its registry is not where credentials of the user's own file
 * belong. Nor is one that puts that file's own registry aside. */
static bool is_meant_for(const struct nd_facts *f, const struct nd_setting *registry, const struct nd_layer *layer)
{
	const struct nd_layer *by = registry ? nd_layers_of(f->layers, registry) : NULL;

	return !by || by == layer || (by->id != ND_LAYER_PROJECT && !nd_layer_get(layer, registry->key.p));
}

/* Where the default registry's credentials in that file belong; NULL where that is not certain. */
static char *own_nerf(const struct nd_facts *f, const struct nd_layer *layer)
{
	const struct nd_registry_facts *r = f->registries->pdata[0];

	/* `npm config fix` and npm 8 know `registry` alone. */
	for (guint i = 0; r->registry->by && i < f->registries->len; i++)
		if (((const struct nd_registry_facts *)f->registries->pdata[i])->registry->aside)
			r = f->registries->pdata[i];
	if (r->registry->by || !r->registry->url || (f->files_only && !r->registry->setting) || misses_registry(f) ||
		(r->registry->setting && (nd_is_open(f, r->registry->setting) ||
		nd_setting_owner(f, r->registry->setting) != ND_RULE_COUNT)) ||
		!is_meant_for(f, r->registry->setting, layer))
		return NULL;
	return nd_url_nerf(nd_span_of(r->url));
}

static const char *unscoped_name(const struct nd_facts *f, const struct nd_setting *setting)
{
	const char *name = nd_credential_name(setting->key);
	int major = f->layers->npm_major;

	if (nd_span_is(setting->key, "_authtoken") || nd_span_is(setting->key, "-authtoken"))
		return major >= 9 ? "_authToken" : NULL;
	if (!name || !nd_span_is(setting->key, name) || !nd_value_truthy(&setting->value))
		return NULL;
	if (g_str_equal(name, "email") || g_str_equal(name, "certfile") || g_str_equal(name, "keyfile"))
		return major >= 12 ? name : NULL;
	return name;
}

static const struct nd_setting *truthy(const struct nd_layer *layer, const char *key)
{
	const struct nd_setting *setting = nd_layer_get(layer, key);

	return setting && nd_value_truthy(&setting->value) ? setting : NULL;
}

/* npm's "is not allowed": one of two that go together only. */
static bool lacks_partner(const struct nd_layer *layer, const char *name)
{
	static const char *const pairs[][2] = { { "username", "_password" }, { "certfile", "keyfile" } };

	for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
		for (size_t k = 0; k < 2; k++)
			if (g_str_equal(name, pairs[i][k]))
				return !truthy(layer, pairs[i][1 - k]);
	return false;
}

static void mend_unscoped(const struct nd_facts *f, const struct nd_layer *layer,
	const struct nd_ini_entry *entry, const char *name, struct nd_finding *finding)
{
	g_autofree char *nerf = own_nerf(f, layer);
	g_autofree char *key = nerf ? g_strconcat(nerf, ":", name, NULL) : NULL;

	if (lacks_partner(layer, name)) {
		nd_finding_help(finding, "delete it: alone it is of no use to npm");
		return;
	}
	nd_finding_help(finding, key ? "write %s" : "write //HOST/PATH/:%s, as the registry's URL has them",
		key ? key : name);
	if (key && entry->key_text.plain && !entry->list && !nd_has_key(layer, key))
		nd_mend_key(finding, layer, entry->key_text.start, entry->key_text.end, key, key);
}

/* What the client at hand makes of them. */
static const char *unscoped_fate(const struct nd_facts *f)
{
	switch (f->layers->client) {
	case ND_CLIENT_PNPM:
		return "pnpm warns, and sends it to the default registry alone";
	case ND_CLIENT_YARN:
		return "yarn sends it to every registry that has none of its own, npm 9 and later refuse every "
		       "command";
	case ND_CLIENT_BUN:
		return "bun does not send it, npm 9 and later refuse every command";
	default:
		return f->layers->npm_major >= 9 ? "npm refuses every command" :
			"npm 9 and later refuse every command";
	}
}

static void judge_unscoped(const struct nd_facts *f, const struct nd_layer *layer,
	const struct nd_setting *setting, struct nd_report *out)
{
	const char *name = unscoped_name(f, setting);
	const struct nd_ini_entry *entry = name ? nd_setting_entry(f, setting) : NULL;
	struct nd_finding *finding;

	if (!entry || nd_is_garbled(layer))
		return;
	finding = nd_finding_add(out, ND_RULE_UNSCOPED_CREDENTIALS, "%s names no registry: %s", setting->key.p,
		unscoped_fate(f));
	if (f->layers->client == ND_CLIENT_NPM && f->layers->npm_major >= 9)
		nd_finding_npm(finding, "ERR_INVALID_AUTH");
	else
		finding->severity = ND_WARNING;
	nd_blame(finding, layer, entry, entry->key_text.start, entry->key_text.end);
	mend_unscoped(f, layer, entry, name, finding);
}

static void judge_unscoped_env(const struct nd_facts *f, struct nd_report *out)
{
	const struct nd_layer *layer = &f->layers->layers[ND_LAYER_ENV];

	for (size_t i = 0; f->layers->client == ND_CLIENT_NPM && f->layers->npm_major >= 9 &&
		i < layer->n_settings; i++) {
		const struct nd_setting *setting = nd_layer_setting(layer, i);
		const char *name = nd_credential_name(setting->key);
		struct nd_finding *finding;

		if (!name || *name != '_')
			continue;
		finding = nd_finding_add(out, ND_RULE_UNSCOPED_CREDENTIALS,
			"%s names no registry: npm 9 and later do not use it and say nothing",
			setting->origin.variable);
		finding->severity = ND_WARNING;
		nd_finding_help(finding, "put //HOST/PATH/:%s=${VARIABLE} into the user's .npmrc", name);
		nd_facts_locate(f, setting, 0, 0, &finding->where);
	}
}

void nd_check_unscoped(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	(void)rule;
	for (guint at = 0; at < f->layers->order->len; at++) {
		const struct nd_layer *layer = f->layers->order->pdata[at];

		for (size_t i = 0; layer->doc && i < layer->n_settings; i++)
			if (names_credential(layer, i) || nd_span_is(nd_layer_key(layer, i), "-authtoken"))
				judge_unscoped(f, layer, nd_layer_setting(layer, i), out);
	}
	judge_unscoped_env(f, out);
}

/* --- credentials-key-malformed --- */

/* What the key should be, if that is certain, and why it matches nothing. */
struct malformed {
	const char *why;
	char *key;
};

/* The nerf dart of the registry of a scope whose credentials stand in that file. */
static char *nerf_of_scope(const struct nd_facts *f, const struct nd_layer *layer, const char *scope)
{
	const GPtrArray *registries = nd_view_registries(f->view);

	for (guint i = 0; i < registries->len; i++) {
		const struct nd_registry *r = registries->pdata[i];

		if (r->scope && r->url && g_str_equal(r->scope, scope) && is_meant_for(f, r->setting, layer))
			return nd_url_nerf(nd_span_of(r->text));
	}
	return NULL;
}

static void join(struct malformed *out, char *nerf, const char *name)
{
	out->key = nerf ? g_strconcat(nerf, ":", name, NULL) : NULL;
	g_free(nerf);
}

static char *with_slash(const char *before, const char *text)
{
	return g_strconcat(before, text, g_str_has_suffix(text, "/") ? "" : "/", NULL);
}

/* //host:443/path/, which `new URL` knows as //host/path/. */
static bool default_port(const char *prefix, const char *name, struct malformed *out)
{
	const char *host = prefix + 2;
	size_t n = strcspn(host, "/");
	g_autofree char *authority = g_strndup(host, n);
	char *colon = strrchr(authority, ':');

	if (!colon || strchr(colon, ']') || (!g_str_equal(colon, ":443") && !g_str_equal(colon, ":80")))
		return false;
	*colon = '\0';
	out->why = "npm leaves a default port out of its keys";
	join(out, g_strconcat("//", authority, host + n, NULL), name);
	return true;
}

/* What a file's keys are held against. Most have no key that asks for the darts. */
struct held {
	const struct nd_facts *f;
	const struct nd_layer *layer;
	struct nd_darts **darts;
};

static const struct nd_darts *darts_of(const struct held *h)
{
	if (!*h->darts)
		*h->darts = nd_darts_new(h->f);
	return *h->darts;
}

/* What the key says is for https, and a registry in use there is reached in clear: nothing is sent so unasked. */
static bool would_bare(const struct held *h, const char *prefix, const char *key)
{
	struct nd_span nerf = nd_key_prefix(nd_span_of(key));
	g_autofree char *text = g_strndup(nerf.p, nerf.n);
	const char *port = strstr(prefix, ":443");

	return (g_str_has_prefix(prefix, "https:") || (port && strchr("/", port[4]))) &&
		nd_darts_in_clear(darts_of(h), text);
}

/* How a key names its credential. */
struct name {
	const char *name;      /* as npm spells it, or NULL: it names none */
	const char *flaw;      /* NULL: npm knows it so */
	struct nd_span prefix;
	bool certain;          /* it can only be meant so */
};

/* Without the underscore. npm 6 reads `password`. */
static const char *underscored(struct nd_span base, int npm_major)
{
	static const char *const names[] = { "_authToken", "_auth", "_password" };

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (base.n == strlen(names[i] + 1) && !g_ascii_strncasecmp(base.p, names[i] + 1, base.n))
			return npm_major < 7 && i == 2 ? NULL : names[i];
	return NULL;
}

static struct name name_of(struct nd_span key, int npm_major)
{
	struct nd_span base = nd_key_base(key), prefix = nd_key_prefix(key);
	struct name out = { .name = prefix.n ? nd_credential_name(base) : NULL, .prefix = prefix, .certain = true };
	const char *slash = key.n > 2 && memcmp(key.p, "//", 2) == 0 ?
		(const char *)memrchr(key.p, '/', key.n) + 1 : NULL;

	if (out.name && !nd_span_is(base, out.name))
		out.flaw = "npm's names of credentials are case-sensitive";
	if (out.name || !slash)
		return out;
	if (slash <= base.p) {
		out.name = prefix.n ? underscored(base, npm_major) : NULL;
		out.flaw = "npm's names of secrets begin with an underscore";
		out.certain = out.name && g_str_equal(out.name, "_authToken");
	} else if (*slash == '_') {
		out.prefix = (struct nd_span){ key.p, (size_t)(slash - key.p) };
		out.name = nd_credential_name((struct nd_span){ slash, key.n - out.prefix.n });
		out.flaw = "a colon has to stand in front of the credential's name";
	}
	return out;
}

bool nd_is_near_credential(struct nd_span key, int npm_major)
{
	struct name name = name_of(key, npm_major);

	return name.name && name.flaw;
}

static bool judge_prefix(const struct held *h, const char *prefix, const char *name, const char *flaw,
	struct malformed *out)
{
	if (g_str_has_prefix(prefix, "http://") || g_str_has_prefix(prefix, "https://")) {
		g_autofree char *url = with_slash("", prefix);

		out->why = "the key begins with // in npm, without a scheme";
		join(out, strpbrk(prefix, "@?${") ? NULL : nd_url_nerf(nd_span_of(url)), name);
	} else if (*prefix == '@') {
		out->why = "credentials belong to a registry, not to a scope";
		join(out, nerf_of_scope(h->f, h->layer, prefix), name);
	} else if (!g_str_has_prefix(prefix, "//")) {
		g_autofree char *guess = with_slash(*prefix == '/' ? "/" : "//", prefix);

		out->why = "the key does not begin with //";
		join(out, nd_darts_has(darts_of(h), guess) ? g_strdup(guess) : NULL, name);
	} else if (strchr(prefix, '?') || prefix[2 + strcspn(prefix + 2, "/@")] == '@') {
		out->why = "user names and queries are no part of npm's keys";
	} else if (!default_port(prefix, name, out) && flaw) {
		out->why = flaw;
		join(out, g_strdup(prefix), name);
	}
	return out->why != NULL;
}

static void judge_malformed(const struct held *h, const struct nd_setting *setting, struct nd_report *out)
{
	const struct nd_facts *f = h->f;
	const struct nd_layer *layer = h->layer;
	struct name name = name_of(setting->key, f->layers->npm_major);
	const struct nd_ini_entry *entry = name.name ? nd_setting_entry(f, setting) : NULL;
	struct malformed malformed = { 0 };
	g_autofree char *text = NULL;
	struct nd_finding *finding;

	if (!entry || nd_is_garbled(layer) || (f->files_only && strstr(setting->key.p, "${")) ||
		nd_entry_owner(f, layer, entry) == ND_RULE_INVISIBLE_CHARACTER)
		return;
	text = g_strndup(name.prefix.p, name.prefix.n);
	if (!judge_prefix(h, text, name.name, name.flaw, &malformed))
		return;
	finding = nd_finding_add(out, ND_RULE_CREDENTIALS_KEY_MALFORMED,
		"no registry will ever match this key: %s", malformed.why);
	nd_help_row(finding);
	nd_blame(finding, layer, entry, entry->key_text.start, entry->key_text.end);
	if (malformed.key) {
		nd_finding_help(finding, "write %s", malformed.key);
		if (name.certain && entry->key_text.plain && nd_span_equal(setting->key, setting->raw_key) &&
			!nd_has_key(layer, malformed.key) && !would_bare(h, text, malformed.key))
			nd_mend_key(finding, layer, entry->key_text.start, entry->key_text.end, malformed.key,
				malformed.key);
	}
	g_free(malformed.key);
}

void nd_check_key_malformed(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	struct nd_darts *darts = NULL;

	(void)rule;
	for (guint at = 0; at < f->layers->order->len; at++) {
		const struct nd_layer *layer = f->layers->order->pdata[at];
		struct held held = { f, layer, &darts };

		for (size_t i = 0; layer->doc && i < layer->n_settings; i++)
			if (name_of(nd_layer_key(layer, i), f->layers->npm_major).name)
				judge_malformed(&held, nd_layer_setting(layer, i), out);
	}
	nd_darts_free(darts);
}

/* --- credentials-mismatch --- */

/* A file's settings by the prefix of their keys, put in order when the first is asked for. */
struct prefixes {
	struct held held;
	GHashTable *settings; /* struct nd_span * -> GPtrArray of const struct nd_setting *, or NULL */
};

static void prefixes_fill(struct prefixes *p)
{
	p->settings = g_hash_table_new_full(nd_hash_span, nd_hash_same_span, g_free,
		(GDestroyNotify)g_ptr_array_unref);
	for (size_t i = 0; i < p->held.layer->n_settings; i++) {
		const struct nd_setting *s = nd_layer_setting(p->held.layer, i);
		struct nd_span prefix = nd_key_prefix(s->raw_key);
		GPtrArray *same;

		if (s->entry == SIZE_MAX || !prefix.n)
			continue;
		same = g_hash_table_lookup(p->settings, &prefix);
		if (!same) {
			same = g_ptr_array_new();
			g_hash_table_insert(p->settings, g_memdup2(&prefix, sizeof prefix), same);
		}
		g_ptr_array_add(same, (gpointer)s);
	}
}

/* All keys of that prefix in the file move together. */
static void mend_prefix(struct prefixes *p, const char *prefix, const char *nerf, struct nd_finding *finding)
{
	struct nd_span span = nd_span_of(prefix);
	const GPtrArray *same;

	if (!p->settings)
		prefixes_fill(p);
	same = g_hash_table_lookup(p->settings, &span);
	for (guint i = 0; same && i < same->len; i++) {
		const struct nd_setting *s = same->pdata[i];
		const struct nd_ini_entry *entry = nd_ini_entry(p->held.layer->ini, s->entry);

		struct nd_span base = nd_key_base(s->raw_key);
		g_autofree char *key = g_strdup_printf("%s:%.*s", nerf, (int)base.n, base.p);

		if (entry->key_text.plain)
			nd_mend_key(finding, p->held.layer, entry->key_text.start, entry->key_text.start + span.n, nerf,
				key);
	}
}

static char *without_slash(const char *text)
{
	size_t n = strlen(text);

	return g_strndup(text, n && text[n - 1] == '/' ? n - 1 : n);
}

/* Another port or path may be another registry, one that is published to or another project's: what it is given is
 * not sent elsewhere unasked. */
static bool is_same_place(const char *prefix, const char *nerf)
{
	g_autofree char *a = without_slash(prefix), *b = without_slash(nerf);

	return g_ascii_strcasecmp(a, b) == 0;
}

/* What no install asks for may be for `npm publish`, which looks for credentials in the same way. */
static bool serves_publish(const struct nd_facts *f, const char *prefix)
{
	g_autofree char *key = with_slash("", prefix);

	for (guint i = 0; f->publish && i < f->publish->len; i++) {
		g_autofree char *url = with_slash("", f->publish->pdata[i]);
		g_autofree char *nerf = nd_url_nerf(nd_span_of(url));

		if (nerf && g_str_has_prefix(nerf, key))
			return true;
	}
	return false;
}

static void say_mismatch(struct prefixes *p, const struct nd_setting *setting, const char *prefix,
	struct nd_report *out)
{
	const struct nd_ini_entry *entry = nd_setting_entry(p->held.f, setting);
	const char *nerf;
	enum nd_fit fit = nd_darts_fit(darts_of(&p->held), prefix, &nerf);
	struct nd_finding *finding;

	if (fit == ND_FIT_OTHER_HOST || fit == ND_FIT_EXACT ||
		(fit == ND_FIT_NONE && serves_publish(p->held.f, prefix)))
		return;
	if (fit == ND_FIT_WALK) {
		finding = nd_finding_add(out, ND_RULE_CREDENTIALS_MISMATCH,
			"installs send these credentials, but `npm whoami` and the like look for another key");
		finding->severity = ND_WARNING;
	} else {
		finding = nd_finding_add(out, ND_RULE_CREDENTIALS_MISMATCH,
			"npm sends these credentials nowhere: %s", nerf && g_ascii_strcasecmp(nerf, prefix) == 0 ?
			"the case of letters counts in the key, and the registry's URL has the host in lower case" :
			"no registry in use has this port and path");
	}
	nd_help_row(finding);
	if (nerf && g_str_equal(nerf, prefix))
		nd_finding_help(finding, "end the registry's URL with a slash");
	else if (nerf)
		nd_finding_help(finding, "write %s in place of %s", nerf, prefix);
	nd_blame(finding, p->held.layer, entry, entry->key_text.start,
		MIN(entry->key_text.start + strlen(prefix), entry->key_text.end));
	if (nerf && !g_str_equal(nerf, prefix) && is_same_place(prefix, nerf) &&
		nd_span_equal(setting->key, setting->raw_key))
		mend_prefix(p, prefix, nerf, finding);
}

static void judge_mismatch(struct prefixes *p, const struct nd_setting *s, GHashTable *seen,
	struct nd_report *out)
{
	struct nd_span span = nd_key_prefix(s->key), base = nd_key_base(s->key);
	const char *name = nd_credential_name(base);
	g_autofree char *prefix = g_strndup(span.p, span.n);
	struct malformed malformed = { 0 };

	if (!name || !nd_span_is(base, name) || s->entry == SIZE_MAX || !g_str_has_prefix(prefix, "//") ||
		nd_is_open(p->held.f, s) || !nd_value_truthy(&s->value) ||
		!g_hash_table_add(seen, g_strdup(prefix)))
		return;
	if (!judge_prefix(&p->held, prefix, name, NULL, &malformed))
		say_mismatch(p, s, prefix, out);
	g_free(malformed.key);
}

void nd_check_mismatch(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) layers = nd_reading_layers(f);
	struct nd_darts *darts = NULL;

	(void)rule;
	for (guint i = 0; i < layers->len; i++) {
		const struct nd_layer *layer = layers->pdata[i];
		struct prefixes p = { { f, layer, &darts }, NULL };

		for (size_t k = 0; k < layer->n_settings; k++)
			if (names_credential(layer, k))
				judge_mismatch(&p, nd_layer_setting(layer, k), seen, out);
		g_clear_pointer(&p.settings, g_hash_table_destroy);
	}
	nd_darts_free(darts);
}
