/* Stands before the C library's: when memory runs out, in whatever library, the work could not be done, and
 * what is half done is as after a kill. GLib aborts there and crashes in its message; others give wrong
 * reasons. Sanitizers bring their own allocator. */
#include <npmrc-doctor/cmd.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef __SANITIZE_ADDRESS__

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

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

void *realloc(void *old, size_t n)
{
	void *bytes = __libc_realloc(old, n);

	return n ? need(bytes) : bytes;
}

int posix_memalign(void **out, size_t alignment, size_t n)
{
	*out = need(__libc_memalign(alignment, n));
	return 0;
}

#endif
