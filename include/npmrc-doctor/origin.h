#ifndef NPMRC_DOCTOR_ORIGIN_H
#define NPMRC_DOCTOR_ORIGIN_H

#include <stddef.h>

/* Where a setting was found, from the strongest layer to the weakest (npm's @npmcli/config). FILE is
 * the layer of a file that was named on our command line and is judged on its own. */
enum nd_layer_id {
	ND_LAYER_CLI,
	ND_LAYER_ENV,
	ND_LAYER_PROJECT,
	ND_LAYER_USER,
	ND_LAYER_GLOBAL,
	ND_LAYER_BUILTIN,
	ND_LAYER_DEFAULT,
	ND_LAYER_FILE,
	ND_LAYER_COUNT,
};

/* The layer's public name: cli, env, project, user, global, builtin, default, file. */
const char *nd_layer_name(enum nd_layer_id layer);

/* The place of one value. Strings are borrowed from the layers that made it. */
struct nd_origin {
	enum nd_layer_id layer;
	const char *file;     /* absolute path, or NULL (cli, env, default) */
	const char *variable; /* the environment variable's name in layer env, else NULL */
	const char *key;      /* the key as npm names it, or NULL */
	unsigned line;        /* from 1; 0 where there is none */
	unsigned column;      /* of the value as it stands in the file, in bytes from 1; 0: none */
	unsigned end_column;  /* exclusive */
	size_t start, end;    /* the same value as byte offsets into the file */
};

#endif
