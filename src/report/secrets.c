#include <npmrc-doctor/report.h>

#include "report/jsontext.h"

static json_t *secret_object(const struct nd_secret_ref *ref)
{
	json_t *object = json_object();

	json_object_set_new(object, "location", nd_json_text(ref->location));
	json_object_set_new(object, "key", nd_json_text(ref->key));
	json_object_set_new(object, "variable", nd_json_text(ref->variable));
	json_object_set_new(object, "file", nd_json_text(ref->file));
	json_object_set_new(object, "machine", ref->machine ? nd_json_text(ref->machine) : json_null());
	return object;
}

static GString *as_json(const struct nd_secret_ref *refs, size_t n)
{
	json_t *root = json_object(), *secrets = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(secrets, secret_object(&refs[i]));
	json_object_set_new(root, "version", json_integer(1));
	json_object_set_new(root, "secrets", secrets);
	return nd_json_print(root);
}

GString *nd_report_secrets(const struct nd_secret_ref *refs, size_t n, bool json)
{
	GString *out;

	if (json)
		return as_json(refs, n);
	out = g_string_new(NULL);
	for (size_t i = 0; i < n; i++)
		g_string_append_printf(out, "%s  %s  ${%s}  %s%s%s\n", refs[i].location, refs[i].key,
			refs[i].variable, refs[i].file, refs[i].machine ? "  of " : "",
			refs[i].machine ? refs[i].machine : "");
	return out;
}

static json_t *variables_object(const char *const *names, const struct nd_secret *const *values, size_t n)
{
	json_t *root = json_object();

	for (size_t i = 0; i < n; i++) {
		struct nd_span value = nd_secret_reveal(values[i]);

		if (json_object_set_new(root, names[i], json_stringn(value.p, value.n)) == 0)
			continue;
		json_decref(root);
		return NULL;
	}
	return root;
}

GString *nd_report_variables(const char *const *names, const struct nd_secret *const *values, size_t n)
{
	json_t *root = variables_object(names, values, n);

	return root ? nd_json_print(root) : NULL;
}
