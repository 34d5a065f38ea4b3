#include "package.h"

#include <npmrc-doctor/source.h>

/* Specs that lead past the registry: "file:../x", "git+ssh://...", "user/repo", "workspace:*". */
static bool is_from_registry(const char *spec)
{
	return !strpbrk(spec, ":/") || g_str_has_prefix(spec, "npm:");
}

/* "npm:@scope/other@^1.0.0" names another package than its key does (npm-package-arg/lib/npa.js). */
static char *dup_name(const char *key, const char *spec)
{
	const char *at;

	if (!g_str_has_prefix(spec, "npm:"))
		return g_strdup(key);
	spec += strlen("npm:");
	at = *spec ? strchr(spec + 1, '@') : NULL;
	return at ? g_strndup(spec, (gsize)(at - spec)) : g_strdup(spec);
}

/* What could not be a package's name (validate-npm-package-name) is not put into a URL. */
static bool is_name(const char *name)
{
	const char *slash = strchr(name, '/');
	size_t n = strlen(name);

	if (n == 0 || n > 214 || name[0] == '.' || name[0] == '_' || g_str_has_suffix(name, "/"))
		return false;
	if ((name[0] == '@') != (slash != NULL) || (slash && (slash == name + 1 || strchr(slash + 1, '/'))))
		return false;
	for (const char *p = name + (name[0] == '@'); *p; p++)
		if (!g_ascii_isalnum(*p) && !strchr("-._~/", *p))
			return false;
	return true;
}

GPtrArray *nd_dependencies_read(const char *dir)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	json_t *package = nd_package_read(dir), *spec;
	const char *key;

	for (size_t i = 0; i < ND_PACKAGE_KINDS; i++) {
		json_object_foreach(json_object_get(package, nd_package_kinds[i]), key, spec) {
			const char *text = json_string_value(spec);
			g_autofree char *name = text && is_from_registry(text) ? dup_name(key, text) : NULL;

			if (name && is_name(name))
				g_ptr_array_add(names, g_steal_pointer(&name));
		}
	}
	json_decref(package);
	return names;
}

GPtrArray *nd_publish_registries_read(const char *dir)
{
	GPtrArray *urls = g_ptr_array_new_with_free_func(g_free);
	json_t *package = nd_package_read(dir), *value;
	const char *key;

	json_object_foreach(json_object_get(package, "publishConfig"), key, value)
		if (json_is_string(value) && (g_str_equal(key, "registry") ||
			(key[0] == '@' && g_str_has_suffix(key, ":registry"))))
			g_ptr_array_add(urls, g_strdup(json_string_value(value)));
	json_decref(package);
	return urls;
}
