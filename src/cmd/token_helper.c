#include "cmd/authorize.h"
#include "cmd/commands.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <npmrc-doctor/file.h>
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
		g_ptr_array_add(files, nd_deliver_real_path(layer->file->path));
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
	g_autoptr(GPtrArray) files = NULL;

	if (!nd_run_read(&h->run, h->context, NULL, err))
		return false;
	h->keyring = nd_keyring_open(nd_deliver_interactive(h->context), err);
	if (!h->keyring)
		return false;
	files = own_files(h);
	h->item = nd_authorize_find(h->keyring, nerf, files, err);
	return h->item != NULL;
}

static bool print_header(struct helper *h, GError **err)
{
	struct nd_secret *header = nd_authorize_header(h->keyring, h->item, h->context, err);
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

static char *helpers_dir(const struct nd_env *env)
{
	const char *data = nd_env_get(env, "XDG_DATA_HOME");

	if (data && *data == '/')
		return g_build_filename(data, "npmrc-doctor", "token-helpers", NULL);
	return g_build_filename(env->home ? env->home : "/", ".local", "share", "npmrc-doctor",
		"token-helpers", NULL);
}

/* Readable, and different for different registries whatever the readable part leaves out. */
static char *helper_name(const char *location)
{
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, location, -1);
	g_autofree char *name = g_strdup(location + 2);

	g_strcanon(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-", '_');
	return g_strdup_printf("%.100s%.8s", name, sum);
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

/* The user's file with the line in it: the value of the one that is there replaced, else appended.
 */
static GString *with_line(
	const struct nd_layer *user, const char *key, const char *path, int npm_major)
{
	struct nd_span bytes = user->doc ? nd_doc_bytes(user->doc) : (struct nd_span){"", 0};
	const struct nd_ini_key *found = user->ini ? nd_ini_find(user->ini, nd_span_of(key)) : NULL;
	GString *value = g_string_new(NULL), *out;

	if (!nd_ini_encode(nd_span_of(path), npm_major, value))
		g_string_assign(value, path);
	if (found) {
		const struct nd_ini_entry *entry =
			nd_ini_entry(user->ini, found->entries[found->n_entries - 1]);
		struct nd_splice splice = {
			entry->text.start, entry->text.end, {value->str, value->len}};

		out = nd_doc_splice(user->doc, &splice, 1);
	} else {
		bool crlf = bytes.n >= 2 && bytes.p[bytes.n - 2] == '\r' &&
			    bytes.p[bytes.n - 1] == '\n';
		bool open = bytes.n && bytes.p[bytes.n - 1] != '\n' && bytes.p[bytes.n - 1] != '\r';

		out = g_string_new_len(bytes.p, (gssize)bytes.n);
		g_string_append_printf(
			out, "%s%s=%s%s", open ? "\n" : "", key, value->str, crlf ? "\r\n" : "\n");
	}
	g_string_free(value, TRUE);
	return out;
}

static bool write_line(const struct helper *h, const char *path, GError **err)
{
	const struct nd_layer *user = user_layer(h);
	g_autofree char *key = g_strconcat(h->item->location, ":tokenHelper", NULL);
	const struct nd_file *file = user->file;
	struct nd_replace replace = {.max_mode = 0600};
	GString *bytes;
	bool ok;

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
	bytes = with_line(user, key, path, h->run.npm_major);
	replace.path = file->path;
	replace.was = &file->id;
	replace.bytes = (struct nd_span){bytes->str, bytes->len};
	ok = (file->bytes && bytes->len == file->size &&
		     memcmp(bytes->str, file->bytes, file->size) == 0) ||
	     nd_file_replace(&replace, NULL, err);
	nd_wipe_gstring(bytes);
	return ok;
}

/* pnpm 10 and older give the whole file up for one variable that is not set. */
static void warn_of_placeholders(const struct helper *h)
{
	g_autoptr(GPtrArray) references = nd_view_references(h->run.view);

	for (guint i = 0; i < references->len; i++) {
		const struct nd_reference *reference = references->pdata[i];

		if (reference->in != user_layer(h) ||
			nd_env_get(h->context->env, reference->variable))
			continue;
		fprintf(stderr,
			"%s:%zu: pnpm 10 and older ignore the whole file while ${%s} is not set: "
			"run them "
			"through `npmrc-doctor exec`, or delete the line if npm needs it no more\n",
			reference->in->file->path,
			nd_ini_entry(reference->in->ini, reference->entry)->line + 1,
			reference->variable);
	}
}

static bool install(struct helper *h, GError **err)
{
	g_autofree char *dir = helpers_dir(h->context->env);
	g_autofree char *name = helper_name(h->item->location);
	g_autofree char *path = g_build_filename(dir, name, NULL);

	if (!survives_shell(path)) {
		g_set_error(err, HELPER_ERROR, 0,
			"'%s' has characters that a shell reads its own way, and pnpm gives the "
			"path to a shell",
			path);
		return false;
	}
	if (!write_script(path, h->item->location, err) || !write_line(h, path, err))
		return false;
	if (!h->context->options->quiet) {
		fprintf(stderr, "%s:tokenHelper in %s is %s\n", h->item->location,
			user_layer(h)->file->path, path);
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
