#include <npmrc-doctor/doc.h>
#include <npmrc-doctor/expand.h>
#include <npmrc-doctor/ini.h>
#include <npmrc-doctor/verify.h>

void nd_delivered_free(struct nd_delivered *delivered)
{
	g_free(delivered->name);
	nd_secret_free(delivered->value);
	g_free(delivered);
}

void nd_delivered_add(GPtrArray *list, const char *name, const struct nd_secret *value)
{
	struct nd_delivered *delivered = g_new0(struct nd_delivered, 1);

	delivered->name = g_strdup(name);
	delivered->value = nd_secret_dup(value);
	g_ptr_array_add(list, delivered);
}

static char *assignment(const char *name, struct nd_span value)
{
	GString *text = g_string_new(name);

	g_string_append_c(text, '=');
	g_string_append_len(text, value.p, value.n);
	return g_string_free(text, FALSE);
}

struct nd_env *nd_delivered_env(const struct nd_env *base, const GPtrArray *variables)
{
	g_autoptr(GPtrArray) strings = g_ptr_array_new_with_free_func(g_free);

	for (size_t i = 0; i < base->n; i++)
		g_ptr_array_add(strings, assignment(base->vars[i].name, nd_span_of(base->vars[i].value)));
	for (guint i = 0; variables && i < variables->len; i++) {
		const struct nd_delivered *v = variables->pdata[i];

		g_ptr_array_add(strings, assignment(v->name, nd_secret_reveal(v->value)));
	}
	g_ptr_array_add(strings, NULL);
	return nd_env_from((const char *const *)strings->pdata, base->cwd);
}

struct decoded {
	struct nd_doc *doc;
	struct nd_ini *ini;
	struct nd_env *env;
	struct nd_arena *arena;
	enum nd_expand_dialect dialect;
};

static void decode(const struct nd_reading *reading, const struct nd_env *env, int npm_major,
	struct decoded *out)
{
	out->doc = nd_doc_new(reading->bytes, npm_major < 9);
	out->ini = nd_ini_decode(out->doc, npm_major);
	out->env = nd_delivered_env(env, reading->variables);
	out->arena = nd_arena_new();
	out->dialect = nd_expand_dialect_of_npm(npm_major);
}

static void decoded_release(struct decoded *d)
{
	nd_arena_free(d->arena);
	nd_env_free(d->env);
	nd_ini_free(d->ini);
	nd_doc_free(d->doc);
}

/* @npmcli/config/lib/parse-field.js: trimmed, then expanded. */
static struct nd_value expanded(const struct decoded *d, const struct nd_value *value)
{
	struct nd_value out = *value;
	struct nd_value *items;

	if (value->type == ND_TYPE_STRING) {
		/* npm trims first: what a key ends with ("...\\n") is no part of what it sees. */
		out.string = nd_expand(d->dialect, nd_doc_trim(value->string), d->env, d->arena).text;
	} else if (value->type == ND_TYPE_ARRAY) {
		items = nd_arena_alloc(d->arena, value->n_items * sizeof(*items));
		for (size_t i = 0; i < value->n_items; i++)
			items[i] = expanded(d, &value->items[i]);
		out.items = items;
	}
	return out;
}

/* What differs first, and on which line; NULL where nothing does. Duplicates and lines under a section
 * count too: a secret there must come back as it was. */
static const char *first_difference(const struct decoded *a, const struct decoded *b, size_t *line)
{
	size_t n = MIN(nd_ini_entry_count(a->ini), nd_ini_entry_count(b->ini));

	*line = 0;
	for (size_t i = 0; i < n; i++) {
		const struct nd_ini_entry *x = nd_ini_entry(a->ini, i);
		const struct nd_ini_entry *y = nd_ini_entry(b->ini, i);
		struct nd_value v = expanded(a, &x->text.value), w = expanded(b, &y->text.value);

		*line = x->line + 1;
		if (!nd_span_equal(x->key, y->key) || x->list != y->list || x->dropped != y->dropped)
			return "the key";
		if (!nd_value_equal(&v, &w))
			return "the value";
	}
	return nd_ini_entry_count(a->ini) == nd_ini_entry_count(b->ini) ? NULL : "what follows";
}

bool nd_verify_same(const struct nd_reading *a, const struct nd_reading *b, const struct nd_env *env,
	int npm_major, GError **err)
{
	struct decoded x, y;
	const char *difference;
	size_t line;

	decode(a, env, npm_major, &x);
	decode(b, env, npm_major, &y);
	difference = first_difference(&x, &y, &line);
	if (difference)
		g_set_error(err, g_quark_from_static_string("nd-verify"), 0,
			"npm would not see what it saw before: %s in line %zu differs", difference, line);
	decoded_release(&x);
	decoded_release(&y);
	return !difference;
}
