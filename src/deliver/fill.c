#include "deliver/fill.h"

static struct nd_span span_of(const GString *text)
{
	return (struct nd_span){text->str, text->len};
}

/* The text of the entry in the place of its value, or NULL where there is none that reads right. */
static GString *spell(
	const struct nd_fill *how, const struct nd_ini_entry *entry, struct nd_arena *arena)
{
	struct nd_expansion value =
		nd_expand(how->dialect, entry->text.value.string, how->env, arena);
	g_autoptr(GString) escaped = nd_expand_escape(how->dialect, value.text, arena);
	g_autoptr(GString) out = g_string_new(NULL);
	struct nd_span again = nd_expand(how->dialect, span_of(escaped), how->env, arena).text;

	/* What a variable brings is not trimmed, what stands in the file is. */
	if (value.failed || nd_doc_trim(value.text).n != value.text.n ||
		!nd_span_equal(again, value.text) ||
		!nd_ini_encode(span_of(escaped), how->npm_major, out))
		return NULL;
	return g_steal_pointer(&out);
}

/* What ini makes of the new bytes, compared with what was meant. */
static bool reads_right(const struct nd_fill *how, const GString *bytes, struct nd_arena *arena)
{
	struct nd_doc *doc = nd_doc_new(span_of(bytes), how->npm_major < 9);
	struct nd_ini *ini = nd_ini_decode(doc, how->npm_major);
	size_t n = nd_ini_entry_count(how->layer->ini);
	bool same = nd_ini_entry_count(ini) == n;

	for (size_t i = 0; same && i < n; i++) {
		const struct nd_ini_entry *a = nd_ini_entry(how->layer->ini, i),
					  *b = nd_ini_entry(ini, i);
		struct nd_value x = a->text.value, y = b->text.value;

		if (x.type == ND_TYPE_STRING)
			x.string = nd_expand(how->dialect, x.string, how->env, arena).text;
		if (y.type == ND_TYPE_STRING)
			y.string = nd_expand(how->dialect, y.string, how->env, arena).text;
		same = nd_span_equal(a->key, b->key) && nd_value_equal(&x, &y);
	}
	nd_ini_free(ini);
	nd_doc_free(doc);
	return same;
}

static GString *splice(const struct nd_fill *how, const size_t *entries, const GPtrArray *texts)
{
	g_autofree struct nd_splice *splices = g_new0(struct nd_splice, texts->len + 1);

	for (guint i = 0; i < texts->len; i++) {
		const struct nd_ini_entry *entry = nd_ini_entry(how->layer->ini, entries[i]);

		splices[i] = (struct nd_splice){
			entry->text.start, entry->text.end, span_of(texts->pdata[i])};
	}
	return nd_doc_splice(how->layer->doc, splices, texts->len);
}

static void set_error(GError **err, const struct nd_fill *how, size_t entry)
{
	g_set_error(err, g_quark_from_static_string("nd-fill"), 0,
		"%s:%zu: the value cannot be written so that the client reads it right",
		how->layer->file->path, nd_ini_entry(how->layer->ini, entry)->line + 1);
}

static void text_free(gpointer text)
{
	g_string_free(text, TRUE);
}

GString *nd_fill_file(const struct nd_fill *how, const size_t *entries, size_t n, GError **err)
{
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(text_free);
	struct nd_arena *arena = nd_arena_new();
	GString *out = NULL;
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++) {
		GString *text = spell(how, nd_ini_entry(how->layer->ini, entries[i]), arena);

		ok = text != NULL;
		if (ok)
			g_ptr_array_add(texts, text);
		else
			set_error(err, how, entries[i]);
	}
	if (ok)
		out = splice(how, entries, texts);
	if (out && !reads_right(how, out, arena)) {
		set_error(err, how, entries[0]);
		g_string_free(out, TRUE);
		out = NULL;
	}
	nd_arena_free(arena);
	return out;
}
