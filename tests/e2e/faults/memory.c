/* LD_PRELOAD: memory runs out in the program under test, not in what it starts.
 *   FAULT_AT   the how-manieth allocation fails, from 1, and all that follow
 *   FAULT_LOG  is made when it is hit */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	bool active;
	long at, n;
	const char *log;
} fault;

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("FAULT_AT");

	fault.log = getenv("FAULT_LOG");
	fault.at = at ? strtol(at, NULL, 10) : 0;
	fault.active = fault.log && strcmp(program_invocation_short_name, "npmrc-doctor") == 0;
}

static bool fails(void)
{
	long n;

	if (!fault.active)
		return false;
	n = __atomic_add_fetch(&fault.n, 1, __ATOMIC_SEQ_CST);
	if (n == fault.at)
		close(open(fault.log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	if (n < fault.at)
		return false;
	errno = ENOMEM;
	return true;
}

/* What src/memory.c calls: its own functions stand before these in any case. */
#define WRAP(name, parameters, arguments) \
	void *__libc_##name parameters; \
	void *__libc_##name parameters \
	{ \
		static void *(*real) parameters; \
		if (!real) \
			*(void **)&real = dlsym(RTLD_NEXT, "__libc_" #name); \
		return fails() ? NULL : real arguments; \
	}

WRAP(malloc, (size_t n), (n))
WRAP(calloc, (size_t n, size_t size), (n, size))
WRAP(realloc, (void *old, size_t n), (old, n))
WRAP(memalign, (size_t alignment, size_t n), (alignment, n))
