#include <npmrc-doctor/cmd.h>
#include <stdio.h>

/* Prints a shell's completion as the program itself does, `words bash|zsh|fish`, or the tables that
 * completion, help and manual are made from, one row a line with tabs between its fields: `words table`. */

static void print_options(void)
{
	size_t n;
	const struct nd_option *options = nd_option_rows(&n);

	for (size_t i = 0; i < n; i++) {
		if (!options[i].commands)
			continue;
		printf("option\t%s\t%c\t%s\t%s\t", options[i].name, options[i].letter ? options[i].letter : '-',
			options[i].argument ? options[i].argument : "",
			options[i].words ? options[i].words : "");
		for (int id = 0; id < ND_CMD_COUNT; id++)
			if (options[i].commands & (1u << id))
				printf("%s ", nd_command_row(id)->name);
		putchar('\n');
	}
}

static void print_tables(void)
{
	for (int id = 0; id < ND_CMD_COUNT; id++)
		printf("command\t%s\t%s\n", nd_command_row(id)->name, nd_command_row(id)->operands);
	print_options();
	for (int rule = 0; rule < ND_RULE_COUNT; rule++)
		printf("rule\t%s\t%s\n", nd_rule_row(rule)->slug, nd_severity_name(nd_rule_row(rule)->severity));
}

int main(int argc, char **argv)
{
	GString *script = argc == 2 ? nd_completion(argv[1]) : NULL;

	if (script)
		fwrite(script->str, 1, script->len, stdout);
	else if (argc == 2 && g_str_equal(argv[1], "table"))
		print_tables();
	else
		return 2;
	return 0;
}
