/* A terminal for tests: pty_drive COLUMNS ROWS COMMAND [ARG]... runs COMMAND on a pseudo-terminal of that
 * size. Standard input is typed, what appears goes to standard output, the exit status is COMMAND's. */

#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* False: nothing more will come. */
static int hand_over(int from, int to)
{
	char bytes[4096];
	ssize_t n = read(from, bytes, sizeof bytes), done = 0;

	while (done < n) {
		ssize_t written = write(to, bytes + done, (size_t)(n - done));

		if (written < 0)
			return 0;
		done += written;
	}
	return n > 0;
}

int main(int argc, char **argv)
{
	struct winsize size = { 0 };
	int master, status, typing = 1;
	pid_t child;

	if (argc < 4)
		return 2;
	size.ws_col = (unsigned short)atoi(argv[1]);
	size.ws_row = (unsigned short)atoi(argv[2]);
	child = forkpty(&master, NULL, NULL, &size);
	if (child < 0) {
		perror("forkpty");
		return 2;
	}
	if (child == 0) {
		execvp(argv[3], argv + 3);
		perror(argv[3]);
		_exit(127);
	}
	for (;;) {
		struct pollfd fds[] = { { master, POLLIN, 0 }, { typing ? 0 : -1, POLLIN, 0 } };

		if (poll(fds, 2, -1) < 0)
			break;
		/* The reading end fails once the last process has closed its end. */
		if (fds[0].revents && !hand_over(master, 1))
			break;
		if (fds[1].revents)
			typing = hand_over(0, master);
	}
	if (waitpid(child, &status, 0) < 0)
		return 2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
