#ifndef ND_CMD_EMIT_H
#define ND_CMD_EMIT_H

#include <npmrc-doctor/cmd.h>

/* Says on standard error what went wrong. */
void nd_complain(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Hands everything over to standard output. False: could not be written (it has complained). A reader
 * that has gone away (`| head`) ends the output, not the work. */
bool nd_flush(void);

/* Whether the path of an option means standard output: "-", or the file that it goes to. */
bool nd_is_stdout(const char *path);

/* Writes the text to standard output, or to the file that --output names. False: could not be written
 * (it has complained). */
bool nd_emit(const struct nd_context *context, const GString *text) G_GNUC_WARN_UNUSED_RESULT;

#endif
