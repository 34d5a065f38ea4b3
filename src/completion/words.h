#ifndef ND_COMPLETION_WORDS_H
#define ND_COMPLETION_WORDS_H

#include <npmrc-doctor/cli.h>

/* What stands where in a command line, as the tables tell it. */

enum nd_word_kind {
	ND_WORD_NONE, /* nothing that could be completed */
	ND_WORD_FILE,
	ND_WORD_DIRECTORY,
	ND_WORD_RULE,
	ND_WORD_KEY,     /* a setting of npm's */
	ND_WORD_CHOICE,  /* one of `words` */
	ND_WORD_COMMAND, /* another program's command line */
};
enum nd_word_kind nd_complete_operand(const struct nd_command *command);
enum nd_word_kind nd_complete_argument(const struct nd_option *option);
/* The choices of an operand, separated by blanks. Owned by the caller. */
char *nd_complete_choices(const struct nd_command *command);

/* Appends something for every row that all these commands (ND_CMD_BITs) have. */
typedef void (*nd_complete_each)(GString *out, const struct nd_option *option);
void nd_complete_options(GString *out, unsigned commands, nd_complete_each append);
/* The names of those (with dashes) that take an argument. */
void nd_complete_valued(GString *out, unsigned commands, const char *separator);
/* The commands whose operands are another program's. */
unsigned nd_complete_wrappers(void);

/* The text in single quotes; `quote` is how the shell writes a quote within. */
void nd_complete_quote(GString *out, const char *text, const char *quote);

/* Appends the names of npm's settings, separated by blanks. */
void nd_complete_keys(GString *out);

#endif
