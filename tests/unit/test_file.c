#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <npmrc-doctor/file.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define OLD "registry=https://registry.example/\n"
#define NEW "//registry.example/:_authToken=tok-CANARY\n"
#define NOBODY 65534

/* A directory that only its owner's tests write to, and a file in it. */
struct place {
	char *dir, *file;
};

static char *in(const struct place *p, const char *name)
{
	return g_build_filename(p->dir, name, NULL);
}

static int setup(void **state)
{
	struct place *p = g_new0(struct place, 1);

	p->dir = g_dir_make_tmp("nd-file-XXXXXX", NULL);
	p->file = in(p, ".npmrc");
	assert_true(g_file_set_contents(p->file, OLD, -1, NULL));
	assert_int_equal(chmod(p->file, 0644), 0);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	const char *argv[] = { "rm", "-rf", p->dir, NULL };

	chmod(p->dir, 0700);
	g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
	g_free(p->dir);
	g_free(p->file);
	g_free(p);
	return 0;
}

static struct nd_file_id id_of(const char *path)
{
	struct nd_file_id id;
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	nd_file_id_set(&id, &st);
	return id;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void assert_content(const char *path, const char *expected)
{
	g_autofree char *text = NULL;

	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	assert_string_equal(text, expected);
}

/* How many names a directory holds: a temporary file left behind would be one more. */
static int names_in(const char *dir)
{
	GDir *d = g_dir_open(dir, 0, NULL);
	int n = 0;

	assert_non_null(d);
	while (g_dir_read_name(d))
		n++;
	g_dir_close(d);
	return n;
}

static struct nd_replace replacing(const char *path, const struct nd_file_id *was)
{
	return (struct nd_replace){ path, was, nd_span_of(NEW), 0600 };
}

static void assert_replaced(const char *path, const struct nd_file_id *was)
{
	struct nd_replace what = replacing(path, was);
	struct nd_file_id now, then;
	GError *err = NULL;

	if (!nd_file_replace(&what, &now, &err))
		fail_msg("%s", err->message);
	then = id_of(path);
	assert_true(nd_file_id_equal(&now, &then));
	assert_content(path, NEW);
}

static void assert_refused(const struct nd_replace *what, enum nd_file_error code)
{
	struct nd_file_id now = { 0 };
	GError *err = NULL;

	assert_false(nd_file_replace(what, &now, &err));
	assert_true(now.ino == 0);
	assert_non_null(err);
	assert_int_equal(err->domain, ND_FILE_ERROR);
	assert_int_equal(err->code, (int)code);
	assert_non_null(strstr(err->message, "npmrc"));
	assert_null(strstr(err->message, "CANARY"));
	g_error_free(err);
}

static void replaces_and_tightens(void **state)
{
	static const struct {
		mode_t old, max, now;
	} rows[] = {
		{ 0644, 0600, 0600 },
		{ 0666, 0600, 0600 },
		{ 0600, 0600, 0600 },
		{ 0400, 0600, 0400 },
		{ 0640, 0666, 0640 },
		{ 0644, 0777, 0644 },
		{ 0755, 0600, 0600 },
	};
	struct place *p = *state;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct nd_replace what = replacing(p->file, NULL);
		struct nd_file_id was;

		assert_int_equal(chmod(p->file, rows[i].old), 0);
		was = id_of(p->file);
		what.was = &was;
		what.max_mode = rows[i].max;
		assert_true(nd_file_replace(&what, NULL, NULL));
		assert_int_equal(mode_of(p->file), rows[i].now);
		assert_content(p->file, NEW);
		assert_int_equal(names_in(p->dir), 1);
	}
}

static void writes_every_byte(void **state)
{
	struct place *p = *state;
	size_t n = 3 * 1024 * 1024 + 7;
	g_autofree char *bytes = g_malloc(n);
	g_autofree char *back = NULL;
	struct nd_replace what = { p->file, NULL, { bytes, n }, 0600 };
	gsize got;

	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)(i * 7 % 251);
	assert_true(nd_file_replace(&what, NULL, NULL));
	assert_true(g_file_get_contents(p->file, &back, &got, NULL));
	assert_int_equal(got, n);
	assert_memory_equal(back, bytes, n);
	what.bytes.n = 0;
	assert_true(nd_file_replace(&what, NULL, NULL));
	assert_content(p->file, "");
}

static void makes_a_new_file(void **state)
{
	struct place *p = *state;
	g_autofree char *fresh = in(p, "fresh.npmrc");
	struct nd_file_id none = { 0 };
	mode_t mask = umask(022);

	assert_replaced(fresh, &none);
	assert_int_equal(mode_of(fresh), 0600);
	unlink(fresh);
	assert_replaced(fresh, NULL);
	unlink(fresh);
	{
		struct nd_replace what = replacing(fresh, NULL);

		what.max_mode = 0666;
		assert_true(nd_file_replace(&what, NULL, NULL));
		assert_int_equal(mode_of(fresh), 0644);
	}
	umask(mask);
	assert_int_equal(names_in(p->dir), 2);
}

static void new_file_must_be_new(void **state)
{
	struct place *p = *state;
	struct nd_file_id none = { 0 };
	struct nd_replace what = replacing(p->file, &none);

	assert_refused(&what, ND_FILE_ERROR_CHANGED);
	assert_content(p->file, OLD);
}

static void follows_links(void **state)
{
	struct place *p = *state;
	g_autofree char *sub = in(p, "dotfiles");
	g_autofree char *real = in(p, "dotfiles/npmrc");
	g_autofree char *first = in(p, "first.npmrc");
	g_autofree char *second = in(p, "dotfiles/second");
	struct nd_file_id was;
	struct stat st;

	assert_int_equal(mkdir(sub, 0700), 0);
	assert_int_equal(rename(p->file, real), 0);
	assert_int_equal(symlink("dotfiles/second", first), 0);
	assert_int_equal(symlink("npmrc", second), 0);
	was = id_of(first);
	assert_replaced(first, &was);
	assert_content(real, NEW);
	assert_int_equal(lstat(first, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(lstat(second, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(names_in(p->dir), 2);
	assert_int_equal(names_in(sub), 2);
}

/* A link to a file that is yet to be made; and links that lead nowhere or in a circle. */
static void follows_dangling_links(void **state)
{
	struct place *p = *state;
	g_autofree char *sub = in(p, "dotfiles");
	g_autofree char *real = in(p, "dotfiles/npmrc");
	g_autofree char *link = in(p, "link.npmrc");
	g_autofree char *lost = in(p, "lost.npmrc");
	g_autofree char *loop = in(p, "loop.npmrc");
	struct nd_replace what = replacing(lost, NULL);
	struct stat st;

	assert_int_equal(mkdir(sub, 0700), 0);
	assert_int_equal(symlink("dotfiles/npmrc", link), 0);
	assert_int_equal(symlink("nowhere/npmrc", lost), 0);
	assert_int_equal(symlink("loop.npmrc", loop), 0);
	assert_replaced(link, NULL);
	assert_content(real, NEW);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_refused(&what, ND_FILE_ERROR_WRITE);
	what.path = loop;
	assert_refused(&what, ND_FILE_ERROR_WRITE);
	assert_int_equal(names_in(p->dir), 5);
}

static void leaves_changed_files_alone(void **state)
{
	struct place *p = *state;
	struct nd_file_id was = id_of(p->file);
	struct nd_replace what = replacing(p->file, &was);
	struct timespec times[2] = { { 0, UTIME_OMIT }, was.mtime };
	g_autofree char *other = in(p, "other");

	/* Same size, and the time put back: only the change time tells. */
	assert_true(g_file_set_contents(other, "REGISTRY=https://registry.example/\n", -1, NULL));
	{
		int fd = open(p->file, O_WRONLY);

		assert_true(write(fd, "R", 1) == 1);
		close(fd);
	}
	assert_int_equal(utimensat(AT_FDCWD, p->file, times, 0), 0);
	assert_refused(&what, ND_FILE_ERROR_CHANGED);
	assert_content(p->file, "R" "egistry=https://registry.example/\n");

	/* Replaced by another file, as editors do. */
	was = id_of(p->file);
	assert_int_equal(rename(other, p->file), 0);
	assert_refused(&what, ND_FILE_ERROR_CHANGED);

	was = id_of(p->file);
	assert_int_equal(chmod(p->file, 0640), 0);
	assert_refused(&what, ND_FILE_ERROR_CHANGED);

	was = id_of(p->file);
	assert_int_equal(unlink(p->file), 0);
	assert_refused(&what, ND_FILE_ERROR_CHANGED);
	assert_int_equal(names_in(p->dir), 0);
}

static void leaves_other_kinds_alone(void **state)
{
	struct place *p = *state;
	struct nd_replace what = replacing(p->file, NULL);
	g_autofree char *again = in(p, "again");

	assert_int_equal(link(p->file, again), 0);
	assert_refused(&what, ND_FILE_ERROR_KIND);
	assert_content(again, OLD);
	unlink(again);
	unlink(p->file);
	assert_int_equal(mkfifo(p->file, 0600), 0);
	assert_refused(&what, ND_FILE_ERROR_KIND);
	unlink(p->file);
	assert_int_equal(mkdir(p->file, 0700), 0);
	assert_refused(&what, ND_FILE_ERROR_KIND);
	assert_int_equal(names_in(p->dir), 1);
}

/* Runs a body in a child, as somebody else if this is root; the child's status is the number of the
 * expectation that failed, 77 if it could not run. */
static void in_child(const struct place *p, void (*body)(const struct place *), uid_t uid)
{
	pid_t child;
	int status;

	if (geteuid() == 0)
		assert_int_equal(chown(p->dir, NOBODY, NOBODY), 0);
	fflush(stdout);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (geteuid() == 0 && uid != 0 && (setgid(uid) != 0 || setuid(uid) != 0))
			_exit(77);
		body(p);
		_exit(0);
	}
	assert_true(waitpid(child, &status, 0) == child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* In the child cmocka's assertions would report to nobody. */
#define EXPECT(number, truth) \
	do { \
		if (!(truth)) \
			_exit(number); \
	} while (0)

static bool refused(const struct nd_replace *what, const char *text)
{
	g_autoptr(GError) err = NULL;

	return !nd_file_replace(what, NULL, &err) && err->domain == ND_FILE_ERROR &&
		err->code == ND_FILE_ERROR_WRITE && strstr(err->message, text) &&
		!strstr(err->message, "CANARY");
}

static bool untouched(const struct place *p)
{
	g_autofree char *text = NULL;

	return g_file_get_contents(p->file, &text, NULL, NULL) && g_str_equal(text, OLD) &&
		names_in(p->dir) == 1;
}

static void in_read_only_directory(const struct place *p)
{
	struct nd_replace what = replacing(p->file, NULL);

	EXPECT(1, chmod(p->dir, 0500) == 0);
	EXPECT(2, refused(&what, "Permission denied"));
	EXPECT(3, untouched(p));
}

static void read_only_directory(void **state)
{
	in_child(*state, in_read_only_directory, NOBODY);
}

static void over_somebody_elses(const struct place *p)
{
	struct nd_replace what = replacing(p->file, NULL);

	EXPECT(1, refused(&what, "belongs to user 0"));
	EXPECT(2, untouched(p));
}

/* A file of another group: it can only be replaced where its group may do nothing with the new one. */
static void of_a_foreign_group(const struct place *p)
{
	struct nd_replace what = replacing(p->file, NULL);
	g_autofree char *text = NULL;
	struct stat st;

	what.max_mode = 07777;
	EXPECT(1, refused(&what, "group 12345"));
	EXPECT(2, untouched(p));
	what.max_mode = 0600;
	EXPECT(3, nd_file_replace(&what, NULL, NULL));
	EXPECT(4, g_file_get_contents(p->file, &text, NULL, NULL) && g_str_equal(text, NEW));
	EXPECT(5, stat(p->file, &st) == 0 && st.st_uid == NOBODY && st.st_gid == NOBODY);
	EXPECT(6, (st.st_mode & 07777) == 0600);
}

static void keeps_foreign_group(void **state)
{
	struct place *p = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(p->file, 0640), 0);
	assert_int_equal(chown(p->file, NOBODY, 12345), 0);
	in_child(p, of_a_foreign_group, NOBODY);
}

static void keeps_owner(void **state)
{
	struct place *p = *state;
	struct stat st;

	if (geteuid() != 0)
		skip();
	/* Whoever may write the directory may replace root's file, but not give the new one away. */
	in_child(p, over_somebody_elses, NOBODY);
	assert_int_equal(chown(p->file, NOBODY, 12345), 0);
	assert_replaced(p->file, NULL);
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_uid, NOBODY);
	assert_int_equal(st.st_gid, 12345);
}

/* The limit is hit in the middle of the content, after a short write. */
static void beyond_file_size(const struct place *p)
{
	struct rlimit limit = { 20, 20 };
	struct nd_replace what = replacing(p->file, NULL);

	signal(SIGXFSZ, SIG_IGN);
	EXPECT(1, setrlimit(RLIMIT_FSIZE, &limit) == 0);
	EXPECT(2, refused(&what, "File too large"));
	EXPECT(3, untouched(p));
}

static void full_disk(void **state)
{
	in_child(*state, beyond_file_size, 0);
}

static bool set_xattr(const char *path, const char *name, const void *value, size_t n)
{
	if (setxattr(path, name, value, n, 0) == 0)
		return true;
	assert_int_equal(errno, ENOTSUP);
	return false;
}

static void keeps_attributes(void **state)
{
	struct place *p = *state;
	char value[16] = "";

	if (!set_xattr(p->file, "user.origin", "dotfiles", 8) ||
		!set_xattr(p->file, "user.empty", "", 0))
		skip();
	assert_replaced(p->file, NULL);
	assert_int_equal(getxattr(p->file, "user.origin", value, sizeof(value)), 8);
	assert_memory_equal(value, "dotfiles", 8);
	assert_int_equal(getxattr(p->file, "user.empty", value, sizeof(value)), 0);
	assert_int_equal(mode_of(p->file), 0600);
}

/* u::rw- u:65534:rw- g::r-- m::rw- o::---, as linux/posix_acl_xattr.h lays it out. */
static const unsigned char acl[] = {
	2, 0, 0, 0,
	0x01, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
	0x02, 0, 6, 0, 0xfe, 0xff, 0, 0,
	0x04, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
	0x10, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
	0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
};

static void to_nobody(const struct place *p)
{
	EXPECT(1, access(p->file, R_OK) == 0);
}

static void not_to_nobody(const struct place *p)
{
	EXPECT(1, access(p->file, R_OK) != 0);
}

/* An ACL is kept, but grants no more than max_mode does: its mask is the group's bits. */
static void keeps_acl_within_bounds(void **state)
{
	struct place *p = *state;
	struct nd_replace what = replacing(p->file, NULL);
	unsigned char now[sizeof(acl)];

	if (geteuid() != 0 || !set_xattr(p->file, "system.posix_acl_access", acl, sizeof(acl)))
		skip();
	in_child(p, to_nobody, NOBODY);
	what.max_mode = 0660;
	assert_true(nd_file_replace(&what, NULL, NULL));
	assert_int_equal(getxattr(p->file, "system.posix_acl_access", now, sizeof(now)), sizeof(acl));
	assert_memory_equal(now, acl, sizeof(acl));
	in_child(p, to_nobody, NOBODY);

	what.max_mode = 0600;
	assert_true(nd_file_replace(&what, NULL, NULL));
	assert_int_equal(mode_of(p->file), 0600);
	assert_int_equal(getxattr(p->file, "system.posix_acl_access", now, sizeof(now)), sizeof(acl));
	in_child(p, not_to_nobody, NOBODY);
}

/* What a directory gives to new files does not get to a file that had none of it. */
static void takes_no_default_acl(void **state)
{
	struct place *p = *state;
	struct nd_replace what = replacing(p->file, NULL);
	unsigned char now[sizeof(acl)];

	if (geteuid() != 0 || !set_xattr(p->dir, "system.posix_acl_default", acl, sizeof(acl)))
		skip();
	assert_int_equal(chmod(p->file, 0640), 0);
	what.max_mode = 0640;
	assert_true(nd_file_replace(&what, NULL, NULL));
	assert_int_equal(mode_of(p->file), 0640);
	assert_true(getxattr(p->file, "system.posix_acl_access", now, sizeof(now)) < 0);
	in_child(p, not_to_nobody, NOBODY);
}

/* As often as not the file is rewritten after it was read; each of those versions survives. */
static void loses_no_version(void **state)
{
	struct place *p = *state;
	int won = 0, lost = 0;

	for (int i = 0; i < 200; i++) {
		struct nd_file_id was = id_of(p->file);
		struct nd_replace what = replacing(p->file, &was);
		GError *err = NULL;

		if (i % 2)
			assert_true(g_file_set_contents(p->file, OLD, -1, NULL));
		if (nd_file_replace(&what, NULL, &err)) {
			won++;
			assert_int_equal(i % 2, 0);
		} else {
			lost++;
			assert_int_equal(err->code, ND_FILE_ERROR_CHANGED);
			g_error_free(err);
			assert_content(p->file, OLD);
		}
		assert_int_equal(names_in(p->dir), 1);
	}
	assert_int_equal(won, 100);
	assert_int_equal(lost, 100);
}

static struct nd_file_ready *prepared(const char *path)
{
	struct nd_replace what = replacing(path, NULL);
	GError *err = NULL;
	struct nd_file_ready *ready = nd_file_prepare(&what, &err);

	if (!ready)
		fail_msg("%s", err->message);
	return ready;
}

static void assert_changed(struct nd_file_ready *ready)
{
	GError *err = NULL;

	assert_false(nd_file_commit(ready, NULL, &err));
	assert_int_equal(err->code, ND_FILE_ERROR_CHANGED);
	g_error_free(err);
}

static void notices_a_writer_meanwhile(void **state)
{
	struct place *p = *state;
	struct nd_file_ready *ready = prepared(p->file);
	int fd = open(p->file, O_WRONLY | O_APPEND);

	assert_int_equal(write(fd, "a=b\n", 4), 4);
	close(fd);
	assert_changed(ready);
	assert_content(p->file, OLD "a=b\n");
	assert_int_equal(names_in(p->dir), 1);
}

static void notices_a_link_that_moved_meanwhile(void **state)
{
	struct place *p = *state;
	g_autofree char *link = in(p, "link");
	g_autofree char *next = in(p, "next");
	struct nd_file_ready *ready;

	assert_int_equal(symlink(".npmrc", link), 0);
	assert_int_equal(symlink("elsewhere", next), 0);
	ready = prepared(link);
	assert_int_equal(rename(next, link), 0);
	assert_changed(ready);
	assert_content(p->file, OLD);
	assert_int_equal(names_in(p->dir), 2);
}

static void discards_what_was_prepared(void **state)
{
	struct place *p = *state;
	struct nd_file_id was = id_of(p->file), now;
	struct nd_file_ready *ready = prepared(p->file);

	nd_file_discard(ready);
	nd_file_discard(NULL);
	now = id_of(p->file);
	assert_true(nd_file_id_equal(&was, &now));
	assert_int_equal(names_in(p->dir), 1);
}

/* What a killed process has left is removed, what a live one holds or somebody else made is not. */
static void sweeps_up(void **state)
{
	static const struct {
		const char *name;
		bool locked, goes;
	} rows[] = {
		{ ".npmrc-0123456789abcdef0123456789abcdef", false, true },
		{ ".npmrc-fedcba9876543210fedcba9876543210", true, false },
		{ ".npmrc-0123456789ABCDEF0123456789ABCDEF", false, false },
		{ ".npmrc-backup", false, false },
		{ ".npmrc-0123456789abcdef0123456789abcdef0", false, false },
	};
	struct place *p = *state;
	int fds[G_N_ELEMENTS(rows)];

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = in(p, rows[i].name);

		fds[i] = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
		assert_int_equal(write(fds[i], NEW, strlen(NEW)), strlen(NEW));
		assert_int_equal(flock(fds[i], rows[i].locked ? LOCK_EX : LOCK_UN), 0);
	}
	assert_replaced(p->file, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = in(p, rows[i].name);

		assert_int_equal(access(path, F_OK) == 0, !rows[i].goes);
		close(fds[i]);
	}
}

static void flushes(void **state)
{
	struct place *p = *state;
	g_autofree char *gone = in(p, "gone");
	GError *err = NULL;

	assert_true(nd_file_flush(p->file, NULL));
	assert_false(nd_file_flush(gone, &err));
	assert_int_equal(err->code, ND_FILE_ERROR_WRITE);
	g_error_free(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(replaces_and_tightens, setup, teardown),
		cmocka_unit_test_setup_teardown(writes_every_byte, setup, teardown),
		cmocka_unit_test_setup_teardown(makes_a_new_file, setup, teardown),
		cmocka_unit_test_setup_teardown(new_file_must_be_new, setup, teardown),
		cmocka_unit_test_setup_teardown(follows_links, setup, teardown),
		cmocka_unit_test_setup_teardown(follows_dangling_links, setup, teardown),
		cmocka_unit_test_setup_teardown(leaves_changed_files_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(leaves_other_kinds_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(read_only_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_foreign_group, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_owner, setup, teardown),
		cmocka_unit_test_setup_teardown(full_disk, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_attributes, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_acl_within_bounds, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_no_default_acl, setup, teardown),
		cmocka_unit_test_setup_teardown(loses_no_version, setup, teardown),
		cmocka_unit_test_setup_teardown(notices_a_writer_meanwhile, setup, teardown),
		cmocka_unit_test_setup_teardown(notices_a_link_that_moved_meanwhile, setup, teardown),
		cmocka_unit_test_setup_teardown(discards_what_was_prepared, setup, teardown),
		cmocka_unit_test_setup_teardown(sweeps_up, setup, teardown),
		cmocka_unit_test_setup_teardown(flushes, setup, teardown),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
