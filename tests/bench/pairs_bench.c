#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* pairs_bench RUNS A... :: B...: runs the commands A and B by turns, A B A B, after one of each that does not
 * count, with nothing on their standard input and output. Prints one line for each pair: milliseconds, the most
 * memory in KB and the exit status of A, then of B. Written in C because starting a process from a large one
 * takes longer than the processes that are compared. */

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

struct run {
	double ms;
	long kb;
	int status;
};

static struct run run(char **command, const posix_spawn_file_actions_t *quiet)
{
	double started = now_ms();
	struct rusage usage;
	int status, error;
	pid_t child;

	error = posix_spawnp(&child, command[0], quiet, NULL, command, environ);
	if (error) {
		fprintf(stderr, "%s: %s\n", command[0], strerror(error));
		exit(2);
	}
	while (wait4(child, &status, 0, &usage) < 0)
		if (errno != EINTR)
			exit(2);
	return (struct run){ now_ms() - started, usage.ru_maxrss,
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status) };
}

int main(int argc, char **argv)
{
	int runs = argc > 1 ? atoi(argv[1]) : 0, middle = 2;
	posix_spawn_file_actions_t quiet;

	while (middle < argc && strcmp(argv[middle], "::") != 0)
		middle++;
	if (runs < 1 || middle == 2 || middle + 1 >= argc)
		return 2;
	argv[middle] = NULL;
	posix_spawn_file_actions_init(&quiet);
	for (int fd = 0; fd <= 2; fd++)
		posix_spawn_file_actions_addopen(&quiet, fd, "/dev/null", O_RDWR, 0);
	for (int i = -1; i < runs; i++) {
		struct run a = run(argv + 2, &quiet), b = run(argv + middle + 1, &quiet);

		if (i >= 0)
			printf("%.4f %ld %d %.4f %ld %d\n", a.ms, a.kb, a.status, b.ms, b.kb, b.status);
	}
	posix_spawn_file_actions_destroy(&quiet);
	return 0;
}
