#include <npmrc-doctor/keys.h>
#include <string.h>

/* Short names for the rows of keys.def. */
enum {
	NOTHING = 0, /* npm 6's logstream: no value from a file can be right */
	NUL = ND_KEY_NULL,
	NO = ND_KEY_FALSE,
	YES = ND_KEY_TRUE,
	EMPTY = ND_KEY_EMPTY,
	WORD = ND_KEY_ENUM,
	LOCAL_IP = ND_KEY_LOCAL_IP,
	ADDRESS = ND_KEY_URL,
	PATH = ND_KEY_PATH,
	SEMVER = ND_KEY_SEMVER,
	UMASK = ND_KEY_UMASK,
	DATE = ND_KEY_DATE,
	NUMBER = ND_KEY_NUMBER,
	BOOLEAN = ND_KEY_BOOLEAN,
	STRING = ND_KEY_STRING,
	LIST = ND_KEY_LIST,
};

/* The bits of the major versions a to b. */
#define NPM(a, b) ((ND_NPM(b) << 1) - ND_NPM(a))
#define TEXT(text) "\"" text "\""
#define COMPUTED NULL
#define ANY NULL
#define WORDS(...) \
	(const char *const[]) \
	{ \
		__VA_ARGS__, NULL \
	}
#define KEY(name, versions, types, words, fallback) \
	{name, types, words, versions, 0, NULL, fallback},
#define OLD(name, versions, types, words, fallback, deprecated, instead) \
	{name, types, words, versions, deprecated, instead, fallback},

static const struct nd_key keys[] = {
#include "keys.def"
};

#undef KEY
#undef OLD

/* Versions outside the table are judged as the nearest one in it. */
static unsigned version_bit(int npm_major)
{
	return ND_NPM(CLAMP(npm_major, ND_NPM_OLDEST, ND_NPM_NEWEST));
}

static int compare(struct nd_span name, const char *other)
{
	size_t n = strlen(other);
	int order = name.n ? memcmp(name.p, other, name.n < n ? name.n : n) : 0;

	return order ? order : (name.n > n) - (name.n < n);
}

const struct nd_key *nd_key_find(struct nd_span name, int npm_major)
{
	unsigned bit = version_bit(npm_major);
	size_t low = 0, high = G_N_ELEMENTS(keys);

	/* The rows are in byte order of their names, which may have several. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(name, keys[middle].name) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < G_N_ELEMENTS(keys) && nd_span_is(name, keys[low].name); low++)
		if (keys[low].versions & bit)
			return &keys[low];
	return NULL;
}

const struct nd_key *nd_key_all(size_t *n)
{
	*n = G_N_ELEMENTS(keys);
	return keys;
}

bool nd_key_default(const char *name, int npm_major, struct nd_arena *arena, struct nd_value *out)
{
	const struct nd_key *key = nd_key_find(nd_span_of(name), npm_major);
	return key && key->fallback && nd_value_parse_json(nd_span_of(key->fallback), arena, out);
}

const char *nd_key_yarn_registry(void)
{
	return "https://registry.yarnpkg.com/";
}

static bool is_one_of(struct nd_span name, const char *const *words)
{
	for (; *words; words++)
		if (nd_span_is(name, *words))
			return true;
	return false;
}

/* checkUnknown looks names up in a plain object, which inherits these from Object.prototype. */
static bool has_definition(struct nd_span name, int npm_major)
{
	static const char *const inherited[] = {"constructor", "hasOwnProperty", "isPrototypeOf",
		"propertyIsEnumerable", "toLocaleString", "toString", "valueOf", "__proto__",
		"__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__",
		NULL};
	return nd_key_find(name, npm_major) || is_one_of(name, inherited);
}

bool nd_key_is_known(struct nd_span raw_key, int npm_major)
{
	/* internalEnv of @npmcli/config/lib/index.js, nerfDarts of definitions/index.js */
	static const char *const internal[] = {
		"npm-version", "global-prefix", "local-prefix", NULL};
	static const char *const scoped[] = {"_auth", "_authToken", "_password", "certfile",
		"email", "keyfile", "username", NULL};
	if (npm_major < 11 || has_definition(raw_key, npm_major) || is_one_of(raw_key, internal))
		return true;
	const char *colon = raw_key.n ? memrchr(raw_key.p, ':', raw_key.n) : NULL;
	if (!colon)
		return false;
	struct nd_span last = {colon + 1, raw_key.n - (size_t)(colon + 1 - raw_key.p)};
	return has_definition(last, npm_major) || is_one_of(last, scoped);
}

static void add_description(GPtrArray *into, unsigned types, unsigned type, const char *text)
{
	if (types & type)
		g_ptr_array_add(into, (char *)text);
}

/* One phrase for each thing that the type allows, in the order in which npm lists them. */
static GPtrArray *descriptions(const struct nd_key *key)
{
	GPtrArray *all = g_ptr_array_new();
	add_description(all, key->types, ND_KEY_NULL, "null");
	add_description(all, key->types, ND_KEY_FALSE, "false");
	add_description(all, key->types, ND_KEY_TRUE, "true");
	for (const char *const *word = key->words; word && *word; word++)
		g_ptr_array_add(all, (char *)*word);
	add_description(all, key->types, ND_KEY_LOCAL_IP, "an IP address of this machine");
	add_description(all, key->types, ND_KEY_SEMVER, "full valid SemVer string");
	add_description(
		all, key->types, ND_KEY_UMASK, "octal number in range 0o000..0o777 (0..511)");
	add_description(all, key->types, ND_KEY_DATE, "valid Date string");
	add_description(all, key->types, ND_KEY_NUMBER, "numeric value");
	add_description(all, key->types, ND_KEY_BOOLEAN, "boolean value (true or false)");
	add_description(all, key->types, ND_KEY_STRING, "text");
	g_ptr_array_add(all, NULL);
	return all;
}

/* invalidHandler of @npmcli/config/lib/index.js names only the URL or path among several types. */
const char *nd_key_describe(const struct nd_key *key, struct nd_arena *arena)
{
	if (key->types & ND_KEY_URL)
		return "full url with \"http://\"";
	if (key->types & ND_KEY_PATH)
		return "valid filesystem path";
	g_autoptr(GPtrArray) all = descriptions(key);
	bool several = all->len > 2, list = (key->types & ND_KEY_LIST) != 0;
	const char *keyword = several ? (list ? "one or more of: " : "one of: ")
			      : list  ? "one or more "
				      : "";
	g_autofree char *joined = g_strjoinv(", ", (char **)all->pdata);
	g_autofree char *text = g_strconcat(keyword, joined, NULL);
	return nd_arena_copy(arena, nd_span_of(text)).p;
}
