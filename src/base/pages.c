#include <npmrc-doctor/arena.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

/* Where huge pages pay. With those of 4 KB a large file spent a third of its time in page faults,
 * and a table that is read all over the place as much again waiting for its pages' addresses. */
static bool is_large(size_t size)
{
	return size >= HUGE_PAGE / 2;
}

static size_t whole_pages(size_t size)
{
	return (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
}

/* Zeroed. Not aligned_alloc(), whose heap keeps ever more of what has been freed. */
static void *map(size_t size)
{
	if (size > SIZE_MAX / 2)
		g_error("out of memory: %zu bytes wanted", size);
	size = whole_pages(size);
	char *all = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (all == MAP_FAILED)
		g_error("out of memory: %zu bytes wanted", size);
	/* The kernel makes huge pages only where they are aligned. */
	size_t before = (HUGE_PAGE - (uintptr_t)all % HUGE_PAGE) % HUGE_PAGE;

	if (before)
		munmap(all, before);
	if (before < HUGE_PAGE)
		munmap(all + before + size, HUGE_PAGE - before);
	(void)madvise(all + before, size, MADV_HUGEPAGE); /* only a wish */
	return all + before;
}

void *nd_pages_new0(size_t size)
{
	return is_large(size) ? map(size) : g_malloc0(size);
}

void *nd_pages_grow(void *old, size_t old_size, size_t size)
{
	if (!is_large(size))
		return g_realloc(old, size);
	void *bytes = map(size);

	if (old)
		memcpy(bytes, old, old_size);
	nd_pages_free(old, old_size);
	return bytes;
}

void nd_pages_free(void *bytes, size_t size)
{
	if (bytes && is_large(size))
		munmap(bytes, whole_pages(size));
	else
		g_free(bytes);
}
