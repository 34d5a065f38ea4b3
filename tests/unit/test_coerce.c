#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <npmrc-doctor/keys.h>
#include <npmrc-doctor/path.h>
#include <npmrc-doctor/source.h>

/* One setting as ini hands it over (JSON text) and what npm makes of it. */
struct row {
	const char *key, *written;
	unsigned versions;
	const char *coerced; /* what 9 and later use on the network */
	bool valid;
	const char *checked; /* what 6 and 8 use; U: deleted, the default counts */
};

#define NPM(a, b) ((ND_NPM(b) << 1) - ND_NPM(a))
#define ALL NPM(6, 12)
#define U "undefined"

static const char *const environment[] = {
	"HOME=/home/ann", "SET=value", "NO=false", "TOKEN=CANARY-token", "BLANK=", NULL};

static void show(const struct nd_value *v, struct nd_arena *arena, GString *out)
{
	if (v->type == ND_TYPE_STRING) {
		g_string_append_printf(
			out, "'%.*s'", (int)v->string.n, v->string.p ? v->string.p : "");
	} else if (v->type == ND_TYPE_ARRAY) {
		g_string_append_c(out, '[');
		for (size_t i = 0; i < v->n_items; i++)
			show(&v->items[i], arena, out);
		g_string_append_c(out, ']');
	} else {
		struct nd_span text = nd_value_text(v, arena);
		g_string_append_len(out, text.p, (gssize)text.n);
	}
}

static void assert_shows(const struct row *row, const char *what, int major,
	const struct nd_value *v, const char *expected, struct nd_arena *arena)
{
	g_autoptr(GString) text = g_string_new(NULL);
	show(v, arena, text);
	if (strcmp(text->str, expected) != 0)
		fail_msg("npm %d, %s=%s: %s is %s, not %s", major, row->key, row->written, what,
			text->str, expected);
}

static void check_row(const struct row *row, int major, const struct nd_env *env)
{
	struct nd_arena *arena = nd_arena_new();
	const struct nd_coerce how = {major, env, "/work/project", "/home/ann"};
	const struct nd_key *key = nd_key_find(nd_span_of(row->key), major);
	struct nd_value written, checked;
	assert_true(nd_value_parse_json(nd_span_of(row->written), arena, &written));
	struct nd_value coerced = nd_key_coerce(&how, key, &written, arena);
	assert_shows(row, "coerced", major, &coerced, row->coerced, arena);
	bool valid = nd_key_validate(&how, key, &coerced, arena, &checked);
	if (valid != row->valid)
		fail_msg("npm %d, %s=%s: is %svalid", major, row->key, row->written,
			valid ? "" : "in");
	assert_shows(row, "checked", major, &checked, row->checked, arena);
	nd_arena_free(arena);
}

static void check_rows(const struct row *rows, size_t n)
{
	struct nd_env *env = nd_env_from(environment, "/work/project");
	for (size_t i = 0; i < n; i++)
		for (int major = ND_NPM_OLDEST; major <= ND_NPM_NEWEST; major++)
			if (rows[i].versions & ND_NPM(major))
				check_row(&rows[i], major, env);
	nd_env_free(env);
}

static void test_strict_ssl(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"strict-ssl", "false", ALL, "false", true, "false"},
		{"strict-ssl", "\"false\"", ALL, "false", true, "false"},
		{"strict-ssl", "\"0\"", ALL, "'0'", true, "false"},
		{"strict-ssl", "null", ALL, "null", true, "false"},
		{"strict-ssl", "\"undefined\"", ALL, U, true, "false"},
		{"strict-ssl", "\"no\"", ALL, "'no'", true, "true"},
		{"strict-ssl", "\"off\"", ALL, "'off'", true, "true"},
		{"strict-ssl", "\"FALSE\"", ALL, "'FALSE'", true, "true"},
		{"strict-ssl", "\"yes\"", ALL, "'yes'", true, "true"},
		{"strict-ssl", "\"\"", ALL, "true", true, "true"},
		{"strict-ssl", "\"${NO}\"", ALL, "'false'", true, "false"},
	};
	check_rows(rows, G_N_ELEMENTS(rows));
}

static void test_proxy(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"proxy", "false", ALL, "false", true, "false"},
		{"proxy", "null", ALL, "null", true, "null"},
		{"proxy", "\"\"", ALL, "''", false, U},
		{"https-proxy", "false", ALL, "false", true, "null"},
		{"proxy", "true", ALL, "true", false, U},
		{"https-proxy", "\"not a url\"", ALL, "'not a url'", false, U},
		{"proxy", "\"proxy.example:8080\"", ALL, "'proxy.example:8080'", true,
			"'proxy.example:8080'"},
		{"proxy", "\"10.0.0.1:8080\"", NPM(6, 11), "'10.0.0.1:8080'", true,
			"'10.0.0.1:8080'"},
		{"proxy", "\"10.0.0.1:8080\"", NPM(12, 12), "'10.0.0.1:8080'", false, U},
		{"proxy", "\"http://h:99999\"", NPM(12, 12), "'http://h:99999'", false, U},
		{"proxy", "\"http://u:p%zz@h\"", NPM(6, 11), "'http://u:p%zz@h'", false, U},
		{"proxy", "\"http://u:p%zz@h\"", NPM(12, 12), "'http://u:p%zz@h'", true,
			"'http://u:p%zz@h/'"},
		{"proxy", "\" HTTP://Proxy.Example:8080 \"", ALL, "'HTTP://Proxy.Example:8080'",
			true, "'http://proxy.example:8080/'"},
		{"noproxy", "\"a.example, b.example\"", NPM(7, 12), "['a.example, b.example']",
			true, "['a.example, b.example']"},
		{"noproxy", "\"a.example\"", NPM(6, 6), "'a.example'", true, "'a.example'"},
	};
	check_rows(rows, G_N_ELEMENTS(rows));
}

static void test_registry(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"registry", "\"notaurl\"", ALL, "'notaurl'", false, U},
		{"registry", "\"//host\"", ALL, "'//host'", false, U},
		{"registry", "\"\"", ALL, "''", false, U},
		{"registry", "null", NPM(7, 12), "null", false, U},
		{"registry", "null", NPM(6, 6), "null", true, "null"},
		{"registry", "\"https://registry.example/npm\"", ALL,
			"'https://registry.example/npm'", true, "'https://registry.example/npm'"},
		{"@corp:registry", "\"notaurl\"", ALL, "'notaurl'", true, "'notaurl'"},
	};
	check_rows(rows, G_N_ELEMENTS(rows));
}

static void test_numbers_and_words(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"fetch-retries", "\"abc\"", ALL, "'abc'", false, U},
		{"fetch-retries", "\" 5 \"", ALL, "5", true, "5"},
		{"fetch-retries", "\"0x10\"", ALL, "16", true, "16"},
		{"fetch-retries", "\"\"", ALL, "0", true, "0"},
		{"fetch-retries", "null", ALL, "null", true, "0"},
		{"fetch-timeout", "\"abc\"", NPM(7, 12), "'abc'", false, U},
		{"maxsockets", "\"abc\"", ALL, "'abc'", false, U},
		{"loglevel", "\"nope\"", ALL, "'nope'", false, U},
		{"loglevel", "\"timing\"", NPM(6, 8), "'timing'", true, "'timing'"},
		{"loglevel", "\"timing\"", NPM(9, 12), "'timing'", false, U},
		{"lockfile-version", "\"3\"", NPM(7, 12), "'3'", true, "'3'"},
		{"lockfile-version", "3", NPM(7, 12), "3", true, "3"},
		{"lockfile-version", "4", NPM(7, 12), "4", false, U},
		{"local-address", "\"192.0.2.9\"", ALL, "'192.0.2.9'", false, U},
		{"local-address", "\"127.0.0.1\"", ALL, "'127.0.0.1'", true, "'127.0.0.1'"},
		{"omit", "\"dev\\n\\nnope\"", NPM(7, 12), "['dev''nope']", false, "['dev']"},
		{"umask", "\"022\"", ALL, "18", true, "18"},
		{"umask", "\"999\"", NPM(7, 12), "999", false, U},
		{"umask", "\"999\"", NPM(6, 6), "18", true, "18"},
		{"init-version", "\"v1.2.3+build\"", ALL, "'v1.2.3+build'", true, "'1.2.3'"},
		{"init-version", "\"1.2\"", ALL, "'1.2'", false, U},
		{"before", "\"2024-01-31\"", ALL, "'2024-01-31'", true, "'2024-01-31'"},
		{"before", "\"yesterday\"", ALL, "'yesterday'", false, U},
		{"ca", "\"one\\n\\ntwo\"", NPM(7, 12), "['one''two']", true, "['one''two']"},
		{"color", "\"always\"", ALL, "'always'", true, "'always'"},
	};
	check_rows(rows, G_N_ELEMENTS(rows));
}

static void test_texts_and_paths(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"cafile", "\"~/ca.pem\"", ALL, "'/home/ann/ca.pem'", true, "'/home/ann/ca.pem'"},
		{"cafile", "\"certs/../ca.pem\"", ALL, "'/work/project/ca.pem'", true,
			"'/work/project/ca.pem'"},
		{"cafile", "\"\"", ALL, "'/work/project'", true, "'/work/project'"},
		{"cafile", "\"${SET}/ca.pem\"", ALL, "'/work/project/value/ca.pem'", true,
			"'/work/project/value/ca.pem'"},
		{"cafile", "null", NPM(6, 6), "null", true, U},
		{"cafile", "null", NPM(7, 12), "null", false, U},
		{"cafile", "true", ALL, "true", false, U},
		{"script-shell", "\"true\"", NPM(6, 6), "true", true, "'true'"},
		{"script-shell", "\"true\"", NPM(7, 12), "'true'", true, "'true'"},
		{"tag", "true", ALL, "true", true, "'true'"},
		{"//registry.example/:_authToken", "\" ${TOKEN} \"", ALL, "'CANARY-token'", true,
			"'CANARY-token'"},
		{"//registry.example/:_authToken", "\"null\"", ALL, "null", true, "null"},
		{"tag", "\"\\\"quoted\\\"\"", NPM(6, 6), "'quoted'", true, "'quoted'"},
		{"tag", "\"\\\"quoted\\\"\"", NPM(7, 12), "'\"quoted\"'", true, "'\"quoted\"'"},
		{"tag", "\"\\u00a0x\\ufeff\"", ALL, "'x'", true, "'x'"},
	};
	check_rows(rows, G_N_ELEMENTS(rows));
}

static void test_without_environment(void **state)
{
	(void)state;
	static const struct row row = {
		"tag", "\"${SET}\"", NPM(12, 12), "'${SET}'", true, "'${SET}'"};
	check_row(&row, 12, NULL);
}

static void test_path_resolve(void **state)
{
	(void)state;
	static const char *const rows[][3] = {
		{"/a/b", "c", "/a/b/c"},
		{"/a/b", "", "/a/b"},
		{"/a/b", "/c/", "/c"},
		{"/a/b", "..", "/a"},
		{"/a/b", "../../../x", "/x"},
		{"/", ".", "/"},
		{"/a//b/", "./c//d/.", "/a/b/c/d"},
		{"/a", "...", "/a/..."},
		{NULL, "x", "/x"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = nd_path_resolve(rows[i][0], rows[i][1]);
		assert_string_equal(path, rows[i][2]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strict_ssl),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_registry),
		cmocka_unit_test(test_numbers_and_words),
		cmocka_unit_test(test_texts_and_paths),
		cmocka_unit_test(test_without_environment),
		cmocka_unit_test(test_path_resolve),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
