#include "completion/words.h"

#include <npmrc-doctor/keys.h>
#include <string.h>

enum nd_word_kind nd_complete_operand(const struct nd_command *command)
{
	if (command->stops_at_operand)
		return ND_WORD_COMMAND;
	if (strchr(command->operands, '|'))
		return ND_WORD_CHOICE;
	if (strstr(command->operands, "RULE"))
		return ND_WORD_RULE;
	if (strstr(command->operands, "FILE"))
		return ND_WORD_FILE;
	if (strstr(command->operands, "DIR"))
		return ND_WORD_DIRECTORY;
	if (strstr(command->operands, "KEY"))
		return ND_WORD_KEY;
	return ND_WORD_NONE;
}

enum nd_word_kind nd_complete_argument(const struct nd_option *option)
{
	if (option->words)
		return ND_WORD_CHOICE;
	if (option->kind == ND_OPT_RULE)
		return ND_WORD_RULE;
	if (g_strcmp0(option->argument, "DIR") == 0)
		return ND_WORD_DIRECTORY;
	if (g_strcmp0(option->argument, "FILE") == 0)
		return ND_WORD_FILE;
	return ND_WORD_NONE;
}

char *nd_complete_choices(const struct nd_command *command)
{
	return g_strdelimit(g_strdup(command->operands), "|[].", ' ');
}

void nd_complete_options(GString *out, unsigned commands, nd_complete_each append)
{
	size_t n;
	const struct nd_option *options = nd_option_rows(&n);

	for (size_t i = 0; i < n; i++)
		if ((options[i].commands & commands) == commands)
			append(out, &options[i]);
}

unsigned nd_complete_wrappers(void)
{
	unsigned wrappers = 0;

	for (int id = 0; id < ND_CMD_COUNT; id++)
		if (nd_command_row(id)->stops_at_operand)
			wrappers |= 1u << id;
	return wrappers;
}

void nd_complete_valued(GString *out, unsigned commands, const char *separator)
{
	size_t n, start = out->len;
	const struct nd_option *options = nd_option_rows(&n);

	for (size_t i = 0; i < n; i++) {
		if ((options[i].commands & commands) != commands || !options[i].argument)
			continue;
		g_string_append_printf(out, "%s--%s", out->len > start ? separator : "", options[i].name);
		if (options[i].letter)
			g_string_append_printf(out, "%s-%c", separator, options[i].letter);
	}
}

void nd_complete_quote(GString *out, const char *text, const char *quote)
{
	g_auto(GStrv) parts = g_strsplit(text, "'", -1);
	g_autofree char *quoted = g_strjoinv(quote, parts);

	g_string_append_printf(out, "'%s'", quoted);
}

void nd_complete_keys(GString *out)
{
	size_t n, start = out->len;
	const struct nd_key *keys = nd_key_all(&n);

	for (size_t i = 0; i < n; i++)
		if ((keys[i].versions & ND_NPM(ND_NPM_NEWEST)) && *keys[i].name != '_')
			g_string_append_printf(out, "%s%s", out->len > start ? " " : "", keys[i].name);
}
