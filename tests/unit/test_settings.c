#include <npmrc-doctor/settings.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What is found, as "line:text" with a blank behind each. */
static void expect(enum nd_settings_kind kind, struct nd_span bytes, const char *expected)
{
	g_autoptr(GPtrArray) found = nd_settings_proxies(kind, bytes);
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < found->len; i++) {
		const struct nd_proxy_line *line = found->pdata[i];

		g_string_append_printf(text, "%u:%s ", line->line, line->text);
	}
	assert_string_equal(text->str, expected);
}

struct row {
	enum nd_settings_kind kind;
	const char *text, *expected;
};

static const struct row rows[] = {
	{ ND_SETTINGS_GIT, "", "" },
	{ ND_SETTINGS_GIT, "[http]\n\tproxy = http://p.example:8080\n", "2:http://p.example:8080 " },
	/* Indented lines do not continue the one above. */
	{ ND_SETTINGS_GIT, "[user]\n\tname = Nick\n[HTTP]\n\tsslVerify = true\n\tProxy = \"http://p.example\" # why\n",
		"5:http://p.example " },
	{ ND_SETTINGS_GIT, "[http \"https://a.example/\"]\n proxy=socks5h://p.example:1080;x\n",
		"2:socks5h://p.example:1080 " },
	{ ND_SETTINGS_GIT, "[https]\nproxy = http://p.example\n[remote \"x\"]\nproxy = http://q.example\n", "" },
	{ ND_SETTINGS_GIT, "[http]\r\n\tproxy = http://p.example\r\n", "2:http://p.example " },
	{ ND_SETTINGS_GIT, "[http]\n;proxy = http://p.example\n#proxy = http://p.example\nproxy =\n", "" },
	{ ND_SETTINGS_GIT, "[http]\nproxy = http://a.example\nnonsense\nproxy = http://b.example",
		"2:http://a.example 4:http://b.example " },
	{ ND_SETTINGS_PIP, "[global]\nindex-url = https://a.example\nproxy = http://p.example:3128\n",
		"3:http://p.example:3128 " },
	{ ND_SETTINGS_PIP, "[global]\nproxy =\n    http://p.example:3128\n", "3:http://p.example:3128 " },
	{ ND_SETTINGS_PIP, "[install]\nproxy: p.example:3128\n", "2:p.example:3128 " },
	{ ND_SETTINGS_PIP, "proxy = http://p.example\n", "" },
	{ ND_SETTINGS_WGET,
		"# https_proxy = http://no.example\nhttps_proxy = http://p.example:1/\nhttp-proxy=q.example:2\n"
		"  HTTPSProxy = http://r.example\nftp_proxy = http://no.example\nuse_proxy = on\n",
		"2:http://p.example:1/ 3:q.example:2 4:http://r.example " },
	{ ND_SETTINGS_CURL,
		"# proxy = no.example\nproxy = \"http://p.example:1\"\n--proxy q.example:2\n-x r.example\n-xs.example\n"
		"proxy-user = nick\nproxy:t.example # why\nproxy\nnoproxy = x\n",
		"2:http://p.example:1 3:q.example:2 4:r.example 5:s.example 7:t.example " },
	{ ND_SETTINGS_APT, "Acquire::http::Proxy \"http://p.example:3142\";\n", "1:http://p.example:3142 " },
	{ ND_SETTINGS_APT,
		"// Acquire::http::Proxy \"http://no.example\";\n# Acquire::http::Proxy \"http://no.example\";\n"
		"/* Acquire::http::Proxy\n \"http://no.example\"; */ acquire::HTTPS::proxy \"DIRECT\";\n",
		"4:DIRECT " },
	{ ND_SETTINGS_APT,
		"APT { NeverAutoRemove { \"^x$\"; }; };\nAcquire {\n  http {\n    Proxy \"http://p.example\";\n  };\n"
		"  https::Proxy \"http://q.example\";\n  Retries \"3\";\n};\nProxy \"http://no.example\";\n",
		"4:http://p.example 6:http://q.example " },
	{ ND_SETTINGS_APT, "Acquire::http::Proxy \"http://p.example", "" },
	{ ND_SETTINGS_APT, "}}}};;;Acquire::http::Proxy \"http://p.example\"", "1:http://p.example " },
	{ ND_SETTINGS_ENVIRONMENT,
		"PATH=\"/bin\"\nHTTPS_PROXY=\"http://p.example:1\"\nexport http_proxy='q.example' # why\n"
		"#ALL_PROXY=http://no.example\nall_proxy=socks5://r.example x\nNO_PROXY=localhost\nhttp_proxy=\n",
		"2:http://p.example:1 3:q.example 5:socks5://r.example " },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		expect(rows[i].kind, nd_span_of(rows[i].text), rows[i].expected);
}

/* inih would keep the beginning of a long line: half a URL would be tried. */
static void test_long_lines(void **state)
{
	g_autofree char *pad = g_strnfill(400, 'x');
	g_autofree char *text = g_strdup_printf("[http]\nproxy = http://%s.example\nproxy = http://p.example\n", pad);

	(void)state;
	expect(ND_SETTINGS_GIT, nd_span_of(text), "3:http://p.example ");
}

static void test_any_bytes(void **state)
{
	static const char alphabet[] = "[]\"{};#=: \n\t\\-x/*prohttps.\0\xff";
	g_autoptr(GRand) random = g_rand_new_with_seed(7);

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char bytes[64];
		size_t n = (size_t)g_rand_int_range(random, 0, sizeof(bytes));

		for (size_t j = 0; j < n; j++)
			bytes[j] = alphabet[g_rand_int_range(random, 0, sizeof(alphabet))];
		for (int kind = ND_SETTINGS_GIT; kind <= ND_SETTINGS_ENVIRONMENT; kind++) {
			g_autoptr(GPtrArray) found = nd_settings_proxies(kind, (struct nd_span){ bytes, n });

			for (guint j = 0; j < found->len; j++)
				assert_true(((struct nd_proxy_line *)found->pdata[j])->line >= 1);
		}
	}
}

static void test_variables(void **state)
{
	static const char *const yes[] = { "https_proxy", "HTTP_PROXY", "All_Proxy", "proxy", "npm_config_https_proxy",
		"npm_config_proxy", "PIP_PROXY", "YARN_HTTPS_PROXY" };
	static const char *const no[] = { "no_proxy", "NOPROXY", "", "proxy_user", "ftp_proxy" };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(yes); i++)
		assert_true(nd_settings_proxy_variable(yes[i]));
	for (size_t i = 0; i < G_N_ELEMENTS(no); i++)
		assert_false(nd_settings_proxy_variable(no[i]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_variables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
