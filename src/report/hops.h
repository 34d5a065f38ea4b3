#ifndef ND_REPORT_HOPS_H
#define ND_REPORT_HOPS_H

#include <npmrc-doctor/report.h>

/* "this machine - proxy.example:8080 -x registry.example:443": one line, indented by two. */
void nd_report_hops(const struct nd_registry_ref *registry, const struct nd_style *style, GString *out);

#endif
