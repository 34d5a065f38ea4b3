#include "cmd/commands.h"
#include "cmd/output.h"

#include <errno.h>
#include <langinfo.h>
#include <npmrc-doctor/file.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Longer lines are hard to read. */
#define HELP_WIDTH 80

void nd_complain(const char *format, ...)
{
	va_list ap;

	fputs("npmrc-doctor: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

bool nd_flush(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	/* fflush has nothing left to fail with where an earlier write already did. */
	if (errno == EPIPE)
		return true;
	if (errno)
		nd_complain("cannot write to standard output: %s", g_strerror(errno));
	else
		nd_complain("cannot write to standard output");
	return false;
}

bool nd_emit(const struct nd_context *context, const GString *text)
{
	const char *path = context->options->output;
	g_autoptr(GError) err = NULL;
	struct nd_replace replace = { path, NULL, { text->str, text->len }, 0666 };
	struct nd_file_id was;
	struct stat st;

	if (!path) {
		fwrite(text->str, 1, text->len, stdout);
		return nd_flush();
	}
	if (stat(path, &st) == 0) {
		nd_file_id_set(&was, &st);
		replace.was = &was;
		replace.max_mode = 07777;
	}
	if (nd_file_replace(&replace, NULL, &err))
		return true;
	nd_complain("%s", err->message);
	return false;
}

/* A variable that is set and not empty. */
static const char *filled(const struct nd_env *env, const char *name)
{
	const char *value = nd_env_get(env, name);

	return value && *value ? value : NULL;
}

static bool use_colour(const char *when, const struct nd_env *env, bool terminal)
{
	const char *force = filled(env, "FORCE_COLOR");

	if (!g_str_equal(when, "auto"))
		return g_str_equal(when, "always");
	if (filled(env, "NO_COLOR"))
		return false;
	if (force && !g_str_equal(force, "0"))
		return true;
	if (filled(env, "CLICOLOR_FORCE") && !g_str_equal(filled(env, "CLICOLOR_FORCE"), "0"))
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
	status = command->run(&context);
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

static int dispatch(const struct nd_command *command, int argc, char **argv)
{
	struct nd_options options;
	g_autoptr(GError) err = NULL;
	int status;

	if (!nd_options_parse(command, argc, argv, &options, &err)) {
		g_autofree char *message = g_strdup_printf("%s\ntry `npmrc-doctor %s --help`", err->message,
			command->name);

		status = nd_output_failure(&options, message, ND_STATUS_USAGE);
	} else if (options.help) {
		status = print_help(command, stdout);
	} else if (options.version) {
		status = print_version();
	} else {
		status = run_command(command, &options);
	}
	nd_options_release(&options);
	return status;
}

int nd_cmd_main(int argc, char **argv)
{
	const struct nd_command *command;

	if (argc < 2)
		return print_help(NULL, stderr);
	if (g_str_equal(argv[1], "-h") || g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "help")) {
		command = argc > 2 ? nd_command_find(argv[2]) : NULL;
		if (argc > 2 && !command) {
			nd_complain("there is no command '%s'", argv[2]);
			return ND_STATUS_USAGE;
		}
		return print_help(command, stdout);
	}
	if (g_str_equal(argv[1], "-V") || g_str_equal(argv[1], "--version")) {
		return print_version();
	}
	command = nd_command_find(argv[1]);
	if (!command) {
		nd_complain("there is no command '%s'; `npmrc-doctor --help` lists them", argv[1]);
		return ND_STATUS_USAGE;
	}
	return dispatch(command, argc - 1, argv + 1);
}
