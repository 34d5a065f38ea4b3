#ifndef ND_CMD_DELIVER_H
#define ND_CMD_DELIVER_H

#include "cmd/run.h"
#include "cmd/verify.h"

/* The secrets that the effective files refer to and that the environment does not hold already, fetched
 * from the keyring, as struct nd_delivered; owned by the caller. The keyring is not touched where
 * nothing is needed. Fails naming the variable that is nowhere to be had. */
GPtrArray *nd_deliver_collect(const struct nd_context *context, GError **err);

/* Whether a keyring may ask the user: there is a terminal or a display. */
bool nd_deliver_interactive(const struct nd_context *context);

/* path with symbolic links resolved, as keyring items name files; owned by the caller. */
char *nd_deliver_real_path(const char *path);

#endif
