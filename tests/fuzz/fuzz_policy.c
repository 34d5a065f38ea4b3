#include "fuzz.h"

#include <npmrc-doctor/baseline.h>
#include <npmrc-doctor/policy.h>

/* Any bytes as a policy file, as an .npmrc with comments for us, and as a baseline: faults have a line of the
 * file and none of its text's control characters, a suppression has a reason or a fault. */

static void check_suppressions(const GPtrArray *list, size_t lines)
{
	for (guint i = 0; i < list->len; i++) {
		const struct nd_suppression *s = list->pdata[i];

		LAW(s->line >= 1 && s->line <= lines);
		LAW((s->fault != NULL) == (s->rule == ND_RULE_COUNT));
		LAW(s->fault || (s->reason && *s->reason && g_utf8_validate(s->reason, -1, NULL)));
	}
}

static void check_policy(struct nd_span bytes)
{
	struct nd_policy *policy = nd_policy_parse("/p/.npmrc-doctor.ini", bytes);
	size_t lines = 1;

	for (size_t i = 0; i < bytes.n; i++)
		lines += bytes.p[i] == '\n';
	for (guint i = 0; i < policy->faults->len; i++) {
		const struct nd_ini_fault *fault = policy->faults->pdata[i];

		LAW(fault->line >= 1 && fault->line <= lines);
		for (const char *p = fault->text; *p; p++)
			LAW(!g_ascii_iscntrl(*p) && (unsigned char)*p < 0x80);
	}
	check_suppressions(policy->ignores, lines);
	nd_policy_free(policy);
}

static void check_comments(struct nd_span bytes)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)nd_suppression_free);
	struct nd_doc *doc = nd_doc_new(bytes, false);

	nd_suppressions_find(doc, ND_LAYER_FILE, "/p/.npmrc", list);
	check_suppressions(list, nd_doc_count(doc));
	nd_doc_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct nd_span bytes = { (const char *)data, n };
	g_autoptr(GError) err = NULL;
	struct nd_baseline *baseline;

	check_policy(bytes);
	check_comments(bytes);
	baseline = nd_baseline_parse("/p/baseline", bytes, &err);
	LAW((baseline == NULL) == (err != NULL));
	nd_baseline_free(baseline);
	return 0;
}
