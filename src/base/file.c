#include <npmrc-doctor/file.h>
#include <npmrc-doctor/path.h>
#include <npmrc-doctor/signals.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ACL "system.posix_acl_access"

G_DEFINE_QUARK(nd-file-error, nd_file_error)

/* The file that a path really names. */
struct target {
	char *path; /* without symbolic links */
	char *name; /* its last part */
	int dir;    /* its directory */
	bool exists;
	struct stat st; /* of the file, if it exists */
};

/* What is to take its place. */
struct temp {
	int fd;
	char name[48]; /* in the target's directory; empty while it has none */
};

struct nd_file_ready {
	struct target target;
	struct temp temp;
	char *path;             /* as the caller names it */
	bool known;             /* the caller read it: `was` says what */
	struct nd_file_id was;
};

static bool fail_errno(GError **err, const char *verb, const char *path)
{
	int saved = errno;

	g_set_error(err, ND_FILE_ERROR, ND_FILE_ERROR_WRITE, "cannot %s '%s': %s", verb, path,
		g_strerror(saved));
	return false;
}

void nd_file_id_set(struct nd_file_id *id, const struct stat *st)
{
	*id = (struct nd_file_id){
		.dev = st->st_dev,
		.ino = st->st_ino,
		.size = st->st_size,
		.mtime = st->st_mtim,
		.ctime = st->st_ctim,
		.mode = st->st_mode,
		.uid = st->st_uid,
		.gid = st->st_gid,
	};
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool nd_file_id_equal(const struct nd_file_id *a, const struct nd_file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->mode == b->mode &&
		a->uid == b->uid && a->gid == b->gid && same_time(a->mtime, b->mtime) &&
		same_time(a->ctime, b->ctime);
}

/* An identity that no file has stands for "there was none". */
static bool was_absent(const struct nd_file_id *was)
{
	return was && was->ino == 0 && was->dev == 0;
}

static bool fail_changed(GError **err, const char *path, const char *what)
{
	g_set_error(err, ND_FILE_ERROR, ND_FILE_ERROR_CHANGED,
		"'%s' %s since it was read; it was left alone", path, what);
	return false;
}

static bool check_kind(const struct target *target, GError **err)
{
	if (!target->exists)
		return true;
	if (!S_ISREG(target->st.st_mode)) {
		g_set_error(err, ND_FILE_ERROR, ND_FILE_ERROR_KIND, "'%s' is not a regular file",
			target->path);
		return false;
	}
	/* git renames over one name and leaves the old content under the others. Here the old
	 * content may be a token that its owner is told is gone, so that is not good enough. */
	if (target->st.st_nlink > 1) {
		g_set_error(err, ND_FILE_ERROR, ND_FILE_ERROR_KIND,
			"'%s' has %lu names (hard links) and the others would keep the old content; "
			"remove them or make them symbolic links",
			target->path, (unsigned long)target->st.st_nlink);
		return false;
	}
	return true;
}

/* Looks at the target as it is now. */
static bool look(struct target *target, GError **err)
{
	target->exists = fstatat(target->dir, target->name, &target->st, AT_SYMLINK_NOFOLLOW) == 0;
	if (!target->exists && errno != ENOENT)
		return fail_errno(err, "read", target->path);
	return check_kind(target, err);
}

static bool target_open(struct target *target, const char *path, GError **err)
{
	g_autofree char *dir = NULL;

	target->path = nd_path_target(path);
	if (!target->path)
		return fail_errno(err, "find", path);
	dir = g_path_get_dirname(target->path);
	target->name = g_path_get_basename(target->path);
	target->dir = TEMP_FAILURE_RETRY(open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (target->dir < 0)
		return fail_errno(err, "open directory", dir);
	return look(target, err);
}

static void target_release(struct target *target)
{
	g_free(target->path);
	g_free(target->name);
	if (target->dir >= 0)
		close(target->dir);
}

/* Whether the target is what the caller read. */
static bool check_identity(const struct target *target, const struct nd_file_id *was, GError **err)
{
	struct nd_file_id id;

	if (!was)
		return true;
	if (was_absent(was))
		return !target->exists || fail_changed(err, target->path, "was created");
	if (!target->exists)
		return fail_changed(err, target->path, "was removed");
	nd_file_id_set(&id, &target->st);
	return nd_file_id_equal(&id, was) || fail_changed(err, target->path, "was changed");
}

/* The same question after the new content was written, which may have taken a while: the path may
 * name another file by now, or the file may have been written. */
static bool check_again(const struct nd_file_ready *ready, GError **err)
{
	const struct target *then = &ready->target;
	g_autofree char *path = nd_path_target(ready->path);
	struct target now = *then;
	struct nd_file_id id;

	if (!path || strcmp(path, then->path) != 0)
		return fail_changed(err, ready->path, "was made to name another file");
	if (!look(&now, err))
		return false;
	if (ready->known)
		return check_identity(&now, &ready->was, err);
	/* Nobody read it, but owner and attributes were copied from what was there. */
	if (now.exists != then->exists)
		return fail_changed(err, then->path, now.exists ? "was created" : "was removed");
	nd_file_id_set(&id, &then->st);
	return !then->exists || check_identity(&now, &id, err);
}

#define TEMP_PREFIX ".npmrc-"
#define TEMP_DIGITS 32

static bool temp_name(struct temp *temp)
{
	uint64_t noise[2];

	if (getrandom(noise, sizeof(noise), 0) != (ssize_t)sizeof(noise))
		return false;
	snprintf(temp->name, sizeof(temp->name), TEMP_PREFIX "%016" G_GINT64_MODIFIER "x%016"
		G_GINT64_MODIFIER "x", (guint64)noise[0], (guint64)noise[1]);
	return true;
}

static bool is_temp_name(const char *name)
{
	const char *digits = name + strlen(TEMP_PREFIX);

	return g_str_has_prefix(name, TEMP_PREFIX) && strlen(digits) == TEMP_DIGITS &&
		strspn(digits, "0123456789abcdef") == TEMP_DIGITS;
}

/* Removes it if it is a file of this user's whose writer has been killed: a live one holds its lock. */
static void sweep_one(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
		(st.st_uid == geteuid() || geteuid() == 0) &&
		flock(fd, LOCK_EX | LOCK_NB) == 0 && ftruncate(fd, 0) == 0)
		unlinkat(dir, name, 0);
	close(fd);
}

/* A process that was killed between naming its file and renaming it has left it, secrets and all. */
static void sweep(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!entries && fd >= 0)
		close(fd);
	while (entries && (entry = readdir(entries)))
		if (is_temp_name(entry->d_name))
			sweep_one(dir, entry->d_name);
	if (entries)
		closedir(entries);
}

static void proc_path(const struct temp *temp, char path[static 32])
{
	snprintf(path, 32, "/proc/self/fd/%d", temp->fd);
}

/* A file without a name is gone with its process, whatever ends that. Not every file system can. */
static bool temp_create_unnamed(struct temp *temp, const struct target *target, mode_t mode)
{
	char path[32];

	temp->fd = TEMP_FAILURE_RETRY(openat(target->dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode));
	if (temp->fd < 0)
		return false;
	proc_path(temp, path);
	if (access(path, F_OK) == 0)
		return true;
	close(temp->fd);
	temp->fd = -1;
	return false;
}

static bool temp_create(struct temp *temp, const struct target *target, mode_t mode, GError **err)
{
	if (temp_create_unnamed(temp, target, mode))
		return true;
	for (int i = 0; i < 8; i++) {
		if (!temp_name(temp))
			break;
		temp->fd = TEMP_FAILURE_RETRY(openat(target->dir, temp->name,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
		if (temp->fd >= 0)
			return true;
		temp->name[0] = '\0';
		if (errno != EEXIST)
			break;
	}
	return fail_errno(err, "create a file beside", target->path);
}

/* The name that rename() needs, for the instant before it. */
static bool temp_link(struct temp *temp, const struct target *target, GError **err)
{
	char path[32];

	proc_path(temp, path);
	for (int i = 0; i < 8 && !temp->name[0]; i++) {
		if (!temp_name(temp))
			break;
		if (linkat(AT_FDCWD, path, target->dir, temp->name, AT_SYMLINK_FOLLOW) == 0)
			return true;
		temp->name[0] = '\0';
		if (errno != EEXIST)
			break;
	}
	return temp->name[0] || fail_errno(err, "create a file beside", target->path);
}

/* Leaves nothing of it; errno stays as it was. */
static void temp_discard(struct temp *temp, int dir)
{
	int saved = errno;

	if (temp->fd >= 0) {
		if (temp->name[0] && ftruncate(temp->fd, 0) != 0)
			errno = 0; /* it goes anyway */
		close(temp->fd);
	}
	if (temp->name[0])
		unlinkat(dir, temp->name, 0);
	errno = saved;
}

/* The group that a new file gets is as good where it may do nothing with it. */
static bool keep_owner(const struct temp *temp, const struct target *target, mode_t mode, GError **err)
{
	struct stat st;

	if (fstat(temp->fd, &st) != 0)
		return fail_errno(err, "read", target->path);
	if (st.st_uid == target->st.st_uid && st.st_gid == target->st.st_gid)
		return true;
	if (fchown(temp->fd, target->st.st_uid, target->st.st_gid) == 0)
		return true;
	if (st.st_uid == target->st.st_uid && !(mode & (S_ISGID | S_IRWXG)))
		return true;
	g_set_error(err, ND_FILE_ERROR, ND_FILE_ERROR_WRITE,
		"cannot replace '%s': it belongs to user %lu, group %lu, and would not any more",
		target->path, (unsigned long)target->st.st_uid, (unsigned long)target->st.st_gid);
	return false;
}

/* The kernel derives these from the content, or sets them itself. */
static bool is_derived(const char *name)
{
	return g_str_equal(name, "security.ima") || g_str_equal(name, "security.evm");
}

/* What the user set has to survive; the rest is the system's, which labels new files as it will. */
static bool must_keep(const char *name)
{
	return g_str_has_prefix(name, "user.") || g_str_equal(name, ACL);
}

static bool copy_xattr(const struct temp *temp, const char *path, const char *name, GError **err)
{
	ssize_t n = lgetxattr(path, name, NULL, 0);
	g_autofree char *value = n > 0 ? g_malloc((gsize)n) : NULL;

	if (n > 0)
		n = lgetxattr(path, name, value, (size_t)n);
	if (n >= 0 && fsetxattr(temp->fd, name, value ? value : "", (size_t)n, 0) == 0)
		return true;
	if (!must_keep(name))
		return true;
	g_set_error(err, ND_FILE_ERROR, ND_FILE_ERROR_WRITE,
		"cannot keep the extended attribute '%s' of '%s': %s", name, path, g_strerror(errno));
	return false;
}

static bool keep_xattrs(const struct temp *temp, const char *path, GError **err)
{
	ssize_t n = llistxattr(path, NULL, 0);
	g_autofree char *names = n > 0 ? g_malloc((gsize)n) : NULL;
	bool acl = false;

	if (n > 0)
		n = llistxattr(path, names, (size_t)n);
	if (n < 0 && errno != ENOTSUP)
		return fail_errno(err, "read the extended attributes of", path);
	for (const char *name = names; name && name < names + n; name += strlen(name) + 1) {
		if (!is_derived(name) && !copy_xattr(temp, path, name, err))
			return false;
		acl = acl || g_str_equal(name, ACL);
	}
	/* The new file may have got one from its directory. */
	if (!acl && fremovexattr(temp->fd, ACL) != 0 && errno != ENODATA && errno != ENOTSUP)
		return fail_errno(err, "drop the inherited ACL beside", path);
	return true;
}

/* Before the first byte is written, so that nobody who may not read the result reads it half done. */
static bool keep_metadata(const struct temp *temp, const struct target *target, mode_t max_mode,
	GError **err)
{
	mode_t mode = target->st.st_mode & max_mode & 07777;

	if (!keep_owner(temp, target, mode, err) || !keep_xattrs(temp, target->path, err))
		return false;
	/* Last: the group's bits are the mask of an ACL, which thereby grants no more than they do. */
	if (fchmod(temp->fd, mode) != 0)
		return fail_errno(err, "set the permissions of the new", target->path);
	return true;
}

static bool write_all(const struct temp *temp, struct nd_span bytes, const char *path, GError **err)
{
	while (bytes.n > 0) {
		ssize_t n = write(temp->fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ENOSPC;
		if (n <= 0)
			return fail_errno(err, "write", path);
		bytes.p += n;
		bytes.n -= (size_t)n;
	}
	return TEMP_FAILURE_RETRY(fsync(temp->fd)) == 0 || fail_errno(err, "write", path);
}

/* Where no file may have been there, not even the instant between look and rename may lose one. */
static int rename_to(const struct temp *temp, const struct target *target,
	const struct nd_file_id *was)
{
	if (was_absent(was)) {
		int rc = renameat2(target->dir, temp->name, target->dir, target->name, RENAME_NOREPLACE);

		if (rc == 0 || (errno != EINVAL && errno != ENOSYS))
			return rc;
	}
	return renameat(target->dir, temp->name, target->dir, target->name);
}

static bool put_in_place(struct nd_file_ready *ready, GError **err)
{
	struct temp *temp = &ready->temp;
	const struct target *target = &ready->target;

	if (!temp_link(temp, target, err))
		return false;
	if (rename_to(temp, target, ready->known ? &ready->was : NULL) != 0) {
		if (errno == EEXIST)
			return fail_changed(err, target->path, "was created");
		return fail_errno(err, "replace", target->path);
	}
	temp->name[0] = '\0';
	/* Too late to take it back, and some file systems cannot flush a directory: what a crash
	 * leaves then is the old file or the new one all the same. */
	TEMP_FAILURE_RETRY(fsync(target->dir));
	return true;
}

static bool prepare(const struct nd_replace *what, struct nd_file_ready *ready, GError **err)
{
	struct target *target = &ready->target;
	struct temp *temp = &ready->temp;

	if (!target_open(target, what->path, err) || !check_identity(target, what->was, err))
		return false;
	sweep(target->dir);
	/* A new file gets its permissions from the umask, as any other does that is no program. */
	if (!temp_create(temp, target, target->exists ? 0600 : what->max_mode & 0666, err))
		return false;
	/* Says that its writer lives; where locks do not work sweep() finds none free either. */
	flock(temp->fd, LOCK_EX | LOCK_NB);
	return (!target->exists || keep_metadata(temp, target, what->max_mode, err)) &&
		write_all(temp, what->bytes, target->path, err);
}

struct nd_file_ready *nd_file_prepare(const struct nd_replace *what, GError **err)
{
	struct nd_file_ready *ready = g_new0(struct nd_file_ready, 1);
	sigset_t old;
	bool ok;

	ready->target.dir = ready->temp.fd = -1;
	ready->path = g_strdup(what->path);
	ready->known = what->was != NULL;
	if (what->was)
		ready->was = *what->was;
	nd_signals_hold(&old);
	ok = prepare(what, ready, err);
	if (!ok)
		nd_file_discard(g_steal_pointer(&ready));
	nd_signals_release(&old);
	return ready;
}

bool nd_file_commit(struct nd_file_ready *ready, struct nd_file_id *now, GError **err)
{
	struct stat st;
	sigset_t old;
	bool ok;

	nd_signals_hold(&old);
	ok = check_again(ready, err) && put_in_place(ready, err);
	if (ok && now && fstat(ready->temp.fd, &st) == 0)
		nd_file_id_set(now, &st);
	nd_file_discard(ready);
	nd_signals_release(&old);
	return ok;
}

bool nd_file_is_named(const struct nd_file_ready *ready)
{
	return *ready->temp.name;
}

void nd_file_discard(struct nd_file_ready *ready)
{
	if (!ready)
		return;
	temp_discard(&ready->temp, ready->target.dir);
	target_release(&ready->target);
	g_free(ready->path);
	g_free(ready);
}

bool nd_file_replace(const struct nd_replace *what, struct nd_file_id *now, GError **err)
{
	struct nd_file_ready *ready;
	sigset_t old;
	bool ok;

	nd_signals_hold(&old);
	ready = nd_file_prepare(what, err);
	ok = ready && nd_file_commit(ready, now, err);
	nd_signals_release(&old);
	return ok;
}

bool nd_file_flush(const char *path, GError **err)
{
	struct target target = { .dir = -1 };
	bool ok = target_open(&target, path, err);
	int fd = ok ? TEMP_FAILURE_RETRY(openat(target.dir, target.name,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) : -1;

	if (ok && (fd < 0 || TEMP_FAILURE_RETRY(fsync(fd)) != 0))
		ok = fail_errno(err, "flush", path);
	/* EINVAL: a file system that has nothing to flush there. */
	if (ok && TEMP_FAILURE_RETRY(fsync(target.dir)) != 0 && errno != EINVAL)
		ok = fail_errno(err, "flush the directory of", path);
	if (fd >= 0)
		close(fd);
	target_release(&target);
	return ok;
}
