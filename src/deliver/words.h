#ifndef ND_DELIVER_WORDS_H
#define ND_DELIVER_WORDS_H

#include <glib.h>
#include <stdbool.h>

/* The command line of a client, as far as it says what the client will do. */
struct nd_words {
	char *verb; /* the first word that is no option, nor an option's value; NULL: none */
	char *dir;  /* where else than here, as given; NULL: here */
	GPtrArray *settings; /* char *, keys and values in turn: what decides which files it reads */
};
/* arguments are NULL-terminated and exclude the program. This one reads pnpm's, yarn's and bun's. */
void nd_words_read(char *const *arguments, struct nd_words *out);
void nd_words_read_npm(char *const *arguments, int npm_major, bool npx, struct nd_words *out);
void nd_words_release(struct nd_words *words);

/* Whether npm's command of that name (or alias, abbreviation, typo that npm knows) runs the
 * project's own scripts or writes the user's file. */
bool nd_words_npm_needs_environment(const char *verb, int npm_major);
/* Whether pnpm's command reads the user's file itself and runs other people's scripts at most. */
bool nd_words_pnpm_takes_file(const char *verb);

#endif
