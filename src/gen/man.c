#include <npmrc-doctor/cli.h>
#include <stdio.h>
#include <string.h>

/* Prints a manual page in mdoc(7) from the tables: `man 1` the program's, `man 7` the rules'. Runs at the top of
 * the tree, where the example of a policy is. */

/* Two dashes that are a word, not one that is badly typeset. */
static bool is_dashes(const char *what, const char *p)
{
	return strncmp(p, "--", 2) == 0 && (p == what || p[-1] == ' ') && (p[2] == ' ' || !p[2]);
}

static void escaped(const char *what)
{
	for (const char *p = what; *p; p++) {
		if (is_dashes(what, p)) {
			fputs("\\-\\-", stdout);
			p++;
		} else if (*p == '\\') {
			fputs("\\e", stdout);
		} else {
			putchar(*p);
		}
	}
}

/* One line of input as mdoc takes it: it begins with no control character and loses no backslash. */
static void line(const char *what)
{
	if (*what == '.' || *what == '\'')
		fputs("\\&", stdout);
	escaped(what);
	putchar('\n');
}

static bool ends_sentence(const char *word)
{
	size_t n = strlen(word);

	return n > 1 && strchr(".?!", word[n - 1]);
}

/* A paragraph, a new line for each sentence and none over 80 bytes. */
static void text(const char *what)
{
	g_auto(GStrv) words = g_strsplit(what, " ", -1);
	g_autoptr(GString) out = g_string_new(NULL);

	for (char **word = words; *word; word++) {
		if (out->len && out->len + strlen(*word) > 74) {
			line(out->str);
			g_string_truncate(out, 0);
		}
		g_string_append_printf(out, "%s%s", out->len ? " " : "", *word);
		if (ends_sentence(*word) && word[1]) {
			line(out->str);
			g_string_truncate(out, 0);
		}
	}
	line(out->str);
}

static void head(const char *title, int section, const char *name, const char *summary)
{
	printf(".\\\" Generated from the program's tables by `make generate`.\n"
		".Dd November 22, 2026\n.Dt %s %d\n.Os\n.Sh NAME\n.Nm %s\n.Nd %s\n", title, section, name, summary);
}

static void options_of(unsigned bit)
{
	size_t n;
	const struct nd_option *options = nd_option_rows(&n);

	puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < n; i++) {
		const struct nd_option *o = &options[i];

		if (!(o->commands & bit) || (o->commands == ND_CMD_ALL && bit != ND_CMD_ALL))
			continue;
		printf(".It ");
		if (o->letter)
			printf("Fl %c , ", o->letter);
		printf("Fl -%s", o->name);
		if (o->argument)
			printf(" Ar %s", o->argument);
		putchar('\n');
		text(o->summary);
		if (o->words) {
			fputs("One of: ", stdout);
			text(o->words);
		}
	}
	puts(".El");
}

static bool has_options(unsigned bit)
{
	size_t n;
	const struct nd_option *options = nd_option_rows(&n);

	for (size_t i = 0; i < n; i++)
		if ((options[i].commands & bit) && options[i].commands != ND_CMD_ALL)
			return true;
	return false;
}

static void manual_section(const char *title, enum nd_manual_kind kind)
{
	size_t n;
	const struct nd_manual *rows = nd_manual_rows(&n);

	printf(".Sh %s\n.Bl -tag -width Ds\n", title);
	for (size_t i = 0; i < n; i++) {
		if (rows[i].kind != kind)
			continue;
		fputs(kind == ND_MANUAL_PLACE ? ".It Pa " : ".It Ev ", stdout);
		line(rows[i].name);
		text(rows[i].text);
	}
	puts(".El");
}

/* What holds for most commands first, then what differs. */
static void exit_statuses(void)
{
	puts(".Sh EXIT STATUS\n.Bl -tag -width Ds");
	for (int status = 0; status <= ND_STATUS_FAILED; status++) {
		printf(".It %d\n", status);
		text(nd_command_status(ND_CMD_COUNT, status));
	}
	puts(".El\n.Pp\nOf the single commands:\n.Bl -tag -width Ds");
	for (int id = 0; id < ND_CMD_COUNT; id++) {
		printf(".It Cm %s\n", nd_command_row(id)->name);
		for (int status = 0, shown = 0; status <= ND_STATUS_NOT_FOUND; status++) {
			const char *what = nd_command_status(id, status);
			g_autofree char *sentence = what ? g_strdup_printf("%d: %s", status, what) : NULL;

			if (!what || (status >= ND_STATUS_USAGE && what == nd_command_status(ND_CMD_COUNT, status)))
				continue;
			if (shown++)
				puts(".br");
			text(sentence);
		}
	}
	puts(".El");
}

static void examples(void)
{
	size_t n;
	const struct nd_manual *rows = nd_manual_rows(&n);

	puts(".Sh EXAMPLES");
	for (size_t i = 0, shown = 0; i < n; i++) {
		g_autofree char *sentence = g_strdup_printf("%s:", rows[i].text);

		if (rows[i].kind != ND_MANUAL_EXAMPLE)
			continue;
		sentence[0] = g_ascii_toupper(sentence[0]);
		if (shown++)
			puts(".Pp");
		text(sentence);
		fputs(".Dl ", stdout);
		line(rows[i].name);
	}
}

/* What is in a file, but for the comment that it begins with. */
static bool quote_file(const char *path)
{
	g_autofree char *content = NULL;
	g_auto(GStrv) lines = NULL;
	bool began = false;

	if (!g_file_get_contents(path, &content, NULL, NULL))
		return false;
	lines = g_strsplit(g_strchomp(content), "\n", -1);
	puts(".Bd -literal -offset indent");
	for (char **one = lines; *one; one++) {
		began |= **one != ';';
		if (began)
			line(*one);
	}
	puts(".Ed\n.Pp");
	return true;
}

static bool policy(void)
{
	bool ok;

	puts(".Sh POLICY");
	text("A policy file is an INI file; all of its sections and keys may be left out. What is unknown or wrong in "
		"it is a finding of its own, policy-invalid.");
	ok = quote_file("fixtures/templates/npmrc-doctor.ini");
	text("A finding is accepted, with a reason, by a line in [ignore], or by a comment above its line:");
	puts(".Bd -literal -offset indent");
	line("; npmrc-doctor-ignore RULE: reason");
	line("; npmrc-doctor-ignore RULE until=2027-01-31: reason");
	puts(".Ed\n.Pp");
	text("Accepted findings are counted, and neither change the exit status nor are they mended. One that has "
		"ended, and one that matches nothing, is a finding (unused-suppression). A tree with many old findings "
		"begins with --write-baseline: with --baseline only new ones count from then on.");
	return ok;
}

static bool program_page(void)
{
	bool ok;

	head("NPMRC-DOCTOR", 1, "npmrc-doctor", "find and mend what is wrong with npm's configuration");
	puts(".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar option ...\n.Op Ar argument ...\n.Sh DESCRIPTION\n.Nm\n"
		"reads .npmrc files and the environment exactly as npm does, probes the\n"
		"registries through the proxy that npm would use, trusting what npm would\n"
		"trust, and names what is wrong, where, and what to do.\nThe commands are:\n.Bl -tag -width Ds");
	for (int i = 0; i < ND_CMD_COUNT; i++) {
		const struct nd_command *command = nd_command_row(i);

		printf(".It Cm %s", command->name);
		if (*command->operands) {
			printf(" Ar ");
			escaped(command->operands);
		}
		putchar('\n');
		text(command->details);
		if (has_options(1u << i))
			options_of(1u << i);
	}
	puts(".El\n.Pp\nEvery command takes these options too, also in front of its name:");
	options_of(ND_CMD_ALL);
	manual_section("ENVIRONMENT", ND_MANUAL_VARIABLE);
	manual_section("FILES", ND_MANUAL_PLACE);
	ok = policy();
	exit_statuses();
	examples();
	puts(".Sh SEE ALSO\n.Xr npm 1 ,\n.Xr npmrc 5 ,\n.Xr npmrc-doctor-rules 7");
	return ok;
}

static void paragraph(const char *label, const char *what)
{
	if (!*what)
		return;
	printf(".Pp\n%s:\n", label);
	text(what);
}

static void example(const char *label, const char *lines)
{
	g_auto(GStrv) each = g_strsplit(lines, "\n", -1);

	printf(".Pp\n%s:\n.Bd -literal -offset indent -compact\n", label);
	for (char **one = each; *one; one++)
		line(*one);
	puts(".Ed");
}

static void rules_page(void)
{
	const char *group = "";

	head("NPMRC-DOCTOR-RULES", 7, "npmrc-doctor-rules", "what npmrc-doctor looks for");
	puts(".Sh DESCRIPTION\nThe ids are public: they never change their meaning.");
	for (int i = 0; i < ND_RULE_COUNT; i++) {
		const struct nd_rule_row *row = nd_rule_row(i);

		if (!g_str_equal(group, row->group)) {
			if (*group)
				puts(".El");
			group = row->group;
			printf(".Ss %s\n.Bl -tag -width Ds\n", group);
		}
		printf(".It Sy %s Pq %s\n", row->slug, nd_severity_name(row->severity));
		text(row->summary);
		paragraph("Why it matters", row->why);
		paragraph("What to do", row->how);
		paragraph("What npm says", row->npm);
		example("Wrong", row->bad);
		example("Right", row->good);
	}
	puts(".El\n.Sh SEE ALSO\n.Xr npmrc-doctor 1");
}

int main(int argc, char **argv)
{
	if (argc == 2 && g_str_equal(argv[1], "1"))
		return program_page() ? 0 : 1;
	if (argc != 2 || !g_str_equal(argv[1], "7"))
		return 2;
	rules_page();
	return 0;
}
