#include <npmrc-doctor/engine.h>

#include "rules/checks.h"

#include <npmrc-doctor/hash.h>

typedef void (*nd_check)(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out);

static const nd_check checks[] = {
#define RULE(id, slug, group, severity, need, mend, check, ...) check,
#include "rules/rules.def"
#undef RULE
};

static int compare_text(const char *a, const char *b)
{
	/* Findings without a file come last. */
	if (!a || !b)
		return (a == NULL) - (b == NULL);
	return strcmp(a, b);
}

static int compare_findings(gconstpointer pa, gconstpointer pb)
{
	const struct nd_finding *a = *(const struct nd_finding *const *)pa;
	const struct nd_finding *b = *(const struct nd_finding *const *)pb;
	int order = compare_text(a->where.file, b->where.file);

	if (!order)
		order = (a->where.line > b->where.line) - (a->where.line < b->where.line);
	if (!order)
		order = (a->where.column > b->where.column) - (a->where.column < b->where.column);
	if (!order)
		order = compare_text(a->where.variable, b->where.variable);
	if (!order)
		order = (int)b->severity - (int)a->severity;
	return order ? order : (int)a->rule - (int)b->rule;
}

static char *location_text(const struct nd_proxy *proxy)
{
	return nd_proxy_used(proxy) ? nd_proxy_label(proxy) : NULL;
}

/* "ok" or the slug of the rule that names how a probe ended; NULL where it was not tried. */
static const char *outcome_of(const struct nd_attempt *attempt, const struct nd_registry_facts *registry)
{
	enum nd_rule rule;

	if (!attempt->tried)
		return NULL;
	rule = nd_outcome_rule(attempt, registry);
	return rule == ND_RULE_COUNT ? "ok" : nd_rule_row(rule)->slug;
}

static void describe_attempt(const struct nd_attempt *attempt, const struct nd_registry_facts *registry,
	struct nd_attempt_ref *out)
{
	const struct nd_timings *t = &attempt->timings;

	out->dns_ms = out->connect_ms = out->proxy_ms = out->tls_ms = out->total_ms = -1;
	if (!attempt->tried)
		return;
	out->undecided = nd_undecided(attempt, registry);
	if (!out->undecided)
		out->outcome = g_strdup(outcome_of(attempt, registry));
	out->stage = g_strcmp0(out->outcome, "ok") == 0 ? NULL : nd_stage_name(attempt->stage);
	out->status = attempt->status ? attempt->status : attempt->connect_status;
	out->address = g_strdup(attempt->remote_address);
	out->dns_ms = t->dns_ms;
	out->connect_ms = t->connect_ms;
	out->proxy_ms = t->proxy_ms;
	out->tls_ms = t->tls_ms;
	out->total_ms = t->total_ms;
}

static const char *state_name(enum nd_credential_state state)
{
	static const char *const names[] = { "unknown", "accepted", "rejected" };

	return names[state];
}

static struct nd_registry_ref *describe_registry(const struct nd_facts *facts,
	const struct nd_registry_facts *r, const char *no_probe_reason)
{
	struct nd_registry_ref *ref = g_new0(struct nd_registry_ref, 1);
	static const struct nd_attempt none;
	const struct nd_attempt *deciding = r->probe ? nd_deciding(r) : &none;

	ref->url = g_strdup(r->url);
	ref->is_default = r->is_default;
	ref->scopes = g_new0(char *, r->scopes->len + 1);
	for (guint i = 0; i < r->scopes->len; i++)
		ref->scopes[i] = g_strdup(r->scopes->pdata[i]);
	ref->proxy = location_text(r->proxy);
	if (ref->proxy)
		nd_locate_proxy(facts, r, &ref->proxy_source);
	ref->credentials_kind = nd_credentials_kind_name(r->credentials->kind);
	ref->credentials_state = state_name(r->probe ? r->probe->state : ND_CREDENTIAL_UNKNOWN);
	describe_attempt(deciding, r, &ref->probe);
	if (deciding->tried && nd_registry_outcome(facts, r) == ND_RULE_PROXY_NOT_A_PROXY) {
		g_free(ref->probe.outcome);
		ref->probe.outcome = g_strdup(nd_rule_row(ND_RULE_PROXY_NOT_A_PROXY)->slug);
	}
	ref->not_probed = r->not_probed || r->probe ? r->not_probed : g_intern_string(no_probe_reason);
	nd_describe_hops(facts, r, ref);
	describe_attempt(r->probe ? &r->probe->other : &none, r, &ref->other);
	if (r->probe && r->probe->other.tried)
		ref->other_url = nd_other_scheme(r);
	return ref;
}

static void add_source(struct nd_report *report, enum nd_layer_id layer, const char *path,
	const char *reason)
{
	struct nd_source_ref *source = g_new0(struct nd_source_ref, 1);

	source->layer = layer;
	source->path = nd_url_redact_path(path);
	source->read = reason == NULL;
	source->reason = g_strdup(reason);
	g_ptr_array_add(report->sources, source);
}

void nd_engine_sources(const struct nd_layers *layers, struct nd_report *report)
{
	for (guint i = 0; i < layers->order->len; i++) {
		const struct nd_layer *layer = layers->order->pdata[i];

		if (layer->file)
			add_source(report, layer->id, layer->file->path, layer->ignored ? layer->ignored :
				layer->file->state == ND_READ_MISSING ? "does not exist" :
				nd_file_reason(layer->file));
		if (layer == &layers->layers[ND_LAYER_PROJECT] && layers->project &&
			layers->project->ignored_npmrc)
			add_source(report, layer->id, layers->project->ignored_npmrc,
				"a workspace member's file does not count");
	}
}

void nd_engine_beside(const struct nd_layers *layers, struct nd_report *report)
{
	g_autoptr(GPtrArray) files = nd_layers_beside(layers);

	for (guint i = 0; i < files->len; i++) {
		const struct nd_beside *file = files->pdata[i];

		add_source(report, file->layer, file->path,
			file->sets ? "not read: what it sets of registries, proxies and trust may take the place of "
				     "all this"
				   : NULL);
		if (!file->sets)
			continue;
		nd_leave_unchecked(report, ND_RULE_SHADOWED_SETTING, "%s is not read: what it sets of registries, "
			"proxies, credentials and trust may take an .npmrc's place", file->path);
	}
}

/* npm reads a pipe (a password manager's, a shell's <(...)) and waits for whoever fills it. Read by us, nothing
 * would be left for npm. */
static void leave_pipes(const struct nd_layers *layers, struct nd_report *report)
{
	for (guint i = 0; i < layers->order->len; i++) {
		const struct nd_layer *layer = layers->order->pdata[i];

		if (!layer->file || layer->ignored || layer->file->state != ND_READ_SPECIAL ||
			!S_ISFIFO(layer->file->id.mode))
			continue;
		nd_leave_unchecked(report, ND_RULE_FILE_UNREADABLE, "%s is a pipe and was not opened; %s reads it, "
			"and hangs where nobody writes into it", layer->file->path, nd_client_name(layers->client));
	}
}

static void count_settings(const struct nd_layers *layers, struct nd_report *report)
{
	for (guint i = 0; i < layers->order->len; i++)
		report->settings += ((const struct nd_layer *)layers->order->pdata[i])->n_settings;
}

static void settle(const struct nd_facts *facts, struct nd_report *report)
{
	nd_relevel(facts, report);
	nd_suppress(facts, report);
}

static void leave_to_author(struct nd_finding *finding)
{
	if (!finding->edits->len)
		return;
	g_ptr_array_set_size(finding->edits, 0);
	nd_finding_note(finding, "another line would get the same key: `fix` leaves both to you");
}

/* Two lines that are meant for one key: mended, one would take the other's place, and be lost with it. */
static void part_rivals(struct nd_report *report)
{
	g_autoptr(GHashTable) claims = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);

	for (guint i = 0; i < report->findings->len; i++) {
		struct nd_finding *finding = report->findings->pdata[i], *rival;
		char *claim;

		if (!finding->becomes || !finding->edits->len)
			continue;
		claim = g_strconcat(
			((const struct nd_edit *)finding->edits->pdata[0])->file, "\n", finding->becomes, NULL);
		rival = g_hash_table_lookup(claims, claim);
		if (!rival) {
			g_hash_table_insert(claims, claim, finding);
			continue;
		}
		g_free(claim);
		leave_to_author(rival);
		leave_to_author(finding);
	}
}

void nd_engine_run_policy(const struct nd_policy *policy, guint32 today, const bool *skip,
	struct nd_report *report)
{
	if (!skip[ND_RULE_POLICY_INVALID])
		nd_policy_tell_faults(policy, report);
	if (!skip[ND_RULE_UNUSED_SUPPRESSION])
		nd_policy_tell_ends(policy, today, report);
	g_ptr_array_sort(report->findings, compare_findings);
}

void nd_engine_run(const struct nd_facts *facts, const struct nd_engine_options *options,
	struct nd_report *report)
{
	const char *reason = options->no_probe ? options->no_probe_reason : "no rule that was asked for needs it";

	nd_engine_sources(facts->layers, report);
	count_settings(facts->layers, report);
	leave_pipes(facts->layers, report);
	if (!facts->files_only)
		nd_engine_beside(facts->layers, report);
	for (guint i = 0; i < facts->registries->len; i++)
		g_ptr_array_add(report->registries,
			describe_registry(facts, facts->registries->pdata[i], reason));
	for (int rule = 0; rule < ND_RULE_COUNT; rule++) {
		if (options->skip && options->skip[rule])
			continue;
		if (options->no_probe && nd_rule_row(rule)->need == ND_NEED_PROBE) {
			nd_leave_unchecked(report, rule, "%s", options->no_probe_reason);
			continue;
		}
		/* --only does not leave it out: without a policy it would be one rule more. */
		if (rule == ND_RULE_POLICY_INVALID && !facts->policy)
			continue;
		/* The last rule is about what becomes of the others' findings. */
		if (rule == ND_RULE_UNUSED_SUPPRESSION)
			settle(facts, report);
		report->rules++;
		report->judged[rule] = true;
		checks[rule](facts, rule, report);
	}
	settle(facts, report);
	part_rivals(report);
	g_ptr_array_sort(report->findings, compare_findings);
	g_ptr_array_sort(report->suppressed, compare_findings);
}

