#include "rules/misread.h"

/* References in a spelling that npm does not know (@npmcli/config/lib/env-replace.js knows one form only). */

/* Whether the name is one that people give to variables, not ":-" syntax. */
static bool is_variable_name(struct nd_span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!g_ascii_isalnum(name.p[i]) && !(name.p[i] && strchr("_.()", name.p[i])))
			return false;
	return name.n > 0;
}

static bool find_braces(struct nd_span text, struct nd_wrong *out)
{
	const char *open = text.n > 3 ? memmem(text.p, text.n, "${{", 3) : NULL;
	const char *close = open ? memmem(open, text.n - (size_t)(open - text.p), "}}", 2) : NULL;

	if (!close)
		return false;
	*out = (struct nd_wrong){ (size_t)(open - text.p), (size_t)(close + 2 - text.p), NULL, "${{ ... }}",
		"GitHub Actions' own files" };
	return true;
}

/* ${VAR:-x}: to npm the variable's name is all that stands between the braces. */
static bool find_default(const struct nd_facts *f, struct nd_span text, struct nd_wrong *out)
{
	struct nd_expansion expansion = nd_expand(nd_layers_dialect(f->layers), text,
		f->files_only ? NULL : f->layers->env, f->layers->arena);

	for (size_t i = 0; i < expansion.n_variables; i++) {
		const struct nd_variable *v = &expansion.variables[i];

		if (v->set || is_variable_name(v->name) ||
			strcspn(nd_arena_copy(f->layers->arena, v->name).p, ":-+=?") == v->name.n)
			continue;
		*out = (struct nd_wrong){ v->start, v->end, NULL, v->name.p[v->name.n - 1] == '?' ? "${VAR?}" :
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
	return is_variable_name(*name) && !g_ascii_isdigit(name->p[0]);
}

/* In a password `$` is an ordinary character: there only a name that is set, or that nobody has for
 * a password, is taken for a reference. */
static bool judge_part(const struct nd_facts *f, struct nd_span text, struct nd_span part, bool password,
	struct nd_wrong *out)
{
	struct nd_span name;
	const char *form;
	g_autofree char *copy = NULL;

	if (!is_reference(part, &name, &form))
		return false;
	copy = g_strndup(name.p, name.n);
	if (password && !is_upper_name(name) && (f->files_only || !nd_env_get(f->layers->env, copy)))
		return false;
	*out = (struct nd_wrong){ (size_t)(part.p - text.p), (size_t)(part.p + part.n - text.p),
		g_steal_pointer(&copy), form, *form == '$' ? "shells" : "Windows" };
	return true;
}

/* The parts of a URL by the look of it: user, password, host. */
static bool find_in_url(const struct nd_facts *f, struct nd_span text, struct nd_wrong *out)
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

bool nd_find_wrong(const struct nd_facts *f, const struct nd_ini_entry *entry, struct nd_wrong *out)
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
	struct nd_wrong wrong;
	bool found = nd_find_wrong(f, entry, &wrong);

	if (found)
		g_free(wrong.name);
	return found;
}
