#include <npmrc-doctor/cmd.h>

#include "cmd/commands.h"

static const struct nd_command rows[] = {
#define CMD(id, name, run, operands, stops, summary, details) \
	{ name, operands, summary, details, run, stops },
#include "cmd/cmds.def"
#undef CMD
};

const struct nd_command *nd_command_row(enum nd_command_id id)
{
	return &rows[id];
}

const struct nd_command *nd_command_find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (g_str_equal(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static void append_option(GString *out, const struct nd_option *option)
{
	g_autofree char *left = g_strdup_printf("%s--%s%s%s", option->letter ? "" : "    ", option->name,
		option->argument ? " " : "", option->argument ? option->argument : "");

	if (option->letter)
		g_string_append_printf(out, "  -%c, %-26s %s", option->letter, left, option->summary);
	else
		g_string_append_printf(out, "  %-30s %s", left, option->summary);
	if (option->words)
		g_string_append_printf(out, " (%s)", option->words);
	g_string_append_c(out, '\n');
}

static void append_options(GString *out, unsigned command_bit)
{
	size_t n;
	const struct nd_option *options = nd_option_rows(&n);

	for (size_t i = 0; i < n; i++)
		if (options[i].commands & command_bit)
			append_option(out, &options[i]);
}

static GString *program_help(void)
{
	GString *out = g_string_new("usage: npmrc-doctor COMMAND [OPTION...] [ARGUMENT...]\n\n"
		"Says what is wrong with npm's configuration, its proxies, certificates and credentials,\n"
		"and mends what can be mended safely.\n\ncommands:\n");

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		g_string_append_printf(out, "  %-12s %s\n", rows[i].name, rows[i].summary);
	g_string_append(out, "\n`npmrc-doctor COMMAND --help` shows a command's options.\n\n"
		"exit status: 0 nothing found, 1 findings, 2 wrong usage, 3 the work could not be done\n");
	return out;
}

GString *nd_command_help(const struct nd_command *command)
{
	GString *out;
	g_auto(GStrv) words = NULL;
	size_t column = 0;

	if (!command)
		return program_help();
	out = g_string_new(NULL);
	g_string_append_printf(out, "usage: npmrc-doctor %s [OPTION...]%s%s\n\n", command->name,
		*command->operands ? " " : "", command->operands);
	words = g_strsplit(command->details, " ", -1);
	for (char **word = words; *word; word++) {
		bool fold = column + strlen(*word) + 1 > 80;

		g_string_append_printf(out, "%s%s", column == 0 ? "" : fold ? "\n" : " ", *word);
		column = fold || column == 0 ? strlen(*word) : column + strlen(*word) + 1;
	}
	g_string_append(out, "\n\noptions:\n");
	append_options(out, 1u << (command - rows));
	return out;
}
