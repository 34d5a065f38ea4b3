#include <npmrc-doctor/report.h>

#include "report/jsontext.h"
#include "report/paint.h"

static json_t *difference_object(const struct nd_difference *difference)
{
	json_t *object = json_object();

	json_object_set_new(object, "key", nd_json_text(difference->key));
	json_object_set_new(object, "layer", nd_json_text(difference->layer));
	json_object_set_new(object, "kind", json_string(difference->kind));
	json_object_set_new(object, "npm", nd_json_text(difference->npm));
	json_object_set_new(object, "ours", nd_json_text(difference->ours));
	return object;
}

GString *nd_report_differences_json(const struct nd_report *report, const GPtrArray *differences,
	size_t compared)
{
	json_t *root = nd_json_head(report->client, report->npm_version), *array = json_array();

	for (guint i = 0; i < differences->len; i++)
		json_array_append_new(array, difference_object(differences->pdata[i]));
	json_object_set_new(root, "same", json_boolean(differences->len == 0));
	json_object_set_new(root, "compared", json_integer((json_int_t)compared));
	json_object_set_new(root, "differences", array);
	return nd_json_print(root);
}

/* Static text behind "KEY (LAYER): ". */
static char *describe(const struct nd_difference *difference)
{
	if (g_str_equal(difference->kind, "stops"))
		return g_strdup("npm stops while it loads this, which this program does not foresee");
	if (g_str_equal(difference->kind, "goes-on"))
		return g_strdup("npm loads this, where this program says that it stops");
	if (g_str_equal(difference->kind, "stops-otherwise"))
		return g_strdup("npm stops with another message than this program foresees");
	if (g_str_equal(difference->kind, "missing"))
		return g_strdup_printf("npm reads a setting (%s) that this program does not", difference->npm);
	if (g_str_equal(difference->kind, "unexpected"))
		return g_strdup_printf("this program reads a setting (%s) that npm does not", difference->ours);
	if (g_str_equal(difference->kind, "type"))
		return g_strdup_printf("npm has a value of type %s, this program one of type %s",
			difference->npm, difference->ours);
	return g_strdup_printf("the values (%s) differ", difference->ours);
}

GString *nd_report_differences(const struct nd_report *report, const GPtrArray *differences,
	size_t compared, const struct nd_style *style)
{
	GString *out = g_string_new(NULL);

	if (style->quiet && !differences->len)
		return out;
	for (guint i = 0; i < differences->len; i++) {
		const struct nd_difference *difference = differences->pdata[i];
		g_autofree char *text = describe(difference);
		g_autofree char *key = difference->key ? nd_plain(difference->key, style) : NULL;

		if (key) {
			nd_paint(out, style, ND_BOLD, key);
			g_string_append_printf(out, " (%s): ", difference->layer);
		}
		g_string_append_printf(out, "%s\n", text);
	}
	g_string_append_printf(out, "%s: compared %zu value%s with npm %s\n",
		differences->len ? "not the same" : "the same", compared, compared == 1 ? "" : "s",
		report->npm_version);
	return out;
}
