#ifndef NPMRC_DOCTOR_EXPAND_H
#define NPMRC_DOCTOR_EXPAND_H

#include <glib.h>
#include <npmrc-doctor/arena.h>
#include <npmrc-doctor/span.h>
#include <stdbool.h>

struct nd_env;

/* ${VAR} as npm replaces it: @npmcli/config/lib/env-replace.js (8 and later), npm 6's
 * lib/config/load-prefixes + replaceEnv, pnpm's and yarn's variants. */
enum nd_expand_dialect {
	ND_EXPAND_NPM6,  /* an unset variable is an exception */
	ND_EXPAND_NPM8,  /* 8, 9, 10 */
	ND_EXPAND_NPM11, /* 11, 12: ${VAR?} too */
	ND_EXPAND_PNPM10,
	ND_EXPAND_PNPM12,
	ND_EXPAND_YARN1,
	ND_EXPAND_BUN,
};

/* One ${...} that was found. Offsets are into the text before expansion. */
struct nd_variable {
	struct nd_span name;
	size_t start, end;
	bool set;      /* it is set (perhaps empty) */
	bool optional; /* ${VAR?} */
};

struct nd_expansion {
	struct nd_span text;               /* the result; the input itself where nothing changed */
	const struct nd_variable *variables;
	size_t n_variables;                /* only those that this dialect recognises as references */
	bool changed;
	bool failed;                       /* npm 6, yarn: throws; pnpm: drops (see variables) */
};

/* Replaces every reference in the text. Results are owned by the arena or borrowed from text. */
struct nd_expansion nd_expand(enum nd_expand_dialect dialect, struct nd_span text,
	const struct nd_env *env, struct nd_arena *arena);

/* Spells a value so that expansion gives back exactly it: of 2k + 1 backslashes in front of a reference k are left
 * and the reference stands (@npmcli/config/lib/env-replace.js). npm 6 and yarn keep the backslashes, so that the value
 * is its own spelling or has none: expanding it shows which. Owned by the caller. */
GString *nd_expand_escape(enum nd_expand_dialect dialect, struct nd_span value, struct nd_arena *arena);

enum nd_expand_dialect nd_expand_dialect_of_npm(int npm_major);

#endif
