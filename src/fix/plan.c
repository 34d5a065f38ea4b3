#include <npmrc-doctor/plan.h>

#include <npmrc-doctor/doc.h>

static void plan_file_free(struct nd_plan_file *file)
{
	g_ptr_array_unref(file->edits);
	g_free(file);
}

void nd_plan_free(struct nd_plan *plan)
{
	if (!plan)
		return;
	g_ptr_array_unref(plan->files);
	g_ptr_array_unref(plan->left);
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

static struct nd_plan_file *file_of(struct nd_plan *plan, const GPtrArray *files, const char *path)
{
	const struct nd_file *file;
	struct nd_plan_file *planned;

	for (guint i = 0; i < plan->files->len; i++) {
		planned = plan->files->pdata[i];
		if (g_str_equal(planned->file->path, path))
			return planned;
	}
	file = find_file(files, path);
	if (!file)
		return NULL;
	planned = g_new0(struct nd_plan_file, 1);
	planned->file = file;
	planned->edits = g_ptr_array_new();
	g_ptr_array_add(plan->files, planned);
	return planned;
}

static bool changes_bytes(const struct nd_edit *edit)
{
	return edit->text != NULL || edit->end > edit->start;
}

/* Two insertions at one place overlap too: their order would be a guess. */
static bool overlaps(const struct nd_plan_file *file, const struct nd_edit *edit)
{
	for (guint i = 0; i < file->edits->len; i++) {
		const struct nd_edit *other = file->edits->pdata[i];

		if (edit->start < other->end && other->start < edit->end)
			return true;
		if (edit->start == other->start)
			return true;
	}
	return false;
}

static bool has_room(struct nd_plan *plan, const GPtrArray *files, const struct nd_finding *finding)
{
	for (guint i = 0; i < finding->edits->len; i++) {
		const struct nd_edit *edit = finding->edits->pdata[i];
		const struct nd_plan_file *file = file_of(plan, files, edit->file);

		if (!file || (changes_bytes(edit) && overlaps(file, edit)))
			return false;
	}
	return true;
}

static void add_finding(struct nd_plan *plan, const GPtrArray *files, const struct nd_finding *finding)
{
	for (guint i = 0; i < finding->edits->len; i++) {
		struct nd_edit *edit = finding->edits->pdata[i];
		struct nd_plan_file *file = file_of(plan, files, edit->file);

		file->tighten |= edit->tighten;
		plan->secrets += edit->secret != NULL;
		if (changes_bytes(edit))
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

static bool leaves_as_is(const struct nd_plan_file *file)
{
	return !file->edits->len && !(file->tighten && (file->file->id.mode & 077));
}

struct nd_plan *nd_plan_new(const struct nd_report *report, const GPtrArray *files,
	const struct nd_plan_options *options)
{
	struct nd_plan *plan = g_new0(struct nd_plan, 1);

	plan->files = g_ptr_array_new_with_free_func((GDestroyNotify)plan_file_free);
	plan->left = g_ptr_array_new();
	for (guint i = 0; i < report->findings->len; i++) {
		struct nd_finding *finding = report->findings->pdata[i];

		if (!wanted(finding, options))
			continue;
		if (finding->edits->len && has_room(plan, files, finding))
			add_finding(plan, files, finding);
		else
			g_ptr_array_add(plan->left, finding);
	}
	for (guint i = plan->files->len; i-- > 0;) {
		struct nd_plan_file *file = plan->files->pdata[i];

		g_ptr_array_sort(file->edits, compare_edits);
		if (leaves_as_is(file))
			g_ptr_array_remove_index(plan->files, i);
	}
	return plan;
}

bool nd_plan_is_empty(const struct nd_plan *plan)
{
	return plan->files->len == 0;
}

GString *nd_plan_result(const struct nd_plan_file *file)
{
	struct nd_span bytes = { file->file->bytes, file->file->size };
	struct nd_doc *doc = nd_doc_new(bytes, false);
	g_autofree struct nd_splice *splices = g_new0(struct nd_splice, file->edits->len + 1);
	GString *result;

	for (guint i = 0; i < file->edits->len; i++) {
		const struct nd_edit *edit = file->edits->pdata[i];

		splices[i] = (struct nd_splice){ edit->start, edit->end, nd_span_of(edit->text) };
	}
	result = nd_doc_splice(doc, splices, file->edits->len);
	nd_doc_free(doc);
	return result;
}
