#ifndef NPMRC_DOCTOR_PLAN_H
#define NPMRC_DOCTOR_PLAN_H

#include <glib.h>
#include <npmrc-doctor/findings.h>
#include <npmrc-doctor/source.h>
#include <stdbool.h>

/* The fixes for a report's findings: pure, printable, empty when there is nothing to do. */

struct nd_plan_file {
	const struct nd_file *file; /* as it was read */
	GPtrArray *edits;           /* struct nd_edit, borrowed from the findings, in file order */
	bool tighten;               /* the file gets mode 0600 */
};

struct nd_plan {
	GPtrArray *files; /* struct nd_plan_file */
	GPtrArray *left;  /* const struct nd_finding: asked for but not mended automatically */
	size_t secrets;   /* how many go to the keyring */
};

struct nd_plan_options {
	bool keyring;          /* edits that move secrets are included */
	bool others;           /* edits that do not are included */
	const bool *rules;     /* ND_RULE_COUNT flags, or NULL: all */
};

/* `files` are the struct nd_file that were read (borrowed). Edits that overlap an earlier one are left
 * for the next run. Owned by the caller. */
struct nd_plan *nd_plan_new(const struct nd_report *report, const GPtrArray *files,
	const struct nd_plan_options *options);
void nd_plan_free(struct nd_plan *plan);
bool nd_plan_is_empty(const struct nd_plan *plan);

/* The new bytes of one file; wipe them. */
GString *nd_plan_result(const struct nd_plan_file *file);

/* A unified diff with secrets as bullets, and a line for each secret that moves and each mode that
 * changes. Owned by the caller. */
GString *nd_plan_diff(const struct nd_plan *plan);

#endif
