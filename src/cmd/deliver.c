#include "cmd/deliver.h"

#include <npmrc-doctor/keyring.h>
#include <stdlib.h>

bool nd_deliver_interactive(const struct nd_context *context)
{
	const char *display = nd_env_get(context->env, "DISPLAY");
	const char *wayland = nd_env_get(context->env, "WAYLAND_DISPLAY");

	return (context->in_terminal && context->err_terminal) || (display && *display) ||
		(wayland && *wayland);
}

char *nd_deliver_real_path(const char *path)
{
	char *real = realpath(path, NULL);
	char *out = g_strdup(real ? real : path);

	free(real);
	return out;
}

static bool known(const GPtrArray *list, const char *name)
{
	for (guint i = 0; i < list->len; i++) {
		const struct nd_delivered *delivered = list->pdata[i];

		if (g_str_equal(delivered->name, name))
			return true;
	}
	return false;
}

/* A reference that must be filled for npm to work: one in a credential's place, or one of ours. */
static bool is_needed(const struct nd_context *context, const struct nd_reference *reference)
{
	if (!reference->effective || nd_env_get(context->env, reference->variable))
		return false;
	return reference->location != NULL || g_str_has_prefix(reference->variable, "NPMRC_SECRET_");
}

static bool fetch(struct nd_keyring *keyring, const struct nd_reference *reference, GPtrArray *list,
	GError **err)
{
	g_autofree char *file = nd_deliver_real_path(reference->in->file->path);
	struct nd_secret *secret = nd_keyring_lookup(keyring, file, reference->variable, err);

	if (!secret) {
		g_prefix_error(err, "%s, which %s needs: ", reference->variable,
			reference->in->file->path);
		return false;
	}
	nd_delivered_add(list, reference->variable, secret);
	nd_secret_free(secret);
	return true;
}

static bool collect(const struct nd_context *context, const GPtrArray *references, GPtrArray *list,
	GError **err)
{
	struct nd_keyring *keyring = NULL;
	bool ok = true;

	for (guint i = 0; ok && i < references->len; i++) {
		const struct nd_reference *reference = references->pdata[i];

		if (!is_needed(context, reference) || known(list, reference->variable))
			continue;
		if (!keyring)
			keyring = nd_keyring_open(nd_deliver_interactive(context), err);
		if (!keyring)
			g_prefix_error(err, "%s, which %s needs, is not set and cannot be fetched: ",
				reference->variable, reference->in->file->path);
		ok = keyring && fetch(keyring, reference, list, err);
	}
	nd_keyring_free(keyring);
	return ok;
}

GPtrArray *nd_deliver_collect(const struct nd_context *context, GError **err)
{
	struct nd_run run;
	g_autoptr(GPtrArray) list =
		g_ptr_array_new_with_free_func((GDestroyNotify)nd_delivered_free);
	bool ok = nd_run_read(&run, context, NULL, err);

	if (ok) {
		g_autoptr(GPtrArray) references = nd_view_references(run.view);

		ok = collect(context, references, list, err);
	}
	nd_run_release(&run);
	return ok ? g_steal_pointer(&list) : NULL;
}
