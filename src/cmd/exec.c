#include "cmd/commands.h"
#include "cmd/deliver.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

extern char **environ;

/* The environment block for COMMAND: ours with the secrets added. It lives until execve replaces us. */
static char **block_with(const GPtrArray *secrets)
{
	GPtrArray *block = g_ptr_array_new();

	for (char **entry = environ; *entry; entry++)
		g_ptr_array_add(block, *entry);
	for (guint i = 0; i < secrets->len; i++) {
		const struct nd_delivered *delivered = secrets->pdata[i];
		struct nd_span value = nd_secret_reveal(delivered->value);
		GString *entry = g_string_new(delivered->name);

		g_string_append_c(entry, '=');
		g_string_append_len(entry, value.p, value.n);
		g_ptr_array_add(block, g_string_free(entry, FALSE));
	}
	g_ptr_array_add(block, NULL);
	return (char **)g_ptr_array_free(block, FALSE);
}

int nd_cmd_exec(struct nd_context *context)
{
	char **command = context->options->operands;
	g_autoptr(GPtrArray) secrets = NULL;
	g_autoptr(GError) err = NULL;
	int failure;

	if (!*command) {
		nd_complain("exec needs a COMMAND: npmrc-doctor exec -- npm install");
		return ND_STATUS_USAGE;
	}
	secrets = nd_deliver_collect(context, &err);
	if (!secrets) {
		nd_complain("%s", err->message);
		return ND_STATUS_FAILED;
	}
	/* COMMAND starts as if its caller had started it. */
	signal(SIGPIPE, SIG_DFL);
	execvpe(command[0], command, block_with(secrets));
	failure = errno;
	nd_complain("cannot run '%s': %s", command[0], g_strerror(failure));
	return failure == ENOENT ? ND_STATUS_NOT_FOUND : ND_STATUS_NOT_RUN;
}
