#include "rules/probe.h"

#include <npmrc-doctor/hash.h>

#include <errno.h>

/* What the probe found: one function for every row, because the outcome names the row. Registries that
 * fail at the same proxy, at the same host or through the same CA are one finding with several targets. */

const struct nd_attempt *nd_deciding(const struct nd_registry_facts *r)
{
	const struct nd_probe_result *probe = r->probe;

	/* A registry that wants credentials is judged by the request that carried them; and npm sends a
	 * rejected credential with every request, so it breaks what would be served without. */
	if (probe->authenticated.tried && (probe->state == ND_CREDENTIAL_REJECTED ||
		nd_outcome_rule(&probe->main, r) != ND_RULE_COUNT))
		return &probe->authenticated;
	return &probe->main;
}

bool nd_blames_proxy(enum nd_rule rule, const struct nd_attempt *a)
{
	return g_str_has_prefix(nd_rule_row(rule)->slug, "proxy-") || a->stage == ND_STAGE_PROXY_CONNECT ||
		a->stage == ND_STAGE_PROXY_TLS;
}

bool nd_is_tls_rule(enum nd_rule rule)
{
	return g_str_has_prefix(nd_rule_row(rule)->slug, "tls-");
}

bool nd_reached(const struct nd_attempt *a)
{
	return a->tried && (a->stage == ND_STAGE_DONE ||
		(a->stage == ND_STAGE_CONTENT && a->ending == ND_END_ANSWERED && !a->html &&
			(a->status == 401 || a->status == 403 || a->json)));
}

const struct nd_tls_facts *nd_tls_of(const struct nd_attempt *a)
{
	return a->stage == ND_STAGE_PROXY_TLS ? &a->proxy_tls : &a->tls;
}

const char *nd_issuer_of(const struct nd_tls_facts *tls)
{
	const struct nd_cert *last = tls->chain && tls->chain->len ?
		tls->chain->pdata[tls->chain->len - 1] : NULL;

	if (!last)
		return NULL;
	return last->issuer_name ? last->issuer_name : last->issuer;
}

bool nd_connect_blocked(enum nd_rule rule, const struct nd_registry_facts *r)
{
	const struct nd_attempt *a = nd_deciding(r);

	return (rule == ND_RULE_PROXY_FORBIDDEN || rule == ND_RULE_PROXY_RESET ||
			rule == ND_RULE_PROXY_TIMEOUT || rule == ND_RULE_PROXY_NOT_A_PROXY) &&
		a->stage == ND_STAGE_PROXY_TUNNEL && a->connect_status != 200 &&
		g_str_has_prefix(r->url, "https:") && nd_reached(&r->probe->other);
}

bool nd_answers_directly(enum nd_rule rule, const struct nd_registry_facts *r)
{
	return rule != ND_RULE_PROXY_SCHEME_MISMATCH && nd_blames_proxy(rule, nd_deciding(r)) &&
		nd_reached(&r->probe->direct);
}

bool nd_is_left_over(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r)
{
	return nd_answers_directly(rule, r) && rule != ND_RULE_PROXY_FORBIDDEN &&
		rule != ND_RULE_PROXY_UPSTREAM_FAILED && !nd_proxy_serves_others(f, rule, r);
}

/* The proxy has done its part. */
static bool let_through(const struct nd_attempt *a)
{
	return a->tried && (a->stage == ND_STAGE_DONE || a->stage >= ND_STAGE_TLS);
}

bool nd_proxy_serves_others(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r)
{
	bool https = g_str_has_prefix(r->url, "https:"), served = false;
	g_autofree char *own = nd_proxy_used(r->proxy) ? nd_proxy_label(r->proxy) : NULL;

	if (!own || nd_deciding(r)->stage != ND_STAGE_PROXY_TUNNEL || nd_connect_blocked(rule, r) ||
		(rule != ND_RULE_PROXY_TIMEOUT && rule != ND_RULE_PROXY_RESET))
		return false;
	for (guint i = 0; !served && i < f->registries->len; i++) {
		const struct nd_registry_facts *one = f->registries->pdata[i];
		g_autofree char *label = one->probe && nd_proxy_used(one->proxy) ? nd_proxy_label(one->proxy) : NULL;
		bool one_https = g_str_has_prefix(one->url, "https:");

		if (g_strcmp0(label, own) != 0)
			continue;
		/* A proxy that serves plain requests may still have no CONNECT for anybody. */
		served = (let_through(&one->probe->main) && (one_https || !https)) ||
			(let_through(&one->probe->other) && (!one_https || !https));
	}
	return served;
}

enum nd_rule nd_registry_outcome(const struct nd_facts *f, const struct nd_registry_facts *r)
{
	const struct nd_attempt *a = nd_deciding(r);
	enum nd_rule rule = nd_outcome_rule(a, r);
	g_autofree char *own = nd_proxy_used(r->proxy) ? nd_proxy_label(r->proxy) : NULL;

	if (!own || rule == ND_RULE_COUNT || !a->html || a->stage != ND_STAGE_CONTENT || nd_is_socks(r) ||
		!g_str_has_prefix(r->url, "http:"))
		return rule;
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *one = f->registries->pdata[i];
		g_autofree char *label = one->probe && nd_proxy_used(one->proxy) ? nd_proxy_label(one->proxy) : NULL;

		if (g_strcmp0(label, own) == 0 &&
			nd_outcome_rule(nd_deciding(one), one) == ND_RULE_PROXY_NOT_A_PROXY)
			return ND_RULE_PROXY_NOT_A_PROXY;
	}
	return rule;
}

bool nd_lookup_failed(const struct nd_attempt *a)
{
	return a->no_name_server || ((a->stage == ND_STAGE_DNS || a->stage == ND_STAGE_PROXY_DNS) &&
		a->ending == ND_END_SILENT);
}

bool nd_is_socks(const struct nd_registry_facts *r)
{
	return nd_proxy_used(r->proxy) && g_str_has_prefix(r->proxy->url->scheme, "socks");
}

char *nd_proxy_host(const struct nd_registry_facts *r)
{
	const struct nd_url *url = r->proxy->url;

	return g_strdup_printf("%s:%d", url->host, nd_url_port(url));
}

/* What two registries must share for their failures to be one. Owned by the caller. */
static char *cause(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r)
{
	const struct nd_attempt *a = nd_deciding(r);
	const struct nd_url *url = r->registry->url;
	const char *ca = nd_issuer_of(nd_tls_of(a));

	if (rule == ND_RULE_LOCAL_PORTS_EXHAUSTED)
		return g_strdup("");
	if (nd_blames_proxy(rule, a) && rule != ND_RULE_PROXY_FORBIDDEN &&
		rule != ND_RULE_PROXY_UPSTREAM_FAILED && !nd_proxy_serves_others(f, rule, r))
		return nd_proxy_label(r->proxy);
	if (rule == ND_RULE_TLS_INTERCEPTED && ca)
		return g_strconcat("ca ", ca, NULL);
	/* What has not come as far as an answer is about the host, whatever the path. */
	if (a->ending != ND_END_ANSWERED)
		return g_strdup_printf("%s//%s:%d", url->scheme, url->host, nd_url_port(url));
	return g_strdup(r->url);
}

/* The npm code that this verdict gives, or NULL: one row stands for several. */
static const char *tls_code(const struct nd_attempt *a)
{
	static const char *const codes[] = {
		[ND_VERDICT_SELF_SIGNED] = "DEPTH_ZERO_SELF_SIGNED_CERT",
		[ND_VERDICT_ROOT_UNKNOWN] = "SELF_SIGNED_CERT_IN_CHAIN",
		[ND_VERDICT_LEAF_ONLY] = "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
		[ND_VERDICT_ISSUER_UNKNOWN] = "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
		[ND_VERDICT_EXPIRED] = "CERT_HAS_EXPIRED",
		[ND_VERDICT_NOT_YET_VALID] = "CERT_NOT_YET_VALID",
		[ND_VERDICT_WRONG_NAME] = "ERR_TLS_CERT_ALTNAME_INVALID",
		[ND_VERDICT_OTHER] = NULL,
	};
	return codes[nd_tls_of(a)->npm];
}

/* npm takes the proxy's answer to CONNECT for the registry's, and an error status for its code. */
static int error_status(const struct nd_attempt *a)
{
	int status = nd_answer_status(a);

	return a->ending == ND_END_ANSWERED && status >= 400 ? status : 0;
}

/* OpenSSL's names for the alerts, as node makes codes of them; "" for the rare and the unknown. */
static const char *alert_code(int alert)
{
	static const struct {
		int alert;
		const char *code;
	} rows[] = {
		{ 40, "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE" },
		{ 42, "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE" },
		{ 48, "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA" },
		{ 70, "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION" },
		{ 71, "ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY" },
		{ 80, "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR" },
		{ 112, "ERR_SSL_TLSV1_UNRECOGNIZED_NAME" },
		{ 116, "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].alert == alert)
			return rows[i].code;
	return "";
}

static bool through_socks(const struct nd_registry_facts *r, const struct nd_attempt *a)
{
	return a->stage == ND_STAGE_PROXY_TUNNEL && a->ending != ND_END_SILENT && nd_is_socks(r);
}

char *nd_npm_code(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r)
{
	const struct nd_attempt *a = nd_deciding(r);
	const char *code = nd_rule_row(rule)->npm;
	bool tunnel = a->stage == ND_STAGE_PROXY_TUNNEL && g_str_has_prefix(r->url, "https:");

	if (nd_lookup_failed(a))
		return g_strdup("EAI_AGAIN");
	if (rule == ND_RULE_REGISTRY_UNRESOLVABLE)
		return g_strdup(code);
	if (error_status(a))
		return g_strdup_printf("E%d", error_status(a));
	if (a->ending == ND_END_UNREACHABLE && a->os_error == ENETUNREACH)
		return g_strdup("ENETUNREACH");
	if (through_socks(r, a))
		return g_strdup("FETCH_ERROR"); /* socks-proxy-agent wraps whatever went wrong */
	if (nd_is_tls_rule(rule) && a->ending == ND_END_UNTRUSTED && tls_code(a))
		code = tls_code(a);
	else if (a->ending == ND_END_TLS_REFUSED)
		code = alert_code(nd_tls_of(a)->alert);
	else if (rule == ND_RULE_PROXY_RESET && tunnel && a->ending == ND_END_CLOSED)
		code = "FETCH_ERROR"; /* @npmcli/agent's proxies: "Proxy connection ended before ..." */
	else if (rule == ND_RULE_REGISTRY_RESET && nd_breaks_off(a) && f->layers->npm_major < 9)
		code = "FETCH_ERROR"; /* an invalid response body to minipass-fetch, whatever ended it */
	else if (rule == ND_RULE_PROXY_SCHEME_MISMATCH && r->probe->proxy_speaks_tls)
		code = a->ending == ND_END_RESET ? "ECONNRESET" : "FETCH_ERROR";
	else if (a->ending == ND_END_SILENT && nd_timeout_code(f, r, a))
		code = nd_timeout_code(f, r, a);
	else if (a->ending == ND_END_ANSWERED && a->stage == ND_STAGE_PROXY_TUNNEL)
		return NULL; /* npm follows the proxy's redirect as if it were the registry's */
	return *code ? g_strdup(code) : NULL;
}

static void locate(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r,
	struct nd_finding *finding)
{
	if (nd_blames_proxy(rule, nd_deciding(r)) && nd_proxy_used(r->proxy))
		nd_locate_proxy(f, r, &finding->where);
	else if (rule == ND_RULE_REGISTRY_AUTH_REJECTED && r->credentials->setting)
		nd_facts_locate(f, r->credentials->setting, 0, 0, &finding->where);
	else
		nd_locate_registry(f, r, &finding->where);
}

/* An install fails for certain, or only what can be seen without a package looks strange. */
static void weigh(enum nd_rule rule, const struct nd_attempt *a, struct nd_finding *finding)
{
	bool page = a->html || a->location || a->truncated;

	if (rule == ND_RULE_REGISTRY_NOT_A_REGISTRY && a->ending == ND_END_ANSWERED && !a->packument && !page)
		finding->severity = ND_WARNING;
}

static struct nd_finding *report(const struct nd_facts *f, enum nd_rule rule,
	const struct nd_registry_facts *r, struct nd_report *out)
{
	const struct nd_attempt *a = nd_deciding(r);
	g_autofree char *code = nd_npm_code(f, rule, r);
	struct nd_finding *finding = nd_probe_say(f, out, rule, r, a);

	nd_probe_help(f, finding, r, a);
	nd_finding_npm(finding, code);
	locate(f, rule, r, finding);
	weigh(rule, a, finding);
	nd_probe_notes(f, finding, r, a);
	nd_probe_patience(f, finding, r, a);
	return finding;
}

/* The public roots would do but ca or cafile has replaced them: that is the cause (ca-replaces-roots). */
static bool roots_replaced(const struct nd_facts *f, const struct nd_registry_facts *r)
{
	const struct nd_tls_facts *tls = &nd_deciding(r)->tls;

	return f->trust->roots_setting && tls->seen && tls->npm != ND_VERDICT_OK &&
		tls->public_roots == ND_VERDICT_OK;
}

/* npm copes, being told of the CA, but the host is one that only public CAs certify. */
static bool is_silently_intercepted(enum nd_rule rule, const struct nd_registry_facts *r)
{
	const struct nd_tls_facts *tls = &r->probe->main.tls;

	return rule == ND_RULE_TLS_INTERCEPTED && tls->seen && tls->npm == ND_VERDICT_OK &&
		tls->public_roots != ND_VERDICT_UNKNOWN && tls->public_roots != ND_VERDICT_OK;
}

static void say_intercepted(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r,
	struct nd_report *out)
{
	const struct nd_tls_facts *tls = &r->probe->main.tls;
	const char *ca = nd_issuer_of(tls);
	struct nd_finding *finding = nd_finding_add(out, rule,
		"%s is intercepted: its certificate comes from %s, which is no public CA", r->url,
		ca ? ca : "an unnamed CA");

	finding->severity = ND_WARNING;
	nd_finding_help(finding, "npm trusts that CA because it was told to: check that it is your "
		"company's");
	nd_locate_registry(f, r, &finding->where);
	nd_finding_target(finding, r->url, NULL);
	nd_probe_notes(f, finding, r, &r->probe->main);
}

static void check_registry(const struct nd_facts *f, enum nd_rule rule, const struct nd_registry_facts *r,
	GHashTable *known, struct nd_report *out)
{
	char *key = cause(f, rule, r);
	g_autofree char *proxy = nd_proxy_used(r->proxy) ? nd_proxy_label(r->proxy) : NULL;
	struct nd_finding *finding = g_hash_table_lookup(known, key);

	if (!finding)
		finding = report(f, rule, r, out);
	nd_finding_target(finding, r->url, proxy);
	g_hash_table_replace(known, key, finding);
}

static void leave_unchecked(struct nd_report *out, enum nd_rule rule, char *reason)
{
	struct nd_unchecked *unchecked = g_new0(struct nd_unchecked, 1);

	unchecked->rule = rule;
	unchecked->reason = reason;
	g_ptr_array_add(out->unchecked, unchecked);
}

static const char *held_reason(const struct nd_registry_facts *r)
{
	if (r->probe->main.unverified)
		return "its certificate fails verification";
	if (r->in_clear)
		return "over plain http everyone on the path would read them";
	return r->probe->main.location ? "it redirects, and none are sent after a redirect" :
		"its address is not this machine's, and over plain http everyone on the path would read them";
}

/* Credentials that were not tried though the registry answered. */
static void note_held_back(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		const struct nd_attempt *a = r->probe ? &r->probe->main : NULL;

		if (!a || !nd_held_back(r) || a->ending != ND_END_ANSWERED)
			continue;
		if (r->in_clear || a->unverified || nd_undecided(a, r))
			leave_unchecked(out, rule, g_strdup_printf("the credentials for %s were not sent: %s", r->url,
				held_reason(r)));
	}
}

/* A verdict that rests on roots which may not be npm's is said to. */
static void note_stand_in(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];

		if (!r->probe || !r->probe->main.tls.stand_in || r->probe->main.tls.npm != ND_VERDICT_OK)
			continue;
		leave_unchecked(out, rule, g_strdup("node could not be asked for its roots: the system's Mozilla "
			"bundle stood in for them"));
		return;
	}
}

void nd_check_probe(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	g_autoptr(GHashTable) known = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);

	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];

		if (!r->probe || nd_needs_proxy(r))
			continue;
		if (is_silently_intercepted(rule, r))
			say_intercepted(f, rule, r, out);
		else if (nd_registry_outcome(f, r) == rule && !roots_replaced(f, r))
			check_registry(f, rule, r, known, out);
	}
	if (rule == ND_RULE_TLS_INTERCEPTED && f->trust->no_start)
		leave_unchecked(out, rule, g_strdup_printf("node does not start with %s, and so neither does npm: what it "
			"would trust cannot be said", f->trust->no_start));
	else if (rule == ND_RULE_TLS_INTERCEPTED)
		note_stand_in(f, rule, out);
	if (rule == ND_RULE_REGISTRY_AUTH_REJECTED)
		note_held_back(f, rule, out);
}
