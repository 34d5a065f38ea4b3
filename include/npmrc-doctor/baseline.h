#ifndef NPMRC_DOCTOR_BASELINE_H
#define NPMRC_DOCTOR_BASELINE_H

#include <glib.h>
#include <npmrc-doctor/findings.h>
#include <npmrc-doctor/span.h>

/* Findings that a tree has had before: one line each of rule, file, key and the how manieth of these it is,
 * separated by tabs. Files are relative to the report's directory, or to the home directory (~/), so that the
 * lines hold in another checkout; neither a value nor anything derived from one is in them, nor a line's
 * number, so that lines may move. */

struct nd_baseline;

/* NULL with file and line where it is no baseline. Owned by the caller. */
struct nd_baseline *nd_baseline_parse(const char *path, struct nd_span bytes, GError **err);
void nd_baseline_free(struct nd_baseline *baseline);

/* Moves the findings that it has to the suppressed ones. Its lines that match none, though their rule was
 * judged and their file read, become findings (unused-suppression). `home` may be NULL. */
void nd_baseline_apply(const struct nd_baseline *baseline, struct nd_report *report, const char *home);

/* The report's findings and those that an earlier baseline accepts, as a new one. */
GString *nd_baseline_print(const struct nd_report *report, const char *home);
/* Moves all findings that nd_baseline_print has written to the suppressed ones. */
void nd_baseline_accept(struct nd_report *report);

enum nd_baseline_error { ND_BASELINE_ERROR_SYNTAX };
#define ND_BASELINE_ERROR (nd_baseline_error_quark())
GQuark nd_baseline_error_quark(void);

#endif
