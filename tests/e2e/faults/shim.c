/* LD_PRELOAD: what can go wrong at one call. Only the program under test is touched, not what it starts.
 *   FAULT_AT    the how-manieth call is hit, from 1 (0: none)
 *   FAULT_DO    kill, abort, stop (and go on when it is continued), term (and go on if it survives), an errno,
 *               or short: it moves one byte, or slow: this call and all that follow take FAULT_MS
 *   FAULT_PID   that process is stopped or else killed instead, and the call goes on
 *   FAULT_ONLY  count these calls only, separated by blanks (default: all that are here)
 *   FAULT_LOG   gets the call's name when it is hit; with FAULT_AT=0 the names of all calls
 *   FAULT_OLD   set: the kernel knows neither pidfd_open nor close_range
 *   FAULT_NAMED set: the file system knows no files without a name
 *   FAULT_END   stop: the process stops when all is done and freed, to be looked at
 * Once the process is ending by itself only its first thread's calls count: whether another one comes to a call
 * before it is gone is chance. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct {
	bool active, named, old, is_short, is_slow;
	int signal; /* that ends it, or 0 */
	long at, error, pid, ms, n;
	const char *only, *log;
} fault;

static enum { RUNNING, ENDING, KILLED } state;

/* Of two threads one brings the end about, and its end is the one that comes. */
static bool is_first(int end)
{
	int running = RUNNING;

	return __atomic_compare_exchange_n(&state, &running, end, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static bool is_another_thread(void)
{
	return syscall(SYS_gettid) != getpid();
}

static const char *get(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

__attribute__((constructor)) static void begin(void)
{
	if (strcmp(program_invocation_short_name, "npmrc-doctor") != 0)
		return;
	fault.at = strtol(get("FAULT_AT"), NULL, 10);
	fault.signal = strcmp(get("FAULT_DO"), "kill") == 0 ? SIGKILL :
		strcmp(get("FAULT_DO"), "abort") == 0 ? SIGABRT :
		strcmp(get("FAULT_DO"), "stop") == 0 ? SIGSTOP :
		strcmp(get("FAULT_DO"), "term") == 0 ? SIGTERM : 0;
	fault.error = strtol(get("FAULT_DO"), NULL, 10);
	fault.is_short = strcmp(get("FAULT_DO"), "short") == 0;
	fault.is_slow = strcmp(get("FAULT_DO"), "slow") == 0;
	fault.ms = strtol(get("FAULT_MS"), NULL, 10);
	fault.pid = strtol(get("FAULT_PID"), NULL, 10);
	fault.only = get("FAULT_ONLY");
	fault.log = get("FAULT_LOG");
	fault.named = *get("FAULT_NAMED");
	fault.old = *get("FAULT_OLD");
	fault.active = *fault.log;
}

__attribute__((destructor)) static void end(void)
{
	if (fault.active && strcmp(get("FAULT_END"), "stop") == 0) {
		/* The program has made itself root's to look at. */
		prctl(PR_SET_DUMPABLE, 1);
		raise(SIGSTOP);
	}
}

static bool counts(const char *name)
{
	size_t n = strlen(name);
	const char *at = fault.only;

	if (!*at)
		return true;
	for (; (at = strstr(at, name)); at += n)
		if ((at == fault.only || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return true;
	return false;
}

/* Raw system calls: the wrappers below would count themselves. */
static void tell(const char *name)
{
	long fd = syscall(SYS_openat, AT_FDCWD, fault.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	syscall(SYS_write, fd, name, strlen(name));
	syscall(SYS_write, fd, "\n", 1);
	syscall(SYS_close, fd);
}

static bool kills(void)
{
	return !fault.pid && (fault.signal == SIGKILL || fault.signal == SIGABRT);
}

/* Whether this call is to fail; errno is set then. */
static bool hit(const char *name)
{
	int saved = errno;
	long n;

	if (!fault.active || !counts(name))
		return false;
	if (__atomic_load_n(&state, __ATOMIC_SEQ_CST) == ENDING && is_another_thread())
		return false;
	n = __atomic_add_fetch(&fault.n, 1, __ATOMIC_SEQ_CST);
	if (n == fault.at && kills() && !is_first(KILLED) && is_another_thread())
		return false;
	if (fault.at == 0 || n == fault.at)
		tell(name);
	errno = saved;
	if (fault.is_slow && n >= fault.at)
		syscall(SYS_nanosleep, &(struct timespec){ .tv_nsec = fault.ms * 1000000 }, NULL);
	if (n != fault.at || fault.is_slow)
		return false;
	if (fault.pid || fault.signal)
		kill(fault.pid ? (pid_t)fault.pid : getpid(), fault.signal ? fault.signal : SIGKILL);
	if (fault.pid || fault.signal)
		return false;
	errno = (int)fault.error;
	return true;
}

void exit(int status)
{
	static void (*real)(int) __attribute__((noreturn));

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "exit");
	while (!is_first(ENDING) && state == KILLED)
		pause();
	real(status);
}

#define WRAP(type, name, parameters, arguments) \
	type name parameters \
	{ \
		static type(*real) parameters; \
		if (!real) \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		return hit(#name) ? (type)-1 : real arguments; \
	}

#define OPEN(name) \
	int name(const char *path, int flags, ...) \
	{ \
		static int (*real)(const char *, int, ...); \
		mode_t mode = 0; \
		if (!real) \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) { \
			va_list ap; \
			va_start(ap, flags); \
			mode = va_arg(ap, mode_t); \
			va_end(ap); \
		} \
		return hit("open") ? -1 : real(path, flags, mode); \
	}

#define OPENAT(name) \
	int name(int dir, const char *path, int flags, ...) \
	{ \
		static int (*real)(int, const char *, int, ...); \
		mode_t mode = 0; \
		if (!real) \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) { \
			va_list ap; \
			va_start(ap, flags); \
			mode = va_arg(ap, mode_t); \
			va_end(ap); \
		} \
		if (hit("openat")) \
			return -1; \
		if (fault.named && (flags & O_TMPFILE) == O_TMPFILE) { \
			errno = EOPNOTSUPP; \
			return -1; \
		} \
		return real(dir, path, flags, mode); \
	}

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
int __open_2(const char *path, int flags);
WRAP(int, __open_2, (const char *path, int flags), (path, flags))

/* GLib's threads wake each other through an eventfd, where read() and write() do not fail. */
static bool is_wakeup(int fd)
{
	char link[64], to[32] = "";
	char *p = link + sizeof(link);

	*--p = '\0';
	do
		*--p = (char)('0' + fd % 10);
	while ((fd /= 10) > 0);
	p -= strlen("/proc/self/fd/");
	memcpy(p, "/proc/self/fd/", strlen("/proc/self/fd/"));
	syscall(SYS_readlinkat, AT_FDCWD, p, to, sizeof(to) - 1);
	return strstr(to, "[eventfd]") != NULL;
}

static ssize_t one_byte(long call, int fd, void *bytes, size_t n)
{
	return syscall(call, fd, bytes, n < 1 ? n : 1);
}

ssize_t read(int fd, void *to, size_t n)
{
	if (is_wakeup(fd) || !hit("read"))
		return syscall(SYS_read, fd, to, n);
	return fault.is_short ? one_byte(SYS_read, fd, to, n) : -1;
}

ssize_t write(int fd, const void *from, size_t n)
{
	if (is_wakeup(fd) || !hit("write"))
		return syscall(SYS_write, fd, from, n);
	return fault.is_short ? one_byte(SYS_write, fd, (void *)from, n) : -1;
}

WRAP(int, fsync, (int fd), (fd))
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
WRAP(int, ftruncate, (int fd, off_t n), (fd, n))
WRAP(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(int, renameat2, (int a, const char *from, int b, const char *to, unsigned flags),
	(a, from, b, to, flags))
WRAP(int, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
WRAP(int, unlinkat, (int dir, const char *name, int flags), (dir, name, flags))
WRAP(int, unlink, (const char *name), (name))
WRAP(int, mkdir, (const char *name, mode_t mode), (name, mode))
WRAP(int, stat, (const char *path, struct stat *st), (path, st))
WRAP(int, lstat, (const char *path, struct stat *st), (path, st))
WRAP(int, fstat, (int fd, struct stat *st), (fd, st))
WRAP(int, fstatat, (int dir, const char *path, struct stat *st, int flags), (dir, path, st, flags))
WRAP(int, access, (const char *path, int mode), (path, mode))
WRAP(ssize_t, readlink, (const char *path, char *to, size_t n), (path, to, n))
WRAP(int, flock, (int fd, int operation), (fd, operation))
WRAP(ssize_t, getrandom, (void *to, size_t n, unsigned flags), (to, n, flags))
WRAP(ssize_t, llistxattr, (const char *path, char *to, size_t n), (path, to, n))
WRAP(ssize_t, lgetxattr, (const char *path, const char *name, void *to, size_t n), (path, name, to, n))
WRAP(int, fsetxattr, (int fd, const char *name, const void *from, size_t n, int flags),
	(fd, name, from, n, flags))
WRAP(int, fremovexattr, (int fd, const char *name), (fd, name))
WRAP(int, socket, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(int, connect, (int fd, const struct sockaddr *to, socklen_t n), (fd, to, n))
WRAP(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
WRAP(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))

/* The descriptor is gone even where close() reports an error. */
int close(int fd)
{
	static int (*real)(int);
	int rc;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "close");
	if (!hit("close"))
		return real(fd);
	rc = errno;
	real(fd);
	errno = rc;
	return -1;
}

int pidfd_open(pid_t pid, unsigned flags)
{
	errno = ENOSYS;
	return fault.old ? -1 : (int)syscall(SYS_pidfd_open, pid, flags);
}

int close_range(unsigned first, unsigned last, int flags)
{
	errno = ENOSYS;
	return fault.old ? -1 : (int)syscall(SYS_close_range, first, last, flags);
}
