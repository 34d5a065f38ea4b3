#ifndef ND_REPORT_FORMATS_H
#define ND_REPORT_FORMATS_H

#include <npmrc-doctor/format.h>

/* The formats for machines beside JSON, each an nd_format. */
GString *nd_report_sarif(const struct nd_report *report, const struct nd_rendering *how);
GString *nd_report_github(const struct nd_report *report, const struct nd_rendering *how);
GString *nd_report_gitlab(const struct nd_report *report, const struct nd_rendering *how);
GString *nd_report_junit(const struct nd_report *report, const struct nd_rendering *how);
GString *nd_report_prometheus(const struct nd_report *report, const struct nd_rendering *how);
GString *nd_report_nagios(const struct nd_report *report, const struct nd_rendering *how);

#endif
