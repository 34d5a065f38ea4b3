#include "cmd/called.h"
#include "cmd/commands.h"
#include "cmd/emit.h"
#include "cmd/run.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

extern char **environ;

/* npm takes any spelling of a setting's variable, and the last of several (@npmcli/config loadEnv).
 */
static bool names_user_file(const char *entry)
{
	static const char name[] = "npm_config_userconfig=";

	return g_ascii_strncasecmp(entry, name, sizeof(name) - 1) == 0;
}

static bool is_hidden(const struct nd_delivery *delivery, const char *entry)
{
	for (guint i = 0; i < delivery->hidden->len; i++) {
		const char *name = delivery->hidden->pdata[i];
		size_t n = strlen(name);

		if (strncmp(entry, name, n) == 0 && entry[n] == '=')
			return true;
	}
	return false;
}

static void add_variable(GPtrArray *ours, const char *name, struct nd_span value)
{
	GString *entry = g_string_sized_new(strlen(name) + value.n + 2);

	g_string_append_printf(entry, "%s=", name);
	g_string_append_len(entry, value.p, value.n);
	g_ptr_array_add(ours, g_string_free(entry, FALSE));
}

/* What COMMAND's environment has beside ours; it lives until execve replaces us. */
static GPtrArray *additions(const struct nd_delivery *delivery, const char *fifo)
{
	GPtrArray *ours = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < delivery->variables->len; i++) {
		const struct nd_delivered *delivered = delivery->variables->pdata[i];

		add_variable(ours, delivered->name, nd_secret_reveal(delivered->value));
	}
	if (fifo)
		add_variable(ours, "NPM_CONFIG_USERCONFIG", nd_span_of(fifo));
	return ours;
}

static GPtrArray *block_with(const struct nd_delivery *delivery, const char *fifo, const GPtrArray *ours)
{
	GPtrArray *block = g_ptr_array_new();

	for (char **entry = environ; *entry; entry++)
		if (!is_hidden(delivery, *entry) && !(fifo && names_user_file(*entry)))
			g_ptr_array_add(block, *entry);
	for (guint i = 0; i < ours->len; i++)
		g_ptr_array_add(block, ours->pdata[i]);
	g_ptr_array_add(block, NULL);
	return block;
}

static int run(char **command, struct nd_delivery *delivery, const char *fifo)
{
	g_autoptr(GPtrArray) ours = additions(delivery, fifo);
	g_autoptr(GPtrArray) block = block_with(delivery, fifo, ours);
	int failure;

	execvpe(command[0], command, (char **)block->pdata);
	failure = errno;
	if (fifo)
		nd_fifo_remove(fifo);
	nd_complain("cannot run '%s': %s", command[0], g_strerror(failure));
	return failure == ENOENT ? ND_STATUS_NOT_FOUND : ND_STATUS_NOT_RUN;
}

static int deliver(const struct nd_context *context, const struct nd_call *call)
{
	struct sigaction pipe;
	char **command = context->options->operands;
	struct nd_delivery delivery;
	g_autofree char *fifo = NULL;
	g_autoptr(GError) err = NULL;
	int status;

	/* The keyring's library ignores it for good; COMMAND gets it as its caller has it. */
	sigaction(SIGPIPE, NULL, &pipe);
	if (!nd_run_deliver(context, call, &delivery, &err)) {
		nd_complain("%s", err->message);
		return ND_STATUS_FAILED;
	}
	sigaction(SIGPIPE, &pipe, NULL);
	if (delivery.file && !nd_fifo_start(context->env, delivery.file, &fifo, &err)) {
		nd_complain("%s; --deliver env needs no FIFO", err->message);
		status = ND_STATUS_FAILED;
	} else {
		status = run(command, &delivery, fifo);
	}
	nd_delivery_release(&delivery);
	return status;
}

int nd_cmd_exec(struct nd_context *context)
{
	struct nd_call call;
	struct nd_called called;
	int status;

	if (!context->options->operands[0]) {
		nd_complain("exec needs a COMMAND: npmrc-doctor exec -- npm install");
		return ND_STATUS_USAGE;
	}
	nd_call_read(context->env, context->options->operands, &call);
	nd_called_init(&called, context, &call);
	status = deliver(&called.context, &call);
	nd_called_release(&called);
	nd_call_release(&call);
	return status;
}
