#include "fuzz.h"

#include <npmrc-doctor/ini.h>

/* Every entry lies in the file; what a value was decoded from maps back into it; what is encoded decodes
 * to itself. */

static void check_encoding(struct nd_span value, int npm)
{
	GString *line = g_string_new("k = ");
	struct nd_doc *doc;
	struct nd_ini *ini;
	const struct nd_ini_key *key;

	if (nd_ini_encode(value, npm, line)) {
		doc = nd_doc_new((struct nd_span){ line->str, line->len }, npm < 9);
		ini = nd_ini_decode(doc, npm);
		key = nd_ini_find(ini, nd_span_of("k"));
		LAW(key && key->value.type == ND_TYPE_STRING && nd_span_equal(key->value.string, value));
		nd_ini_free(ini);
		nd_doc_free(doc);
	}
	g_string_free(line, TRUE);
}

static void check_entry(const struct nd_doc *doc, const struct nd_ini_entry *entry, int npm)
{
	const struct nd_line *l = nd_doc_line(doc, entry->line);
	const struct nd_ini_text *t = &entry->text;
	size_t before = 0;

	LAW(l->start <= t->start && t->start <= t->end && t->end <= l->eol);
	if (t->value.type != ND_TYPE_STRING)
		return;
	for (size_t i = 0; i <= t->value.string.n; i++) {
		size_t at = nd_ini_offset(doc, t, i);

		LAW(at >= before && at >= t->start && at <= t->end);
		before = at;
	}
	if (t->plain)
		LAW(nd_span_equal(t->value.string, (struct nd_span){ nd_doc_bytes(doc).p + t->start,
			t->end - t->start }));
	check_encoding(t->value.string, npm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const int versions[] = { 6, 8, 9, 10, 11, 12 };
	int npm = n ? versions[data[0] % G_N_ELEMENTS(versions)] : 11;
	struct nd_span bytes = { (const char *)data + (n ? 1 : 0), n ? n - 1 : 0 };
	struct nd_doc *doc;
	struct nd_ini *ini;

	if (n > 4096)
		return 0;
	doc = nd_doc_new(bytes, npm < 9);
	ini = nd_ini_decode(doc, npm);
	for (size_t i = 0; i < nd_ini_entry_count(ini); i++)
		check_entry(doc, nd_ini_entry(ini, i), npm);
	for (size_t i = 0; i < nd_ini_key_count(ini); i++)
		LAW(nd_ini_find(ini, nd_ini_key(ini, i)->key) == nd_ini_key(ini, i));
	nd_ini_free(ini);
	nd_doc_free(doc);
	return 0;
}
