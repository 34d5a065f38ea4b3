#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <npmrc-doctor/hash.h>

/* Keys of ten pairs each of which is "aB" or "b!": h * 33 + c gives one hash for all. */
static void key_of(unsigned number, char key[21])
{
	for (unsigned i = 0; i < 10; i++)
		memcpy(key + 2 * i, number >> i & 1 ? "aB" : "b!", 2);
	key[20] = '\0';
}

static void test_keys_that_met(void **state)
{
	g_autoptr(GHashTable) hashes = g_hash_table_new(NULL, NULL);
	char key[21];
	guint one;

	(void)state;
	key_of(0, key);
	one = g_str_hash(key);
	for (unsigned i = 0; i < 1024; i++) {
		key_of(i, key);
		assert_int_equal(g_str_hash(key), one);
		g_hash_table_add(hashes, GUINT_TO_POINTER(nd_hash_text(key)));
	}
	assert_true(g_hash_table_size(hashes) >= 1020);
}

static void test_seeds(void **state)
{
	static const uint64_t seeds[][2] = { { 0x9d1f6b5ca3e8f271, 0x2c84b0e7d6953a1f },
		{ 0x9d1f6b5ca3e8f271, 0x71e5c2309ab8d46d }, { 0x5b07e1f94d2ac683, 0x2c84b0e7d6953a1f } };
	static const char *const texts[] = { "a", "abcd", "abcdefgh", "//registry.example/:_authToken" };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		struct nd_span text = nd_span_of(texts[i]);
		uint32_t hash = nd_hash_seeded(seeds[0], text);

		assert_int_equal(hash, nd_hash_seeded(seeds[0], text));
		assert_int_not_equal(hash, nd_hash_seeded(seeds[1], text));
		assert_int_not_equal(hash, nd_hash_seeded(seeds[2], text));
	}
}

static void test_spans(void **state)
{
	struct nd_span a = { "xabc", 3 }, b = { "xabd", 3 }, zero = { "x\0b", 3 }, none = { "x\0c", 3 };

	(void)state;
	assert_true(nd_hash_same_span(&a, &b));
	assert_int_equal(nd_hash_span(&a), nd_hash_span(&b));
	assert_false(nd_hash_same_span(&zero, &none));
	assert_int_not_equal(nd_hash_span(&zero), nd_hash_span(&none));
	assert_int_equal(nd_hash_text("xab"), nd_hash_span(&a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_that_met),
		cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_spans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
