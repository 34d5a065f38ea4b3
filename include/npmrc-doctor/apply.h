#ifndef NPMRC_DOCTOR_APPLY_H
#define NPMRC_DOCTOR_APPLY_H

#include <glib.h>
#include <npmrc-doctor/keyring.h>
#include <npmrc-doctor/plan.h>

/* Carrying a plan out. Per file: store every secret, read each back and compare, replace the file
 * atomically, then have `verify` read it as npm would. */

struct nd_apply_options {
	struct nd_keyring *keyring; /* NULL: the plan moves no secret */
	/* Whether the new bytes give npm, with the variables set, the same values as the old ones; called
	 * before the file is replaced. NULL: not checked. */
	bool (*verify)(void *data, const struct nd_plan_file *file, const GString *bytes, GError **err);
	void *data;
};

/* Applies one file of the plan. On failure the file is as it was; *stored tells how many secrets remain
 * in the keyring all the same (harmless: the file still has them). */
bool nd_apply_file(const struct nd_plan_file *file, const struct nd_apply_options *options,
	size_t *stored, GError **err) G_GNUC_WARN_UNUSED_RESULT;

#endif
