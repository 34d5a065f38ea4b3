#include "rules/checks.h"

#include <npmrc-doctor/facts.h>

/* What the policy file asks for, judged by what npm would use. Of a file that is judged alone only what it
 * sets itself counts. */

static const struct nd_url *scope_rule(const struct nd_policy *policy, const char *scope)
{
	for (guint i = 0; scope && i < policy->scopes->len; i++) {
		const struct nd_policy_scope *rule = policy->scopes->pdata[i];

		if (g_str_equal(rule->scope, scope))
			return rule->url;
	}
	return NULL;
}

static bool is_listed(const struct nd_policy *policy, const struct nd_url *url)
{
	for (guint i = 0; i < policy->registries->len; i++)
		if (nd_policy_allows(policy->registries->pdata[i], url))
			return true;
	return false;
}

static void blame_registry(const struct nd_facts *f, const struct nd_registry *registry,
	struct nd_finding *finding)
{
	g_autofree char *shown = nd_facts_registry_url(registry);

	if (registry->setting)
		nd_facts_locate(f, registry->setting, 0, 0, &finding->where);
	nd_finding_target(finding, shown, NULL);
	nd_finding_help(finding, "%s", nd_rule_row(finding->rule)->how);
	nd_finding_text(finding, "policy", f->policy->path);
}

/* Another place than the one that the policy has for the scope. */
static void judge_scope(const struct nd_facts *f, const struct nd_registry *registry, const char *scope,
	const struct nd_url *wanted, struct nd_report *out)
{
	g_autofree char *shown = NULL;

	if (nd_policy_allows(wanted, registry->url))
		return;
	shown = nd_facts_registry_url(registry);
	blame_registry(f, registry, nd_finding_add(out, ND_RULE_POLICY_REGISTRY,
		"the packages of %s come from %s, and the policy has them come from %s", scope, shown,
		/* The policy has one for each scope. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
		wanted->href));
}

static const struct nd_registry *registry_of(const struct nd_facts *f, const char *scope)
{
	const GPtrArray *all = nd_view_registries(f->view);

	for (guint i = 0; i < all->len; i++) {
		const struct nd_registry *registry = all->pdata[i];

		if (!registry->asked && g_strcmp0(registry->scope, scope) == 0)
			return registry;
	}
	return NULL;
}

/* A scope without a registry of its own is the default registry's. */
static void judge_unset_scopes(const struct nd_facts *f, struct nd_report *out)
{
	const struct nd_registry *by_default = registry_of(f, NULL);

	for (guint i = 0; i < f->policy->scopes->len; i++) {
		const struct nd_policy_scope *rule = f->policy->scopes->pdata[i];

		if (!registry_of(f, rule->scope) && by_default && by_default->url)
			judge_scope(f, by_default, rule->scope, rule->url, out);
	}
}

static void say_unlisted(const struct nd_facts *f, const struct nd_registry *registry, enum nd_rule rule,
	struct nd_report *out)
{
	g_autofree char *shown = nd_facts_registry_url(registry);
	struct nd_finding *finding = nd_finding_add(out, rule, "the policy does not allow the registry %s", shown);

	/* A wrong scheme, port or path is easily overlooked. */
	for (guint i = 0; !registry->torn && i < f->policy->registries->len; i++) {
		const struct nd_url *url = f->policy->registries->pdata[i];

		if (g_str_equal(url->host, registry->url->host))
			nd_finding_note(finding, "on this host it allows %s", url->href);
	}
	blame_registry(f, registry, finding);
}

void nd_check_policy_registry(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	const GPtrArray *all = nd_view_registries(f->view);

	if (!f->policy)
		return;
	for (guint i = 0; i < all->len; i++) {
		const struct nd_registry *registry = all->pdata[i];
		const struct nd_url *wanted = scope_rule(f->policy, registry->scope);

		if (registry->asked || !registry->url || (f->files_only && !registry->setting))
			continue;
		if (wanted)
			judge_scope(f, registry, registry->scope, wanted, out);
		else if (f->policy->registries && !is_listed(f->policy, registry->url))
			say_unlisted(f, registry, rule, out);
	}
	if (!f->files_only)
		judge_unset_scopes(f, out);
}

static bool is_same_proxy(const struct nd_url *a, const struct nd_url *b)
{
	return g_str_equal(a->scheme, b->scheme) && g_str_equal(a->host, b->host) &&
		nd_url_port(a) == nd_url_port(b);
}

/* NULL where the policy is kept. */
static const char *proxy_fault(const struct nd_facts *f, const struct nd_registry_facts *r)
{
	bool used = nd_proxy_used(r->proxy);

	/* No proxy leads to this machine itself. */
	if (!r->registry->url || r->proxy->error != ND_PROXY_OK || nd_is_loopback(r->registry->url->host))
		return NULL;
	if (f->policy->proxy == ND_POLICY_PROXY_NONE)
		return used ? "a proxy is used, and the policy allows none" : NULL;
	if (!used)
		return f->files_only && !r->proxy->setting ? NULL :
			"no proxy is used, and the policy requires one";
	if (f->policy->proxy == ND_POLICY_PROXY_URL && !is_same_proxy(r->proxy->url, f->policy->proxy_url))
		return "another proxy is used than the one that the policy requires";
	return NULL;
}

static bool is_same_place(const struct nd_finding *finding, const struct nd_location *where)
{
	return g_strcmp0(finding->where.file, where->file) == 0 && finding->where.line == where->line &&
		g_strcmp0(finding->where.variable, where->variable) == 0;
}

/* One line is one finding, however many registries it concerns. */
static void say_proxy(const struct nd_facts *f, const struct nd_registry_facts *r, const char *fault,
	struct nd_report *out)
{
	g_autofree char *label = nd_proxy_used(r->proxy) ? nd_proxy_label(r->proxy) : NULL;
	struct nd_finding *finding = nd_finding_add(out, ND_RULE_POLICY_PROXY, "%s", fault);

	if (r->proxy->setting || r->proxy->variable)
		nd_locate_proxy(f, r, &finding->where);
	else
		nd_locate_registry(f, r, &finding->where);
	for (guint i = 0; i + 1 < out->findings->len; i++) {
		struct nd_finding *known = out->findings->pdata[i];

		if (known->rule != ND_RULE_POLICY_PROXY || !is_same_place(known, &finding->where) ||
			!g_str_equal(known->message, fault))
			continue;
		nd_finding_target(known, r->url, label);
		g_ptr_array_set_size(out->findings, (gint)out->findings->len - 1);
		return;
	}
	nd_finding_target(finding, r->url, label);
	nd_finding_help(finding, "%s", nd_rule_row(ND_RULE_POLICY_PROXY)->how);
	nd_finding_text(finding, "policy", f->policy->path);
}

void nd_check_policy_proxy(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	(void)rule;
	if (!f->policy || f->policy->proxy == ND_POLICY_PROXY_ANY)
		return;
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		const char *fault = r->registry->asked ? NULL : proxy_fault(f, r);

		if (fault && !(f->files_only && !r->proxy->setting && !r->registry->setting))
			say_proxy(f, r, fault, out);
	}
}

void nd_policy_tell_faults(const struct nd_policy *policy, struct nd_report *out)
{
	for (guint i = 0; i < policy->faults->len; i++) {
		const struct nd_ini_fault *fault = policy->faults->pdata[i];
		struct nd_finding *finding = nd_finding_add(out, ND_RULE_POLICY_INVALID, "%s", fault->text);

		finding->where = (struct nd_location){ .known = true, .layer = ND_LAYER_FILE,
			.file = g_strdup(policy->path), .line = fault->line, .column = 1, .end_column = 2 };
		nd_finding_help(finding, "%s", nd_rule_row(ND_RULE_POLICY_INVALID)->how);
	}
}

void nd_check_policy_invalid(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	(void)rule;
	/* Of several files it is said once, by nd_engine_run_policy. */
	if (f->policy && !f->files_only)
		nd_policy_tell_faults(f->policy, out);
}
