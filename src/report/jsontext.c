#include "report/jsontext.h"

#include <npmrc-doctor/report.h>

/* JSON text is UTF-8; a path may hold any bytes. */
json_t *nd_json_text(const char *text)
{
	g_autofree char *valid = NULL;

	if (!text)
		return json_null();
	if (g_utf8_validate(text, -1, NULL))
		return json_string(text);
	valid = g_utf8_make_valid(text, -1);
	return json_string(valid);
}

json_t *nd_json_sources(const struct nd_report *report)
{
	json_t *array = json_array();

	for (guint i = 0; i < report->sources->len; i++) {
		const struct nd_source_ref *source = report->sources->pdata[i];
		json_t *object = json_object();

		json_object_set_new(object, "layer", json_string(nd_layer_name(source->layer)));
		json_object_set_new(object, "path", nd_json_text(source->path));
		json_object_set_new(object, "read", json_boolean(source->read));
		json_object_set_new(object, "reason", nd_json_text(source->reason));
		json_array_append_new(array, object);
	}
	return array;
}

json_t *nd_json_head(const char *client, const char *npm_version)
{
	json_t *root = json_object(), *tool = json_object(), *who = json_object();

	json_object_set_new(tool, "name", json_string("npmrc-doctor"));
	json_object_set_new(tool, "version", json_string(ND_VERSION));
	json_object_set_new(who, "name", nd_json_text(client));
	json_object_set_new(who, "version", nd_json_text(npm_version));
	json_object_set_new(root, "version", json_integer(1));
	json_object_set_new(root, "tool", tool);
	json_object_set_new(root, "client", who);
	return root;
}

GString *nd_json_print(json_t *root)
{
	char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
	GString *out = g_string_new(text);

	free(text);
	json_decref(root);
	g_string_append_c(out, '\n');
	return out;
}
