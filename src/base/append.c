#include <npmrc-doctor/append.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, struct nd_span bytes)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0) {
			bytes.p += n;
			bytes.n -= (size_t)n;
		}
	}
	return 0;
}

bool nd_file_append(const char *path, struct nd_span bytes, GError **err)
{
	/* O_NONBLOCK: a FIFO without a reader is an error, not a wait. */
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
	int error = fd < 0 ? errno : write_all(fd, bytes);

	if (fd >= 0 && close(fd) != 0 && !error)
		error = errno;
	if (!error)
		return true;
	g_set_error(err, G_FILE_ERROR, (gint)g_file_error_from_errno(error), "cannot append to '%s': %s", path,
		g_strerror(error));
	return false;
}
