#ifndef NPMRC_DOCTOR_APPLY_H
#define NPMRC_DOCTOR_APPLY_H

#include <glib.h>
#include <npmrc-doctor/keyring.h>
#include <npmrc-doctor/plan.h>

/* Carrying a plan out. Per file: write the new content beside it (so that a full disk or a directory
 * that cannot be written shows before the keyring is touched), store every secret, read each back and
 * compare, put the new file in place, read it back as npm would. */

struct nd_apply_options {
	struct nd_keyring *keyring; /* NULL: the plan moves no secret */
	/* Whether the new bytes give npm, with the variables set, the same values as the old ones; called
	 * before anything is stored or written. NULL: not checked. */
	bool (*verify)(void *data, const struct nd_plan_file *file, const GString *bytes, GError **err);
	/* The same of what is on disk and in the keyring once the file is in place. Where it says no, the
	 * old bytes are put back. NULL: not checked. */
	bool (*read_back)(void *data, const struct nd_plan_file *file, GError **err);
	void *data;
};

/* Applies one file of the plan. On failure the file has its old bytes, unless the error says otherwise;
 * *stored tells how many secrets remain in the keyring all the same (harmless: the file still has them). */
bool nd_apply_file(const struct nd_plan_file *file, const struct nd_apply_options *options,
	size_t *stored, GError **err) G_GNUC_WARN_UNUSED_RESULT;

#endif
