#ifndef ND_PROBE_NODE_H
#define ND_PROBE_NODE_H

#include <glib.h>
#include <stdbool.h>

/* A node that was asked for its bundled roots. */
struct nd_node;

/* Starts `path` without waiting for it; NULL where it cannot be started. */
struct nd_node *nd_node_start(const char *path);
/* The roots in PEM, owned by the caller, or NULL; waits until `deadline` (monotonic time). `*openssl`
 * says that this node was built to use OpenSSL's default store in their place, as Debian's is. */
char *nd_node_finish(struct nd_node *node, gint64 deadline, bool *openssl);
void nd_node_free(struct nd_node *node);

#endif
