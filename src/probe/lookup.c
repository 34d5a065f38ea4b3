#include "lookup.h"

#include "place.h"

#include <netdb.h>
#include <npmrc-doctor/hash.h>
#include <npmrc-doctor/signals.h>

/* The answer that has been given once comes fast or says nothing. */
#define PATIENCE (G_USEC_PER_SEC / 2)

/* A thread that hangs in the resolver outlives the run, and with it what it works on. */
struct lookup {
	gatomicrefcount references;
	char *name;
	int code; /* EAI_*, set before `done` */
	GMutex mutex;
	GCond cond;
	bool done;
};

static void release(struct lookup *lookup)
{
	if (!g_atomic_ref_count_dec(&lookup->references))
		return;
	g_mutex_clear(&lookup->mutex);
	g_cond_clear(&lookup->cond);
	g_free(lookup->name);
	g_free(lookup);
}

static gpointer look_up(gpointer data)
{
	struct lookup *lookup = data;
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
	int code = getaddrinfo(lookup->name, NULL, &hints, &found);
	if (code == 0)
		freeaddrinfo(found);
	g_mutex_lock(&lookup->mutex);
	lookup->code = code;
	lookup->done = true;
	g_cond_signal(&lookup->cond);
	g_mutex_unlock(&lookup->mutex);
	release(lookup);
	return NULL;
}

static struct lookup *start(const char *name)
{
	struct lookup *lookup = g_new0(struct lookup, 1);
	g_atomic_ref_count_init(&lookup->references);
	g_mutex_init(&lookup->mutex);
	g_cond_init(&lookup->cond);
	lookup->name = g_strdup(name);
	g_atomic_ref_count_inc(&lookup->references);
	sigset_t old;
	nd_signals_hold(&old);
	GThread *thread = g_thread_try_new("lookup", look_up, lookup, NULL);
	nd_signals_release(&old);
	if (thread)
		g_thread_unref(thread);
	else
		release(lookup);
	return lookup;
}

static bool found_nobody(struct lookup *lookup, gint64 until)
{
	g_mutex_lock(&lookup->mutex);
	while (!lookup->done && g_cond_wait_until(&lookup->cond, &lookup->mutex, until))
		;
	bool nobody = lookup->done && lookup->code == EAI_AGAIN;
	g_mutex_unlock(&lookup->mutex);
	return nobody;
}

static char *name_of(const struct nd_probe_target *target, const struct nd_attempt *a)
{
	if (a->ending != ND_END_UNRESOLVED)
		return NULL;
	if (a->stage == ND_STAGE_PROXY_DNS)
		return g_strdup(target->proxy->host);
	char *host = nd_place_host(target->url), *colon = host ? strrchr(host, ':') : NULL;
	if (colon)
		*colon = '\0';
	return host;
}

void nd_lookup_explain(const struct nd_probe_target *targets, size_t n, GPtrArray *results,
	gint64 deadline)
{
	g_autoptr(GHashTable) lookups = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free,
		(GDestroyNotify)release);
	gint64 until = MIN(deadline, g_get_monotonic_time() + PATIENCE);
	for (size_t i = 0; i < n; i++) {
		const struct nd_probe_result *result = results->pdata[i];
		char *name = name_of(&targets[i], &result->main);
		if (name && !g_hash_table_contains(lookups, name))
			g_hash_table_insert(lookups, g_strdup(name), start(name));
		g_free(name);
	}
	for (size_t i = 0; i < n; i++) {
		struct nd_probe_result *result = results->pdata[i];
		g_autofree char *name = name_of(&targets[i], &result->main);
		if (name)
			result->main.no_name_server = found_nobody(g_hash_table_lookup(lookups, name), until);
	}
}
