#include <npmrc-doctor/facts.h>
#include <npmrc-doctor/redact.h>

/* Excerpts of longer lines are not drawn: nobody reads a screenful with a caret in it. */
#define MAX_EXCERPT 4096

static void draw(const struct nd_layer *layer, size_t line, size_t start, size_t end,
	struct nd_excerpt *out)
{
	const struct nd_line *l = nd_doc_line(layer->doc, line);
	size_t at[2] = { start, end };

	if (l->eol - l->start > MAX_EXCERPT)
		return;
	out->text = nd_redact_display(layer->doc, line, at, 2);
	out->line = line + 1;
	out->caret = at[0];
	out->length = MAX(at[1] - at[0], 1);
}

/* How many UTF-16 code units the bytes are. A byte-order mark is none: readers take it away. */
static unsigned utf16_units(const char *p, const char *end)
{
	unsigned n = 0;

	while (p < end) {
		gunichar c = g_utf8_get_char_validated(p, end - p);
		bool valid = c != (gunichar)-1 && c != (gunichar)-2;

		n += valid && c > 0xffff ? 2 : 1;
		p += valid ? g_unichar_to_utf8(c, NULL) : 1;
	}
	return n;
}

static void count_units(const struct nd_layer *layer, size_t line, size_t start, size_t end,
	struct nd_location *out)
{
	struct nd_span bytes = nd_doc_bytes(layer->doc);
	size_t from = nd_doc_line(layer->doc, line)->start;

	if (from == 0 && bytes.n >= 3 && memcmp(bytes.p, "\xef\xbb\xbf", 3) == 0)
		from = MIN(start, 3);
	out->unit_column = utf16_units(bytes.p + from, bytes.p + start) + 1;
	out->unit_end_column = out->unit_column + utf16_units(bytes.p + start, bytes.p + end);
}

void nd_facts_locate_line(const struct nd_layer *layer, size_t line, size_t start, size_t end,
	struct nd_location *out)
{
	const struct nd_line *l = nd_doc_line(layer->doc, line);

	out->known = true;
	out->layer = layer->id;
	out->file = g_strdup(layer->file->path);
	out->line = line + 1;
	out->column = start - l->start + 1;
	out->end_column = end - l->start + 1;
	count_units(layer, line, start, end, out);
	draw(layer, line, start, end, &out->excerpt);
}

void nd_facts_locate_variable(const char *variable, struct nd_location *out)
{
	out->known = true;
	out->layer = ND_LAYER_ENV;
	out->variable = g_strdup(variable);
}

void nd_facts_locate(const struct nd_facts *facts, const struct nd_setting *setting, size_t start,
	size_t end, struct nd_location *out)
{
	const struct nd_layer *layer;

	if (!setting)
		return;
	layer = nd_layers_of(facts->layers, setting);
	if (!setting->origin.file || !layer->doc) {
		out->known = true;
		out->layer = setting->origin.layer;
		out->variable = g_strdup(setting->origin.variable);
	} else {
		if (start == 0 && end == 0) {
			start = setting->origin.start;
			end = setting->origin.end;
		}
		nd_facts_locate_line(layer, setting->origin.line - 1, start, end, out);
		if (nd_redact_hides_start(layer->doc, setting->origin.line - 1))
			out->key = g_strdup("***");
	}
	if (!out->key)
		out->key = nd_url_redact_key(setting->key);
}

/* Cuts out what may be secret by bytes, so that the rest stays as it is written. */
static void append_shown(GString *out, const struct nd_layer *layer, const struct nd_ini_entry *entry,
	size_t start, size_t end)
{
	const char *bytes = nd_doc_bytes(layer->doc).p;
	struct nd_span parts[16];
	size_t n = nd_redact_line(layer->doc, entry->line, parts, G_N_ELEMENTS(parts));

	for (size_t i = 0; i < n && start < end; i++) {
		size_t from = MAX((size_t)(parts[i].p - bytes), start);
		size_t to = MIN((size_t)(parts[i].p - bytes) + parts[i].n, end);

		if (from >= to)
			continue;
		g_string_append_len(out, bytes + start, (gssize)(from - start));
		g_string_append(out, "...");
		start = to;
	}
	g_string_append_len(out, bytes + start, (gssize)(end - start));
}

char *nd_facts_key(const struct nd_layer *layer, const struct nd_ini_entry *entry)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autofree char *valid = NULL;

	append_shown(out, layer, entry, entry->key_text.start, entry->key_text.end);
	if (out->len > 200)
		g_string_truncate(out, 200);
	valid = g_utf8_make_valid(out->str, (gssize)out->len);
	for (char *p = valid; *p; p++)
		if (g_ascii_iscntrl(*p))
			*p = '?';
	return g_steal_pointer(&valid);
}
