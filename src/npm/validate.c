#include "convert.h"

#include <math.h>
#include <npmrc-doctor/address.h>
#include <npmrc-doctor/keys.h>
#include <npmrc-doctor/path.h>
#include <npmrc-doctor/url.h>

/* nopt/lib/nopt-lib.js (clean, validate) with the types of nopt/lib/type-defs.js and
 * @npmcli/config/lib/type-defs.js. */

struct check {
	const struct nd_coerce *how;
	const struct nd_key *key;
	struct nd_arena *arena;
};

static struct nd_value owned_text(const struct check *c, char *text)
{
	struct nd_value value = nd_value_string(nd_arena_copy(c->arena, nd_span_of(text)));
	g_free(text);
	return value;
}

static bool check_null(const struct check *c, const struct nd_value *v, struct nd_value *out)
{
	(void)c;
	*out = *v;
	return v->type == ND_TYPE_NULL;
}

static bool check_false(const struct check *c, const struct nd_value *v, struct nd_value *out)
{
	(void)c;
	*out = *v;
	return v->type == ND_TYPE_BOOLEAN && !v->boolean;
}

static bool check_true(const struct check *c, const struct nd_value *v, struct nd_value *out)
{
	(void)c;
	*out = *v;
	return v->type == ND_TYPE_BOOLEAN && v->boolean;
}

static bool check_empty(const struct check *c, const struct nd_value *v, struct nd_value *out)
{
	(void)c;
	*out = *v;
	return v->type == ND_TYPE_STRING && v->string.n == 0;
}

/* Numbers count as words too: lockfile-version has 3 beside "3". */
static bool check_word(const struct check *c, const struct nd_value *v, struct nd_value *out)
{
	*out = *v;
	if (v->type != ND_TYPE_STRING && v->type != ND_TYPE_NUMBER)
		return false;
	struct nd_span text = nd_value_text(v, c->arena);
	for (const char *const *word = c->key->words; *word; word++)
		if (nd_span_is(text, *word))
			return true;
	return false;
}

/* npm's type is the list of this machine's addresses, made when it starts; npm 6 adds undefined. */
static bool check_local_ip(const struct check *c, const struct nd_value *v, struct nd_value *out)
{
	*out = *v;
	if (v->type != ND_TYPE_STRING)
		return v->type == ND_TYPE_UNDEFINED && c->how->npm_major < 7;
	return nd_address_is_local(v->string);
}

static bool check_url(const struct check *c, const struct nd_value *v, struct nd_value *out)
{
	struct nd_span text = nd_value_text(v, c->arena);
	char *href = NULL;
	if (c->how->npm_major >= 12) {
		struct nd_url *url = nd_url_parse(text);
		href = url ? g_strdup(url->href) : NULL;
		nd_url_free(url);
	} else {
		href = nd_url_legacy_href(text);
	}
	if (!href)
		return false;
	*out = owned_text(c, href);
	return true;
}

/* @npmcli/config takes text only; nopt alone, in npm 6, refuses true and makes null undefined. */
static bool check_path(const struct check *c, const struct nd_value *v, struct nd_value *out)
{
	bool npm6 = c->how->npm_major < 7;
	*out = (struct nd_value){.type = ND_TYPE_UNDEFINED};
	if (npm6 && v->type == ND_TYPE_NULL)
		return true;
	if (v->type != ND_TYPE_STRING && (!npm6 || (v->type == ND_TYPE_BOOLEAN && v->boolean)))
		return false;
	struct nd_span text = nd_value_text(v, c->arena);
	const char *home = c->how->home;
	g_autofree char *copy = nd_convert_hide_nul(text);
	bool in_home = home && *home && g_str_has_prefix(copy, "~/");
	/* HOME may be relative. */
	g_autofree char *from =
		in_home ? nd_path_resolve(c->how->cwd, home) : g_strdup(c->how->cwd);
	g_autofree char *path = nd_path_resolve(from, in_home ? copy + 2 : copy);
	*out = nd_value_string(nd_convert_show_nul(path, c->arena));
	return true;
}

static bool check_semver(const struct check *c, const struct nd_value *v, struct nd_value *out)
{
	(void)c;
	struct nd_span version = {NULL, 0};
	if (v->type == ND_TYPE_STRING)
		version = nd_convert_semver(v->string);
	*out = nd_value_string(version);
	return version.p != NULL;
}

static bool check_umask_npm6(const struct nd_value *v, struct nd_value *out)
{
	*out = *v;
	if (v->type == ND_TYPE_NUMBER)
		return !isnan(v->number);
	if (v->type != ND_TYPE_STRING || v->string.n == 0 || v->string.p[0] != '0')
		return false;
	g_autofree char *copy = g_strndup(v->string.p, v->string.n);
	*out = nd_value_number((double)g_ascii_strtoull(copy, NULL, 8));
	return true;
}

static bool check_umask(const struct check *c, const struct nd_value *v, struct nd_value *out)
{
	double number = v->number;
	if (c->how->npm_major < 7)
		return check_umask_npm6(v, out);
	if (v->type == ND_TYPE_STRING) {
		if (!nd_convert_umask(v->string, &number))
			return false;
	} else {
		if (v->type != ND_TYPE_NUMBER || !(number >= 0 && number < 01000))
			return false;
		number = (int)number;
	}
	*out = nd_value_number(number);
	return true;
}

/* A Date has no type of its own here: the text stays. */
static bool check_date(const struct check *c, const struct nd_value *v, struct nd_value *out)
{
	struct nd_span text = nd_value_text(v, c->arena);
	*out = nd_value_string(text);
	return nd_convert_is_date(text);
}

static bool check_number(const struct check *c, const struct nd_value *v, struct nd_value *out)
{
	double number = 0;
	if (v->type == ND_TYPE_NUMBER)
		number = v->number;
	else if (v->type == ND_TYPE_BOOLEAN)
		number = v->boolean;
	else if (v->type == ND_TYPE_UNDEFINED)
		return false;
	else if (v->type != ND_TYPE_NULL && !nd_convert_number(nd_value_text(v, c->arena), &number))
		return false;
	*out = nd_value_number(number);
	return !isnan(number);
}

static bool check_boolean(const struct check *c, const struct nd_value *v, struct nd_value *out)
{
	(void)c;
	double number;
	bool on = nd_value_truthy(v);
	if (v->type == ND_TYPE_STRING) {
		if (nd_convert_number(v->string, &number))
			on = number != 0;
		else
			on = !nd_span_is(v->string, "null") && !nd_span_is(v->string, "false");
	}
	*out = nd_value_boolean(on);
	return true;
}

static bool check_string(const struct check *c, const struct nd_value *v, struct nd_value *out)
{
	*out = nd_value_string(nd_value_text(v, c->arena));
	return true;
}

/* In the order of npm's definitions: the first that accepts decides what the value becomes. */
static const struct {
	unsigned type;
	bool (*accepts)(const struct check *c, const struct nd_value *v, struct nd_value *out);
} checks[] = {
	{ND_KEY_NULL, check_null},
	{ND_KEY_FALSE, check_false},
	{ND_KEY_TRUE, check_true},
	{ND_KEY_EMPTY, check_empty},
	{ND_KEY_ENUM, check_word},
	{ND_KEY_LOCAL_IP, check_local_ip},
	{ND_KEY_URL, check_url},
	{ND_KEY_PATH, check_path},
	{ND_KEY_SEMVER, check_semver},
	{ND_KEY_UMASK, check_umask},
	{ND_KEY_DATE, check_date},
	{ND_KEY_NUMBER, check_number},
	{ND_KEY_BOOLEAN, check_boolean},
	{ND_KEY_STRING, check_string},
};

static struct nd_value clean_text(unsigned types, struct nd_span text)
{
	double number;
	text = nd_convert_trim(text);
	if ((types & ND_KEY_NULL) && nd_span_is(text, "null"))
		return nd_value_null();
	if ((types & (ND_KEY_TRUE | ND_KEY_BOOLEAN)) && nd_span_is(text, "true"))
		return nd_value_boolean(true);
	if ((types & (ND_KEY_FALSE | ND_KEY_BOOLEAN)) && nd_span_is(text, "false"))
		return nd_value_boolean(false);
	if ((types & ND_KEY_NUMBER) && nd_convert_number(text, &number))
		return nd_value_number(number);
	return nd_value_string(text);
}

/* What nopt does to a value before it looks at the type. */
static struct nd_value clean(const struct check *c, const struct nd_value *v)
{
	/* nopt's typeDefault, for keys that npm does not know */
	const unsigned unknown =
		ND_KEY_NULL | ND_KEY_FALSE | ND_KEY_TRUE | ND_KEY_STRING | ND_KEY_LIST;
	unsigned types = c->key ? c->key->types : unknown;
	struct nd_value value = *v;
	/* since npm 9 parseField has made a Date of it: "null" out of a variable is an invalid one
	 */
	bool is_date = (types & ND_KEY_DATE) && c->how->npm_major >= 9;
	if (v->type == ND_TYPE_STRING && !is_date)
		value = clean_text(types, v->string);
	bool no = value.type == ND_TYPE_BOOLEAN && !value.boolean;
	if (no && (types & ND_KEY_NULL) && !(types & (ND_KEY_FALSE | ND_KEY_BOOLEAN)))
		value = nd_value_null();
	return value;
}

static bool validate_one(const struct check *c, const struct nd_value *v, struct nd_value *out)
{
	struct nd_value value = clean(c, v), checked;
	*out = value;
	if (!c->key)
		return true;
	for (size_t i = 0; i < G_N_ELEMENTS(checks); i++) {
		if (!(c->key->types & checks[i].type) || !checks[i].accepts(c, &value, &checked))
			continue;
		*out = checked;
		return true;
	}
	*out = (struct nd_value){.type = ND_TYPE_UNDEFINED};
	return false;
}

/* Items that fail are left out; an empty list is a value only where the type says list. */
static bool validate_items(const struct check *c, const struct nd_value *v, struct nd_value *out)
{
	struct nd_value *items = nd_arena_alloc(c->arena, (v->n_items + 1) * sizeof *items);
	size_t n = 0;
	for (size_t i = 0; i < v->n_items; i++)
		n += validate_one(c, &v->items[i], &items[n]);
	*out = (struct nd_value){.type = ND_TYPE_ARRAY, .items = items, .n_items = n};
	if (n == 0 && c->key && !(c->key->types & ND_KEY_LIST))
		*out = (struct nd_value){.type = ND_TYPE_UNDEFINED};
	return n == v->n_items;
}

bool nd_key_validate(const struct nd_coerce *how, const struct nd_key *key,
	const struct nd_value *value, struct nd_arena *arena, struct nd_value *out)
{
	const struct check c = {how, key, arena};
	return value->type == ND_TYPE_ARRAY ? validate_items(&c, value, out)
					    : validate_one(&c, value, out);
}
