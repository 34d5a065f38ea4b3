#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <npmrc-doctor/doc.h>
#include <npmrc-doctor/plan.h>
#include <stdio.h>
#include <stdlib.h>

#define PATH "/home/u/.npmrc"

/* A report under construction, and the files that it speaks of. */
struct bench {
	struct nd_report *report;
	GPtrArray *files;
};

static void file_free(struct nd_file *file)
{
	g_free(file->path);
	g_free(file->bytes);
	g_free(file);
}

static struct nd_file *add_file(struct bench *b, const char *path, const char *text)
{
	struct nd_file *file = g_new0(struct nd_file, 1);

	file->path = g_strdup(path);
	file->bytes = g_strdup(text);
	file->size = strlen(text);
	file->id.dev = 1;
	file->id.ino = b->files->len + 1;
	file->id.mode = S_IFREG | 0600;
	g_ptr_array_add(b->files, file);
	return file;
}

static struct bench bench(const char *text)
{
	struct bench b = { nd_report_new(),
		g_ptr_array_new_with_free_func((GDestroyNotify)file_free) };

	add_file(&b, PATH, text);
	return b;
}

static void bench_release(struct bench *b)
{
	nd_report_free(b->report);
	g_ptr_array_unref(b->files);
}

static struct nd_finding *find(struct bench *b, enum nd_rule rule)
{
	struct nd_finding *finding = nd_finding_add(b->report, rule, "something is wrong");

	finding->keyring = nd_rule_row(rule)->mend == ND_MEND_KEYRING;
	return finding;
}

static struct nd_edit *edit_in(struct nd_finding *finding, const char *path, size_t start, size_t end,
	const char *text)
{
	struct nd_edit *edit = g_new0(struct nd_edit, 1);

	edit->file = g_strdup(path);
	edit->start = start;
	edit->end = end;
	edit->text = g_strdup(text);
	nd_finding_edit(finding, edit);
	return edit;
}

static struct nd_edit *edit(struct nd_finding *finding, size_t start, size_t end, const char *text)
{
	return edit_in(finding, PATH, start, end, text);
}

static struct nd_edit *move(struct nd_finding *finding, size_t start, size_t end, const char *value)
{
	struct nd_edit *e = edit(finding, start, end, "${NPMRC_SECRET_A}");

	e->secret = nd_secret_new(nd_span_of(value));
	e->location = g_strdup("//registry.example/");
	e->key = g_strdup("_authToken");
	e->variable = g_strdup("NPMRC_SECRET_A");
	e->tighten = true;
	return e;
}

static struct nd_plan *plan(const struct bench *b)
{
	struct nd_plan_options all = { true, true, NULL };

	return nd_plan_new(b->report, b->files, &all);
}

static const struct nd_plan_file *only(const struct nd_plan *p)
{
	assert_int_equal(p->files->len, 1);
	return p->files->pdata[0];
}

static void assert_result(const struct nd_plan_file *file, bool moves, const char *expected)
{
	GString *result = nd_plan_result(file, moves);

	assert_string_equal(result->str, expected);
	g_string_free(result, TRUE);
}

static void assert_counts(const struct nd_plan *p, guint files, guint left, guint later)
{
	assert_int_equal(p->files->len, files);
	assert_int_equal(p->left->len, left);
	assert_int_equal(p->later->len, later);
}

static void nothing_to_do(void **state)
{
	struct bench b = bench("a=1\n");
	struct nd_plan *p = plan(&b);
	GString *diff = nd_plan_diff(p);

	(void)state;
	assert_true(nd_plan_is_empty(p));
	assert_int_equal(diff->len, 0);
	g_string_free(diff, TRUE);
	nd_plan_free(p);
	nd_plan_free(NULL);
	bench_release(&b);
}

static void every_kind_of_edit(void **state)
{
	static const struct {
		const char *old;
		size_t start, end;
		const char *text, *new;
	} rows[] = {
		{ "proxy=p.example:8080\n", 6, 6, "http://", "proxy=http://p.example:8080\n" },
		{ "a=1\na=2\n", 0, 4, NULL, "a=2\n" },
		{ "a=1\na=2\n", 0, 4, "", "a=2\n" },
		{ "a=1\r\na=2", 5, 8, NULL, "a=1\r\n" },
		{ "a=1", 3, 3, "\nb=2\n", "a=1\nb=2\n" },
		{ "a=1\nb=2\n", 0, 8, "c=3\n", "c=3\n" },
		{ "", 0, 0, "a=1\n", "a=1\n" },
		{ "a=1", 0, 3, NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct bench b = bench(rows[i].old);
		struct nd_plan *p;

		edit(find(&b, ND_RULE_DUPLICATE_KEY), rows[i].start, rows[i].end, rows[i].text);
		p = plan(&b);
		assert_counts(p, 1, 0, 0);
		assert_false(nd_plan_moves(only(p)));
		assert_result(only(p), true, rows[i].new);
		nd_plan_free(p);
		bench_release(&b);
	}
}

static void modes_alone(void **state)
{
	static const struct {
		mode_t mode;
		guint files;
	} rows[] = { { 0600, 0 }, { 0400, 0 }, { 0644, 1 }, { 0640, 1 }, { 0602, 1 } };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct bench b = bench("a=1\n");
		struct nd_file *file = b.files->pdata[0];
		struct nd_plan *p;

		file->id.mode = S_IFREG | rows[i].mode;
		edit(find(&b, ND_RULE_CREDENTIALS_LOOSE_PERMISSIONS), 0, 0, NULL)->tighten = true;
		p = plan(&b);
		assert_counts(p, rows[i].files, 0, 0);
		if (rows[i].files)
			assert_true(only(p)->tighten);
		nd_plan_free(p);
		bench_release(&b);
	}
}

/* Two findings with one edit each in "a=12345678\n": what is left for the next run? */
static void collisions(void **state)
{
	static const struct {
		size_t start[2], end[2];
		const char *text[2];
		guint later;
		const char *new;
	} rows[] = {
		{ { 2, 4 }, { 4, 6 }, { "x", "y" }, 0, "a=xy5678\n" },
		{ { 4, 2 }, { 6, 4 }, { "y", "x" }, 0, "a=xy5678\n" },
		{ { 2, 3 }, { 4, 6 }, { "x", "y" }, 1, "a=x345678\n" },
		{ { 2, 2 }, { 4, 4 }, { "x", "y" }, 1, "a=x345678\n" },
		{ { 2, 2 }, { 4, 4 }, { "x", "x" }, 0, "a=x345678\n" },
		{ { 2, 2 }, { 2, 2 }, { "x", "y" }, 1, "a=x12345678\n" },
		{ { 2, 2 }, { 2, 4 }, { "x", "y" }, 1, "a=x12345678\n" },
		{ { 0, 4 }, { 11, 6 }, { "b=1\n", "y" }, 1, "b=1\n" },
		{ { 4, 2 }, { 4, 6 }, { "+", "y" }, 1, "a=12+345678\n" },
		{ { 2, 6 }, { 2, 8 }, { "http://", "y" }, 0, "a=http://1234y78\n" },
		{ { 2, 5 }, { 4, 99 }, { "x", "y" }, 1, "a=x345678\n" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct bench b = bench("a=12345678\n");
		struct nd_plan *p;

		for (size_t k = 0; k < 2; k++)
			edit(find(&b, k ? ND_RULE_UNKNOWN_KEY : ND_RULE_DUPLICATE_KEY), rows[i].start[k],
				rows[i].end[k], rows[i].text[k]);
		p = plan(&b);
		assert_counts(p, 1, 0, rows[i].later);
		assert_result(only(p), true, rows[i].new);
		nd_plan_free(p);
		bench_release(&b);
	}
}

/* All of a finding or nothing of it. */
static void findings_stay_whole(void **state)
{
	struct bench b = bench("a=1\nb=2\n");
	struct nd_finding *first = find(&b, ND_RULE_DUPLICATE_KEY);
	struct nd_finding *second = find(&b, ND_RULE_UNKNOWN_KEY);
	struct nd_finding *torn = find(&b, ND_RULE_INVALID_VALUE);
	struct nd_plan *p;

	(void)state;
	edit(first, 2, 3, "9");
	edit(second, 4, 5, "c");
	edit(second, 2, 3, "8");
	edit(torn, 6, 7, "x");
	edit(torn, 6, 8, "y");
	find(&b, ND_RULE_UNCLOSED_QUOTE);
	p = plan(&b);
	assert_counts(p, 1, 1, 2);
	assert_result(only(p), true, "a=9\nb=2\n");
	nd_plan_free(p);
	bench_release(&b);
}

static void only_what_was_asked_for(void **state)
{
	bool rules[ND_RULE_COUNT] = { [ND_RULE_UNKNOWN_KEY] = true };
	const struct {
		struct nd_plan_options options;
		const char *new;
		size_t secrets;
	} rows[] = {
		{ { true, true, NULL }, "b=${NPMRC_SECRET_A}\nd=2\n", 1 },
		{ { true, false, NULL }, "a=${NPMRC_SECRET_A}\nc=2\n", 1 },
		{ { false, true, NULL }, "b=tok\nd=2\n", 0 },
		{ { false, true, rules }, "b=tok\nc=2\n", 0 },
		{ { true, true, rules }, "b=${NPMRC_SECRET_A}\nc=2\n", 1 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct bench b = bench("a=tok\nc=2\n");
		struct nd_plan *p;

		edit(find(&b, ND_RULE_UNKNOWN_KEY), 0, 1, "b");
		edit(find(&b, ND_RULE_DUPLICATE_KEY), 6, 7, "d");
		move(find(&b, ND_RULE_PLAINTEXT_TOKEN), 2, 5, "tok");
		p = nd_plan_new(b.report, b.files, &rows[i].options);
		assert_counts(p, 1, 0, 0);
		assert_result(only(p), true, rows[i].new);
		assert_int_equal(p->secrets, rows[i].secrets);
		assert_int_equal(nd_plan_moves(only(p)), rows[i].secrets > 0);
		nd_plan_free(p);
		bench_release(&b);
	}
}

static void moves_can_be_left_out(void **state)
{
	struct bench b = bench("a=tok\nc=2\n");
	struct nd_plan *p;

	(void)state;
	edit(find(&b, ND_RULE_UNKNOWN_KEY), 0, 1, "bb");
	move(find(&b, ND_RULE_PLAINTEXT_TOKEN), 2, 5, "tok");
	p = plan(&b);
	assert_result(only(p), false, "bb=tok\nc=2\n");
	nd_plan_free(p);
	bench_release(&b);
}

/* Through a symbolic link: two paths, one inode, the same edit found twice. */
static void one_file_under_two_names(void **state)
{
	struct bench b = bench("a=tok\n");
	struct nd_file *other = add_file(&b, "/home/u/project/.npmrc", "a=tok\n");
	struct nd_edit *second;
	struct nd_plan *p;

	(void)state;
	other->id.ino = 1;
	move(find(&b, ND_RULE_PLAINTEXT_TOKEN), 2, 5, "tok");
	second = move(find(&b, ND_RULE_PLAINTEXT_TOKEN), 2, 5, "tok");
	g_free(second->file);
	second->file = g_strdup(other->path);
	p = plan(&b);
	assert_counts(p, 1, 0, 0);
	assert_int_equal(p->secrets, 1);
	assert_result(only(p), true, "a=${NPMRC_SECRET_A}\n");
	nd_plan_free(p);
	bench_release(&b);
}

static void nobody_read_the_file(void **state)
{
	struct bench b = bench("a=1\n");
	struct nd_plan *p;

	(void)state;
	edit_in(find(&b, ND_RULE_DUPLICATE_KEY), "/etc/npmrc", 0, 1, "b");
	p = plan(&b);
	assert_counts(p, 0, 0, 1);
	nd_plan_free(p);
	bench_release(&b);
}

static void new_files_come_first(void **state)
{
	struct bench b = bench("strict-ssl=false\n");
	struct nd_finding *finding = find(&b, ND_RULE_STRICT_SSL_DISABLED);
	const struct nd_plan_file *made;
	struct nd_plan *p;
	GString *diff;

	(void)state;
	edit(finding, 0, 16, "cafile=/x/ca.pem");
	edit_in(finding, "/x/ca.pem", 0, 0, "one\ntwo\n")->create = g_strdup("roots and Corp CA");
	p = plan(&b);
	assert_counts(p, 2, 0, 0);
	made = p->files->pdata[0];
	assert_string_equal(made->file->path, "/x/ca.pem");
	assert_non_null(made->made);
	assert_result(made, true, "one\ntwo\n");
	diff = nd_plan_diff(p);
	assert_string_equal(diff->str,
		"--- /dev/null\n+++ /x/ca.pem\n@@ -0,0 +1,2 @@\n+one\n+two\nnew file: roots and Corp CA\n"
		"--- " PATH "\n+++ " PATH "\n@@ -1,1 +1,1 @@\n-strict-ssl=false\n+cafile=/x/ca.pem\n");
	g_string_free(diff, TRUE);
	nd_plan_free(p);
	bench_release(&b);
}

static void diff_hides_secrets(void **state)
{
	struct bench b = bench("//registry.example/:_authToken=tok-CANARY\n; a comment\n");
	struct nd_plan *p;
	GString *diff;

	(void)state;
	move(find(&b, ND_RULE_PLAINTEXT_TOKEN), 31, 41, "tok-CANARY");
	((struct nd_file *)b.files->pdata[0])->id.mode = S_IFREG | 0644;
	p = plan(&b);
	diff = nd_plan_diff(p);
	assert_null(strstr(diff->str, "CANARY"));
	assert_non_null(strstr(diff->str, "\n-//registry.example/:_authToken=\xe2\x80\xa2"));
	assert_non_null(strstr(diff->str, "\n+//registry.example/:_authToken=${NPMRC_SECRET_A}\n"));
	assert_non_null(strstr(diff->str, "\n ; a comment\n"));
	assert_non_null(strstr(diff->str,
		"\nkeyring: _authToken for //registry.example/ becomes ${NPMRC_SECRET_A}\n"));
	assert_non_null(strstr(diff->str, "\nmode: 0644 becomes 0600\n"));
	g_string_free(diff, TRUE);
	nd_plan_free(p);
	bench_release(&b);
}

/* --- a diff is right if applying it gives the new file --- */

/* Copies one line of the old text; its line end stands in the diff only as "there is one". */
static const char *copy_line(const char *old, GString *out)
{
	size_t n = strcspn(old, "\n");

	n += old[n] == '\n';
	if (out)
		g_string_append_len(out, old, (gssize)n);
	return old + n;
}

/* What patch(1) would make of it, insisting on every count. Texts without secrets and odd bytes. */
static GString *patched(const char *old, const char *diff)
{
	GString *out = g_string_new(NULL);
	g_auto(GStrv) lines = g_strsplit(diff, "\n", -1);
	size_t at = 0, a, an, c, cn, seen_old = 0, seen_new = 0, want_old = 0, want_new = 0;

	for (char **line = lines; *line; line++) {
		if (g_str_has_prefix(*line, "--- ") || g_str_has_prefix(*line, "+++ "))
			continue;
		if (sscanf(*line, "@@ -%zu,%zu +%zu,%zu @@", &a, &an, &c, &cn) == 4) {
			assert_int_equal(seen_old, want_old);
			assert_int_equal(seen_new, want_new);
			for (; at + 1 < a + !an; at++)
				old = copy_line(old, out);
			assert_int_equal(at, a - (an > 0));
			seen_old = seen_new = 0;
			want_old = an;
			want_new = cn;
		} else if (**line == ' ' || **line == '-') {
			size_t n = strlen(*line + 1);

			assert_memory_equal(old, *line + 1, n);
			old = copy_line(old, **line == ' ' ? out : NULL);
			at++;
			seen_old++;
			seen_new += **line == ' ';
		} else if (**line == '+') {
			g_string_append_printf(out, "%s\n", *line + 1);
			seen_new++;
			if (line[1] && g_str_has_prefix(line[1], "\\"))
				g_string_truncate(out, out->len - 1);
		}
	}
	assert_int_equal(seen_old, want_old);
	assert_int_equal(seen_new, want_new);
	g_string_append(out, old);
	return out;
}

static GString *random_lines(GRand *rand)
{
	GString *text = g_string_new(NULL);

	for (int n = g_rand_int_range(rand, 0, 14); n > 0; n--)
		g_string_append_printf(text, "k%d=%d%s", g_rand_int_range(rand, 0, 9),
			g_rand_int_range(rand, 0, 3), n > 1 || g_rand_boolean(rand) ? "\n" : "");
	return text;
}

static void add_random_edit(GRand *rand, struct bench *b, const GString *text)
{
	static const char *const words[] = { NULL, "", "x", "\n", "y=1\n", "\nz=2", "p=1\nq=2\n" };
	size_t start = (size_t)g_rand_int_range(rand, 0, (gint32)text->len + 1);
	size_t n = g_rand_boolean(rand) ? 0 : (size_t)g_rand_int_range(rand, 0, 12);

	edit(find(b, ND_RULE_DUPLICATE_KEY), start, MIN(start + n, text->len),
		words[g_rand_int_range(rand, 0, G_N_ELEMENTS(words))]);
}

static void diffs_can_be_applied(void **state)
{
	GRand *rand = g_rand_new_with_seed(20260101);

	(void)state;
	for (int round = 0; round < 20000; round++) {
		g_autoptr(GString) text = random_lines(rand);
		struct bench b = bench(text->str);
		struct nd_plan *p;
		GString *diff;

		for (int n = g_rand_int_range(rand, 1, 5); n > 0; n--)
			add_random_edit(rand, &b, text);
		p = plan(&b);
		diff = nd_plan_diff(p);
		if (p->files->len) {
			GString *new = patched(text->str, diff->str);

			assert_result(only(p), true, new->str);
			g_string_free(new, TRUE);
		}
		g_string_free(diff, TRUE);
		nd_plan_free(p);
		bench_release(&b);
	}
	g_rand_free(rand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_to_do),
		cmocka_unit_test(every_kind_of_edit),
		cmocka_unit_test(modes_alone),
		cmocka_unit_test(collisions),
		cmocka_unit_test(findings_stay_whole),
		cmocka_unit_test(only_what_was_asked_for),
		cmocka_unit_test(moves_can_be_left_out),
		cmocka_unit_test(one_file_under_two_names),
		cmocka_unit_test(nobody_read_the_file),
		cmocka_unit_test(new_files_come_first),
		cmocka_unit_test(diff_hides_secrets),
		cmocka_unit_test(diffs_can_be_applied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
