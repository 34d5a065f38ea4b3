#include <npmrc-doctor/cmd.h>
#include <stdio.h>

/* Prints the bash completion: commands, their options, option values and rule ids, from the tables. */

static void commands(void)
{
	fputs("\tlocal commands='", stdout);
	for (int i = 0; i < ND_CMD_COUNT; i++)
		printf("%s%s", i ? " " : "", nd_command_row(i)->name);
	puts("'");
}

static void rules(void)
{
	fputs("\tlocal rules='", stdout);
	for (int i = 0; i < ND_RULE_COUNT; i++)
		printf("%s%s", i ? " " : "", nd_rule_row(i)->slug);
	puts("'");
}

static void options_of(int command)
{
	size_t n;
	const struct nd_option *options = nd_option_rows(&n);

	printf("\t%s) options='", nd_command_row(command)->name);
	for (size_t i = 0; i < n; i++)
		if (options[i].commands & (1u << command))
			printf("--%s ", options[i].name);
	puts("' ;;");
}

static void values(void)
{
	size_t n;
	const struct nd_option *options = nd_option_rows(&n);

	for (size_t i = 0; i < n; i++) {
		if (options[i].kind == ND_OPT_RULE)
			printf("\t--%s) COMPREPLY=($(compgen -W \"$rules\" -- \"$cur\")); return ;;\n",
				options[i].name);
		else if (options[i].words)
			printf("\t--%s) COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return ;;\n",
				options[i].name, options[i].words);
		else if (options[i].argument)
			printf("\t--%s) COMPREPLY=($(compgen -%s -- \"$cur\")); return ;;\n", options[i].name,
				g_str_equal(options[i].argument, "DIR") ? "d" : "f");
	}
}

int main(void)
{
	puts("# bash completion for npmrc-doctor, generated from the program's tables by `make generate`.\n"
		"_npmrc_doctor() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		"\tlocal command=${COMP_WORDS[1]} options=''");
	commands();
	rules();
	puts("\tCOMPREPLY=()\n\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
		"\t\tCOMPREPLY=($(compgen -W \"$commands --help --version\" -- \"$cur\"))\n\t\treturn\n\tfi\n"
		"\tcase $prev in");
	values();
	puts("\tesac\n\tcase $command in");
	for (int i = 0; i < ND_CMD_COUNT; i++)
		options_of(i);
	puts("\tesac\n\tcase $cur in\n\t-*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")); return ;;\n\tesac\n"
		"\tcase $command in\n\texplain | fix) COMPREPLY=($(compgen -W \"$rules\" -- \"$cur\")) ;;\n"
		"\texec) COMPREPLY=($(compgen -c -f -- \"$cur\")) ;;\n"
		"\tcheck | restore) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n\tesac\n}\n"
		"complete -o filenames -F _npmrc_doctor npmrc-doctor");
	return 0;
}
