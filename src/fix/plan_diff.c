#include <npmrc-doctor/doc.h>
#include <npmrc-doctor/plan.h>
#include <npmrc-doctor/redact.h>

/* Lines of context around a change, as diff -u has it. */
#define CONTEXT 3

/* A new file of more lines is named and not shown. */
#define MAX_NEW 20

/* Lines [old, old + n_old) of the file become [new, new + n_new) of the result. */
struct change {
	size_t old, n_old, new, n_new;
};

struct sides {
	struct nd_doc *old, *new;
};

/* Walks over a file's edits and counts how far they have moved what follows. */
struct walk {
	const struct nd_plan_file *file;
	struct sides *s;
	guint next;      /* the first edit that was not passed */
	ptrdiff_t shift; /* by all that were */
};

static const struct nd_edit *peek(const struct walk *w)
{
	return w->next < w->file->edits->len ? w->file->edits->pdata[w->next] : NULL;
}

static size_t line_end(const struct nd_doc *doc, size_t line)
{
	return line < nd_doc_count(doc) ? nd_doc_line(doc, line)->end : nd_doc_bytes(doc).n;
}

/* The index of the line that starts at `offset`, or SIZE_MAX; the end counts as the start of one more. */
static size_t line_from(const struct nd_doc *doc, size_t offset)
{
	size_t line;

	if (offset == nd_doc_bytes(doc).n)
		return nd_doc_count(doc);
	line = nd_doc_line_at(doc, offset);
	return nd_doc_line(doc, line)->start == offset ? line : SIZE_MAX;
}

/* Passes the edits that begin in the lines up to `last`; returns the last line that they reach. */
static size_t pass(struct walk *w, size_t last)
{
	const struct nd_edit *edit;

	while ((edit = peek(w)) && nd_doc_line_at(w->s->old, edit->start) <= last) {
		if (edit->end > edit->start)
			last = MAX(last, nd_doc_line_at(w->s->old, edit->end - 1));
		w->shift += (ptrdiff_t)(edit->text ? strlen(edit->text) : 0) -
			(ptrdiff_t)(edit->end - edit->start);
		w->next++;
	}
	return last;
}

static struct nd_span text_of(const struct nd_doc *doc, size_t line)
{
	const struct nd_line *at = nd_doc_line(doc, line);

	return (struct nd_span){ nd_doc_bytes(doc).p + at->start, at->end - at->start };
}

/* An edit that inserts a line touches its neighbour, which has not changed. */
static void trim(const struct sides *s, struct change *c)
{
	while (c->n_old && c->n_new && nd_span_equal(text_of(s->old, c->old), text_of(s->new, c->new))) {
		c->old++, c->new++;
		c->n_old--, c->n_new--;
	}
	while (c->n_old && c->n_new && nd_span_equal(text_of(s->old, c->old + c->n_old - 1),
		text_of(s->new, c->new + c->n_new - 1)))
		c->n_old--, c->n_new--;
}

/* From the line of the next edit to where both sides begin a line again: an edit that takes a line end
 * away, or puts one in, changes the lines behind it too. */
static struct change next_change(struct walk *w)
{
	const struct nd_doc *old = w->s->old, *new = w->s->new;
	size_t first = nd_doc_count(old) ? nd_doc_line_at(old, peek(w)->start) : 0, last = first;
	size_t start = nd_doc_count(old) ? nd_doc_line(old, first)->start : 0;
	size_t from = line_from(new, (size_t)((ptrdiff_t)start + w->shift)), to;

	for (;;) {
		last = pass(w, last);
		to = line_from(new, (size_t)((ptrdiff_t)line_end(old, last) + w->shift));
		if (to != SIZE_MAX)
			break;
		last++;
	}
	last = MIN(last + 1, nd_doc_count(old));
	return (struct change){ first, last - first, from, to - from };
}

static GArray *find_changes(const struct nd_plan_file *file, struct sides *s)
{
	GArray *changes = g_array_new(FALSE, FALSE, sizeof(struct change));
	struct walk w = { .file = file, .s = s };

	while (peek(&w)) {
		struct change c = next_change(&w);
		struct change *before = changes->len ?
			&g_array_index(changes, struct change, changes->len - 1) : NULL;

		trim(s, &c);
		if (before && before->old + before->n_old == c.old && before->new + before->n_new == c.new) {
			before->n_old += c.n_old;
			before->n_new += c.n_new;
		} else if (c.n_old || c.n_new) {
			g_array_append_val(changes, c);
		}
	}
	return changes;
}

static void print_lines(GString *out, char sign, const struct nd_doc *doc, size_t from, size_t n)
{
	for (size_t i = from; i < from + n && i < nd_doc_count(doc); i++) {
		g_autofree char *shown = nd_redact_display(doc, i, NULL, 0);
		const struct nd_line *line = nd_doc_line(doc, i);

		g_string_append_printf(out, "%c%s\n", sign, shown);
		if (line->eol == line->end)
			g_string_append(out, "\\ No newline at end of file\n");
	}
}

/* One hunk from changes [a, b). */
static void print_hunk(GString *out, const struct sides *s, const struct change *a, const struct change *b)
{
	const struct change *last = b - 1;
	size_t before = MIN(a->old, CONTEXT);
	size_t end = MIN(last->old + last->n_old + CONTEXT, nd_doc_count(s->old));
	size_t old_start = a->old - before, new_start = a->new - before;
	size_t old_n = end - old_start;
	size_t new_n = last->new + last->n_new + (end - last->old - last->n_old) - new_start;
	size_t at = old_start;

	g_string_append_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", old_n ? old_start + 1 : old_start, old_n,
		new_n ? new_start + 1 : new_start, new_n);
	for (const struct change *c = a; c < b; c++) {
		print_lines(out, ' ', s->old, at, c->old - at);
		print_lines(out, '-', s->old, c->old, c->n_old);
		print_lines(out, '+', s->new, c->new, c->n_new);
		at = c->old + c->n_old;
	}
	print_lines(out, ' ', s->old, at, end - at);
}

static void print_hunks(GString *out, const struct sides *s, const GArray *changes)
{
	const struct change *all = (const struct change *)(void *)changes->data;

	for (guint i = 0; i < changes->len;) {
		guint j = i + 1;

		while (j < changes->len &&
			all[j].old <= all[j - 1].old + all[j - 1].n_old + 2 * CONTEXT)
			j++;
		print_hunk(out, s, all + i, all + j);
		i = j;
	}
}

static void print_moves(GString *out, const struct nd_plan_file *file)
{
	for (guint i = 0; i < file->edits->len; i++) {
		const struct nd_edit *edit = file->edits->pdata[i];

		if (edit->secret)
			g_string_append_printf(out, "keyring: %s for %s becomes ${%s}\n", edit->key,
				*edit->location ? edit->location : "every registry", edit->variable);
		if (edit->from)
			g_string_append_printf(out, "moved: %s from %s, where pnpm does not expand ${%s}\n",
				edit->key, edit->from, edit->variable);
		if (edit->create)
			g_string_append_printf(out, "new file: %s\n", edit->create);
	}
	if (!file->made && file->tighten && (file->file->id.mode & 077))
		g_string_append_printf(out, "mode: %04o becomes %04o\n", (unsigned)file->file->id.mode & 07777,
			(unsigned)file->file->id.mode & 0600);
}

static void print_changes(GString *out, const struct nd_plan_file *file, struct sides *s)
{
	g_autofree char *path = nd_url_redact_path(file->file->path);
	g_autoptr(GArray) changes = find_changes(file, s);

	/* Nobody reads two thousand lines of certificates. */
	if (!changes->len || (file->made && nd_doc_count(s->new) > MAX_NEW)) {
		g_string_append_printf(out, "%s\n", path);
		return;
	}
	g_string_append_printf(out, "--- %s\n+++ %s\n", file->made ? "/dev/null" : path, path);
	print_hunks(out, s, changes);
}

static void print_file(GString *out, const struct nd_plan_file *file)
{
	struct nd_span bytes = { file->file->bytes, file->file->size };
	g_autoptr(GString) result = nd_plan_result(file, true);
	struct sides s = { nd_doc_new(bytes, false),
		nd_doc_new((struct nd_span){ result->str, result->len }, false) };

	print_changes(out, file, &s);
	print_moves(out, file);
	nd_doc_free(s.old);
	nd_doc_free(s.new);
}

GString *nd_plan_diff(const struct nd_plan *plan)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < plan->files->len; i++)
		print_file(out, plan->files->pdata[i]);
	return out;
}
