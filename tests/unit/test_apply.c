#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <npmrc-doctor/apply.h>
#include <stdlib.h>
#include <unistd.h>

#define OLD "; mine\n//registry.example/:_authToken=tok-CANARY-1\nproxy=x\n"
#define TOKEN "tok-CANARY-1"

/* A keyring that remembers what it was told, in place of the real one. */
struct nd_keyring {
	GString *log;
	int fail_at; /* the how-manieth call fails, from 1 */
	int calls;
	const char *file, *held; /* of NPMRC_SECRET_A; NULL: nothing */
};

struct nd_keyring_item *nd_keyring_item_new(const char *file, const char *location, const char *key,
	const char *variable)
{
	struct nd_keyring_item *item = g_new0(struct nd_keyring_item, 1);

	item->file = g_strdup(file);
	item->location = g_strdup(location);
	item->key = g_strdup(key);
	item->variable = g_strdup(variable);
	return item;
}

void nd_keyring_item_free(struct nd_keyring_item *item)
{
	g_free(item->file);
	g_free(item->location);
	g_free(item->key);
	g_free(item->variable);
	g_free(item);
}

bool nd_keyring_store(struct nd_keyring *keyring, const struct nd_keyring_item *item,
	const struct nd_secret *secret, GError **err)
{
	if (++keyring->calls == keyring->fail_at) {
		g_set_error(err, g_quark_from_static_string("fake"), 0, "the keyring is gone");
		return false;
	}
	g_string_append_printf(keyring->log, "%s=%zu;", item->variable, nd_secret_reveal(secret).n);
	return true;
}

GPtrArray *nd_keyring_list(struct nd_keyring *keyring, GError **err)
{
	GPtrArray *items = g_ptr_array_new_with_free_func((GDestroyNotify)nd_keyring_item_free);

	(void)err;
	if (keyring->held)
		g_ptr_array_add(items, nd_keyring_item_new(keyring->file, "//registry.example/", "_authToken",
			"NPMRC_SECRET_A"));
	return items;
}

struct nd_secret *nd_keyring_lookup(struct nd_keyring *keyring, const char *file, const char *variable,
	GError **err)
{
	(void)err;
	assert_string_equal(file, keyring->file);
	assert_string_equal(variable, "NPMRC_SECRET_A");
	return nd_secret_new(nd_span_of(keyring->held));
}

struct world {
	char *dir, *path;
	struct nd_file *file;
	struct nd_plan_file plan;
	GPtrArray *edits;
	struct nd_keyring keyring;
	int asked, read_back;
	const char *say_no; /* verify, read_back */
};

static void add_edit(struct world *w, const char *old, const char *text, const char *secret)
{
	struct nd_edit *edit = g_new0(struct nd_edit, 1);
	const char *at = strstr(w->file->bytes, old);

	edit->file = g_strdup(w->path);
	edit->start = (size_t)(at - w->file->bytes);
	edit->end = edit->start + strlen(old);
	edit->text = g_strdup(text);
	if (secret) {
		edit->secret = nd_secret_new(nd_span_of(secret));
		edit->location = g_strdup("//registry.example/");
		edit->key = g_strdup("_authToken");
		edit->variable = g_strdup("NPMRC_SECRET_A");
	}
	g_ptr_array_add(w->edits, edit);
}

static int setup(void **state)
{
	struct world *w = g_new0(struct world, 1);

	w->dir = g_dir_make_tmp("nd-apply-XXXXXX", NULL);
	w->path = g_build_filename(w->dir, ".npmrc", NULL);
	assert_true(g_file_set_contents(w->path, OLD, -1, NULL));
	assert_int_equal(chmod(w->path, 0644), 0);
	w->file = nd_file_read(w->path, 4096);
	w->edits = g_ptr_array_new_with_free_func((GDestroyNotify)nd_edit_free);
	w->plan = (struct nd_plan_file){ w->file, w->edits, true, NULL };
	w->keyring.log = g_string_new(NULL);
	add_edit(w, TOKEN, "${NPMRC_SECRET_A}", TOKEN);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	const char *argv[] = { "rm", "-rf", w->dir, NULL };

	g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
	g_string_free(w->keyring.log, TRUE);
	g_ptr_array_unref(w->edits);
	nd_file_free(w->file);
	g_free(w->path);
	g_free(w->dir);
	g_free(w);
	return 0;
}

static bool say(const struct world *w, const char *who, GError **err)
{
	if (!w->say_no || !g_str_equal(w->say_no, who))
		return true;
	g_set_error(err, g_quark_from_static_string("fake"), 0, "%s says no", who);
	return false;
}

/* Nothing may have happened yet. */
static bool verify(void *data, const struct nd_plan_file *file, const GString *bytes, GError **err)
{
	struct world *w = data;

	w->asked++;
	assert_ptr_equal(file, &w->plan);
	assert_null(strstr(bytes->str, "CANARY"));
	assert_int_equal(w->keyring.calls, 0);
	return say(w, "verify", err);
}

/* Everything must have happened. */
static bool read_back(void *data, const struct nd_plan_file *file, GError **err)
{
	struct world *w = data;
	g_autofree char *text = NULL;

	w->read_back++;
	assert_ptr_equal(file, &w->plan);
	assert_true(g_file_get_contents(w->path, &text, NULL, NULL));
	assert_null(strstr(text, "CANARY"));
	assert_int_equal(w->keyring.calls, 1);
	return say(w, "read_back", err);
}

static void assert_file(const struct world *w, const char *expected, mode_t mode)
{
	g_autofree char *text = NULL;
	GDir *dir = g_dir_open(w->dir, 0, NULL);
	struct stat st;
	int names = 0;

	assert_true(g_file_get_contents(w->path, &text, NULL, NULL));
	assert_string_equal(text, expected);
	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
	while (g_dir_read_name(dir))
		names++;
	g_dir_close(dir);
	assert_int_equal(names, 1);
}

static bool apply(struct world *w, size_t *stored, GError **err)
{
	struct nd_apply_options options = {
		.keyring = &w->keyring, .verify = verify, .read_back = read_back, .data = w
	};

	return nd_apply_file(&w->plan, &options, stored, err);
}

static void assert_fails(struct world *w, size_t stored, const char *message)
{
	size_t n = 99;
	GError *err = NULL;

	assert_false(apply(w, &n, &err));
	assert_int_equal(n, stored);
	assert_non_null(strstr(err->message, message));
	assert_null(strstr(err->message, "CANARY"));
	g_error_free(err);
}

static void works(void **state)
{
	struct world *w = *state;
	size_t stored;

	assert_true(apply(w, &stored, NULL));
	assert_int_equal(stored, 1);
	assert_int_equal(w->asked, 1);
	assert_int_equal(w->read_back, 1);
	assert_string_equal(w->keyring.log->str, "NPMRC_SECRET_A=12;");
	assert_file(w, "; mine\n//registry.example/:_authToken=${NPMRC_SECRET_A}\nproxy=x\n", 0600);
}

static void says_no_beforehand(void **state)
{
	struct world *w = *state;

	w->say_no = "verify";
	assert_fails(w, 0, "verify says no");
	assert_int_equal(w->keyring.calls, 0);
	assert_file(w, OLD, 0644);
}

static void puts_back(void **state)
{
	struct world *w = *state;

	w->say_no = "read_back";
	assert_fails(w, 1, "read_back says no");
	assert_file(w, OLD, 0600);
}

static void keyring_fails(void **state)
{
	struct world *w = *state;

	w->keyring.fail_at = 1;
	assert_fails(w, 0, "the keyring is gone");
	assert_file(w, OLD, 0644);
}

/* The second of two: the first one remains, and that is said. */
static void keyring_fails_half_way(void **state)
{
	struct world *w = *state;

	add_edit(w, "proxy=x", "proxy=${NPMRC_SECRET_B}", "x");
	w->keyring.fail_at = 2;
	assert_fails(w, 1, "the keyring is gone");
	assert_file(w, OLD, 0644);
}

/* A line that comes from another file may not replace the secret of one that is here. */
static void secret_of_another_line_stays(void **state)
{
	struct world *w = *state;
	struct nd_edit *edit = w->edits->pdata[0];
	size_t stored;

	edit->from = g_strdup("/project/.npmrc");
	w->keyring.file = w->path;
	w->keyring.held = "tok-CANARY-2";
	assert_fails(w, 0, "the keyring holds another value of NPMRC_SECRET_A for it already");
	assert_file(w, OLD, 0644);
	w->keyring.held = TOKEN;
	assert_true(apply(w, &stored, NULL));
}

/* What shows before the keyring is touched: a file that was changed, and one with a second name. */
static void keyring_stays_clean(void **state)
{
	struct world *w = *state;
	g_autofree char *other = g_build_filename(w->dir, "..", "nd-apply-link", NULL);

	unlink(other);
	assert_int_equal(link(w->path, other), 0);
	assert_fails(w, 0, "hard links");
	assert_int_equal(unlink(other), 0);
	assert_fails(w, 0, "since it was read");
	assert_int_equal(w->keyring.calls, 0);
	assert_file(w, OLD, 0644);
}

static void makes_files(void **state)
{
	struct world *w = *state;
	g_autofree char *path = g_build_filename(w->dir, "a", "b", "ca.pem", NULL);
	g_autofree char *text = NULL, *folder = g_path_get_dirname(path);
	struct nd_file *none = nd_file_read(path, 4096);
	g_autoptr(GPtrArray) edits = g_ptr_array_new();
	struct nd_edit edit = { .file = path, .text = (char *)"PEM\n", .create = (char *)"roots" };
	struct nd_plan_file plan = { none, edits, false, none };
	struct nd_apply_options options = { 0 };
	struct stat st;
	GError *err = NULL;
	size_t stored;

	none->bytes = g_strdup("");
	g_ptr_array_add(edits, &edit);
	assert_true(nd_apply_file(&plan, &options, &stored, NULL));
	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	assert_string_equal(text, "PEM\n");
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	/* What has come there meanwhile is not lost. */
	assert_false(nd_apply_file(&plan, &options, &stored, &err));
	assert_int_equal(err->code, ND_FILE_ERROR_CHANGED);
	g_error_free(err);
	nd_file_free(none);
}

/* What is found wrong when it is read back. */
static bool refuses(void *data, const struct nd_plan_file *file, GError **err)
{
	if (data)
		assert_true(g_file_set_contents(file->file->path, data, -1, NULL));
	g_set_error_literal(err, g_quark_from_static_string("fake"), 0, "it says no");
	return false;
}

/* The file that was made goes; what somebody has written in its place does not, nor does a link to it. */
static void unmakes_files(void **state)
{
	struct world *w = *state;
	g_autofree char *real = g_build_filename(w->dir, "real.pem", NULL),
			*path = g_build_filename(w->dir, "ca.pem", NULL);
	g_autofree char *text = NULL, *link_text = NULL;
	g_autoptr(GPtrArray) edits = g_ptr_array_new();
	struct nd_edit edit = { .file = path, .text = (char *)"PEM\n", .create = (char *)"roots" };
	struct nd_apply_options options = { .read_back = refuses };
	struct nd_file *none;
	GError *err = NULL;
	size_t stored;

	assert_int_equal(symlink("real.pem", path), 0);
	none = nd_file_read(path, 4096);
	none->bytes = g_strdup("");
	g_ptr_array_add(edits, &edit);
	struct nd_plan_file plan = { none, edits, false, none };

	assert_false(nd_apply_file(&plan, &options, &stored, &err));
	assert_string_equal(err->message, "it says no");
	g_clear_error(&err);
	assert_false(g_file_test(real, G_FILE_TEST_EXISTS));
	link_text = g_file_read_link(path, NULL);
	assert_string_equal(link_text, "real.pem");
	options.data = (void *)"theirs\n";
	assert_false(nd_apply_file(&plan, &options, &stored, &err));
	assert_int_equal(err->code, ND_FILE_ERROR_NOT_PUT_BACK);
	g_clear_error(&err);
	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	assert_string_equal(text, "theirs\n");
	nd_file_free(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(works, setup, teardown),
		cmocka_unit_test_setup_teardown(says_no_beforehand, setup, teardown),
		cmocka_unit_test_setup_teardown(puts_back, setup, teardown),
		cmocka_unit_test_setup_teardown(keyring_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(keyring_fails_half_way, setup, teardown),
		cmocka_unit_test_setup_teardown(secret_of_another_line_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(keyring_stays_clean, setup, teardown),
		cmocka_unit_test_setup_teardown(makes_files, setup, teardown),
		cmocka_unit_test_setup_teardown(unmakes_files, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
