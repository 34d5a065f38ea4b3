#include <npmrc-doctor/signals.h>
#include <npmrc-doctor/source.h>

#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>

/* apt takes names of letters, digits, - _ . that end in .conf or have no dot. */
static int is_part(const struct dirent *entry)
{
	const char *name = entry->d_name, *dot = strrchr(name, '.');

	for (const char *p = name; *p; p++)
		if (!g_ascii_isalnum(*p) && !strchr("-_.", *p))
			return 0;
	return *name != '.' && (!dot || g_str_equal(dot, ".conf"));
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

GPtrArray *nd_apt_parts(const char *dir)
{
	GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, is_part, by_bytes);

	for (int i = 0; i < n; i++) {
		g_autofree char *path = g_build_filename(dir, entries[i]->d_name, NULL);

		free(entries[i]);
		if (nd_file_exists(path))
			g_ptr_array_add(found, g_steal_pointer(&path));
	}
	free(entries);
	return found;
}

/* Shared by us and by a thread that may outlive our patience; the last one frees it. */
struct question {
	gatomicrefcount refs;
	GMutex lock;
	GCond answered;
	bool done;
	char *url;
	GPtrArray *proxies;
};

static void question_unref(struct question *q)
{
	if (!g_atomic_ref_count_dec(&q->refs))
		return;
	g_free(q->url);
	g_ptr_array_unref(q->proxies);
	g_mutex_clear(&q->lock);
	g_cond_clear(&q->answered);
	g_free(q);
}

/* libproxy's whole interface (libproxy/libproxy:libproxy/proxy.h). */
typedef void *(*nd_px_new)(void);
typedef char **(*nd_px_get)(void *factory, const char *url);
typedef void (*nd_px_free)(void *factory);

static void ask(void *library, const char *url, GPtrArray *out)
{
	nd_px_new make = (nd_px_new)dlsym(library, "px_proxy_factory_new");
	nd_px_get get = (nd_px_get)dlsym(library, "px_proxy_factory_get_proxies");
	nd_px_free release = (nd_px_free)dlsym(library, "px_proxy_factory_free");
	void *factory = make && get && release ? make() : NULL;
	char **answers = factory ? get(factory, url) : NULL;

	for (char **answer = answers; answer && *answer; answer++) {
		if (!g_str_has_prefix(*answer, "direct:"))
			g_ptr_array_add(out, g_strdup(*answer));
		free(*answer);
	}
	free(answers);
	if (factory)
		release(factory);
}

static gpointer answer(gpointer data)
{
	struct question *q = data;
	void *library = dlopen("libproxy.so.1", RTLD_NOW | RTLD_LOCAL);
	GPtrArray *found = g_ptr_array_new_with_free_func(g_free);

	/* Never closed: it may have left threads of its own. */
	if (library)
		ask(library, q->url, found);
	g_mutex_lock(&q->lock);
	g_ptr_array_extend_and_steal(q->proxies, found);
	q->done = true;
	g_cond_signal(&q->answered);
	g_mutex_unlock(&q->lock);
	question_unref(q);
	return NULL;
}

GPtrArray *nd_desktop_proxies(const char *url, double patience_s)
{
	gint64 until = g_get_monotonic_time() + (gint64)(patience_s * G_USEC_PER_SEC);
	struct question *q = g_new0(struct question, 1);
	GPtrArray *found = NULL;
	sigset_t old;

	g_atomic_ref_count_init(&q->refs);
	g_atomic_ref_count_inc(&q->refs);
	g_mutex_init(&q->lock);
	g_cond_init(&q->answered);
	q->url = g_strdup(url);
	q->proxies = g_ptr_array_new_with_free_func(g_free);
	nd_signals_hold(&old);
	g_thread_unref(g_thread_new("libproxy", answer, q));
	nd_signals_release(&old);
	g_mutex_lock(&q->lock);
	while (!q->done && g_cond_wait_until(&q->answered, &q->lock, until))
		continue;
	if (q->done)
		found = g_ptr_array_ref(q->proxies);
	g_mutex_unlock(&q->lock);
	question_unref(q);
	return found ? found : g_ptr_array_new_with_free_func(g_free);
}
