#ifndef NPMRC_DOCTOR_REPORT_H
#define NPMRC_DOCTOR_REPORT_H

#include <npmrc-doctor/findings.h>
#include <stdbool.h>

/* Rendering. Nothing here decides; results are owned by the caller. */

struct nd_style {
	bool colour;
	bool utf8;      /* else ASCII */
	unsigned width; /* of the terminal; 0: do not wrap */
	bool verbose;
	bool quiet;
};

/* The report for people. */
GString *nd_report_text(const struct nd_report *report, const struct nd_style *style);

/* The report as JSON, version 1 of the format. */
GString *nd_report_json(const struct nd_report *report);

/* One secret of the keyring, without its value. Strings are borrowed. */
struct nd_secret_ref {
	const char *location, *key, *variable, *file;
};
/* What the keyring holds, as text or as JSON. */
GString *nd_report_secrets(const struct nd_secret_ref *refs, size_t n, bool json);

/* A JSON object of variables and their secret values; wipe it. */
GString *nd_report_variables(const char *const *names, const struct nd_secret *const *values, size_t n);

/* One rule explained, and the list of all. */
GString *nd_report_explain(enum nd_rule rule, const struct nd_style *style);
GString *nd_report_rules(const struct nd_style *style);

#endif
