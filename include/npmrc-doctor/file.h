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
	ND_FILE_ERROR_BUSY,    /* another process of this program is at work in its directory */
	ND_FILE_ERROR_KIND,    /* not a regular file, or one with other names (hard links) */
	ND_FILE_ERROR_NOT_PUT_BACK, /* nd_apply_file: the file has its new bytes, which proved wrong */
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

struct nd_file_ready;

struct nd_replace {
	const char *path;            /* a symbolic link is followed and stays a link */
	/* The file as it was read; all zero where there was none and must be none; NULL to write
	 * whatever is there, or is not. */
	const struct nd_file_id *was;
	struct nd_span bytes;        /* the new content */
	/* Permissions are the old ones masked with this, e.g. 0600; those of a new file 0666 and the umask, too. */
	mode_t max_mode;
};

/* Writes the new content to a temporary file beside the real target (owner, ACL and extended attributes
 * kept) and flushes it. It has no name until it is put in place, where the file system can do that, so
 * that nothing of it survives the process; what an earlier process that was killed has left under one
 * is removed. NULL on failure: the target is as it was and nothing is left. */
struct nd_file_ready *nd_file_prepare(const struct nd_replace *what, GError **err)
	G_GNUC_WARN_UNUSED_RESULT;
/* Renames it over the target, which must still be what it was, and flushes the directory. On failure the
 * target is as it was. `now`, if not NULL, gets the identity of the new file. Frees `ready`. */
bool nd_file_commit(struct nd_file_ready *ready, struct nd_file_id *now, GError **err)
	G_GNUC_WARN_UNUSED_RESULT;
/* Whether it has a name already, under which it stays where the process is ended. */
bool nd_file_is_named(const struct nd_file_ready *ready);
/* Drops it without a trace. Accepts NULL. */
void nd_file_discard(struct nd_file_ready *ready);

/* Both at once. */
bool nd_file_replace(const struct nd_replace *what, struct nd_file_id *now, GError **err)
	G_GNUC_WARN_UNUSED_RESULT;

/* Keeps other processes of this program from changing files in the directory of `path` (links followed), as
 * long as it is held; waits a while for one that does. -1: another is at work there. Where the file system
 * knows no locks nothing is held. To be closed with nd_file_unlock(). */
int nd_file_lock(const char *path, GError **err) G_GNUC_WARN_UNUSED_RESULT;
void nd_file_unlock(int lock);

/* Whether the file and its name are on the disk for good: only then may another copy be destroyed. */
bool nd_file_flush(const char *path, GError **err) G_GNUC_WARN_UNUSED_RESULT;

#endif
