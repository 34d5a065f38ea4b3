#include <npmrc-doctor/cli.h>
#include <string.h>

static const struct nd_manual rows[] = {
#define EXIT(command, status, text)
#define EXAMPLE(command, line, text) { ND_MANUAL_EXAMPLE, ND_CMD_##command, line, text },
#define VARIABLE(name, text) { ND_MANUAL_VARIABLE, 0, name, text },
#define PLACE(path, text) { ND_MANUAL_PLACE, 0, path, text },
#include "cli/manual.def"
#undef EXIT
#undef EXAMPLE
#undef VARIABLE
#undef PLACE
};

static const struct {
	enum nd_command_id command;
	int status;
	const char *text;
} statuses[] = {
#define EXIT(command, status, text) { ND_CMD_##command, status, text },
#define EXAMPLE(command, line, text)
#define VARIABLE(name, text)
#define PLACE(path, text)
#include "cli/manual.def"
#undef EXIT
#undef EXAMPLE
#undef VARIABLE
#undef PLACE
};

/* The column where texts begin behind a name. */
#define TEXT_COLUMN 24

const struct nd_manual *nd_manual_rows(size_t *n)
{
	*n = G_N_ELEMENTS(rows);
	return rows;
}

static bool has_threshold(enum nd_command_id id)
{
	size_t n;
	const struct nd_option *options = nd_option_rows(&n);

	for (size_t i = 0; i < n; i++)
		if (g_str_equal(options[i].name, "fail-on"))
			return options[i].commands & (1u << id);
	return false;
}

static const char *status_row(enum nd_command_id id, int status)
{
	for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++)
		if (statuses[i].command == id && statuses[i].status == status)
			return statuses[i].text;
	return NULL;
}

const char *nd_command_status(enum nd_command_id id, int status)
{
	const char *own = status_row(id, status);
	bool threshold = id < ND_CMD_COUNT && has_threshold(id);

	if (own)
		return own;
	if (status == ND_STATUS_OK)
		return threshold ? "nothing at or above --fail-on" : "done";
	if (status == ND_STATUS_FOUND)
		return threshold ? "something at or above --fail-on" : NULL;
	return status_row(ND_CMD_COUNT, status);
}

/* Appends the text in lines of at most width columns, all but the first indented. */
static void append_text(GString *out, const char *text, size_t column, size_t indent, unsigned width)
{
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	bool first = true;

	for (char **word = words; *word; word++) {
		size_t n = strlen(*word);

		if (!first && column + 1 + n > width) {
			g_string_append_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			g_string_append_c(out, ' ');
			column++;
		}
		g_string_append(out, *word);
		column += n;
		first = false;
	}
	g_string_append_c(out, '\n');
}

/* A name, and its text behind it or, where the name is long or the line short, below. */
static void append_entry(GString *out, const char *name, const char *text, unsigned width)
{
	size_t indent = width < 60 ? 8 : TEXT_COLUMN, n = strlen(name) + 2;

	g_string_append_printf(out, "  %s", name);
	if (n + 1 >= indent)
		g_string_append_printf(out, "\n%*s", (int)indent, "");
	else
		g_string_append_printf(out, "%*s", (int)(indent - n), "");
	append_text(out, text, indent, indent, width);
}

static void append_option(GString *out, const struct nd_option *o, unsigned width)
{
	g_auto(GStrv) list = g_strsplit(o->words ? o->words : "", " ", -1);
	g_autofree char *words = o->words ? g_strjoinv(", ", list) : NULL;
	g_autofree char *letter = o->letter ? g_strdup_printf("-%c, ", o->letter) : g_strdup("");
	g_autofree char *name = g_strdup_printf("%s--%s%s%s", letter, o->name, o->argument ? " " : "",
		o->argument ? o->argument : "");
	g_autofree char *text = words ? g_strdup_printf("%s: %s", words, o->summary) : g_strdup(o->summary);

	append_entry(out, name, text, width);
}

/* Those of all these commands. */
static void append_options(GString *out, unsigned commands, unsigned width)
{
	size_t n;
	const struct nd_option *options = nd_option_rows(&n);
	const char *heading = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!*options[i].name)
			heading = options[i].summary;
		if ((options[i].commands & commands) != commands)
			continue;
		if (heading)
			g_string_append_printf(out, "\n%s:\n", heading);
		heading = NULL;
		append_option(out, &options[i], width);
	}
}

static void append_statuses(GString *out, enum nd_command_id id, unsigned width)
{
	g_string_append(out, "\nExit status:\n");
	for (int status = 0; status <= ND_STATUS_NOT_FOUND; status++) {
		const char *text = nd_command_status(id, status);
		g_autofree char *number = g_strdup_printf("%d", status);

		if (!text)
			continue;
		g_string_append_printf(out, "  %-4s", number);
		append_text(out, text, 6, 6, width);
	}
}

static void append_examples(GString *out, enum nd_command_id id, unsigned width)
{
	bool any = false;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (rows[i].kind != ND_MANUAL_EXAMPLE || rows[i].command != id)
			continue;
		g_string_append_printf(out, "%s  %s\n      ", any ? "" : "\nExamples:\n", rows[i].name);
		append_text(out, rows[i].text, 6, 6, width);
		any = true;
	}
}

static GString *program_help(unsigned width)
{
	GString *out = g_string_new(NULL);

	append_text(out, "usage: npmrc-doctor COMMAND [OPTION...] [ARGUMENT...]", 0, 8, width);
	g_string_append_c(out, '\n');
	append_text(out,
		"Says what is wrong with npm's configuration, its proxies, certificates and credentials, and mends "
		"what can be mended safely.",
		0, 0, width);
	g_string_append(out, "\nCommands:\n");
	for (int id = 0; id < ND_CMD_COUNT; id++)
		append_entry(out, nd_command_row(id)->name, nd_command_row(id)->summary, width);
	append_options(out, ND_CMD_ALL, width);
	g_string_append(out, "\nExit status:\n");
	for (int status = 0; status <= ND_STATUS_FAILED; status++) {
		g_autofree char *line = g_strdup_printf("  %d   %s", status, nd_command_status(ND_CMD_COUNT, status));

		append_text(out, line, 0, 6, width);
	}
	g_string_append_c(out, '\n');
	append_text(out, "`npmrc-doctor COMMAND --help` shows a command's options, exit statuses and examples; "
		"`npmrc-doctor explain` lists the rules.", 0, 0, width);
	return out;
}

GString *nd_command_help(const struct nd_command *command, unsigned width)
{
	enum nd_command_id id;
	g_autofree char *usage = NULL;
	GString *out;

	if (!command)
		return program_help(width);
	id = (enum nd_command_id)(command - nd_command_row(0));
	out = g_string_new(NULL);
	usage = g_strdup_printf("usage: npmrc-doctor %s [OPTION...]%s%s", command->name,
		*command->operands ? " " : "", command->operands);
	append_text(out, usage, 0, 8, width);
	g_string_append_c(out, '\n');
	append_text(out, command->details, 0, 0, width);
	append_options(out, 1u << id, width);
	append_statuses(out, id, width);
	append_examples(out, id, width);
	return out;
}
