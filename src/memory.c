/* Stands before the C library's. When memory runs out, in whatever library, the work could not be done, and
 * what is half done is as after a kill: GLib aborts there and crashes in its message; others give wrong
 * reasons. And what is given back is wiped, whoever has put a secret there: a buffer that has grown, a
 * library's copy. Sanitizers bring their own allocator; tests/lib/reporting.c has it fill what is freed. */
#include <npmrc-doctor/cli.h>

#include <dlfcn.h>
#include <errno.h>
#include <gnu/lib-names.h>
#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef __SANITIZE_ADDRESS__

/* To gcc's analyzer what malloc() returns is not yet the caller's. */
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t n);
void *__libc_memalign(size_t alignment, size_t n);
void *__libc_valloc(size_t n);
void *__libc_pvalloc(size_t n);
void __libc_free(void *bytes);

static size_t (*size_of)(void *bytes);

/* Before main; until then there are no secrets. By name it would be that of an allocator which somebody
 * preloads, and the blocks are the C library's. */
__attribute__((constructor)) static void find_size_of(void)
{
	void *libc = dlopen(LIBC_SO, RTLD_LAZY | RTLD_NOLOAD);

	if (!libc)
		return;
	*(void **)&size_of = dlsym(libc, "malloc_usable_size");
	dlclose(libc);
}

static void *need(void *bytes)
{
	static const char message[] = "npmrc-doctor: out of memory\n";

	if (bytes)
		return bytes;
	if (write(STDERR_FILENO, message, sizeof(message) - 1) < 0)
		errno = ENOMEM; /* there is nobody to tell */
	_exit(ND_STATUS_FAILED);
}

void *malloc(size_t n)
{
	return need(__libc_malloc(n));
}

void *calloc(size_t n, size_t size)
{
	return need(__libc_calloc(n, size));
}

size_t malloc_usable_size(void *bytes)
{
	return bytes && size_of ? size_of(bytes) : 0;
}

void free(void *bytes)
{
	int err = errno;

	if (!bytes)
		return;
	explicit_bzero(bytes, malloc_usable_size(bytes));
	__libc_free(bytes);
	errno = err;
}

/* A block that the C library moves, or cuts its end off, would leave there what was in it. */
void *realloc(void *old, size_t n)
{
	size_t size = malloc_usable_size(old);
	void *bytes;

	if (old && !n) {
		free(old);
		return NULL;
	}
	if (!size)
		return need(__libc_realloc(old, n));
	if (n <= size && n >= size / 2)
		return old;
	bytes = malloc(n);
	memcpy(bytes, old, n < size ? n : size);
	free(old);
	return bytes;
}

int posix_memalign(void **out, size_t alignment, size_t n)
{
	if (alignment % sizeof(void *) || !alignment || (alignment & (alignment - 1)))
		return EINVAL;
	*out = need(__libc_memalign(alignment, n));
	return 0;
}

void *aligned_alloc(size_t alignment, size_t n)
{
	return need(__libc_memalign(alignment, n));
}

void *memalign(size_t alignment, size_t n)
{
	return need(__libc_memalign(alignment, n));
}

void *valloc(size_t n)
{
	return need(__libc_valloc(n));
}

void *pvalloc(size_t n)
{
	return need(__libc_pvalloc(n));
}

#endif
