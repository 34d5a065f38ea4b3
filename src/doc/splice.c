#include <npmrc-doctor/doc.h>

/* By place; insertions before a replacement that starts there. Equal ones keep the caller's order:
 * they are pointers into the caller's array. */
static int compare_splices(const void *left, const void *right)
{
	const struct nd_splice *a = *(const struct nd_splice *const *)left;
	const struct nd_splice *b = *(const struct nd_splice *const *)right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* The size of the result, or false where the splices do not fit. */
static bool measure(const struct nd_splice *const *sorted, size_t n, size_t size, size_t *result)
{
	size_t at = 0, total = size;

	for (size_t i = 0; i < n; i++) {
		const struct nd_splice *s = sorted[i];

		if (s->start < at || s->end < s->start || s->end > size)
			return false;
		at = s->end;
		total -= s->end - s->start;
	}
	for (size_t i = 0; i < n; i++)
		if (!g_size_checked_add(&total, total, sorted[i]->text.n))
			return false;
	*result = total;
	return true;
}

GString *nd_doc_splice(const struct nd_doc *doc, const struct nd_splice *splices, size_t n)
{
	g_autofree const struct nd_splice **sorted = g_new(const struct nd_splice *, n + 1);
	struct nd_span bytes = nd_doc_bytes(doc);
	size_t at = 0, total;

	for (size_t i = 0; i < n; i++)
		sorted[i] = &splices[i];
	qsort(sorted, n, sizeof(*sorted), compare_splices);
	if (!measure(sorted, n, bytes.n, &total))
		return NULL;
	GString *out = g_string_sized_new(total + 1);

	for (size_t i = 0; i < n; i++) {
		g_string_append_len(out, bytes.p + at, (gssize)(sorted[i]->start - at));
		g_string_append_len(out, sorted[i]->text.p, (gssize)sorted[i]->text.n);
		at = sorted[i]->end;
	}
	g_string_append_len(out, bytes.p + at, (gssize)(bytes.n - at));
	return out;
}
