#ifndef NPMRC_DOCTOR_FORMAT_H
#define NPMRC_DOCTOR_FORMAT_H

#include <npmrc-doctor/report.h>
#include <stdint.h>

/* The report in the formats of --format. They render and decide nothing; the same report gives the same
 * bytes, and results are owned by the caller. Any bytes of the report's strings come out as valid JSON,
 * XML or UTF-8. */

struct nd_rendering {
	const struct nd_style *style; /* for text */
	/* An absolute directory: sarif, github, gitlab and junit write the paths below it relative to it,
	 * sarif and gitlab all others as file URIs. */
	const char *base;
	enum nd_severity fail_on;     /* junit: what is below it fails no test */
	int64_t now;                  /* Unix seconds, for prometheus, the one format that tells the time */
};

typedef GString *(*nd_format)(const struct nd_report *report, const struct nd_rendering *how);

/* The format of that name (a word of --format), or NULL. */
nd_format nd_format_find(const char *word);

/* What github's annotations have no room for, all findings among it, as markdown for a job's summary: at
 * most 1 MiB, which is GitHub's limit. */
GString *nd_report_github_summary(const struct nd_report *report, const struct nd_rendering *how);

/* The exit status by the plugin API: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN where a
 * file could not be read. */
int nd_report_nagios_status(const struct nd_report *report);
/* The line for a check that could not be done, 3 UNKNOWN. */
GString *nd_report_nagios_unknown(const char *message);

#endif
