#include "rules/reading.h"

/* The edits that make npm verify again. */

bool nd_remedy_serves(const struct nd_facts *f, const char *url)
{
	for (guint i = 0; f->remedy && i < f->remedy->urls->len; i++)
		if (g_str_equal(f->remedy->urls->pdata[i], url))
			return true;
	return false;
}

static const char *line_end(const struct nd_layer *layer)
{
	const struct nd_line *line;

	if (!layer->doc || !nd_doc_count(layer->doc))
		return "\n";
	line = nd_doc_line(layer->doc, 0);
	return line->end - line->eol == 2 ? "\r\n" : "\n";
}

static struct nd_edit *add_edit(struct nd_finding *finding, const char *path, size_t start, size_t end)
{
	struct nd_edit *edit = g_new0(struct nd_edit, 1);

	edit->file = g_strdup(path);
	edit->start = start;
	edit->end = end;
	nd_finding_edit(finding, edit);
	return edit;
}

static bool can_write_user(const struct nd_facts *f)
{
	const struct nd_layer *user = &f->layers->layers[ND_LAYER_USER];

	return user->file && !user->ignored && (user->doc || user->file->state == ND_READ_MISSING);
}

/* Lines at the top of the user's file: at its end a section would swallow them. */
static void add_to_user(const struct nd_facts *f, struct nd_finding *finding, const char *lines)
{
	const struct nd_layer *user = &f->layers->layers[ND_LAYER_USER];
	struct nd_span bytes = user->doc ? nd_doc_bytes(user->doc) : (struct nd_span){ NULL, 0 };
	size_t mark = bytes.n >= 3 && memcmp(bytes.p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	struct nd_edit *edit = add_edit(finding, user->file->path, mark, mark);

	edit->text = g_strconcat(lines, line_end(user), NULL);
	if (!user->doc)
		edit->create = g_strdup("the user's npm settings");
}

/* "cafile=PATH", owned by the caller; NULL where the path has no spelling. */
static char *cafile_line(const struct nd_facts *f)
{
	GString *out = g_string_new("cafile=");

	if (nd_ini_encode(nd_span_of(f->remedy->path), f->layers->npm_major, out))
		return g_string_free(out, FALSE);
	g_string_free(out, TRUE);
	return NULL;
}

static void make_cafile(const struct nd_facts *f, struct nd_finding *finding)
{
	struct nd_edit *edit;

	if (!f->remedy->pem)
		return;
	edit = add_edit(finding, f->remedy->path, 0, 0);
	edit->text = g_strdup(f->remedy->pem);
	edit->create = g_strdup(f->remedy->what);
}

/* All lines of the key go; in the place of the last one, which counts, comes `instead`, if anything. */
static bool replace_strict(const struct nd_layer *layer, struct nd_finding *finding, const char *instead)
{
	const struct nd_ini_key *key = nd_ini_find(layer->ini, nd_span_of("strict-ssl"));

	for (size_t i = 0; key && i < key->n_entries; i++) {
		const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, key->entries[i]);
		const struct nd_line *line = nd_doc_line(layer->doc, entry->line);
		bool stays = instead && i + 1 == key->n_entries;
		struct nd_edit *edit = add_edit(finding, layer->file->path, line->start,
			stays ? line->eol : line->end);

		edit->text = g_strdup(stays ? instead : "");
	}
	return key && key->n_entries;
}

/* Whether without this line another one would switch verification off. */
static bool is_off_below(const struct nd_facts *f)
{
	const struct nd_setting *next = nd_layers_shadowed(f->layers, f->trust->strict_setting);

	return next && next->used.type == ND_TYPE_BOOLEAN && !next->used.boolean;
}

/* Where verification is off. In the user's file the line makes room; the project's, which others share,
 * loses it and the user's gets the cafile; the global one is not this user's alone: it is overruled. */
static void mend_off(const struct nd_facts *f, struct nd_finding *finding, const char *cafile)
{
	const struct nd_setting *setting = f->trust->strict_setting;
	const struct nd_layer *layer = setting ? nd_layers_of(f->layers, setting) : NULL;
	bool global = layer && layer->id == ND_LAYER_GLOBAL;
	const char *strict = global || is_off_below(f) ? "strict-ssl=true" : NULL;
	g_autofree char *both = NULL;

	if (!layer || !layer->doc || (layer->id != ND_LAYER_USER && layer->id != ND_LAYER_PROJECT && !global))
		return;
	if (layer->id != ND_LAYER_USER && (cafile || global) && !can_write_user(f))
		return;
	if (layer->id == ND_LAYER_PROJECT) {
		if (replace_strict(layer, finding, strict) && cafile)
			add_to_user(f, finding, cafile);
		return;
	}
	both = strict && cafile ? g_strconcat(strict, line_end(layer), cafile, NULL) :
		g_strdup(strict ? strict : cafile);
	if (global)
		add_to_user(f, finding, both);
	else
		replace_strict(layer, finding, both);
}

void nd_mend_trust(const struct nd_facts *f, struct nd_finding *finding, bool as_is)
{
	g_autofree char *cafile = !as_is && f->remedy ? cafile_line(f) : NULL;
	guint before = finding->edits->len;

	if (!as_is && !cafile)
		return;
	if (!f->trust->strict_ssl)
		mend_off(f, finding, cafile);
	else if (cafile && can_write_user(f))
		add_to_user(f, finding, cafile);
	if (cafile && finding->edits->len > before)
		make_cafile(f, finding);
}
