#ifndef NPMRC_DOCTOR_DELIVER_H
#define NPMRC_DOCTOR_DELIVER_H

#include <npmrc-doctor/expand.h>
#include <npmrc-doctor/layer.h>
#include <npmrc-doctor/verify.h>
#include <npmrc-doctor/view.h>

/* How secrets come from the keyring to COMMAND, the client that exec runs. */

/* What COMMAND is, and whether it can take the user's file from a FIFO. */
struct nd_call {
	bool known; /* one of the clients that read .npmrc */
	enum nd_client client;
	bool takes_file;		/* the user's file may come from a FIFO */
	const char *reason;		/* why not, static text */
	enum nd_expand_dialect dialect; /* of ${VAR}, where takes_file */
	char *version;			/* of a client that is not npm; NULL: it cannot be told */
	char *path;			/* PATH with which this very npm is found; NULL: as it is */
	char *dir;   /* where COMMAND goes first; NULL: it stays here */
	char **settings; /* of npm's cli layer, from COMMAND's own command line: keys and values in turn */
};

/* Reads COMMAND (NULL-terminated); runs nothing. */
void nd_call_read(const struct nd_env *env, char *const *command, struct nd_call *out);
void nd_call_release(struct nd_call *call);

struct nd_delivery_options {
	const struct nd_call *call; /* NULL: there is no COMMAND, all into variables */
	const char *how;	    /* with a COMMAND: auto, env or fifo */
	bool interactive;	    /* the keyring may ask the user */
};

/* How the secrets that the effective files refer to reach COMMAND. */
struct nd_delivery {
	GPtrArray *variables; /* struct nd_delivered: to be set in its environment */
	GPtrArray *hidden;    /* char *: variables to be taken out of it, because `file` holds their
				 values */
	GString *file; /* the user's file for a FIFO, secret; NULL: there is no need of one */
};

/* Fetches from the keyring what the environment does not hold already; the keyring is not touched
 * where nothing is needed. Fails naming the variable that is nowhere to be had, and where `how`
 * asks for what cannot be done. */
bool nd_delivery_plan(const struct nd_view *view, const struct nd_delivery_options *options,
	struct nd_delivery *out, GError **err);
void nd_delivery_release(struct nd_delivery *delivery);

/* Whether one of the items (struct nd_keyring_item) holds the variable's secret for this place: the same
 * registry or proxy and key. */
bool nd_delivery_belongs(const struct nd_reference *reference, const char *variable, const GPtrArray *items);

/* The text in the reference's place that gives npm the secret, in the spelling of its place; NULL where there is
 * none. Whether npm reads the file right is to be looked at (nd_verify_same). Secret; owned by the caller. */
GString *nd_reference_spell(const struct nd_reference *reference, const struct nd_secret *secret, int npm_major);

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
