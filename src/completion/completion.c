#include "completion/shells.h"

#include <npmrc-doctor/completion.h>
#include <string.h>

/* The Makefile makes these of template.bash, template.zsh and template.fish. */
static const char bash_template[] =
#include "completion/template.bash.inc"
	;
static const char zsh_template[] =
#include "completion/template.zsh.inc"
	;
static const char fish_template[] =
#include "completion/template.fish.inc"
	;

static const struct {
	const char *shell, *template;
	nd_complete_piece append;
} shells[] = {
	{ "bash", bash_template, nd_complete_bash },
	{ "zsh", zsh_template, nd_complete_zsh },
	{ "fish", fish_template, nd_complete_fish },
};

/* Appends what a placeholder stands for, every line indented as the placeholder's. */
static gboolean fill(const GMatchInfo *match, GString *out, gpointer append)
{
	const char *line = strrchr(out->str, '\n');
	const char *start = line ? line + 1 : out->str;
	g_autofree char *indent = g_strndup(start, strspn(start, " \t"));
	g_autofree char *break_to = g_strconcat("\n", indent, NULL);
	g_autofree char *name = g_match_info_fetch(match, 1);
	g_autoptr(GString) piece = g_string_new(NULL);

	(*(nd_complete_piece *)append)(piece, name);
	g_string_replace(piece, "\n", break_to, 0);
	g_string_append_len(out, piece->str, (gssize)piece->len);
	return FALSE;
}

GString *nd_completion(const char *shell)
{
	g_autoptr(GRegex) placeholder = g_regex_new("@([a-z]+)@", 0, 0, NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(shells); i++) {
		nd_complete_piece append = shells[i].append;
		g_autofree char *text = NULL;

		if (!g_str_equal(shells[i].shell, shell))
			continue;
		text = g_regex_replace_eval(placeholder, shells[i].template, -1, 0, 0, fill, &append, NULL);
		return g_string_new(text);
	}
	return NULL;
}
