#include "exchange.h"

#include <string.h>

const char *nd_stage_name(enum nd_stage stage)
{
	static const char *const names[] = {
		[ND_STAGE_PROXY_DNS] = "proxy-dns",
		[ND_STAGE_PROXY_CONNECT] = "proxy-connect",
		[ND_STAGE_PROXY_TLS] = "proxy-tls",
		[ND_STAGE_PROXY_TUNNEL] = "proxy-tunnel",
		[ND_STAGE_DNS] = "dns",
		[ND_STAGE_CONNECT] = "connect",
		[ND_STAGE_TLS] = "tls",
		[ND_STAGE_HTTP] = "http",
		[ND_STAGE_CONTENT] = "content",
	};
	return (size_t)stage < G_N_ELEMENTS(names) ? names[stage] : NULL;
}

void nd_attempt_copy(struct nd_attempt *to, const struct nd_attempt *from)
{
	*to = *from;
	to->url = g_strdup(from->url);
	to->remote_address = g_strdup(from->remote_address);
	to->tarball_host = g_strdup(from->tarball_host);
	to->proxy_offers = g_strdupv(from->proxy_offers);
	to->auth_offers = g_strdupv(from->auth_offers);
	to->proxy_reason = g_strdup(from->proxy_reason);
	to->location = g_strdup(from->location);
	to->content_type = g_strdup(from->content_type);
	to->server = g_strdup(from->server);
	to->via = g_strdup(from->via);
	to->retry_after = g_strdup(from->retry_after);
	to->reason = g_strdup(from->reason);
	nd_tls_facts_copy(&to->tls, &from->tls);
	nd_tls_facts_copy(&to->proxy_tls, &from->proxy_tls);
}

void nd_attempt_release(struct nd_attempt *attempt)
{
	g_free(attempt->url);
	g_free(attempt->remote_address);
	g_free(attempt->tarball_host);
	g_strfreev(attempt->proxy_offers);
	g_strfreev(attempt->auth_offers);
	g_free(attempt->proxy_reason);
	g_free(attempt->location);
	g_free(attempt->content_type);
	g_free(attempt->server);
	g_free(attempt->via);
	g_free(attempt->retry_after);
	g_free(attempt->reason);
	nd_tls_facts_release(&attempt->tls);
	nd_tls_facts_release(&attempt->proxy_tls);
	*attempt = (struct nd_attempt){ 0 };
}
