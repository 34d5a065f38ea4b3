#ifndef ND_REPORT_PLAIN_H
#define ND_REPORT_PLAIN_H

#include <npmrc-doctor/format.h>

/* What the formats for machines share. */

/* The part of an absolute path below the base, or NULL where it does not lie there. Borrowed from it. */
const char *nd_below(const char *base, const char *path);

/* Appends the path as a part of a URI: everything that is not unreserved or a slash is encoded. */
void nd_append_uri(GString *out, const char *path);

/* Where a finding lies, as people read it: the path (relative below the base) with its line, or what
 * stands in a file's place. Appends nothing where no place is to blame. */
void nd_append_place(GString *out, const struct nd_location *where, const char *base);

/* The same without the line, never empty. */
void nd_append_name(GString *out, const struct nd_location *where, const char *base);

/* Appends all that a finding says beyond its message, one line each, each begun with a line feed. */
void nd_append_details(GString *out, const struct nd_finding *finding);

/* Tells findings apart by what they are about, so that the same finding has the same name in every
 * checkout and on every day: rule, place (without the line) and key; equal ones are counted. */
struct nd_names {
	GHashTable *seen;
	GString *name;
};
struct nd_names nd_names_new(void);
void nd_names_release(struct nd_names *names);
/* RULE:PLACE:KEY#N, valid until the next call. */
const char *nd_names_take(struct nd_names *names, const struct nd_finding *finding, const char *base);

/* How many files that were to be judged could not be read: then not all the work was done. */
guint nd_unread(const struct nd_report *report);

/* The reasons why rules were not judged, each once and with the number of rules, in the order of the
 * report: calls `each` for every one. */
void nd_each_reason(const struct nd_report *report, void (*each)(void *data, const char *reason, guint n),
	void *data);

#endif
