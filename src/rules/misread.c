#include "rules/misread.h"

/* How npm misreads a line, as offsets; the rules word it. */

/* --- comments and quotes --- */

bool nd_white_before(const struct nd_layer *layer, size_t at)
{
	const char *p = nd_doc_bytes(layer->doc).p + at;

	for (size_t n = 1; n <= 3 && n <= at; n++)
		if (nd_doc_white(p - n, n) == n)
			return true;
	return false;
}

bool nd_is_cut(const struct nd_layer *layer, const struct nd_ini_entry *entry)
{
	const char *bytes = nd_doc_bytes(layer->doc).p;
	size_t at = entry->text.cut, end = nd_doc_line(layer->doc, entry->line)->value_end;

	if (!at || nd_white_before(layer, at))
		return false;
	while (at < end && nd_is_mark(bytes[at]))
		at++;
	/* White space sets a comment apart. */
	while (at < end && (bytes[at] == ' ' || bytes[at] == '\t'))
		if (nd_is_mark(bytes[++at]))
			return false;
	return at < end;
}

bool nd_keeps_quotes(const struct nd_layer *layer, const struct nd_ini_entry *entry)
{
	const char *bytes = nd_doc_bytes(layer->doc).p;
	const struct nd_ini_text *text = &entry->text;
	size_t n = text->end - text->start;

	return text->cut && n >= 2 && strchr("\"'", bytes[text->start]) &&
		bytes[text->start] == bytes[text->end - 1];
}

/* --- a colon for the equals sign --- */

/* The colon of `registry: https://...` or `//host/:_authToken: ...`, a line without `=`. */
static const char *find_colon(struct nd_span key, int npm_major)
{
	const char *end = key.p + key.n, *colon = key.p;
	bool nested = key.n > 2 && (memcmp(key.p, "//", 2) == 0 || key.p[0] == '@');

	while (colon < end && (colon = memchr(colon, ':', (size_t)(end - colon))) != NULL) {
		struct nd_span before = nd_doc_trim((struct nd_span){ key.p, (size_t)(colon - key.p) });

		if (++colon == end)
			break;
		if (nd_credential_name(nd_key_base(before)) || nd_kind_of(before) == ND_KIND_REGISTRY ||
			(!nested && nd_key_find(before, npm_major)))
			return colon - 1;
		if (!nested)
			break;
	}
	return NULL;
}

bool nd_is_colon(const struct nd_facts *f, const struct nd_layer *layer,
	const struct nd_ini_entry *entry, size_t *colon)
{
	const char *bytes = nd_doc_bytes(layer->doc).p;
	struct nd_span raw = { bytes + entry->key_text.start, entry->key_text.end - entry->key_text.start };
	const char *found;

	if (!nd_is_bare(layer, entry) || !entry->key_text.plain)
		return false;
	found = find_colon(raw, f->layers->npm_major);
	if (found)
		*colon = (size_t)(found - bytes);
	return found != NULL;
}

/* --- characters that nobody sees --- */

bool nd_is_zero_width(gunichar c)
{
	return c == 0xad || c == 0x180e || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
		(c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfe00 && c <= 0xfe0f);
}

/* Letters of any script may stand in a host (punycode), a path, or a proxy's password. */
static bool is_culprit(gunichar c, bool letters)
{
	return c >= 0x80 && c != 0xfffd && !(letters && !nd_is_zero_width(c) && g_unichar_isalnum(c));
}

static bool find_culprits(const struct nd_layer *layer, size_t start, size_t end, bool letters,
	struct nd_culprits *out)
{
	const char *bytes = nd_doc_bytes(layer->doc).p;

	*out = (struct nd_culprits){ .all_invisible = true };
	for (const char *p = bytes + start; p < bytes + end;) {
		gunichar c = (unsigned char)*p < 0x80 ? (gunichar)*p :
			g_utf8_get_char_validated(p, bytes + end - p);
		size_t n = c == (gunichar)-1 || c == (gunichar)-2 ? 1 : (size_t)g_unichar_to_utf8(c, NULL);

		if (c < 0x110000 && is_culprit(c, letters)) {
			if (!out->n++) {
				out->first = c;
				out->start = (size_t)(p - bytes);
				out->end = out->start + n;
			}
			out->all_invisible &= nd_is_zero_width(c);
		}
		p += n;
	}
	return out->n > 0;
}

bool nd_find_invisible(const struct nd_layer *layer, const struct nd_ini_entry *entry,
	struct nd_culprits *out, bool *in_key)
{
	enum nd_kind kind;

	*in_key = find_culprits(layer, entry->key_text.start, entry->key_text.end, false, out);
	if (*in_key)
		return true;
	kind = nd_kind_of(entry->key);
	return kind != ND_KIND_OTHER && find_culprits(layer, entry->text.start, entry->text.end,
		!nd_kind_is_secret(kind), out);
}

bool nd_is_invisible(const struct nd_layer *layer, const struct nd_ini_entry *entry)
{
	struct nd_culprits culprits;
	bool in_key;

	return nd_find_invisible(layer, entry, &culprits, &in_key);
}

char *nd_visible_key(const struct nd_ini_entry *entry)
{
	GString *key = g_string_new(NULL);
	g_autofree char *text = g_utf8_make_valid(entry->key.p ? entry->key.p : "", (gssize)entry->key.n);

	for (const char *p = text; *p; p = g_utf8_next_char(p))
		if (!nd_is_zero_width(g_utf8_get_char(p)))
			g_string_append_unichar(key, g_utf8_get_char(p));
	return g_string_free(key, FALSE);
}

/* --- quotes that hold no JSON --- */

bool nd_is_no_json(const struct nd_facts *f, const struct nd_setting *setting)
{
	const struct nd_ini_entry *entry = nd_setting_entry(f, setting);
	struct nd_span text = setting->written.string;

	return entry && !entry->text.quote && !entry->text.cut && setting->written.type == ND_TYPE_STRING &&
		text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"' && f->layers->npm_major >= 7;
}
