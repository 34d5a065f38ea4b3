#ifndef NPMRC_DOCTOR_FILE_H
#define NPMRC_DOCTOR_FILE_H

#include <glib.h>
#include <npmrc-doctor/span.h>
#include <stdbool.h>
#include <sys/stat.h>

/* Replacing files so that, at every instant, the path names the old bytes or the new ones. */

enum nd_file_error {
	ND_FILE_ERROR_CHANGED, /* somebody else wrote it since it was read: nothing was done */
	ND_FILE_ERROR_WRITE,   /* could not be written: the old file is untouched */
	ND_FILE_ERROR_KIND,    /* not a regular file, or one with other names (hard links) */
};
#define ND_FILE_ERROR (nd_file_error_quark())
GQuark nd_file_error_quark(void);

/* What identifies the file that was read: compare before replacing it. */
struct nd_file_id {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime, ctime;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

void nd_file_id_set(struct nd_file_id *id, const struct stat *st);
bool nd_file_id_equal(const struct nd_file_id *a, const struct nd_file_id *b);

struct nd_replace {
	const char *path;            /* a symbolic link is followed and stays a link */
	/* The file as it was read; all zero where there was none and must be none; NULL to write
	 * whatever is there, or is not. */
	const struct nd_file_id *was;
	struct nd_span bytes;        /* the new content */
	mode_t max_mode;             /* permissions are the old ones masked with this, e.g. 0600 */
};

/* Writes a temporary file beside the real target (owner, ACL and extended attributes kept), flushes
 * it, renames it over the target and flushes the directory. On failure the target is as it was and no
 * temporary file is left. `now`, if not NULL, gets the identity of the new file. */
bool nd_file_replace(const struct nd_replace *what, struct nd_file_id *now, GError **err)
	G_GNUC_WARN_UNUSED_RESULT;

#endif
