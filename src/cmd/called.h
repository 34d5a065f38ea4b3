#ifndef ND_CMD_CALLED_H
#define ND_CMD_CALLED_H

#include <npmrc-doctor/cmd.h>
#include <npmrc-doctor/deliver.h>

/* The context in which COMMAND will read the files: those that this client reads, in its version, and what
 * its own command line says wins. */
struct nd_called {
	struct nd_options options;
	struct nd_context context;
	struct nd_env *env;
};

/* context and call must outlive it. */
void nd_called_init(
	struct nd_called *called, const struct nd_context *context, const struct nd_call *call);
void nd_called_release(struct nd_called *called);

#endif
