#include "node.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* NODE_OPENSSL_CERT_STORE: node/configure.py, --openssl-use-def-ca-store. */
static const char script[] =
	"const d=(process.config.target_defaults||{}).defines||[];"
	"process.stdout.write((d.includes('NODE_OPENSSL_CERT_STORE')?'openssl':'bundled')+' '"
	"+process.versions.node+'\\n'"
	"+require('tls').rootCertificates.join('\\n')+'\\n')";

/* About 200 kB in node 20 to 26. */
#define MAX_OUTPUT ((gsize)8 * 1024 * 1024)

struct nd_node {
	pid_t pid;
	int out;
};

/* NODE_OPTIONS and its like may run the user's code, or send the answer elsewhere. The rest stays:
 * a version manager's shim needs HOME and PATH. */
static char **dup_environment(void)
{
	GPtrArray *kept = g_ptr_array_new();
	for (char **one = environ; one && *one; one++)
		if (!g_str_has_prefix(*one, "NODE_"))
			g_ptr_array_add(kept, g_strdup(*one));
	g_ptr_array_add(kept, NULL);
	return (char **)g_ptr_array_free(kept, FALSE);
}

static int spawn(const char *path, int out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	char *argv[] = { (char *)path, (char *)"-e", (char *)script, NULL };
	g_auto(GStrv) environment = dup_environment();
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attributes);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	int failed = posix_spawn(pid, path, &actions, &attributes, argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

struct nd_node *nd_node_start(const char *path)
{
	int ends[2];
	pid_t pid = 0;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return NULL;
	int failed = spawn(path, ends[1], &pid);
	close(ends[1]);
	if (failed) {
		close(ends[0]);
		return NULL;
	}
	struct nd_node *node = g_new0(struct nd_node, 1);
	node->pid = pid;
	node->out = ends[0];
	return node;
}

/* Reads until the end of file; false where the time was up or it was too much. */
static bool read_all(int fd, gint64 deadline, GString *text)
{
	char buffer[16384];
	for (;;) {
		gint64 left = (deadline - g_get_monotonic_time()) / 1000;
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		int n = left > 0 ? poll(&ready, 1, (int)MIN(left, 60000)) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		ssize_t got = read(fd, buffer, sizeof buffer);
		if (got == 0)
			return true;
		if (got < 0 || text->len + (gsize)got > MAX_OUTPUT)
			return false;
		g_string_append_len(text, buffer, got);
	}
}

static bool reap(struct nd_node *node, bool kill_it)
{
	int status = 0;
	if (node->pid <= 0)
		return false;
	if (kill_it)
		kill(node->pid, SIGKILL);
	while (waitpid(node->pid, &status, 0) < 0)
		if (errno != EINTR)
			break;
	node->pid = 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Whether it ends by itself in time: what has closed its output may live on. */
static bool ends(const struct nd_node *node, gint64 deadline)
{
	gint64 left = (deadline - g_get_monotonic_time()) / 1000;
	struct pollfd ended = { .fd = pidfd_open(node->pid, 0), .events = POLLIN };
	bool yes = ended.fd >= 0 && poll(&ended, 1, (int)CLAMP(left, 0, 60000)) > 0;
	if (ended.fd >= 0)
		close(ended.fd);
	return yes;
}

char *nd_node_finish(struct nd_node *node, gint64 deadline, struct nd_node_kind *kind)
{
	g_autoptr(GString) text = g_string_new(NULL);
	bool complete = read_all(node->out, deadline, text) && ends(node, deadline);
	char store[8] = "";
	if (!reap(node, !complete) || !complete)
		return NULL;
	if (sscanf(text->str, "%7[a-z] %d.%d", store, &kind->major, &kind->minor) != 3)
		return NULL;
	kind->openssl = strcmp(store, "openssl") == 0;
	if (!kind->openssl && strcmp(store, "bundled") != 0)
		return NULL;
	const char *pem = strchr(text->str, '\n');
	return g_strdup(pem ? pem + 1 : "");
}

void nd_node_free(struct nd_node *node)
{
	if (!node)
		return;
	reap(node, true);
	close(node->out);
	g_free(node);
}
