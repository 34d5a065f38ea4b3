#ifndef ND_CMD_CLIENT_H
#define ND_CMD_CLIENT_H

#include <npmrc-doctor/expand.h>
#include <npmrc-doctor/layer.h>

/* What exec's COMMAND is, and whether it can take the user's file from a FIFO. */
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

#endif
