#include "cmd/ask_npm.h"

#include <errno.h>
#include <npmrc-doctor/child.h>
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
static bool converse(char *const *argv, const char *cwd, GString *answer, GError **err)
{
	struct nd_span text = { program, sizeof program - 1 };
	struct nd_child child = {
		.path = argv[0], .argv = argv, .env = environ, .cwd = cwd, .in = nd_child_input(text)
	};
	int failed = child.in < 0 ? errno : nd_child_start(&child);
	bool complete;

	if (child.in >= 0)
		close(child.in);
	if (failed) {
		g_set_error(err, G_FILE_ERROR, 0, "cannot run '%s': %s", argv[0], g_strerror(failed));
		return false;
	}
	complete = nd_child_read(child.out, g_get_monotonic_time() + PATIENCE, MAX_ANSWER, answer);
	close(child.out);
	/* Its answer is whole or came too late: it must not keep us waiting in either case. */
	nd_child_end(child.pid, 0);
	if (!complete)
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
