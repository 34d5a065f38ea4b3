#ifndef NPMRC_DOCTOR_PATH_H
#define NPMRC_DOCTOR_PATH_H

/* path.resolve(base, path) of node on POSIX, without touching the disk: `base` is absolute (NULL is
 * the root), "." and ".." are resolved, no slash at the end. Owned by the caller. */
char *nd_path_resolve(const char *base, const char *path);

/* The path with symbolic links resolved, as keyring items name files; as it is where nothing is there. Owned
 * by the caller. */
char *nd_path_real(const char *path);

#endif
