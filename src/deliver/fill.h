#ifndef ND_DELIVER_FILL_H
#define ND_DELIVER_FILL_H

#include <npmrc-doctor/layer.h>

/* A file with the values of variables written out, for a client that reads it once. */
struct nd_fill {
	const struct nd_layer *layer;
	const struct nd_env *env;	/* with the variables set */
	enum nd_expand_dialect dialect; /* of the client that will read it */
	int npm_major;			/* whose ini reads it */
};

/* The file's bytes with these entries (indices into the layer's ini) spelt so that the client,
 * which unquotes and expands what it reads, gets the values that it would get from the original
 * with the variables set. Nothing else changes by a byte. NULL where a value has no such spelling:
 * the error names the line. The result is secret. */
GString *nd_fill_file(const struct nd_fill *how, const size_t *entries, size_t n, GError **err);

#endif
