#include <npmrc-doctor/cmd.h>

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

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

/* Without a thread or a descriptor GLib cannot go on and would abort: the work could not be done. */
static GLogWriterOutput end_with_status(GLogLevelFlags level, const GLogField *fields, gsize n, gpointer data)
{
	if (!(level & G_LOG_LEVEL_ERROR))
		return g_log_writer_default(level, fields, n, data);
	for (gsize i = 0; i < n; i++)
		if (g_str_equal(fields[i].key, "MESSAGE"))
			fprintf(stderr, "npmrc-doctor: %s\n", (const char *)fields[i].value);
	_exit(ND_STATUS_FAILED);
}

int main(int argc, char **argv)
{
	keep_standard_descriptors();
	forbid_core_dumps();
	/* The character set is all that is asked of the locale: messages are English, numbers have a point, and
	 * the other categories' files would cost a fifth of the start. */
	setlocale(LC_CTYPE, "");
	survive_broken_pipes();
	g_log_set_writer_func(end_with_status, NULL, NULL);
	exit(nd_cmd_main(argc, argv));
}
