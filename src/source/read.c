#include <npmrc-doctor/source.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

const char *nd_file_reason(const struct nd_file *file)
{
	switch (file->state) {
	case ND_READ_DIRECTORY:
		return "is a directory";
	case ND_READ_DENIED:
		return "permission denied";
	case ND_READ_SPECIAL:
		return "is not a regular file";
	case ND_READ_TOO_BIG:
		return "is too big";
	case ND_READ_FAILED:
		return file->error == ELOOP ? "too many levels of symbolic links" : g_strerror(file->error);
	case ND_READ_OK:
	case ND_READ_MISSING:
		break;
	}
	return NULL;
}

bool nd_file_refuses(const struct nd_file *file)
{
	return file->state == ND_READ_DIRECTORY || file->state == ND_READ_DENIED || file->state == ND_READ_FAILED ||
		(file->state == ND_READ_MISSING && file->error == ENOTDIR);
}

static void fail(struct nd_file *file, int error)
{
	file->error = error;
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		file->state = ND_READ_MISSING;
		break;
	case EACCES:
	case EPERM:
		file->state = ND_READ_DENIED;
		break;
	case EISDIR:
		file->state = ND_READ_DIRECTORY;
		break;
	default:
		file->state = ND_READ_FAILED;
	}
}

/* False, with the state set, for what is no regular file. */
static bool is_regular(struct nd_file *file, const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		return true;
	if (S_ISDIR(st->st_mode)) {
		fail(file, EISDIR);
	} else {
		file->state = ND_READ_SPECIAL;
		file->error = 0;
	}
	return false;
}

/* Reads to the end whatever st_size said: the file may be growing, or lie in /proc. `limit` is one
 * byte over the cap, so that reaching it means too big. */
static void read_all(struct nd_file *file, int fd, size_t expected, size_t limit)
{
	size_t capacity = expected + 1, size = 0;
	char *bytes = g_malloc(capacity + 1);
	ssize_t got;

	for (;;) {
		if (size == capacity) {
			capacity = capacity > limit / 2 ? limit : capacity * 2;
			bytes = g_realloc(bytes, capacity + 1);
		}
		got = read(fd, bytes + size, capacity - size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		size += (size_t)got;
		if (size == limit)
			break;
	}
	if (got == 0) {
		bytes[size] = '\0';
		file->state = ND_READ_OK;
		file->bytes = bytes;
		file->size = size;
		return;
	}
	if (got < 0)
		fail(file, errno);
	else
		file->state = ND_READ_TOO_BIG;
	g_free(bytes);
}

static void read_open(struct nd_file *file, int fd, size_t max)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		fail(file, errno);
		return;
	}
	nd_file_id_set(&file->id, &st);
	if (!is_regular(file, &st))
		return;
	if (st.st_size > 0 && (size_t)st.st_size > max)
		file->state = ND_READ_TOO_BIG;
	else
		read_all(file, fd, (size_t)MAX(st.st_size, 0), max + 1);
}

struct nd_file *nd_file_read(const char *path, size_t max)
{
	struct nd_file *file = g_new0(struct nd_file, 1);
	struct stat st;
	int fd;

	file->path = g_strdup(path);
	file->state = ND_READ_FAILED;
	if (lstat(path, &st) < 0) {
		fail(file, errno);
		return file;
	}
	file->symlink = S_ISLNK(st.st_mode);
	if (file->symlink && stat(path, &st) < 0) {
		fail(file, errno);
		return file;
	}
	nd_file_id_set(&file->id, &st);
	/* Opening a device may have effects (a tape rewinds), so it is not even tried. What is read
	 * is decided by the descriptor alone, and O_NONBLOCK keeps a FIFO that came in between from
	 * hanging. */
	if (!is_regular(file, &st))
		return file;
	fd = TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
	if (fd < 0) {
		fail(file, errno);
		return file;
	}
	read_open(file, fd, max);
	close(fd);
	return file;
}

void nd_file_free(struct nd_file *file)
{
	if (file == NULL)
		return;
	g_free(file->bytes);
	g_free(file->path);
	g_free(file);
}
