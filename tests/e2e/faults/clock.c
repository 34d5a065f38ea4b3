/* LD_PRELOAD: somebody sets the clock of the machine while the program under test runs.
 *   CLOCK_AT     from the how-manieth look at the time of day on, from 1
 *   CLOCK_SHIFT  by so many seconds; `to and fro`: ten years ahead and back at every look */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define TEN_YEARS (3652L * 86400)

static struct {
	bool active, swings;
	long at, shift, n;
} fault;

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("CLOCK_AT"), *shift = getenv("CLOCK_SHIFT");

	fault.active = at && shift && strcmp(program_invocation_short_name, "npmrc-doctor") == 0;
	if (!fault.active)
		return;
	fault.at = strtol(at, NULL, 10);
	fault.swings = strcmp(shift, "to and fro") == 0;
	fault.shift = strtol(shift, NULL, 10);
}

static long shift_now(void)
{
	long n = __atomic_add_fetch(&fault.n, 1, __ATOMIC_SEQ_CST);

	if (!fault.active || n < fault.at)
		return 0;
	return fault.swings ? (n % 2 ? TEN_YEARS : -TEN_YEARS) : fault.shift;
}

int clock_gettime(clockid_t id, struct timespec *now)
{
	int rc = (int)syscall(SYS_clock_gettime, id, now);

	if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		now->tv_sec += shift_now();
	return rc;
}

int gettimeofday(struct timeval *now, void *zone)
{
	struct timespec exact;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &exact) != 0)
		return -1;
	*now = (struct timeval){ .tv_sec = exact.tv_sec, .tv_usec = exact.tv_nsec / 1000 };
	return 0;
}

time_t time(time_t *out)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}
