#include <math.h>
#include <npmrc-doctor/value.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SPAN(text) ((struct nd_span){text, sizeof(text) - 1})
#define FFFD "\xef\xbf\xbd"

/* JSON text, and String(JSON.parse(text)) of node; NULL: it throws. */
static const struct {
	struct nd_span json;
	const char *text;
	size_t n; /* of the text where it holds NUL, else 0 */
	enum nd_type type;
} json_rows[] = {
	{SPAN("null"), "null", 0, ND_TYPE_NULL},
	{SPAN(" true\t"), "true", 0, ND_TYPE_BOOLEAN},
	{SPAN("false"), "false", 0, ND_TYPE_BOOLEAN},
	{SPAN("0"), "0", 0, ND_TYPE_NUMBER},
	{SPAN("-0"), "0", 0, ND_TYPE_NUMBER},
	{SPAN("123"), "123", 0, ND_TYPE_NUMBER},
	{SPAN("1.50"), "1.5", 0, ND_TYPE_NUMBER},
	{SPAN("-12.25e2"), "-1225", 0, ND_TYPE_NUMBER},
	{SPAN("0.1"), "0.1", 0, ND_TYPE_NUMBER},
	{SPAN("1e21"), "1e+21", 0, ND_TYPE_NUMBER},
	{SPAN("1E+20"), "100000000000000000000", 0, ND_TYPE_NUMBER},
	{SPAN("1.25e-7"), "1.25e-7", 0, ND_TYPE_NUMBER},
	{SPAN("0.0000015"), "0.0000015", 0, ND_TYPE_NUMBER},
	{SPAN("123456789012345678901234567890"), "1.2345678901234568e+29", 0, ND_TYPE_NUMBER},
	{SPAN("9007199254740993"), "9007199254740992", 0, ND_TYPE_NUMBER},
	{SPAN("5e-324"), "5e-324", 0, ND_TYPE_NUMBER},
	{SPAN("1e999"), "Infinity", 0, ND_TYPE_NUMBER},
	{SPAN("-1e999"), "-Infinity", 0, ND_TYPE_NUMBER},
	{SPAN("1e-999"), "0", 0, ND_TYPE_NUMBER},
	{SPAN("\"\""), "", 0, ND_TYPE_STRING},
	{SPAN("\"a\\u0041\\n\\\"\\\\\\/\\b\\f\\r\\t\""), "aA\n\"\\/\b\f\r\t", 0, ND_TYPE_STRING},
	{SPAN("\"\\ud83d\\ude00\""), "\xf0\x9f\x98\x80", 0, ND_TYPE_STRING},
	{SPAN("\"\\ud83d\""), FFFD, 0, ND_TYPE_STRING},
	{SPAN("\"\\ude00\\ud83dx\""), FFFD FFFD "x", 0, ND_TYPE_STRING},
	{SPAN("\"\\ud83d\\ud83d\\ude00\""), FFFD "\xf0\x9f\x98\x80", 0, ND_TYPE_STRING},
	{SPAN("\"a\\u0000b\""), "a\0b", 3, ND_TYPE_STRING},
	{SPAN("\"\xff\xed\xa0\x80\""), FFFD FFFD FFFD FFFD, 0, ND_TYPE_STRING},
	{SPAN("\"\x7f\xe2\x80\xa8\""), "\x7f\xe2\x80\xa8", 0, ND_TYPE_STRING},
	{SPAN("[]"), "", 0, ND_TYPE_ARRAY},
	{SPAN("[ 1 , null ,\"a\", [true,[]], {} ]"), "1,,a,true,,[object Object]", 0,
		ND_TYPE_ARRAY},
	{SPAN("{}"), "[object Object]", 0, ND_TYPE_OBJECT},
	{SPAN("{\"a\\u0000\":[1,{\"b\":null}],\"a\":2}"), "[object Object]", 0, ND_TYPE_OBJECT},
	{SPAN(""), NULL, 0, 0},
	{SPAN(" "), NULL, 0, 0},
	{SPAN("nul"), NULL, 0, 0},
	{SPAN("nulls"), NULL, 0, 0},
	{SPAN("True"), NULL, 0, 0},
	{SPAN("undefined"), NULL, 0, 0},
	{SPAN("NaN"), NULL, 0, 0},
	{SPAN("01"), NULL, 0, 0},
	{SPAN("+1"), NULL, 0, 0},
	{SPAN(".5"), NULL, 0, 0},
	{SPAN("1."), NULL, 0, 0},
	{SPAN("1e"), NULL, 0, 0},
	{SPAN("0x10"), NULL, 0, 0},
	{SPAN("-"), NULL, 0, 0},
	{SPAN("1 2"), NULL, 0, 0},
	{SPAN("\"a"), NULL, 0, 0},
	{SPAN("\"a\\\""), NULL, 0, 0},
	{SPAN("\"\\x\""), NULL, 0, 0},
	{SPAN("\"\\u12g4\""), NULL, 0, 0},
	{SPAN("\"\\\0\""), NULL, 0, 0},
	{SPAN("\"\t\""), NULL, 0, 0},
	{SPAN("\"\0\""), NULL, 0, 0},
	{SPAN("'a'"), NULL, 0, 0},
	{SPAN("[1,]"), NULL, 0, 0},
	{SPAN("[1"), NULL, 0, 0},
	{SPAN("{\"a\":1,}"), NULL, 0, 0},
	{SPAN("{a:1}"), NULL, 0, 0},
	{SPAN("{\"a\"}"), NULL, 0, 0},
	{SPAN("\xc2\xa0"
	      "1"),
		NULL, 0, 0},
	{SPAN("\xff"), NULL, 0, 0},
};

static void test_json_and_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(json_rows); i++) {
		struct nd_arena *arena = nd_arena_new();
		struct nd_value value, again;
		const char *want = json_rows[i].text;

		assert_int_equal(
			nd_value_parse_json(json_rows[i].json, arena, &value), want != NULL);
		if (want) {
			struct nd_span text = nd_value_text(&value, arena);

			assert_int_equal(value.type, json_rows[i].type);
			assert_int_equal(text.n, json_rows[i].n ? json_rows[i].n : strlen(want));
			assert_memory_equal(text.p, want, text.n);
			assert_true(nd_value_parse_json(json_rows[i].json, arena, &again));
			assert_true(nd_value_equal(&value, &again));
		}
		nd_arena_free(arena);
	}
}

static void test_failure_leaves_the_result_alone(void **state)
{
	struct nd_arena *arena = nd_arena_new();
	struct nd_value value = nd_value_number(7);

	(void)state;
	assert_false(nd_value_parse_json(SPAN("[1,2"), arena, &value));
	assert_int_equal(value.type, ND_TYPE_NUMBER);
	nd_arena_free(arena);
}

/* Nesting has a bound, so that neither parsing nor String() can exhaust the stack. */
static void test_deep_nesting(void **state)
{
	struct nd_arena *arena = nd_arena_new();
	struct nd_value value;

	(void)state;
	for (size_t depth = 1000; depth <= 1000000; depth *= 1000) {
		GString *text = g_string_new(NULL);

		for (size_t i = 0; i < depth; i++)
			g_string_append_c(text, '[');
		for (size_t i = 0; i < depth; i++)
			g_string_append_c(text, ']');
		bool ok =
			nd_value_parse_json((struct nd_span){text->str, text->len}, arena, &value);

		assert_int_equal(ok, depth == 1000);
		if (ok)
			assert_int_equal(nd_value_text(&value, arena).n, 0);
		g_string_free(text, TRUE);
	}
	nd_arena_free(arena);
}

static void test_truthiness(void **state)
{
	const struct {
		struct nd_value value;
		bool truthy;
	} rows[] = {
		{{.type = ND_TYPE_UNDEFINED}, false},
		{nd_value_null(), false},
		{nd_value_boolean(true), true},
		{nd_value_boolean(false), false},
		{nd_value_number(0), false},
		{nd_value_number(-0.0), false},
		{nd_value_number(NAN), false},
		{nd_value_number(-1), true},
		{nd_value_string(SPAN("")), false},
		{nd_value_string(SPAN("0")), true},
		{nd_value_string(SPAN("\0")), true},
		{{.type = ND_TYPE_ARRAY}, true},
		{{.type = ND_TYPE_OBJECT, .string = SPAN("{}")}, true},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		assert_int_equal(nd_value_truthy(&rows[i].value), rows[i].truthy);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		for (size_t k = 0; k < G_N_ELEMENTS(rows); k++)
			assert_int_equal(nd_value_equal(&rows[i].value, &rows[k].value),
				i == k || (i == 4 && k == 5) || (i == 5 && k == 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_and_text),
		cmocka_unit_test(test_failure_leaves_the_result_alone),
		cmocka_unit_test(test_deep_nesting),
		cmocka_unit_test(test_truthiness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
