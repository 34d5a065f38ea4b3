#ifndef ND_SETTINGS_PROXIES_H
#define ND_SETTINGS_PROXIES_H

#include <npmrc-doctor/settings.h>

/* A list of struct nd_proxy_line, owned. */
GPtrArray *nd_proxy_lines_new(void);
/* Adds a line with its own copy of the text; blanks around it and empty texts do not count. */
void nd_proxy_line_add(GPtrArray *out, struct nd_span text, unsigned line);

void nd_parse_apt(struct nd_span bytes, GPtrArray *out);
void nd_parse_curl(struct nd_span bytes, GPtrArray *out);
void nd_parse_environment(struct nd_span bytes, GPtrArray *out);

#endif
