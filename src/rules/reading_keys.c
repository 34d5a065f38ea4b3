#include "rules/reading.h"

/* Keys that npm does not know, gives up, or finds set more strongly elsewhere. */

/* The values stand in the table of npm's own settings, so the setting is found by its raw key. */
static bool is_credential_key(struct nd_span key)
{
	return nd_credential_name(nd_key_base(key)) != NULL;
}

static bool is_malformed_elsewhere(const struct nd_facts *f, const struct nd_layer *layer,
	const struct nd_ini_entry *entry)
{
	struct nd_span base = nd_key_base(entry->key);
	enum nd_rule owner = nd_entry_owner(f, layer, entry);

	/* A mark in front of a section is file-encoding's matter. */
	if (owner == ND_RULE_COLON_FOR_EQUALS || owner == ND_RULE_INVISIBLE_CHARACTER ||
		owner == ND_RULE_UNCLOSED_QUOTE || (entry->line == 0 && entry->key.n && entry->key.p[0] == '[' &&
		nd_doc_bytes(layer->doc).p[0] == '\xef'))
		return true;
	/* unscoped-credentials and credentials-key-malformed */
	if (nd_span_is(base, "email") || nd_span_is(base, "certfile") || nd_span_is(base, "keyfile"))
		return f->layers->npm_major >= 12 || base.n != entry->key.n;
	return is_credential_key(entry->key) || nd_is_near_credential(entry->key, f->layers->npm_major) ||
		nd_span_is(base, "-authtoken");
}

static bool strict_npmrc(const struct nd_facts *f)
{
	const struct nd_setting *strict = nd_layers_get(f->layers, "strict-npmrc");

	return f->layers->npm_major >= 12 && strict && strict->used.type == ND_TYPE_BOOLEAN &&
		strict->used.boolean;
}

/* npm 11 and 12 warn of every unknown key; older ones and the other clients say nothing of any. */
static bool warns_unknown(const struct nd_facts *f)
{
	return f->layers->client == ND_CLIENT_NPM && f->layers->npm_major >= 11;
}

/* `registry https://...`: the key in front of the blank, or NULL. Owned by the caller. */
static char *before_blank(const struct nd_facts *f, const struct nd_layer *layer, const struct nd_ini_entry *entry)
{
	struct nd_span key = entry->key;
	size_t n = 0;

	while (n < key.n && !strchr(" \t", key.p[n]))
		n++;
	if (!nd_is_bare(layer, entry) || n == key.n || !nd_key_is_known((struct nd_span){ key.p, n },
		f->layers->npm_major))
		return NULL;
	return g_strndup(key.p, n);
}

static void help_unknown(const struct nd_ini_entry *entry, const struct nd_key *near, const char *harm,
	const char *spaced, struct nd_finding *finding)
{
	if (spaced)
		nd_finding_help(finding, "npm separates keys and values with `=`: write %s=...", spaced);
	else if (harm)
		nd_finding_help(finding, "did you mean %s? Then %s: `fix` leaves that to you", near->name, harm);
	else if (near)
		nd_finding_help(finding, "did you mean %s?", near->name);
	else if (nd_key_is_pnpm(entry->key))
		nd_finding_help(finding, "it is a setting of pnpm's: move it to pnpm-workspace.yaml, from where "
			"pnpm 10 and later read it; `--client pnpm` judges the file as pnpm reads it");
	else
		nd_finding_help(finding, "delete the line, or correct the key; settings of other tools belong "
			"into their own files or into the environment");
}

static void say_unknown(const struct nd_facts *f, const struct nd_layer *layer,
	const struct nd_ini_entry *entry, const struct nd_key *near, bool certain, struct nd_report *out)
{
	g_autofree char *label = nd_facts_key(layer, entry);
	int major = f->layers->client == ND_CLIENT_NPM ? f->layers->npm_major : f->layers->client_major;
	const char *harm = near ? nd_wake_harm_of(nd_span_of(near->name), &entry->text) : NULL;
	g_autofree char *spaced = before_blank(f, layer, entry);
	struct nd_finding *finding = nd_finding_add(out, ND_RULE_UNKNOWN_KEY, "%s %d does not know the key %s%s",
		nd_client_name(f->layers->client), major, label,
		warns_unknown(f) ? "" : " and ignores it without a word");

	help_unknown(entry, near, harm, spaced, finding);
	if (strict_npmrc(f)) {
		finding->severity = ND_ERROR;
		nd_finding_npm(finding, "EUNKNOWNCONFIG");
	} else if (warns_unknown(f)) {
		g_autofree char *words = g_strdup_printf("Unknown %s config", layer->id == ND_LAYER_FILE ?
			"user" : nd_layer_name(layer->id));

		nd_finding_npm(finding, words);
	}
	nd_blame(finding, layer, entry, entry->key_text.start, entry->key_text.end);
	if (near && certain && !harm && entry->key_text.plain && !entry->list && !nd_has_key(layer, near->name))
		nd_mend_key(finding, layer, entry->key_text.start, entry->key_text.end, near->name, near->name);
}

/* What npm has no name for and pnpm uses. */
static bool is_pnpm_proxy(const struct nd_facts *f, struct nd_span key)
{
	return f->layers->client == ND_CLIENT_PNPM && (nd_span_is(key, "no-proxy") ||
		(f->layers->client_major > 10 && nd_span_is(key, "http-proxy")));
}

/* pnpm 11 and 12 take from an .npmrc what concerns registries and the network (isNpmrcReadableKey). */
static bool judge_moved(const struct nd_facts *f, const struct nd_layer *layer,
	const struct nd_ini_key *key, struct nd_report *out)
{
	const struct nd_ini_entry *entry;
	struct nd_finding *finding;
	g_autofree char *label = NULL;

	if (f->layers->client != ND_CLIENT_PNPM || !nd_key_is_pnpm(key->key))
		return false;
	if (f->layers->client_major < 11)
		return true;
	entry = nd_ini_entry(layer->ini, key->entries[key->n_entries - 1]);
	label = nd_facts_key(layer, entry);
	finding = nd_finding_add(out, ND_RULE_UNKNOWN_KEY,
		"pnpm %d does not read %s from an .npmrc, and says nothing", f->layers->client_major, label);
	nd_finding_help(finding, "move it to pnpm-workspace.yaml, in camel case; pnpm 10 reads it there too");
	nd_blame(finding, layer, entry, entry->key_text.start, entry->key_text.end);
	return true;
}

/* `corp:registry`, which npm takes for a setting that it knows, and looks up for no scope. */
static bool lacks_at(struct nd_span key)
{
	struct nd_span scope = nd_key_prefix(key);

	for (size_t i = 0; i < scope.n; i++)
		if (!g_ascii_isalnum(scope.p[i]) && !strchr("._-~", scope.p[i]))
			return false;
	return scope.n && nd_span_is(nd_key_base(key), "registry");
}

static void judge_scope(const struct nd_layer *layer, const struct nd_ini_key *key, struct nd_report *out)
{
	const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, key->entries[key->n_entries - 1]);
	g_autofree char *label = nd_facts_key(layer, entry);
	g_autofree char *with = g_strdup_printf("@%.*s", (int)key->key.n, key->key.p);
	const char *harm = nd_wake_harm_of(nd_span_of(with), &entry->text);
	struct nd_finding *finding = nd_finding_add(out, ND_RULE_UNKNOWN_KEY,
		"npm uses %s for no scope, and says nothing: a scope begins with @", label);

	if (harm)
		nd_finding_help(finding, "did you mean @%s? Then %s: `fix` leaves that to you", label, harm);
	else
		nd_finding_help(finding, "did you mean @%s?", label);
	nd_blame(finding, layer, entry, entry->key_text.start, entry->key_text.end);
	if (!harm && entry->key_text.plain && !entry->list && !nd_has_key(layer, with))
		nd_mend_key(finding, layer, entry->key_text.start, entry->key_text.start, "@", with);
}

static void judge_unknown(const struct nd_facts *f, const struct nd_layer *layer,
	const struct nd_ini_key *key, struct nd_report *out)
{
	int major = f->layers->npm_major;
	const struct nd_ini_entry *entry;
	const struct nd_key *near;
	bool certain = false;

	if (!key->n_entries || nd_key_find(key->key, major) || is_pnpm_proxy(f, key->key) ||
		judge_moved(f, layer, key, out))
		return;
	if (lacks_at(key->key)) {
		judge_scope(layer, key, out);
		return;
	}
	near = nd_key_suggest(key->key, major, &certain);
	/* Before 11 npm is silent about all unknown keys, other tools' among them: only slips count. */
	if (warns_unknown(f) ? nd_key_is_known(key->key, major) : near == NULL)
		return;
	entry = nd_ini_entry(layer->ini, key->entries[key->n_entries - 1]);
	if (!is_malformed_elsewhere(f, layer, entry))
		say_unknown(f, layer, entry, near, certain, out);
}

/* A section without keys is itself an unknown key. */
static void judge_empty_sections(const struct nd_facts *f, const struct nd_layer *layer,
	struct nd_report *out)
{
	size_t n = nd_ini_section_count(layer->ini), line, next;

	for (size_t i = 0; warns_unknown(f) && i < n; i++) {
		const char *name = nd_ini_section(layer->ini, i, &line);
		const struct nd_line *l = nd_doc_line(layer->doc, line);
		struct nd_finding *finding;

		next = nd_doc_count(layer->doc);
		if (i + 1 < n)
			nd_ini_section(layer->ini, i + 1, &next);
		for (size_t k = line + 1; k < next && line < next; k++)
			if (nd_doc_line(layer->doc, k)->kind == ND_LINE_PAIR ||
				nd_doc_line(layer->doc, k)->kind == ND_LINE_BARE)
				line = SIZE_MAX;
		if (line == SIZE_MAX || nd_key_find(nd_span_of(name), f->layers->npm_major))
			continue;
		finding = nd_finding_add(out, ND_RULE_UNKNOWN_KEY, "npm takes this section line for an unknown key");
		nd_finding_help(finding, "delete the line: an .npmrc has no sections");
		if (strict_npmrc(f))
			finding->severity = ND_ERROR;
		nd_facts_locate_line(layer, line, l->key_start, l->key_end, &finding->where);
	}
}

/* npm's own scripts see what their npm hands down, and other tools read npm_config_*, too: only slips count. */
static void judge_unknown_variable(const struct nd_facts *f, const struct nd_setting *setting,
	struct nd_report *out)
{
	bool certain = false;
	const struct nd_key *near = nd_key_suggest(setting->key, f->layers->npm_major, &certain);
	struct nd_finding *finding;

	/* npm_config_http_proxy: proxy-ignored, where npm goes without a proxy. */
	if (!near || !certain || nd_key_is_known(setting->key, f->layers->npm_major) ||
		nd_span_is(setting->key, "http-proxy"))
		return;
	finding = nd_finding_add(out, ND_RULE_UNKNOWN_KEY, "%s sets %s, which npm %d does not know%s",
		setting->origin.variable, setting->key.p, f->layers->npm_major,
		warns_unknown(f) ? "" : " and ignores without a word");
	if (warns_unknown(f))
		nd_finding_npm(finding, "Unknown env config");
	nd_finding_help(finding, "did you mean %s?", near->name);
	nd_facts_locate(f, setting, 0, 0, &finding->where);
}

/* The environment's settings; none where the environment is not looked at. */
static const struct nd_layer *variables(const struct nd_facts *f)
{
	static const struct nd_layer none;

	return f->files_only || f->layers->client != ND_CLIENT_NPM ? &none : &f->layers->layers[ND_LAYER_ENV];
}

void nd_check_unknown_key(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	g_autoptr(GPtrArray) layers = nd_reading_layers(f);
	const struct nd_layer *env = variables(f);

	(void)rule;
	for (guint i = 0; i < layers->len; i++) {
		const struct nd_layer *layer = layers->pdata[i];

		for (size_t k = 0; k < nd_ini_key_count(layer->ini); k++)
			judge_unknown(f, layer, nd_ini_key(layer->ini, k), out);
		judge_empty_sections(f, layer, out);
	}
	for (size_t i = 0; i < env->n_settings; i++)
		judge_unknown_variable(f, nd_layer_setting(env, i), out);
}

/* --- deprecated-key --- */

/* NULL where npm has not deprecated the key. */
static struct nd_finding *say_deprecated(const struct nd_facts *f, struct nd_span key, struct nd_report *out)
{
	const struct nd_key *known = nd_key_find(key, f->layers->npm_major);
	struct nd_finding *finding;

	if (!known || !(known->deprecated & ND_NPM(CLAMP(f->layers->npm_major, ND_NPM_OLDEST, ND_NPM_NEWEST))))
		return NULL;
	finding = nd_finding_add(out, ND_RULE_DEPRECATED_KEY, "npm %d has deprecated %s", f->layers->npm_major,
		known->name);
	nd_finding_help(finding, "%s", known->instead);
	return finding;
}

static void judge_deprecated(const struct nd_facts *f, const struct nd_layer *layer,
	const struct nd_ini_key *key, struct nd_report *out)
{
	struct nd_finding *finding = key->n_entries ? say_deprecated(f, key->key, out) : NULL;
	const struct nd_ini_entry *entry;

	if (!finding)
		return;
	entry = nd_ini_entry(layer->ini, key->entries[key->n_entries - 1]);
	nd_blame(finding, layer, entry, entry->key_text.start, entry->key_text.end);
}

void nd_check_deprecated(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	g_autoptr(GPtrArray) layers = nd_reading_layers(f);
	const struct nd_layer *env = variables(f);

	(void)rule;
	for (size_t i = 0; i < env->n_settings; i++) {
		const struct nd_setting *setting = nd_layer_setting(env, i);
		struct nd_finding *finding = say_deprecated(f, setting->key, out);

		if (finding)
			nd_facts_locate(f, setting, 0, 0, &finding->where);
	}
	/* The others do not warn. */
	for (guint i = 0; f->layers->client == ND_CLIENT_NPM && i < layers->len; i++) {
		const struct nd_layer *layer = layers->pdata[i];

		for (size_t k = 0; k < nd_ini_key_count(layer->ini); k++)
			judge_deprecated(f, layer, nd_ini_key(layer->ini, k), out);
	}
}

/* --- shadowed-setting --- */

static bool matters(struct nd_span key)
{
	static const char *const names[] = { "registry", "proxy", "https-proxy", "noproxy", "strict-ssl", "ca",
		"cafile", "cert", "key" };
	struct nd_span prefix = nd_key_prefix(key);

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (nd_span_is(key, names[i]))
			return true;
	if (prefix.n && key.p[0] == '@')
		return nd_span_is(nd_key_base(key), "registry");
	return prefix.n && nd_credential_name(nd_key_base(key)) != NULL;
}

/* The stronger one cannot work where the weaker one would. */
static bool breaks(const struct nd_setting *stronger, const struct nd_setting *weaker)
{
	g_autofree char *a = nd_used_text(stronger), *b = nd_used_text(weaker);
	struct nd_url *by = nd_url_parse(nd_span_of(a)), *was = nd_url_parse(nd_span_of(b));
	bool broken = nd_kind_is_url(nd_kind_of(stronger->key)) && !by && was;

	nd_url_free(by);
	nd_url_free(was);
	return broken || (stronger->unresolved && !weaker->unresolved);
}

static char *place_of(const struct nd_setting *setting)
{
	const struct nd_origin *o = &setting->origin;

	if (o->variable)
		return g_strdup_printf("the environment variable %s", o->variable);
	if (o->file)
		return g_strdup_printf("%s:%u", o->file, o->line);
	return g_strdup("the command line");
}

/* `registry` where the setting `scope` sends packages elsewhere. */
static void judge_aside(const struct nd_facts *f, struct nd_report *out)
{
	const GPtrArray *registries = nd_view_registries(f->view);
	const struct nd_registry *first = g_ptr_array_index(registries, 0);
	const struct nd_setting *setting = nd_layers_get(f->layers, "registry");
	struct nd_finding *finding;
	g_autofree char *place = NULL, *used = NULL;

	if (!first->by || !setting || nd_value_equal(&setting->used, &first->setting->used))
		return;
	place = place_of(first->by);
	used = g_strndup(first->setting->key.p, first->setting->key.n);
	finding = nd_finding_add(out, ND_RULE_SHADOWED_SETTING,
		"no package comes from this registry: `scope` sends them all to '%s'", used);
	nd_finding_help(finding, "delete `scope` if that is not meant: packages of a scope find its registry "
		"without it");
	nd_finding_note(finding, "`scope` is set by %s; ping, whoami, search and audit still ask this registry",
		place);
	nd_facts_locate(f, setting, 0, 0, &finding->where);
}

/* Both are one line that is read by two names. */
static bool is_same_line(const struct nd_facts *f, const struct nd_setting *a, const struct nd_setting *b)
{
	return a->origin.line == b->origin.line &&
		nd_is_same_file(nd_layers_of(f->layers, a), nd_layers_of(f->layers, b));
}

static void judge_shadowed(const struct nd_facts *f, const struct nd_setting *setting, struct nd_report *out)
{
	const struct nd_setting *winner = nd_layers_get(f->layers, setting->key.p);
	struct nd_finding *finding;
	g_autofree char *place = NULL;

	if (!winner || nd_layers_of(f->layers, winner) == nd_layers_of(f->layers, setting) ||
		is_same_line(f, winner, setting))
		return;
	/* A cafile that is empty, missing or false leaves a weaker one in force. */
	if (setting == f->trust->roots_setting)
		return;
	place = place_of(winner);
	finding = nd_finding_add(out, ND_RULE_SHADOWED_SETTING, "this setting never takes effect: %s sets it too",
		place);
	nd_finding_help(finding, "delete the one that is not meant");
	nd_facts_locate(f, setting, 0, 0, &finding->where);
	if (nd_value_equal(&winner->used, &setting->used))
		nd_finding_note(finding, "both have the same value");
	else if (breaks(winner, setting))
		finding->severity = ND_WARNING;
}

void nd_check_shadowed(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	(void)rule;
	for (guint at = 0; at < f->layers->order->len; at++) {
		const struct nd_layer *layer = f->layers->order->pdata[at];

		for (size_t i = 0; layer->id != ND_LAYER_BUILTIN && i < layer->n_settings; i++)
			if (matters(nd_layer_key(layer, i)))
				judge_shadowed(f, nd_layer_setting(layer, i), out);
	}
	judge_aside(f, out);
}
