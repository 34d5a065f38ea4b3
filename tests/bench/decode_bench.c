#include "layer/load.h"
#include <ini.h>
#include <npmrc-doctor/view.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* decode_bench FILE RUNS: in one process and by turns, so that a drift of the machine's speed meets all alike,
 *   decodes the file (document and ini), reads it and decides with it as one layer and as the same bytes in
 *   2, 4 and 8 layers, and has inih parse it. Prints the MB/s of each time, as JSON.
 * Deciding goes through what nd_layers_load itself calls for each file it has read: index, exclusions, settling,
 * npm's fatal errors; then the answers for the default registry, a URL's credentials and proxy, and strict-ssl,
 * which must be what every sample says on its last lines. Freeing counts. */

#define MOST_LAYERS 8

static const char *const variables[] = { "HOME=/nonexistent", "BENCH_TOKEN=tok-CANARY", NULL };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int ignore(void *data, const char *section, const char *name, const char *value)
{
	(void)data, (void)section, (void)name, (void)value;
	return 1;
}

static bool run_inih(struct nd_span bytes)
{
	return ini_parse_string(bytes.p, ignore, NULL) >= 0;
}

static bool decode(struct nd_span bytes)
{
	struct nd_doc *doc = nd_doc_new(bytes, false);
	struct nd_ini *ini = nd_ini_decode(doc, 11);
	bool found = nd_ini_key_count(ini) > 0;

	nd_ini_free(ini);
	nd_doc_free(doc);
	return found;
}

static struct nd_file *file_of(struct nd_span bytes, unsigned n)
{
	struct nd_file *file = g_new0(struct nd_file, 1);

	file->path = g_strdup_printf("/nonexistent/%u", n);
	file->state = ND_READ_OK;
	file->bytes = (char *)bytes.p;
	file->size = bytes.n;
	return file;
}

/* The user's layer, then others behind it, as those that other clients read. */
static struct nd_layer *layer_for(struct nd_layers *layers, unsigned n)
{
	struct nd_layer *layer = &layers->layers[ND_LAYER_USER];

	if (n == 0) {
		nd_file_free(layer->file);
		return layer;
	}
	layer = g_new0(struct nd_layer, 1);
	layer->id = ND_LAYER_GLOBAL;
	layer->loader = layers->loader;
	g_ptr_array_add(layers->more, layer);
	g_ptr_array_add(layers->order, layer);
	return layer;
}

static bool is_right(const struct nd_layers *layers)
{
	const char *url = "https://registry.example/npm/left-pad";
	struct nd_view *view = nd_view_new(layers);
	const struct nd_registry *registry = nd_view_registries(view)->pdata[0];
	struct nd_credentials *credentials = nd_view_credentials(view, url, registry);
	struct nd_proxy *proxy = nd_view_proxy(view, url);
	struct nd_span header = { NULL, 0 };
	bool right;

	if (credentials->authorization)
		header = nd_secret_reveal(credentials->authorization);
	right = !layers->fatal && g_str_equal(registry->text, "https://registry.example/npm/") &&
		nd_span_is(header, "Bearer tok-CANARY") &&
		g_strcmp0(proxy->text, "http://proxy.example:3128/") == 0 && nd_proxy_used(proxy) &&
		!nd_view_trust(view)->strict_ssl;
	nd_proxy_free(proxy);
	nd_credentials_free(credentials);
	nd_view_free(view);
	return right;
}

static bool decide(struct nd_span bytes, unsigned n, const struct nd_env *env)
{
	struct nd_layers_options o = { .env = env, .npm_major = 11 };
	struct nd_layers *layers = nd_layers_load(&o, NULL);
	struct nd_layer *used[MOST_LAYERS];
	bool right;

	for (unsigned i = 0; i < n; i++) {
		used[i] = layer_for(layers, i);
		used[i]->file = file_of(bytes, i);
		nd_read_bytes(layers->loader, used[i]);
	}
	nd_settings_settle(layers);
	nd_fatal_check_all(layers);
	right = is_right(layers);
	for (unsigned i = 0; i < n; i++)
		used[i]->file->bytes = NULL;
	nd_layers_free(layers);
	return right;
}

enum { DECODE, ONE, TWO, FOUR, EIGHT, INIH, N_KINDS };
static const char *const names[N_KINDS] = { "decode", "layers1", "layers2", "layers4", "layers8", "inih" };

static bool run(int kind, struct nd_span bytes, const struct nd_env *env)
{
	if (kind == INIH)
		return run_inih(bytes);
	return kind == DECODE ? decode(bytes) : decide(bytes, 1u << (kind - ONE), env);
}

static void print_speeds(const char *name, const double *us, int runs, double bytes)
{
	printf("\"%s\":[", name);
	for (int i = 0; i < runs; i++)
		printf("%s%.1f", i > 0 ? "," : "", bytes / us[i]);
	printf("]");
}

int main(int argc, char **argv)
{
	g_autofree char *bytes = NULL;
	g_autofree double *us = NULL;
	struct nd_env *env = nd_env_from(variables, "/");
	gsize n;
	int runs = argc == 3 ? atoi(argv[2]) : 0;

	if (runs < 1 || !g_file_get_contents(argv[1], &bytes, &n, NULL))
		return 2;
	us = g_new(double, runs * N_KINDS);
	for (int i = 0; i < runs * N_KINDS; i++) {
		int kind = i % N_KINDS;
		double started = now();

		if (!run(kind, (struct nd_span){ bytes, n }, env)) {
			fprintf(stderr, "%s: wrong answer\n", names[kind]);
			return 1;
		}
		us[kind * runs + i / N_KINDS] = now() - started;
	}
	for (int kind = 0; kind < N_KINDS; kind++) {
		unsigned copies = kind > ONE && kind <= EIGHT ? 1u << (kind - ONE) : 1;

		printf("%c", kind > 0 ? ',' : '{');
		print_speeds(names[kind], us + kind * runs, runs, (double)n * copies);
	}
	printf("}\n");
	nd_env_free(env);
	return 0;
}
