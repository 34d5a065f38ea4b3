#ifndef NPMRC_DOCTOR_VERIFY_H
#define NPMRC_DOCTOR_VERIFY_H

#include <glib.h>
#include <npmrc-doctor/secret.h>
#include <npmrc-doctor/source.h>

/* One variable with its value, as COMMAND would get it. */
struct nd_delivered {
	char *name;
	struct nd_secret *value;
};
void nd_delivered_free(struct nd_delivered *delivered);
/* Adds a copy of the secret under that name to a list of struct nd_delivered. */
void nd_delivered_add(GPtrArray *list, const char *name, const struct nd_secret *value);

/* The environment as a process has it that gets the variables (struct nd_delivered, NULL: none) beside
 * it; owned by the caller. */
struct nd_env *nd_delivered_env(const struct nd_env *base, const GPtrArray *variables);

/* Two readings of one file. */
struct nd_reading {
	struct nd_span bytes;
	const GPtrArray *variables; /* struct nd_delivered: set beside the environment; NULL: none */
};

/* Whether npm of that version sees the same keys with the same values in both readings. The error names
 * the line that differs, never a value. */
bool nd_verify_same(const struct nd_reading *a, const struct nd_reading *b, const struct nd_env *env,
	int npm_major, GError **err);

#endif
