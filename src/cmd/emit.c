#include "cmd/emit.h"

#include <errno.h>
#include <npmrc-doctor/file.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void nd_complain(const char *format, ...)
{
	g_autofree char *message = NULL, *valid = NULL;
	g_autoptr(GString) shown = g_string_new(NULL);
	va_list ap;

	va_start(ap, format);
	message = g_strdup_vprintf(format, ap);
	va_end(ap);
	/* A file's name may hold what a terminal would obey. */
	valid = g_utf8_make_valid(message, -1);
	for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		g_string_append_unichar(shown, g_unichar_iscntrl(c) && c != '\n' ? '?' : c);
	}
	fprintf(stderr, "npmrc-doctor: %s\n", shown->str);
}

static bool reader_is_gone(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&out, 1, 0) > 0 && out.revents & POLLERR;
}

bool nd_flush(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	/* fflush has nothing left to fail with where an earlier write already did. */
	if (errno == EPIPE || (errno == 0 && reader_is_gone()))
		return true;
	if (errno)
		nd_complain("cannot write to standard output: %s", g_strerror(errno));
	else
		nd_complain("cannot write to standard output");
	return false;
}

bool nd_is_stdout(const char *path)
{
	struct stat out, st;

	return g_str_equal(path, "-") || (fstat(STDOUT_FILENO, &out) == 0 && stat(path, &st) == 0 &&
		out.st_dev == st.st_dev && out.st_ino == st.st_ino);
}

/* A device or a FIFO holds nothing that could be replaced. */
static bool write_into(const char *path, const GString *text)
{
	FILE *file = fopen(path, "we");
	bool ok = file && fwrite(text->str, 1, text->len, file) == text->len;

	int error = errno;

	if (file && fclose(file) != 0 && ok) {
		error = errno;
		ok = false;
	}
	if (!ok)
		nd_complain("cannot write the report to '%s': %s", path, g_strerror(error));
	return ok;
}

static bool replace(const char *path, const struct stat *st, const GString *text)
{
	struct nd_replace replace = { path, NULL, { text->str, text->len }, 07777 };
	g_autoptr(GError) err = NULL;
	struct nd_file_id was;

	if (st) {
		nd_file_id_set(&was, st);
		replace.was = &was;
	}
	if (nd_file_replace(&replace, NULL, &err))
		return true;
	nd_complain("cannot write the report: %s", err->message);
	return false;
}

bool nd_emit(const struct nd_context *context, const GString *text)
{
	const char *path = context->options->output;
	struct stat st;
	bool there = path && stat(path, &st) == 0;

	if (!path || nd_is_stdout(path)) {
		fwrite(text->str, 1, text->len, stdout);
		return nd_flush();
	}
	if (there && (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
		return write_into(path, text);
	return replace(path, there ? &st : NULL, text);
}
