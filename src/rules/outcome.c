#include "rules/checks.h"

/* From what happened to the rule that names it. Only facts of the attempt decide, never a text. */

/* Public CAs say where the missing intermediate is to be had; a private one's leaf usually does not. */
static bool leaf_names_issuer(const struct nd_tls_facts *tls)
{
	const struct nd_cert *leaf = tls->chain && tls->chain->len ? tls->chain->pdata[0] : NULL;

	return leaf && leaf->issuer_url;
}

static enum nd_rule tls_rule(const struct nd_tls_facts *tls)
{
	switch (tls->npm) {
	case ND_VERDICT_SELF_SIGNED:
		return ND_RULE_TLS_SELF_SIGNED;
	case ND_VERDICT_EXPIRED:
	case ND_VERDICT_NOT_YET_VALID:
		return ND_RULE_TLS_EXPIRED;
	case ND_VERDICT_WRONG_NAME:
		return ND_RULE_TLS_HOSTNAME_MISMATCH;
	case ND_VERDICT_LEAF_ONLY:
		/* A private CA whose server sends the leaf alone: known to the system, unknown to npm. */
		return tls->system != ND_VERDICT_OK && leaf_names_issuer(tls) ?
			ND_RULE_TLS_INCOMPLETE_CHAIN : ND_RULE_TLS_INTERCEPTED;
	case ND_VERDICT_ROOT_UNKNOWN:
	case ND_VERDICT_ISSUER_UNKNOWN:
		return ND_RULE_TLS_INTERCEPTED;
	default:
		return ND_RULE_TLS_HANDSHAKE_FAILED;
	}
}

static bool offers_basic(char *const *offers)
{
	for (; offers && *offers; offers++)
		if (g_ascii_strcasecmp(*offers, "Basic") == 0)
			return true;
	return false;
}

static enum nd_rule proxy_auth_rule(const struct nd_attempt *a, const struct nd_registry_facts *r)
{
	if (a->proxy_offers && !offers_basic(a->proxy_offers))
		return ND_RULE_PROXY_AUTH_UNSUPPORTED;
	return r->proxy->user || r->proxy->password ? ND_RULE_PROXY_AUTH_REJECTED :
		ND_RULE_PROXY_AUTH_REQUIRED;
}

int nd_answer_status(const struct nd_attempt *a)
{
	return a->connect_status && a->connect_status != 200 ? a->connect_status : a->status;
}

/* The proxy itself answered in the registry's place: to CONNECT, or to what was asked through it. */
static enum nd_rule proxy_answer_rule(const struct nd_attempt *a, const struct nd_registry_facts *r)
{
	int status = nd_answer_status(a);

	switch (status) {
	case 407:
	case 401: /* tinyproxy, to CONNECT */
		return proxy_auth_rule(a, r);
	case 500: /* squid, for a name that it cannot resolve */
	case 502:
	case 503:
	case 504:
		return ND_RULE_PROXY_UPSTREAM_FAILED;
	case 400:
	case 404:
	case 405:
	case 501:
		return ND_RULE_PROXY_NOT_A_PROXY;
	default:
		/* None: CONNECT got its 200, and then a page. */
		return status < 300 ? ND_RULE_PROXY_NOT_A_PROXY : ND_RULE_PROXY_FORBIDDEN;
	}
}

static enum nd_rule socks_rule(const struct nd_attempt *a)
{
	switch (a->socks_reply) {
	case 2: /* RFC 1928: connection not allowed by ruleset */
		return ND_RULE_PROXY_FORBIDDEN;
	case 1:
	case 3:
	case 4:
	case 5:
	case 6:
		return ND_RULE_PROXY_UPSTREAM_FAILED;
	default:
		return ND_RULE_PROXY_AUTH_REJECTED;
	}
}

static enum nd_rule proxy_rule(const struct nd_attempt *a, const struct nd_registry_facts *r)
{
	if (r->probe && a == &r->probe->main && r->probe->proxy_speaks_tls)
		return ND_RULE_PROXY_SCHEME_MISMATCH;
	switch (a->ending) {
	case ND_END_UNRESOLVED:
		return ND_RULE_PROXY_UNRESOLVABLE;
	case ND_END_REFUSED:
		return a->stage == ND_STAGE_PROXY_TUNNEL ? ND_RULE_PROXY_UPSTREAM_FAILED :
			ND_RULE_PROXY_REFUSED;
	case ND_END_UNREACHABLE:
		return ND_RULE_PROXY_UNREACHABLE;
	case ND_END_NO_PORT:
		return ND_RULE_LOCAL_PORTS_EXHAUSTED;
	case ND_END_SILENT:
		return a->stage == ND_STAGE_PROXY_DNS ? ND_RULE_PROXY_UNRESOLVABLE : ND_RULE_PROXY_TIMEOUT;
	case ND_END_NOT_TLS:
		return ND_RULE_PROXY_SCHEME_MISMATCH;
	case ND_END_UNTRUSTED:
		return tls_rule(&a->proxy_tls);
	case ND_END_TLS_REFUSED:
		return ND_RULE_TLS_HANDSHAKE_FAILED;
	case ND_END_ANSWERED:
		return proxy_answer_rule(a, r);
	case ND_END_SOCKS:
		return socks_rule(a);
	case ND_END_NOT_HTTP:
		return ND_RULE_PROXY_NOT_A_PROXY;
	default:
		return ND_RULE_PROXY_RESET;
	}
}

bool nd_held_back(const struct nd_registry_facts *r)
{
	const struct nd_credentials *c = r->credentials;

	return r->probe && c->authorization && !c->unresolved && !r->probe->authenticated.tried;
}

/* A credential is rejected only where it was sent. One that we hold back (over plain http, or a connection
 * that is not verified) may be as good as any. */
static enum nd_rule auth_rule(const struct nd_attempt *a, const struct nd_registry_facts *r)
{
	const struct nd_credentials *c = r->credentials;
	bool decided = r->probe && r->probe->authenticated.tried &&
		(a == &r->probe->main || a == &r->probe->authenticated);

	if (c->kind == ND_CREDENTIALS_NONE || c->unresolved)
		return ND_RULE_REGISTRY_AUTH_REQUIRED;
	return decided || !c->authorization ? ND_RULE_REGISTRY_AUTH_REJECTED : ND_RULE_COUNT;
}

static enum nd_rule answer_rule(const struct nd_attempt *a, const struct nd_registry_facts *r)
{
	if (a->status == 401)
		return auth_rule(a, r);
	/* What a registry forbids or hides from strangers. */
	if ((a->status == 403 || (a->status == 404 && a->packument)) && !a->html && nd_held_back(r))
		return ND_RULE_COUNT;
	if (a->status == 403)
		return ND_RULE_REGISTRY_FORBIDDEN;
	/* RFC 6585, 6: never a registry's own, but that of a network which wants a login first. */
	if (a->status == 511)
		return ND_RULE_REGISTRY_NOT_A_REGISTRY;
	if (a->status == 429 || a->status >= 500)
		return ND_RULE_REGISTRY_UNAVAILABLE;
	if (a->stage == ND_STAGE_DONE)
		return ND_RULE_COUNT;
	if (a->status < 200 || a->status >= 300 || !a->json)
		return ND_RULE_REGISTRY_NOT_A_REGISTRY;
	return ND_RULE_COUNT;
}

static enum nd_rule registry_rule(const struct nd_attempt *a, const struct nd_registry_facts *r)
{
	switch (a->ending) {
	case ND_END_ANSWERED:
		return answer_rule(a, r);
	case ND_END_UNRESOLVED:
		return ND_RULE_REGISTRY_UNRESOLVABLE;
	case ND_END_REFUSED:
		return ND_RULE_REGISTRY_REFUSED;
	case ND_END_UNREACHABLE:
		return ND_RULE_REGISTRY_UNREACHABLE;
	case ND_END_NO_PORT:
		return ND_RULE_LOCAL_PORTS_EXHAUSTED;
	case ND_END_SILENT:
		return a->stage == ND_STAGE_DNS ? ND_RULE_REGISTRY_UNRESOLVABLE : ND_RULE_REGISTRY_TIMEOUT;
	case ND_END_UNTRUSTED:
		return tls_rule(&a->tls);
	case ND_END_NOT_TLS:
	case ND_END_TLS_REFUSED:
		return ND_RULE_TLS_HANDSHAKE_FAILED;
	case ND_END_NOT_HTTP:
		return ND_RULE_REGISTRY_NOT_A_REGISTRY;
	default:
		return ND_RULE_REGISTRY_RESET;
	}
}

static bool at_proxy(enum nd_stage stage)
{
	return stage == ND_STAGE_PROXY_DNS || stage == ND_STAGE_PROXY_CONNECT ||
		stage == ND_STAGE_PROXY_TLS || stage == ND_STAGE_PROXY_TUNNEL;
}

/* npm looks an IPv6 literal up as a name, brackets and all: no version reaches it without a proxy,
 * whatever we do (getaddrinfo ENOTFOUND [::1] with 8 to 12). */
static bool is_ipv6_literal(const struct nd_registry_facts *r)
{
	return r->registry->url && *r->registry->url->host == '[' && !nd_proxy_used(r->proxy);
}

enum nd_rule nd_outcome_rule(const struct nd_attempt *attempt, const struct nd_registry_facts *registry)
{
	if (is_ipv6_literal(registry))
		return ND_RULE_REGISTRY_UNRESOLVABLE;
	return at_proxy(attempt->stage) ? proxy_rule(attempt, registry) : registry_rule(attempt, registry);
}

bool nd_undecided(const struct nd_attempt *attempt, const struct nd_registry_facts *registry)
{
	return attempt->tried && attempt->ending == ND_END_ANSWERED && attempt->status >= 400 &&
		nd_outcome_rule(attempt, registry) == ND_RULE_COUNT;
}
