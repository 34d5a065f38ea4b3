#ifndef ND_CMD_WORDS_H
#define ND_CMD_WORDS_H

#include <glib.h>
#include <stdbool.h>

/* The command line of a client, as far as it says what the client will do. */
struct nd_words {
	const char *verb; /* the first word that is no option, nor an option's value; NULL: none */
	const char *userconfig, *globalconfig; /* values of --userconfig, --globalconfig */
};
/* arguments are NULL-terminated and exclude the program. npm_major 0: pnpm's. */
void nd_words_read(char *const *arguments, int npm_major, struct nd_words *out);

/* Whether npm's command of that name (or alias, abbreviation, typo that npm knows) runs the
 * project's own scripts or writes the user's file. */
bool nd_words_npm_needs_environment(const char *verb, int npm_major);
/* Whether pnpm's command reads the user's file itself and runs other people's scripts at most. */
bool nd_words_pnpm_takes_file(const char *verb);

#endif
