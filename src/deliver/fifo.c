#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <npmrc-doctor/deliver.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What every such directory is called, so that those of processes that were killed can be found. */
#define DIR_PREFIX "npmrc-doctor-"
#define DIR_TRIES 8
#define LOOK_MS 100

/* Everything the writer needs; made before the fork, so that no opening can be missed. */
struct writer {
	char *dir, *path;
	int lock;    /* the directory, locked as long as somebody is there to remove it */
	int command; /* readable once this process, by then COMMAND, has ended; -1: this kernel has no such thing */
	char stat[32], since[32]; /* then: what /proc tells of it, and when it started */
	unsigned top; /* no descriptor is above it; for kernels without close_range */
	int watch;   /* readable once somebody has opened the FIFO */
	int fifo;    /* both ends: whoever opens it to read does not wait */
	int spare;   /* the guard's end for writing, for the same */
	const GString *bytes;
};

static bool fail(GError **err, const char *what, const char *path)
{
	int error = errno;

	g_set_error(err, G_FILE_ERROR, (gint)g_file_error_from_errno(error), "cannot %s '%s': %s",
		what, path, g_strerror(error));
	return false;
}

void nd_fifo_remove(const char *path)
{
	g_autofree char *dir = g_path_get_dirname(path);

	unlink(path);
	rmdir(dir);
}

/* A descriptor of the directory with a lock on it; -1 where there is none to be had or the directory
 * is gone. */
static int lock_dir(int parent, const char *name, int how)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	/* Where there are no locks at all nobody sweeps either. */
	if (fd >= 0 && (flock(fd, how | LOCK_NB) == 0 || (how == LOCK_SH && errno != EWOULDBLOCK)) &&
		fstat(fd, &st) == 0 && st.st_nlink > 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool is_ours(int dir)
{
	struct stat st;

	return fstat(dir, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 07777) == 0700 &&
	       (fstatat(dir, "npmrc", &st, AT_SYMLINK_NOFOLLOW) == 0 ? S_ISFIFO(st.st_mode) :
								       errno == ENOENT);
}

/* Removes what is left of processes that were killed before they could: whoever is alive has a lock on
 * its directory. */
static void sweep(const char *parent)
{
	GDir *list = g_dir_open(parent, 0, NULL);
	int at = list ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	for (const char *name = at < 0 ? NULL : g_dir_read_name(list); name; name = g_dir_read_name(list)) {
		int fd = -1;

		if (g_str_has_prefix(name, DIR_PREFIX) &&
			strlen(name) == strlen(DIR_PREFIX "XXXXXX"))
			fd = lock_dir(at, name, LOCK_EX);
		if (fd < 0)
			continue;
		if (is_ours(fd)) {
			unlinkat(fd, "npmrc", 0);
			unlinkat(at, name, AT_REMOVEDIR);
		}
		close(fd);
	}
	if (at >= 0)
		close(at);
	if (list)
		g_dir_close(list);
}

static bool make_dir_below(struct writer *w, const char *parent)
{
	if (!parent || *parent != '/')
		return false;
	sweep(parent);
	/* Somebody else's sweep may have been faster than our lock. */
	for (int i = 0; i < DIR_TRIES; i++) {
		char *dir = g_build_filename(parent, DIR_PREFIX "XXXXXX", NULL);

		if (!mkdtemp(dir)) {
			g_free(dir);
			return false;
		}
		w->lock = lock_dir(AT_FDCWD, dir, LOCK_SH);
		if (w->lock >= 0) {
			w->dir = dir;
			return true;
		}
		rmdir(dir);
		g_free(dir);
	}
	return false;
}

static bool make_dir(struct writer *w, const struct nd_env *env, GError **err)
{
	const char *tmp = nd_env_get(env, "TMPDIR");

	if (tmp && *tmp != '/')
		tmp = NULL;
	if (make_dir_below(w, nd_env_get(env, "XDG_RUNTIME_DIR")) || make_dir_below(w, tmp ? tmp : "/tmp"))
		return true;
	return fail(err, "make a directory in", tmp ? tmp : "/tmp");
}

static void close_all(struct writer *w)
{
	const int fds[] = {w->lock, w->command, w->watch, w->fifo, w->spare};

	for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* With room for all of it in the pipe one write() takes the whole file, and a writer that is killed leaves
 * no part of one. Of a file larger than the kernel allows (1 MiB) it may. */
static void make_room(const struct writer *w)
{
	int room = fcntl(w->fifo, F_GETPIPE_SZ);

	if (room >= 0 && (size_t)room < w->bytes->len && w->bytes->len <= G_MAXINT)
		fcntl(w->fifo, F_SETPIPE_SZ, (int)w->bytes->len);
}

/* The time at which the process of /proc/PID/stat started, as text; false where it has ended, be it that nobody has
 * asked for its status yet (proc(5): fields 3 and 22). */
static bool read_start(const char *stat, char since[static 32])
{
	int fd = open(stat, O_RDONLY | O_CLOEXEC);
	char text[1024], *at;
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = '\0';
	/* The name in parentheses may hold anything. */
	at = strrchr(text, ')');
	if (!at || !at[1] || at[2] == 'Z' || at[2] == 'X')
		return false;
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	n = at ? (ssize_t)strcspn(at + 1, " ") : 32;
	if (n >= 32)
		return false;
	memcpy(since, at + 1, (size_t)n);
	since[n] = '\0';
	return true;
}

/* Threads may open some more before the fork. */
static unsigned highest_descriptor(void)
{
	GDir *list = g_dir_open("/proc/self/fd", 0, NULL);
	guint64 top = list ? 0 : 65536, fd;

	for (const char *name = list ? g_dir_read_name(list) : NULL; name; name = g_dir_read_name(list))
		if (g_ascii_string_to_unsigned(name, 10, 0, G_MAXINT, &fd, NULL))
			top = MAX(top, fd);
	if (list)
		g_dir_close(list);
	return (unsigned)top + 64;
}

/* The watch is set when our own descriptor is open already, so the first event is somebody else's.
 */
static bool open_all(struct writer *w, GError **err)
{
	if (mkfifo(w->path, 0600) < 0)
		return fail(err, "make", w->path);
	w->fifo = open(w->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	w->spare = open(w->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (w->fifo < 0 || w->spare < 0)
		return fail(err, "open", w->path);
	make_room(w);
	w->watch = inotify_init1(IN_CLOEXEC);
	if (w->watch < 0 || inotify_add_watch(w->watch, w->path, IN_OPEN) < 0)
		return fail(err, "watch", w->path);
	w->command = pidfd_open(getpid(), 0);
	snprintf(w->stat, sizeof(w->stat), "/proc/%d/stat", (int)getpid());
	return w->command >= 0 || read_start(w->stat, w->since) || fail(err, "watch over COMMAND for", w->path);
}

/* From here on the writer calls only what is safe after a fork from a process with threads: the
 * keyring's library may have some. */

/* Waits until COMMAND ends (false) or the descriptor is ready. On Linux before 5.3, which a container may run on, it is
 * looked at now and then. */
static bool wait_for(const struct writer *w, int fd, short events)
{
	struct pollfd polled[] = {{w->command, POLLIN, 0}, {fd, events, 0}};

	for (;;) {
		int n = poll(polled, 2, w->command < 0 ? LOOK_MS : -1);
		char since[32];

		if (n > 0)
			return !polled[0].revents;
		if (n < 0 ? errno != EINTR : !read_start(w->stat, since) || strcmp(since, w->since) != 0)
			return false;
	}
}

static void write_out(const struct writer *w)
{
	int fd = open(w->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	size_t done = 0;

	unlink(w->path);
	rmdir(w->dir);
	/* With our reading end gone a reader that goes away is noticed. */
	if (w->fifo >= 0)
		close(w->fifo);
	while (fd >= 0 && done < w->bytes->len) {
		ssize_t n = write(fd, w->bytes->str + done, w->bytes->len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno == EAGAIN ? !wait_for(w, fd, POLLOUT) : errno != EINTR)
			break;
	}
}

/* Linux before 5.9 closes them one by one. */
static void close_between(const struct writer *w, unsigned first, unsigned last)
{
	if (close_range(first, last, 0) == 0)
		return;
	for (unsigned fd = first; fd <= MIN(last, w->top); fd++)
		close((int)fd);
}

/* Closes all but these, which it sorts: nobody waits for us at the end of a pipe, and no directory is
 * kept busy. */
static void close_others(const struct writer *w, int *fds, size_t n)
{
	unsigned next = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = i + 1; j < n; j++) {
			int fd = fds[i];

			if (fds[j] >= fd)
				continue;
			fds[i] = fds[j];
			fds[j] = fd;
		}
		if (fds[i] < 0)
			continue;
		if ((unsigned)fds[i] > next)
			close_between(w, next, (unsigned)fds[i] - 1);
		next = (unsigned)fds[i] + 1;
	}
	close_between(w, next, ~0U);
}

static G_GNUC_NORETURN void write_when_opened(struct writer *w)
{
	if (wait_for(w, w->watch, POLLIN))
		write_out(w);
	unlink(w->path);
	rmdir(w->dir);
	_exit(0);
}

/* The writer, and a guard that takes its place should it be killed: without anybody at its other end
 * COMMAND would wait in open() for ever. What of the bytes was on its way by then is not sent twice. */
static G_GNUC_NORETURN void write_guarded(struct writer *w)
{
	pid_t writer;
	int status = 0, writers[] = {w->lock, w->command, w->watch, w->fifo},
	    guards[] = {w->lock, w->command, w->watch, w->spare};

	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	if (chdir("/") < 0)
		_exit(errno);
	writer = fork();
	if (writer <= 0) {
		/* Nobody guards it where there is no second process to be had. */
		close_others(w, writers, G_N_ELEMENTS(writers));
		write_when_opened(w);
	}
	close_others(w, guards, G_N_ELEMENTS(guards));
	w->fifo = -1;
	while (waitpid(writer, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		write_when_opened(w);
	_exit(0);
}

/* Forks twice: COMMAND has no child it does not know, and a new session of its own takes the writer off
 * COMMAND's terminal, so that the terminal's signals are COMMAND's alone. */
static bool fork_writer(struct writer *w, GError **err)
{
	pid_t between = fork(), guard;
	int status = 0;

	if (between == 0) {
		setsid();
		guard = fork();
		if (guard == 0)
			write_guarded(w);
		_exit(guard < 0 ? errno : 0);
	}
	if (between < 0)
		return fail(err, "start a writer for", w->path);
	while (waitpid(between, &status, 0) < 0 && errno == EINTR)
		;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
	return !errno || fail(err, "start a writer for", w->path);
}

bool nd_fifo_start(const struct nd_env *env, const GString *bytes, char **path, GError **err)
{
	struct writer w = {
		.lock = -1, .command = -1, .watch = -1, .fifo = -1, .spare = -1, .bytes = bytes};
	bool ok;

	if (!make_dir(&w, env, err))
		return false;
	w.path = g_build_filename(w.dir, "npmrc", NULL);
	w.top = highest_descriptor();
	ok = open_all(&w, err) && fork_writer(&w, err);
	close_all(&w);
	if (ok)
		*path = g_steal_pointer(&w.path);
	else
		nd_fifo_remove(w.path);
	g_free(w.path);
	g_free(w.dir);
	return ok;
}
