#include "package.h"

#include <npmrc-doctor/source.h>

#define MAX_PACKAGE ((size_t)16 * 1024 * 1024)

const char *const nd_package_kinds[ND_PACKAGE_KINDS] = { "dependencies", "devDependencies", "optionalDependencies",
	"peerDependencies" };

static json_t *parse_all(const char *text, size_t size)
{
	return json_loadb(text, size, JSON_ALLOW_NUL, NULL);
}

/* The members in front of the first that is an object or an array; all of them where these do not tell
 * name and version. The clients' own files begin with both, and the rest is most of a start's work. */
static json_t *parse_names(const char *text, size_t size)
{
	g_autofree char *head = NULL;
	json_t *package = NULL;
	size_t comma = 0;
	bool quoted = false;

	for (size_t i = text[0] == '{'; i < size; i++) {
		if (quoted && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
		else if (!quoted && text[i] == ',')
			comma = i;
		else if (!quoted && (text[i] == '{' || text[i] == '['))
			break;
	}
	if (comma > 0) {
		head = g_strndup(text, comma + 1);
		head[comma] = '}';
		package = json_loadb(head, comma + 1, JSON_ALLOW_NUL, NULL);
	}
	if (nd_package_string(package, "name") && nd_package_string(package, "version"))
		return package;
	json_decref(package);
	return parse_all(text, size);
}

static json_t *read_with(const char *dir, json_t *(*parse)(const char *text, size_t size))
{
	static const char bom[] = "\xef\xbb\xbf";
	g_autofree char *path = g_build_filename(dir, "package.json", NULL);
	struct nd_file *file = nd_file_read(path, MAX_PACKAGE);
	json_t *package = NULL;

	if (file->state == ND_READ_OK) {
		/* npm strips a byte-order mark (json-parse-even-better-errors/lib/index.js). */
		size_t skip = g_str_has_prefix(file->bytes, bom) ? strlen(bom) : 0;

		package = parse(file->bytes + skip, file->size - skip);
	}
	nd_file_free(file);
	if (package != NULL && !json_is_object(package)) {
		json_decref(package);
		package = NULL;
	}
	return package;
}

json_t *nd_package_read(const char *dir)
{
	return read_with(dir, parse_all);
}

json_t *nd_package_read_names(const char *dir)
{
	return read_with(dir, parse_names);
}

const char *nd_package_string(const json_t *package, const char *key)
{
	return json_string_value(json_object_get(package, key));
}
