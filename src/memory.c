/* Stands before the C library's. When memory runs out, in whatever library, the work could not be done, and
 * what is half done is as after a kill: GLib aborts there and crashes in its message; others give wrong
 * reasons. And what is given back is wiped, whoever has put a secret there: a buffer that has grown, a
 * library's copy. Sanitizers bring their own allocator; tests/lib/reporting.c has it fill what is freed. */
#include <npmrc-doctor/cli.h>

#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef __SANITIZE_ADDRESS__

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_memalign(size_t alignment, size_t n);
void __libc_free(void *bytes);

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

void free(void *bytes)
{
	int err = errno;

	if (!bytes)
		return;
	explicit_bzero(bytes, malloc_usable_size(bytes));
	__libc_free(bytes);
	errno = err;
}

/* Never in place when it shrinks or moves: the C library would leave what was there as it is. */
void *realloc(void *old, size_t n)
{
	size_t size = old ? malloc_usable_size(old) : 0;
	void *bytes;

	if (old && !n) {
		free(old);
		return NULL;
	}
	if (old && n <= size && n >= size / 2)
		return old;
	bytes = malloc(n);
	if (old) {
		memcpy(bytes, old, n < size ? n : size);
		free(old);
	}
	return bytes;
}

int posix_memalign(void **out, size_t alignment, size_t n)
{
	*out = need(__libc_memalign(alignment, n));
	return 0;
}

#endif
