#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib/gstdio.h>
#include <npmrc-doctor/layer.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"

/* A machine of its own: <root>/proj is the project, home the home, npm npm's directory, usr the
 * prefix. */
struct machine {
	char *root;
	struct nd_npm npm;
	struct nd_env *env;
	struct nd_layers *layers;
	const char *userconfig;
	int major;
	enum nd_client client;
	bool home_set;
};

static char *at(const struct machine *m, const char *name)
{
	return g_build_filename(m->root, name, NULL);
}

static void put_bytes(const struct machine *m, const char *name, const char *bytes, gssize n)
{
	g_autofree char *path = at(m, name), *dir = g_path_get_dirname(path);

	assert_int_equal(g_mkdir_with_parents(dir, 0755), 0);
	assert_true(g_file_set_contents(path, bytes, n, NULL));
}

static void put(const struct machine *m, const char *name, const char *text)
{
	put_bytes(m, name, text, -1);
}

static int setup(void **state)
{
	struct machine *m = g_new0(struct machine, 1);

	m->root = scratch_new("nd-layer-XXXXXX");
	m->major = 11;
	m->npm.root = at(m, "npm");
	m->npm.builtin = at(m, "npm/npmrc");
	m->npm.prefix = at(m, "usr");
	put(m, "proj/package.json", "{}");
	put(m, "home/empty", "");
	*state = m;
	return 0;
}

static void unload(struct machine *m)
{
	nd_layers_free(m->layers);
	nd_env_free(m->env);
	m->layers = NULL;
	m->env = NULL;
}

static int teardown(void **state)
{
	struct machine *m = *state;

	unload(m);
	remove_tree(m->root);
	g_free(m->npm.root);
	g_free(m->npm.builtin);
	g_free(m->npm.prefix);
	g_free(m->root);
	g_free(m);
	return 0;
}

/* `variables` is NULL-terminated; HOME is home unless it is among them. "@" in a value is the root.
 */
static struct nd_layers *load_in(struct machine *m, const char *dir, const char *const *variables)
{
	g_autoptr(GPtrArray) strings = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *cwd = at(m, dir);
	g_autoptr(GError) err = NULL;
	struct nd_layers_options options = {.npm = &m->npm,
		.npm_major = m->major,
		.client = m->client,
		.userconfig = m->userconfig};
	bool home = false;

	unload(m);
	for (size_t i = 0; variables != NULL && variables[i] != NULL; i++) {
		g_auto(GStrv) parts = g_strsplit(variables[i], "@", 2);

		home = home || g_str_has_prefix(variables[i], "HOME=");
		g_ptr_array_add(strings, parts[1] != NULL
						 ? g_strconcat(parts[0], m->root, parts[1], NULL)
						 : g_strdup(variables[i]));
	}
	if (!home)
		g_ptr_array_add(strings, g_strdup_printf("HOME=%s/home", m->root));
	g_ptr_array_add(strings, NULL);
	m->env = nd_env_from((const char *const *)strings->pdata, cwd);
	options.env = m->env;
	m->layers = nd_layers_load(&options, &err);
	if (m->layers == NULL)
		fail_msg("%s", err->message);
	return m->layers;
}

static struct nd_layers *load(struct machine *m, const char *variable)
{
	const char *const variables[] = {variable, NULL};

	return load_in(m, "proj", variables);
}

static char *text_of(const struct nd_value *value)
{
	struct nd_arena *arena = nd_arena_new();
	struct nd_span text = nd_value_text(value, arena);
	char *copy = g_strndup(text.p, text.n);

	nd_arena_free(arena);
	return copy;
}

static const struct nd_setting *expect(
	const struct machine *m, const char *key, enum nd_layer_id layer, const char *text)
{
	const struct nd_setting *setting = nd_layers_get(m->layers, key);
	g_autofree char *used = NULL;

	if (setting == NULL)
		fail_msg("no %s", key);
	used = text_of(&setting->used);
	assert_string_equal(used, text);
	assert_string_equal(nd_layer_name(setting->origin.layer), nd_layer_name(layer));
	return setting;
}

static void expect_path(const struct machine *m, enum nd_layer_id layer, const char *name)
{
	g_autofree char *path = at(m, name);

	assert_non_null(m->layers->layers[layer].file);
	assert_string_equal(m->layers->layers[layer].file->path, path);
}

static void put_everywhere(const struct machine *m, const char *text)
{
	static const char *const files[] = {
		"npm/npmrc", "usr/etc/npmrc", "home/.npmrc", "proj/.npmrc"};

	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *own = g_strdup_printf(text, files[i]);

		put(m, files[i], own);
	}
}

static void test_precedence(void **state)
{
	struct machine *m = *state;
	const struct nd_setting *setting;

	put_everywhere(m, "heading = %s\n");
	load(m, "npm_config_heading=env");
	setting = expect(m, "heading", ND_LAYER_ENV, "env");
	assert_string_equal(setting->origin.variable, "npm_config_heading");
	assert_null(setting->origin.file);
	assert_int_equal(setting->origin.line, 0);
	setting = nd_layers_shadowed(m->layers, setting);
	assert_int_equal(setting->origin.layer, ND_LAYER_PROJECT);
	setting = nd_layers_shadowed(m->layers, setting);
	assert_int_equal(setting->origin.layer, ND_LAYER_USER);
	setting = nd_layers_shadowed(m->layers, setting);
	assert_int_equal(setting->origin.layer, ND_LAYER_GLOBAL);
	setting = nd_layers_shadowed(m->layers, setting);
	assert_int_equal(setting->origin.layer, ND_LAYER_BUILTIN);
	assert_ptr_equal(nd_layers_of(m->layers, setting), &m->layers->layers[ND_LAYER_BUILTIN]);
	assert_null(nd_layers_shadowed(m->layers, setting));
	load(m, NULL);
	expect(m, "heading", ND_LAYER_PROJECT, "proj/.npmrc");
	assert_null(nd_layers_get(m->layers, "registry"));
}

/* Where a value stands in the file, for spellings that shift it. */
static void test_origins(void **state)
{
	static const struct {
		const char *text, *key, *used;
		unsigned line, column, end_column;
	} rows[] = {
		{"heading=x\n", "heading", "x", 1, 9, 10},
		{"\n; note\n  heading = two words ; cut\n", "heading", "two words", 3, 13, 22},
		{"heading=\"x y\"\n", "heading", "x y", 1, 9, 14},
		{"'heading' = 'q'\n", "heading", "q", 1, 13, 16},
		{"\xef\xbb\xbfheading=x\n", "heading", "x", 1, 12, 13},
		{"a=1\r\n heading=x\r\nb=2\r\n", "heading", "x", 2, 10, 11},
		{"a=1\rheading=x\rb=2", "heading", "x", 2, 9, 10},
		{"a=1\r\n\r\n\r\nheading=x", "heading", "x", 4, 9, 10},
		{"heading=1\nheading=2\n", "heading", "2", 2, 9, 10},
		{"  strict-ssl  \n", "strict-ssl", "true", 1, 3, 13},
		{"heading=\n", "heading", "", 1, 9, 9},
		{"ca[]=one\nca[]=two\n", "ca", "one,two", 2, 6, 9},
		{"\xc3\xa9=1\n\xc3\xa9 = \xc3\xa9\xc3\xa9\n", "\xc3\xa9", "\xc3\xa9\xc3\xa9", 2, 6,
			10},
	};
	struct machine *m = *state;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct nd_setting *setting;

		put(m, "home/.npmrc", rows[i].text);
		load(m, NULL);
		setting = expect(m, rows[i].key, ND_LAYER_USER, rows[i].used);
		if (setting->origin.line != rows[i].line ||
			setting->origin.column != rows[i].column ||
			setting->origin.end_column != rows[i].end_column)
			fail_msg("row %zu: %u:%u-%u", i, setting->origin.line,
				setting->origin.column, setting->origin.end_column);
		assert_int_equal(setting->origin.end - setting->origin.start,
			rows[i].end_column - rows[i].column);
		assert_string_equal(setting->origin.key, rows[i].key);
		assert_string_equal(
			setting->origin.file, m->layers->layers[ND_LAYER_USER].file->path);
		assert_true(
			setting->entry < nd_ini_entry_count(m->layers->layers[ND_LAYER_USER].ini));
	}
}

static void test_env_keys(void **state)
{
	static const struct {
		const char *name, *old,
			*key; /* as npm 6 and as later ones read it; NULL: no setting */
	} rows[] = {
		{"npm_config_registry", "registry", "registry"},
		{"NPM_CONFIG_STRICT_SSL", "strict-ssl", "strict-ssl"},
		{"Npm_Config__Auth", "_auth", "_auth"},
		{"npm_config__authToken", "_authtoken", "_authtoken"},
		{"npm_config___x", "_-x", "_-x"},
		{"npm_config_@Corp:registry", "@corp:registry", "@corp:registry"},
		{"NPM_CONFIG_//Host/a_b/:_authToken", "//host/a-b/:-authtoken",
			"//Host/a_b/:_authToken"},
		{"npm_config_", "", ""},
		{"npm_config", NULL, NULL},
		{"xnpm_config_a", NULL, NULL},
		{"pnpm_config_registry", NULL, NULL},
	};
	struct nd_arena *arena = nd_arena_new();

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		for (int major = 6; major <= 12; major += 2) {
			const char *wanted = major == 6 ? rows[i].old : rows[i].key;
			struct nd_span key;

			assert_int_equal(
				nd_layer_env_key(rows[i].name, major, arena, &key), wanted != NULL);
			if (wanted != NULL)
				assert_true(nd_span_is(key, wanted));
		}
	nd_arena_free(arena);
}

static void test_env_order(void **state)
{
	static const char *const variables[] = {"npm_config_heading=a", "npm_config_tag=t",
		"NPM_CONFIG_HEADING=b", "npm_config_proxy=", "npm_config_heading=never", NULL};
	struct machine *m = *state;
	const struct nd_layer *env;

	load_in(m, "proj", variables);
	env = &m->layers->layers[ND_LAYER_ENV];
	assert_int_equal(env->n_settings, 2);
	assert_true(nd_span_is(nd_layer_key(env, 0), "heading"));
	assert_true(nd_span_is(nd_layer_key(env, 1), "tag"));
	assert_string_equal(
		expect(m, "heading", ND_LAYER_ENV, "b")->origin.variable, "NPM_CONFIG_HEADING");
	assert_int_equal(nd_layer_setting(env, 0)->entry, SIZE_MAX);
	assert_null(nd_layers_get(m->layers, "proxy"));
}

static void test_expansion(void **state)
{
	static const char *const variables[] = {
		"HOST=registry.example", "TOKEN=CANARY-1", "EMPTY=", NULL};
	struct machine *m = *state;
	const struct nd_setting *setting;

	put(m, "home/.npmrc",
		"//${HOST}/:_authToken=${TOKEN}\nheading=${NOPE}\nscope=${OPT?}\ntag=a${EMPTY}b\n"
		"cafile=~/ca.pem\n");
	load_in(m, "proj", variables);
	setting = expect(m, "//registry.example/:_authToken", ND_LAYER_USER, "CANARY-1");
	assert_true(nd_span_is(setting->raw_key, "//${HOST}/:_authToken"));
	assert_true(nd_span_is(setting->written.string, "${TOKEN}"));
	assert_int_equal(setting->n_variables, 1);
	assert_true(nd_span_is(setting->variables[0].name, "TOKEN"));
	assert_false(setting->unresolved);
	assert_true(expect(m, "heading", ND_LAYER_USER, "${NOPE}")->unresolved);
	assert_false(expect(m, "scope", ND_LAYER_USER, "")->unresolved);
	assert_false(expect(m, "tag", ND_LAYER_USER, "ab")->unresolved);
	setting = nd_layers_get(m->layers, "cafile");
	assert_true(g_str_has_suffix(setting->used.string.p, "/home/ca.pem"));
	m->major = 10;
	load_in(m, "proj", variables);
	assert_true(expect(m, "scope", ND_LAYER_USER, "@${OPT?}")->unresolved);
	assert_null(m->layers->fatal);
	m->major = 6;
	load_in(m, "proj", variables);
	assert_string_equal(m->layers->fatal, "Failed to replace env in config: ${NOPE}");
	assert_int_equal(m->layers->fatal_origin.line, 2);
}

/* Two raw keys may come to one: the later wins at the place of the first. */
static void test_keys_meet(void **state)
{
	struct machine *m = *state;

	put(m, "home/.npmrc", "heading=1\ntag=t\n${K}=2\n");
	load(m, "K=heading");
	assert_int_equal(m->layers->layers[ND_LAYER_USER].n_settings, 2);
	assert_int_equal(expect(m, "heading", ND_LAYER_USER, "2")->origin.line, 3);
	assert_true(nd_span_is(nd_layer_key(&m->layers->layers[ND_LAYER_USER], 0), "heading"));
}

/* The same with several, before and behind the plain spelling, and with a key that moves to the front. */
static void test_keys_meet_often(void **state)
{
	struct machine *m = *state;
	const struct nd_layer *user;
	static const char *const order[] = {"7", "heading", "tag", "headingx", "${NOPE}"};

	put(m, "home/.npmrc", "${K}=1\ntag=t\n${K}x=3\nheading=4\n${NOPE}=5\n7=6\n${NOPE?}heading=7\n");
	load(m, "K=heading");
	user = &m->layers->layers[ND_LAYER_USER];
	assert_int_equal(expect(m, "heading", ND_LAYER_USER, "7")->origin.line, 7);
	assert_int_equal(expect(m, "headingx", ND_LAYER_USER, "3")->origin.line, 3);
	assert_null(nd_layers_get(m->layers, "${K}"));
	assert_null(nd_layers_get(m->layers, "${K}x"));
	assert_int_equal(user->n_settings, 5);
	for (size_t i = 0; i < user->n_settings; i++) {
		const struct nd_setting *setting = nd_layer_setting(user, i);
		struct nd_value written = nd_layer_written(user, i);

		assert_true(nd_span_equal(setting->key, nd_layer_key(user, i)));
		assert_true(nd_value_equal(&setting->written, &written));
		assert_ptr_equal(setting, nd_layer_get(user, setting->key.p));
		assert_int_equal(setting->place, i);
		assert_true(nd_span_is(setting->key, order[i]));
	}
	/* What loses its place stops npm 6 all the same. */
	m->major = 6;
	put(m, "home/.npmrc", "${K}=${GONE}\nheading=4\n");
	load(m, "K=heading");
	assert_string_equal(m->layers->fatal, "Failed to replace env in config: ${GONE}");
	expect(m, "heading", ND_LAYER_USER, "4");
}

/* The line that a value came from is found without sorting all lines by key. */
static void test_last_line(void **state)
{
	struct machine *m = *state;
	static const struct {
		const char *key;
		unsigned line;
	} rows[] = {{"strict-ssl", 5}, {"fund", 7}, {"tag", 8}, {"heading", 9}, {"omit", 11}, {"\"", 12}};

	put(m, "home/.npmrc",
		"strict-ssl=true\n; c\ntag=true\nfund=false\nstrict-ssl=false\n\nfund\ntag=next\n"
		"\"heading\"=\"a\\tb\"\nomit[]=dev\nomit[]=peer\n\"=true\n");
	load(m, "A=b");
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		assert_int_equal(nd_layers_get(m->layers, rows[i].key)->origin.line, rows[i].line);
}

static void test_project_place(void **state)
{
	struct machine *m = *state;
	static const char *const plain[] = {NULL};

	put(m, "proj/.npmrc", "heading=project\n");
	put(m, "proj/sub/.npmrc", "heading=sub\n");
	put(m, "lone/.npmrc", "heading=lone\n");
	load_in(m, "proj/sub", plain);
	expect(m, "heading", ND_LAYER_PROJECT, "project");
	expect_path(m, ND_LAYER_PROJECT, "proj/.npmrc");
	load_in(m, "lone", plain);
	expect(m, "heading", ND_LAYER_PROJECT, "lone");
}

static void test_project_workspace(void **state)
{
	struct machine *m = *state;
	static const char *const plain[] = {NULL};
	g_autofree char *root = at(m, "proj"), *member = at(m, "proj/p/a");

	put(m, "proj/package.json", "{\"workspaces\":[\"p/*\"]}");
	put(m, "proj/.npmrc", "heading=root\n");
	put(m, "proj/p/a/package.json", "{}");
	put(m, "proj/p/a/.npmrc", "heading=member\n");
	load_in(m, "proj/p/a", plain);
	expect(m, "heading", ND_LAYER_PROJECT, "root");
	assert_string_equal(m->layers->project_root, root);
	assert_non_null(m->layers->project->ignored_npmrc);
	m->major = 6;
	load_in(m, "proj/p/a", plain);
	expect(m, "heading", ND_LAYER_PROJECT, "member");
	assert_string_equal(m->layers->project_root, member);
}

static void test_project_skipped(void **state)
{
	static const struct {
		const char *dir, *variable, *home;
		int major;
		bool read;
	} rows[] = {
		{"home", NULL, NULL, 11, false},
		{"home", "npm_config_userconfig=@/elsewhere", NULL, 11, true},
		{"home", "npm_config_userconfig=@/elsewhere", NULL, 6, false},
		{"proj", "npm_config_userconfig=@/proj/.npmrc", NULL, 11, false},
		{"proj", "npm_config_userconfig=.npmrc", NULL, 8, false},
		{"proj", "npm_config_global=true", NULL, 11, false},
		{"proj", "npm_config_global=false", NULL, 11, true},
		{"proj", "npm_config_location=global", NULL, 11, false},
		{"proj", "npm_config_location=user", NULL, 11, true},
		{"proj", "npm_config_location=global", NULL, 6, true},
	};
	struct machine *m = *state;

	put(m, "proj/.npmrc", "heading=h\n");
	put(m, "home/.npmrc", "heading=h\n");
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const char *const variables[] = {rows[i].variable, NULL};
		const struct nd_layer *layer;

		m->major = rows[i].major;
		load_in(m, rows[i].dir, variables);
		layer = &m->layers->layers[ND_LAYER_PROJECT];
		if ((layer->n_settings > 0) != rows[i].read ||
			(layer->ignored == NULL) != rows[i].read)
			fail_msg(
				"row %zu: %s", i, layer->ignored != NULL ? layer->ignored : "read");
		assert_null(m->layers->fatal);
	}
}

/* Only the path's text counts: through a link the one file is two layers. */
static void test_project_through_link(void **state)
{
	struct machine *m = *state;
	g_autofree char *link = at(m, "link");
	static const char *const variables[] = {"HOME=@/link", NULL};

	put(m, "home/.npmrc", "heading=h\n");
	assert_int_equal(symlink("home", link), 0);
	load_in(m, "home", variables);
	assert_int_equal(m->layers->layers[ND_LAYER_PROJECT].n_settings, 1);
	assert_int_equal(m->layers->layers[ND_LAYER_USER].n_settings, 1);
	assert_null(m->layers->fatal);
}

static void test_user_place(void **state)
{
	static const char *const env[] = {"npm_config_userconfig=@/u.env", NULL};
	static const char *const tilde[] = {"npm_config_userconfig=~/u", NULL};
	static const char *const other[] = {"npm_config_userconfig=~user/u", NULL};
	static const char *const relative[] = {"npm_config_userconfig=../u", NULL};
	static const char *const empty[] = {"HOME=", NULL};
	struct machine *m = *state;
	g_autofree char *given = at(m, "u.cli");

	load(m, NULL);
	expect_path(m, ND_LAYER_USER, "home/.npmrc");
	load_in(m, "proj", tilde);
	expect_path(m, ND_LAYER_USER, "home/u");
	load_in(m, "proj", other);
	expect_path(m, ND_LAYER_USER, "proj/~user/u");
	load_in(m, "proj", relative);
	expect_path(m, ND_LAYER_USER, "u");
	load_in(m, "proj", empty);
	expect_path(m, ND_LAYER_USER, "proj/~/.npmrc");
	put(m, "npm/npmrc", "userconfig=${HOME}/u.builtin\n");
	load(m, NULL);
	expect_path(m, ND_LAYER_USER, "home/u.builtin");
	put(m, "proj/.npmrc", "userconfig=${HOME}/u.project\n");
	load(m, NULL);
	expect_path(m, ND_LAYER_USER, "home/u.project");
	load_in(m, "proj", env);
	expect_path(m, ND_LAYER_USER, "u.env");
	m->userconfig = given;
	load_in(m, "proj", env);
	expect_path(m, ND_LAYER_USER, "u.cli");
	assert_int_equal(nd_layers_get(m->layers, "userconfig")->origin.layer, ND_LAYER_CLI);
	m->userconfig = NULL;
	put(m, "proj/.npmrc", "userconfig=null\n");
	load(m, NULL);
	assert_null(m->layers->layers[ND_LAYER_USER].file);
}

static void test_global_place(void **state)
{
	struct machine *m = *state;

	load(m, NULL);
	expect_path(m, ND_LAYER_GLOBAL, "usr/etc/npmrc");
	put(m, "usr/etc/npmrc", "prefix=${HOME}/from-global\n");
	load(m, NULL);
	expect_path(m, ND_LAYER_GLOBAL, "usr/etc/npmrc");
	put(m, "npm/npmrc", "prefix=${HOME}/from-builtin\n");
	load(m, NULL);
	expect_path(m, ND_LAYER_GLOBAL, "home/from-builtin/etc/npmrc");
	put(m, "home/.npmrc", "prefix=~/from-user\n");
	load(m, NULL);
	expect_path(m, ND_LAYER_GLOBAL, "home/from-user/etc/npmrc");
	put(m, "proj/.npmrc", "prefix=~/from-project\n");
	load(m, NULL);
	expect_path(m, ND_LAYER_GLOBAL, "home/from-project/etc/npmrc");
	load(m, "npm_config_prefix=@/from-env");
	expect_path(m, ND_LAYER_GLOBAL, "from-env/etc/npmrc");
	put(m, "home/.npmrc", "globalconfig=~/g\n");
	load(m, "npm_config_prefix=@/from-env");
	expect_path(m, ND_LAYER_GLOBAL, "home/g");
	put(m, "home/.npmrc", "globalconfig=null\n");
	load(m, NULL);
	assert_null(m->layers->layers[ND_LAYER_GLOBAL].file);
	assert_null(m->layers->fatal);
}

/* The first layer that npm loads is the one that loses (see has_setter in src/layer/query.c). */
static void test_globalconfig_twice(void **state)
{
	static const char *const variables[] = {"npm_config_globalconfig=@/env", NULL};
	struct machine *m = *state;

	put(m, "proj/.npmrc", "globalconfig=~/project\n");
	put(m, "home/.npmrc", "globalconfig=~/user\n");
	load_in(m, "proj", variables);
	expect_path(m, ND_LAYER_GLOBAL, "home/project");
	assert_int_equal(nd_layers_get(m->layers, "globalconfig")->origin.layer, ND_LAYER_PROJECT);
	m->major = 6;
	load_in(m, "proj", variables);
	expect_path(m, ND_LAYER_GLOBAL, "env");
	m->major = 11;
	put(m, "proj/.npmrc", "");
	put(m, "home/.npmrc", "");
	load_in(m, "proj", variables);
	expect_path(m, ND_LAYER_GLOBAL, "env");
}

static void test_unreadable(void **state)
{
	struct machine *m = *state;
	g_autofree char *fifo = at(m, "home/.npmrc"), *dir = at(m, "proj/.npmrc");
	const struct nd_layer *layers;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(g_mkdir(dir, 0755), 0);
	load(m, NULL);
	layers = m->layers->layers;
	assert_int_equal(layers[ND_LAYER_USER].file->state, ND_READ_SPECIAL);
	assert_int_equal(layers[ND_LAYER_PROJECT].file->state, ND_READ_DIRECTORY);
	assert_int_equal(layers[ND_LAYER_GLOBAL].file->state, ND_READ_MISSING);
	assert_int_equal(layers[ND_LAYER_BUILTIN].file->state, ND_READ_MISSING);
	assert_null(layers[ND_LAYER_USER].doc);
	assert_null(layers[ND_LAYER_CLI].file);
	assert_null(m->layers->fatal);
}

static void test_over_cap(void **state)
{
	struct machine *m = *state;
	g_autofree char *path = at(m, "home/.npmrc"), *cwd = at(m, "proj");
	g_autofree char *home = g_strdup_printf("HOME=%s/home", m->root);
	const char *const strings[] = {home, NULL};
	struct nd_env *env = nd_env_from(strings, cwd);
	struct nd_layers_options options = {.env = env, .npm = &m->npm, .npm_major = 11};
	g_autoptr(GError) err = NULL;

	put(m, "home/.npmrc", "");
	assert_int_equal(truncate(path, (off_t)ND_SOURCE_MAX_FILE + 1), 0);
	assert_null(nd_layers_load(&options, &err));
	assert_true(g_error_matches(err, ND_LAYERS_ERROR, ND_LAYERS_ERROR_READ));
	assert_non_null(strstr(err->message, path));
	assert_non_null(strstr(err->message, "64 MiB"));
	nd_env_free(env);
}

static void test_fatal(void **state)
{
	static const char primitive[] = "Cannot convert object to primitive value";
	static const char proto[] =
		"The \"paths[0]\" argument must be of type string. Received null";
	static const struct {
		int first, last;
		const char *user, *global, *variable, *fatal;
		unsigned line;
		enum nd_layer_id layer;
	} rows[] = {
		{6, 12, "'null'=x\n", "", NULL, "Cannot read properties of null (reading 'length')",
			1, ND_LAYER_USER},
		{8, 12, "a=1\n[proxy]\nx=1\n", "", NULL, primitive, 2, ND_LAYER_USER},
		{8, 12, "", "[ca]\n", NULL, primitive, 1, ND_LAYER_GLOBAL},
		{6, 12, "[strict-ssl]\nx=1\n[mine]\ny=1\n", "", NULL, NULL, 0, ND_LAYER_USER},
		{6, 6, "[proxy]\nx=1\n", "", NULL, NULL, 0, ND_LAYER_USER},
		{8, 8, "[cafile]\nx=1\n", "", NULL, NULL, 0, ND_LAYER_USER},
		{9, 12, "[cafile]\nx=1\n", "", NULL, primitive, 1, ND_LAYER_USER},
		{9, 12, "[omit]\n", "", NULL,
			"object is not iterable (cannot read property Symbol(Symbol.iterator))", 1,
			ND_LAYER_USER},
		{6, 12, "proxy='{\"x\":1}'\n", "", NULL, NULL, 0, ND_LAYER_USER},
		{9, 12, "user-agent=null\n", "", NULL,
			"Cannot read properties of null (reading 'replace')", 1, ND_LAYER_USER},
		{9, 12, "x=1\ncache=true\n", "", NULL,
			"The \"path\" argument must be of type string. Received type boolean "
			"(true)",
			2, ND_LAYER_USER},
		{9, 12, "omit='7'\n", "", NULL,
			"number 7 is not iterable (cannot read property Symbol(Symbol.iterator))",
			1, ND_LAYER_USER},
		{8, 8, "cache=true\nuser-agent=null\n", "", NULL, NULL, 0, ND_LAYER_USER},
		{8, 8, "registry=10.0.0.1:8080\n", "", NULL, "Invalid URL", 1, ND_LAYER_USER},
		{8, 12, "prefix=null\n", "", NULL, proto, 1, ND_LAYER_USER},
		{11, 12, "save-dev=true\nx=1\nsave-optional=true\n", "", NULL,
			"--save-optional cannot be provided when using --save-dev", 3,
			ND_LAYER_USER},
		{11, 12, "save-dev=false\n", "save-peer=true\n", NULL,
			"--save-peer cannot be provided when using --save-dev", 1, ND_LAYER_GLOBAL},
		{11, 12, "save-dev=true\n", "", "npm_config_save_prod=true",
			"--save-dev cannot be provided when using --save-prod", 1, ND_LAYER_USER},
		{6, 10, "save-dev=true\nsave-optional=true\n", "", NULL, NULL, 0, ND_LAYER_USER},
		{9, 10, "provenance=true\nprovenance-file=x\n", "", NULL,
			"--provenance-file can not be provided when using --provenance", 2,
			ND_LAYER_USER},
		{11, 12, "save-dev=true\n", "save-dev=false\n", NULL, NULL, 0, ND_LAYER_USER},
		{12, 12, "extension-file=x.js\n", "", NULL,
			"`extension-file` may only be set in project config or on the command "
			"line, not from user config",
			1, ND_LAYER_USER},
		{12, 12, "", "", "npm_config_extension_file=x.js",
			"`extension-file` may only be set in project config or on the command "
			"line, not from env config",
			0, ND_LAYER_ENV},
		{8, 11, "extension-file=x.js\n", "", NULL, NULL, 0, ND_LAYER_USER},
	};
	struct machine *m = *state;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		put(m, "home/.npmrc", rows[i].user);
		put(m, "usr/etc/npmrc", rows[i].global);
		for (m->major = rows[i].first; m->major <= rows[i].last; m->major++) {
			if (m->major == 7)
				continue;
			load(m, rows[i].variable);
			if (g_strcmp0(m->layers->fatal, rows[i].fatal) != 0)
				fail_msg("row %zu, npm %d: %s", i, m->major, m->layers->fatal);
			if (rows[i].fatal == NULL)
				continue;
			assert_int_equal(m->layers->fatal_origin.line, rows[i].line);
			assert_int_equal(m->layers->fatal_origin.layer, rows[i].layer);
		}
	}
}

static void test_extension_file_of_project(void **state)
{
	struct machine *m = *state;

	m->major = 12;
	put(m, "proj/.npmrc", "extension-file=x.js\n");
	put(m, "home/.npmrc", "extension-file=y.js\n");
	load(m, NULL);
	assert_null(m->layers->fatal);
}

/* The same path as two layers, even where there is no such file. */
static void test_double_loading(void **state)
{
	static const struct {
		const char *user, *global, *file, *as, *previously;
	} rows[] = {
		{"npm_config_userconfig=@/same", "npm_config_globalconfig=@/same", "same", "global",
			"user"},
		{"npm_config_userconfig=@/npm/npmrc", NULL, "npm/npmrc", "user", "builtin"},
		{NULL, "npm_config_globalconfig=@/proj/.npmrc", "proj/.npmrc", "global", "project"},
		{NULL, "npm_config_globalconfig=@/home/.npmrc", "home/.npmrc", "global", "user"},
	};
	struct machine *m = *state;

	put(m, "home/.npmrc", "heading=h\n");
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const char *const variables[] = {
			rows[i].global != NULL ? rows[i].global : rows[i].user,
			rows[i].global != NULL ? rows[i].user : NULL, NULL};
		g_autofree char *path = at(m, rows[i].file);
		g_autofree char *wanted = g_strdup_printf(
			"double-loading config \"%s\" as \"%s\", previously loaded as \"%s\"", path,
			rows[i].as, rows[i].previously);

		m->major = 11;
		load_in(m, "proj", variables);
		assert_string_equal(m->layers->fatal, wanted);
		assert_string_equal(m->layers->fatal_origin.file, path);
		m->major = 6;
		load_in(m, "proj", variables);
		assert_null(m->layers->fatal);
	}
	m->major = 11;
	load(m, "npm_config_globalconfig=@/home/.npmrc");
	assert_non_null(m->layers->layers[ND_LAYER_GLOBAL].ignored);
	assert_int_equal(m->layers->layers[ND_LAYER_GLOBAL].n_settings, 0);
	assert_int_equal(m->layers->layers[ND_LAYER_USER].n_settings, 1);
}

/* npm 6 and 8 put the checked value in place, or what a weaker layer has; 9 and later use it as it
 * is. */
static void test_used(void **state)
{
	static const struct {
		int major;
		const char *user, *key, *used;
		enum nd_layer_id layer;
		bool valid;
	} rows[] = {
		{8, "https-proxy=not a url\n", "https-proxy", "http://g.example:1/",
			ND_LAYER_GLOBAL, true},
		{6, "https-proxy=not a url\n", "https-proxy", "http://g.example:1/",
			ND_LAYER_GLOBAL, true},
		{9, "https-proxy=not a url\n", "https-proxy", "not a url", ND_LAYER_USER, false},
		{12, "https-proxy=not a url\n", "https-proxy", "not a url", ND_LAYER_USER, false},
		{8, "https-proxy=http://H.example:1\n", "https-proxy", "http://h.example:1/",
			ND_LAYER_USER, true},
		{11, "https-proxy=http://H.example:1\n", "https-proxy", "http://H.example:1",
			ND_LAYER_USER, true},
		{8, "strict-ssl=0\n", "strict-ssl", "false", ND_LAYER_USER, true},
		{11, "strict-ssl=0\n", "strict-ssl", "0", ND_LAYER_USER, true},
		{11, "scope=corp\nstrict-ssl=0\n", "strict-ssl", "false", ND_LAYER_USER, true},
		{11, "scope=corp\n", "scope", "@corp", ND_LAYER_USER, true},
		{11, "scope=@corp\nstrict-ssl=0\n", "strict-ssl", "0", ND_LAYER_USER, true},
		{8, "scope=null\n", "scope", "@null", ND_LAYER_USER, true},
		{11, "scope=null\nstrict-ssl=0\n", "strict-ssl", "0", ND_LAYER_USER, true},
		{8, "whatever='12'\n", "whatever", "12", ND_LAYER_USER, true},
	};
	struct machine *m = *state;

	put(m, "usr/etc/npmrc", "https-proxy=http://g.example:1/\n");
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		put(m, "home/.npmrc", rows[i].user);
		m->major = rows[i].major;
		load(m, NULL);
		assert_int_equal(
			expect(m, rows[i].key, rows[i].layer, rows[i].used)->valid, rows[i].valid);
	}
}

/* What the type check deleted is still in its layer for whoever asks the layer. */
static void test_deleted(void **state)
{
	struct machine *m = *state;
	const struct nd_setting *setting;
	g_autoptr(GPtrArray) effective = NULL;

	m->major = 8;
	put(m, "home/.npmrc", "proxy=not a url\n");
	load(m, NULL);
	assert_null(nd_layers_get(m->layers, "proxy"));
	setting = nd_layer_get(&m->layers->layers[ND_LAYER_USER], "proxy");
	assert_non_null(setting);
	assert_false(setting->valid);
	assert_true(nd_span_is(setting->value.string, "not a url"));
	effective = nd_layers_effective(m->layers);
	assert_int_equal(effective->len, 0);
}

static void test_effective(void **state)
{
	static const char *const keys[] = {
		"//b.example/:_authToken", "//b/:x", "@a:registry", "heading", "headings", "tag"};
	struct machine *m = *state;
	g_autoptr(GPtrArray) effective = NULL;

	put(m, "home/.npmrc", "tag=u\n@a:registry=x\n//b/:x=1\nheading=u\n");
	put(m, "proj/.npmrc", "headings=1\nheading=p\n//b.example/:_authToken=CANARY\n");
	load(m, NULL);
	effective = nd_layers_effective(m->layers);
	assert_int_equal(effective->len, G_N_ELEMENTS(keys));
	for (guint i = 0; i < effective->len; i++) {
		const struct nd_setting *setting = g_ptr_array_index(effective, i);

		assert_string_equal(setting->key.p, keys[i]);
		assert_ptr_equal(setting, nd_layers_get(m->layers, keys[i]));
	}
}

static struct nd_layers *load_alone(struct machine *m, const char *name, GError **err)
{
	static const char *const strings[] = {
		"HOME=/h", "TOKEN=CANARY-2", "npm_config_heading=env", NULL};
	struct nd_layers_options options = {.npm = &m->npm, .npm_major = 12};

	unload(m);
	m->env = nd_env_from(strings, m->root);
	options.env = m->env;
	m->layers = nd_layers_load_file(&options, name, err);
	return m->layers;
}

static void test_file_alone(void **state)
{
	static const struct {
		const char *name, *reason;
	} bad[] = {{"absent", "No such file"}, {"home", "is a directory"},
		{"fifo", "is not a regular file"}};
	struct machine *m = *state;
	g_autofree char *fifo = at(m, "fifo");
	const struct nd_setting *setting;

	put(m, "some.npmrc", "//r.example/:_authToken=${TOKEN}\nextension-file=x.js\n");
	put(m, "proj/.npmrc", "tag=t\n");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_non_null(load_alone(m, "some.npmrc", NULL));
	setting = expect(m, "//r.example/:_authToken", ND_LAYER_FILE, "${TOKEN}");
	assert_int_equal(setting->n_variables, 1);
	assert_false(setting->unresolved);
	assert_int_equal(setting->origin.line, 1);
	expect_path(m, ND_LAYER_FILE, "some.npmrc");
	assert_null(nd_layers_get(m->layers, "tag"));
	assert_null(nd_layers_get(m->layers, "heading"));
	assert_null(m->layers->fatal);
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) err = NULL;

		assert_null(load_alone(m, bad[i].name, &err));
		assert_true(g_error_matches(err, ND_LAYERS_ERROR, ND_LAYERS_ERROR_READ));
		assert_non_null(strstr(err->message, bad[i].name));
		assert_non_null(strstr(err->message, bad[i].reason));
	}
}

static void test_clients(void **state)
{
	struct machine *m = *state;

	put_everywhere(m, "heading = ${NOPE-other}\n; %s\n");
	m->client = ND_CLIENT_PNPM;
	load(m, NULL);
	expect(m, "heading", ND_LAYER_PROJECT, "other");
	m->client = ND_CLIENT_BUN;
	load(m, NULL);
	assert_null(m->layers->layers[ND_LAYER_GLOBAL].file);
	assert_null(m->layers->layers[ND_LAYER_BUILTIN].file);
	assert_string_equal(nd_client_name(ND_CLIENT_BUN), "bun");
}

static void test_names(void **state)
{
	static const char *const names[] = {
		"cli", "env", "project", "user", "global", "builtin", "default", "file"};

	(void)state;
	for (int id = 0; id < ND_LAYER_COUNT; id++)
		assert_string_equal(nd_layer_name((enum nd_layer_id)id), names[id]);
}

/* Many keys must not cost the square of their number. */
static void test_many_keys(void **state)
{
	struct machine *m = *state;
	g_autoptr(GString) text = g_string_new(NULL);
	gint64 start;

	for (int i = 0; i < 100000; i++)
		g_string_append_printf(text, "key%d=%d\n", i % 50000, i);
	put(m, "home/.npmrc", text->str);
	start = g_get_monotonic_time();
	load(m, NULL);
	assert_true(g_get_monotonic_time() - start < 5 * G_USEC_PER_SEC);
	assert_int_equal(m->layers->layers[ND_LAYER_USER].n_settings, 50000);
	expect(m, "key7", ND_LAYER_USER, "50007");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_precedence),
		TEST(test_origins),
		TEST(test_env_keys),
		TEST(test_env_order),
		TEST(test_expansion),
		TEST(test_keys_meet),
		TEST(test_keys_meet_often),
		TEST(test_last_line),
		TEST(test_project_place),
		TEST(test_project_workspace),
		TEST(test_project_skipped),
		TEST(test_project_through_link),
		TEST(test_user_place),
		TEST(test_global_place),
		TEST(test_globalconfig_twice),
		TEST(test_unreadable),
		TEST(test_over_cap),
		TEST(test_fatal),
		TEST(test_extension_file_of_project),
		TEST(test_double_loading),
		TEST(test_used),
		TEST(test_deleted),
		TEST(test_effective),
		TEST(test_file_alone),
		TEST(test_clients),
		TEST(test_names),
		TEST(test_many_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
