#include <npmrc-doctor/env.h>
#include <string.h>

const char *nd_env_get(const struct nd_env *env, const char *name)
{
	/* The first of several entries with one name, as getenv and so node have it. */
	for (size_t i = 0; env != NULL && i < env->n; i++)
		if (strcmp(env->vars[i].name, name) == 0)
			return env->vars[i].value;
	return NULL;
}
