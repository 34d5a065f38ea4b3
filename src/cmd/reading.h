#ifndef ND_CMD_READING_H
#define ND_CMD_READING_H

#include <npmrc-doctor/findings.h>
#include <npmrc-doctor/layer.h>

/* Adds every candidate file, whether it was read, and why not. */
void nd_reading_sources(const struct nd_layers *layers, struct nd_report *report);

/* A key as it may be shown: a line without "=" may be a pasted secret. Owned by the caller. */
char *nd_reading_key(struct nd_span key);

#endif
