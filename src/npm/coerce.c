#include "convert.h"

#include <npmrc-doctor/expand.h>
#include <npmrc-doctor/keys.h>
#include <npmrc-doctor/path.h>

/* parseField of @npmcli/config/lib/parse-field.js and of npm 6's lib/config/core.js. */

struct field {
	const struct nd_coerce *how;
	struct nd_arena *arena;
	unsigned types;
};

static bool parse_word(struct nd_span text, struct nd_value *out)
{
	if (nd_span_is(text, "true") || nd_span_is(text, "false"))
		*out = nd_value_boolean(text.p[0] == 't');
	else if (nd_span_is(text, "null"))
		*out = nd_value_null();
	else if (nd_span_is(text, "undefined"))
		*out = (struct nd_value){.type = ND_TYPE_UNDEFINED};
	else
		return false;
	return true;
}

static struct nd_span expand(const struct field *f, struct nd_span text)
{
	if (!f->how->env)
		return text;
	enum nd_expand_dialect dialect = nd_expand_dialect_of_npm(f->how->npm_major);
	return nd_expand(dialect, text, f->how->env, f->arena).text;
}

static struct nd_span resolve(const struct field *f, struct nd_span text)
{
	const char *base = f->how->cwd, *home = f->how->home;
	g_autofree char *copy = nd_convert_hide_nul(text);
	bool in_home = home && *home && g_str_has_prefix(copy, "~/");
	/* resolve(home, "/x") would be "/x": what follows "~/" may be absolute too. HOME may be
	 * relative. */
	g_autofree char *from = in_home ? nd_path_resolve(base, home) : g_strdup(base);
	g_autofree char *path = nd_path_resolve(from, in_home ? copy + 2 : copy);
	return nd_convert_show_nul(path, f->arena);
}

/* npm 6 throws where the text between quotes is no JSON; there it stays as it is. */
static struct nd_span unquote_npm6(const struct field *f, struct nd_span text)
{
	struct nd_value value;
	if (text.n < 2 || text.p[0] != '"' || text.p[text.n - 1] != '"')
		return text;
	if (memchr(text.p, '\n', text.n) || !nd_value_parse_json(text, f->arena, &value))
		return text;
	return value.type == ND_TYPE_STRING ? value.string : text;
}

/* What both parsers do behind the expansion. */
static struct nd_value finish(const struct field *f, struct nd_span text)
{
	double number;
	if (f->types & ND_KEY_PATH)
		text = resolve(f, text);
	if (f->types & ND_KEY_UMASK) {
		if (f->how->npm_major < 7)
			return nd_value_number(nd_convert_umask_npm6(text));
		if (nd_convert_umask(text, &number))
			return nd_value_number(number);
		return nd_value_string(text);
	}
	if ((f->types & ND_KEY_NUMBER) && nd_convert_number(text, &number))
		return nd_value_number(number);
	return nd_value_string(text);
}

static bool is_bare_flag(const struct field *f, unsigned texts, struct nd_span text)
{
	return (f->types & ND_KEY_BOOLEAN) && !(f->types & texts) && text.n == 0;
}

static struct nd_value coerce_npm6(const struct field *f, struct nd_span text)
{
	struct nd_value word;
	text = unquote_npm6(f, nd_convert_trim(text));
	if (is_bare_flag(f, ND_KEY_STRING, text))
		return nd_value_boolean(true);
	return parse_word(text, &word) ? word : finish(f, expand(f, text));
}

static struct nd_value coerce_text(const struct field *f, struct nd_span text)
{
	const unsigned texts = ND_KEY_STRING | ND_KEY_PATH;
	struct nd_value word;
	text = nd_convert_trim(text);
	if (is_bare_flag(f, texts, text))
		return nd_value_boolean(true);
	if (!(f->types & (texts | ND_KEY_NUMBER)) && parse_word(text, &word))
		return word;
	return finish(f, expand(f, text));
}

static struct nd_value as_array(const struct field *f, const GArray *items)
{
	struct nd_value array = {.type = ND_TYPE_ARRAY, .n_items = items->len};
	size_t size = items->len * sizeof(struct nd_value);
	struct nd_value *copy = nd_arena_alloc(f->arena, MAX(size, 1));
	if (size)
		memcpy(copy, items->data, size);
	array.items = copy;
	return array;
}

static struct nd_value coerce_items(const struct field *f, const struct nd_value *value)
{
	g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(struct nd_value));
	for (size_t i = 0; i < value->n_items; i++) {
		struct nd_value item = value->items[i];
		if (item.type == ND_TYPE_STRING)
			item = coerce_text(f, item.string);
		g_array_append_val(items, item);
	}
	return as_array(f, items);
}

/* Lists stand in one value with blank lines between them: certificates hold single line ends. */
static struct nd_value coerce_list(const struct field *f, struct nd_span text)
{
	g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(struct nd_value));
	text = nd_convert_trim(text);
	for (;;) {
		const char *gap = text.n ? memmem(text.p, text.n, "\n\n", 2) : NULL;
		size_t n = gap ? (size_t)(gap - text.p) : text.n;
		struct nd_value item = coerce_text(f, (struct nd_span){text.p, n});
		g_array_append_val(items, item);
		if (!gap)
			return as_array(f, items);
		text = (struct nd_span){gap + 2, text.n - n - 2};
	}
}

struct nd_value nd_key_coerce(const struct nd_coerce *how, const struct nd_key *key,
	const struct nd_value *value, struct nd_arena *arena)
{
	const struct field f = {how, arena, key ? key->types : 0};
	bool list = (f.types & ND_KEY_LIST) && how->npm_major > 6;
	if (value->type == ND_TYPE_ARRAY && list)
		return coerce_items(&f, value);
	if (value->type != ND_TYPE_STRING)
		return *value;
	if (how->npm_major < 7)
		return coerce_npm6(&f, value->string);
	return list ? coerce_list(&f, value->string) : coerce_text(&f, value->string);
}
