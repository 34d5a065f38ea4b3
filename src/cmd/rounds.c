#include "cmd/policy.h"
#include "cmd/progress.h"
#include "cmd/run.h"

/* Of the time, what the first round gets where a second one may follow: a firewall that drops packets
 * eats all that it is given. */
#define FIRST_SHARE 0.7
/* The desktop's settings come from this machine; PAC files, which do not, are not waited for. */
#define DESKTOP_PATIENCE_S 0.5
/* Less is no time to reach anything. */
#define MIN_ROUND_S 0.05

static void show_progress(void *data, size_t done, size_t total)
{
	const struct nd_context *context = data;

	nd_progress(context, "probing: %zu of %zu", done, total);
	if (done == total)
		nd_progress_end(context);
}

static GPtrArray *probe(const struct nd_run *run, const struct nd_context *context,
	const struct nd_targets *targets, double timeout_s, GError **err)
{
	struct nd_probe_trust trust;
	struct nd_probe_options options = {
		.trust = &trust,
		.timeout_s = timeout_s,
		.progress = show_progress,
		.progress_data = (void *)context,
	};

	nd_facts_trust(run->facts, &trust);
	return nd_probe_run(targets->targets, targets->n, &options, err);
}

static double left(const struct nd_run *run, const struct nd_context *context, gint64 started)
{
	return nd_policy_timeout(context, run->policy) - (g_get_monotonic_time() - started) / 1e6;
}

static bool try_ways(struct nd_run *run, const struct nd_context *context, gint64 started, GError **err)
{
	struct nd_targets *targets;
	GPtrArray *results = NULL;
	bool ok = true;

	nd_facts_ask_desktop(run->facts, MIN(DESKTOP_PATIENCE_S, left(run, context, started) / 2));
	targets = nd_facts_way_targets(run->facts);
	if (targets->n && left(run, context, started) > MIN_ROUND_S) {
		results = probe(run, context, targets, left(run, context, started), err);
		ok = results != NULL;
	}
	if (results)
		nd_facts_set_way_results(run->facts, results);
	nd_targets_free(targets);
	return ok;
}

static bool has_desktop(const struct nd_env *env)
{
	return nd_env_get(env, "XDG_CURRENT_DESKTOP") || nd_env_get(env, "DESKTOP_SESSION");
}

static bool wants_remedy(const bool *skip)
{
	return !skip || !skip[ND_RULE_STRICT_SSL_DISABLED] || !skip[ND_RULE_REGISTRY_OVER_HTTP] ||
		!skip[ND_RULE_TLS_INTERCEPTED];
}

bool nd_run_probe(struct nd_run *run, const struct nd_context *context, const bool *skip, GError **err)
{
	bool ways = !(skip && skip[ND_RULE_PROXY_NEEDED]);
	gint64 started = g_get_monotonic_time();
	double share = 1;
	struct nd_targets *targets;
	GPtrArray *results;

	if (ways) {
		nd_facts_find_ways(run->facts);
		share = run->facts->ways->len || has_desktop(context->env) ? FIRST_SHARE : 1;
	}
	targets = nd_facts_targets(run->facts);
	results = probe(run, context, targets, nd_policy_timeout(context, run->policy) * share, err);
	nd_targets_free(targets);
	if (!results)
		return false;
	nd_facts_set_results(run->facts, results);
	if (ways && nd_facts_wants_way(run->facts) && !try_ways(run, context, started, err))
		return false;
	if (wants_remedy(skip))
		nd_run_find_remedy(run, left(run, context, started));
	return true;
}
