#include "utf8.h"
#include <npmrc-doctor/env.h>
#include <npmrc-doctor/expand.h>

/* One match of the dialect's pattern in the text. */
struct match {
	size_t escapes;	   /* backslashes right before the $ */
	size_t start, end; /* of ${...}, without them */
	struct nd_span name;
	bool optional; /* ${VAR?}, or there is a text for the case that it is not set */
	bool fallback_on_empty;
	struct nd_span fallback;
};

struct expander {
	enum nd_expand_dialect dialect;
	struct nd_span text;
	const struct nd_env *env;
	struct nd_arena *arena;
	GString *out;
	size_t copied; /* bytes of the text that are in `out` */
	GArray *variables;
	bool failed;
};

/* (\\*)\$\{([^}]+)\} of npm 6 (lib/config/core.js) and yarn: `start` is behind "${". */
static bool match_to_brace(struct nd_span text, size_t start, struct match *m)
{
	const char *close = memchr(text.p + start, '}', text.n - start);

	if (!close || close == text.p + start)
		return false;
	m->end = (size_t)(close - text.p) + 1;
	m->name = (struct nd_span){text.p + start, m->end - 1 - start};
	return true;
}

/* (?<!\\)(\\*)\$\{([^${}]+)\} of npm 8 to 10 and pnpm (@npmcli/config/lib/env-replace.js). */
static bool match_name(struct nd_span text, size_t start, struct match *m)
{
	size_t i = start;

	while (i < text.n && text.p[i] != '$' && text.p[i] != '{' && text.p[i] != '}')
		i++;
	if (i == start || i == text.n || text.p[i] != '}')
		return false;
	m->end = i + 1;
	m->name = (struct nd_span){text.p + start, i - start};
	return true;
}

/* ([^${}?]+)(\?)? of npm 11; bun does the same as far as has been seen. */
static bool match_optional(struct nd_span text, size_t start, struct match *m)
{
	if (!match_name(text, start, m))
		return false;
	m->optional = m->name.p[m->name.n - 1] == '?';
	m->name.n -= m->optional;
	return m->name.n && !memchr(m->name.p, '?', m->name.n);
}

static bool ends_line(const char *p, size_t n)
{
	return *p == '\n' || *p == '\r' ||
	       (n >= 3 && memcmp(p, "\xe2\x80", 2) == 0 && ((unsigned char)p[2] & 0xfe) == 0xa8);
}

/* ([^:-]+)(:?)-(.+) anywhere in the name: @pnpm/config.env-replace of pnpm 10. */
static void split_pnpm10(struct match *m)
{
	const char *p = m->name.p, *end = p + m->name.n;

	while (p < end) {
		const char *start = p, *dash, *stop;

		while (p < end && *p != ':' && *p != '-')
			p++;
		dash = p < end && *p == ':' ? p + 1 : p;
		if (p > start && dash + 1 < end && *dash == '-' &&
			!ends_line(dash + 1, (size_t)(end - dash - 1))) {
			for (stop = dash + 1; stop < end && !ends_line(stop, (size_t)(end - stop));)
				stop++;
			m->name = (struct nd_span){start, (size_t)(p - start)};
			m->fallback = (struct nd_span){dash + 1, (size_t)(stop - dash - 1)};
			m->fallback_on_empty = dash > p;
			m->optional = true;
			return;
		}
		p = p == start ? p + 1 : p;
	}
}

/* parseFallback of pnpm 11's config/env-replace, then its withOptionalEnvPlaceholders. */
static void split_pnpm12(struct match *m)
{
	struct nd_span name = m->name;
	const char *dash = memchr(name.p, '-', name.n);
	size_t n = dash ? (size_t)(dash - name.p) : 0;
	bool colon = n && name.p[n - 1] == ':';
	size_t variable = n - colon;

	if (variable && !memchr(name.p, ':', variable) && n + 1 < name.n) {
		m->name.n = variable;
		m->fallback = (struct nd_span){dash + 1, name.n - n - 1};
		m->fallback_on_empty = colon;
		m->optional = true;
		return;
	}
	const char *question = memchr(name.p, '?', name.n);

	if (name.n > 1 && question == name.p + name.n - 1 && question[-1] != '-') {
		m->name.n--;
		m->optional = true;
	}
}

static bool match_at(
	enum nd_expand_dialect dialect, struct nd_span text, size_t start, struct match *m)
{
	switch (dialect) {
	case ND_EXPAND_NPM6:
	case ND_EXPAND_YARN1:
		return match_to_brace(text, start, m);
	case ND_EXPAND_NPM8:
		return match_name(text, start, m);
	case ND_EXPAND_NPM11:
	case ND_EXPAND_BUN:
		return match_optional(text, start, m);
	case ND_EXPAND_PNPM10:
		if (!match_name(text, start, m))
			return false;
		split_pnpm10(m);
		return true;
	case ND_EXPAND_PNPM12:
		if (!match_name(text, start, m))
			return false;
		split_pnpm12(m);
		return true;
	}
	return false;
}

static const char *look_up(struct expander *x, struct nd_span name)
{
	if (!x->env || memchr(name.p, '\0', name.n))
		return NULL;
	return nd_env_get(x->env, nd_arena_copy(x->arena, name).p);
}

static void copy_until(struct expander *x, size_t end)
{
	g_string_append_len(x->out, x->text.p + x->copied, (gssize)(end - x->copied));
}

static bool throws_when_unset(enum nd_expand_dialect dialect)
{
	return dialect == ND_EXPAND_NPM6 || dialect == ND_EXPAND_YARN1 ||
	       dialect == ND_EXPAND_PNPM10;
}

/* What stands in the place of the reference. */
static struct nd_span replacement(struct expander *x, const struct match *m, const char *value)
{
	if (m->optional && (!value || (m->fallback_on_empty && !*value)))
		return m->fallback;
	if (value)
		return nd_utf8_clean(nd_span_of(value), x->arena);
	if (x->dialect == ND_EXPAND_PNPM12)
		return (struct nd_span){"", 0};
	x->failed = x->failed || throws_when_unset(x->dialect);
	return (struct nd_span){x->text.p + m->start, m->end - m->start};
}

static void replace(struct expander *x, const struct match *m)
{
	bool keeps_backslashes = x->dialect == ND_EXPAND_NPM6 || x->dialect == ND_EXPAND_YARN1;

	if (m->escapes % 2) {
		/* Escaped: no reference. npm 8 and later eat half of the backslashes, rounded up.
		 */
		size_t eaten = keeps_backslashes ? 0 : (m->escapes + 1) / 2;

		copy_until(x, m->start - eaten);
		x->copied = m->start;
		return;
	}
	const char *value = look_up(x, m->name);
	struct nd_span text = replacement(x, m, value);
	struct nd_variable variable = {.name = m->name,
		.start = m->start,
		.end = m->end,
		.set = value != NULL,
		.optional = m->optional};

	g_array_append_val(x->variables, variable);
	copy_until(x, m->start - (keeps_backslashes ? m->escapes : m->escapes / 2));
	g_string_append_len(x->out, text.p, (gssize)text.n);
	x->copied = m->end;
}

static void replace_all(struct expander *x)
{
	struct nd_span text = x->text;
	const char *dollar;

	for (size_t at = 0; at + 1 < text.n; at++) {
		struct match m = {0};

		dollar = memchr(text.p + at, '$', text.n - at - 1);
		if (!dollar)
			break;
		at = (size_t)(dollar - text.p);
		if (dollar[1] != '{' || !match_at(x->dialect, text, at + 2, &m))
			continue;
		m.start = at;
		while (m.escapes < at - x->copied && dollar[-1 - (ptrdiff_t)m.escapes] == '\\')
			m.escapes++;
		replace(x, &m);
		/* An escaped one is passed over as a whole too: inner ones are not looked at. */
		at = m.end - 1;
	}
	copy_until(x, text.n);
}

struct nd_expansion nd_expand(enum nd_expand_dialect dialect, struct nd_span text,
	const struct nd_env *env, struct nd_arena *arena)
{
	struct nd_expansion result = {.text = text};

	if (text.n < 4 || !memmem(text.p, text.n, "${", 2))
		return result;
	struct expander x = {dialect, text, env, arena, g_string_sized_new(text.n * 2), 0,
		g_array_new(FALSE, FALSE, sizeof(struct nd_variable)), false};

	replace_all(&x);
	result.failed = x.failed;
	result.n_variables = x.variables->len;
	struct nd_span list = {x.variables->data, x.variables->len * sizeof(struct nd_variable)};

	result.variables = (const void *)nd_arena_copy(arena, list).p;
	result.changed =
		!x.failed && !nd_span_equal((struct nd_span){x.out->str, x.out->len}, text);
	if (result.changed)
		result.text = nd_arena_copy(arena, (struct nd_span){x.out->str, x.out->len});
	g_string_free(x.out, TRUE);
	g_array_free(x.variables, TRUE);
	return result;
}

/* Whether the dialect takes text[0, n), which is "${...}", for one reference: in ${a${b} there is one within. */
static bool is_reference(enum nd_expand_dialect dialect, const char *text, size_t n, struct nd_arena *arena)
{
	struct nd_expansion e = nd_expand(dialect, (struct nd_span){ text, n }, NULL, arena);

	return e.n_variables == 1 && e.variables[0].start == 0;
}

static void append_backslashes(GString *out, size_t n)
{
	while (n--)
		g_string_append_c(out, '\\');
}

GString *nd_expand_escape(enum nd_expand_dialect dialect, struct nd_span value, struct nd_arena *arena)
{
	bool keeps = dialect == ND_EXPAND_NPM6 || dialect == ND_EXPAND_YARN1;
	GString *out = g_string_new(NULL);
	size_t backslashes = 0;

	for (size_t i = 0; i < value.n; i++) {
		const char *at = value.p + i, *close = memchr(at, '}', value.n - i);

		if (!keeps && *at == '$' && i + 1 < value.n && at[1] == '{' && close &&
			is_reference(dialect, at, (size_t)(close + 1 - at), arena))
			append_backslashes(out, backslashes + 1);
		backslashes = *at == '\\' ? backslashes + 1 : 0;
		g_string_append_c(out, *at);
	}
	return out;
}

enum nd_expand_dialect nd_expand_dialect_of_npm(int npm_major)
{
	if (npm_major < 7)
		return ND_EXPAND_NPM6;
	return npm_major < 11 ? ND_EXPAND_NPM8 : ND_EXPAND_NPM11;
}
