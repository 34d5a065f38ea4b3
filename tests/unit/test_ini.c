#include <npmrc-doctor/ini.h>
#include <npmrc-doctor/secret.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SPAN(text) ((struct nd_span){text, sizeof(text) - 1})
#define FFFD "\xef\xbf\xbd"

/* Versions a row is about, as a range. */
#define ALL 6, 12
#define OLD 6, 8
#define NEW 9, 12

/* A file and what ini.parse makes of it: 'string', true, null, number, [array], {}; "!" and the
 * message where it throws. NUL is written as ~ there. */
static const struct {
	struct nd_span file;
	int from, to;
	const char *want;
} decode_rows[] = {
	/* Bytes and lines. */
	{SPAN(""), ALL, ""},
	{SPAN("k=\xff\xc2\xe2\x80\xed\xa0\x80\xf0\x9f\x98"), ALL,
		"k='" FFFD FFFD FFFD FFFD FFFD FFFD FFFD "'"},
	{SPAN("k=a\0b"), ALL, "k='a~b'"},
	{SPAN("a=1\r\nb=2\rc=3\nd=4\n\r\n\r\r"), ALL, "a='1' b='2' c='3' d='4'"},
	{SPAN("\xef\xbb\xbfk=v"), ALL, "k='v'"},
	{SPAN("\xef\xbb\xbf;k=v"), ALL, ""},
	{SPAN("\xef\xbb\xbf[s]\nk=v"), ALL, "[s]=true k='v'"},
	{SPAN("\xc2\xa0\v\f\xe2\x80\xa8k\xe2\x80\xa9 = \xef\xbb\xbfv"), ALL, "k='v'"},
	{SPAN("k=\xc2\x85v\xc2\x85"), ALL, "k='\xc2\x85v\xc2\x85'"},
	{SPAN("k=\0v \0"), ALL, "k='~v ~'"},
	{SPAN("\xff\xfek\0=\0v\0\n\0"), ALL, FFFD FFFD "k~='~v~' ~=true"},
	{SPAN("  ; c\n\t#c=d\nk=v"), ALL, "k='v'"},
	{SPAN("a=1\n \t\nb=2"), NEW, "a='1' b='2'"},
	{SPAN("a=1\n \t\nb=2"), OLD, "a='1' =true b='2'"},
	/* Grammar. */
	{SPAN("key"), ALL, "key=true"},
	{SPAN("key="), ALL, "key=''"},
	{SPAN("=v"), ALL, ""},
	{SPAN(" =v"), ALL, "='v'"},
	{SPAN("a=b=c"), ALL, "a='b=c'"},
	{SPAN("a=x\xe2\x80\xa8y\nb=x\xe2\x80\xa9\nc=1"), ALL, "c='1'"},
	/* Quotes. */
	{SPAN("a=\"x\\ty\\u0041\""), ALL, "a='x\tyA'"},
	{SPAN("a=\"C:\\dir\""), ALL, "a='\"C:\\dir\"'"},
	{SPAN("a='C:\\dir'"), ALL, "a='C:\\dir'"},
	{SPAN("a='x;y#z\\;'"), ALL, "a='x;y#z\\;'"},
	{SPAN("a=\"x;y#z\""), ALL, "a='x;y#z'"},
	{SPAN("a='123'"), ALL, "a=123"},
	{SPAN("a='true'"), ALL, "a=true"},
	{SPAN("a='null'"), ALL, "a=null"},
	{SPAN("a='{\"x\":1}'"), ALL, "a={}"},
	{SPAN("a='[1]'"), ALL, "a=[1]"},
	{SPAN("a='\"q\"'"), ALL, "a='q'"},
	{SPAN("a=\"123\""), ALL, "a='123'"},
	{SPAN("a=\"\nb='\nc=''\nd=\"\""), ALL, "a='\"' b='' c='' d=''"},
	{SPAN("a=\"x\nb='y\nc=x'"), ALL, "a='\"x' b=''y' c='x''"},
	{SPAN("a=\"v\" ; note"), ALL, "a='\"v\"'"},
	{SPAN("\"a\\u0041\"=1\n'b;c'=2"), ALL, "aA='1' b;c='2'"},
	/* Comments and escapes. */
	{SPAN("a=p#ss\nb=p;ss\nc=p ; ss\nd=;x"), ALL, "a='p' b='p' c='p' d=''"},
	{SPAN("a=x\\;y\\#z\\\\w"), ALL, "a='x;y#z\\w'"},
	{SPAN("a=x\\ny\\"), ALL, "a='x\\ny\\'"},
	{SPAN("a=x\\\\;y\nb=x\\\\\\;y"), ALL, "a='x\\' b='x\\;y'"},
	{SPAN("a=x\\ ;y"), ALL, "a='x\\'"},
	{SPAN("a;b=c"), ALL, "a='c'"},
	{SPAN("a\\;b=c"), ALL, "a;b='c'"},
	{SPAN("'null'=x"), ALL, "!Cannot read properties of null (reading 'length')"},
	{SPAN("'true'=x\n'1.0'=y\n'[1,null,[2]]'=z\n'{}'=o"), ALL,
		"1='y' true='x' 1,,2='z' [object Object]='o'"},
	/* Words. */
	{SPAN("a=true\nb=false\nc=null\nd=\"true\"\ne='\"null\"'"), ALL,
		"a=true b=false c=null d=true e=null"},
	{SPAN("a=TRUE\nb=undefined\nc=1\nd=truex\ne=nul"), ALL,
		"a='TRUE' b='undefined' c='1' d='truex' e='nul'"},
	{SPAN("true=1\nnull=2"), ALL, "true='1' null='2'"},
	/* Arrays. */
	{SPAN("a[]=1\na[]=2"), ALL, "a=['1','2']"},
	{SPAN("a[]=1\na=2\na"), ALL, "a=['1','2',true]"},
	{SPAN("a=1\na[]=2"), ALL, "a=['1','2']"},
	{SPAN("a=\na[]=2"), 8, 12, "a=['','2']"},
	{SPAN("a=\na[]=2"), 6, 6, "a=['2']"},
	{SPAN("a=null\na[]"), 8, 12, "a=[null,true]"},
	{SPAN("a[]"), ALL, "a=[true]"},
	{SPAN("[]=1"), ALL, "[]='1'"},
	{SPAN("a []=1"), ALL, "a =['1']"},
	{SPAN("a='[1]'\na=2\nb[]='[3]'\nb[]=4"), ALL, "a=[1,'2'] b=[[3],'4']"},
	{SPAN("\"a[]\"=1"), ALL, "a=['1']"},
	/* Duplicates and order. */
	{SPAN("a=1\nb=2\na=3"), ALL, "a='3' b='2'"},
	{SPAN("b=1\n10=2\n2=3\n01=4\na=5\n4294967295=6\n4294967294=7"), ALL,
		"2='3' 10='2' 4294967294='7' b='1' 01='4' a='5' 4294967295='6'"},
	/* Sections. */
	{SPAN("a=1\n[s]\na=2\nb=3"), ALL, "a='1' s={}"},
	{SPAN("[]\na=1"), ALL, "={}"},
	{SPAN("[a.b]\nx=1"), ALL, "a={}"},
	{SPAN("[a\\.b]\nx=1"), ALL, "a.b={}"},
	{SPAN(" [s]\na=1"), ALL, "[s]=true a='1'"},
	{SPAN("[s] ;c\na=1"), ALL, "[s]=true a='1'"},
	{SPAN("[s]\t\na=1"), NEW, "s={}"},
	{SPAN("[s]\t\na=1"), OLD, "[s]=true a='1'"},
	{SPAN("[\"q\"]\na=1"), ALL, "q={}"},
	{SPAN("registry=x\n[registry]\na=1"), ALL, "registry='x'"},
	{SPAN("registry=\n[registry]\na=1"), ALL, "registry={}"},
	{SPAN("registry=x\n[registry.y]\na=1"), ALL, "registry={}"},
	{SPAN("a=null\n[a.b]"), 8, 12, "!Cannot set properties of null (setting 'b')"},
	{SPAN("a=null\n[a.b]"), 6, 6, "a={}"},
	{SPAN("[a]\nb=null\n[a.b.c.d]"), 8, 12, "!Cannot convert undefined or null to object"},
	/* Prototypes. */
	{SPAN("__proto__=1\n__proto__[]=2\na=1"), ALL, "a='1'"},
	{SPAN("a=1\n[__proto__]\nb=2\n[\"__proto__\"]\nc=3"), ALL, "a='1'"},
	{SPAN("constructor=1"), ALL, "constructor='1'"},
	{SPAN("constructor[]=1"), 8, 12, "constructor=['1']"},
	{SPAN("constructor[]=1"), 6, 6, "constructor=[{},'1']"},
	{SPAN("'[\"__proto__\"]'=1"), 8, 12, "__proto__='1'"},
	{SPAN("'[\"__proto__\"]'=1"), 6, 6, ""},
	/* Dots. */
	{SPAN("a.b=1\ninit.author.name=x"), ALL, "a.b='1' init.author.name='x'"},
	{SPAN("//r.example.com/:_authToken=null"), 8, 12, "//r={}"},
	{SPAN("//r.example.com/:_authToken=null"), 6, 6, "//r.example.com/:_authToken=null"},
	{SPAN("a.b=null\na=1"), 8, 12, "a={}"},
	{SPAN("__proto__.b=null"), 8, 12, "__proto__.b=null"},
};

static void show(const struct nd_value *v, struct nd_arena *arena, GString *out)
{
	struct nd_span text = nd_value_text(v, arena);

	if (v->type == ND_TYPE_OBJECT) {
		g_string_append(out, "{}");
	} else if (v->type == ND_TYPE_STRING) {
		g_string_append_c(out, '\'');
		g_string_append_len(out, text.p, (gssize)text.n);
		g_string_append_c(out, '\'');
	} else if (v->type == ND_TYPE_ARRAY) {
		for (size_t i = 0; i < v->n_items; i++) {
			g_string_append_c(out, i ? ',' : '[');
			show(&v->items[i], arena, out);
		}
		g_string_append_c(out, ']');
	} else {
		g_string_append_len(out, text.p, (gssize)text.n);
	}
}

static GString *show_all(const struct nd_ini *ini)
{
	GString *out = g_string_new(NULL);
	struct nd_arena *arena = nd_arena_new();

	if (nd_ini_fatal(ini, NULL)) {
		g_string_printf(out, "!%s", nd_ini_fatal(ini, NULL));
	} else {
		for (size_t i = 0; i < nd_ini_key_count(ini); i++) {
			const struct nd_ini_key *key = nd_ini_key(ini, i);

			assert_ptr_equal(nd_ini_find(ini, key->key), key);
			g_string_append_printf(out, "%s", i ? " " : "");
			g_string_append_len(out, key->key.p, (gssize)key->key.n);
			g_string_append_c(out, '=');
			show(&key->value, arena, out);
		}
	}
	for (size_t i = 0; i < out->len; i++)
		if (out->str[i] == '\0')
			out->str[i] = '~';
	nd_arena_free(arena);
	return out;
}

static void test_decoding(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(decode_rows); i++) {
		for (int major = 6; major <= 12; major++) {
			struct nd_doc *doc = nd_doc_new(decode_rows[i].file, major <= 8);
			struct nd_ini *ini = nd_ini_decode(doc, major);
			GString *got = show_all(ini);

			if (major >= decode_rows[i].from && major <= decode_rows[i].to &&
				strcmp(got->str, decode_rows[i].want) != 0)
				fail_msg("npm %d, row %zu '%s': %s, not %s", major, i,
					decode_rows[i].file.p, got->str, decode_rows[i].want);
			g_string_free(got, TRUE);
			nd_ini_free(ini);
			nd_doc_free(doc);
		}
	}
	nd_ini_free(NULL);
}

/* How the value behind "k=" was read. */
static const struct {
	const char *value;
	size_t length; /* of what npm uses, from the start of the value */
	size_t cut;    /* from there too; 0: none */
	char quote, open_quote;
	bool plain;
} text_rows[] = {
	{"abc", 3, 0, 0, 0, true},
	{"", 0, 0, 0, 0, true},
	{"true", 4, 0, 0, 0, true},
	{"a\\b", 3, 0, 0, 0, true},
	{"\xc3\xa9", 2, 0, 0, 0, true},
	{"\xff", 1, 0, 0, 0, false},
	{"a\\;b", 4, 0, 0, 0, false},
	{"a ; c", 1, 2, 0, 0, true},
	{"a#c", 1, 1, 0, 0, true},
	{"\"a\"", 3, 0, '"', 0, false},
	{"'a'", 3, 0, '\'', 0, false},
	{"'12'", 4, 0, '\'', 0, false},
	{"\"C:\\dir\"", 8, 0, 0, 0, true},
	{"\"a", 2, 0, 0, '"', true},
	{"'a", 2, 0, 0, '\'', true},
	{"\"a;b\" x", 2, 2, 0, '"', true},
	{"\"a\" ; x", 3, 4, 0, 0, true},
	{"\"", 1, 0, 0, '"', true},
	{"\" ; c", 1, 2, 0, '"', true},
	{"'", 1, 0, '\'', '\'', false},
};

static void test_how_a_text_was_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(text_rows); i++) {
		g_autofree char *file = g_strconcat("k= ", text_rows[i].value, " ", NULL);
		struct nd_doc *doc = nd_doc_new(nd_span_of(file), false);
		struct nd_ini *ini = nd_ini_decode(doc, 11);
		const struct nd_ini_text *text = &nd_ini_entry(ini, 0)->text;

		if (text->end != text->start + text_rows[i].length ||
			text->cut != (text_rows[i].cut ? 3 + text_rows[i].cut : 0) ||
			text->quote != text_rows[i].quote || text->plain != text_rows[i].plain ||
			text->open_quote != text_rows[i].open_quote)
			fail_msg("%s: end %zu cut %zu plain %d", file, text->end, text->cut,
				text->plain);
		if (text->value.string.n)
			assert_int_equal(text->start, 3);
		nd_ini_free(ini);
		nd_doc_free(doc);
	}
}

static void test_entries_and_keys(void **state)
{
	struct nd_doc *doc = nd_doc_new(
		SPAN("a=1\n; c\na[]=2\n__proto__=x\n\"k\" = v\nx.y=null\na=3\n[s]\na=4\n[t]\n"),
		false);
	struct nd_ini *ini = nd_ini_decode(doc, 11);
	static const size_t lines[] = {0, 2, 3, 4, 5, 6, 8};
	static const bool dropped[] = {false, false, true, false, true, false, true};
	const struct nd_ini_key *a = nd_ini_find(ini, SPAN("a"));
	size_t line;

	(void)state;
	assert_int_equal(nd_ini_entry_count(ini), G_N_ELEMENTS(lines));
	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
		assert_int_equal(nd_ini_entry(ini, i)->line, lines[i]);
		assert_int_equal(nd_ini_entry(ini, i)->dropped, dropped[i]);
	}
	assert_null(nd_ini_entry(ini, 5)->section);
	assert_string_equal(nd_ini_entry(ini, 6)->section, "s");
	assert_true(nd_ini_entry(ini, 1)->list);
	assert_true(nd_span_is(nd_ini_entry(ini, 1)->key, "a"));
	assert_int_equal(nd_ini_entry(ini, 3)->key_text.quote, '"');
	assert_int_equal(a->n_entries, 3);
	assert_int_equal(a->entries[0], 0);
	assert_int_equal(a->entries[1], 1);
	assert_int_equal(a->entries[2], 5);
	assert_null(nd_ini_find(ini, SPAN("x.y")));
	assert_null(nd_ini_find(ini, SPAN("nope")));
	assert_int_equal(nd_ini_section_count(ini), 2);
	assert_string_equal(nd_ini_section(ini, 1, &line), "t");
	assert_int_equal(line, 9);
	nd_ini_free(ini);
	nd_doc_free(doc);
}

static void test_fatal_names_its_line(void **state)
{
	static const struct {
		struct nd_span file;
		size_t line;
	} rows[] = {
		{SPAN("a=1\n'null'=x\n'null'=y"), 1},
		{SPAN("\na=null\n\n[a.b]"), 3},
		{SPAN("a=null\nb=1\na.c=null"), 2},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct nd_doc *doc = nd_doc_new(rows[i].file, false);
		struct nd_ini *ini = nd_ini_decode(doc, 12);
		size_t line = 99;

		assert_non_null(nd_ini_fatal(ini, &line));
		assert_int_equal(line, rows[i].line);
		nd_ini_free(ini);
		nd_doc_free(doc);
	}
}

/* A value and the offsets of its bytes, counted from the value's start; the last is the end. */
static const struct {
	struct nd_span value;
	const char *decoded;
	size_t offsets[8];
} offset_rows[] = {
	{SPAN("abc"), "abc", {0, 1, 2, 3}},
	{SPAN("ab ;c"), "ab", {0, 1, 2}},
	{SPAN("a\\;b\\xc"), "a;b\\xc", {0, 1, 3, 4, 5, 6, 7}},
	{SPAN("\\\\\\#\\"), "\\#\\", {0, 2, 4, 5}},
	{SPAN("a\xff"
	      "b"),
		"a" FFFD "b", {0, 1, 1, 1, 2, 3}},
	{SPAN("\\\xff;"), "\\" FFFD, {0, 1, 1, 1, 2}},
	{SPAN("\\\xc3\xa9\xff"), "\\\xc3\xa9" FFFD, {0, 1, 2, 3, 3, 3, 4}},
	{SPAN("\"a\\u00e9b\\n\""),
		"a\xc3\xa9"
		"b\n",
		{1, 2, 2, 8, 9, 11}},
	{SPAN("\"\\ud83d\\ude00x\""), "\xf0\x9f\x98\x80x", {1, 1, 1, 1, 13, 14}},
	{SPAN("\"\xc3\xa9\\\\\""), "\xc3\xa9\\", {1, 2, 3, 5}},
	{SPAN("'a\\;b'"), "a\\;b", {1, 2, 3, 4, 5}},
	{SPAN("'\"a\\tb\" '"), "a\tb", {2, 3, 5, 6}},
	{SPAN("'12'"), "12", {1, 3, 3}},
	{SPAN("\"\""), "", {1}},
	{SPAN("'"), "", {1}},
	{SPAN("\"a\\x\""), "\"a\\x\"", {0, 1, 2, 3, 4, 5}},
	{SPAN("\"a\\;\xff\";"), "\"a;" FFFD "\"", {0, 1, 2, 4, 4, 4, 5, 6}},
};

static void test_offsets(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(offset_rows); i++) {
		GString *file = g_string_new("k = ");
		struct nd_arena *arena = nd_arena_new();

		g_string_append_len(file, offset_rows[i].value.p, (gssize)offset_rows[i].value.n);
		struct nd_doc *doc = nd_doc_new((struct nd_span){file->str, file->len}, false);
		struct nd_ini *ini = nd_ini_decode(doc, 11);
		const struct nd_ini_text *text = &nd_ini_entry(ini, 0)->text;
		struct nd_span decoded = nd_value_text(&text->value, arena);

		assert_true(nd_span_is(decoded, offset_rows[i].decoded));
		for (size_t at = 0; at <= decoded.n; at++)
			if (nd_ini_offset(doc, text, at) != 4 + offset_rows[i].offsets[at])
				fail_msg("row %zu at %zu: %zu", i, at,
					nd_ini_offset(doc, text, at) - 4);
		nd_ini_free(ini);
		nd_doc_free(doc);
		nd_arena_free(arena);
		g_string_free(file, TRUE);
	}
}

static void test_spellings(void **state)
{
	static const struct {
		struct nd_span value;
		const char *want; /* NULL: there is none */
	} rows[] = {
		{SPAN(""), ""},
		{SPAN("abc"), "abc"},
		{SPAN("${TOKEN}"), "${TOKEN}"},
		{SPAN("a;b#c"), "a\\;b\\#c"},
		{SPAN("C:\\dir\\"), "C:\\dir\\"},
		{SPAN("a\\\\b\\;"), "a\\\\\\b\\\\\\;"},
		{SPAN(" a"), "\" a\""},
		{SPAN("a\xc2\xa0"), "\"a\xc2\xa0\""},
		{SPAN("\"a\""), "\"\\\"a\\\"\""},
		{SPAN("'1'"), "\"'1'\""},
		{SPAN("'"), "\"'\""},
		{SPAN("'a"), "'a"},
		{SPAN("a\nb"), "\"a\\nb\""},
		{SPAN("a\0b\x1b"), "\"a\\u0000b\\u001b\""},
		{SPAN("a\xe2\x80\xa8"), "\"a\\u2028\""},
		{SPAN("123"), "123"},
		{SPAN("TRUE"), "TRUE"},
		{SPAN("true"), NULL},
		{SPAN("false"), NULL},
		{SPAN("null"), NULL},
		{SPAN("\xff"), NULL},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GString *out = g_string_new(NULL);

		assert_int_equal(nd_ini_encode(rows[i].value, 11, out), rows[i].want != NULL);
		assert_string_equal(out->str, rows[i].want ? rows[i].want : "");
		g_string_free(out, TRUE);
	}
}

/* Valid UTF-8 made of what is dangerous in one way of quoting or another. */
static GString *random_text(GRand *rand)
{
	static const struct nd_span pieces[] = {SPAN("\""), SPAN("'"), SPAN("\\"), SPAN(";"),
		SPAN("#"), SPAN(" "), SPAN("\t"), SPAN("\n"), SPAN("\r"), SPAN("="), SPAN("["),
		SPAN("]"), SPAN("true"), SPAN("null"), SPAN("false"), SPAN("12"), SPAN("{}"),
		SPAN("\0"), SPAN("\xc2\xa0"), SPAN("\xe2\x80\xa8"), SPAN("\xe2\x80\xa9"),
		SPAN("\xef\xbb\xbf"), SPAN("\xf0\x9f\x98\x80"), SPAN("a"), SPAN("/"),
		SPAN("\\u0041"), SPAN("\\n"), SPAN("${X}"), SPAN("\x1b"), SPAN("\x7f"), SPAN("."),
		SPAN("e1")};
	GString *out = g_string_new(NULL);
	int n = g_rand_int_range(rand, 0, 8);

	for (int i = 0; i < n; i++) {
		const struct nd_span *piece =
			&pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))];

		g_string_append_len(out, piece->p, (gssize)piece->n);
	}
	return out;
}

/* Whether the first entry of the file has exactly this string as its value. */
static bool decodes_to(const char *file, size_t n, const GString *want, int major)
{
	struct nd_doc *doc = nd_doc_new((struct nd_span){file, n}, major <= 8);
	struct nd_ini *ini = nd_ini_decode(doc, major);
	bool same = false;

	if (nd_ini_entry_count(ini) == 1) {
		const struct nd_value *value = &nd_ini_entry(ini, 0)->text.value;

		same = value->type == ND_TYPE_STRING &&
		       nd_span_equal(value->string, (struct nd_span){want->str, want->len});
	}
	nd_ini_free(ini);
	nd_doc_free(doc);
	return same;
}

static void test_encoding_round_trip(void **state)
{
	GRand *rand = g_rand_new_with_seed(2);
	int refused = 0;

	(void)state;
	for (int i = 0; i < 30000; i++) {
		GString *value = random_text(rand), *file = g_string_new("key = ");
		struct nd_span span = {value->str, value->len};
		bool word = nd_span_is(span, "true") || nd_span_is(span, "false") ||
			    nd_span_is(span, "null");

		assert_int_equal(nd_ini_encode(span, 6 + i % 7, file), !word);
		refused += word;
		if (!word)
			assert_true(decodes_to(file->str, file->len, value, 6 + i % 7));
		g_string_free(file, TRUE);
		g_string_free(value, TRUE);
	}
	assert_true(refused > 0);
	g_rand_free(rand);
}

/* Puts the value in the place of another, inside that one's quotes. */
static void check_encoding_like(const char *like, const GString *value, size_t done[2])
{
	g_autofree char *file = g_strconcat("key = ", like, " ", NULL);
	struct nd_doc *doc = nd_doc_new(nd_span_of(file), false);
	struct nd_ini *ini = nd_ini_decode(doc, 11);
	const struct nd_ini_text *text = &nd_ini_entry(ini, 0)->text;
	struct nd_arena *arena = nd_arena_new();
	GString *out = g_string_new(NULL);
	bool ok = nd_ini_encode_like((struct nd_span){value->str, value->len}, text, out);

	done[ok]++;
	if (ok) {
		struct nd_splice splice = {nd_ini_offset(doc, text, 0),
			nd_ini_offset(doc, text, nd_value_text(&text->value, arena).n),
			{out->str, out->len}};
		GString *edited = nd_doc_splice(doc, &splice, 1);

		assert_true(decodes_to(edited->str, edited->len, value, 11));
		assert_int_equal(edited->str[6], text->quote ? text->quote : edited->str[6]);
		g_string_free(edited, TRUE);
	} else {
		assert_int_equal(out->len, 0);
	}
	g_string_free(out, TRUE);
	nd_arena_free(arena);
	nd_ini_free(ini);
	nd_doc_free(doc);
}

static void test_encoding_like_round_trip(void **state)
{
	static const char *const likes[] = {"plain", "a\\;b", "x ; comment", "\"quoted\"",
		"\"q\\n\"", "'single'", "'\"json\"'", "' \"j\\tson\"'", "'12'", "\"C:\\dir\"",
		"\"open", "''", "\"\""};
	GRand *rand = g_rand_new_with_seed(3);
	size_t done[2] = {0, 0};

	(void)state;
	for (int i = 0; i < 30000; i++) {
		GString *value = random_text(rand);

		check_encoding_like(likes[i % (int)G_N_ELEMENTS(likes)], value, done);
		g_string_free(value, TRUE);
	}
	assert_true(done[true] > 15000 && done[false] > 100);
	g_rand_free(rand);
}

static void test_encoding_like(void **state)
{
	static const struct {
		const char *like, *value, *want;
	} rows[] = {
		{"plain", "\"a\\q;b\"", "\"a\\q;b\""}, {"plain", "\"a\"", NULL},
		{"plain", "a;b", "a\\;b"}, {"plain", " a", NULL}, {"plain", "true", NULL},
		{"\"x\"", "a;\"b\\", "a;\\\"b\\\\"}, {"'x'", "a;\"b\\", "a;\"b\\"},
		{"'x'", "12", NULL}, {"'x'", "a\nb", NULL}, {"'\"x\"'", "a\nb", "a\\nb"},
		{"'\xff'", "a", NULL}, /* whether there was JSON inside cannot be told any more */
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *file = g_strconcat("key=", rows[i].like, NULL);
		struct nd_doc *doc = nd_doc_new(nd_span_of(file), false);
		struct nd_ini *ini = nd_ini_decode(doc, 11);
		GString *out = g_string_new(NULL);
		bool ok = nd_ini_encode_like(
			nd_span_of(rows[i].value), &nd_ini_entry(ini, 0)->text, out);

		assert_int_equal(ok, rows[i].want != NULL);
		assert_string_equal(out->str, rows[i].want ? rows[i].want : "");
		g_string_free(out, TRUE);
		nd_ini_free(ini);
		nd_doc_free(doc);
	}
}

/* Quadratic behaviour would make these take minutes. */
static void test_many_of_a_kind(void **state)
{
	static const char *const kinds[] = {"k=v\n", "k[]=v\n", "[s]\n", "%u=v\n", "[s%u]\n",
		"[a.%u]\n", "a.%u=null\n", "\r", "[a="};
	static const size_t keys[] = {1, 1, 1, 200000, 200000, 1, 1, 0, 1};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		GString *file = g_string_new(NULL);
		const char *number = strstr(kinds[i], "%u");

		for (unsigned k = 0; k < 200000; k++) {
			g_string_append_len(file, kinds[i],
				number ? number - kinds[i] : (gssize)strlen(kinds[i]));
			if (number)
				g_string_append_printf(file, "%u%s", k, number + 2);
		}
		struct nd_doc *doc = nd_doc_new((struct nd_span){file->str, file->len}, false);
		struct nd_ini *ini = nd_ini_decode(doc, 11);

		assert_int_equal(nd_ini_key_count(ini), keys[i]);
		assert_null(nd_ini_fatal(ini, NULL));
		if (i < 2)
			assert_int_equal(nd_ini_key(ini, 0)->n_entries, 200000);
		if (i == 1)
			assert_int_equal(nd_ini_key(ini, 0)->value.n_items, 200000);
		nd_ini_free(ini);
		nd_doc_free(doc);
		g_string_free(file, TRUE);
	}
}

/* Records are made when asked for, in any order, and stay where they are. */
static void test_records_on_demand(void **state)
{
	GString *file = g_string_new(NULL);

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		g_string_append_printf(file, "k%u = v%u\n%s", i % 500, i,
			i == 499 ? "k7=true\n" : i == 998 ? "[s]\n" : "");
	struct nd_doc *doc = nd_doc_new((struct nd_span){file->str, file->len}, false);
	struct nd_ini *ini = nd_ini_decode(doc, 11);
	const struct nd_ini_entry *last = nd_ini_entry(ini, 1000);
	const struct nd_ini_key *key = nd_ini_find(ini, SPAN("k7"));

	assert_int_equal(nd_ini_entry_count(ini), 1001);
	assert_int_equal(nd_ini_key_count(ini), 501);
	assert_string_equal(last->section, "s");
	assert_true(last->dropped);
	assert_int_equal(last->line, 1001);
	assert_null(nd_ini_entry(ini, 999)->section);
	assert_int_equal(key->n_entries, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(key->entries[i], ((size_t[]){7, 500, 508})[i]);
	assert_true(nd_span_is(key->value.string, "v507"));
	assert_int_equal(nd_ini_entry(ini, 500)->text.value.type, ND_TYPE_BOOLEAN);
	assert_int_equal(nd_ini_find(ini, SPAN("k499"))->n_entries, 1);
	assert_ptr_equal(nd_ini_key(ini, 7), key);
	assert_ptr_equal(nd_ini_entry(ini, 1000), last);
	nd_ini_free(ini);
	nd_doc_free(doc);
	g_string_free(file, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decoding),
		cmocka_unit_test(test_how_a_text_was_read),
		cmocka_unit_test(test_entries_and_keys),
		cmocka_unit_test(test_fatal_names_its_line),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_encoding_round_trip),
		cmocka_unit_test(test_encoding_like),
		cmocka_unit_test(test_encoding_like_round_trip),
		cmocka_unit_test(test_many_of_a_kind),
		cmocka_unit_test(test_records_on_demand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
