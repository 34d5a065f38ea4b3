#include "cmd/ask_npm.h"

#include <errno.h>
#include <fcntl.h>
#include <npmrc-doctor/child.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

/* The Makefile makes this of selfcheck.js. */
static const char program[] =
#include "cmd/selfcheck.js.inc"
	;

#define PATIENCE (30 * G_USEC_PER_SEC)
#define MAX_ANSWER ((gsize)64 * 1024 * 1024)

static GPtrArray *arguments(const struct nd_context *context, const struct nd_npm *npm)
{
	const struct nd_options *o = context->options;
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(argv, g_strdup(npm->node));
	g_ptr_array_add(argv, g_strdup("--input-type=commonjs"));
	g_ptr_array_add(argv, g_strdup("-"));
	g_ptr_array_add(argv, g_strdup(npm->root));
	if (o->userconfig)
		g_ptr_array_add(argv, g_strconcat("--userconfig=", o->userconfig, NULL));
	if (o->globalconfig)
		g_ptr_array_add(argv, g_strconcat("--globalconfig=", o->globalconfig, NULL));
	g_ptr_array_add(argv, NULL);
	return argv;
}

/* The environment is ours, as npm's would be. Standard error may quote values: nobody sees it. */
static int spawn(char *const *argv, const char *cwd, const int *in, const int *out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int failed;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addchdir_np(&actions, cwd);
	posix_spawn_file_actions_adddup2(&actions, in[0], 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attributes);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	failed = posix_spawn(pid, argv[0], &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

static bool converse(char *const *argv, const char *cwd, GString *answer, GError **err)
{
	int in[2], out[2];
	pid_t pid = 0;
	int failed;
	bool complete;

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
		g_set_error(err, G_FILE_ERROR, 0, "cannot make a pipe: %s", g_strerror(errno));
		return false;
	}
	/* A pipe holds 64 KiB: the whole program, before anybody reads it. */
	G_STATIC_ASSERT(sizeof program < 32768);
	failed = write(in[1], program, sizeof program - 1) < 0 ? errno : spawn(argv, cwd, in, out, &pid);
	close(in[0]);
	close(in[1]);
	close(out[1]);
	complete = !failed && nd_child_read(out[0], g_get_monotonic_time() + PATIENCE, MAX_ANSWER, answer);
	close(out[0]);
	/* Its answer is whole or came too late: it must not keep us waiting in either case. */
	if (pid)
		nd_child_end(pid, 0);
	if (failed)
		g_set_error(err, G_FILE_ERROR, 0, "cannot run '%s': %s", argv[0], g_strerror(failed));
	else if (!complete)
		g_set_error(err, G_FILE_ERROR, 0, "'%s' gave no whole answer within %d seconds", argv[0],
			(int)(PATIENCE / G_USEC_PER_SEC));
	return complete;
}

GString *nd_ask_npm(const struct nd_context *context, const struct nd_npm *npm, GError **err)
{
	g_autoptr(GPtrArray) argv = NULL;
	g_autoptr(GString) answer = g_string_new(NULL);

	if (!npm->node || !npm->root) {
		g_set_error(err, G_FILE_ERROR, 0, "there is no %s on PATH to compare with",
			npm->node ? "npm" : "node");
		return NULL;
	}
	if (npm->node_is_local) {
		g_set_error(err, G_FILE_ERROR, 0,
			"'%s' is node by a relative element of PATH, whoever put it there: it is not run", npm->node);
		return NULL;
	}
	if (npm->major < 8) {
		g_set_error(err, G_FILE_ERROR, 0, "npm %s on PATH is too old to be asked: 8 and later can be",
			npm->version);
		return NULL;
	}
	argv = arguments(context, npm);
	if (!converse((char *const *)argv->pdata, context->env->cwd, answer, err))
		return NULL;
	if (!g_str_has_suffix(answer->str, "ND\tend\n")) {
		g_set_error(err, G_FILE_ERROR, 0,
			"npm %s in '%s' could not be asked: its modules are not as known", npm->version,
			npm->root);
		return NULL;
	}
	return g_steal_pointer(&answer);
}
