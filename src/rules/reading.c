#include "rules/misread.h"

/* How npm's ini reads the lines: comments, quotes, sections, duplicates, keys without a value. */

typedef void (*visit)(const struct nd_facts *f, const struct nd_layer *layer, size_t index,
	struct nd_report *out);

static void for_each_entry(const struct nd_facts *f, struct nd_report *out, visit judge)
{
	g_autoptr(GPtrArray) layers = nd_reading_layers(f);

	for (guint i = 0; i < layers->len; i++) {
		const struct nd_layer *layer = layers->pdata[i];
		size_t n = nd_ini_entry_count(layer->ini);

		for (size_t k = 0; k < n; k++)
			judge(f, layer, k, out);
	}
}

/* --- value-cut-by-comment --- */

/* A boolean, a number or base64 in front of it is complete: the rest can only be meant as a comment. */
static bool is_whole(const struct nd_facts *f, const struct nd_ini_entry *entry)
{
	const unsigned texts = ND_KEY_STRING | ND_KEY_URL | ND_KEY_PATH;
	const struct nd_key *key = nd_key_find(entry->key, f->layers->npm_major);

	if (nd_kind_of(entry->key) == ND_KIND_BASE64 && entry->text.value.type == ND_TYPE_STRING)
		return nd_is_coded(nd_key_base(entry->key), entry->text.value.string);
	return key && !(key->types & texts);
}

/* Where what the value was cut off from ends: before a comment that white space sets apart. 0: it cannot be told where,
 * as it has blanks in it, or has one of the two characters at its end. */
static size_t end_of_rest(const struct nd_layer *layer, const struct nd_ini_entry *entry)
{
	const char *bytes = nd_doc_bytes(layer->doc).p;
	size_t from = entry->text.cut, to = nd_doc_line(layer->doc, entry->line)->value_end;

	for (size_t i = from; i < to; i++)
		if (nd_is_mark(bytes[i]) && nd_white_before(layer, i))
			to = i;
	while (to > from && (bytes[to - 1] == ' ' || bytes[to - 1] == '\t'))
		to--;
	for (size_t i = from; i < to; i++)
		if (bytes[i] == ' ' || bytes[i] == '\t')
			return 0;
	return nd_is_mark(bytes[to - 1]) ? 0 : to;
}

/* Calls for each # and ; from the cut on that no backslash escapes, as unsafe() in ini/lib/ini.js
 * would find them if the earlier ones were escaped. */
static void mend_specials(struct nd_finding *finding, const struct nd_layer *layer, size_t from, size_t to,
	bool percent)
{
	const char *bytes = nd_doc_bytes(layer->doc).p;

	for (size_t i = from; i < to; i++) {
		if (bytes[i] == '\\') {
			i++;
		} else if (bytes[i] == '#' || bytes[i] == ';') {
			if (percent)
				nd_mend(finding, layer, i, i + 1, bytes[i] == '#' ? "%23" : "%3B");
			else
				nd_mend(finding, layer, i, i, "\\");
		}
	}
}

/* Whether a proxy URL whose password held the character becomes one when it is percent-encoded. */
static bool encodes_to_url(const struct nd_layer *layer, size_t from, size_t to)
{
	const char *bytes = nd_doc_bytes(layer->doc).p;
	g_autoptr(GString) text = g_string_new_len(bytes + from, (gssize)(to - from));
	struct nd_userinfo info;
	struct nd_url *url;
	bool ok;

	if (strchr(text->str, '\\') || strstr(text->str, "${"))
		return false;
	g_string_replace(text, "#", "%23", 0);
	g_string_replace(text, ";", "%3B", 0);
	url = nd_url_parse((struct nd_span){ text->str, text->len });
	ok = url && *url->host && nd_url_userinfo((struct nd_span){ text->str, text->len }, &info) &&
		info.password_end > info.password_start && !strchr(url->path, '@');
	nd_url_free(url);
	return ok;
}

/* a;b;c, as Windows has it, where npm wants commas. */
static void mend_list(struct nd_finding *finding, const struct nd_layer *layer, const struct nd_ini_entry *entry,
	size_t to)
{
	const char *bytes = nd_doc_bytes(layer->doc).p;
	size_t from = entry->text.cut;

	nd_finding_help(finding, "npm's list has commas");
	for (size_t i = from; i < to; i++)
		if (!g_ascii_isalnum(bytes[i]) && !strchr(";,.-*", bytes[i]))
			return;
	for (size_t i = from; i < to; i++)
		if (bytes[i] == ';')
			nd_mend(finding, layer, i, i + 1, ",");
}

static void mend_cut(const struct nd_facts *f, const struct nd_layer *layer,
	const struct nd_ini_entry *entry, struct nd_finding *finding)
{
	const struct nd_key *known = nd_key_find(entry->key, f->layers->npm_major);
	enum nd_kind kind = nd_kind_of(entry->key);
	size_t cut = entry->text.cut, end = end_of_rest(layer, entry);

	if (entry->text.end == entry->text.start || entry->text.open_quote)
		return;
	if (kind == ND_KIND_PROXY)
		nd_finding_help(finding, "write %%23 in place of # and %%3B in place of ; in a proxy's password");
	if (nd_span_is(entry->key, "noproxy")) {
		mend_list(finding, layer, entry, nd_doc_line(layer->doc, entry->line)->value_end);
		return;
	}
	if (!end)
		return;
	if (kind == ND_KIND_PROXY) {
		if (encodes_to_url(layer, entry->text.start, end))
			mend_specials(finding, layer, cut, end, true);
		return;
	}
	/* No base64 has such a character: nobody knows what the rest is. */
	if (kind == ND_KIND_REGISTRY || kind == ND_KIND_BASE64 || (known && !(known->types & ND_KEY_STRING)) ||
		nd_wake_harm(entry->key, (struct nd_span){ nd_doc_bytes(layer->doc).p + cut, end - cut }))
		return;
	if (kind != ND_KIND_OTHER || known)
		mend_specials(finding, layer, cut, end, false);
}

static void mend_quotes(const struct nd_layer *layer, const struct nd_ini_entry *entry,
	struct nd_finding *finding)
{
	const char *bytes = nd_doc_bytes(layer->doc).p;
	size_t start = entry->text.start, end = entry->text.end;

	nd_finding_help(finding, "take the quotes off, or put the comment on a line of its own");
	for (size_t i = start + 1; i + 1 < end; i++)
		if (strchr("\"'\\;# ", bytes[i]))
			return;
	if (end - start <= 2)
		return;
	nd_mend(finding, layer, start, start + 1, "");
	/* What follows at once would be a part of the value then. */
	nd_mend(finding, layer, end - 1, end, nd_white_before(layer, entry->text.cut) ? "" : " ");
}

static void judge_cut_key(const struct nd_layer *layer, const struct nd_ini_entry *entry,
	struct nd_report *out)
{
	size_t cut = entry->key_text.cut;
	struct nd_finding *finding;

	if (!cut || nd_white_before(layer, cut))
		return;
	finding = nd_finding_add(out, ND_RULE_VALUE_CUT_BY_COMMENT,
		"npm sees only the part of the key before the `%c`", nd_doc_bytes(layer->doc).p[cut]);
	nd_finding_help(finding, "put a backslash in front of the `%c`", nd_doc_bytes(layer->doc).p[cut]);
	nd_blame(finding, layer, entry, cut, cut + 1);
}

static void judge_cut(const struct nd_facts *f, const struct nd_layer *layer, size_t index,
	struct nd_report *out)
{
	const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, index);
	size_t cut = entry->text.cut, colon;
	struct nd_finding *finding;
	bool quotes;
	char culprit;

	if (!nd_entry_counts(layer, index) || nd_is_colon(f, layer, entry, &colon))
		return;
	judge_cut_key(layer, entry, out);
	/* The `#` of a web page's address that was taken for the registry's: registry-known-bad. */
	if (!cut || (nd_kind_of(entry->key) == ND_KIND_REGISTRY && nd_web_page(layer, entry, NULL)))
		return;
	culprit = nd_doc_bytes(layer->doc).p[cut];
	quotes = nd_keeps_quotes(layer, entry);
	if (quotes)
		finding = nd_finding_add(out, ND_RULE_VALUE_CUT_BY_COMMENT,
			"the quotes become part of the value because a comment follows them");
	else if (nd_is_cut(layer, entry) && !is_whole(f, entry))
		finding = nd_finding_add(out, ND_RULE_VALUE_CUT_BY_COMMENT,
			"npm sees only the part of the value before the `%c`", culprit);
	else
		finding = nd_finding_add(out, ND_RULE_VALUE_CUT_BY_COMMENT,
			"the value ends before the `%c`: what follows is a comment to npm", culprit);
	nd_finding_help(finding, "put a backslash in front of the `%c` if it belongs to the value", culprit);
	nd_blame(finding, layer, entry, cut, cut + 1);
	if (quotes)
		mend_quotes(layer, entry, finding);
	else if (nd_is_cut(layer, entry) && !is_whole(f, entry))
		mend_cut(f, layer, entry, finding);
	else
		finding->severity = ND_INFO;
}

void nd_check_value_cut(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	(void)rule;
	for_each_entry(f, out, judge_cut);
}

/* --- unclosed-quote --- */

static void judge_quote(const struct nd_facts *f, const struct nd_layer *layer, size_t index,
	struct nd_report *out)
{
	const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, index);
	bool in_key = entry->key_text.open_quote != 0;
	const struct nd_ini_text *text = in_key ? &entry->key_text : &entry->text;
	struct nd_finding *finding;

	if (!text->open_quote || !nd_entry_counts(layer, index) ||
		nd_entry_owner(f, layer, entry) != ND_RULE_UNCLOSED_QUOTE)
		return;
	finding = nd_finding_add(out, ND_RULE_UNCLOSED_QUOTE, "the %s opens with %c, which does not close: %s",
		in_key ? "key" : "value", text->open_quote,
		text->value.type == ND_TYPE_STRING && !text->value.string.n ? "npm sees nothing" :
		"npm keeps it as part of the text");
	nd_help_row(finding);
	nd_blame(finding, layer, entry, text->start, text->start + 1);
}

void nd_check_unclosed_quote(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	(void)rule;
	for_each_entry(f, out, judge_quote);
}

/* --- duplicate-key --- */

/* The line that wins says nothing, or something else than is meant: the other may be the one to keep. */
static bool is_doubtful(const struct nd_facts *f, const struct nd_layer *layer, const struct nd_ini_entry *last)
{
	const struct nd_value *value = &last->text.value;

	return nd_is_bare(layer, last) || value->type == ND_TYPE_NULL ||
		(value->type == ND_TYPE_STRING && !value->string.n) || nd_entry_owner(f, layer, last) != ND_RULE_COUNT;
}

static void mend_duplicate(struct nd_finding *finding, const struct nd_layer *layer,
	const struct nd_ini_entry *entry)
{
	const struct nd_line *line = nd_doc_line(layer->doc, entry->line);
	struct nd_span bytes = nd_doc_bytes(layer->doc);
	bool mark = line->start == 0 && bytes.n >= 3 && memcmp(bytes.p, "\xef\xbb\xbf", 3) == 0;

	/* Which of ca and cafile wins depends on the place of the first line (section 8: later wins). */
	if (!nd_span_is(entry->key, "ca") && !nd_span_is(entry->key, "cafile"))
		nd_mend(finding, layer, line->start + (mark ? 3 : 0), line->end, "");
}

static void judge_duplicate(const struct nd_facts *f, const struct nd_layer *layer, size_t index,
	struct nd_report *out)
{
	const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, index);
	const struct nd_ini_key *key = entry->dropped ? NULL : nd_ini_find(layer->ini, entry->key);
	const struct nd_ini_entry *last;
	struct nd_finding *finding;
	g_autofree char *label = NULL;

	if (!key || key->n_entries < 2 || nd_entry_counts(layer, index))
		return;
	last = nd_ini_entry(layer->ini, key->entries[key->n_entries - 1]);
	label = nd_facts_key(layer, entry);
	finding = nd_finding_add(out, ND_RULE_DUPLICATE_KEY,
		"%s is set again in line %zu of this file, which wins", label, last->line + 1);
	nd_finding_help(finding, "delete this line if line %zu is the right one", last->line + 1);
	nd_blame(finding, layer, entry, entry->key_text.start, entry->key_text.end);
	if (nd_value_equal(&entry->text.value, &last->text.value))
		nd_finding_note(finding, "both lines say the same");
	if (nd_value_equal(&entry->text.value, &last->text.value) || !is_doubtful(f, layer, last))
		mend_duplicate(finding, layer, entry);
}

void nd_check_duplicate(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	(void)rule;
	for_each_entry(f, out, judge_duplicate);
}

/* --- section-ignored --- */

/* How many entries stand before the line: they are in the file's order. */
static size_t keys_before(const struct nd_layer *layer, size_t line)
{
	size_t low = 0, high = nd_ini_entry_count(layer->ini);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (nd_ini_entry(layer->ini, middle)->line < line)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void judge_section(const struct nd_facts *f, const struct nd_layer *layer, size_t index,
	struct nd_report *out)
{
	size_t line, next = SIZE_MAX, n;
	const struct nd_line *l;
	struct nd_finding *finding;

	nd_ini_section(layer->ini, index, &line);
	if (index + 1 < nd_ini_section_count(layer->ini))
		nd_ini_section(layer->ini, index + 1, &next);
	n = keys_before(layer, next) - keys_before(layer, line);
	/* A section named like a setting is npm's death: invalid-value says so. */
	if (!n || nd_is_fatal(f, layer->id, line + 1))
		return;
	l = nd_doc_line(layer->doc, line);
	finding = nd_finding_add(out, ND_RULE_SECTION_IGNORED,
		"npm does not read the %zu key%s below this section line as settings", n, n == 1 ? "" : "s");
	nd_help_row(finding);
	nd_facts_locate_line(layer, line, l->start, nd_doc_trim((struct nd_span){
		nd_doc_bytes(layer->doc).p + l->start, l->eol - l->start }).n + l->start, &finding->where);
	nd_finding_number(finding, "keys", (double)n);
}

void nd_check_section(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	g_autoptr(GPtrArray) layers = nd_reading_layers(f);

	(void)rule;
	for (guint i = 0; i < layers->len; i++) {
		const struct nd_layer *layer = layers->pdata[i];

		for (size_t k = 0; k < nd_ini_section_count(layer->ini); k++)
			judge_section(f, layer, k, out);
	}
}

/* --- no-value --- */

static bool takes_boolean(const struct nd_key *known)
{
	return known && (known->types & (ND_KEY_BOOLEAN | ND_KEY_TRUE));
}

static void judge_no_value(const struct nd_facts *f, const struct nd_layer *layer, size_t index,
	struct nd_report *out)
{
	const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, index);
	const struct nd_key *known;
	g_autofree char *label = NULL;
	struct nd_finding *finding;

	if (!nd_is_bare(layer, entry) || !nd_entry_counts(layer, index) || nd_is_fatal(f, layer->id, entry->line + 1) ||
		nd_entry_owner(f, layer, entry) != ND_RULE_COUNT || nd_kind_is_url(nd_kind_of(entry->key)))
		return;
	known = nd_key_find(entry->key, f->layers->npm_major);
	if (!known && !nd_key_is_known(entry->key, f->layers->npm_major))
		return; /* unknown-key says it */
	label = nd_facts_key(layer, entry);
	finding = nd_finding_add(out, ND_RULE_NO_VALUE, "%s has no `=`: to npm its value is true", label);
	if (takes_boolean(known)) {
		finding->severity = ND_INFO;
		nd_finding_help(finding, "write %s=true if that is meant", label);
	} else {
		nd_finding_help(finding, "write %s=VALUE, or delete the line", label);
	}
	nd_blame(finding, layer, entry, entry->key_text.start, entry->key_text.end);
}

void nd_check_no_value(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	(void)rule;
	for_each_entry(f, out, judge_no_value);
}

/* --- colon-for-equals --- */

static void judge_colon(const struct nd_facts *f, const struct nd_layer *layer, size_t index,
	struct nd_report *out)
{
	const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, index);
	const char *bytes = nd_doc_bytes(layer->doc).p;
	g_autofree char *key = NULL;
	const char *harm;
	struct nd_finding *finding;
	size_t colon, after;

	if (entry->section || !nd_is_colon(f, layer, entry, &colon))
		return;
	key = g_strchomp(g_strndup(bytes + entry->key_text.start, colon - entry->key_text.start));
	/* //user:password@host/:_authToken */
	if (key[0] == '/' && strchr(key, '@')) {
		g_free(key);
		key = g_strdup("a credential");
	}
	finding = nd_finding_add(out, ND_RULE_COLON_FOR_EQUALS,
		"npm separates keys and values with `=`: this line does not set %s", key);
	nd_facts_locate_line(layer, entry->line, colon, colon + 1, &finding->where);
	finding->where.key = g_strdup(key);
	for (after = colon + 1; bytes[after] == ' ' || bytes[after] == '\t';)
		after++;
	harm = nd_wake_harm(
		nd_span_of(key), (struct nd_span){ bytes + after, MAX(entry->key_text.end, after) - after });
	if (nd_credential_name(nd_span_of(key)))
		nd_finding_help(finding, "write //HOST/PATH/:%s=..., as the registry's URL has them", key);
	else if (harm)
		nd_finding_help(finding, "write %s=... if it is meant; then %s: `fix` leaves that to you", key, harm);
	else
		nd_finding_help(finding, "write %s=...", key);
	/* Beside a line that does set it this one would win or lose by its place. */
	if (!harm && !strchr(key, ' ') && !nd_credential_name(nd_span_of(key)) && !nd_has_key(layer, key) &&
		!entry->key_text.cut)
		nd_mend_key(finding, layer, colon, after, "=", key);
}

void nd_check_colon(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	(void)rule;
	for_each_entry(f, out, judge_colon);
}
