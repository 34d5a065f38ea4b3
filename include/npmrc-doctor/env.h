#ifndef NPMRC_DOCTOR_ENV_H
#define NPMRC_DOCTOR_ENV_H

#include <glib.h>
#include <stddef.h>

/* The environment as an ordered list, because npm 10 and later take the last of several spellings. */
struct nd_env_var {
	char *name;
	char *value;
};
struct nd_env {
	struct nd_env_var *vars;
	size_t n;
	char *cwd;  /* absolute */
	char *home; /* as node's os.homedir(): HOME, else the passwd entry; NULL where there is neither */
};

/* The value, or NULL where it is not set (an empty value is "" ). Exact case. */
const char *nd_env_get(const struct nd_env *env, const char *name);

/* Where this program keeps a file of the user's: $XDG_DATA_HOME, where absolute, or ~/.local/share, with
 * npmrc-doctor/NAME (XDG Base Directory Specification). Owned by the caller; NULL without an absolute home. */
char *nd_env_data_path(const struct nd_env *env, const char *name);

/* Hides a variable of the process, however often it is there, from a library that would heed it; whoever is started
 * meanwhile does not get it either. In place, as another thread may be reading the list. To be undone. */
GPtrArray *nd_env_hide(const char *name);
/* Undoes it and frees the list. */
void nd_env_show(GPtrArray *hidden, const char *name);

#endif
