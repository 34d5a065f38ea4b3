#include "cmd/called.h"

#include <npmrc-doctor/secret.h>
#include <npmrc-doctor/source.h>

static void wipe_string(gpointer text)
{
	nd_wipe(text, strlen(text));
	g_free(text);
}

static struct nd_env *env_with_path(const struct nd_env *env, const char *path)
{
	g_autoptr(GPtrArray) owned = g_ptr_array_new_with_free_func(wipe_string);
	g_autoptr(GPtrArray) strings = g_ptr_array_new();

	for (size_t i = 0; i < env->n; i++) {
		bool is_path = g_str_equal(env->vars[i].name, "PATH");
		char *string = g_strconcat(
			env->vars[i].name, "=", is_path ? path : env->vars[i].value, NULL);

		g_ptr_array_add(owned, string);
		g_ptr_array_add(strings, string);
	}
	g_ptr_array_add(strings, NULL);
	return nd_env_from((const char *const *)strings->pdata, env->cwd);
}

void nd_called_init(
	struct nd_called *called, const struct nd_context *context, const struct nd_call *call)
{
	*called = (struct nd_called){.options = *context->options, .context = *context};
	called->context.options = &called->options;
	called->options.userconfig = call->userconfig;
	called->options.globalconfig = call->globalconfig;
	if (call->path)
		called->context.env = called->env = env_with_path(context->env, call->path);
}

void nd_called_release(struct nd_called *called)
{
	nd_env_free(called->env);
	*called = (struct nd_called){0};
}
