#ifndef ND_CMD_ASK_NPM_H
#define ND_CMD_ASK_NPM_H

#include <npmrc-doctor/cmd.h>

/* Runs npm's own config modules with the node on PATH in the context's directory and environment.
 * Returns what selfcheck.js prints, complete; owned by the caller. Fails where there is no node, no npm
 * 8 or later, or no whole answer in time. */
GString *nd_ask_npm(const struct nd_context *context, const struct nd_npm *npm, GError **err);

#endif
