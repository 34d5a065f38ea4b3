#ifndef NPMRC_DOCTOR_CMD_H
#define NPMRC_DOCTOR_CMD_H

#include <npmrc-doctor/cli.h>
#include <npmrc-doctor/report.h>
#include <npmrc-doctor/source.h>
#include <stdbool.h>

/* What a command works with. */
struct nd_context {
	const struct nd_options *options;
	const struct nd_command *command;
	struct nd_env *env;       /* of the directory that --cwd names */
	struct nd_style out, err; /* how to write to standard output and standard error */
	bool out_terminal, in_terminal, err_terminal;
};

/* Runs the program; argv[0] is its name. The result is the exit status. */
int nd_cmd_main(int argc, char **argv);

#endif
