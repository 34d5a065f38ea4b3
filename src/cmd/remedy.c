#include "cmd/run.h"

/* Less is no time to reach anything. */
#define MIN_TIME_S 0.2

/* What goes into the cafile beside the public roots. */
struct anchors {
	GPtrArray *pems;      /* const char *: PEM, each once */
	GString *names;
	const char *bundle;   /* a file of the system that accepts all that failed, or NULL */
	bool all_by_bundle;
	bool complete;        /* of all that failed the CA is known */
};

static bool knows(const struct anchors *a, const char *pem)
{
	for (guint i = 0; i < a->pems->len; i++)
		if (g_str_equal(a->pems->pdata[i], pem))
			return true;
	return false;
}

static void name(struct anchors *a, const struct nd_cert *ca)
{
	if (a->names->len)
		g_string_append(a->names, ", ");
	g_string_append_printf(a->names, "%s (SHA-256 %s)", ca->common_name ? ca->common_name : ca->subject,
		ca->sha256);
}

static void add_anchor(struct anchors *a, const struct nd_run *run, const struct nd_tls_facts *tls,
	const char *url)
{
	g_autoptr(GPtrArray) certs = NULL;

	a->all_by_bundle = a->all_by_bundle && tls->bundle && (!a->bundle || g_str_equal(a->bundle, tls->bundle));
	a->bundle = tls->bundle;
	if (tls->anchor && knows(a, tls->anchor))
		return;
	certs = tls->anchor ? nd_probe_read_pem(nd_span_of(tls->anchor), NULL) : NULL;
	if (!certs || certs->len != 1 ||
		(tls->system != ND_VERDICT_OK && !(run->trusts && run->trusts(certs->pdata[0], url)))) {
		a->complete = false;
		return;
	}
	g_ptr_array_add(a->pems, tls->anchor);
	name(a, certs->pdata[0]);
}

/* Everything that fails verification must do so for want of a CA. */
static void collect(struct anchors *a, const struct nd_run *run)
{
	const struct nd_facts *facts = run->facts;

	for (guint i = 0; a->complete && i < facts->registries->len; i++) {
		const struct nd_registry_facts *r = facts->registries->pdata[i];
		const struct nd_attempt *shown = nd_facts_shown(r);

		if (shown && shown->tls.npm != ND_VERDICT_OK)
			add_anchor(a, run, &shown->tls, shown->url ? shown->url : r->url);
	}
}

/* Where something else decides about the roots already, what to do is not certain. */
static bool is_open(const struct nd_facts *facts)
{
	const struct nd_trust *trust = facts->trust;
	const struct nd_setting *ca = nd_layers_get(facts->layers, "ca");

	return trust->roots == ND_ROOTS_NODE && !trust->roots_setting && !trust->cafile_setting && !ca;
}

static char *contents(const struct nd_run *run, const struct anchors *a, double timeout_s)
{
	struct nd_probe_trust trust;
	g_autofree char *public = NULL;
	GString *out;

	nd_facts_trust(run->facts, &trust);
	public = nd_probe_public_pem(&trust, timeout_s);
	if (!public)
		return NULL;
	out = g_string_new(public);
	/* A cafile cancels NODE_EXTRA_CA_CERTS. */
	g_string_append_len(out, trust.extra.p, (gssize)trust.extra.n);
	for (guint i = 0; i < a->pems->len; i++) {
		if (out->str[out->len - 1] != '\n')
			g_string_append_c(out, '\n');
		g_string_append(out, a->pems->pdata[i]);
	}
	return g_string_free(out, FALSE);
}

static char *place(const struct nd_env *env, const char *pem)
{
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, pem, -1);
	g_autofree char *name = g_strdup_printf("ca-%.16s.pem", hash);

	return nd_env_data_path(env, name);
}

static char *read_text(const char *path)
{
	struct nd_file *file = nd_file_read(path, ND_SOURCE_MAX_FILE);
	char *text = file->state == ND_READ_OK ? g_strndup(file->bytes, file->size) : NULL;

	nd_file_free(file);
	return text;
}

/* The system's own file where one will do: it is kept up to date. Else one is made. `pem` gets what the
 * file holds or is to hold. */
static struct nd_remedy *design(const struct nd_run *run, const struct anchors *a, double timeout_s,
	char **pem)
{
	struct nd_remedy *remedy = g_new0(struct nd_remedy, 1);
	g_autofree char *there = NULL;

	remedy->urls = g_ptr_array_new_with_free_func(g_free);
	if (a->all_by_bundle && a->bundle && !run->facts->trust->extra) {
		remedy->path = g_strdup(a->bundle);
		*pem = read_text(remedy->path);
		return remedy;
	}
	*pem = contents(run, a, timeout_s);
	remedy->path = *pem ? place(run->layers->env, *pem) : NULL;
	there = remedy->path ? read_text(remedy->path) : NULL;
	if (g_strcmp0(there, *pem) != 0)
		remedy->pem = g_strdup(*pem);
	remedy->what = g_strdup_printf("the public roots, %s%s",
		run->facts->trust->extra ? "those of NODE_EXTRA_CA_CERTS, " : "", a->names->str);
	return remedy;
}

static bool is_registry(const struct nd_attempt *a)
{
	return a->status == 401 || (a->status >= 200 && a->status < 300 && a->json);
}

/* Whether everything verifies with it; what answers as a registry is written down. */
static bool passes(const struct nd_run *run, struct nd_remedy *remedy, const char *pem, double timeout_s)
{
	struct nd_targets *targets = nd_facts_strict_targets(run->facts);
	struct nd_probe_trust trust = { .replaced = true, .pem = nd_span_of(pem) };
	struct nd_probe_options options = { .trust = &trust, .timeout_s = timeout_s };
	g_autoptr(GPtrArray) results = nd_probe_run(targets->targets, targets->n, &options, NULL);
	bool ok = results != NULL && targets->n > 0;

	for (guint i = 0; ok && i < results->len; i++) {
		const struct nd_probe_result *result = results->pdata[i];

		ok = result->main.tls.seen && result->main.tls.npm == ND_VERDICT_OK && !result->main.unverified;
		if (ok && is_registry(&result->main))
			g_ptr_array_add(remedy->urls, g_strdup(targets->targets[i].url));
	}
	nd_targets_free(targets);
	return ok;
}

void nd_run_find_remedy(struct nd_run *run, double timeout_s)
{
	struct anchors a = { .complete = true, .all_by_bundle = true };
	gint64 started = g_get_monotonic_time();
	struct nd_remedy *remedy = NULL;
	g_autofree char *pem = NULL;

	if (!is_open(run->facts) || timeout_s < MIN_TIME_S)
		return;
	a.pems = g_ptr_array_new();
	a.names = g_string_new(NULL);
	collect(&a, run);
	/* The user may have taken his time to answer. */
	if (run->trusts)
		started = g_get_monotonic_time();
	if (a.complete && a.pems->len) {
		remedy = design(run, &a, timeout_s / 2, &pem);
		if (!pem || !remedy->path || strstr(remedy->path, "${") || !passes(run, remedy, pem,
			timeout_s - (g_get_monotonic_time() - started) / 1e6))
			g_clear_pointer(&remedy, nd_remedy_free);
	}
	nd_facts_set_remedy(run->facts, remedy);
	g_ptr_array_unref(a.pems);
	g_string_free(a.names, TRUE);
}
