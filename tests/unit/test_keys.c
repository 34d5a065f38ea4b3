#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <npmrc-doctor/keys.h>

static const struct nd_key *find(const char *name, int major)
{
	return nd_key_find(nd_span_of(name), major);
}

static void test_table_is_sound(void **state)
{
	(void)state;
	size_t n;
	const struct nd_key *all = nd_key_all(&n);
	struct nd_arena *arena = nd_arena_new();
	for (size_t i = 0; i < n; i++) {
		const struct nd_key *key = &all[i];
		struct nd_value value;
		assert_true(key->versions != 0 && (key->deprecated & ~key->versions) == 0);
		assert_true((key->deprecated != 0) == (key->instead != NULL));
		assert_true(!(key->types & ND_KEY_ENUM) == !key->words);
		if (key->fallback)
			assert_true(nd_value_parse_json(nd_span_of(key->fallback), arena, &value));
		for (size_t j = i + 1; j < n && strcmp(all[j].name, key->name) == 0; j++)
			assert_int_equal(all[j].versions & key->versions, 0);
		if (i > 0)
			assert_true(strcmp(all[i - 1].name, key->name) <= 0);
	}
	nd_arena_free(arena);
}

static void test_versions(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		unsigned versions;
	} rows[] = {
		{"registry", 0x7f},
		{"always-auth", ND_NPM(6)},
		{"fetch-timeout", 0x7e},
		{"shrinkwrap", 0x3f},
		{"strict-npmrc", ND_NPM(12)},
		{"http-proxy", 0},
		{"_auth", 0x7e},
		{"_authToken", 0},
		{"Registry", 0},
		{"", 0},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		for (int major = ND_NPM_OLDEST; major <= ND_NPM_NEWEST; major++)
			assert_int_equal(find(rows[i].name, major) != NULL,
				(rows[i].versions & ND_NPM(major)) != 0);
	assert_ptr_equal(find("loglevel", 13), find("loglevel", 12));
	assert_ptr_not_equal(find("loglevel", 8), find("loglevel", 9));
	assert_false(find("key", 8)->deprecated & ND_NPM(8));
	assert_true(find("key", 9)->deprecated & ND_NPM(9));
	assert_non_null(strstr(find("key", 12)->instead, "keyfile"));
}

static void test_defaults(void **state)
{
	(void)state;
	struct nd_arena *arena = nd_arena_new();
	struct nd_value value;
	assert_true(nd_key_default("registry", 6, arena, &value));
	/* the address itself stands in the table only; the differential test compares it with npm's */
	assert_true(value.type == ND_TYPE_STRING && value.string.p[value.string.n - 1] == '/');
	assert_memory_equal(value.string.p, "https://registry.", 17);
	assert_true(nd_key_default("strict-ssl", 12, arena, &value));
	assert_true(value.type == ND_TYPE_BOOLEAN && value.boolean);
	assert_true(nd_key_default("maxsockets", 6, arena, &value));
	assert_true(value.number == 50);
	assert_true(nd_key_default("maxsockets", 9, arena, &value));
	assert_true(value.number == 15);
	assert_true(nd_key_default("proxy", 11, arena, &value));
	assert_int_equal(value.type, ND_TYPE_NULL);
	assert_true(nd_key_default("allow-remote", 12, arena, &value));
	assert_true(nd_span_is(value.string, "none"));
	assert_false(nd_key_default("cache", 11, arena, &value));
	assert_false(nd_key_default("no-such-key", 11, arena, &value));
	assert_false(nd_key_default("fetch-timeout", 6, arena, &value));
	nd_arena_free(arena);
}

static void test_known(void **state)
{
	(void)state;
	static const struct {
		const char *key;
		bool eleven, twelve;
	} rows[] = {
		{"registry", true, true},
		{"@corp:registry", true, true},
		{"//registry.example/:_authToken", true, true},
		{"//registry.example/:_authtoken", false, false},
		{"//registry.example/:tokenHelper", false, false},
		{"//registry.example/:keyfile", true, true},
		{"//registry.example:8080/:username", true, true},
		{"//registry.example/:always-auth", false, false},
		{"_authToken", false, false},
		{"email", false, false},
		{"shrinkwrap", true, false},
		{"http-proxy", false, false},
		{"store-dir", false, false},
		{"npm-version", true, true},
		{"//${HOST}/:_authToken", true, true},
		{"constructor", true, true},
		{"a:toString", true, true},
		{"registry:", false, false},
		{"", false, false},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct nd_span key = nd_span_of(rows[i].key);
		assert_true(nd_key_is_known(key, 6) && nd_key_is_known(key, 10));
		if (nd_key_is_known(key, 11) != rows[i].eleven ||
			nd_key_is_known(key, 12) != rows[i].twelve)
			fail_msg("'%s' is judged wrongly", rows[i].key);
	}
}

static void test_suggestions(void **state)
{
	(void)state;
	static const struct {
		const char *key, *meant;
		bool certain;
	} rows[] = {
		{"http_proxy", "proxy", true},
		{"http-proxy", "proxy", true},
		{"HTTP_PROXY", "proxy", true},
		{"https_proxy", "https-proxy", true},
		{"httpsproxy", "https-proxy", true},
		{"htpps-proxy", "https-proxy", true},
		{"no-proxy", "noproxy", true},
		{"no_proxy", "noproxy", true},
		{"strictssl", "strict-ssl", true},
		{"strict_ssl", "strict-ssl", true},
		{"strictSSL", "strict-ssl", true},
		{"registery", "registry", true},
		{"regsitry", "registry", true},
		{"Registry", "registry", true},
		{"cafie", "cafile", true},
		{"ca-file", "cafile", true},
		{"npm_config_registry", "registry", true},
		{"--registry", "registry", true},
		{"fetch_retries", "fetch-retries", true},
		{"max-sockets", "maxsockets", true},
		{"regsitri", "registry", false},
		{"registry", NULL, false},
		{"always-auth", NULL, false},
		{"shrinkwrap", NULL, false},
		{"python", NULL, false},
		{"node_gyp", NULL, false},
		{"electron_mirror", NULL, false},
		{"ELECTRON_MIRROR", NULL, false},
		{"sass_binary_site", NULL, false},
		{"puppeteer_skip_download", NULL, false},
		{"store-dir", NULL, false},
		{"shamefully-hoist", NULL, false},
		{"public-hoist-pattern", NULL, false},
		{"network-timeout", NULL, false},
		{"strict-peer-dependencies", NULL, false},
		{"link-workspace-packages", NULL, false},
		{"_authToken", NULL, false},
		{"_authtoken", NULL, false},
		{"@corp:registery", NULL, false},
		{"//registry.example/:_authTokn", NULL, false},
		{"x", NULL, false},
		{"", NULL, false},
		{"entirely-something-else", NULL, false},
		{"---", NULL, false},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		bool certain = true;
		const struct nd_key *key = nd_key_suggest(nd_span_of(rows[i].key), 12, &certain);
		if (g_strcmp0(key ? key->name : NULL, rows[i].meant) != 0 ||
			certain != rows[i].certain)
			fail_msg("'%s' gives %s (certain: %d)", rows[i].key,
				key ? key->name : "nothing", certain);
	}
}

static void test_descriptions(void **state)
{
	(void)state;
	static const struct {
		const char *key, *text;
	} rows[] = {
		{"proxy", "full url with \"http://\""},
		{"fetch-retries", "numeric value"},
		{"strict-ssl", "boolean value (true or false)"},
		{"cafile", "valid filesystem path"},
		{"auth-type", "one of: legacy, web"},
		{"umask", "octal number in range 0o000..0o777 (0..511)"},
		{"before", "one of: null, valid Date string"},
		{"init-version", "full valid SemVer string"},
		{"omit", "one or more of: dev, optional, peer"},
		{"lockfile-version", "one of: null, 1, 2, 3"},
		{"color", "one of: always, boolean value (true or false)"},
	};
	struct nd_arena *arena = nd_arena_new();
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		assert_string_equal(nd_key_describe(find(rows[i].key, 12), arena), rows[i].text);
	nd_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_is_sound),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_suggestions),
		cmocka_unit_test(test_descriptions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
