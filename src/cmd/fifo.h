#ifndef ND_CMD_FIFO_H
#define ND_CMD_FIFO_H

#include <glib.h>
#include <npmrc-doctor/env.h>
#include <stdbool.h>

/* Makes a FIFO in a directory of its own (mode 0700, below XDG_RUNTIME_DIR, else TMPDIR, else /tmp)
 * and a process that writes the bytes to the first that opens it, removing it as soon as it is
 * open, with a second one that takes its place if it is killed. Neither is a child of ours; they hold
 * none of our descriptors and end at the latest when this process does, whatever program that runs by
 * then; FIFO and directory go with them. Directories of killed processes are removed first. *path is the
 * caller's. */
bool nd_fifo_start(const struct nd_env *env, const GString *bytes, char **path, GError **err);

/* Removes FIFO and directory at once, for when there will be no COMMAND to open it. */
void nd_fifo_remove(const char *path);

#endif
