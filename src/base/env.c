#include <npmrc-doctor/env.h>
#include <string.h>
#include <unistd.h>

const char *nd_env_get(const struct nd_env *env, const char *name)
{
	/* The first of several entries with one name, as getenv and so node have it. */
	for (size_t i = 0; env != NULL && i < env->n; i++)
		if (strcmp(env->vars[i].name, name) == 0)
			return env->vars[i].value;
	return NULL;
}

char *nd_env_data_path(const struct nd_env *env, const char *name)
{
	const char *data = nd_env_get(env, "XDG_DATA_HOME");

	if (data && g_path_is_absolute(data))
		return g_build_filename(data, "npmrc-doctor", name, NULL);
	return env && env->home && g_path_is_absolute(env->home) ?
		g_build_filename(env->home, ".local", "share", "npmrc-doctor", name, NULL) : NULL;
}

GPtrArray *nd_env_hide(const char *name)
{
	GPtrArray *hidden = g_ptr_array_new();
	size_t n = strlen(name);

	for (char **entry = environ; entry && *entry; entry++)
		if (strncmp(*entry, name, n) == 0 && (*entry)[n] == '=') {
			g_ptr_array_add(hidden, *entry);
			**entry = '_';
		}
	return hidden;
}

void nd_env_show(GPtrArray *hidden, const char *name)
{
	for (guint i = 0; i < hidden->len; i++)
		*(char *)hidden->pdata[i] = *name;
	g_ptr_array_unref(hidden);
}
