#include "cmd/commands.h"
#include "cmd/emit.h"
#include "cmd/run.h"

#include <stdio.h>

/* Shell code that sets one variable to exactly these bytes. */
static void append_shell(GString *out, const char *shell, const char *name, struct nd_span value)
{
	bool fish = g_str_equal(shell, "fish");

	g_string_append_printf(out, fish ? "set -gx %s '" : "export %s='", name);
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (fish && (c == '\'' || c == '\\'))
			g_string_append_printf(out, "\\%c", c);
		else if (c == '\'')
			g_string_append(out, "'\\''");
		else
			g_string_append_c(out, c);
	}
	g_string_append(out, "'\n");
}

static GString *as_json(const GPtrArray *secrets)
{
	g_autofree const char **names = g_new0(const char *, secrets->len + 1);
	g_autofree const struct nd_secret **values = g_new0(const struct nd_secret *, secrets->len + 1);

	for (guint i = 0; i < secrets->len; i++) {
		const struct nd_delivered *delivered = secrets->pdata[i];

		names[i] = delivered->name;
		values[i] = delivered->value;
	}
	return nd_report_variables(names, values, secrets->len);
}

static GString *as_shell(const GPtrArray *secrets, const char *shell)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < secrets->len; i++) {
		const struct nd_delivered *delivered = secrets->pdata[i];

		append_shell(out, shell, delivered->name, nd_secret_reveal(delivered->value));
	}
	return out;
}

int nd_cmd_env(struct nd_context *context)
{
	const char *shell = context->options->shell;
	struct nd_delivery delivery;
	g_autoptr(GError) err = NULL;
	GString *out;

	if (context->out_terminal && !context->options->force) {
		nd_complain("standard output is a terminal, and these are secrets: use eval \"$(npmrc-doctor "
			"env)\", or --force");
		return ND_STATUS_USAGE;
	}
	if (!nd_run_deliver(context, NULL, &delivery, &err)) {
		nd_complain("%s", err->message);
		return ND_STATUS_FAILED;
	}
	out = g_str_equal(shell, "json") ? as_json(delivery.variables) :
		as_shell(delivery.variables, shell);
	if (!out) {
		nd_complain("a secret is not UTF-8 and has no spelling in JSON; nothing was printed");
		nd_delivery_release(&delivery);
		return ND_STATUS_FAILED;
	}
	/* Unbuffered: stdio would keep a copy of the secrets. */
	setvbuf(stdout, NULL, _IONBF, 0);
	fwrite(out->str, 1, out->len, stdout);
	g_string_free(out, TRUE);
	nd_delivery_release(&delivery);
	return nd_flush() ? ND_STATUS_OK : ND_STATUS_FAILED;
}
