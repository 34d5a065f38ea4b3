#include "rules/misread.h"

/* The file's bytes: its encoding, and characters that nobody sees. */

static void place(const struct nd_layer *layer, struct nd_finding *finding, size_t start, size_t end)
{
	nd_facts_locate_line(layer, nd_doc_line_at(layer->doc, start), start, end, &finding->where);
}

/* npm_major: of the npm that has not read any of it and would then; 0: it reads it already. */
static void mend_whole(struct nd_finding *finding, const struct nd_layer *layer, const char *from,
	size_t skip, int npm_major)
{
	struct nd_span bytes = nd_doc_bytes(layer->doc);
	gsize n;
	g_autofree char *text = g_convert(bytes.p + skip, (gssize)(bytes.n - skip), "UTF-8", from, NULL, &n, NULL);
	const char *harm = text && npm_major ? nd_wake_harm_in((struct nd_span){ text, n }, npm_major) : NULL;

	if (harm)
		nd_finding_help(finding, "save the file as UTF-8 if all in it is meant; then %s: `fix` leaves that to "
			"you", harm);
	else if (text && strlen(text) == n)
		nd_mend(finding, layer, 0, bytes.n, text);
}

/* U+FEFF in front, or every other byte NUL, as ASCII text has it in UTF-16. */
static const char *utf16_of(struct nd_span bytes, size_t *skip)
{
	size_t odd = 0, even = 0;

	*skip = 2;
	if (bytes.n >= 2 && memcmp(bytes.p, "\xff\xfe", 2) == 0)
		return "UTF-16LE";
	if (bytes.n >= 2 && memcmp(bytes.p, "\xfe\xff", 2) == 0)
		return "UTF-16BE";
	*skip = 0;
	for (size_t i = 0; i < bytes.n; i++) {
		odd += bytes.p[i] == '\0' && i % 2 == 1;
		even += bytes.p[i] == '\0' && i % 2 == 0;
	}
	if (bytes.n % 2 || bytes.n < 4)
		return NULL;
	if (odd > bytes.n / 4 && !even)
		return "UTF-16LE";
	return even > bytes.n / 4 && !odd ? "UTF-16BE" : NULL;
}

static bool judge_nul(const struct nd_facts *f, const struct nd_layer *layer, struct nd_report *out)
{
	struct nd_span bytes = nd_doc_bytes(layer->doc);
	size_t skip;
	const char *utf16 = utf16_of(bytes, &skip), *nul;
	struct nd_finding *finding;

	if (utf16) {
		finding = nd_finding_add(out, ND_RULE_FILE_ENCODING,
			"the file is %s: npm reads it as UTF-8 and loses every setting", utf16);
		nd_help_row(finding);
		place(layer, finding, 0, 2);
		mend_whole(finding, layer, utf16, skip, f->layers->npm_major);
		return true;
	}
	nul = bytes.n ? memchr(bytes.p, '\0', bytes.n) : NULL;
	if (!nul)
		return false;
	finding = nd_finding_add(out, ND_RULE_FILE_ENCODING,
		"the file holds NUL bytes, which npm keeps as part of keys and values");
	nd_finding_help(finding, "write the file anew as UTF-8 text");
	place(layer, finding, (size_t)(nul - bytes.p), (size_t)(nul - bytes.p) + 1);
	return true;
}

/* The first byte that is no UTF-8 on a line that is no comment. */
static bool find_invalid(const struct nd_layer *layer, size_t *at)
{
	struct nd_span bytes = nd_doc_bytes(layer->doc);
	const char *p = bytes.p, *end = bytes.p + bytes.n, *bad;

	while (p < end && !g_utf8_validate(p, end - p, &bad)) {
		const struct nd_line *line =
			nd_doc_line(layer->doc, nd_doc_line_at(layer->doc, (size_t)(bad - bytes.p)));

		*at = (size_t)(bad - bytes.p);
		if (line->kind != ND_LINE_COMMENT)
			return true;
		p = bytes.p + line->end;
	}
	return false;
}

/* Whether all bytes above ASCII stand alone, as in Windows-1252 text. */
static bool is_single_byte(struct nd_span bytes)
{
	for (size_t i = 0; i + 1 < bytes.n; i++)
		if ((bytes.p[i] & 0xc0) == 0xc0 && (bytes.p[i + 1] & 0xc0) == 0x80)
			return false;
	return true;
}

static void judge_utf8(const struct nd_layer *layer, struct nd_report *out)
{
	struct nd_finding *finding;
	size_t at;

	if (!find_invalid(layer, &at))
		return;
	finding = nd_finding_add(out, ND_RULE_FILE_ENCODING,
		"the byte 0x%02X is no UTF-8: npm puts U+FFFD in its place",
		(unsigned)(unsigned char)nd_doc_bytes(layer->doc).p[at]);
	nd_help_row(finding);
	place(layer, finding, at, at + 1);
	if (is_single_byte(nd_doc_bytes(layer->doc)))
		mend_whole(finding, layer, "WINDOWS-1252", 0, 0);
}

/* Without the mark the section would begin, and npm no longer read what is below it. */
static bool would_hide(const struct nd_layer *layer)
{
	for (size_t i = 0; i < nd_ini_entry_count(layer->ini); i++) {
		const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, i);

		if (entry->line > 0 && !entry->section)
			return true;
	}
	return false;
}

static void judge_mark(const struct nd_facts *f, const struct nd_layer *layer, struct nd_report *out)
{
	struct nd_span bytes = nd_doc_bytes(layer->doc);
	const struct nd_line *line;
	struct nd_finding *finding;
	bool section;

	if (bytes.n < 4 || memcmp(bytes.p, "\xef\xbb\xbf", 3) != 0)
		return;
	line = nd_doc_line(layer->doc, 0);
	/* trim() takes the mark away, but a section must begin the line (ini/lib/ini.js). */
	section = bytes.p[3] == '[' && memchr(bytes.p + 3, ']', line->eol - 3) != NULL;
	if (!section && line->kind != ND_LINE_PAIR && line->kind != ND_LINE_BARE)
		return;
	if (section)
		finding = nd_finding_add(out, ND_RULE_FILE_ENCODING,
			"a byte-order mark hides the section line behind it: npm reads it as a key");
	else
		finding = nd_finding_add(out, ND_RULE_FILE_ENCODING,
			f->layers->client == ND_CLIENT_PNPM ?
			"the file begins with a byte-order mark: pnpm loses the first setting" :
			"the file begins with a byte-order mark, which npm ignores");
	if (!section && f->layers->client != ND_CLIENT_PNPM)
		finding->severity = ND_INFO;
	place(layer, finding, 0, 3);
	if (section && would_hide(layer)) {
		nd_finding_help(finding, "delete the whole line: behind a section line npm reads no settings");
		return;
	}
	nd_finding_help(finding, "save the file as UTF-8 without a byte-order mark");
	nd_mend(finding, layer, 0, 3, "");
}

void nd_check_encoding(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	(void)rule;
	for (guint i = 0; i < f->files->len; i++) {
		const struct nd_file_facts *file = f->files->pdata[i];

		if (judge_nul(f, file->layer, out))
			continue;
		judge_utf8(file->layer, out);
		judge_mark(f, file->layer, out);
	}
}

/* --- invisible-character --- */

static const char *name_of(gunichar c)
{
	static const struct {
		gunichar c;
		const char *name;
	} names[] = { { 0xa0, "a no-break space" }, { 0xad, "a soft hyphen" },
		{ 0x200b, "a zero-width space" }, { 0x200c, "a zero-width non-joiner" },
		{ 0x200d, "a zero-width joiner" }, { 0x2010, "a hyphen that is no minus" },
		{ 0x2011, "a hyphen that is no minus" }, { 0x2013, "an en dash" }, { 0x2014, "an em dash" },
		{ 0x2018, "a typographic quote" }, { 0x2019, "a typographic quote" },
		{ 0x201c, "a typographic quote" }, { 0x201d, "a typographic quote" },
		{ 0x201e, "a typographic quote" }, { 0x2026, "an ellipsis" }, { 0x2060, "a word joiner" },
		{ 0xfeff, "a zero-width no-break space" } };

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i].c == c)
			return names[i].name;
	return nd_is_zero_width(c) ? "an invisible character" : "a character outside ASCII";
}

static void mend_invisible(struct nd_finding *finding, const struct nd_layer *layer, size_t start,
	size_t end)
{
	const char *bytes = nd_doc_bytes(layer->doc).p;

	for (const char *p = bytes + start; p < bytes + end;) {
		gunichar c = (unsigned char)*p < 0x80 ? (gunichar)*p :
			g_utf8_get_char_validated(p, bytes + end - p);
		size_t n = c >= 0x110000 ? 1 : (size_t)g_unichar_to_utf8(c, NULL);

		if (c < 0x110000 && nd_is_zero_width(c))
			nd_mend(finding, layer, (size_t)(p - bytes), (size_t)(p - bytes) + n, "");
		p += n;
	}
}

/* What npm would do once the key is without the characters that nobody sees. */
static const char *key_harm(const struct nd_ini_entry *entry)
{
	g_autofree char *key = nd_visible_key(entry);

	return nd_wake_harm_of(nd_span_of(key), &entry->text);
}

/* Beside a line that does set the key this one would win or lose by its place. */
static void mend_invisible_key(struct nd_finding *finding, const struct nd_layer *layer,
	const struct nd_ini_entry *entry)
{
	g_autofree char *key = nd_visible_key(entry);

	if (!nd_span_is(entry->key, key) && nd_has_key(layer, key))
		return;
	mend_invisible(finding, layer, entry->key_text.start, entry->key_text.end);
	finding->becomes = g_steal_pointer(&key);
}

static const char *anew(const struct nd_ini_entry *entry, const struct nd_culprits *c, bool in_key)
{
	if (!g_unichar_isalnum(c->first))
		return "type the character anew: `\"`, `-` or a blank";
	if (in_key && entry->key.n > 2 && memcmp(entry->key.p, "//", 2) == 0)
		return "write the host in ASCII, as npm has it (xn--...), and a path percent-encoded";
	return in_key ? "type the key anew: those that npm knows are in ASCII"
		      : "copy the value anew";
}

static void judge_invisible(const struct nd_layer *layer, const struct nd_ini_entry *entry,
	struct nd_report *out)
{
	struct nd_culprits c;
	struct nd_finding *finding;
	const char *harm;
	bool in_key;

	if (!nd_find_invisible(layer, entry, &c, &in_key))
		return;
	finding = nd_finding_add(out, ND_RULE_INVISIBLE_CHARACTER,
		"the %s holds U+%04X, %s, in column %zu", in_key ? "key" : "value", (unsigned)c.first,
		name_of(c.first), c.start - nd_doc_line(layer->doc, entry->line)->start + 1);
	if (c.n > 1)
		nd_finding_note(finding, "%zu such characters in all", c.n);
	harm = in_key && c.all_invisible ? key_harm(entry) : NULL;
	if (harm)
		nd_finding_help(finding, "delete it if the line is meant; then %s: `fix` leaves that to you", harm);
	else
		nd_finding_help(finding, "%s", c.all_invisible ? "delete it" : anew(entry, &c, in_key));
	nd_blame(finding, layer, entry, c.start, c.end);
	if (!c.all_invisible || harm)
		return;
	if (in_key)
		mend_invisible_key(finding, layer, entry);
	else
		mend_invisible(finding, layer, entry->text.start, entry->text.end);
}

void nd_check_invisible(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	g_autoptr(GPtrArray) layers = nd_reading_layers(f);

	(void)rule;
	for (guint i = 0; i < layers->len; i++) {
		const struct nd_layer *layer = layers->pdata[i];

		for (size_t k = 0; k < nd_ini_entry_count(layer->ini); k++) {
			const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, k);

			if (!entry->section)
				judge_invisible(layer, entry, out);
		}
	}
}
