#include <npmrc-doctor/plan.h>

#include <npmrc-doctor/doc.h>

static void plan_file_free(struct nd_plan_file *file)
{
	g_ptr_array_unref(file->edits);
	nd_file_free(file->made);
	g_free(file);
}

void nd_plan_free(struct nd_plan *plan)
{
	if (!plan)
		return;
	g_ptr_array_unref(plan->files);
	g_ptr_array_unref(plan->mended);
	g_ptr_array_unref(plan->left);
	g_ptr_array_unref(plan->later);
	g_free(plan);
}

static const struct nd_file *find_file(const GPtrArray *files, const char *path)
{
	for (guint i = 0; i < files->len; i++) {
		const struct nd_file *file = files->pdata[i];

		if (g_str_equal(file->path, path))
			return file;
	}
	return NULL;
}

/* Through a symbolic link one file may be read as two layers. */
static bool is_same(const struct nd_file *a, const struct nd_file *b)
{
	if (g_str_equal(a->path, b->path))
		return true;
	return a->id.ino && a->id.dev == b->id.dev && a->id.ino == b->id.ino;
}

static struct nd_plan_file *find_planned(const struct nd_plan *plan, const struct nd_file *file)
{
	for (guint i = 0; i < plan->files->len; i++) {
		struct nd_plan_file *planned = plan->files->pdata[i];

		if (is_same(planned->file, file))
			return planned;
	}
	return NULL;
}

static struct nd_file *not_yet(const char *path)
{
	struct nd_file *file = g_new0(struct nd_file, 1);

	file->path = g_strdup(path);
	file->state = ND_READ_MISSING;
	file->bytes = g_strdup("");
	return file;
}

static struct nd_plan_file *add_file(struct nd_plan *plan, const struct nd_file *file,
	struct nd_file *made)
{
	struct nd_plan_file *planned = g_new0(struct nd_plan_file, 1);

	planned->file = file;
	planned->made = made;
	planned->edits = g_ptr_array_new();
	g_ptr_array_add(plan->files, planned);
	return planned;
}

/* The planned file that the edit belongs to, or NULL where nobody has read such a file. */
static struct nd_plan_file *file_of(struct nd_plan *plan, const GPtrArray *files,
	const struct nd_edit *edit)
{
	const struct nd_file *file = find_file(files, edit->file);
	struct nd_file *made = !file && edit->create ? not_yet(edit->file) : NULL;
	struct nd_plan_file *planned;

	if (!file)
		file = made;
	if (!file)
		return NULL;
	planned = find_planned(plan, file);
	if (!planned)
		return add_file(plan, file, made);
	nd_file_free(made);
	return planned;
}

static bool changes_bytes(const struct nd_edit *edit)
{
	return edit->text != NULL || edit->end > edit->start;
}

static bool is_equal(const struct nd_edit *a, const struct nd_edit *b)
{
	return a->start == b->start && a->end == b->end &&
		g_strcmp0(a->text ? a->text : "", b->text ? b->text : "") == 0 &&
		g_strcmp0(a->from, b->from) == 0 &&
		nd_secret_equal(a->secret, b->secret);
}

static bool is_moved_line(const struct nd_edit *edit)
{
	return edit->from && edit->start == edit->end;
}

/* Two insertions at one place collide too: their order would be a guess, but for lines that keep theirs. */
static bool collides(const struct nd_edit *a, const struct nd_edit *b)
{
	if (a->start == b->start && is_moved_line(a) && is_moved_line(b))
		return false;
	return a->start == b->start || (a->start < b->end && b->start < a->end);
}

enum room { ROOM_FREE, ROOM_TAKEN_BY_EQUAL, ROOM_TAKEN };

static enum room room_for(const struct nd_plan_file *file, const struct nd_edit *edit)
{
	for (guint i = 0; i < file->edits->len; i++) {
		const struct nd_edit *other = file->edits->pdata[i];

		if (is_equal(edit, other))
			return ROOM_TAKEN_BY_EQUAL;
		if (collides(edit, other))
			return ROOM_TAKEN;
	}
	return ROOM_FREE;
}

static bool fits_file(const struct nd_file *file, const struct nd_edit *edit)
{
	return edit->start <= edit->end && edit->end <= file->size;
}

/* Whether all of the finding's edits can be made, beside the plan's and beside each other. */
static bool has_room(struct nd_plan *plan, const GPtrArray *files, const struct nd_finding *finding)
{
	for (guint i = 0; i < finding->edits->len; i++) {
		const struct nd_edit *edit = finding->edits->pdata[i];
		const struct nd_plan_file *file = file_of(plan, files, edit);

		if (!file || !fits_file(file->file, edit))
			return false;
		if (!changes_bytes(edit))
			continue;
		if (room_for(file, edit) == ROOM_TAKEN)
			return false;
		for (guint j = 0; j < i; j++) {
			const struct nd_edit *other = finding->edits->pdata[j];

			if (changes_bytes(other) && file_of(plan, files, other) == file &&
				!is_equal(edit, other) && collides(edit, other))
				return false;
		}
	}
	return true;
}

static void add_finding(struct nd_plan *plan, const GPtrArray *files, struct nd_finding *finding)
{
	g_ptr_array_add(plan->mended, finding);
	for (guint i = 0; i < finding->edits->len; i++) {
		struct nd_edit *edit = finding->edits->pdata[i];
		struct nd_plan_file *file = file_of(plan, files, edit);

		g_assert(file); /* has_room() has found it */
		file->tighten |= edit->tighten;
		if (!changes_bytes(edit) || room_for(file, edit) != ROOM_FREE)
			continue;
		plan->secrets += edit->secret != NULL;
		g_ptr_array_add(file->edits, edit);
	}
}

static bool wanted(const struct nd_finding *finding, const struct nd_plan_options *o)
{
	if (nd_rule_row(finding->rule)->mend == ND_MEND_KEYRING)
		return o->keyring;
	if (!o->others)
		return false;
	return !o->rules || o->rules[finding->rule];
}

static int compare_edits(gconstpointer pa, gconstpointer pb)
{
	const struct nd_edit *a = *(const struct nd_edit *const *)pa;
	const struct nd_edit *b = *(const struct nd_edit *const *)pb;

	return (a->start > b->start) - (a->start < b->start);
}

static bool takes_lines(const struct nd_plan_file *file)
{
	for (guint i = 0; i < file->edits->len; i++)
		if (((const struct nd_edit *)file->edits->pdata[i])->from)
			return true;
	return false;
}

/* What others refer to has to be there first, and a line is in its new file before it leaves the old one. */
static int compare_files(gconstpointer pa, gconstpointer pb)
{
	const struct nd_plan_file *a = *(const struct nd_plan_file *const *)pa;
	const struct nd_plan_file *b = *(const struct nd_plan_file *const *)pb;

	if ((a->made != NULL) != (b->made != NULL))
		return a->made ? -1 : 1;
	return takes_lines(b) - takes_lines(a);
}

static bool leaves_as_is(const struct nd_plan_file *file)
{
	return !file->edits->len && !(file->tighten && (file->file->id.mode & 077));
}

static void place(struct nd_plan *plan, const GPtrArray *files, struct nd_finding *finding)
{
	if (!finding->edits->len)
		g_ptr_array_add(plan->left, finding);
	else if (has_room(plan, files, finding))
		add_finding(plan, files, finding);
	else
		g_ptr_array_add(plan->later, finding);
}

struct nd_plan *nd_plan_new(const struct nd_report *report, const GPtrArray *files,
	const struct nd_plan_options *options)
{
	struct nd_plan *plan = g_new0(struct nd_plan, 1);

	plan->files = g_ptr_array_new_with_free_func((GDestroyNotify)plan_file_free);
	plan->mended = g_ptr_array_new();
	plan->left = g_ptr_array_new();
	plan->later = g_ptr_array_new();
	for (guint i = 0; i < report->findings->len; i++)
		if (wanted(report->findings->pdata[i], options))
			place(plan, files, report->findings->pdata[i]);
	for (guint i = plan->files->len; i-- > 0;) {
		struct nd_plan_file *file = plan->files->pdata[i];

		g_ptr_array_sort(file->edits, compare_edits);
		if (leaves_as_is(file))
			g_ptr_array_remove_index(plan->files, i);
	}
	g_ptr_array_sort(plan->files, compare_files);
	return plan;
}

bool nd_plan_is_empty(const struct nd_plan *plan)
{
	return plan->files->len == 0;
}

bool nd_plan_moves(const struct nd_plan_file *file)
{
	for (guint i = 0; i < file->edits->len; i++) {
		const struct nd_edit *edit = file->edits->pdata[i];

		if (edit->secret)
			return true;
	}
	return false;
}

GString *nd_plan_result(const struct nd_plan_file *file, bool moves)
{
	struct nd_span bytes = { file->file->bytes, file->file->size };
	struct nd_doc *doc = nd_doc_new(bytes, false);
	g_autofree struct nd_splice *splices = g_new0(struct nd_splice, file->edits->len + 1);
	GString *result;
	size_t n = 0;

	for (guint i = 0; i < file->edits->len; i++) {
		const struct nd_edit *edit = file->edits->pdata[i];

		if (moves || !edit->secret)
			splices[n++] = (struct nd_splice){ edit->start, edit->end,
				nd_span_of(edit->text) };
		else if (edit->unmoved)
			splices[n++] = (struct nd_splice){ edit->start, edit->end,
				nd_secret_reveal(edit->unmoved) };
	}
	result = nd_doc_splice(doc, splices, n);
	g_assert(result);
	nd_doc_free(doc);
	return result;
}
