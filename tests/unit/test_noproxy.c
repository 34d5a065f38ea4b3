#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <npmrc-doctor/url.h>

struct row {
	const char *entry, *host;
};

/* As @npmcli/agent/lib/proxy.js of npm 11 decides. */
static const struct row matching[] = {
	{"corp.example", "corp.example"},
	{"corp.example", "a.corp.example"},
	{".corp.example", "corp.example"},
	{".corp.example", "a.b.corp.example"},
	{"corp.example.", "corp.example"},
	{"..corp..example..", "corp.example"},
	{"example", "corp.example"},
	{"localhost", "localhost"},
	{"127.0.0.1", "127.0.0.1"},
	{"1", "127.0.0.1"},
	{"0.0.1", "127.0.0.1"},
	{"[::1]", "[::1]"},
	{" corp.example\t", "corp.example"},
	{"\xc2\xa0"
	 "corp.example\xef\xbb\xbf",
		"corp.example"},
};

static const struct row other[] = {
	{"", "corp.example"},
	{" ", "corp.example"},
	{".", "corp.example"},
	{" . ", "corp.example"},
	{".", ""},
	{"", ""},
	{"*", "corp.example"},
	{"*.example", "corp.example"},
	{"*.corp.example", "a.corp.example"},
	{"ocalhost", "localhost"},
	{"xcorp.example", "corp.example"},
	{"a.corp.example", "corp.example"},
	{"Corp.Example", "corp.example"},
	{"corp.example:443", "corp.example"},
	{"10.0.0.0/8", "10.0.0.1"},
	{"10.0.0", "10.0.0.1"},
	{"https://corp.example", "corp.example"},
	{"corp.example", "corp.example."},
	{"corp.example.", "corp.example."},
	{"::1", "[::1]"},
	{"<local>", "localhost"},
	{"localhost 127.0.0.1", "localhost"},
	{"localhost;x", "localhost"},
	{"corp. example", "corp.example"},
	{"a.b", "a..b"},
};

static void assert_all(const struct row *rows, size_t n, bool matches)
{
	for (size_t i = 0; i < n; i++)
		if (nd_noproxy_match(nd_span_of(rows[i].entry), rows[i].host) != matches)
			fail_msg("'%s' and '%s'", rows[i].entry, rows[i].host);
}

static void test_matches(void **state)
{
	(void)state;
	assert_all(matching, G_N_ELEMENTS(matching), true);
}

static void test_does_not_match(void **state)
{
	(void)state;
	assert_all(other, G_N_ELEMENTS(other), false);
}

/* The entry is a part of a longer text. */
static void test_span(void **state)
{
	(void)state;
	static const char list[] = "x, corp.example ,y";

	assert_true(nd_noproxy_match((struct nd_span){list + 2, 14}, "a.corp.example"));
	assert_false(nd_noproxy_match((struct nd_span){list + 2, 12}, "a.corp.example"));
	assert_false(nd_noproxy_match((struct nd_span){NULL, 0}, "corp.example"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_does_not_match),
		cmocka_unit_test(test_span),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
