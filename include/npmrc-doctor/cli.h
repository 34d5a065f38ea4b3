#ifndef NPMRC_DOCTOR_CLI_H
#define NPMRC_DOCTOR_CLI_H

#include <glib.h>
#include <npmrc-doctor/rules.h>
#include <stdbool.h>
#include <stddef.h>

/* The command line: its tables, its parser and its help. */

/* Exit statuses, the same for every command but exec, whose status is its COMMAND's. */
enum nd_status {
	ND_STATUS_OK = 0,
	ND_STATUS_FOUND = 1,     /* findings; something left undone; something would change */
	ND_STATUS_USAGE = 2,
	ND_STATUS_FAILED = 3,    /* the work could not be done */
	ND_STATUS_NOT_RUN = 126, /* exec */
	ND_STATUS_NOT_FOUND = 127,
};

/* The one table of commands, src/cli/cmds.def. */
enum nd_command_id {
#define CMD(id, ...) ND_CMD_##id,
#include "cli/cmds.def"
#undef CMD
	ND_CMD_COUNT,
};
#define ND_CMD_BIT(id) (1u << ND_CMD_##id)
#define ND_CMD_ALL ((1u << ND_CMD_COUNT) - 1)

/* What the command line says. Strings are borrowed from argv. */
struct nd_options {
	const char *color;        /* auto, always, never */
	bool quiet, verbose, help, version;
	char *const *settings;    /* of npm's cli layer, keys and values in turn, or NULL: what COMMAND says */
	bool supplied;            /* COMMAND will have the variables that are not set */
	const char *cwd, *userconfig, *globalconfig, *client, *npm_version;
	bool offline;
	GPtrArray *registries;    /* const char *: --registry */
	const char *format, *output, *fail_on;
	double timeout;           /* seconds; 0: not given */
	const char *policy, *baseline, *write_baseline;
	bool only_any;            /* --only was given */
	bool only[ND_RULE_COUNT], skip[ND_RULE_COUNT];
	bool dry_run, yes, keyring, purge, force, json, all;
	bool install;
	unsigned jobs;            /* 0: not given */
	bool no_ignore;
	const char *shell, *deliver;
	char **operands;          /* NULL-terminated */
};

struct nd_command {
	const char *name;
	const char *operands;     /* as shown in the synopsis */
	const char *summary;      /* one line */
	const char *details;      /* paragraphs of the manual */
	bool stops_at_operand;    /* exec: what follows belongs to COMMAND */
};
const struct nd_command *nd_command_row(enum nd_command_id id);
/* The command of that name, or NULL. */
const struct nd_command *nd_command_find(const char *name);

/* The most that an option of kind COUNT takes. */
#define ND_MAX_COUNT 256

/* One row of the option table, src/cli/opts.def. */
enum nd_option_kind { ND_OPT_FLAG, ND_OPT_TEXT, ND_OPT_WORD, ND_OPT_SECONDS, ND_OPT_COUNT, ND_OPT_RULE, ND_OPT_LIST };
struct nd_option {
	const char *name;         /* without --; empty: the summary is a heading for the rows below, of no command */
	char letter;              /* 0: none */
	enum nd_option_kind kind;
	size_t field;             /* offset in struct nd_options */
	unsigned commands;        /* ND_CMD_BITs */
	const char *argument;     /* NULL for flags */
	const char *words;        /* WORD: the choices, separated by blanks */
	const char *summary;
};
const struct nd_option *nd_option_rows(size_t *n);

/* Wrong usage, some of which shows only while a command runs. */
#define ND_USAGE_ERROR (nd_usage_error_quark())
GQuark nd_usage_error_quark(void);

/* Parses what stands in front of the command's name; the operands begin with that name. On wrong usage
 * returns false and says why. */
bool nd_options_begin(int argc, char **argv, struct nd_options *out, GError **err);
/* Goes on with the arguments behind it. */
bool nd_options_parse(const struct nd_command *command, int argc, char **argv,
	struct nd_options *out, GError **err);
void nd_options_release(struct nd_options *options);
/* The severity that --fail-on names. */
enum nd_severity nd_options_threshold(const struct nd_options *options);

/* What src/cli/manual.def says beside these tables. */
enum nd_manual_kind { ND_MANUAL_EXAMPLE, ND_MANUAL_VARIABLE, ND_MANUAL_PLACE };
struct nd_manual {
	enum nd_manual_kind kind;
	enum nd_command_id command; /* EXAMPLE */
	const char *name;           /* the command line, the variables, the path */
	const char *text;
};
const struct nd_manual *nd_manual_rows(size_t *n);
/* What a command's exit status means, NULL where it has no such status. */
const char *nd_command_status(enum nd_command_id id, int status);

/* Synopsis, options, exit statuses and examples of a command, or of the program where command is NULL, in
 * lines of at most width columns. Owned by the caller. */
GString *nd_command_help(const struct nd_command *command, unsigned width);

#endif
