#ifndef ND_SOURCE_WORKSPACES_H
#define ND_SOURCE_WORKSPACES_H

#include <jansson.h>
#include <stdbool.h>

/* What npm says, and dies, of a "workspaces" that it cannot make sense of; NULL: it can. Static. */
const char *nd_workspaces_fault(const json_t *package);
/* Whether the "workspaces" of a package.json list the directory `relative` (to the one that holds it, without leading
 * or trailing slash), as @npmcli/map-workspaces decides. Extended globs over slashes, ".." behind "**" and paths that
 * leave the directory and come back are not understood and match nothing; "." inside a path means nothing, whereas
 * npm takes some such patterns and not others. */
bool nd_workspaces_list(const json_t *package, const char *relative);

#endif
