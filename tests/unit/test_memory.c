/* What is given back to the allocator is wiped: looked at through /proc, behind the back of sanitizers. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { SMALL = 200, LARGE = 5000 };

/* Of the block that stood at `address`, what the allocator's own two words do not cover. */
static bool holds_a_trace(uintptr_t address, size_t size)
{
	char now[LARGE];
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, now, size, (off_t)address), (ssize_t)size);
	close(fd);
	return memchr(now + 2 * sizeof(void *), 'x', size - 2 * sizeof(void *)) != NULL;
}

static char *filled(size_t size)
{
	char *block = malloc(size);

	memset(block, 'x', size);
	block[size - 1] = '\0';
	return block;
}

static void test_what_is_there_is_found(void **state)
{
	char *block = filled(SMALL);

	(void)state;
	assert_true(holds_a_trace((uintptr_t)block, SMALL));
	free(block);
}

static void test_freed_blocks_are_wiped(void **state)
{
	static const size_t sizes[] = { SMALL, LARGE };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *block = filled(sizes[i]);
		uintptr_t address = (uintptr_t)block;

		free(block);
		assert_false(holds_a_trace(address, sizes[i]));
	}
}

static void test_what_has_moved_leaves_nothing(void **state)
{
	char *block = filled(SMALL);
	uintptr_t address = (uintptr_t)block;

	(void)state;
	block = realloc(block, LARGE);
	assert_int_equal(strlen(block), SMALL - 1);
	assert_true((uintptr_t)block != address);
	assert_false(holds_a_trace(address, SMALL));
	memset(block, 'x', LARGE - 1);
	address = (uintptr_t)block;
	block = realloc(block, SMALL);
	assert_memory_equal(block, "xxxxxxxx", 8);
	assert_true((uintptr_t)block != address);
	assert_false(holds_a_trace(address, LARGE));
	free(block);
}

static void test_sizes_of_nothing(void **state)
{
	char *block = realloc(NULL, 10);

	(void)state;
	assert_non_null(block);
	assert_null(realloc(block, 0));
	free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_there_is_found),
		cmocka_unit_test(test_freed_blocks_are_wiped),
		cmocka_unit_test(test_what_has_moved_leaves_nothing),
		cmocka_unit_test(test_sizes_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
