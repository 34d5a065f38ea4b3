#include <npmrc-doctor/cmd.h>

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

/* Documents hold tokens: neither a core file nor a debugger of the same user gets at them. Unlike a
 * resource limit this ends with execve(), so that a COMMAND of exec keeps its own. */
static void forbid_core_dumps(void)
{
	prctl(PR_SET_DUMPABLE, 0);
}

int main(int argc, char **argv)
{
	int status;

	forbid_core_dumps();
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	/* A reader that goes away (`| head`) ends the output, not the work. */
	signal(SIGPIPE, SIG_IGN);
	status = nd_cmd_main(argc, argv);
	if (fflush(stdout) != 0 && status < ND_STATUS_USAGE)
		status = ND_STATUS_FAILED;
	exit(status);
}
