#include <npmrc-doctor/keys.h>
#include <npmrc-doctor/nopt.h>
#include <stdlib.h>

/* @npmcli/config/lib/definitions/index.js; a second word is the value. */
struct shorthand {
	const char *name, *words[2];
};
static const struct shorthand shorthands[] = {
	{"?", {"--usage", NULL}},
	{"B", {"--save-bundle", NULL}},
	{"C", {"--prefix", NULL}},
	{"D", {"--save-dev", NULL}},
	{"E", {"--save-exact", NULL}},
	{"H", {"--usage", NULL}},
	{"L", {"--location", NULL}},
	{"O", {"--save-optional", NULL}},
	{"P", {"--save-prod", NULL}},
	{"S", {"--save", NULL}},
	{"a", {"--all", NULL}},
	{"c", {"--call", NULL}},
	{"d", {"--loglevel", "info"}},
	{"dd", {"--loglevel", "verbose"}},
	{"ddd", {"--loglevel", "silly"}},
	{"desc", {"--description", NULL}},
	{"enjoy-by", {"--before", NULL}},
	{"f", {"--force", NULL}},
	{"g", {"--global", NULL}},
	{"h", {"--usage", NULL}},
	{"help", {"--usage", NULL}},
	{"iwr", {"--include-workspace-root", NULL}},
	{"l", {"--long", NULL}},
	{"local", {"--no-global", NULL}},
	{"m", {"--message", NULL}},
	{"n", {"--no-yes", NULL}},
	{"no", {"--no-yes", NULL}},
	{"p", {"--parseable", NULL}},
	{"porcelain", {"--parseable", NULL}},
	{"q", {"--loglevel", "warn"}},
	{"quiet", {"--loglevel", "warn"}},
	{"readonly", {"--read-only", NULL}},
	{"reg", {"--registry", NULL}},
	{"s", {"--loglevel", "silent"}},
	{"silent", {"--loglevel", "silent"}},
	{"v", {"--version", NULL}},
	{"verbose", {"--loglevel", "verbose"}},
	{"w", {"--workspace", NULL}},
	{"ws", {"--workspaces", NULL}},
	{"y", {"--yes", NULL}},
};

/* What is being read. */
struct reader {
	GPtrArray *words; /* char *; grows where one stands for others */
	guint at;
	int npm_major;
	bool npx;
	struct nd_nopt *out;
};

static void setting_free(gpointer data)
{
	struct nd_nopt_setting *setting = data;

	g_free(setting->key);
	g_free(setting->value);
	g_free(setting);
}

static const struct nd_key *key_of(const struct reader *r, const char *name)
{
	return nd_key_find(nd_span_of(name), r->npm_major);
}

/* abbrev: the only key that begins like this. */
static const char *abbreviated(const struct reader *r, const char *name)
{
	size_t n;
	const struct nd_key *keys = nd_key_all(&n);
	const char *found = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!(keys[i].versions & ND_NPM(r->npm_major)) || !g_str_has_prefix(keys[i].name, name))
			continue;
		if (found && !g_str_equal(found, keys[i].name))
			return NULL;
		found = keys[i].name;
	}
	return *name ? found : NULL;
}

/* An older npm has neither the key nor its shorthand: --all would stand for a, l, l and thus for itself. */
static bool has_key(const struct reader *r, const struct shorthand *shorthand)
{
	const char *name = shorthand->words[0] + strlen("--");

	return key_of(r, name) || (g_str_has_prefix(name, "no-") && key_of(r, name + strlen("no-")));
}

static const struct shorthand *find_shorthand(const struct reader *r, const char *name, size_t n)
{
	for (size_t i = 0; i < G_N_ELEMENTS(shorthands); i++)
		if (strlen(shorthands[i].name) == n && memcmp(shorthands[i].name, name, n) == 0)
			return has_key(r, &shorthands[i]) ? &shorthands[i] : NULL;
	return NULL;
}

static const struct shorthand *abbreviated_shorthand(const struct reader *r, const char *name)
{
	const struct shorthand *found = NULL;

	for (size_t i = 0; *name && i < G_N_ELEMENTS(shorthands); i++) {
		if (!g_str_has_prefix(shorthands[i].name, name) || !has_key(r, &shorthands[i]))
			continue;
		if (found)
			return NULL;
		found = &shorthands[i];
	}
	return found;
}

static void insert(struct reader *r, guint at, const char *word)
{
	g_ptr_array_insert(r->words, (gint)at, g_strdup(word));
}

/* Puts what a shorthand stands for at `at`; how many words that were. */
static guint expand_one(struct reader *r, guint at, const struct shorthand *shorthand)
{
	guint n = 0;

	for (; n < G_N_ELEMENTS(shorthand->words) && shorthand->words[n]; n++)
		insert(r, at + n, shorthand->words[n]);
	return n;
}

/* Letters that each are a shorthand: -gl. No letter at all stands for nothing (--=x). */
static bool is_glued(const struct reader *r, const char *name)
{
	for (; *name; name++)
		if (!find_shorthand(r, name, 1))
			return false;
	return true;
}

/* resolveShort: whether the word at hand was replaced by what it stands for. */
static bool resolve(struct reader *r)
{
	const char *word = r->words->pdata[r->at];
	g_autofree char *name = g_strdup(word + strspn(word, "-"));
	const struct shorthand *found = find_shorthand(r, name, strlen(name));
	guint at = r->at + 1;

	if (key_of(r, name))
		return false;
	if (r->npx && g_str_equal(name, "p")) {
		insert(r, at, "--package");
	} else if (found) {
		expand_one(r, at, found);
	} else if (is_glued(r, name)) {
		for (const char *letter = name; *letter; letter++)
			at += expand_one(r, at, find_shorthand(r, letter, 1));
	} else {
		found = abbreviated(r, name) ? NULL : abbreviated_shorthand(r, name);
		if (!found)
			return false;
		expand_one(r, at, found);
	}
	g_ptr_array_remove_index(r->words, r->at);
	return true;
}

static const char *next_word(const struct reader *r)
{
	return r->at + 1 < r->words->len ? r->words->pdata[r->at + 1] : NULL;
}

static void set(struct reader *r, const char *key, const char *value)
{
	struct nd_nopt_setting *setting = g_new0(struct nd_nopt_setting, 1);

	setting->key = g_strdup(key);
	setting->value = g_strdup(value);
	g_ptr_array_add(r->out->settings, setting);
}

static bool is_number(const char *word)
{
	char *end = NULL;

	strtod(word, &end);
	return *word && end && !*end;
}

/* Whether the word behind a flag is its value. */
static bool is_flags_value(const struct nd_key *key, const char *next)
{
	size_t dashes = strspn(next, "-");

	for (const char *const *word = key->words; word && *word; word++)
		if (g_str_equal(*word, next))
			return true;
	if ((key->types & ND_KEY_NULL) && g_str_equal(next, "null"))
		return true;
	if ((key->types & ND_KEY_NUMBER) && !(dashes >= 2 && next[dashes]) && is_number(next))
		return true;
	return (key->types & ND_KEY_STRING) && !(dashes == 1 && next[1]);
}

static void read_flag(struct reader *r, const char *name, const struct nd_key *key, bool negated)
{
	const char *next = next_word(r), *value = negated ? "false" : "true";

	if (next && (g_str_equal(next, "true") || g_str_equal(next, "false"))) {
		value = g_str_equal(next, "true") != negated ? "true" : "false";
		r->at++;
	} else if (key && next && *next && (key->types & (key->types - 1)) && is_flags_value(key, next)) {
		value = next;
		r->at++;
	}
	set(r, name, value);
}

static void read_value(struct reader *r, const char *name, const struct nd_key *key)
{
	const char *next = next_word(r);
	size_t dashes = next ? strspn(next, "-") : 0;

	if (key && key->types == ND_KEY_STRING && (!next || ((dashes == 1 || dashes == 2) && next[dashes]))) {
		set(r, name, "");
	} else if (!next || (dashes >= 2 && !next[dashes])) {
		set(r, name, "true");
	} else {
		set(r, name, next);
		r->at++;
	}
}

static void read_option(struct reader *r)
{
	char *word = r->words->pdata[r->at], *equals = strchr(word, '=');
	const struct nd_key *key;
	const char *name, *next, *whole;
	bool no = false, negated = false;

	if (equals) {
		insert(r, r->at + 1, equals + 1);
		*equals = '\0';
	}
	if (resolve(r)) {
		r->at--;
		return;
	}
	name = word + strspn(word, "-");
	for (; g_ascii_strncasecmp(name, "no-", 3) == 0; name += 3) {
		no = true;
		negated = !negated;
	}
	whole = key_of(r, name) ? name : abbreviated(r, name);
	name = whole ? whole : name;
	key = key_of(r, name);
	next = next_word(r);
	if (no || (key ? (key->types & ND_KEY_BOOLEAN) != 0 : !equals) ||
		(key && (key->types & ND_KEY_NULL) && next && g_str_equal(next, "false")))
		read_flag(r, name, key, negated);
	else
		read_value(r, name, key);
}

/* "--", "---" and so on end the options. */
static bool is_end(const char *word)
{
	size_t n = strlen(word);

	return n >= 2 && strspn(word, "-") == n;
}

void nd_nopt_read(char *const *arguments, int npm_major, bool first, struct nd_nopt *out)
{
	struct reader r = {
		.words = g_ptr_array_new_with_free_func(g_free),
		.npm_major = npm_major,
		.npx = first,
		.out = out,
	};

	*out = (struct nd_nopt){
		.remain = g_ptr_array_new_with_free_func(g_free),
		.settings = g_ptr_array_new_with_free_func(setting_free),
	};
	for (; *arguments; arguments++)
		g_ptr_array_add(r.words, g_strdup(*arguments));
	for (bool open = true; r.at < r.words->len; r.at++) {
		const char *word = r.words->pdata[r.at];

		if (open && is_end(word))
			open = false;
		else if (open && word[0] == '-' && word[1])
			read_option(&r);
		else
			g_ptr_array_add(out->remain, g_strdup(word));
		open = open && !(first && out->remain->len);
	}
	g_ptr_array_unref(r.words);
}

void nd_nopt_release(struct nd_nopt *nopt)
{
	g_ptr_array_unref(nopt->remain);
	g_ptr_array_unref(nopt->settings);
	*nopt = (struct nd_nopt){0};
}
