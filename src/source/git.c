#include <npmrc-doctor/source.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 2000

extern char **environ;

/* The caller's GIT_DIR and the like would have git speak of another repository. */
static char **clean_environment(void)
{
	g_autoptr(GPtrArray) out = g_ptr_array_new();

	for (char **entry = environ; entry && *entry; entry++)
		if (!g_str_has_prefix(*entry, "GIT_"))
			g_ptr_array_add(out, g_strdup(*entry));
	g_ptr_array_add(out, g_strdup("GIT_OPTIONAL_LOCKS=0"));
	g_ptr_array_add(out, g_strdup("GIT_TERMINAL_PROMPT=0"));
	g_ptr_array_add(out, NULL);
	return (char **)g_ptr_array_steal(out, NULL);
}

/* The process's end closes the pipe, so that waiting needs no signal handler. Status, or -1. */
static int await(pid_t pid, int ends)
{
	gint64 until = g_get_monotonic_time() + PATIENCE_MS * 1000;
	struct pollfd poller = { .fd = ends, .events = POLLIN };
	bool late = false;
	int status;

	for (;;) {
		gint64 left = (until - g_get_monotonic_time()) / 1000;
		char rest[512];
		int ready = left > 0 ? poll(&poller, 1, (int)left) : 0;

		if (ready < 0 && errno == EINTR)
			continue;
		late = ready <= 0;
		if (late || read(ends, rest, sizeof(rest)) <= 0)
			break;
	}
	if (late)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return !late && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run(char *const *argv)
{
	g_auto(GStrv) env = clean_environment();
	posix_spawn_file_actions_t actions;
	int ends[2], status = -1;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, "git", &actions, NULL, argv, env) == 0) {
		close(ends[1]);
		ends[1] = -1;
		status = await(pid, ends[0]);
	}
	posix_spawn_file_actions_destroy(&actions);
	close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	return status;
}

/* Whether ls-files with these options lists the file: 0 yes, 1 no, anything else unknown. */
static int lists(const char *path, bool others)
{
	g_autofree char *dir = g_path_get_dirname(path);
	g_autofree char *name = g_path_get_basename(path);
	/* A repository may name a program of its own for fsmonitor: it is not to be run. */
	const char *const argv[] = { "git", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-C", dir,
		"ls-files", "--error-unmatch", others ? "--others" : "--cached",
		others ? "--exclude-standard" : "--", others ? "--" : name, others ? name : NULL, NULL };

	return run((char *const *)argv);
}

enum nd_git_state nd_git_ask(const char *path)
{
	int status = lists(path, false);

	if (status == 0)
		return ND_GIT_TRACKED;
	if (status != 1) /* 128: no work tree */
		return ND_GIT_UNKNOWN;
	status = lists(path, true);
	return status == 0 ? ND_GIT_UNTRACKED : status == 1 ? ND_GIT_IGNORED : ND_GIT_UNKNOWN;
}
