#include <npmrc-doctor/doc.h>
#include <npmrc-doctor/plan.h>
#include <npmrc-doctor/redact.h>

/* Lines of context around a change, as diff -u has it. */
#define CONTEXT 3

/* Lines [old, old + n_old) of the file become [new, new + n_new) of the result. */
struct change {
	size_t old, n_old, new, n_new;
};

struct sides {
	struct nd_doc *old, *new;
};

static size_t line_count(const char *text)
{
	size_t n = 0;

	for (; text && *text; text++)
		n += *text == '\n';
	return n;
}

/* Changed line ranges in file order; edits that touch the same lines are one change. */
static GArray *find_changes(const struct nd_plan_file *file, const struct nd_doc *old)
{
	GArray *changes = g_array_new(FALSE, FALSE, sizeof(struct change));
	ptrdiff_t shift = 0;

	for (guint i = 0; i < file->edits->len; i++) {
		const struct nd_edit *edit = file->edits->pdata[i];
		size_t first = nd_doc_line_at(old, edit->start);
		size_t last = edit->end > edit->start ? nd_doc_line_at(old, edit->end - 1) : first;
		struct change *before = changes->len ?
			&g_array_index(changes, struct change, changes->len - 1) : NULL;
		size_t n_old = last - first + 1;
		bool whole = edit->start == nd_doc_line(old, first)->start &&
			edit->end == nd_doc_line(old, last)->end && edit->end > edit->start;
		size_t n_new = line_count(edit->text) + (whole && !(edit->text && *edit->text) ? 0 : 1);

		if (whole && edit->text && g_str_has_suffix(edit->text, "\n"))
			n_new--;
		if (before && first < before->old + before->n_old) {
			size_t extra = last + 1 > before->old + before->n_old ?
				last + 1 - before->old - before->n_old : 0;

			before->n_old += extra;
			before->n_new += extra;
			continue;
		}
		if (before && first == before->old + before->n_old) {
			before->n_old += n_old;
			before->n_new += n_new;
		} else {
			g_array_append_val(changes,
				((struct change){ first, n_old, first + shift, n_new }));
		}
		shift += (ptrdiff_t)n_new - (ptrdiff_t)n_old;
	}
	return changes;
}

static void print_lines(GString *out, char sign, const struct nd_doc *doc, size_t from, size_t n)
{
	for (size_t i = from; i < from + n && i < nd_doc_count(doc); i++) {
		g_autofree char *shown = nd_redact_display(doc, i, NULL, 0);
		const struct nd_line *line = nd_doc_line(doc, i);

		/* A document's last line may be the empty one behind the final line end. */
		if (line->start == line->end)
			continue;
		g_string_append_printf(out, "%c%s\n", sign, shown);
		if (line->eol == line->end)
			g_string_append(out, "\\ No newline at end of file\n");
	}
}

static size_t real_lines(const struct nd_doc *doc)
{
	size_t n = nd_doc_count(doc);

	return n && nd_doc_line(doc, n - 1)->start == nd_doc_line(doc, n - 1)->end ? n - 1 : n;
}

/* One hunk from changes [a, b). */
static void print_hunk(GString *out, const struct sides *s, const struct change *a, const struct change *b)
{
	const struct change *last = b - 1;
	size_t before = MIN(a->old, CONTEXT);
	size_t end = MIN(last->old + last->n_old + CONTEXT, real_lines(s->old));
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
	}
	if (file->tighten && (file->file->id.mode & 077))
		g_string_append_printf(out, "mode: %04o becomes %04o\n", (unsigned)file->file->id.mode & 07777,
			(unsigned)file->file->id.mode & 0600);
}

static void print_file(GString *out, const struct nd_plan_file *file)
{
	struct nd_span bytes = { file->file->bytes, file->file->size };
	GString *result = nd_plan_result(file);
	struct sides s = { nd_doc_new(bytes, false),
		nd_doc_new((struct nd_span){ result->str, result->len }, false) };

	if (file->edits->len) {
		g_autoptr(GArray) changes = find_changes(file, s.old);

		g_string_append_printf(out, "--- %s\n+++ %s\n", file->file->path, file->file->path);
		print_hunks(out, &s, changes);
	} else {
		g_string_append_printf(out, "%s\n", file->file->path);
	}
	print_moves(out, file);
	nd_doc_free(s.old);
	nd_doc_free(s.new);
	nd_wipe_gstring(result);
}

GString *nd_plan_diff(const struct nd_plan *plan)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < plan->files->len; i++)
		print_file(out, plan->files->pdata[i]);
	return out;
}
