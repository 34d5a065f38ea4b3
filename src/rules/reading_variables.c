#include "rules/reading.h"

/* ${VAR}, and what people write for it (@npmcli/config/lib/env-replace.js knows one form only). */

bool nd_is_variable_name(struct nd_span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!g_ascii_isalnum(name.p[i]) && !(name.p[i] && strchr("_.()", name.p[i])))
			return false;
	return name.n > 0;
}

/* A reference in a spelling that npm does not know, as offsets into the decoded value. */
struct wrong {
	size_t start, end;
	char *name;        /* what it would refer to, or NULL */
	const char *form;  /* for the message */
	const char *known; /* who knows this form */
};

static bool find_braces(struct nd_span text, struct wrong *out)
{
	const char *open = text.n > 3 ? memmem(text.p, text.n, "${{", 3) : NULL;
	const char *close = open ? memmem(open, text.n - (size_t)(open - text.p), "}}", 2) : NULL;

	if (!close)
		return false;
	*out = (struct wrong){ (size_t)(open - text.p), (size_t)(close + 2 - text.p), NULL, "${{ ... }}",
		"GitHub Actions' own files" };
	return true;
}

/* ${VAR:-x}: to npm the variable's name is all that stands between the braces. */
static bool find_default(const struct nd_facts *f, struct nd_span text, struct wrong *out)
{
	struct nd_expansion expansion = nd_expand(nd_expand_dialect_of_npm(f->layers->npm_major), text,
		f->files_only ? NULL : f->layers->env, f->layers->arena);

	for (size_t i = 0; i < expansion.n_variables; i++) {
		const struct nd_variable *v = &expansion.variables[i];

		if (v->set || nd_is_variable_name(v->name) ||
			strcspn(nd_arena_copy(f->layers->arena, v->name).p, ":-+=?") == v->name.n)
			continue;
		*out = (struct wrong){ v->start, v->end, NULL, v->name.p[v->name.n - 1] == '?' ? "${VAR?}" :
			"${VAR:-default}", v->name.p[v->name.n - 1] == '?' ? "npm 11" : "shells" };
		return true;
	}
	return false;
}

static bool is_upper_name(struct nd_span name)
{
	bool line = false;

	for (size_t i = 0; i < name.n; i++) {
		if (g_ascii_islower(name.p[i]))
			return false;
		line |= name.p[i] == '_';
	}
	return line;
}

/* $NAME or %NAME% as the whole of the part. */
static bool is_reference(struct nd_span part, struct nd_span *name, const char **form)
{
	if (part.n > 1 && part.p[0] == '$') {
		*name = (struct nd_span){ part.p + 1, part.n - 1 };
		*form = "$VAR";
	} else if (part.n > 2 && part.p[0] == '%' && part.p[part.n - 1] == '%') {
		*name = (struct nd_span){ part.p + 1, part.n - 2 };
		*form = "%VAR%";
	} else {
		return false;
	}
	return nd_is_variable_name(*name) && !g_ascii_isdigit(name->p[0]);
}

/* In a password `$` is an ordinary character: there only a name that is set, or that nobody has for
 * a password, is taken for a reference. */
static bool judge_part(const struct nd_facts *f, struct nd_span text, struct nd_span part, bool password,
	struct wrong *out)
{
	struct nd_span name;
	const char *form;
	g_autofree char *copy = NULL;

	if (!is_reference(part, &name, &form))
		return false;
	copy = g_strndup(name.p, name.n);
	if (password && !is_upper_name(name) && (f->files_only || !nd_env_get(f->layers->env, copy)))
		return false;
	*out = (struct wrong){ (size_t)(part.p - text.p), (size_t)(part.p + part.n - text.p),
		g_steal_pointer(&copy), form, *form == '$' ? "shells" : "Windows" };
	return true;
}

/* The parts of a URL by the look of it: user, password, host. */
static bool find_in_url(const struct nd_facts *f, struct nd_span text, struct wrong *out)
{
	const char *slashes = text.n > 2 ? memmem(text.p, text.n, "//", 2) : NULL;
	const char *start = slashes ? slashes + 2 : text.p, *end = start, *at, *colon, *host;

	if (judge_part(f, text, text, false, out))
		return true;
	while (end < text.p + text.n && !(*end && strchr("/?#", *end)))
		end++;
	at = end > start ? memrchr(start, '@', (size_t)(end - start)) : NULL;
	host = at ? at + 1 : start;
	if (at) {
		colon = memchr(start, ':', (size_t)(at - start));
		if (colon && judge_part(f, text, (struct nd_span){ colon + 1, (size_t)(at - colon - 1) },
			true, out))
			return true;
		if (judge_part(f, text, (struct nd_span){ start, (size_t)((colon ? colon : at) - start) }, true,
			out))
			return true;
	}
	colon = end > host ? memchr(host, ':', (size_t)(end - host)) : NULL;
	return judge_part(f, text, (struct nd_span){ host, (size_t)((colon ? colon : end) - host) }, false, out);
}

static bool find_wrong(const struct nd_facts *f, const struct nd_ini_entry *entry, struct wrong *out)
{
	enum nd_kind kind = nd_kind_of(entry->key);
	struct nd_span text = entry->text.value.string;

	if (kind == ND_KIND_OTHER || entry->text.value.type != ND_TYPE_STRING || !text.n)
		return false;
	if (find_braces(text, out) || find_default(f, text, out))
		return true;
	if (nd_kind_is_url(kind))
		return find_in_url(f, text, out);
	return judge_part(f, text, text, kind == ND_KIND_USER, out);
}

bool nd_is_wrong_variable(const struct nd_facts *f, const struct nd_ini_entry *entry)
{
	struct wrong wrong;
	bool found = find_wrong(f, entry, &wrong);

	if (found)
		g_free(wrong.name);
	return found;
}

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
	const struct nd_ini_entry *entry, const struct wrong *wrong, struct nd_report *out)
{
	size_t start = nd_ini_offset(layer->doc, &entry->text, wrong->start);
	size_t end = nd_ini_offset(layer->doc, &entry->text, wrong->end);
	struct nd_finding *finding = nd_finding_add(out, ND_RULE_WRONG_VARIABLE_SYNTAX,
		"%s is what %s know%s: npm takes it literally", wrong->form, wrong->known,
		g_str_equal(wrong->known, "npm 11") || g_str_equal(wrong->known, "Windows") ? "s" : "");
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
			struct wrong wrong;

			if (nd_entry_counts(layer, k) &&
				nd_entry_owner(f, layer, entry) == ND_RULE_WRONG_VARIABLE_SYNTAX &&
				find_wrong(f, entry, &wrong)) {
				say_wrong(f, layer, entry, &wrong, out);
				g_free(wrong.name);
			}
		}
	}
}

/* --- unresolved-variable --- */

static struct nd_finding *say_unset(const struct nd_facts *f, struct nd_report *out, struct nd_span name)
{
	g_autofree char *text = g_strndup(name.p, name.n);
	bool held = f->in_keyring && g_hash_table_contains(f->in_keyring, text);
	struct nd_finding *finding;

	if (f->layers->npm_major < 7) {
		finding = nd_finding_add(out, ND_RULE_UNRESOLVED_VARIABLE,
			"the variable %s is not set: npm %d stops", text, f->layers->npm_major);
		nd_finding_npm(finding, "Failed to replace env in config");
	} else {
		finding = nd_finding_add(out, ND_RULE_UNRESOLVED_VARIABLE,
			"the variable %s is not set: npm keeps the text ${%s} literally", text, text);
	}
	if (held) {
		finding->severity = ND_WARNING;
		nd_finding_note(finding, "the OS keyring holds %s", text);
	}
	if (held || g_str_has_prefix(text, "NPMRC_SECRET_"))
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
	expansion = nd_expand(nd_expand_dialect_of_npm(f->layers->npm_major), text->value.string, f->layers->env,
		f->layers->arena);
	for (size_t i = 0; i < expansion.n_variables; i++) {
		const struct nd_variable *v = &expansion.variables[i];

		if (is_unset(v) && !said_before(expansion.variables, i))
			nd_blame(say_unset(f, out, v->name), layer, entry,
				nd_ini_offset(layer->doc, text, v->start), nd_ini_offset(layer->doc, text, v->end));
	}
}

static void judge_file(const struct nd_facts *f, const struct nd_layer *layer, struct nd_report *out)
{
	for (size_t k = 0; k < nd_ini_entry_count(layer->ini); k++) {
		const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, k);
		enum nd_rule owner;

		if (!nd_entry_counts(layer, k))
			continue;
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
