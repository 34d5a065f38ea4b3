#ifndef ND_CMD_PROGRESS_H
#define ND_CMD_PROGRESS_H

#include <npmrc-doctor/cmd.h>

/* How often a line of progress is worth writing anew. */
#define ND_PROGRESS_MS 100

/* One line on a terminal that takes the place of the one before; nothing where standard error is none,
 * with --quiet, and on a terminal without control sequences. */
void nd_progress(const struct nd_context *context, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Takes the line away. */
void nd_progress_end(const struct nd_context *context);

#endif
