#include "rules/misread.h"

/* invalid-value: what npm's type check rejects, what silently means something else, and what npm dies
 * of (npm takes the values of 9 and later to the network before it checks them). */

static const char *aftermath(const struct nd_facts *f, const struct nd_setting *setting)
{
	static const struct {
		const char *key;
		int since;
		const char *text;
	} rows[] = {
		{ "loglevel", 10, "npm then exits with status 1 and prints nothing" },
		{ "maxsockets", 9, "npm then ends with `Exit handler never called!` and makes no request" },
		{ "fetch-timeout", 9, "requests then fail with ERR_INVALID_ARG_TYPE" },
		{ "local-address", 9, "requests then fail with EADDRNOTAVAIL" },
	};

	if (f->layers->npm_major < 9)
		return "npm warns and falls back to its default";
	if (nd_kind_is_url(nd_kind_of(setting->key)))
		return "npm warns and goes on";
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (f->layers->npm_major >= rows[i].since && nd_span_is(setting->key, rows[i].key))
			return rows[i].text;
	return "npm warns and uses it all the same";
}

/* The word that this one is, but for its case. */
static const char *word_meant(const struct nd_key *key, const char *text)
{
	if (!(key->types & ND_KEY_ENUM))
		return NULL;
	for (const char *const *word = key->words; word && *word; word++)
		if (g_ascii_strcasecmp(*word, text) == 0)
			return *word;
	return NULL;
}

static void replace_value(const struct nd_facts *f, struct nd_finding *finding,
	const struct nd_setting *setting, const char *text)
{
	const struct nd_ini_entry *entry = nd_setting_entry(f, setting);

	const char *harm = nd_wake_harm(setting->key, nd_span_of(text));

	if (harm)
		nd_finding_help(finding, "write %s=%s if it is meant; then %s: `fix` leaves that to you",
			setting->key.p, text, harm);
	else
		nd_finding_help(finding, "write %s=%s", setting->key.p, text);
	if (!harm && entry && !setting->n_variables && !entry->list)
		nd_mend(finding, nd_layers_of(f->layers, setting), entry->text.start, entry->text.end, text);
}

static void judge_rejected(const struct nd_facts *f, const struct nd_setting *setting, struct nd_report *out)
{
	const char *must = nd_key_describe(setting->known, f->layers->arena);
	struct nd_finding *finding = nd_finding_add(out, ND_RULE_INVALID_VALUE,
		"npm rejects the value of %s: must be %s", setting->key.p, must);
	g_autofree char *text = setting->value.type == ND_TYPE_STRING ?
		g_strndup(setting->value.string.p, setting->value.string.n) : g_strdup("");
	const char *meant = word_meant(setting->known, text);

	nd_finding_help(finding, "write a value of that kind, or delete the line");
	nd_finding_note(finding, "%s", aftermath(f, setting));
	if (!(f->layers->npm_major >= 10 && nd_span_is(setting->key, "loglevel")))
		nd_finding_npm(finding, "invalid config");
	nd_facts_locate(f, setting, 0, 0, &finding->where);
	/* A stronger layer's value, or https-proxy, makes this one harmless, or it works all the same. */
	if ((!nd_is_effective(f, setting) && !setting->deleted) || nd_kind_is_url(nd_kind_of(setting->key)))
		finding->severity = ND_WARNING;
	if (meant)
		replace_value(f, finding, setting, meant);
}

static bool only_boolean(const struct nd_key *key)
{
	const unsigned others = ND_KEY_STRING | ND_KEY_NUMBER | ND_KEY_URL | ND_KEY_PATH | ND_KEY_ENUM |
		ND_KEY_LIST | ND_KEY_DATE;

	return (key->types & ND_KEY_BOOLEAN) && !(key->types & others);
}

/* Any text but `false` and `null` is true to nopt, and to JavaScript. */
static bool means_off(const struct nd_facts *f, const char *text)
{
	static const char *const words[] = { "no", "off", "false", "n", "f", "disable", "disabled", "never" };

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_ascii_strcasecmp(text, words[i]) == 0)
			return true;
	/* nopt makes a number of it, but only 6 and 8 use what nopt returns. */
	return f->layers->npm_major >= 9 && g_str_equal(text, "0");
}

static bool judge_boolean(const struct nd_facts *f, const struct nd_setting *setting, struct nd_report *out)
{
	g_autofree char *text = NULL;
	struct nd_finding *finding;

	if (!only_boolean(setting->known) || setting->value.type != ND_TYPE_STRING ||
		(setting->n_variables && f->layers->npm_major < 9))
		return false;
	text = g_strndup(setting->value.string.p, setting->value.string.n);
	if (!means_off(f, text))
		return false;
	finding = setting->n_variables ?
		nd_finding_add(out, ND_RULE_INVALID_VALUE,
			"%s is on: to npm only a `false` that is written out is off, not the one in the variable",
			setting->key.p) :
		nd_finding_add(out, ND_RULE_INVALID_VALUE, "%s=%s is on: to npm only `false` is off",
			setting->key.p, text);
	nd_facts_locate(f, setting, 0, 0, &finding->where);
	if (nd_span_is(setting->key, "strict-ssl"))
		nd_finding_help(finding, "delete the line: verification is on, and should be; where it fails, give "
			"npm the CA with NODE_EXTRA_CA_CERTS");
	else
		replace_value(f, finding, setting, "false");
	return true;
}

static void say_no_json(const struct nd_facts *f, const struct nd_setting *setting, struct nd_report *out)
{
	const struct nd_ini_entry *entry = nd_setting_entry(f, setting);
	struct nd_finding *finding = nd_finding_add(out, ND_RULE_INVALID_VALUE,
		"the quotes stay in the value, because what they hold is no JSON string");
	nd_finding_help(finding, "take the quotes off, or write \\\\ for each backslash");
	nd_blame(finding, nd_layers_of(f->layers, setting), entry, entry->text.start, entry->text.end);
}

static bool is_web(const struct nd_setting *setting)
{
	g_autofree char *text = nd_used_text(setting);
	struct nd_url *url = nd_url_parse(nd_span_of(text));
	bool web = url && (g_str_equal(url->scheme, "http") || g_str_equal(url->scheme, "https"));

	nd_url_free(url);
	return web;
}

/* Whether the registry's or the proxy's rules judge it: what is not in use, or works although npm's check
 * rejects it (`proxy=http:/proxy.example:8080`), they pass over. */
static bool is_judged_elsewhere(const struct nd_facts *f, const struct nd_setting *setting)
{
	enum nd_kind kind = nd_kind_of(setting->key);

	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];

		if (kind == ND_KIND_PROXY && r->proxy->setting == setting && r->proxy->error != ND_PROXY_OK)
			return true;
	}
	return kind == ND_KIND_REGISTRY && nd_is_effective(f, setting) && !is_web(setting);
}

static void judge_setting(const struct nd_facts *f, const struct nd_setting *setting, struct nd_report *out)
{
	enum nd_kind kind = nd_kind_of(setting->key);
	enum nd_rule owner = nd_setting_owner(f, setting);

	if (owner == ND_RULE_INVALID_VALUE && nd_is_no_json(f, setting))
		say_no_json(f, setting, out);
	if (nd_is_open(f, setting) || owner != ND_RULE_COUNT)
		return;
	/* The registry's and the proxy's rules say it better; a key without a value is no-value's. */
	if (!setting->known || (nd_kind_is_url(kind) && is_judged_elsewhere(f, setting)) ||
		nd_is_fatal(f, setting->origin.layer, setting->origin.line))
		return;
	if (setting->entry != SIZE_MAX && nd_is_bare(nd_layers_of(f->layers, setting), nd_setting_entry(f, setting)))
		return;
	if (!judge_boolean(f, setting, out) && !setting->valid)
		judge_rejected(f, setting, out);
}

/* The layer of the file that stops npm. */
static const struct nd_layer *layer_at(const struct nd_facts *f, const struct nd_origin *origin)
{
	for (guint at = 0; at < f->layers->order->len; at++) {
		const struct nd_layer *layer = f->layers->order->pdata[at];

		if (layer->id == origin->layer && origin->file && layer->file &&
			g_str_equal(layer->file->path, origin->file))
			return layer;
	}
	return &f->layers->layers[origin->layer];
}

/* Large files are full of settings that npm does not know, where only quotes can be wrong. */
static bool may_be_invalid(const struct nd_facts *f, const struct nd_layer *layer, size_t place)
{
	struct nd_value written = nd_layer_written(layer, place);

	return written.type != ND_TYPE_STRING || (written.string.n && written.string.p[0] == '"') ||
		nd_key_find(nd_layer_key(layer, place), f->layers->npm_major);
}

static void judge_fatal(const struct nd_facts *f, struct nd_report *out)
{
	const struct nd_origin *o = &f->layers->fatal_origin;
	const struct nd_layer *layer = layer_at(f, o);
	struct nd_finding *finding;

	/* npm 6 throws for a variable that is not set: unresolved-variable. */
	if (!f->layers->fatal || g_str_has_prefix(f->layers->fatal, "Failed to replace env"))
		return;
	finding = nd_finding_add(out, ND_RULE_INVALID_VALUE, "%s stops here before it does anything",
		nd_client_name(f->layers->client));
	nd_finding_npm(finding, f->layers->fatal);
	if (g_str_has_prefix(f->layers->fatal, "double-loading"))
		nd_finding_help(finding,
			"let userconfig and globalconfig name files of their own: npm reads none of them twice");
	else
		nd_help_row(finding);
	finding->where.known = true;
	finding->where.layer = o->layer;
	if (layer->doc && o->line) {
		const struct nd_line *line = nd_doc_line(layer->doc, o->line - 1);

		nd_facts_locate_line(layer, o->line - 1, line->key_start, line->key_end, &finding->where);
	} else {
		finding->where.file = g_strdup(o->file);
		finding->where.variable = g_strdup(o->variable);
	}
}

/* `cafile=` is the current directory; reading a directory is an exception outside of npm's reach. */
static void judge_cafile(const struct nd_facts *f, struct nd_report *out)
{
	const struct nd_setting *setting = f->trust->cafile_setting;
	struct nd_finding *finding;

	if (!f->trust->cafile || f->trust->cafile->state != ND_READ_DIRECTORY || nd_is_open(f, setting) ||
		nd_setting_owner(f, setting) != ND_RULE_COUNT)
		return;
	finding = nd_finding_add(out, ND_RULE_INVALID_VALUE, f->layers->npm_major < 7 ?
		"cafile names a directory: npm ignores it" :
		"cafile names a directory: npm dies with status 235 and prints nothing");
	nd_finding_help(finding, "name a file with PEM certificates, or delete the line: an empty cafile is the "
		"current directory");
	nd_facts_locate(f, setting, 0, 0, &finding->where);
}

void nd_check_invalid_value(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	(void)rule;
	for (guint at = 0; at < f->layers->order->len; at++) {
		const struct nd_layer *layer = f->layers->order->pdata[at];

		if (layer->id == ND_LAYER_CLI || layer->id == ND_LAYER_BUILTIN)
			continue;
		for (size_t i = 0; i < layer->n_settings; i++)
			if (may_be_invalid(f, layer, i))
				judge_setting(f, nd_layer_setting(layer, i), out);
	}
	judge_cafile(f, out);
	judge_fatal(f, out);
}
