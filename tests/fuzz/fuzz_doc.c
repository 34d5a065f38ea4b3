#include "fuzz.h"

#include <npmrc-doctor/doc.h>
#include <npmrc-doctor/redact.h>
#include <npmrc-doctor/secret.h>

/* Lines tile the file; without splices it writes back the same bytes; a splice changes what it names. */

static void check_lines(const struct nd_doc *doc, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < nd_doc_count(doc); i++) {
		const struct nd_line *l = nd_doc_line(doc, i);

		LAW(l->start == at && l->start <= l->key_start && l->key_start <= l->key_end);
		LAW(l->key_end <= l->value_start && l->value_start <= l->value_end);
		LAW(l->value_end <= l->eol && l->eol <= l->end);
		LAW(nd_doc_line_at(doc, l->start) == i || l->start == l->end);
		at = l->end;
	}
	LAW(at == n);
}

static void check_splices(const struct nd_doc *doc, struct nd_span bytes)
{
	struct nd_splice splice = { bytes.n / 3, bytes.n / 2, nd_span_of("${X}") };
	GString *same = nd_doc_splice(doc, NULL, 0);
	GString *changed = nd_doc_splice(doc, &splice, 1);

	LAW(same && nd_span_equal((struct nd_span){ same->str, same->len }, bytes));
	LAW(changed && changed->len == bytes.n - (splice.end - splice.start) + splice.text.n);
	LAW(memcmp(changed->str, bytes.p, splice.start) == 0);
	g_string_free(same, TRUE);
	g_string_free(changed, TRUE);
}

/* Wide characters take two columns of a terminal. */
static size_t columns(const char *text)
{
	size_t n = 0;

	for (; *text; text = g_utf8_next_char(text))
		n += g_unichar_iswide(g_utf8_get_char(text)) ? 2 : 1;
	return n;
}

static void check_display(const struct nd_doc *doc)
{
	for (size_t i = 0; i < nd_doc_count(doc); i++) {
		const struct nd_line *l = nd_doc_line(doc, i);
		size_t at[2] = { l->value_start, l->value_end };
		g_autofree char *shown = nd_redact_display(doc, i, at, 2);

		LAW(g_utf8_validate(shown, -1, NULL));
		LAW(at[0] <= at[1] && at[1] <= columns(shown));
		for (const char *p = shown; *p; p++)
			LAW((unsigned char)*p >= 0x20 && *p != 0x7f);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct nd_span bytes = { (const char *)data, n };
	struct nd_doc *doc = nd_doc_new(bytes, n & 1);

	check_lines(doc, n);
	check_splices(doc, bytes);
	check_display(doc);
	nd_doc_free(doc);
	return 0;
}
