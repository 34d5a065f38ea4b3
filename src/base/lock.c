#include <npmrc-doctor/file.h>
#include <npmrc-doctor/path.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

/* One that asks its user something may take longer; then it is said rather than waited for. */
#define PATIENCE_US (3 * G_USEC_PER_SEC)
#define PAUSE_US (20 * 1000)

/* The directory itself is locked: a file of its own would have to be cleared away. */
static int open_directory(const char *path)
{
	g_autofree char *real = nd_path_real(path), *dir = g_path_get_dirname(real);

	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool take(int fd)
{
	gint64 end = g_get_monotonic_time() + PATIENCE_US;

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return true; /* no locks here */
		if (g_get_monotonic_time() > end)
			return false;
		g_usleep(PAUSE_US);
	}
	return true;
}

/* A descriptor that is none but counts as one: what is wrong with the directory shows when it is used. */
#define NOTHING_HELD G_MAXINT

int nd_file_lock(const char *path, GError **err)
{
	int fd = open_directory(path);

	if (fd < 0)
		return NOTHING_HELD;
	if (take(fd))
		return fd;
	close(fd);
	g_set_error(err, ND_FILE_ERROR, ND_FILE_ERROR_BUSY,
		"another npmrc-doctor is at work in its directory; try again when that has ended");
	return -1;
}

void nd_file_unlock(int lock)
{
	if (lock >= 0 && lock != NOTHING_HELD)
		close(lock);
}
