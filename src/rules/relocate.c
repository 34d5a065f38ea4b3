#include "rules/reading.h"

/* A project's file whose client expands no variables there: the whole line goes to the user's file. */

/* A line of the project's file and where its secret stands in it. */
struct piece {
	struct nd_span head, secret, tail; /* without the line end */
	size_t start, end;                 /* of the line in the document, its end included */
};

bool nd_must_relocate(const struct nd_facts *f, const struct nd_spot *spot)
{
	const struct nd_ini_entry *entry = nd_ini_entry(spot->in->ini, spot->entry);

	/* Below a section a line is no setting to anybody, and would not be one there. */
	return f->pnpm && spot->layer == ND_LAYER_PROJECT && !entry->section && !entry->list &&
		!nd_is_same_file(spot->in, &f->layers->layers[ND_LAYER_USER]);
}

static void cut(const struct nd_spot *spot, struct piece *out)
{
	const struct nd_ini_entry *entry = nd_ini_entry(spot->in->ini, spot->entry);
	const struct nd_line *line = nd_doc_line(spot->in->doc, entry->line);
	struct nd_span bytes = nd_doc_bytes(spot->in->doc);
	bool mark = line->start == 0 && bytes.n >= 3 && memcmp(bytes.p, "\xef\xbb\xbf", 3) == 0;

	out->start = line->start + (mark ? 3 : 0);
	out->end = line->end;
	out->head = (struct nd_span){ bytes.p + out->start, spot->start - out->start };
	out->secret = (struct nd_span){ bytes.p + spot->start, spot->end - spot->start };
	out->tail = (struct nd_span){ bytes.p + spot->end, line->eol - spot->end };
}

static void append(GString *out, struct nd_span text)
{
	g_string_append_len(out, text.p, (gssize)text.n);
}

/* The line with `middle` in the secret's place. */
static GString *assemble(const struct piece *piece, struct nd_span middle, const char *end)
{
	GString *out = g_string_new(NULL);

	append(out, piece->head);
	append(out, middle);
	append(out, piece->tail);
	g_string_append(out, end);
	return out;
}

/* The variable in a line of the user's file that is the project's but for it: what a run that was cut
 * short has left. Owned by the caller; NULL: it is another line. */
static char *variable_in(struct nd_span text, const struct piece *piece)
{
	static const char mark[] = "${" ND_SECRET_PREFIX;
	struct nd_span middle;

	if (text.n < piece->head.n + piece->tail.n + strlen("${}") ||
		memcmp(text.p, piece->head.p, piece->head.n) != 0 ||
		memcmp(text.p + text.n - piece->tail.n, piece->tail.p, piece->tail.n) != 0)
		return NULL;
	middle.p = text.p + piece->head.n;
	middle.n = text.n - piece->head.n - piece->tail.n;
	if (memcmp(middle.p, mark, MIN(middle.n, strlen(mark))) != 0 ||
		memchr(middle.p, '}', middle.n) != middle.p + middle.n - 1)
		return NULL;
	return g_strndup(middle.p + 2, middle.n - 3);
}

/* What the user's file has of the key. */
enum already { NOTHING, THIS_LINE, ANOTHER };

static enum already look(const struct nd_layer *user, const struct nd_spot *spot, const struct piece *piece,
	struct nd_edit *edit)
{
	const struct nd_ini_entry *entry = nd_ini_entry(spot->in->ini, spot->entry);
	const struct nd_ini_key *key = user->doc ? nd_ini_find(user->ini, entry->key) : NULL;

	for (size_t i = 0; key && i < key->n_entries; i++) {
		const struct nd_line *line = nd_doc_line(user->doc, nd_ini_entry(user->ini, key->entries[i])->line);
		struct nd_span text = { nd_doc_bytes(user->doc).p + line->start, line->eol - line->start };
		char *variable = variable_in(text, piece);

		if (!variable)
			continue;
		g_free(edit->variable);
		edit->variable = variable;
		edit->start = line->start;
		edit->end = line->eol;
		return THIS_LINE;
	}
	return key && key->n_entries ? ANOTHER : NOTHING;
}

static void write_line(const struct piece *piece, const char *end, struct nd_edit *edit)
{
	g_autofree char *reference = g_strdup_printf("${%s}", edit->variable);
	GString *line = assemble(piece, nd_span_of(reference), end);
	g_autoptr(GString) unmoved = assemble(piece, piece->secret, end);

	edit->text = g_string_free(line, FALSE);
	edit->unmoved = nd_secret_new((struct nd_span){ unmoved->str, unmoved->len });
}

static const char *line_end_of(const struct nd_layer *user)
{
	const struct nd_line *line = user->doc && nd_doc_count(user->doc) ? nd_doc_line(user->doc, 0) : NULL;

	return line && line->end - line->eol == 2 ? "\r\n" : "\n";
}

void nd_relocate(const struct nd_facts *f, const struct nd_spot *spot, struct nd_edit *edit,
	struct nd_finding *finding)
{
	const struct nd_layer *user = &f->layers->layers[ND_LAYER_USER];
	bool can = user->file && !user->ignored && (user->doc || user->file->state == ND_READ_MISSING);
	enum already already;
	struct piece piece;

	cut(spot, &piece);
	already = can ? look(user, spot, &piece, edit) : ANOTHER;
	nd_finding_note(finding,
		"pnpm 10.34 and later expand no ${VARIABLE} in a project's file: the line belongs into "
		"the user's file");
	if (already == ANOTHER) {
		nd_finding_note(finding, can ? "it cannot be moved automatically: the user's file sets the same key" :
			"it cannot be moved automatically: the user's file cannot be written");
		nd_edit_free(edit);
		return;
	}
	if (already == NOTHING) {
		struct nd_span bytes = user->doc ? nd_doc_bytes(user->doc) : (struct nd_span){ NULL, 0 };

		/* At the top: at the end a section would swallow it. */
		edit->start = edit->end = bytes.n >= 3 && memcmp(bytes.p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
		if (!user->doc)
			edit->create = g_strdup("the user's npm settings");
	}
	g_free(edit->text);
	write_line(&piece, already == NOTHING ? line_end_of(user) : "", edit);
	g_free(edit->file);
	edit->file = g_strdup(user->file->path);
	edit->from = g_strdup(spot->in->file->path);
	nd_finding_edit(finding, edit);
	nd_mend(finding, spot->in, piece.start, piece.end, "");
}
