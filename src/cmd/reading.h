#ifndef ND_CMD_READING_H
#define ND_CMD_READING_H

#include <npmrc-doctor/findings.h>
#include <npmrc-doctor/layer.h>

/* Says which of the client's own files may overrule what is shown, as it is not read. */
void nd_reading_warn(const struct nd_layers *layers);

#endif
