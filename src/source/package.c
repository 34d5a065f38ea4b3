#include "package.h"

#include <npmrc-doctor/source.h>

#define MAX_PACKAGE ((size_t)16 * 1024 * 1024)

json_t *nd_package_read(const char *dir)
{
	static const char bom[] = "\xef\xbb\xbf";
	g_autofree char *path = g_build_filename(dir, "package.json", NULL);
	struct nd_file *file = nd_file_read(path, MAX_PACKAGE);
	json_t *package = NULL;

	if (file->state == ND_READ_OK) {
		/* npm strips a byte-order mark (json-parse-even-better-errors/lib/index.js). */
		size_t skip = g_str_has_prefix(file->bytes, bom) ? strlen(bom) : 0;

		package = json_loadb(file->bytes + skip, file->size - skip, JSON_ALLOW_NUL, NULL);
	}
	nd_file_free(file);
	if (package != NULL && !json_is_object(package)) {
		json_decref(package);
		package = NULL;
	}
	return package;
}

const char *nd_package_string(const json_t *package, const char *key)
{
	return json_string_value(json_object_get(package, key));
}
