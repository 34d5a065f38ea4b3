#include "view_world.h"
#include <string.h>

static void same_text(const char *name, const char *got, const char *want)
{
	if (g_strcmp0(got, want) != 0)
		fail_msg("%s: got %s, want %s", name, got ? got : "(none)", want ? want : "(none)");
}

struct strict_case {
	int major;
	const char *line, *env;
	bool strict;
};

static void test_strict_ssl(void **state)
{
	(void)state;
	static const struct strict_case cases[] = {
		{11, "", NULL, true},
		{11, "strict-ssl=false\n", NULL, false},
		{11, "strict-ssl=\"false\"\n", NULL, false},
		{11, "strict-ssl=0\n", NULL, true},
		{8, "strict-ssl=0\n", NULL, false},
		{6, "strict-ssl=0\n", NULL, false},
		{11, "strict-ssl=no\n", NULL, true},
		{8, "strict-ssl=no\n", NULL, true},
		{11, "strict-ssl=\n", NULL, true},
		{11, "strict-ssl=FALSE\n", NULL, true},
		{11, "strict-ssl=null\n", NULL, true},
		{11, "strict-ssl=null\n", "NODE_TLS_REJECT_UNAUTHORIZED=0", false},
		{10, "strict-ssl=undefined\n", "NODE_TLS_REJECT_UNAUTHORIZED=0", false},
		{9, "strict-ssl=null\n", "NODE_TLS_REJECT_UNAUTHORIZED=0", true},
		{8, "strict-ssl=null\n", NULL, false},
		{11, "", "NODE_TLS_REJECT_UNAUTHORIZED=0", true},
		{11, "", "npm_config_strict_ssl=false", false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct given given = {
			cases[i].major, cases[i].line, NULL, NULL, {cases[i].env}, NULL};
		struct world w = world_new(&given);

		if (nd_view_trust(w.view)->strict_ssl != cases[i].strict)
			fail_msg("npm %d: %s", cases[i].major, cases[i].line);
		world_free(&w);
	}
}

struct roots_case {
	const char *name;
	int major;
	const char *user, *project;
	const char *env[3];
	const char *node;
	enum nd_roots roots;
	const char *pem; /* part of it */
};

static const struct roots_case roots_cases[] = {
	{ "default", 11, "", NULL, { 0 }, NULL, ND_ROOTS_NODE, NULL },
	{ "ca", 11, "ca=\"AAA\\nBBB\"\n", NULL, { 0 }, NULL, ND_ROOTS_CA, "AAA\nBBB" },
	{ "ca list", 11, "ca[]=AAA\nca[]=BBB\n", NULL, { 0 }, NULL, ND_ROOTS_CA, "AAA\nBBB" },
	{ "ca null", 11, "ca=null\n", NULL, { 0 }, NULL, ND_ROOTS_NODE, NULL },
	{ "ca false", 11, "ca=false\n", NULL, { 0 }, NULL, ND_ROOTS_NODE, NULL },
	{ "ca empty", 11, "ca=\n", NULL, { 0 }, NULL, ND_ROOTS_CA, "\n" },
	{ "cafile", 11, "cafile={DIR}/proj/ca.pem\n", NULL, { 0 }, NULL, ND_ROOTS_CAFILE, "PEM" },
	{ "cafile relative", 11, "cafile=ca.pem\n", NULL, { 0 }, NULL, ND_ROOTS_CAFILE, "PEM" },
	{ "cafile missing", 11, "cafile={DIR}/none.pem\n", NULL, { 0 }, NULL, ND_ROOTS_NODE, NULL },
	{ "cafile empty keeps ca", 11, "ca=AAA\n", "cafile={DIR}/proj/empty.pem\n", { 0 }, NULL, ND_ROOTS_CA, "AAA" },
	{ "cafile missing keeps ca", 11, "ca=AAA\n", "cafile={DIR}/none.pem\n", { 0 }, NULL, ND_ROOTS_CA, "AAA" },
	{ "project's null cancels", 11, "cafile=ca.pem\n", "ca=null\n", { 0 }, NULL, ND_ROOTS_NODE, NULL },
	{ "false keeps a weaker cafile", 11, "cafile=ca.pem\n", "cafile=false\n", { 0 }, NULL, ND_ROOTS_CAFILE, "PEM" },
	{ "null keeps a weaker cafile", 11, "cafile=ca.pem\n", "cafile=null\n", { 0 }, NULL, ND_ROOTS_CAFILE, "PEM" },
	{ "missing keeps a weaker cafile", 11, "cafile=ca.pem\n", "cafile={DIR}/none.pem\n", { 0 }, NULL,
		ND_ROOTS_CAFILE, "PEM" },
	{ "later wins: ca", 11, "cafile=ca.pem\nca=AAA\n", NULL, { 0 }, NULL, ND_ROOTS_CA, "AAA" },
	{ "later wins: cafile", 11, "ca=AAA\ncafile=ca.pem\n", NULL, { 0 }, NULL, ND_ROOTS_CAFILE, "PEM" },
	{ "project's ca over user's cafile", 11, "cafile=ca.pem\n", "ca=AAA\n", { 0 }, NULL, ND_ROOTS_CA, "AAA" },
	{ "6: cafile over ca", 6, "cafile=ca.pem\nca=AAA\n", NULL, { 0 }, NULL, ND_ROOTS_CAFILE, "PEM" },
	{ "openssl", 11, "", NULL, { "NODE_OPTIONS=--use-openssl-ca" }, "20.20.2", ND_ROOTS_OPENSSL, NULL },
	{ "system", 11, "", NULL, { "NODE_OPTIONS=--x --use-system-ca" }, "22.23.0", ND_ROOTS_SYSTEM, NULL },
	{ "system on 20", 11, "", NULL, { "NODE_OPTIONS=--use-system-ca" }, "20.20.2", ND_ROOTS_NODE, NULL },
	{ "system on 22.14", 11, "", NULL, { "NODE_OPTIONS=--use-system-ca" }, "22.14.0", ND_ROOTS_NODE, NULL },
	{ "system on 23.7", 11, "", NULL, { "NODE_OPTIONS=--use-system-ca" }, "23.7.0", ND_ROOTS_NODE, NULL },
	{ "system on 23.8", 11, "", NULL, { "NODE_OPTIONS=--use-system-ca" }, "23.8.0", ND_ROOTS_SYSTEM, NULL },
	{ "system variable", 11, "", NULL, { "NODE_USE_SYSTEM_CA=1" }, "24.21.0", ND_ROOTS_SYSTEM, NULL },
	{ "system variable true", 11, "", NULL, { "NODE_USE_SYSTEM_CA=true" }, "24.21.0", ND_ROOTS_NODE, NULL },
	{ "system variable beaten", 11, "", NULL, { "NODE_USE_SYSTEM_CA=1", "NODE_OPTIONS=--no-use-system-ca" },
		"24.21.0", ND_ROOTS_NODE, NULL },
	{ "cafile replaces system", 11, "cafile=ca.pem\n", NULL, { "NODE_OPTIONS=--use-system-ca" }, "24.21.0",
		ND_ROOTS_CAFILE, "PEM" },
};

static void check_roots(const struct roots_case *c, const struct nd_trust *trust)
{
	if (trust->roots != c->roots)
		fail_msg("%s: roots %s", c->name, nd_roots_name(trust->roots));
	if (c->pem && !memmem(trust->roots_pem.p, trust->roots_pem.n, c->pem, strlen(c->pem)))
		fail_msg("%s: other text", c->name);
	assert_int_equal(trust->roots_setting != NULL, c->pem != NULL);
	assert_int_equal(trust->roots_file != NULL, c->roots == ND_ROOTS_CAFILE);
	assert_non_null(trust->extra);
	assert_int_equal(trust->extra->state, ND_READ_OK);
	assert_int_equal(trust->extra_counts, c->pem == NULL);
	same_text(c->name, trust->ssl_cert_file,
		c->roots == ND_ROOTS_OPENSSL || c->roots == ND_ROOTS_SYSTEM ? "/s.pem" : NULL);
}

/* Files must be there before the view reads them, so the directory is made first and the world
 * after. */
static void test_roots(void **state)
{
	(void)state;
	g_autofree char *dir = g_dir_make_tmp("nd-ca-XXXXXX", NULL);
	g_autofree char *pem = g_build_filename(dir, "ca.pem", NULL);
	g_autofree char *extra = g_strdup_printf("NODE_EXTRA_CA_CERTS=%s", pem);

	assert_true(g_file_set_contents(pem, "PEM\n", -1, NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(roots_cases); i++) {
		const struct roots_case *c = &roots_cases[i];
		struct given given = {c->major, c->user, c->project, NULL,
			{"SSL_CERT_FILE=/s.pem", extra, c->env[0], c->env[1]}, c->node};
		struct world w = world_new(&given);

		put(&w, "proj/ca.pem", "PEM\n");
		put(&w, "proj/empty.pem", "");
		nd_view_free(w.view);
		w.view = nd_view_new(w.layers);
		check_roots(c, nd_view_trust(w.view));
		world_free(&w);
	}
	remove_tree(dir);
}

static void test_cafile_facts(void **state)
{
	(void)state;
	struct given given = {11, "cafile={DIR}/none.pem\n", NULL, NULL, {0}, NULL};
	struct world w = world_new(&given);
	const struct nd_trust *trust = nd_view_trust(w.view);

	assert_non_null(trust->cafile);
	assert_int_equal(trust->cafile->state, ND_READ_MISSING);
	assert_non_null(trust->cafile_setting);
	assert_null(trust->roots_setting);
	world_free(&w);
}

/* One file in both places is read once. */
static void test_cafile_that_node_adds_too(void **state)
{
	(void)state;
	struct given given = {11, "cafile={DIR}/none.pem\n", NULL, NULL, {"NODE_EXTRA_CA_CERTS={DIR}/none.pem"}, NULL};
	struct world w = world_new(&given);
	const struct nd_trust *trust = nd_view_trust(w.view);

	assert_non_null(trust->extra);
	assert_ptr_equal(trust->cafile, trust->extra);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strict_ssl),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_cafile_facts),
		cmocka_unit_test(test_cafile_that_node_adds_too),
	};

	return cmocka_run_group_tests_name("trust", tests, NULL, NULL);
}
