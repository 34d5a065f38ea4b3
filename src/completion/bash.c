#include "completion/shells.h"
#include "completion/words.h"

/* The pieces of template.bash. */

static void append_name(GString *out, const struct nd_option *option)
{
	if (option->letter)
		g_string_append_printf(out, " -%c", option->letter);
	g_string_append_printf(out, " --%s", option->name);
}

static void append_names(GString *out, unsigned commands)
{
	g_autoptr(GString) names = g_string_new(NULL);

	nd_complete_options(names, commands, append_name);
	g_string_append(out, names->len ? names->str + 1 : "");
}

static void append_action(GString *out, enum nd_word_kind kind, const char *words)
{
	switch (kind) {
	case ND_WORD_FILE:
		g_string_append(out, "_npmrc_doctor_files file");
		break;
	case ND_WORD_DIRECTORY:
		g_string_append(out, "_npmrc_doctor_files directory");
		break;
	case ND_WORD_RULE:
		g_string_append(out, "_npmrc_doctor_rules");
		break;
	case ND_WORD_KEY:
		g_string_append(out, "_npmrc_doctor_keys");
		break;
	case ND_WORD_CHOICE:
		g_string_append_printf(out, "_npmrc_doctor_words %s", words);
		break;
	case ND_WORD_COMMAND:
		g_string_append(out, "_npmrc_doctor_wrapped");
		break;
	case ND_WORD_NONE:
		break;
	}
}

static void append_cases(GString *out)
{
	for (int id = 0; id < ND_CMD_COUNT; id++) {
		const struct nd_command *command = nd_command_row(id);
		g_autofree char *choices = nd_complete_choices(command);

		g_string_append_printf(out, "%s%s)\n\toptions='", id ? "\n" : "", command->name);
		append_names(out, 1u << id);
		g_string_append(out, "'\n\toperand='");
		append_action(out, nd_complete_operand(command), choices);
		g_string_append(out, "'\n\t;;");
	}
}

static void append_patterns(GString *out, const struct nd_option *option)
{
	bool first = true;

	for (int id = 0; id < ND_CMD_COUNT; id++) {
		const char *command = option->commands == ND_CMD_ALL ? "*" : nd_command_row(id)->name;

		if (!(option->commands & (1u << id)))
			continue;
		g_string_append_printf(out, "%s%s:--%s", first ? "" : " | ", command, option->name);
		if (option->letter)
			g_string_append_printf(out, " | %s:-%c", command, option->letter);
		first = false;
		if (option->commands == ND_CMD_ALL)
			break;
	}
}

static void append_values(GString *out)
{
	size_t n, start = out->len;
	const struct nd_option *options = nd_option_rows(&n);

	for (size_t i = 0; i < n; i++) {
		enum nd_word_kind kind = nd_complete_argument(&options[i]);

		if (!options[i].argument)
			continue;
		g_string_append(out, out->len > start ? "\n" : "");
		append_patterns(out, &options[i]);
		g_string_append(out, ")\n\t");
		append_action(out, kind, options[i].words);
		g_string_append(out, kind == ND_WORD_NONE ? "return\n\t;;" : "\n\treturn\n\t;;");
	}
}

void nd_complete_bash(GString *out, const char *name)
{
	if (g_str_equal(name, "commands")) {
		for (int id = 0; id < ND_CMD_COUNT; id++)
			g_string_append_printf(out, "%s ", nd_command_row(id)->name);
		g_string_append(out, "help");
	} else if (g_str_equal(name, "rules")) {
		for (int rule = 0; rule < ND_RULE_COUNT; rule++)
			g_string_append_printf(out, "%s%s", rule ? " " : "", nd_rule_row(rule)->slug);
	} else if (g_str_equal(name, "keys")) {
		nd_complete_keys(out);
	} else if (g_str_equal(name, "valued")) {
		nd_complete_valued(out, nd_complete_wrappers(), " | ");
	} else if (g_str_equal(name, "before")) {
		nd_complete_valued(out, ND_CMD_ALL, " | ");
	} else if (g_str_equal(name, "globals")) {
		append_names(out, ND_CMD_ALL);
	} else if (g_str_equal(name, "cases")) {
		append_cases(out);
	} else {
		append_values(out);
	}
}
