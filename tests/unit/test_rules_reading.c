#include "view_world.h"

#include <npmrc-doctor/engine.h>
#include <string.h>

/* One cause is one finding: which rules speak about a file, and which leave it to the one that knows
 * better. Places and severities are proven by the fixtures. */

static GString *judge(const struct given *given)
{
	struct world w = world_new(given);
	struct nd_facts *facts = nd_facts_new(w.view, 1700000000);
	struct nd_report *report = nd_report_new();
	struct nd_engine_options options = { .no_probe = true, .no_probe_reason = "test" };
	GString *out = g_string_new(NULL);

	nd_engine_run(facts, &options, report);
	for (guint i = 0; i < report->findings->len; i++) {
		const struct nd_finding *finding = report->findings->pdata[i];

		if (finding->rule == ND_RULE_CREDENTIALS_LOOSE_PERMISSIONS)
			continue; /* the harness writes files with the umask's mode */
		g_string_append_printf(out, "%s%s:%u", out->len ? " " : "",
			nd_rule_row(finding->rule)->slug, finding->where.line);
	}
	nd_report_free(report);
	nd_facts_free(facts);
	world_free(&w);
	return out;
}

#define OK "registry=https://registry.example/\n"

static const struct {
	const char *name;
	struct given given;
	const char *findings;
} rows[] = {
	{ "nothing", { .major = 11, .user = OK }, "" },
	{ "CRLF, comments, a missing slash",
		{ .major = 11,
			.user = "; c\r\nregistry=https://registry.example/npm\r\n\r\n# d\r\nsave-exact=true\r\n" },
		"" },
	{ "a cut URL is not invalid too", { .major = 11, .user = "registry=#https://registry.example/\n" },
		"value-cut-by-comment:1" },
	{ "a cut proxy is not invalid too", { .major = 11, .user = OK "proxy=http://nick#x@proxy.example:1\n" },
		"value-cut-by-comment:2" },
	{ "an open quote is not invalid too", { .major = 11, .user = "registry=\"https://registry.example/\n" },
		"unclosed-quote:1" },
	{ "an unset variable is not invalid too", { .major = 11, .user = "registry=${NOPE}\n" },
		"unresolved-variable:1" },
	{ "an unset variable in a cafile", { .major = 11, .user = OK "cafile=${NOPE}/x.pem\n" },
		"unresolved-variable:2" },
	{ "two unset variables are two causes",
		{ .major = 11, .user = OK "//registry.example/:_authToken=${A}${B}${A}\n" },
		"unresolved-variable:2 unresolved-variable:2" },
	{ "in the key and in the value", { .major = 11, .user = OK "//${HOST}/:_authToken=${A}\n" },
		"unresolved-variable:2 unresolved-variable:2" },
	{ "npm 6 throws for it", { .major = 6, .user = OK "heading=${NOPE}\n" }, "unresolved-variable:2" },
	{ "the wrong spelling of a variable is not unset too",
		{ .major = 11, .user = "registry=https://${HOST_CANARY:-registry.example}/\n" },
		"wrong-variable-syntax:1" },
	{ "a colon is no missing value and no unknown key",
		{ .major = 11, .user = "registry: https://registry.example/\n" }, "colon-for-equals:1" },
	{ "a blank in front of the colon", { .major = 11, .user = "registry : https://registry.example/\n" },
		"colon-for-equals:1" },
	{ "colons all the way", { .major = 11, .user = OK "//registry.example:8080/:_authToken:x\n" },
		"colon-for-equals:2" },
	{ "a colon behind a credential of no registry", { .major = 11, .user = OK "_authToken: x\n" },
		"colon-for-equals:2" },
	{ "a nerf dart alone", { .major = 11, .user = OK "//registry.example:8080/\n" }, "unknown-key:2" },
	{ "a credential without its underscore", { .major = 10, .user = OK "//registry.example/:authToken=x\n" },
		"credentials-key-malformed:2" },
	{ "npm 6 knows password", { .major = 6, .user = OK "//registry.example/:password=x\n" }, "" },
	{ "a path that ends like a credential",
		{ .major = 11,
			.user = "registry=https://registry.example/_auth/\n//registry.example/_auth/"
				":email=a@corp.example\n" },
		"" },
	{ "a bare cafile kills npm, and that is all", { .major = 11, .user = OK "cafile\n" }, "invalid-value:2" },
	{ "a proxy that is no URL, and not used",
		{ .major = 11, .user = OK "proxy=true\nhttps-proxy=http://proxy.example:8080\n" }, "invalid-value:2" },
	{ "a proxy that npm's check rejects, and that works",
		{ .major = 11, .user = OK "proxy=http:proxy.example:8080\n" }, "invalid-value:2" },
	{ "a false that is not read as one",
		{ .major = 11, .user = OK "ignore-scripts=${OFF}\n", .env = { "OFF=false" } }, "invalid-value:2" },
	{ "npm 8 reads it as one", { .major = 8, .user = OK "ignore-scripts=${OFF}\n", .env = { "OFF=false" } }, "" },
	{ "a true is one in any spelling", { .major = 11, .user = OK "ignore-scripts=${ON}\n", .env = { "ON=true" } },
		"" },
	{ "quotes that stay are the one cause", { .major = 11, .user = "registry=\"https://registry.example\\x/\"\n" },
		"invalid-value:1" },
	{ "a cafile in quotes that stay", { .major = 11, .user = OK "cafile=\"C:\\ca.pem\"\n" }, "invalid-value:2" },
	{ "a registry that npm's check rejects, and that works",
		{ .major = 11, .user = "registry=https:registry.example/\n" }, "invalid-value:1" },
	{ "a page's address is no cut value",
		{ .major = 11, .user = "registry=https://registry.example/#browse/browse\n" }, "registry-known-bad:1" },
	{ "a page's address in a comment behind the registry's",
		{ .major = 11,
			.user = "registry=https://registry.example/repository/npm/ # see "
				"https://registry.example/#browse\n" },
		"value-cut-by-comment:1" },
	{ "a star and a bar",
		{ .major = 11, .user = OK "proxy=http://proxy.example:8080\nnoproxy=*.corp.example|foo\n" },
		"noproxy-no-effect:3" },
	{ "a scope without its @", { .major = 10, .user = OK "corp:registry=https://npm.corp.example/\n" },
		"unknown-key:2" },
	{ "a ca that is null", { .major = 11, .user = OK "ca=null\n" }, "" },
	{ "an empty ca", { .major = 11, .user = OK "ca=\n" }, "cafile-invalid:2" },
	{ "proxy=null beside a proxy of the environment",
		{ .major = 11,
			.user = OK "proxy=null\nhttps-proxy=null\n",
			.env = { "HTTPS_PROXY=http://proxy.example:8080" } },
		"proxy-conflict:3" },
	{ "an empty proxy, of which npm warns",
		{ .major = 11, .user = OK "proxy=\n", .env = { "HTTPS_PROXY=http://proxy.example:8080" } },
		"invalid-value:2" },
	{ "proxy=null alone", { .major = 11, .user = OK "proxy=null\n" }, "" },
	{ "proxy=null beside https-proxy",
		{ .major = 11, .user = OK "proxy=null\nhttps-proxy=http://proxy.example:8080\n" }, "" },
	{ "an empty spelling comes last",
		{ .major = 11, .user = OK, .env = { "https_proxy=http://proxy.example:8080", "HTTPS_PROXY=" } },
		"proxy-conflict:0" },
	{ "npm 9 passes over it",
		{ .major = 9, .user = OK, .env = { "https_proxy=http://proxy.example:8080", "HTTPS_PROXY=" } }, "" },
	{ "an empty spelling comes first",
		{ .major = 11, .user = OK, .env = { "HTTPS_PROXY=", "https_proxy=http://proxy.example:8080" } }, "" },
	{ "proxy=null, and noproxy takes the registry off the proxy",
		{ .major = 11,
			.user = OK "proxy=null\n",
			.env = { "HTTPS_PROXY=http://proxy.example:8080", "NO_PROXY=.example" } },
		"noproxy-bypasses-registry:0" },
	{ "an empty spelling comes last, for a registry that goes without",
		{ .major = 11,
			.user = OK "noproxy=.example\n",
			.env = { "HTTPS_PROXY=http://proxy.example:8080", "https_proxy=" } },
		"" },
	{ "a variable that npm does not know is one cause",
		{ .major = 11, .user = OK, .env = { "npm_config_http_proxy=http://proxy.example:8080" } },
		"proxy-ignored:0" },
	{ "one password in three variables",
		{ .major = 11,
			.user = OK,
			.env = { "https_proxy=http://nick:CANARY@proxy.example:8080",
				"HTTPS_PROXY=http://nick:CANARY@proxy.example:8080",
				"http_proxy=http://nick:CANARY@proxy.example:8080" } },
		"env-proxy-password:0" },
	{ "a slip in the environment", { .major = 11, .user = OK, .env = { "npm_config_strictssl=true" } },
		"unknown-key:0" },
	{ "other tools' variables",
		{ .major = 12,
			.user = OK,
			.env = { "npm_config_sharp_binary_host=x", "npm_config_store_dir=y",
				"npm_config_npm_version=12.0.0" } },
		"" },
	{ "a deprecated key in the environment", { .major = 11, .user = OK, .env = { "npm_config_production=true" } },
		"deprecated-key:0" },
	{ "a list with bars",
		{ .major = 11, .user = OK "proxy=http://proxy.example:8080\nnoproxy=localhost|.corp.example\n" },
		"noproxy-no-effect:3" },
	{ "a password that is a number",
		{ .major = 11,
			.user = OK "//registry.example/:username=nick\n"
				   "//registry.example/:_password='12345'\n" },
		"credentials-encoding:3 plaintext-password:3" },
	{ "a password that is true, in the environment",
		{ .major = 11,
			.user = OK,
			.env = { "npm_config_//registry.example/:username=nick",
				"npm_config_//registry.example/:_password=true" } },
		"credentials-encoding:0" },
	{ "keys below a section are unknown to nobody", { .major = 11, .user = OK "[x]\nnonsense=1\nproxy=q\n" },
		"section-ignored:2" },
	{ "a bare unknown key", { .major = 11, .user = OK "nonsense-key\n" }, "unknown-key:2" },
	{ "a bare registry", { .major = 11, .user = "registry\n" }, "registry-url-invalid:1" },
	{ "a section that kills npm", { .major = 11, .user = OK "[proxy]\na=1\n" }, "invalid-value:2" },
	{ "an empty section", { .major = 11, .user = OK "[x]\n" }, "unknown-key:2" },
	{ "a directory as cafile", { .major = 11, .user = OK "cafile={DIR}\n" }, "invalid-value:2" },
	{ "a token in the wrong case is known", { .major = 11, .user = OK "_authtoken=${T}\n", .env = { "T=x" } },
		"unscoped-credentials:2" },
	{ "unscoped is fatal from 9 on only", { .major = 6, .user = OK "_authToken=${T}\n", .env = { "T=x" } },
		"unscoped-credentials:2" },
	{ "unknown keys are silent before 11", { .major = 10, .user = OK "nonsense-key=1\n" }, "" },
	{ "but a slip is one", { .major = 10, .user = OK "stric-ssl=true\n" }, "unknown-key:2" },
	{ "duplicates in a list are none", { .major = 11, .user = OK "omit[]=dev\nomit[]=peer\n" }, "" },
	{ "the cut line that does not count", { .major = 11, .user = "tag=a#b\ntag=c\n" }, "duplicate-key:1" },
	{ "another project's credentials",
		{ .major = 11,
			.user = "registry=https://registry.example/a/\n//registry.example/a/:_authToken=${T}\n"
				"//registry.example/b/:_authToken=${T}\n",
			.env = { "T=x" } },
		"" },
	{ "a dollar in a proxy's password",
		{ .major = 11, .user = OK "proxy=http://nick:${P}@proxy.example:8080\n", .env = { "P=$a!b@c:d" } },
		"" },
	{ "the proxy of an exempted host",
		{ .major = 11, .user = OK "proxy=http://proxy.example:8080\nnoproxy=registry.example\n" },
		"noproxy-bypasses-registry:3" },
};

static void test_findings(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GString *got = judge(&rows[i].given);

		if (strcmp(got->str, rows[i].findings) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", rows[i].name, got->str, rows[i].findings);
		g_string_free(got, TRUE);
	}
}

/* A token on a line of its own is a key to npm, and a secret all the same. */
static void test_key_is_hidden(void **state)
{
	(void)state;
	struct given given = { .major = 11,
		.user = OK "//nick:CANARYpw@registry.example/:_authToken=CANARYtok\n" };
	struct world w = world_new(&given);
	struct nd_facts *facts = nd_facts_new(w.view, 1700000000);
	const struct nd_layer *layer = &w.layers->layers[ND_LAYER_USER];
	g_autofree char *label = nd_facts_key(layer, nd_ini_entry(layer->ini, 1));

	assert_null(strstr(label, "CANARY"));
	assert_non_null(strstr(label, "_authToken"));
	nd_facts_free(facts);
	world_free(&w);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void test_lockfile(void **state)
{
	(void)state;
	static const char v3[] =
		"{\"packages\": {\"\": {\"dependencies\": {\"far\": \"https://far.example/f.tgz\"}},\n"
		"\"node_modules/a\": {\"resolved\": \"https://OLD.example:443/a/-/a.tgz\"},\n"
		"\"node_modules/a/node_modules/@s/b\": {\"resolved\": \"https://u:CANARY@old.example/b.tgz\"},\n"
		"\"node_modules/far\": {\"resolved\": \"https://far.example/f.tgz\"},\n"
		"\"node_modules/l\": {\"resolved\": \"https://link.example/\", \"link\": true},\n"
		"\"node_modules/g\": {\"resolved\": \"git+ssh://git@git.example/g.git\"}}}\n";
	g_autofree char *dir = g_dir_make_tmp("nd-lock-XXXXXX", NULL);
	struct nd_lockfile *lock;
	const struct nd_lock_host *host;

	assert_null(nd_lockfile_read(dir));
	write_file(dir, "package-lock.json", "no JSON");
	assert_null(nd_lockfile_read(dir));
	write_file(dir, "package-lock.json", v3);
	lock = nd_lockfile_read(dir);
	assert_non_null(lock);
	assert_int_equal(lock->hosts->len, 1);
	host = lock->hosts->pdata[0];
	assert_string_equal(host->host, "old.example");
	assert_string_equal(host->package, "a");
	assert_int_equal(host->count, 2);
	assert_int_equal(host->line, 2);
	nd_lockfile_free(lock);
	remove_tree(dir);
}

static void test_git(void **state)
{
	(void)state;
	g_autofree char *dir = g_dir_make_tmp("nd-git-XXXXXX", NULL);
	g_autofree char *file = g_build_filename(dir, ".npmrc", NULL);
	g_autofree char *init = g_strdup_printf("git init -q '%s'", dir);
	g_autofree char *add = g_strdup_printf("git -C '%s' add -f .npmrc", dir);
	int status;

	write_file(dir, ".npmrc", "a=b\n");
	assert_int_equal(nd_git_ask(file), ND_GIT_UNKNOWN);
	assert_true(g_spawn_command_line_sync(init, NULL, NULL, &status, NULL));
	assert_int_equal(status, 0);
	assert_int_equal(nd_git_ask(file), ND_GIT_UNTRACKED);
	write_file(dir, ".gitignore", ".npmrc\n");
	assert_int_equal(nd_git_ask(file), ND_GIT_IGNORED);
	assert_true(g_spawn_command_line_sync(add, NULL, NULL, &status, NULL));
	assert_int_equal(status, 0);
	assert_int_equal(nd_git_ask(file), ND_GIT_TRACKED);
	/* The caller's own repository is none of its business. */
	g_setenv("GIT_DIR", "/nonexistent", TRUE);
	assert_int_equal(nd_git_ask(file), ND_GIT_TRACKED);
	g_unsetenv("GIT_DIR");
	remove_tree(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_findings),
		cmocka_unit_test(test_key_is_hidden),
		cmocka_unit_test(test_lockfile),
		cmocka_unit_test(test_git),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
