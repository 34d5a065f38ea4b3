#include <npmrc-doctor/cli.h>
#include <npmrc-doctor/completion.h>
#include <stdio.h>

/* Prints a shell's completion as the program itself does, `words bash|zsh|fish`, or the tables that
 * completion, help and manual are made from, one row a line with tabs between its fields: `words table`;
 * or the README's table of rules: `words readme`. */

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

/* The rules of a group with this severity. */
static void print_cell(const char *group, enum nd_severity severity)
{
	static const char *const marks[] = { [ND_MEND_HAND] = "", [ND_MEND_AUTOMATIC] = "*", [ND_MEND_KEYRING] = "†" };
	bool first = true;

	fputs(" |", stdout);
	for (int rule = 0; rule < ND_RULE_COUNT; rule++) {
		const struct nd_rule_row *row = nd_rule_row(rule);

		if (row->severity != severity || !g_str_equal(row->group, group))
			continue;
		printf("%s %s%s", first ? "" : ",", row->slug, marks[row->mend]);
		first = false;
	}
}

/* The README's table of rules: a row for each group. */
static void print_readme(void)
{
	const char *group = "";

	puts("\n| | errors | warnings | notes |\n| --- | --- | --- | --- |");
	for (int rule = 0; rule < ND_RULE_COUNT; rule++) {
		if (g_str_equal(nd_rule_row(rule)->group, group))
			continue;
		group = nd_rule_row(rule)->group;
		printf("| %s", group);
		print_cell(group, ND_ERROR);
		print_cell(group, ND_WARNING);
		print_cell(group, ND_INFO);
		puts(" |");
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	GString *script = argc == 2 ? nd_completion(argv[1]) : NULL;

	if (script)
		fwrite(script->str, 1, script->len, stdout);
	else if (argc == 2 && g_str_equal(argv[1], "table"))
		print_tables();
	else if (argc == 2 && g_str_equal(argv[1], "readme"))
		print_readme();
	else
		return 2;
	return 0;
}
