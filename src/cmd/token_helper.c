#include "cmd/commands.h"
#include "cmd/emit.h"
#include "cmd/run.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <npmrc-doctor/authorize.h>
#include <npmrc-doctor/helper.h>
#include <npmrc-doctor/keyring.h>
#include <npmrc-doctor/path.h>
#include <stdio.h>
#include <unistd.h>

#define HELPER_ERROR g_quark_from_static_string("nd-token-helper")

/* What is worked on: the registry, and what was found for it. */
struct helper {
	const struct nd_context *context;
	struct nd_run run;
	struct nd_keyring *keyring;
	struct nd_keyring_item *item;
};

static const struct nd_layer *user_layer(const struct helper *h)
{
	return &h->run.layers->layers[ND_LAYER_USER];
}

static void add_file(GPtrArray *files, const struct nd_layer *layer)
{
	if (layer->file && !layer->ignored)
		g_ptr_array_add(files, nd_path_real(layer->file->path));
}

/* The files whose credentials are meant. pnpm takes a helper from the user's file alone, but runs it in
 * a project, whose own credentials may have been moved too. What is installed is for all projects. */
static GPtrArray *own_files(const struct helper *h)
{
	const struct nd_layer *layers = h->run.layers->layers;
	GPtrArray *files = g_ptr_array_new_with_free_func(g_free);

	add_file(files, &layers[ND_LAYER_USER]);
	if (!h->context->options->install)
		add_file(files, &layers[ND_LAYER_PROJECT]);
	add_file(files, &layers[ND_LAYER_GLOBAL]);
	return files;
}

static bool open_helper(struct helper *h, const char *nerf, GError **err)
{
	g_autoptr(GPtrArray) files = NULL, references = NULL;

	if (!nd_run_read(&h->run, h->context, NULL, err))
		return false;
	h->keyring = nd_keyring_open(nd_run_interactive(h->context), err);
	if (!h->keyring)
		return false;
	files = own_files(h);
	references = nd_view_references(h->run.view);
	h->item = nd_authorize_find(h->keyring, nerf, &(struct nd_authorize){files, references}, err);
	return h->item != NULL;
}

static bool print_header(struct helper *h, GError **err)
{
	struct nd_secret *header = nd_authorize_header(h->keyring, h->item, h->run.layers, err);
	struct nd_span text;

	if (!header)
		return false;
	text = nd_secret_reveal(header);
	/* Unbuffered: stdio would keep a copy of the secret. */
	setvbuf(stdout, NULL, _IONBF, 0);
	fwrite(text.p, 1, text.n, stdout);
	fputc('\n', stdout);
	nd_secret_free(header);
	if (!ferror(stdout))
		return true;
	g_set_error(err, HELPER_ERROR, 0, "cannot write to standard output");
	return false;
}

/* pnpm hands the path to a shell as it is (loadToken: spawnSync(path, {shell: true})). */
static bool survives_shell(const char *path)
{
	return strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/"
			    "._+@%,:=-") == strlen(path);
}

/* Writes the executable unless it is there already. */
static bool write_script(const char *path, const char *location, GError **err)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", err);
	g_autofree char *program = self ? g_shell_quote(self) : NULL;
	g_autofree char *argument = g_shell_quote(location);
	g_autofree char *dir = g_path_get_dirname(path);
	g_autofree char *text =
		g_strdup_printf("#!/bin/sh\nexec %s token-helper %s\n", program, argument);

	if (!self)
		return false;
	if (g_mkdir_with_parents(dir, 0700) < 0) {
		g_set_error(err, HELPER_ERROR, 0, "cannot make '%s': %s", dir, g_strerror(errno));
		return false;
	}
	return g_file_set_contents_full(
		       path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0700, err) &&
	       (g_chmod(path, 0700) == 0 ||
		       (g_set_error(err, HELPER_ERROR, 0, "cannot make '%s' executable: %s", path,
				g_strerror(errno)),
			       false));
}

/* With the folders that were made for it. */
static void remove_script(const char *path)
{
	g_autofree char *dir = g_path_get_dirname(path);
	g_autofree char *parent = g_path_get_dirname(dir);

	g_unlink(path);
	if (g_rmdir(dir) == 0)
		g_rmdir(parent);
}

/* Whether another line sets a credential for the registry: what the helper's line hides from npm as long
 * as it is the last would come to light. */
static bool has_other(const struct nd_layer *user, const GPtrArray *references,
	const struct nd_keyring_item *item)
{
	size_t lines = 0, own = 0;
	size_t n = strlen(item->location);

	for (size_t i = 0; user->ini && i < nd_ini_entry_count(user->ini); i++) {
		struct nd_span key = nd_ini_entry(user->ini, i)->key;

		lines += key.n == n + 1 + strlen(item->key) && memcmp(key.p, item->location, n) == 0 &&
			 g_ascii_strncasecmp(key.p + n + 1, item->key, strlen(item->key)) == 0;
	}
	for (guint i = 0; i < references->len; i++) {
		const struct nd_reference *reference = references->pdata[i];

		own += reference->in == user && g_str_equal(reference->variable, item->variable) &&
		       g_strcmp0(reference->location, item->location) == 0;
	}
	return lines > own;
}

/* Whether the user's file can take the line. */
static bool takes_line(const struct helper *h, const GPtrArray *references, GError **err)
{
	const struct nd_layer *user = user_layer(h);
	const struct nd_file *file = user->file;

	if (!file || (file->state != ND_READ_OK && file->state != ND_READ_MISSING)) {
		g_set_error(err, HELPER_ERROR, 0, "the user's file cannot be read");
		return false;
	}
	/* Keys under a [section] are no settings to pnpm. */
	if (user->ini && nd_ini_section_count(user->ini)) {
		g_set_error(err, HELPER_ERROR, 0, "%s has a [section], below which nothing counts",
			file->path);
		return false;
	}
	if (has_other(user, references, h->item)) {
		g_set_error(err, HELPER_ERROR, 0, "%s has several lines for %s:%s; leave the one that counts",
			file->path, h->item->location, h->item->key);
		return false;
	}
	return true;
}

/* The executable first, as a line may not name what is not there; without the line one that is new goes
 * again. */
static bool write_both(const struct helper *h, const char *path, GError **err)
{
	g_autoptr(GPtrArray) references = nd_view_references(h->run.view);
	bool is_new = !g_file_test(path, G_FILE_TEST_EXISTS);

	if (!takes_line(h, references, err) || !write_script(path, h->item->location, err))
		return false;
	if (nd_helper_write(user_layer(h), nd_helper_put_in(user_layer(h), references, h->item, path), err))
		return true;
	if (is_new)
		remove_script(path);
	return false;
}

/* pnpm 10 and older give the whole file up for one variable that is not set. */
static void warn_of_placeholders(struct helper *h)
{
	g_autoptr(GPtrArray) references = NULL;

	nd_run_release(&h->run);
	if (!nd_run_read(&h->run, h->context, NULL, NULL))
		return;
	references = nd_view_references(h->run.view);
	for (guint i = 0; i < references->len; i++) {
		const struct nd_reference *reference = references->pdata[i];

		if (reference->in != user_layer(h) ||
			nd_env_get(h->context->env, reference->variable))
			continue;
		fprintf(stderr,
			"%s:%zu: pnpm 10 and older ignore the whole file while ${%s} is not set: "
			"run them through `npmrc-doctor exec`\n",
			reference->in->file->path,
			nd_ini_entry(reference->in->ini, reference->entry)->line + 1,
			reference->variable);
	}
}

static bool install(struct helper *h, GError **err)
{
	g_autofree char *path = nd_helper_path(h->context->env, h->item->location);

	if (!path) {
		g_set_error_literal(err, HELPER_ERROR, 0, "there is no home directory to put the helper in");
		return false;
	}
	if (!survives_shell(path)) {
		g_set_error(err, HELPER_ERROR, 0,
			"'%s' has characters that a shell reads its own way, and pnpm gives the "
			"path to a shell",
			path);
		return false;
	}
	if (!write_both(h, path, err))
		return false;
	if (!h->context->options->quiet) {
		fprintf(stderr,
			"%s:tokenHelper in %s is %s, in the place of ${%s}; npm gets the secret through "
			"`npmrc-doctor exec`, and `npmrc-doctor restore` brings the line back\n",
			h->item->location, user_layer(h)->file->path, path, h->item->variable);
		warn_of_placeholders(h);
	}
	return true;
}

int nd_cmd_token_helper(struct nd_context *context)
{
	char **operands = context->options->operands;
	g_autofree char *nerf = operands[0] ? nd_authorize_nerf(operands[0]) : NULL;
	struct helper h = {.context = context};
	g_autoptr(GError) err = NULL;
	bool ok;

	if (!nerf || operands[1]) {
		nd_complain("token-helper needs one REGISTRY: npmrc-doctor token-helper "
			    "https://registry.example/");
		return ND_STATUS_USAGE;
	}
	ok = open_helper(&h, nerf, &err) &&
	     (context->options->install ? install(&h, &err) : print_header(&h, &err));
	if (!ok)
		nd_complain("%s", err->message);
	if (h.item)
		nd_keyring_item_free(h.item);
	nd_keyring_free(h.keyring);
	nd_run_release(&h.run);
	return ok ? ND_STATUS_OK : ND_STATUS_FAILED;
}
