#include "load.h"

#include <npmrc-doctor/path.h>

/* Which files npm reads: each may name the next. */

char *nd_paths_named(const struct nd_setting *setting)
{
	struct nd_span text = setting->value.string;

	if (setting->value.type != ND_TYPE_STRING || memchr(text.p, '\0', text.n) != NULL)
		return NULL;
	return g_strndup(text.p, text.n);
}

/* definitions.js has "~/.npmrc", which an empty HOME leaves to be resolved against the directory.
 */
char *nd_paths_usual_user(const struct nd_env *env)
{
	if (env->home != NULL && *env->home != '\0') {
		g_autofree char *home = nd_path_resolve(env->cwd, env->home);

		return nd_path_resolve(home, ".npmrc");
	}
	return nd_path_resolve(env->cwd, "~/.npmrc");
}

char *nd_paths_user(const struct nd_layers *layers)
{
	const struct nd_setting *setting = nd_settings_peek(layers, "userconfig");

	return setting != NULL ? nd_paths_named(setting) : nd_paths_usual_user(layers->env);
}

char *nd_paths_global(struct nd_layers *layers)
{
	const struct nd_setting *setting = nd_settings_peek(layers, "globalconfig");
	const struct nd_setting *prefix = nd_settings_peek(layers, "prefix");
	g_autofree char *directory = NULL;

	if (setting != NULL) {
		/* readFile() of anything but a string fails in silence; only a section cannot be
		 * told. */
		if (nd_fatal_is_section(layers, setting) && layers->client == ND_CLIENT_NPM &&
			layers->npm_major > 6)
			nd_fatal_set(layers, &setting->origin,
				"Cannot convert object to primitive value");
		return nd_paths_named(setting);
	}
	if (prefix != NULL) {
		directory = nd_paths_named(prefix);
		/* resolve(get('prefix'), 'etc/npmrc') throws where the prefix is no string. */
		if (prefix->value.type != ND_TYPE_STRING && layers->client == ND_CLIENT_NPM &&
			layers->npm_major > 6)
			nd_fatal_set(layers, &prefix->origin,
				"The \"paths[0]\" argument must be of type string. Received %s",
				nd_fatal_received(layers, prefix));
	} else if (layers->npm != NULL) {
		directory = g_strdup(layers->npm->prefix);
	}
	return directory != NULL ? nd_path_resolve(directory, "etc/npmrc") : NULL;
}
