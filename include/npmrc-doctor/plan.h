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
	struct nd_file *made;       /* stands for a file that does not exist yet, or NULL; owned */
};

struct nd_plan {
	GPtrArray *files;  /* struct nd_plan_file, those that are made first */
	GPtrArray *mended; /* const struct nd_finding: what the plan mends */
	GPtrArray *left;   /* const struct nd_finding: asked for, and there is no automatic way */
	GPtrArray *later;  /* const struct nd_finding: collide with this plan, so the next run's */
	size_t secrets;    /* how many go to the keyring */
};

struct nd_plan_options {
	bool keyring;          /* edits that move secrets are included */
	bool others;           /* edits that do not are included */
	const bool *rules;     /* ND_RULE_COUNT flags, or NULL: all */
};

/* `files` are the struct nd_file that were read (borrowed); one that was read under two names is one.
 * A finding is mended as a whole or, where an edit of it overlaps an earlier finding's, left for the
 * next run; equal edits are one. Owned by the caller. */
struct nd_plan *nd_plan_new(const struct nd_report *report, const GPtrArray *files,
	const struct nd_plan_options *options);
void nd_plan_free(struct nd_plan *plan);
bool nd_plan_is_empty(const struct nd_plan *plan);

/* The new bytes of one file, owned by the caller. Without `moves` the secrets stay where they are. The edits of a
 * plan fit its file. */
GString *nd_plan_result(const struct nd_plan_file *file, bool moves);

/* Whether any of the file's secrets goes to the keyring. */
bool nd_plan_moves(const struct nd_plan_file *file);

/* A unified diff with secrets as bullets, and a line for each secret that moves, each mode that changes
 * and each file that is made. Owned by the caller. */
GString *nd_plan_diff(const struct nd_plan *plan);

#endif
