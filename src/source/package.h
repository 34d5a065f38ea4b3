#ifndef ND_SOURCE_PACKAGE_H
#define ND_SOURCE_PACKAGE_H

#include <jansson.h>

/* <dir>/package.json as an object, or NULL where there is none. Owned by the caller. */
json_t *nd_package_read(const char *dir);

/* The same for who asks for "name" and "version" only: further members may be missing, and what is broken
 * behind these two goes unnoticed. */
json_t *nd_package_read_names(const char *dir);

/* The members that list what a package needs. */
#define ND_PACKAGE_KINDS 4
extern const char *const nd_package_kinds[ND_PACKAGE_KINDS];

/* Member `key` where it is a string, else NULL; borrowed. Accepts NULL. */
const char *nd_package_string(const json_t *package, const char *key);

#endif
