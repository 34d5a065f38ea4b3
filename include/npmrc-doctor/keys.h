#ifndef NPMRC_DOCTOR_KEYS_H
#define NPMRC_DOCTOR_KEYS_H

#include <npmrc-doctor/arena.h>
#include <npmrc-doctor/value.h>
#include <stdbool.h>

struct nd_env;

/* npm's table of settings (@npmcli/config/lib/definitions/definitions.js), for the versions that have
 * each key, their types and defaults. The only place that knows the default registry. */

enum nd_key_type {
	ND_KEY_NULL = 1 << 0,
	ND_KEY_BOOLEAN = 1 << 1,
	ND_KEY_STRING = 1 << 2,
	ND_KEY_NUMBER = 1 << 3,
	ND_KEY_URL = 1 << 4,
	ND_KEY_PATH = 1 << 5,
	ND_KEY_LIST = 1 << 6,   /* nopt's Array: may be given more than once */
	ND_KEY_UMASK = 1 << 7,
	ND_KEY_SEMVER = 1 << 8,
	ND_KEY_DATE = 1 << 9,
	ND_KEY_ENUM = 1 << 10,  /* words */
	ND_KEY_FALSE = 1 << 11, /* the literal false is allowed */
	ND_KEY_EMPTY = 1 << 12, /* the literal "" is allowed */
	ND_KEY_LOCAL_IP = 1 << 13,
	ND_KEY_TRUE = 1 << 14,  /* the literal true is allowed (npm 6) */
};

/* Bit (1 << (major - 6)) for each npm major version. */
#define ND_NPM(major) (1u << ((major) - 6))
#define ND_NPM_NEWEST 12
#define ND_NPM_OLDEST 6

/* One row. A name has several where its type or default changed; their versions do not overlap. */
struct nd_key {
	const char *name;
	unsigned types;            /* enum nd_key_type, or'ed */
	const char *const *words;  /* ENUM: NULL-terminated */
	unsigned versions;         /* ND_NPM bits of the versions that know it */
	unsigned deprecated;       /* bits of the versions that warn about it */
	const char *instead;       /* npm's deprecation text, NULL if never deprecated */
	const char *fallback;      /* the default as JSON text; NULL where it is undefined or computed */
};

/* The row for a key in this version, or NULL where npm does not know it. */
const struct nd_key *nd_key_find(struct nd_span name, int npm_major);
/* All rows, for suggestions and completion. */
const struct nd_key *nd_key_all(size_t *n);
/* The default value in this version (registry, strict-ssl, fetch-retries, ...); false where it is
 * undefined or computed from the machine. */
bool nd_key_default(const char *name, int npm_major, struct nd_arena *arena, struct nd_value *out);

/* yarn's own default registry. */
const char *nd_key_yarn_registry(void);

/* How npm 11 and 12 judge a key they do not know: for keys with ':' the part behind the last colon is
 * looked up. True where npm would stay silent. */
bool nd_key_is_known(struct nd_span raw_key, int npm_major);

/* The known key that this one most likely means (edit distance, '_' for '-', missing dashes), or NULL.
 * `certain`: only one reading makes sense (http_proxy, strictssl, registery). */
const struct nd_key *nd_key_suggest(struct nd_span raw_key, int npm_major, bool *certain);
/* Whether it is a setting that pnpm has and npm never had. */
bool nd_key_is_pnpm(struct nd_span raw_key);

/* parseField of @npmcli/config (8 and later) and npm 6's: trims, splits lists on blank lines, turns
 * words into JSON values, expands ${VAR} (with env NULL: not), resolves paths, converts numbers. */
struct nd_coerce {
	int npm_major;
	const struct nd_env *env;
	const char *cwd, *home;
};
struct nd_value nd_key_coerce(const struct nd_coerce *how, const struct nd_key *key,
	const struct nd_value *value, struct nd_arena *arena);

/* nopt's type check: false where npm warns "invalid config". `out` is what the value then is in the
 * layer (rewritten, or UNDEFINED where npm deletes it). */
bool nd_key_validate(const struct nd_coerce *how, const struct nd_key *key,
	const struct nd_value *value, struct nd_arena *arena, struct nd_value *out);

/* npm's words for the type, as in "invalid config Must be ...": full url with "http://", ... */
const char *nd_key_describe(const struct nd_key *key, struct nd_arena *arena);

#endif
