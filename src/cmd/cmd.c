#include "cmd/commands.h"
#include "cmd/emit.h"
#include "cmd/output.h"

#include <langinfo.h>
#include <npmrc-doctor/near.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Longer lines are hard to read. */
#define HELP_WIDTH 80

/* A variable that is set and not empty. */
static const char *filled(const struct nd_env *env, const char *name)
{
	const char *value = nd_env_get(env, name);

	return value && *value ? value : NULL;
}

static bool use_colour(const char *when, const struct nd_env *env, bool terminal)
{
	const char *force = filled(env, "FORCE_COLOR"), *force_cli = filled(env, "CLICOLOR_FORCE");

	if (!g_str_equal(when, "auto"))
		return g_str_equal(when, "always");
	if (filled(env, "NO_COLOR"))
		return false;
	/* As node and npm read it. */
	if (force)
		return !g_str_equal(force, "0") && !g_str_equal(force, "false");
	if (force_cli && !g_str_equal(force_cli, "0"))
		return true;
	if (g_strcmp0(filled(env, "CLICOLOR"), "0") == 0 || g_strcmp0(filled(env, "TERM"), "dumb") == 0)
		return false;
	return terminal;
}

static unsigned width_of(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col : 0;
}

static struct nd_style style_for(const struct nd_context *context, int fd, bool terminal)
{
	const struct nd_options *o = context->options;

	return (struct nd_style){
		.colour = use_colour(o->color, context->env, terminal),
		.utf8 = g_str_equal(nl_langinfo(CODESET), "UTF-8"),
		.width = terminal ? width_of(fd) : 0,
		.verbose = o->verbose,
		.quiet = o->quiet,
	};
}

/* By nd_command_id. */
static int (*const runs[])(struct nd_context *) = {
#define CMD(id, name, run, ...) run,
#include "cli/cmds.def"
#undef CMD
};

static int run_command(const struct nd_command *command, const struct nd_options *options)
{
	struct nd_context context = { .options = options, .command = command };
	g_autoptr(GError) err = NULL;
	int status;

	context.env = nd_env_snapshot(options->cwd, &err);
	if (!context.env)
		return nd_output_failure(options, err->message, ND_STATUS_FAILED);
	context.in_terminal = isatty(STDIN_FILENO);
	context.out_terminal = isatty(STDOUT_FILENO);
	context.err_terminal = isatty(STDERR_FILENO);
	context.out = style_for(&context, STDOUT_FILENO, context.out_terminal && !options->output);
	context.err = style_for(&context, STDERR_FILENO, context.err_terminal);
	/* Where our caller ignores it nobody could say how git or node ended. COMMAND of exec has it as it was. */
	if (!command->stops_at_operand)
		signal(SIGCHLD, SIG_DFL);
	status = runs[command - nd_command_row(0)](&context);
	nd_env_free(context.env);
	return status;
}

static int print_help(const struct nd_command *command, FILE *to)
{
	unsigned width = width_of(fileno(to));
	GString *help = nd_command_help(command, width && width < HELP_WIDTH ? width : HELP_WIDTH);

	fwrite(help->str, 1, help->len, to);
	g_string_free(help, TRUE);
	if (to != stdout)
		return ND_STATUS_USAGE;
	return nd_flush() ? ND_STATUS_OK : ND_STATUS_FAILED;
}

static int print_version(void)
{
	puts("npmrc-doctor " ND_VERSION);
	return nd_flush() ? ND_STATUS_OK : ND_STATUS_FAILED;
}

static int fail_usage(const struct nd_options *options, const struct nd_command *command, const GError *err)
{
	g_autofree char *message = g_strdup_printf("%s\ntry `npmrc-doctor %s%s--help`", err->message,
		command ? command->name : "", command ? " " : "");

	return nd_output_failure(options, message, ND_STATUS_USAGE);
}

static int dispatch(const struct nd_command *command, int argc, char **argv, struct nd_options *options)
{
	g_autoptr(GError) err = NULL;

	if (!nd_options_parse(command, argc, argv, options, &err))
		return fail_usage(options, command, err);
	if (options->help)
		return print_help(command, stdout);
	if (options->version)
		return print_version();
	return run_command(command, options);
}

static const struct nd_command *find_command(const char *name)
{
	const struct nd_command *command = nd_command_find(name);
	g_autofree char *shown = NULL;
	struct nd_near near;

	if (command)
		return command;
	nd_near_init(&near, name);
	for (int id = 0; id < ND_CMD_COUNT; id++)
		nd_near_consider(&near, nd_command_row(id)->name);
	/* What stands behind `=` may be a secret, as with options. */
	shown = g_strndup(name, strcspn(name, "="));
	if (near.word)
		nd_complain("there is no command '%s'; did you mean '%s'?", shown, near.word);
	else
		nd_complain("there is no command '%s'; `npmrc-doctor --help` lists them", shown);
	return NULL;
}

/* `npmrc-doctor help COMMAND` and `npmrc-doctor --help COMMAND` are `npmrc-doctor COMMAND --help`. */
static int help_about(const char *name)
{
	const struct nd_command *command = name ? find_command(name) : NULL;

	return name && !command ? ND_STATUS_USAGE : print_help(command, stdout);
}

static int run_words(int argc, char **argv, struct nd_options *options)
{
	g_autoptr(GError) err = NULL;
	const struct nd_command *command;
	char **words;

	if (!nd_options_begin(argc, argv, options, &err))
		return fail_usage(options, NULL, err);
	words = options->operands;
	if (options->help)
		return help_about(words[0]);
	if (options->version)
		return print_version();
	if (!words[0])
		return print_help(NULL, stderr);
	if (g_str_equal(words[0], "help"))
		return help_about(words[1]);
	command = find_command(words[0]);
	return command ? dispatch(command, argc - (int)(words - argv), words, options) : ND_STATUS_USAGE;
}

int nd_cmd_main(int argc, char **argv)
{
	struct nd_options options;
	int status = run_words(argc, argv, &options);

	nd_options_release(&options);
	return status;
}
