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

/* jansson frees what it copied and outgrew as it is; these values are secrets. */
struct chunk {
	size_t n;
	max_align_t bytes[];
};

static void *take_chunk(size_t n)
{
	struct chunk *chunk = g_malloc(sizeof(*chunk) + n);

	chunk->n = n;
	return chunk->bytes;
}

static void wipe_chunk(void *bytes)
{
	struct chunk *chunk;

	if (!bytes)
		return;
	chunk = (struct chunk *)(void *)((char *)bytes - offsetof(struct chunk, bytes));
	nd_wipe(chunk->bytes, chunk->n);
	g_free(chunk);
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
	GString *out = NULL;
	json_malloc_t take;
	json_free_t give;
	json_t *root;

	json_get_alloc_funcs(&take, &give);
	json_set_alloc_funcs(take_chunk, wipe_chunk);
	root = variables_object(names, values, n);
	if (root) {
		char *text = json_dumps(root, JSON_INDENT(2));
		size_t length = strlen(text);

		out = g_string_sized_new(length + 2);
		g_string_append_len(out, text, (gssize)length);
		g_string_append_c(out, '\n');
		wipe_chunk(text);
		json_decref(root);
	}
	json_set_alloc_funcs(take, give);
	return out;
}
