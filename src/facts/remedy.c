#include <npmrc-doctor/facts.h>

void nd_remedy_free(struct nd_remedy *remedy)
{
	if (!remedy)
		return;
	g_free(remedy->path);
	g_free(remedy->pem);
	g_free(remedy->what);
	g_ptr_array_unref(remedy->urls);
	g_free(remedy);
}

void nd_facts_set_remedy(struct nd_facts *facts, struct nd_remedy *remedy)
{
	nd_remedy_free(facts->remedy);
	facts->remedy = remedy;
}

const struct nd_attempt *nd_facts_shown(const struct nd_registry_facts *registry)
{
	const struct nd_probe_result *probe = registry->probe;

	if (!probe)
		return NULL;
	if (probe->main.tls.seen)
		return &probe->main;
	return probe->other.tls.seen ? &probe->other : NULL;
}
