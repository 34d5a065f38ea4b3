#include "rules/misread.h"

/* ${VAR}, what people write for it, and what is not set. */

static bool is_env_name(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	return n && !name[n] && !g_ascii_isdigit(*name);
}

/* A secret may begin with a `$`: named is only what is no secret for certain. */
static bool may_be_named(const struct nd_facts *f, const char *name)
{
	return is_env_name(name) || (!f->files_only && nd_env_get(f->layers->env, name));
}

static void say_wrong(const struct nd_facts *f, const struct nd_layer *layer,
	const struct nd_ini_entry *entry, const struct nd_wrong *wrong, struct nd_report *out)
{
	size_t start = nd_ini_offset(layer->doc, &entry->text, wrong->start);
	size_t end = nd_ini_offset(layer->doc, &entry->text, wrong->end);
	struct nd_finding *finding = nd_finding_add(out, ND_RULE_WRONG_VARIABLE_SYNTAX,
		"%s is what %s know%s: %s takes it literally", wrong->form, wrong->known,
		g_str_equal(wrong->known, "npm 11") || g_str_equal(wrong->known, "Windows") ? "s" : "",
		nd_client_name(f->layers->client));
	g_autofree char *text = wrong->name && may_be_named(f, wrong->name) ?
		g_strdup_printf("${%s}", wrong->name) : NULL;

	nd_finding_help(finding, "write %s", text ? text : "${VAR}, and set VAR where npm runs");
	nd_blame(finding, layer, entry, start, end);
	if (text && !f->files_only && nd_env_get(f->layers->env, wrong->name))
		nd_mend(finding, layer, start, end, text);
}

void nd_check_wrong_variable(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	g_autoptr(GPtrArray) layers = nd_reading_layers(f);

	(void)rule;
	for (guint i = 0; i < layers->len; i++) {
		const struct nd_layer *layer = layers->pdata[i];

		for (size_t k = 0; k < nd_ini_entry_count(layer->ini); k++) {
			const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, k);
			struct nd_wrong wrong;

			if (nd_entry_counts(layer, k) &&
				nd_entry_owner(f, layer, entry) == ND_RULE_WRONG_VARIABLE_SYNTAX &&
				nd_find_wrong(f, entry, &wrong)) {
				say_wrong(f, layer, entry, &wrong, out);
				g_free(wrong.name);
			}
		}
	}
}

/* --- unresolved-variable --- */

/* What a client does without it: tests/differential holds each against the program. */
static char *effect_of(const struct nd_facts *f, const char *name)
{
	const struct nd_layers *layers = f->layers;

	if (layers->client == ND_CLIENT_PNPM && layers->client_major == 10)
		return g_strdup("pnpm 10 drops the whole file");
	if (layers->client == ND_CLIENT_PNPM)
		return g_strdup("pnpm puts nothing in its place");
	if (layers->client == ND_CLIENT_YARN)
		return g_strdup("yarn stops");
	if (layers->npm_major < 7)
		return g_strdup_printf("npm %d stops", layers->npm_major);
	return g_strdup_printf("%s keeps the text ${%s} literally", nd_client_name(layers->client), name);
}

static struct nd_finding *say_unset(const struct nd_facts *f, struct nd_report *out, struct nd_span name)
{
	g_autofree char *text = g_strndup(name.p, name.n);
	bool held = f->in_keyring && g_hash_table_contains(f->in_keyring, text);
	struct nd_finding *finding;

	g_autofree char *effect = effect_of(f, text);

	finding = nd_finding_add(out, ND_RULE_UNRESOLVED_VARIABLE, "the variable %s is not set: %s", text, effect);
	if (f->layers->npm_major < 7)
		nd_finding_npm(finding, "Failed to replace env in config");
	if (held) {
		finding->severity = ND_WARNING;
		nd_finding_note(finding, "the OS keyring holds %s", text);
	}
	if (held || nd_variable_is_ours(text))
		nd_finding_help(finding, "run npm through `npmrc-doctor exec -- npm ...`, which takes it from "
			"the OS keyring; on a build agent let the CI's secret store set %s", text);
	else
		nd_finding_help(finding, "set %s in the environment that npm runs in", text);
	nd_finding_text(finding, "variable", text);
	return finding;
}

static bool is_unset(const struct nd_variable *v)
{
	return !v->set && !v->optional;
}

/* Whether one before it has the same name: one variable is one cause. */
static bool said_before(const struct nd_variable *variables, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (is_unset(&variables[k]) && nd_span_equal(variables[k].name, variables[i].name))
			return true;
	return false;
}

static void judge_unset(const struct nd_facts *f, const struct nd_layer *layer,
	const struct nd_ini_entry *entry, const struct nd_ini_text *text, struct nd_report *out)
{
	struct nd_expansion expansion;

	if (text->value.type != ND_TYPE_STRING)
		return;
	expansion = nd_expand(nd_layers_dialect(f->layers), text->value.string, f->layers->env, f->layers->arena);
	for (size_t i = 0; i < expansion.n_variables; i++) {
		const struct nd_variable *v = &expansion.variables[i];

		if (is_unset(v) && !said_before(expansion.variables, i))
			nd_blame(say_unset(f, out, v->name), layer, entry,
				nd_ini_offset(layer->doc, text, v->start), nd_ini_offset(layer->doc, text, v->end));
	}
}

/* The lines of the project's file that pnpm takes no notice of, whether their variables are set or not: whoever wrote
 * the project may not have secrets sent where he likes (dropUntrustedEnvExpansions.js). Entry to setting; NULL: there
 * are none. */
static GHashTable *find_distrusted(const struct nd_facts *f, const struct nd_layer *layer)
{
	GHashTable *found;

	if (f->layers->client != ND_CLIENT_PNPM || layer->id != ND_LAYER_PROJECT || layer->ignored)
		return NULL;
	found = g_hash_table_new(NULL, NULL);
	for (size_t i = 0; i < layer->n_settings; i++) {
		const struct nd_setting *s = nd_layer_setting(layer, i);

		if (s->deleted && (s->n_variables || memmem(s->raw_key.p, s->raw_key.n, "${", 2)) &&
			nd_setting_entry(f, s))
			g_hash_table_insert(found, (gpointer)nd_setting_entry(f, s), (gpointer)s);
	}
	return found;
}

static void say_distrusted(const struct nd_facts *f, const struct nd_setting *setting, struct nd_report *out)
{
	struct nd_finding *finding;

	/* pnpm 12 stops rather than ask another registry: invalid-value. */
	if (nd_is_fatal(f, setting->origin.layer, setting->origin.line))
		return;
	finding = nd_finding_add(out, ND_RULE_UNRESOLVED_VARIABLE,
		"pnpm %sexpands no ${VARIABLE} in what a project's file "
		"says of registries, proxies and credentials: it ignores this line",
		f->layers->client_major > 10 ? "" : "10.34 ");
	/* Its first versions do: which one it is is not known. */
	if (f->layers->client_major <= 10)
		finding->severity = ND_WARNING;
	nd_finding_help(finding, "move the line to the user's .npmrc");
	nd_facts_locate(f, setting, 0, 0, &finding->where);
}

static void judge_file(const struct nd_facts *f, const struct nd_layer *layer, struct nd_report *out)
{
	g_autoptr(GHashTable) distrusted = find_distrusted(f, layer);

	for (size_t k = 0; k < nd_ini_entry_count(layer->ini); k++) {
		const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, k);
		const struct nd_setting *setting;
		enum nd_rule owner;

		if (!nd_entry_counts(layer, k))
			continue;
		setting = distrusted ? g_hash_table_lookup(distrusted, entry) : NULL;
		if (setting) {
			say_distrusted(f, setting, out);
			continue;
		}
		owner = nd_entry_owner(f, layer, entry);
		if (owner != ND_RULE_UNRESOLVED_VARIABLE && owner != ND_RULE_COUNT)
			continue;
		judge_unset(f, layer, entry, &entry->key_text, out);
		if (owner == ND_RULE_UNRESOLVED_VARIABLE)
			judge_unset(f, layer, entry, &entry->text, out);
	}
}

void nd_check_unresolved(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	g_autoptr(GPtrArray) layers = nd_reading_layers(f);
	const struct nd_layer *env = &f->layers->layers[ND_LAYER_ENV];

	(void)rule;
	if (f->files_only)
		return;
	for (guint i = 0; i < layers->len; i++)
		judge_file(f, layers->pdata[i], out);
	for (size_t i = 0; i < env->n_settings; i++) {
		const struct nd_setting *s = nd_layer_setting(env, i);

		for (size_t k = 0; s->unresolved && k < s->n_variables; k++)
			if (is_unset(&s->variables[k]) && !said_before(s->variables, k))
				nd_facts_locate(f, s, 0, 0, &say_unset(f, out, s->variables[k].name)->where);
	}
}
