#include <npmrc-doctor/arena.h>
#include <npmrc-doctor/secret.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_allocations_are_zeroed_aligned_and_apart(void **state)
{
	static const size_t sizes[] = {0, 1, 7, 8, 16, 100, 4096, 5000, 70000, 3, 1 << 21, 1};
	struct nd_arena *arena = nd_arena_new();
	unsigned char *places[400];
	size_t n = 0;

	(void)state;
	for (int round = 0; round < 30; round++) {
		for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
			unsigned char *p = nd_arena_alloc(arena, sizes[i]);

			assert_non_null(p);
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t k = 0; k < sizes[i]; k++)
				assert_int_equal(p[k], 0);
			memset(p, (int)(n % 251) + 1, sizes[i]);
			places[n++] = p;
		}
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizes[i % G_N_ELEMENTS(sizes)]; k += 997)
			assert_int_equal(places[i][k], i % 251 + 1);
	nd_arena_free(arena);
	nd_arena_free(NULL);
}

static void test_copy_ends_in_nul(void **state)
{
	struct nd_arena *arena = nd_arena_new();
	struct nd_span copy = nd_arena_copy(arena, (struct nd_span){"a\0b", 3});

	(void)state;
	assert_int_equal(copy.n, 3);
	assert_memory_equal(copy.p, "a\0b", 4);
	copy = nd_arena_copy(arena, (struct nd_span){NULL, 0});
	assert_int_equal(copy.n, 0);
	assert_string_equal(copy.p, "");
	nd_arena_free(arena);
}

static void test_secret_holds_and_compares(void **state)
{
	static const struct {
		struct nd_span a, b;
		bool equal;
	} rows[] = {
		{{"", 0}, {"", 0}, true},
		{{"CANARY", 6}, {"CANARY", 6}, true},
		{{"CANARY", 6}, {"CANARZ", 6}, false},
		{{"XANARY", 6}, {"CANARY", 6}, false},
		{{"CANARY", 6}, {"CANARY1", 7}, false},
		{{"a\0b", 3}, {"a\0c", 3}, false},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct nd_secret *a = nd_secret_new(rows[i].a), *b = nd_secret_new(rows[i].b);
		struct nd_secret *c = nd_secret_dup(a);

		assert_int_equal(nd_secret_equal(a, b), rows[i].equal);
		assert_true(nd_secret_equal(a, c));
		assert_ptr_not_equal(nd_secret_reveal(a).p, nd_secret_reveal(c).p);
		assert_true(nd_span_equal(nd_secret_reveal(c), rows[i].a));
		assert_int_equal(nd_secret_reveal(c).p[rows[i].a.n], '\0');
		assert_false(nd_secret_equal(a, NULL));
		nd_secret_free(a);
		nd_secret_free(b);
		nd_secret_free(c);
	}
	assert_null(nd_secret_dup(NULL));
	assert_true(nd_secret_equal(NULL, NULL));
	nd_secret_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allocations_are_zeroed_aligned_and_apart),
		cmocka_unit_test(test_copy_ends_in_nul),
		cmocka_unit_test(test_secret_holds_and_compares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
