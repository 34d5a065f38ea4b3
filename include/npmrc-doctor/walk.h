#ifndef NPMRC_DOCTOR_WALK_H
#define NPMRC_DOCTOR_WALK_H

#include <stdbool.h>
#include <stddef.h>

/* Walks directory trees for .npmrc files with several threads. Symbolic links to directories are not
 * followed (those that are roots are), so that no loop is endless; a link named .npmrc is a file like
 * any other. Memory grows with the folders that wait, not with the tree. */

struct nd_walk_options {
	unsigned jobs; /* threads, at least 1 */
	bool all;      /* enter folders named node_modules and .git too */
	/* Called on any of the threads, in no order. `path` is the root's text with the rest behind it. */
	void (*found)(void *data, const char *path);
	/* A folder that cannot be read; `error` is an errno. What vanishes meanwhile is passed over, but
	 * for a root. */
	void (*refused)(void *data, const char *path, int error);
	void *data;
};

struct nd_walk;

/* Starts it. A root is a folder's path; a root that is no folder is found, whatever its name. Both arguments
 * must outlive the result. */
struct nd_walk *nd_walk_start(char *const *roots, const struct nd_walk_options *options);
/* Waits for its end, at most so long; false: it is still under way. */
bool nd_walk_wait(struct nd_walk *walk, unsigned patience_ms);
/* How many folders have been read so far. */
size_t nd_walk_folders(struct nd_walk *walk);
/* Waits for the end and frees it. */
void nd_walk_free(struct nd_walk *walk);

#endif
