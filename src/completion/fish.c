#include "completion/shells.h"
#include "completion/words.h"

/* The pieces of template.fish. */

#define QUOTE "\\'"

static void append_quoted(GString *out, const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "\\", -1);
	g_autofree char *escaped = g_strjoinv("\\\\", parts);

	nd_complete_quote(out, escaped, QUOTE);
}

static void append_condition(GString *out, unsigned commands)
{
	g_string_append(out, "complete -c npmrc-doctor -n '__npmrc_doctor_in");
	for (int id = 0; commands != ND_CMD_ALL && id < ND_CMD_COUNT; id++)
		if (commands & (1u << id))
			g_string_append_printf(out, " %s", nd_command_row(id)->name);
	g_string_append_c(out, '\'');
}

static void append_action(GString *out, enum nd_word_kind kind, const char *words)
{
	switch (kind) {
	case ND_WORD_FILE:
		g_string_append(out, " -F");
		break;
	case ND_WORD_DIRECTORY:
		g_string_append(out, " -a '(__fish_complete_directories (commandline -ct))'");
		break;
	case ND_WORD_RULE:
		g_string_append(out, " -a '(__npmrc_doctor_rules)'");
		break;
	case ND_WORD_KEY:
		g_string_append(out, " -a '");
		nd_complete_keys(out);
		g_string_append_c(out, '\'');
		break;
	case ND_WORD_CHOICE:
		g_string_append_printf(out, " -a '%s'", words);
		break;
	default:
		break;
	}
}

static void append_option(GString *out, const struct nd_option *option)
{
	enum nd_word_kind kind = nd_complete_argument(option);

	append_condition(out, option->commands);
	if (option->letter)
		g_string_append_printf(out, " -s %c", option->letter);
	g_string_append_printf(out, " -l %s", option->name);
	if (option->argument)
		g_string_append(out, kind == ND_WORD_FILE ? " -r" : " -x");
	append_action(out, kind, option->words);
	g_string_append(out, " -d ");
	append_quoted(out, option->summary);
}

static void append_cases(GString *out)
{
	size_t n;
	const struct nd_option *options = nd_option_rows(&n);

	for (int id = 0; id < ND_CMD_COUNT; id++) {
		const struct nd_command *command = nd_command_row(id);
		enum nd_word_kind kind = nd_complete_operand(command);
		g_autofree char *choices = nd_complete_choices(command);

		g_string_append_printf(out, "%scomplete -c npmrc-doctor -n __npmrc_doctor_first -a %s -d ",
			id ? "\n" : "", command->name);
		append_quoted(out, command->summary);
		g_string_append_printf(
			out, "\ncomplete -c npmrc-doctor -n '__npmrc_doctor_in help' -a %s", command->name);
		if (kind == ND_WORD_NONE || kind == ND_WORD_COMMAND)
			continue;
		g_string_append_c(out, '\n');
		append_condition(out, 1u << id);
		append_action(out, kind, choices);
	}
	g_string_append(out, "\ncomplete -c npmrc-doctor -n __npmrc_doctor_first -a help -d 'show a command\\'s help'");
	for (size_t i = 0; i < n; i++) {
		if (!options[i].commands)
			continue;
		g_string_append_c(out, '\n');
		append_option(out, &options[i]);
	}
}

void nd_complete_fish(GString *out, const char *name)
{
	size_t start = out->len;

	if (g_str_equal(name, "wrappers")) {
		for (int id = 0; id < ND_CMD_COUNT; id++)
			if (nd_command_row(id)->stops_at_operand)
				g_string_append_printf(
					out, "%s%s", out->len > start ? " " : "", nd_command_row(id)->name);
	} else if (g_str_equal(name, "rules")) {
		for (int rule = 0; rule < ND_RULE_COUNT; rule++) {
			g_string_append_printf(out, "%s%s ", rule ? " " : "", nd_rule_row(rule)->slug);
			append_quoted(out, nd_rule_row(rule)->summary);
		}
	} else if (g_str_equal(name, "valued")) {
		nd_complete_valued(out, nd_complete_wrappers(), " ");
	} else if (g_str_equal(name, "before")) {
		nd_complete_valued(out, ND_CMD_ALL, " ");
	} else {
		append_cases(out);
	}
}
