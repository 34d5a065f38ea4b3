#include "rules/probe.h"

#include <errno.h>

/* The code with which npm itself would give up. */

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
