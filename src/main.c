#include <npmrc-doctor/cmd.h>

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

/* Documents hold tokens: neither a core file nor a debugger of the same user gets at them. Unlike a
 * resource limit this ends with execve(), so that a COMMAND of exec keeps its own. */
static void forbid_core_dumps(void)
{
	prctl(PR_SET_DUMPABLE, 0);
}

/* Where one of the three is closed the next file or socket would take its number. What stands in for it
 * cannot be used in the missing one's direction, so that output is not lost in silence, and COMMAND of
 * exec does not get it. */
static void keep_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", (fd == 0 ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
}

static void ignore(int signal)
{
	(void)signal;
}

/* A reader that goes away (`| head`) ends the output, not the work. Other than one that is ignored, a
 * signal that is caught is COMMAND's again as it was ours. */
static void survive_broken_pipes(void)
{
	struct sigaction was, catch = { .sa_handler = ignore, .sa_flags = SA_RESTART };

	if (sigaction(SIGPIPE, NULL, &was) == 0 && was.sa_handler == SIG_DFL)
		sigaction(SIGPIPE, &catch, NULL);
}

int main(int argc, char **argv)
{
	keep_standard_descriptors();
	forbid_core_dumps();
	/* The character set is all that is asked of the locale: messages are English, numbers have a point, and
	 * the other categories' files would cost a fifth of the start. */
	setlocale(LC_CTYPE, "");
	survive_broken_pipes();
	exit(nd_cmd_main(argc, argv));
}
