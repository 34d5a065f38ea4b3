#include "cmd/commands.h"
#include "cmd/emit.h"
#include "cmd/newly.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const clients[] = {"npm", "npx", "pnpm", "pnpx", "yarn", "bun", "bunx", NULL};

/* The function around every client. Around those that may write a credential it asks what is written
 * out, before and after: what is new, in whichever file, is moved. The client's exit status stays; behind ||
 * zsh would make 1 of that of an interrupted one. */
static const char posix_common[] =
	"function __npmrc_doctor_client {\n"
	"	local before='' word status_=0\n"
	"	for word in \"$@\"; do\n"
	"		case $word in lo|log|logi|login|addu*|add-*|c|co|con|conf|confi|config|set)\n"
	"			before=$(%1$s hook before -- \"$@\" 2>/dev/null)\n"
	"			break;;\n"
	"		esac\n"
	"	done\n"
	"	if [ -z \"$before\" ]; then\n"
	"		%1$s exec -- \"$@\"\n"
	"		return\n"
	"	fi\n"
	"	%1$s exec -- \"$@\" || status_=$?\n"
	"	" ND_NEWLY_VARIABLE "=$before %1$s hook after -- \"$@\" || :\n"
	"	return $status_\n"
	"}\n";

static const char fish_common[] =
	"function __npmrc_doctor_client\n"
	"	set -l before\n"
	"	for word in $argv\n"
	"		switch $word\n"
	"			case lo log logi login 'addu*' 'add-*' c co con conf confi config set\n"
	"				set before (%1$s hook before -- $argv 2>/dev/null)\n"
	"				break\n"
	"		end\n"
	"	end\n"
	"	%1$s exec -- $argv\n"
	"	set -l status_ $status\n"
	"	if test -n \"$before\"\n"
	"		" ND_NEWLY_VARIABLE "=$before %1$s hook after -- $argv\n"
	"	end\n"
	"	return $status_\n"
	"end\n";

/* In fish a backslash between single quotes escapes; elsewhere it is a backslash. */
static char *quote(const char *text, bool fish)
{
	g_autofree char *doubled = NULL;
	g_auto(GStrv) parts = NULL;
	g_autofree char *escaped = NULL;

	if (!fish)
		return g_shell_quote(text);
	parts = g_strsplit(text, "\\", -1);
	doubled = g_strjoinv("\\\\", parts);
	g_strfreev(parts);
	parts = g_strsplit(doubled, "'", -1);
	escaped = g_strjoinv("\\'", parts);
	return g_strconcat("'", escaped, "'", NULL);
}

/* How to call this program: by its name where PATH leads to it, so that an update keeps working. */
static char *call_self(bool fish, GError **err)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", err);
	g_autofree char *found = g_find_program_in_path("npmrc-doctor");
	char *real = found ? realpath(found, NULL) : NULL;
	bool same = self && real && g_str_equal(self, real);
	g_autofree char *quoted = self ? quote(self, fish) : NULL;

	free(real);
	if (!self)
		return NULL;
	return same ? g_strdup("command npmrc-doctor") : g_strconcat("command ", quoted, NULL);
}

static void append_common(GString *out, const char *text, const char *self)
{
	g_auto(GStrv) parts = g_strsplit(text, "%1$s", -1);
	g_autofree char *joined = g_strjoinv(self, parts);

	g_string_append(out, joined);
}

/* `function name {` keeps an alias of that name from being expanded where bash and zsh read the
 * name. */
static guint append_clients(GString *out, bool fish)
{
	guint n = 0;

	for (size_t i = 0; clients[i]; i++) {
		g_autofree char *found = g_find_program_in_path(clients[i]);

		if (!found)
			continue;
		n++;
		if (fish)
			g_string_append_printf(out,
				"function %s --wraps %s\n\t__npmrc_doctor_client %s $argv\nend\n",
				clients[i], clients[i], clients[i]);
		else
			g_string_append_printf(out,
				"function %s { __npmrc_doctor_client %s \"$@\"; }\n", clients[i],
				clients[i]);
	}
	return n;
}

/* What the functions call. COMMAND is behind the word. */
static int ask(struct nd_context *context, int (*question)(struct nd_context *context))
{
	struct nd_options options = *context->options;
	struct nd_context inner = *context;

	options.operands++;
	inner.options = &options;
	return question(&inner);
}

int nd_cmd_hook(struct nd_context *context)
{
	char **operands = context->options->operands;
	bool fish = operands[0] && g_str_equal(operands[0], "fish");
	bool known = fish || (operands[0] && (g_str_equal(operands[0], "bash") ||
						     g_str_equal(operands[0], "zsh")));
	g_autofree char *self = NULL;
	g_autoptr(GError) err = NULL;
	GString *out;
	bool written;

	if (operands[0] && operands[1] && g_str_equal(operands[0], "before"))
		return ask(context, nd_newly_before);
	if (operands[0] && operands[1] && g_str_equal(operands[0], "after"))
		return ask(context, nd_newly_after);
	if (!known || operands[1]) {
		nd_complain("hook needs one of: bash zsh fish");
		return ND_STATUS_USAGE;
	}
	self = call_self(fish, &err);
	if (!self) {
		nd_complain("%s", err->message);
		return ND_STATUS_FAILED;
	}
	out = g_string_new(NULL);
	append_common(out, fish ? fish_common : posix_common, self);
	if (!append_clients(out, fish) && !context->options->quiet) {
		g_autofree char *names = g_strjoinv(", ", (char **)clients);

		nd_complain("none of %s is on PATH", names);
	}
	written = nd_emit(context, out);
	g_string_free(out, TRUE);
	return written ? ND_STATUS_OK : ND_STATUS_FAILED;
}
