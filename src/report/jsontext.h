#ifndef ND_REPORT_JSONTEXT_H
#define ND_REPORT_JSONTEXT_H

#include <jansson.h>
#include <npmrc-doctor/findings.h>

/* What the JSON of config, route, secrets and selfcheck is made of; each returns a new reference. */
json_t *nd_json_text(const char *text);
json_t *nd_json_origin(const struct nd_origin *origin);
json_t *nd_json_sources(const struct nd_report *report);
json_t *nd_json_head(const char *client, const char *npm_version);

/* Takes the reference; the text ends with a newline. */
GString *nd_json_print(json_t *root);

#endif
