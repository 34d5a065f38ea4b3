#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <npmrc-doctor/near.h>

static void test_distance(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned most, distance;
	} cases[] = {
		{ "", "", 2, 0 },
		{ "check", "check", 2, 0 },
		{ "chekc", "check", 2, 1 },   /* neighbours swapped */
		{ "chck", "check", 2, 1 },    /* inserted */
		{ "checks", "check", 2, 1 },  /* deleted */
		{ "cheek", "check", 2, 1 },   /* changed */
		{ "kceck", "check", 3, 2 },
		{ "abc", "xyz", 2, 3 },       /* farther than asked for */
		{ "a", "abcdef", 2, 3 },
		{ "", "abc", 2, 3 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct nd_span a = nd_span_of(cases[i].a), b = nd_span_of(cases[i].b);

		assert_int_equal(nd_near_distance(a, b, cases[i].most), cases[i].distance);
		assert_int_equal(nd_near_distance(b, a, cases[i].most), cases[i].distance);
	}
}

static void test_length(void **state)
{
	char longest[ND_NEAR_MAX + 2];
	struct nd_span a = { longest, ND_NEAR_MAX }, b = { longest, ND_NEAR_MAX + 1 };

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(nd_near_distance(a, a, 3), 0);
	assert_int_equal(nd_near_distance(a, b, 3), 4);
	assert_int_equal(nd_near_distance(b, b, 3), 4);
}

static const char *nearest(const char *wanted)
{
	static const char *const words[] = { "check", "config", "completion", "fix", "scan", "env", "explain" };
	struct nd_near near;

	nd_near_init(&near, wanted);
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		nd_near_consider(&near, words[i]);
	return near.word;
}

static void test_nearest(void **state)
{
	(void)state;
	assert_string_equal(nearest("chekc"), "check");
	assert_string_equal(nearest("comp"), "completion"); /* begins like it */
	assert_string_equal(nearest("scna"), "scan");
	assert_string_equal(nearest("exlpain"), "explain");
	assert_string_equal(nearest("fix"), "fix");
	assert_null(nearest("install"));
	assert_null(nearest("c"));
	assert_null(nearest(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
