#include "cmd/fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <npmrc-doctor/secret.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Everything the writer needs; made before the fork, so that no opening can be missed. */
struct writer {
	char *dir, *path;
	int command; /* readable once this process, by then COMMAND, has ended */
	int watch;   /* readable once somebody has opened the FIFO */
	int fifo;    /* both ends: whoever opens it to read does not wait */
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

static char *make_dir_below(const char *parent)
{
	g_autofree char *template = NULL;

	if (!parent || *parent != '/')
		return NULL;
	template = g_build_filename(parent, "npmrc-doctor-XXXXXX", NULL);
	return mkdtemp(template) ? g_steal_pointer(&template) : NULL;
}

static char *make_dir(const struct nd_env *env, GError **err)
{
	const char *tmp = nd_env_get(env, "TMPDIR");
	char *dir = make_dir_below(nd_env_get(env, "XDG_RUNTIME_DIR"));

	if (!dir)
		dir = make_dir_below(tmp);
	if (!dir && !(tmp && *tmp))
		dir = make_dir_below("/tmp");
	if (!dir)
		fail(err, "make a directory in", tmp && *tmp ? tmp : "/tmp");
	return dir;
}

static void close_all(struct writer *w)
{
	const int fds[] = {w->command, w->watch, w->fifo};

	for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* The watch is set when our own descriptor is open already, so the first event is somebody else's.
 */
static bool open_all(struct writer *w, GError **err)
{
	if (mkfifo(w->path, 0600) < 0)
		return fail(err, "make", w->path);
	w->fifo = open(w->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (w->fifo < 0)
		return fail(err, "open", w->path);
	w->watch = inotify_init1(IN_CLOEXEC);
	if (w->watch < 0 || inotify_add_watch(w->watch, w->path, IN_OPEN) < 0)
		return fail(err, "watch", w->path);
	w->command = pidfd_open(getpid(), 0);
	return w->command >= 0 || fail(err, "watch over COMMAND for", w->path);
}

/* From here on the writer calls only what is safe after a fork from a process with threads: the
 * keyring's library may have some. */

/* Waits until COMMAND ends (false) or the descriptor is ready. */
static bool wait_for(const struct writer *w, int fd, short events)
{
	struct pollfd polled[] = {{w->command, POLLIN, 0}, {fd, events, 0}};

	while (poll(polled, 2, -1) < 0)
		if (errno != EINTR)
			return false;
	return !polled[0].revents;
}

static void write_out(const struct writer *w)
{
	int fd = open(w->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	size_t done = 0;

	unlink(w->path);
	rmdir(w->dir);
	/* With our reading end gone a reader that goes away is noticed. */
	close(w->fifo);
	while (fd >= 0 && done < w->bytes->len) {
		ssize_t n = write(fd, w->bytes->str + done, w->bytes->len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno == EAGAIN ? !wait_for(w, fd, POLLOUT) : errno != EINTR)
			break;
	}
}

static G_GNUC_NORETURN void write_when_opened(struct writer *w)
{
	int low = MIN(MIN(w->command, w->watch), w->fifo),
	    high = MAX(MAX(w->command, w->watch), w->fifo);
	int middle = w->command ^ w->watch ^ w->fifo ^ low ^ high;

	/* Nobody waits for us at the end of a pipe, and no directory is kept busy. */
	if (low > 0)
		close_range(0, (unsigned)low - 1, 0);
	if (middle > low + 1)
		close_range((unsigned)low + 1, (unsigned)middle - 1, 0);
	if (high > middle + 1)
		close_range((unsigned)middle + 1, (unsigned)high - 1, 0);
	close_range((unsigned)high + 1, ~0U, 0);
	signal(SIGPIPE, SIG_IGN);
	if (chdir("/") == 0 && wait_for(w, w->watch, POLLIN))
		write_out(w);
	unlink(w->path);
	rmdir(w->dir);
	nd_wipe(w->bytes->str, w->bytes->len);
	_exit(0);
}

/* Twice, so that COMMAND has no child that it did not start; in a session of its own, so that the
 * terminal's signals are COMMAND's alone. */
static bool fork_writer(struct writer *w, GError **err)
{
	pid_t between = fork(), writer;
	int status = 0;

	if (between == 0) {
		setsid();
		writer = fork();
		if (writer == 0)
			write_when_opened(w);
		_exit(writer < 0 ? errno : 0);
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
	struct writer w = {.command = -1, .watch = -1, .fifo = -1, .bytes = bytes};
	bool ok;

	w.dir = make_dir(env, err);
	if (!w.dir)
		return false;
	w.path = g_build_filename(w.dir, "npmrc", NULL);
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
