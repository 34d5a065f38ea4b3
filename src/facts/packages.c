#include "facts/packages.h"

#include <string.h>

/* Whether npm would ask this registry for the package: its scope decides, else the default. */
static bool serves(const struct nd_facts *facts, const struct nd_registry_facts *r, const char *package)
{
	const char *slash = strchr(package, '/');
	size_t n = package[0] == '@' && slash ? (size_t)(slash - package) : 0;

	for (guint i = 0; n > 0 && i < facts->registries->len; i++) {
		const struct nd_registry_facts *other = facts->registries->pdata[i];

		for (guint j = 0; j < other->scopes->len; j++) {
			const char *scope = other->scopes->pdata[j];

			if (strlen(scope) == n && memcmp(scope, package, n) == 0)
				return other == r;
		}
	}
	return r->is_default;
}

static const char *of_lockfile(const struct nd_facts *facts, const struct nd_registry_facts *r)
{
	const struct nd_lockfile *lock = facts->lockfile;

	for (guint i = 0; lock && i < lock->hosts->len; i++) {
		const struct nd_lock_host *host = lock->hosts->pdata[i];

		if (serves(facts, r, host->package))
			return host->package;
	}
	return NULL;
}

static const char *of_project(const struct nd_facts *facts, const struct nd_registry_facts *r,
	const GPtrArray *names)
{
	for (guint i = 0; i < names->len; i++)
		if (serves(facts, r, names->pdata[i]))
			return names->pdata[i];
	return NULL;
}

void nd_facts_choose_packages(struct nd_facts *facts)
{
	g_autoptr(GPtrArray) names = NULL;

	if (facts->files_only || !facts->layers->project_root)
		return;
	names = nd_dependencies_read(facts->layers->project_root);
	for (guint i = 0; i < facts->registries->len; i++) {
		struct nd_registry_facts *r = facts->registries->pdata[i];
		const char *package = of_project(facts, r, names);

		r->package = g_strdup(package ? package : of_lockfile(facts, r));
	}
}
