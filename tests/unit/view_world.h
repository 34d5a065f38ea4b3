#ifndef VIEW_WORLD_H
#define VIEW_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib.h>
#include <glib/gstdio.h>
#include <npmrc-doctor/view.h>

#include "scratch.h"

/* A home, a project and a global file in a directory of their own, and npm's view of them. */
struct world {
	char *dir;
	struct nd_env *env;
	struct nd_npm npm;
	struct nd_layers *layers;
	struct nd_view *view;
};

struct given {
	int major;
	const char *user, *project,
		*global; /* NULL: no such file. {DIR} is the world's directory */
	const char *env[8];
	const char *node; /* version of node; NULL: unknown */
};

static inline char *in_dir(const struct world *w, const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "{DIR}", -1);

	return g_strjoinv(w->dir, parts);
}

static inline void put(const struct world *w, const char *name, const char *content)
{
	g_autofree char *path = g_build_filename(w->dir, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);
	g_autofree char *text = NULL;

	assert_int_equal(g_mkdir_with_parents(parent, 0700), 0);
	if (!content)
		return;
	text = in_dir(w, content);
	assert_true(g_file_set_contents(path, text, -1, NULL));
}

static inline struct nd_env *make_env(const struct world *w, const struct given *given)
{
	g_autoptr(GPtrArray) strings = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *cwd = g_build_filename(w->dir, "proj", NULL);
	struct nd_env *env;

	g_ptr_array_add(strings, g_strdup_printf("HOME=%s/home", w->dir));
	for (size_t i = 0; i < G_N_ELEMENTS(given->env) && given->env[i]; i++)
		g_ptr_array_add(strings, in_dir(w, given->env[i]));
	g_ptr_array_add(strings, NULL);
	env = nd_env_from((const char *const *)strings->pdata, cwd);
	assert_non_null(env);
	return env;
}

static inline struct world world_new(const struct given *given)
{
	struct world w = {.dir = g_dir_make_tmp("nd-view-XXXXXX", NULL)};
	struct nd_layers_options options = {.client = ND_CLIENT_NPM};
	GError *err = NULL;

	assert_non_null(w.dir);
	put(&w, "home/.npmrc", given->user);
	put(&w, "proj/.npmrc", given->project);
	put(&w, "proj/package.json", "{}");
	put(&w, "prefix/etc/npmrc", given->global);
	w.env = make_env(&w, given);
	w.npm.major = given->major;
	w.npm.node_version = (char *)given->node;
	w.npm.prefix = g_build_filename(w.dir, "prefix", NULL);
	options.env = w.env;
	/* the layers keep a pointer to it: it must not lie in this frame */
	options.npm = g_memdup2(&w.npm, sizeof(w.npm));
	options.npm_major = given->major;
	w.layers = nd_layers_load(&options, &err);
	assert_null(err);
	assert_non_null(w.layers);
	w.view = nd_view_new(w.layers);
	return w;
}

static inline void world_free(struct world *w)
{
	gpointer npm = (gpointer)w->layers->npm;

	nd_view_free(w->view);
	nd_layers_free(w->layers);
	nd_env_free(w->env);
	g_free(npm);
	g_free(w->npm.prefix);
	remove_tree(w->dir);
	g_free(w->dir);
}

#endif
