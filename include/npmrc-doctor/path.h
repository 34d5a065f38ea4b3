#ifndef NPMRC_DOCTOR_PATH_H
#define NPMRC_DOCTOR_PATH_H

/* path.resolve(base, path) of node on POSIX, without touching the disk: `base` is absolute (NULL is
 * the root), "." and ".." are resolved, no slash at the end. Owned by the caller. */
char *nd_path_resolve(const char *base, const char *path);

/* The next directory upwards, NULL above the root. Takes over `dir`; owned by the caller. */
char *nd_path_parent(char *dir);

/* The path that writing to this one would write to: symbolic links are followed, also where the file itself is
 * still to be made. NULL with errno where its directory is not there or the links go round. g_free. */
char *nd_path_target(const char *path);

/* The same, as keyring items name files; the path as it is where there is none. Owned by the caller. */
char *nd_path_real(const char *path);

#endif
