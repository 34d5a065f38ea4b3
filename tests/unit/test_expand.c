#include <npmrc-doctor/expand.h>
#include <npmrc-doctor/source.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define FAILS "\x01" /* the dialect throws */

static const char *const environment[] = {
	"X=xv", "E=", "A B=sp", " X=lead", "X?=q", "HOST=h", "Y=${X}", "C=a\\b", "I=\xff", NULL};

/* What each dialect makes of the text: npm 6, 8 to 10, 11 and 12, pnpm 10, pnpm 12. */
static const struct {
	const char *text, *npm6, *npm8, *npm11, *pnpm10, *pnpm12;
} rows[] = {
	{"${X}", "xv", "xv", "xv", "xv", "xv"},
	{"${U}", FAILS, "${U}", "${U}", FAILS, ""},
	{"${U?}", FAILS, "${U?}", "", FAILS, ""},
	{"${X?}", "q", "q", "xv", "q", "xv"},
	{"${E}", "", "", "", "", ""},
	{"\\${X}", "\\${X}", "${X}", "${X}", "${X}", "${X}"},
	{"\\\\${X}", "xv", "\\xv", "\\xv", "\\xv", "\\xv"},
	{"\\\\\\${X}", "\\\\\\${X}", "\\${X}", "\\${X}", "\\${X}", "\\${X}"},
	{"\\\\\\\\${X}", "xv", "\\\\xv", "\\\\xv", "\\\\xv", "\\\\xv"},
	{"${U-d}", FAILS, "${U-d}", "${U-d}", "d", "d"},
	{"${U:-d}", FAILS, "${U:-d}", "${U:-d}", "d", "d"},
	{"${E-d}", FAILS, "${E-d}", "${E-d}", "", ""},
	{"${E:-d}", FAILS, "${E:-d}", "${E:-d}", "d", "d"},
	{"${X:-d}", FAILS, "${X:-d}", "${X:-d}", "xv", "xv"},
	{"${${X}}", FAILS, "${xv}", "${xv}", "${xv}", "${xv}"},
	{"$X", "$X", "$X", "$X", "$X", "$X"},
	{"${}", "${}", "${}", "${}", "${}", "${}"},
	{"${X", "${X", "${X", "${X", "${X", "${X"},
	{"${ X}", "lead", "lead", "lead", "lead", "lead"},
	{"${A B}", "sp", "sp", "sp", "sp", "sp"},
	{"${x}", FAILS, "${x}", "${x}", FAILS, ""},
	{"${Y}", "${X}", "${X}", "${X}", "${X}", "${X}"},
	{"${C}", "a\\b", "a\\b", "a\\b", "a\\b", "a\\b"},
	{"//${HOST}/:_authToken", "//h/:_authToken", "//h/:_authToken", "//h/:_authToken",
		"//h/:_authToken", "//h/:_authToken"},
	{"${X}${X}-${X}", "xvxv-xv", "xvxv-xv", "xvxv-xv", "xvxv-xv", "xvxv-xv"},
	{"a${X}b${", "axvb${", "axvb${", "axvb${", "axvb${", "axvb${"},
	{"${X}\\${X}", "xv\\${X}", "xv${X}", "xv${X}", "xv${X}", "xv${X}"},
	{"a\\b\\${X", "a\\b\\${X", "a\\b\\${X", "a\\b\\${X", "a\\b\\${X", "a\\b\\${X"},
	{"${?}", FAILS, "${?}", "${?}", FAILS, ""},
	{"${X??}", FAILS, "${X??}", "${X??}", FAILS, ""},
	{"${X;Y", "${X;Y", "${X;Y", "${X;Y", "${X;Y", "${X;Y"},
	{"${I}", "\xef\xbf\xbd", "\xef\xbf\xbd", "\xef\xbf\xbd", "\xef\xbf\xbd", "\xef\xbf\xbd"},
	{"", "", "", "", "", ""},
};

static void check(enum nd_expand_dialect dialect, const char *text, const char *want,
	const struct nd_env *env)
{
	struct nd_arena *arena = nd_arena_new();
	struct nd_expansion got = nd_expand(dialect, nd_span_of(text), env, arena);
	bool fails = want[0] == FAILS[0];

	if (got.failed != fails || !nd_span_is(got.text, fails ? text : want))
		print_error("dialect %d, text '%s'\n", (int)dialect, text);
	assert_int_equal(got.failed, fails);
	assert_true(nd_span_is(got.text, fails ? text : want));
	assert_int_equal(got.changed, !fails && g_strcmp0(text, want) != 0);
	if (!got.changed)
		assert_ptr_equal(got.text.p, text);
	nd_arena_free(arena);
}

static void test_dialects(void **state)
{
	struct nd_env *env = nd_env_from(environment, "/");

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		check(ND_EXPAND_NPM6, rows[i].text, rows[i].npm6, env);
		check(ND_EXPAND_YARN1, rows[i].text, rows[i].npm6, env);
		check(ND_EXPAND_NPM8, rows[i].text, rows[i].npm8, env);
		check(ND_EXPAND_NPM11, rows[i].text, rows[i].npm11, env);
		check(ND_EXPAND_BUN, rows[i].text, rows[i].npm11, env);
		check(ND_EXPAND_PNPM10, rows[i].text, rows[i].pnpm10, env);
		check(ND_EXPAND_PNPM12, rows[i].text, rows[i].pnpm12, env);
	}
	nd_env_free(env);
}

static void test_variables(void **state)
{
	struct nd_env *env = nd_env_from(environment, "/");
	struct nd_arena *arena = nd_arena_new();
	const char *text = "a${X}\\${X}${U}$${E?}\\\\${U?}";
	static const struct {
		const char *name;
		size_t start, end;
		bool set, optional;
	} want[] = {
		{"X", 1, 5, true, false},
		{"U", 10, 14, false, false},
		{"E", 15, 20, true, true},
		{"U", 22, 27, false, true},
	};
	struct nd_expansion got = nd_expand(ND_EXPAND_NPM11, nd_span_of(text), env, arena);

	(void)state;
	assert_true(nd_span_is(got.text, "axv${X}${U}$\\"));
	assert_int_equal(got.n_variables, G_N_ELEMENTS(want));
	for (size_t i = 0; i < G_N_ELEMENTS(want); i++) {
		assert_true(nd_span_is(got.variables[i].name, want[i].name));
		assert_int_equal(got.variables[i].start, want[i].start);
		assert_int_equal(got.variables[i].end, want[i].end);
		assert_int_equal(got.variables[i].set, want[i].set);
		assert_int_equal(got.variables[i].optional, want[i].optional);
	}
	nd_arena_free(arena);
	nd_env_free(env);
}

static void test_names_with_nul_and_no_environment(void **state)
{
	struct nd_env *env = nd_env_from(environment, "/");
	struct nd_arena *arena = nd_arena_new();
	struct nd_span text = {"${X\0}", 6};
	struct nd_expansion got = nd_expand(ND_EXPAND_NPM8, text, env, arena);

	(void)state;
	assert_true(nd_span_equal(got.text, text));
	assert_int_equal(got.n_variables, 1);
	assert_false(got.variables[0].set);
	got = nd_expand(ND_EXPAND_NPM8, nd_span_of("${X}"), NULL, arena);
	assert_true(nd_span_is(got.text, "${X}"));
	nd_arena_free(arena);
	nd_env_free(env);
}

static void test_dialect_of_npm(void **state)
{
	static const enum nd_expand_dialect want[] = {ND_EXPAND_NPM6, ND_EXPAND_NPM8,
		ND_EXPAND_NPM8, ND_EXPAND_NPM8, ND_EXPAND_NPM8, ND_EXPAND_NPM11, ND_EXPAND_NPM11};

	(void)state;
	for (int major = 6; major <= 12; major++)
		assert_int_equal(nd_expand_dialect_of_npm(major), want[major - 6]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialects),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_names_with_nul_and_no_environment),
		cmocka_unit_test(test_dialect_of_npm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
