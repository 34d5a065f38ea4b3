#include "cmd/called.h"

#include <npmrc-doctor/source.h>

/* The environment with another PATH, and in another directory; NULL: the same. */
static struct nd_env *env_with(const struct nd_env *env, const char *path, const char *dir)
{
	g_autofree char *cwd = dir ? nd_path_resolve(env->cwd, dir) : g_strdup(env->cwd);
	g_autoptr(GPtrArray) strings = g_ptr_array_new_with_free_func(g_free);

	for (size_t i = 0; i < env->n; i++) {
		bool is_path = path && g_str_equal(env->vars[i].name, "PATH");

		g_ptr_array_add(strings,
			g_strconcat(env->vars[i].name, "=", is_path ? path : env->vars[i].value, NULL));
	}
	g_ptr_array_add(strings, NULL);
	return nd_env_from((const char *const *)strings->pdata, cwd);
}

void nd_called_init(
	struct nd_called *called, const struct nd_context *context, const struct nd_call *call)
{
	*called = (struct nd_called){.options = *context->options, .context = *context};
	called->context.options = &called->options;
	called->options.settings = call->settings;
	called->options.supplied = true;
	if (call->known)
		called->options.client = nd_client_name(call->client);
	if (call->version)
		called->options.npm_version = call->version;
	if (call->path || call->dir)
		called->context.env = called->env = env_with(context->env, call->path, call->dir);
}

void nd_called_release(struct nd_called *called)
{
	nd_env_free(called->env);
	*called = (struct nd_called){0};
}
