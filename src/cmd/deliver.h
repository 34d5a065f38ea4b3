#ifndef ND_CMD_DELIVER_H
#define ND_CMD_DELIVER_H

#include "cmd/client.h"
#include "cmd/run.h"
#include "cmd/verify.h"

/* How the secrets that the effective files refer to reach COMMAND. */
struct nd_delivery {
	GPtrArray *variables; /* struct nd_delivered: to be set in its environment */
	GPtrArray *hidden;    /* char *: variables to be taken out of it, because `file` holds their
				 values */
	GString *file; /* the user's file for a FIFO, secret; NULL: there is no need of one */
};

/* Fetches from the keyring what the environment does not hold already; the keyring is not touched
 * where nothing is needed. Fails naming the variable that is nowhere to be had, and where --deliver
 * asks for what cannot be done. `call` NULL: all into variables. */
bool nd_deliver_plan(const struct nd_context *context, const struct nd_call *call,
	struct nd_delivery *out, GError **err);
void nd_delivery_release(struct nd_delivery *delivery);

/* Whether a keyring may ask the user: there is a terminal or a display. */
bool nd_deliver_interactive(const struct nd_context *context);

/* Whether one of the items (struct nd_keyring_item) holds the variable's secret for this place: the same
 * registry or proxy and key. */
bool nd_deliver_belongs(const struct nd_reference *reference, const char *variable, const GPtrArray *items);

/* path with symbolic links resolved, as keyring items name files; owned by the caller. */
char *nd_deliver_real_path(const char *path);

#endif
