#include <npmrc-doctor/child.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Signals that the caller keeps waiting, or does not heed, are not the program's affair. */
static int spawn(struct nd_child *child, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults, none;
	int failed;

	posix_spawn_file_actions_init(&actions);
	if (child->cwd)
		posix_spawn_file_actions_addchdir_np(&actions, child->cwd);
	if (child->in >= 0)
		posix_spawn_file_actions_adddup2(&actions, child->in, 0);
	else
		posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attributes);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	failed = posix_spawn(&child->pid, child->path, &actions, &attributes, child->argv, child->env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

int nd_child_start(struct nd_child *child)
{
	int ends[2], failed;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return errno;
	failed = spawn(child, ends[1]);
	close(ends[1]);
	if (failed)
		close(ends[0]);
	else
		child->out = ends[0];
	return failed;
}

int nd_child_input(struct nd_span bytes)
{
	int fd = memfd_create("npmrc-doctor", MFD_CLOEXEC);

	if (fd < 0)
		return -1;
	if (write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	close(fd);
	errno = ENOSPC;
	return -1;
}

/* Whether there is something to be read, or its end, before the time is up. */
static bool wait_for(int fd, gint64 deadline)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };

	for (;;) {
		gint64 left = (deadline - g_get_monotonic_time()) / 1000;
		int n = left > 0 ? poll(&poller, 1, (int)MIN(left, 60000)) : 0;

		if (n > 0)
			return true;
		if (n < 0 ? errno != EINTR : left <= 0)
			return false;
	}
}

bool nd_child_read(int fd, gint64 deadline, gsize most, GString *out)
{
	char part[16384];

	while (wait_for(fd, deadline)) {
		ssize_t got = read(fd, part, sizeof(part));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0;
		if (out->len + (gsize)got > most)
			return false;
		g_string_append_len(out, part, got);
	}
	return false;
}

/* Whether it has ended before the time is up. Linux before 5.3, which a container may run on, has nothing to wait
 * for: there it is looked at again and again. */
static bool wait_end(pid_t pid, gint64 deadline)
{
	int ended = pidfd_open(pid, 0);
	siginfo_t info = { 0 };
	bool in_time;

	if (ended >= 0) {
		in_time = wait_for(ended, deadline);
		close(ended);
		return in_time;
	}
	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && !info.si_pid) {
		if (g_get_monotonic_time() >= deadline)
			return false;
		g_usleep(1000);
	}
	return true;
}

int nd_child_end(pid_t pid, gint64 deadline)
{
	int status = 0;

	if (!wait_end(pid, deadline))
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
