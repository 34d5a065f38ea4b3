#ifndef ND_SOURCE_WORKSPACES_H
#define ND_SOURCE_WORKSPACES_H

#include <jansson.h>
#include <stdbool.h>

/* Whether the "workspaces" of a package.json list the directory `relative` (to the one that holds
 * it, without leading or trailing slash), as @npmcli/map-workspaces decides. Braces with ranges
 * ({1..3}) and nested extended globs over slashes are not understood and match nothing. */
bool nd_workspaces_list(const json_t *package, const char *relative);

#endif
