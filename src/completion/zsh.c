#include "completion/shells.h"
#include "completion/words.h"

/* The pieces of template.zsh. */

#define QUOTE "'\\''"

/* A description in an option's brackets. */
static char *bracketed(const char *text)
{
	GString *out = g_string_new(NULL);

	for (; *text; text++)
		g_string_append_printf(out, *text == '[' || *text == ']' || *text == '\\' ? "\\%c" : "%c", *text);
	return g_string_free(out, FALSE);
}

static const char *action_of(enum nd_word_kind kind)
{
	switch (kind) {
	case ND_WORD_FILE:
		return "_files";
	case ND_WORD_DIRECTORY:
		return "_files -/";
	case ND_WORD_RULE:
		return "_npmrc-doctor_rules";
	case ND_WORD_KEY:
		return "_npmrc-doctor_keys";
	default:
		return "";
	}
}

static void append_option(GString *out, const struct nd_option *option)
{
	bool repeated = option->kind == ND_OPT_RULE || option->kind == ND_OPT_LIST;
	g_autofree char *summary = bracketed(option->summary);
	g_autoptr(GString) what = g_string_new(NULL);

	g_string_append(out, " \\\n\t\t");
	if (option->letter)
		g_string_append_printf(out, "'(-%c --%s)'{-%c%s,--%s%s}", option->letter, option->name, option->letter,
			option->argument ? "+" : "", option->name, option->argument ? "=" : "");
	else
		g_string_append_printf(
			what, "%s--%s%s", repeated ? "*" : "", option->name, option->argument ? "=" : "");
	g_string_append_printf(what, "[%s]", summary);
	if (option->argument && option->words)
		g_string_append_printf(what, ":%s:(%s)", option->argument, option->words);
	else if (option->argument)
		g_string_append_printf(what, ":%s:%s", option->argument, action_of(nd_complete_argument(option)));
	nd_complete_quote(out, what->str, QUOTE);
}

static void append_operand(GString *out, const struct nd_command *command)
{
	enum nd_word_kind kind = nd_complete_operand(command);
	g_autofree char *choices = nd_complete_choices(command);
	g_autofree char *label = g_strdelimit(g_strdup(command->operands), "[].:", ' ');
	const char *number = strstr(command->operands, "...") ? "*" : "1";

	if (kind == ND_WORD_CHOICE)
		g_string_append_printf(out, " \\\n\t\t'1:shell:(%s)'", choices);
	else if (kind == ND_WORD_NONE && *command->operands)
		g_string_append_printf(out, " \\\n\t\t'%1$s:%2$s:_npmrc-doctor_any %2$s'", number, g_strstrip(label));
	else if (*command->operands)
		g_string_append_printf(out, " \\\n\t\t'%s:%s:%s'", number, g_strstrip(label), action_of(kind));
}

static void append_cases(GString *out)
{
	for (int id = 0; id < ND_CMD_COUNT; id++) {
		const struct nd_command *command = nd_command_row(id);

		g_string_append_printf(out, "%s(%s)\n", id ? "\n" : "", command->name);
		if (command->stops_at_operand)
			g_string_append(out, "\tif _npmrc-doctor_operand; then\n"
				"\t\twords=(\"${(@)words[at,-1]}\")\n\t\t(( CURRENT -= at - 1 ))\n"
				"\t\t_normal -p npmrc-doctor\n\t\treturn\n\tfi\n");
		g_string_append(out, "\t_arguments -s -S :");
		nd_complete_options(out, 1u << id, append_option);
		if (!command->stops_at_operand)
			append_operand(out, command);
		g_string_append(out, "\n\t;;");
	}
}

static void append_globals(GString *out)
{
	nd_complete_options(out, ND_CMD_ALL, append_option);
}

/* Indented with blanks, as the template is. */
static void append_spaced(GString *out, void (*append)(GString *))
{
	g_autoptr(GString) piece = g_string_new(NULL);

	append(piece);
	g_string_replace(piece, "\t", "  ", 0);
	g_string_append(out, piece->str);
}

void nd_complete_zsh(GString *out, const char *name)
{
	if (g_str_equal(name, "keys")) {
		nd_complete_keys(out);
	} else if (g_str_equal(name, "valued")) {
		nd_complete_valued(out, nd_complete_wrappers(), "|");
	} else if (g_str_equal(name, "before")) {
		nd_complete_valued(out, ND_CMD_ALL, "|");
	} else if (g_str_equal(name, "globals")) {
		append_spaced(out, append_globals);
	} else if (g_str_equal(name, "cases")) {
		append_spaced(out, append_cases);
	} else {
		bool rules = g_str_equal(name, "rules");

		for (int i = 0; i < (rules ? (int)ND_RULE_COUNT : (int)ND_CMD_COUNT); i++) {
			g_autofree char *text = rules ?
				g_strconcat(nd_rule_row(i)->slug, ":", nd_rule_row(i)->summary, NULL) :
				g_strconcat(nd_command_row(i)->name, ":", nd_command_row(i)->summary, NULL);

			g_string_append(out, i ? "\n" : "");
			nd_complete_quote(out, text, QUOTE);
		}
	}
}
