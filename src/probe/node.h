#ifndef ND_PROBE_NODE_H
#define ND_PROBE_NODE_H

#include <glib.h>
#include <stdbool.h>

/* A node that was asked for its bundled roots. */
struct nd_node;

/* Starts `path` without waiting for it; NULL where it cannot be started. */
struct nd_node *nd_node_start(const char *path);
struct nd_node_kind {
	bool openssl;     /* built to use OpenSSL's default store in place of its own roots, as Debian's is */
	int major, minor;
};
/* The roots in PEM, owned by the caller, or NULL; waits until `deadline` (monotonic time). */
char *nd_node_finish(struct nd_node *node, gint64 deadline, struct nd_node_kind *kind);
void nd_node_free(struct nd_node *node);

#endif
