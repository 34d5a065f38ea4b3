#include <getopt.h>
#include <npmrc-doctor/cli.h>
#include <npmrc-doctor/near.h>

static const struct nd_option rows[] = {
#define OPT(name, letter, kind, field, commands, argument, words, summary) \
	{ name, letter, ND_OPT_##kind, offsetof(struct nd_options, field), commands, argument, words, \
	  summary },
#define GROUP(summary) { "", 0, ND_OPT_FLAG, 0, 0, NULL, NULL, summary },
#include "cli/opts.def"
#undef GROUP
#undef OPT
};

const struct nd_option *nd_option_rows(size_t *n)
{
	*n = G_N_ELEMENTS(rows);
	return rows;
}

GQuark nd_usage_error_quark(void)
{
	return g_quark_from_static_string("nd-usage");
}

static bool set_word(const struct nd_option *option, const char *argument, void *field, GError **err)
{
	g_auto(GStrv) words = g_strsplit(option->words, " ", -1);

	for (char **word = words; *word; word++) {
		if (!g_str_equal(*word, argument))
			continue;
		*(const char **)field = argument;
		return true;
	}
	g_set_error(err, ND_USAGE_ERROR, 0, "--%s is one of: %s", option->name, option->words);
	return false;
}

static bool set_seconds(const struct nd_option *option, const char *argument, void *field, GError **err)
{
	char *end;
	double seconds = g_ascii_strtod(argument, &end);

	if (end == argument || *end || !(seconds > 0) || seconds > 86400) {
		g_set_error(err, ND_USAGE_ERROR, 0, "--%s takes seconds, above 0 and at most 86400",
			option->name);
		return false;
	}
	*(double *)field = seconds;
	return true;
}

static bool set_count(const struct nd_option *option, const char *argument, void *field, GError **err)
{
	guint64 count;

	if (!g_ascii_string_to_unsigned(argument, 10, 1, ND_MAX_COUNT, &count, NULL)) {
		g_set_error(err, ND_USAGE_ERROR, 0, "--%s takes a number from 1 to %d", option->name, ND_MAX_COUNT);
		return false;
	}
	*(unsigned *)field = (unsigned)count;
	return true;
}

static bool set_rule(const struct nd_option *option, const char *argument, void *field, GError **err)
{
	enum nd_rule rule = nd_rule_find(argument);

	if (rule == ND_RULE_COUNT) {
		g_autofree char *hint = nd_rule_hint(argument);

		g_set_error(err, ND_USAGE_ERROR, 0, "--%s '%s': there is no such rule; %s", option->name, argument,
			hint);
		return false;
	}
	((bool *)field)[rule] = true;
	return true;
}

/* Of a variable that is not set, most often: it would name the working directory. */
static bool refuse_empty(const struct nd_option *option, GError **err)
{
	g_set_error(err, ND_USAGE_ERROR, 0, "--%s got an empty %s", option->name, option->argument);
	return false;
}

static bool set(const struct nd_option *option, const char *argument, struct nd_options *out, GError **err)
{
	void *field = (char *)out + option->field;

	if (option->argument && !*argument)
		return refuse_empty(option, err);
	switch (option->kind) {
	case ND_OPT_FLAG:
		*(bool *)field = true;
		return true;
	case ND_OPT_TEXT:
		*(const char **)field = argument;
		return true;
	case ND_OPT_WORD:
		return set_word(option, argument, field, err);
	case ND_OPT_SECONDS:
		return set_seconds(option, argument, field, err);
	case ND_OPT_COUNT:
		return set_count(option, argument, field, err);
	case ND_OPT_RULE:
		out->only_any |= field == (void *)out->only;
		return set_rule(option, argument, field, err);
	default:
		g_ptr_array_add(*(GPtrArray **)field, (char *)argument);
		return true;
	}
}

/* In front of the command's name (NULL) stand the options of every command. */
static bool takes(const struct nd_command *command, const struct nd_option *option)
{
	unsigned needed = command ? 1u << (command - nd_command_row(0)) : ND_CMD_ALL;

	return (option->commands & needed) == needed;
}

/* getopt's tables for one command. */
struct tables {
	struct option longs[G_N_ELEMENTS(rows) + 1];
	GString *shorts;
};

static void fill_tables(const struct nd_command *command, struct tables *t)
{
	size_t n = 0;

	t->shorts = g_string_new(!command || command->stops_at_operand ? "+:" : ":");
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (!takes(command, &rows[i]))
			continue;
		t->longs[n++] = (struct option){ rows[i].name,
			rows[i].argument ? required_argument : no_argument, NULL, 256 + (int)i };
		if (rows[i].letter)
			g_string_append_printf(t->shorts, "%c%s", rows[i].letter,
				rows[i].argument ? ":" : "");
	}
	t->longs[n] = (struct option){ 0 };
}

static const struct nd_option *row_of(int code)
{
	if (code >= 256)
		return &rows[code - 256];
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].letter == code)
			return &rows[i];
	return NULL;
}

static const struct nd_option *row_named(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].commands && g_str_equal(rows[i].name, name))
			return &rows[i];
	return NULL;
}

/* The names that begin like this one, where there are several. Owned by the caller. */
static char *ambiguous(const struct nd_command *command, const char *name)
{
	g_autoptr(GString) names = g_string_new(NULL);
	unsigned n = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (takes(command, &rows[i]) && g_str_has_prefix(rows[i].name, name))
			g_string_append_printf(names, "%s--%s", n++ ? ", " : "", rows[i].name);
	return n > 1 ? g_strdup(names->str) : NULL;
}

static void complain_long(const struct nd_command *command, const char *word, GError **err)
{
	g_autofree char *several = ambiguous(command, word + 2);
	const char *whose = command ? command->name : "npmrc-doctor";
	struct nd_near near;

	nd_near_init(&near, word + 2);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (takes(command, &rows[i]))
			nd_near_consider(&near, rows[i].name);
	if (several)
		g_set_error(err, ND_USAGE_ERROR, 0, "'%s' is ambiguous: %s", word, several);
	else if (!command && row_named(word + 2))
		g_set_error(err, ND_USAGE_ERROR, 0, "'%s' stands behind the command's name", word);
	else if (near.word)
		g_set_error(err, ND_USAGE_ERROR, 0, "'%s' has no option '%s'; did you mean '--%s'?", whose, word,
			near.word);
	else
		g_set_error(err, ND_USAGE_ERROR, 0, "'%s' has no option '%s'", whose, word);
}

static bool complain(const struct nd_command *command, int code, char **argv, GError **err)
{
	/* What stands behind `=` may be a secret that somebody gives to npm in this way. */
	g_autofree char *word = g_strndup(argv[optind - 1], strcspn(argv[optind - 1], "="));

	if (code == ':')
		g_set_error(err, ND_USAGE_ERROR, 0, "'%s' needs an argument", word);
	else if (optopt >= 256)
		g_set_error(err, ND_USAGE_ERROR, 0, "'--%s' takes no argument", rows[optopt - 256].name);
	else if (optopt)
		g_set_error(err, ND_USAGE_ERROR, 0, "'%s' has no option '-%c'",
			command ? command->name : "npmrc-doctor", optopt);
	else
		complain_long(command, word, err);
	return false;
}

/* As that of an option. */
static bool has_empty(const struct nd_command *command, char **operands)
{
	return (strstr(command->operands, "FILE") || strstr(command->operands, "DIR")) &&
		g_strv_contains((const char *const *)operands, "");
}

/* Operands beyond those of the synopsis: "" is none, "[X]" is one, "[X...]" any number; a choice of words
 * is the command's own to check. */
static bool check_operands(const struct nd_command *command, char **operands, GError **err)
{
	bool none = !*command->operands;

	if (has_empty(command, operands)) {
		g_set_error(err, ND_USAGE_ERROR, 0, "'%s' got an empty argument", command->name);
		return false;
	}
	if (!operands[0] || strpbrk(command->operands, "|") ||
		strstr(command->operands, "...") || (!none && !operands[1]))
		return true;
	g_set_error(err, ND_USAGE_ERROR, 0, none ? "'%s' takes no argument" : "'%s' takes one argument",
		command->name);
	return false;
}

static bool parse(const struct nd_command *command, int argc, char **argv, struct nd_options *out, GError **err)
{
	struct tables t;
	int code;
	bool ok = true;

	fill_tables(command, &t);
	optind = 0;
	opterr = 0;
	/* To the end even where something is wrong: --format says how to tell it. The first error counts. */
	while ((code = getopt_long(argc, argv, t.shorts->str, t.longs, NULL)) != -1) {
		const struct nd_option *option = code == ':' || code == '?' ? NULL : row_of(code);
		GError **first = ok ? err : NULL;

		ok &= option ? set(option, optarg, out, first) : complain(command, code, argv, first);
	}
	g_string_free(t.shorts, TRUE);
	out->operands = argv + optind;
	return ok;
}

bool nd_options_begin(int argc, char **argv, struct nd_options *out, GError **err)
{
	*out = (struct nd_options){ .color = "auto", .client = "npm", .fail_on = "error",
		.deliver = "auto", .shell = "sh", .registries = g_ptr_array_new() };
	return parse(NULL, argc, argv, out, err);
}

bool nd_options_parse(const struct nd_command *command, int argc, char **argv,
	struct nd_options *out, GError **err)
{
	return parse(command, argc, argv, out, err) &&
		(out->help || out->version || check_operands(command, out->operands, err));
}

void nd_options_release(struct nd_options *options)
{
	g_ptr_array_unref(options->registries);
}

enum nd_severity nd_options_threshold(const struct nd_options *options)
{
	for (int severity = ND_INFO; severity < ND_NEVER; severity++)
		if (g_str_equal(options->fail_on, nd_severity_name(severity)))
			return severity;
	return ND_NEVER;
}
