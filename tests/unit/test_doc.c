#include <npmrc-doctor/doc.h>
#include <npmrc-doctor/secret.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SPAN(text) ((struct nd_span){text, sizeof(text) - 1})

/* One line, its kind, key and value; `strict`: what ini before 4 makes of it, -1 for the same. */
static const struct {
	struct nd_span line;
	enum nd_line_kind kind;
	struct nd_span key, value;
	int strict;
} line_rows[] = {
	{SPAN(" \t"), ND_LINE_BLANK, SPAN(""), SPAN(""), -1},
	{SPAN("; c"), ND_LINE_COMMENT, SPAN(""), SPAN(""), -1},
	{SPAN("\xef\xbb\xbf # c"), ND_LINE_COMMENT, SPAN(""), SPAN(""), -1},
	{SPAN("key"), ND_LINE_BARE, SPAN("key"), SPAN(""), -1},
	{SPAN("key="), ND_LINE_PAIR, SPAN("key"), SPAN(""), -1},
	{SPAN("a=b=c"), ND_LINE_PAIR, SPAN("a"), SPAN("b=c"), -1},
	{SPAN(" a\xc2\xa0=\xe3\x80\x80 v \xe2\x80\xa9\v\f"), ND_LINE_IGNORED, SPAN("a"), SPAN("v"),
		-1},
	{SPAN(" a\xc2\xa0=\xe3\x80\x80 v \v\f"), ND_LINE_PAIR, SPAN("a"), SPAN("v"), -1},
	{SPAN("a=x\xe2\x80\xa8y"), ND_LINE_IGNORED, SPAN("a"), SPAN("x\xe2\x80\xa8y"), -1},
	{SPAN("a\xe2\x80\xa8"
	      "b=y"),
		ND_LINE_PAIR,
		SPAN("a\xe2\x80\xa8"
		     "b"),
		SPAN("y"), -1},
	{SPAN("=v"), ND_LINE_IGNORED, SPAN(""), SPAN("v"), -1},
	{SPAN(" =v"), ND_LINE_PAIR, SPAN(""), SPAN("v"), -1},
	{SPAN("[s]"), ND_LINE_SECTION, SPAN("s"), SPAN(""), -1},
	{SPAN("[ s=t ]"), ND_LINE_SECTION, SPAN("s=t"), SPAN(""), -1},
	{SPAN("[]"), ND_LINE_SECTION, SPAN(""), SPAN(""), -1},
	{SPAN("[s] \xef\xbb\xbf"), ND_LINE_SECTION, SPAN("s"), SPAN(""), ND_LINE_BARE},
	{SPAN(" [s]"), ND_LINE_BARE, SPAN("[s]"), SPAN(""), -1},
	{SPAN("[s] ;c"), ND_LINE_BARE, SPAN("[s] ;c"), SPAN(""), -1},
	{SPAN("[s]]"), ND_LINE_BARE, SPAN("[s]]"), SPAN(""), -1},
	{SPAN("[s"), ND_LINE_BARE, SPAN("[s"), SPAN(""), -1},
	{SPAN("[s]=v"), ND_LINE_PAIR, SPAN("[s]"), SPAN("v"), -1},
	{SPAN("\xef\xbb\xbf[s]"), ND_LINE_BARE, SPAN("[s]"), SPAN(""), -1},
	{SPAN("\xc2\x85k=v\xc2\x85"), ND_LINE_PAIR, SPAN("\xc2\x85k"), SPAN("v\xc2\x85"), -1},
	{SPAN("k=v\0 "), ND_LINE_PAIR, SPAN("k"), SPAN("v\0"), -1},
};

static bool is_part(const struct nd_doc *doc, size_t start, size_t end, struct nd_span expected)
{
	return nd_span_equal((struct nd_span){nd_doc_bytes(doc).p + start, end - start}, expected);
}

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(line_rows); i++) {
		for (int strict = 0; strict < 2; strict++) {
			struct nd_doc *doc = nd_doc_new(line_rows[i].line, strict);
			const struct nd_line *line = nd_doc_line(doc, 0);
			bool differs = strict && line_rows[i].strict >= 0;

			assert_int_equal(nd_doc_count(doc), 1);
			assert_int_equal(line->kind,
				differs ? (unsigned)line_rows[i].strict : line_rows[i].kind);
			if (!differs) {
				assert_true(is_part(doc, line->key_start, line->key_end, line_rows[i].key));
				assert_true(is_part(doc, line->value_start, line->value_end, line_rows[i].value));
			}
			nd_doc_free(doc);
		}
	}
}

/* Line ends at every place of the blocks in which they are searched, among bytes that look alike. */
static void test_line_ends_anywhere(void **state)
{
	static const char *const ends[] = {"\n", "\r", "\r\n"};
	static const char filler[] = "a\b\t\v\x0e\x8a\x8d\xff";

	(void)state;
	for (size_t at = 0; at < 80; at++) {
		for (size_t k = 0; k < G_N_ELEMENTS(ends); k++) {
			GString *file = g_string_new(NULL);

			for (size_t i = 0; i < at; i++)
				g_string_append_c(file, filler[i % (sizeof(filler) - 1)]);
			g_string_append(file, ends[k]);
			size_t next = file->len;

			g_string_append(file, "k=v");
			struct nd_doc *doc =
				nd_doc_new((struct nd_span){file->str, file->len}, false);

			assert_int_equal(nd_doc_count(doc), 2);
			assert_int_equal(nd_doc_line(doc, 0)->eol, at);
			assert_int_equal(nd_doc_line(doc, 0)->end, next);
			assert_int_equal(nd_doc_line(doc, 1)->start, next);
			assert_int_equal(nd_doc_line(doc, 1)->eol, file->len);
			nd_doc_free(doc);
			g_string_free(file, TRUE);
		}
	}
}

static void test_line_ends(void **state)
{
	struct nd_doc *doc = nd_doc_new(SPAN("a\r\nb\r\rc\n\nd"), false);
	static const unsigned starts[] = {0, 3, 5, 6, 8, 9}, eols[] = {1, 4, 5, 7, 8, 10};

	(void)state;
	assert_int_equal(nd_doc_count(doc), G_N_ELEMENTS(starts));
	for (size_t i = 0; i < G_N_ELEMENTS(starts); i++) {
		assert_int_equal(nd_doc_line(doc, i)->start, starts[i]);
		assert_int_equal(nd_doc_line(doc, i)->eol, eols[i]);
		assert_int_equal(nd_doc_line_at(doc, starts[i]), i);
		assert_int_equal(nd_doc_line_at(doc, eols[i]), i);
	}
	assert_int_equal(nd_doc_line_at(doc, 10), 5);
	assert_int_equal(nd_doc_line_at(doc, 99), 5);
	nd_doc_free(doc);
	doc = nd_doc_new(SPAN(""), false);
	assert_int_equal(nd_doc_count(doc), 0);
	assert_int_equal(nd_doc_line_at(doc, 0), 0);
	nd_doc_free(doc);
	nd_doc_free(NULL);
}

/* Pieces that a file is made of where it gets difficult. */
static GString *random_bytes(GRand *rand)
{
	static const struct nd_span pieces[] = {SPAN("\r"), SPAN("\n"), SPAN("\r\n"), SPAN("="),
		SPAN("["), SPAN("]"), SPAN(" "), SPAN(";"), SPAN("#"), SPAN("key"),
		SPAN("\xe2\x80\xa8"), SPAN("\xe2\x80"), SPAN("\xc2\xa0"), SPAN("\xc2"),
		SPAN("\xef\xbb\xbf"), SPAN("\0"), SPAN("\xff"), SPAN("\""), SPAN("'")};
	GString *out = g_string_new(NULL);
	int n = g_rand_int_range(rand, 0, 40);

	for (int i = 0; i < n; i++) {
		const struct nd_span *piece =
			&pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))];

		if (g_rand_int_range(rand, 0, 4) == 0)
			g_string_append_c(out, (char)g_rand_int_range(rand, 0, 256));
		else
			g_string_append_len(out, piece->p, (gssize)piece->n);
	}
	return out;
}

static void check_tiling(const struct nd_doc *doc)
{
	struct nd_span bytes = nd_doc_bytes(doc);
	size_t at = 0;

	for (size_t i = 0; i < nd_doc_count(doc); i++) {
		const struct nd_line *l = nd_doc_line(doc, i);
		size_t ending = l->end - l->eol;

		assert_int_equal(l->start, at);
		assert_true(l->start <= l->key_start && l->key_start <= l->key_end);
		assert_true(l->key_end <= l->value_start && l->value_start <= l->value_end);
		assert_true(l->value_end <= l->eol && l->eol <= l->end && l->start < l->end);
		for (size_t k = l->start; k < l->eol; k++)
			assert_true(bytes.p[k] != '\r' && bytes.p[k] != '\n');
		assert_true(ending <= 2 && (ending > 0 || l->end == bytes.n));
		if (ending == 2)
			assert_memory_equal(bytes.p + l->eol, "\r\n", 2);
		if (ending == 1 && bytes.p[l->eol] == '\r')
			assert_true(l->end == bytes.n || bytes.p[l->end] != '\n');
		assert_int_equal(nd_doc_line_at(doc, l->start), i);
		assert_int_equal(nd_doc_line_at(doc, l->end - 1), i);
		at = l->end;
	}
	assert_int_equal(at, bytes.n);
}

static void test_spans_tile_random_files(void **state)
{
	GRand *rand = g_rand_new_with_seed(1);

	(void)state;
	for (int i = 0; i < 20000; i++) {
		GString *text = random_bytes(rand);
		struct nd_doc *doc = nd_doc_new((struct nd_span){text->str, text->len}, i % 2);
		GString *same = nd_doc_splice(doc, NULL, 0);

		check_tiling(doc);
		assert_int_equal(same->len, text->len);
		assert_memory_equal(same->str, text->str, text->len);
		g_string_free(same, TRUE);
		nd_doc_free(doc);
		g_string_free(text, TRUE);
	}
	g_rand_free(rand);
}

static const struct {
	struct nd_splice splices[3];
	size_t n;
	const char *want; /* of "0123456789"; NULL: refused */
} splice_rows[] = {
	{{{0, 0, {0}}}, 0, "0123456789"},
	{{{0, 0, SPAN("ab")}}, 1, "ab0123456789"},
	{{{10, 10, SPAN("ab")}}, 1, "0123456789ab"},
	{{{0, 10, SPAN("")}}, 1, ""},
	{{{6, 8, SPAN("x")}, {2, 4, SPAN("long")}}, 2, "01long45x89"},
	{{{2, 4, SPAN("A")}, {4, 6, SPAN("B")}}, 2, "01AB6789"},
	{{{4, 6, SPAN("B")}, {4, 4, SPAN("A")}}, 2, "0123AB6789"},
	{{{4, 4, SPAN("A")}, {2, 4, SPAN("B")}}, 2, "01BA456789"},
	{{{3, 3, SPAN("A")}, {3, 3, SPAN("B")}}, 2, "012AB3456789"},
	{{{2, 5, SPAN("A")}, {4, 6, SPAN("B")}}, 2, NULL},
	{{{2, 5, SPAN("A")}, {3, 3, SPAN("B")}}, 2, NULL},
	{{{2, 5, SPAN("A")}, {2, 5, SPAN("A")}}, 2, NULL},
	{{{9, 11, SPAN("A")}}, 1, NULL},
	{{{5, 4, SPAN("A")}}, 1, NULL},
	{{{8, 9, SPAN("C")}, {0, 1, SPAN("A")}, {4, 5, SPAN("B")}}, 3, "A123B567C9"},
};

static void test_splicing(void **state)
{
	struct nd_doc *doc = nd_doc_new(SPAN("0123456789"), false);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(splice_rows); i++) {
		GString *out = nd_doc_splice(doc, splice_rows[i].splices, splice_rows[i].n);

		if (!splice_rows[i].want) {
			assert_null(out);
			continue;
		}
		assert_non_null(out);
		assert_string_equal(out->str, splice_rows[i].want);
		g_string_free(out, TRUE);
	}
	nd_doc_free(doc);
}

/* JavaScript's WhiteSpace and LineTerminator, and nothing else in all of Unicode. */
static void test_white_space_is_that_of_trim(void **state)
{
	static const gunichar white[] = {9, 10, 11, 12, 13, 32, 0xa0, 0x1680, 0x2000, 0x2001,
		0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028,
		0x2029, 0x202f, 0x205f, 0x3000, 0xfeff};
	size_t next = 0;

	(void)state;
	for (gunichar c = 0; c < 0x110000; c++) {
		char text[6];
		size_t n = (size_t)g_unichar_to_utf8(c, text);
		bool is_white = next < G_N_ELEMENTS(white) && white[next] == c;

		next += is_white;
		assert_int_equal(nd_doc_white(text, n), is_white ? n : 0);
		assert_int_equal(nd_doc_white(text, n - 1), 0);
	}
	assert_int_equal(next, G_N_ELEMENTS(white));
}

static void test_trim(void **state)
{
	struct nd_span text =
		nd_doc_trim(SPAN("\xef\xbb\xbf \xe2\x80\xa8 a b\xc2\x85\xa0\xe2\x80\x83\n"));

	(void)state;
	assert_true(nd_span_equal(text, SPAN("a b\xc2\x85\xa0")));
	assert_int_equal(nd_doc_trim(SPAN(" \xe3\x80\x80 ")).n, 0);
	assert_int_equal(nd_doc_trim(SPAN("")).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_line_ends_anywhere),
		cmocka_unit_test(test_spans_tile_random_files),
		cmocka_unit_test(test_splicing),
		cmocka_unit_test(test_white_space_is_that_of_trim),
		cmocka_unit_test(test_trim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
