#ifndef ND_COMPLETION_SHELLS_H
#define ND_COMPLETION_SHELLS_H

#include <glib.h>

/* What takes the place of @name@ in a shell's template: one function for each shell. Lines are separated,
 * not ended, by line ends. */
typedef void (*nd_complete_piece)(GString *out, const char *name);
void nd_complete_bash(GString *out, const char *name);
void nd_complete_zsh(GString *out, const char *name);
void nd_complete_fish(GString *out, const char *name);

#endif
