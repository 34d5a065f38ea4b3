/* From what was seen on the wire to where it ended and how. Nothing rests on libcurl's texts. */
#include "exchange.h"
#include "hide.h"
#include "place.h"
#include "wire.h"

#include <errno.h>
#include <string.h>

struct seen {
	const struct nd_wire *wire; /* or NULL */
	bool connected, timed_out;
	int os_error;
	long reply;                 /* CURLPX_* */
};

static struct seen look(struct nd_exchange *x)
{
	struct seen seen = { .timed_out = x->code == CURLE_OPERATION_TIMEDOUT };
	long error = 0, port = 0;
	GPtrArray *wires = x->net->wires;
	curl_easy_getinfo(x->easy, CURLINFO_OS_ERRNO, &error);
	curl_easy_getinfo(x->easy, CURLINFO_PROXY_ERROR, &seen.reply);
	curl_easy_getinfo(x->easy, CURLINFO_LOCAL_PORT, &port);
	struct nd_wire *wire = x->opened > 0 ? nd_wire_by_owner(wires, x) :
		nd_wire_by_port(wires, (int)port);
	if (wire && wire->fd >= 0)
		nd_wire_look(wire);
	seen.wire = wire;
	seen.os_error = (int)error;
	/* Only an established connection can be reset: a closed port answers ECONNREFUSED. */
	seen.connected = (wire && wire->connected_at) || x->sent || error == ECONNRESET ||
		error == EPIPE;
	return seen;
}

static enum nd_ending connect_ending(const struct nd_exchange *x, int error)
{
	switch (error) {
	case ECONNREFUSED:
		return ND_END_REFUSED;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
		return ND_END_UNREACHABLE;
	case EADDRNOTAVAIL:
		/* Without IPv6 on this machine its addresses end like this, too. */
		return x->ipv4 ? ND_END_NO_PORT : ND_END_UNREACHABLE;
	case ETIMEDOUT:
		return ND_END_SILENT;
	default:
		return ND_END_OTHER;
	}
}

static void set(struct nd_attempt *out, enum nd_stage stage, enum nd_ending ending)
{
	out->stage = stage;
	out->ending = ending;
}

static void read_unconnected(struct nd_exchange *x, const struct seen *seen, struct nd_attempt *out)
{
	bool proxy = x->request.proxy != NULL;
	if (x->code == CURLE_COULDNT_RESOLVE_HOST || x->code == CURLE_COULDNT_RESOLVE_PROXY) {
		set(out, proxy ? ND_STAGE_PROXY_DNS : ND_STAGE_DNS, ND_END_UNRESOLVED);
	} else if (x->opened == 0) {
		set(out, proxy ? ND_STAGE_PROXY_DNS : ND_STAGE_DNS,
			seen->timed_out ? ND_END_SILENT : ND_END_OTHER);
	} else {
		set(out, proxy ? ND_STAGE_PROXY_CONNECT : ND_STAGE_CONNECT,
			seen->timed_out ? ND_END_SILENT : connect_ending(x, seen->os_error));
		out->os_error = seen->timed_out ? 0 : seen->os_error;
	}
}

/* How a connection ended on which no answer, or half of one, came. */
static enum nd_ending wire_ending(const struct seen *seen)
{
	if (seen->os_error == ECONNRESET || seen->os_error == EPIPE)
		return ND_END_RESET;
	if (seen->wire && seen->wire->end == ND_WIRE_RST)
		return ND_END_RESET;
	if (seen->wire && seen->wire->end == ND_WIRE_FIN)
		return ND_END_CLOSED;
	return seen->timed_out ? ND_END_SILENT : ND_END_OTHER;
}

static enum nd_ending tls_ending(const struct nd_hop *hop, const struct seen *seen)
{
	switch (hop->failure) {
	case ND_HOP_UNTRUSTED:
		return ND_END_UNTRUSTED;
	case ND_HOP_NOT_TLS:
		return ND_END_NOT_TLS;
	case ND_HOP_REFUSED:
		return ND_END_TLS_REFUSED;
	default:
		return wire_ending(seen);
	}
}

static bool began_like_http(const struct nd_wire *wire)
{
	return wire->n_first == 0 || memcmp(wire->first, "HTTP/", MIN(wire->n_first, 5)) == 0;
}

/* Where HTTP was expected in the clear, bytes that led to no status line. */
static enum nd_ending http_ending(const struct nd_exchange *x, const struct nd_answer *answer,
	const struct seen *seen, bool clear)
{
	if (answer->not_http || x->code == CURLE_WEIRD_SERVER_REPLY ||
	    x->code == CURLE_UNSUPPORTED_PROTOCOL || x->code == CURLE_BAD_CONTENT_ENCODING)
		return ND_END_NOT_HTTP;
	if (clear && answer->status == 0 && seen->wire && seen->wire->received > 0 &&
	    seen->wire->n_first > 0 && !began_like_http(seen->wire))
		return ND_END_NOT_HTTP;
	enum nd_ending ending = wire_ending(seen);
	/* The body's framing was wrong: had the peer just gone away, it would be GOT_NOTHING or PARTIAL. */
	if (x->code == CURLE_RECV_ERROR && ending != ND_END_RESET && answer->complete)
		return ND_END_NOT_HTTP;
	if (ending == ND_END_OTHER && x->code != CURLE_SSL_CERTPROBLEM && !seen->timed_out)
		return ND_END_NOT_HTTP;
	return ending;
}

struct reply {
	long code; /* CURLPX_* */
	int socks;
	const char *reason;
};

static const struct reply replies[] = {
	{ CURLPX_REPLY_GENERAL_SERVER_FAILURE, 1, "general failure" },
	{ CURLPX_REPLY_NOT_ALLOWED, 2, "not allowed by the rules" },
	{ CURLPX_REPLY_NETWORK_UNREACHABLE, 3, "network unreachable" },
	{ CURLPX_REPLY_HOST_UNREACHABLE, 4, "host unreachable" },
	{ CURLPX_REPLY_CONNECTION_REFUSED, 5, "connection refused" },
	{ CURLPX_REPLY_TTL_EXPIRED, 6, "TTL expired" },
	{ CURLPX_REPLY_COMMAND_NOT_SUPPORTED, 7, "command not supported" },
	{ CURLPX_REPLY_ADDRESS_TYPE_NOT_SUPPORTED, 8, "address type not supported" },
	{ CURLPX_REPLY_UNASSIGNED, 9, "unknown reply" },
	{ CURLPX_REQUEST_FAILED, 0, "request rejected or failed" },
	{ CURLPX_IDENTD, 0, "identd is not reachable" },
	{ CURLPX_IDENTD_DIFFER, 0, "identd names another user" },
	{ CURLPX_NO_AUTH, 0, "no acceptable authentication method" },
	{ CURLPX_GSSAPI, 0, "no acceptable authentication method" },
	{ CURLPX_USER_REJECTED, 0, "user name or password rejected" },
	{ CURLPX_UNKNOWN_MODE, 0, "no acceptable authentication method" },
};

static void read_socks(struct nd_exchange *x, const struct seen *seen, struct nd_attempt *out)
{
	if (x->code == CURLE_COULDNT_RESOLVE_HOST || seen->reply == CURLPX_RESOLVE_HOST) {
		set(out, ND_STAGE_DNS, ND_END_UNRESOLVED);
		return;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(replies); i++) {
		if (replies[i].code != seen->reply)
			continue;
		bool refused = replies[i].socks == 5;
		set(out, ND_STAGE_PROXY_TUNNEL, refused ? ND_END_REFUSED : ND_END_SOCKS);
		out->socks_reply = replies[i].socks;
		out->proxy_reason = g_strdup(replies[i].reason);
		return;
	}
	/* SOCKS answers begin with the version, or with 0 (SOCKS 4). */
	const struct nd_wire *wire = seen->wire;
	bool foreign = wire && wire->n_first > 0 && wire->first[0] != 5 && wire->first[0] != 0;
	set(out, ND_STAGE_PROXY_TUNNEL,
		seen->reply == CURLPX_BAD_VERSION || foreign ? ND_END_NOT_HTTP : wire_ending(seen));
}

/* A connection stood, but the registry's TLS or HTTP did not get its turn. */
static bool read_proxy(struct nd_exchange *x, const struct seen *seen, struct nd_attempt *out)
{
	bool https_proxy = x->request.proxy && x->request.proxy->kind == ND_PROXY_KIND_HTTPS;
	if (https_proxy && (!x->proxy_hop.done || x->proxy_hop.failure != ND_HOP_FINE) &&
	    x->proxy_answer.status == 0 && x->answer.status == 0 && !x->hop.begun) {
		set(out, ND_STAGE_PROXY_TLS, tls_ending(&x->proxy_hop, seen));
		return true;
	}
	if (x->socks && x->reached_at == 0) {
		read_socks(x, seen, out);
		return true;
	}
	if (!x->tunnels || x->tunnel_open || x->hop.begun)
		return false;
	enum nd_ending ending = x->proxy_answer.complete || x->truncated ? ND_END_ANSWERED :
		http_ending(x, &x->proxy_answer, seen, !https_proxy);
	set(out, ND_STAGE_PROXY_TUNNEL, ending);
	return true;
}

static bool is_good(const struct nd_attempt *out)
{
	return out->status == 200 && out->json;
}

/* Inside a tunnel, too, where the proxy opens TLS: then its certificate is no public CA's. A registry whose
 * own front is such a proxy has one. */
static bool is_proxys(const struct nd_exchange *x, const struct seen *seen)
{
	/* A connection that is used again showed its certificate to the one that opened it. */
	const struct nd_exchange *opener = seen->wire ? seen->wire->owner : x;
	return x->proxy_http && nd_answer_is_proxys_own(&x->answer) &&
		(!x->tunnels || nd_hop_is_private(&opener->hop));
}

static void read_http(struct nd_exchange *x, const struct seen *seen, struct nd_attempt *out)
{
	bool whole = x->code == CURLE_OK || (x->truncated && x->answer.status > 0);
	bool absolute = x->proxy_http && !x->tunnels;
	if (whole) {
		bool proxys = is_proxys(x, seen);
		enum nd_stage answered = is_good(out) ? ND_STAGE_DONE : ND_STAGE_CONTENT;
		set(out, proxys ? ND_STAGE_PROXY_TUNNEL : answered, ND_END_ANSWERED);
		return;
	}
	bool clear = !x->https && !(x->request.proxy && x->request.proxy->kind == ND_PROXY_KIND_HTTPS);
	bool waiting = absolute && x->answer.status == 0;
	set(out, waiting ? ND_STAGE_PROXY_TUNNEL : ND_STAGE_HTTP,
		http_ending(x, &x->answer, seen, clear));
}

static bool is_of_type(const struct nd_answer *answer, const char *type)
{
	return answer->content_type && g_ascii_strncasecmp(answer->content_type, type, strlen(type)) == 0;
}

/* A web server that answers CONNECT with a page of its own, as it does everything: no tunnel at all. Where a
 * certificate or an alert comes there is one, whatever the headers say. */
static bool is_page_for_tunnel(const struct nd_exchange *x)
{
	const struct nd_answer *answer = &x->proxy_answer;
	bool body = answer->length && g_ascii_strtoull(answer->length, NULL, 10) > 0;
	return x->tunnels && x->tunnel_open && (body || is_of_type(answer, "text/html")) &&
		!x->hop.facts.seen && x->hop.failure != ND_HOP_REFUSED;
}

/* What carried credentials met with the end of its connection; on the next one it was held back. */
static bool is_not_repeated(const struct nd_exchange *x)
{
	return x->code == CURLE_ABORTED_BY_CALLBACK && x->carried;
}

static void read_ending(struct nd_exchange *x, const struct seen *seen, struct nd_attempt *out)
{
	bool tls_failed = x->https && x->answer.status == 0 && x->hop.begun &&
		(!x->hop.done || x->hop.failure != ND_HOP_FINE);
	if (x->code == CURLE_SSL_CERTPROBLEM)
		set(out, ND_STAGE_TLS, ND_END_OTHER);
	else if (is_not_repeated(x))
		set(out, ND_STAGE_HTTP, ND_END_CLOSED);
	else if (x->code != CURLE_OK && !seen->connected)
		read_unconnected(x, seen, out);
	else if (x->code != CURLE_OK && !x->sent && read_proxy(x, seen, out))
		return;
	else if (tls_failed && is_page_for_tunnel(x))
		set(out, ND_STAGE_PROXY_TUNNEL, ND_END_ANSWERED);
	else if (tls_failed || (x->https && x->code != CURLE_OK && !x->sent))
		set(out, ND_STAGE_TLS, tls_ending(&x->hop, seen));
	else
		read_http(x, seen, out);
}

static double ms(gint64 us)
{
	return (double)MAX(us, 0) / 1000;
}

/* Each is the time of that step alone; what we spent on reading roots is not the network's. */
static void read_timings(struct nd_exchange *x, const struct nd_wire *wire, struct nd_timings *out)
{
	curl_off_t dns = 0, connect = 0, total = 0;
	curl_easy_getinfo(x->easy, CURLINFO_NAMELOOKUP_TIME_T, &dns);
	curl_easy_getinfo(x->easy, CURLINFO_CONNECT_TIME_T, &connect);
	curl_easy_getinfo(x->easy, CURLINFO_TOTAL_TIME_T, &total);
	*out = (struct nd_timings){ -1, -1, -1, -1, ms(total) };
	if (x->opened == 0)
		return;
	out->dns_ms = ms(dns);
	/* With a proxy, libcurl counts until the proxy has let us through. */
	if (wire && wire->connected_at && (x->request.proxy || connect <= 0))
		connect = wire->connected_at - x->start;
	if (connect <= 0)
		return;
	out->connect_ms = ms(connect - dns);
	gint64 reached = x->reached_at ? x->reached_at - x->start : 0;
	if (x->request.proxy && reached > 0)
		out->proxy_ms = ms(reached - connect - x->proxy_hop.waited);
	if (x->hop.done)
		out->tls_ms = ms(x->hop.done_at - x->start - MAX(reached, connect) - x->hop.waited);
}

static char **dup_offers(const GPtrArray *offers)
{
	if (!offers)
		return NULL;
	char **copy = g_new0(char *, offers->len + 1);
	for (guint i = 0; i < offers->len; i++)
		copy[i] = g_strdup(offers->pdata[i]);
	return copy;
}

/* What a proxy says in plain text is short. */
#define MAX_TEXT ((size_t)2048)

/* `said` is the answer that the body belongs to. */
static void read_body(struct nd_exchange *x, const struct nd_answer *said, struct nd_attempt *out)
{
	struct nd_span body = { x->body->str, x->body->len };
	bool proxys = said == &x->proxy_answer || (x->proxy_http && nd_answer_is_proxys_own(said));
	nd_body_sniff(body, x->truncated, &out->json, &out->html, &out->reason);
	if (body.n > 0 && !out->json && !out->html && is_of_type(said, "text/html")) {
		out->html = true;
		out->reason = nd_body_title(body);
	}
	if (proxys && !out->reason && is_of_type(said, "text/plain") && !nd_answer_is_chunked(said))
		out->reason = nd_text_tidy(g_utf8_make_valid(body.p, (gssize)MIN(body.n, MAX_TEXT)));
}

static void read_head(struct nd_exchange *x, struct nd_attempt *out)
{
	const struct nd_answer *proxy = x->tunnels ? &x->proxy_answer : &x->answer;
	const struct nd_answer *said = x->answer.status ? &x->answer : &x->proxy_answer;
	out->status = x->answer.status;
	out->head = x->answer.complete;
	out->connect_status = x->proxy_answer.status;
	out->proxy_offers = dup_offers(proxy->proxy_offers);
	out->auth_offers = dup_offers(said->auth_offers);
	out->proxy_reason = g_strdup(proxy->squid_error);
	if (!out->proxy_reason && x->tunnels && !x->tunnel_open)
		out->proxy_reason = g_strdup(proxy->phrase);
	out->location = g_strdup(said->location);
	out->content_type = g_strdup(said->content_type);
	out->server = g_strdup(said->server);
	out->via = g_strdup(said->via);
	out->retry_after = g_strdup(said->retry_after);
	read_body(x, said, out);
}

static void read_package(const struct nd_exchange *x, struct nd_attempt *out)
{
	out->packument = x->request.packument;
	if (!out->packument || out->status != 200 || !out->json)
		return;
	g_autofree char *url = nd_body_tarball((struct nd_span){ x->body->str, x->body->len });
	if (!url)
		return;
	g_autofree char *host = nd_place_host(url);
	out->tarball_host = host ? nd_text_tidy(g_utf8_make_valid(host, -1)) : NULL;
}

static void carry(struct nd_exchange *x, const struct nd_attempt *first, struct nd_attempt *out)
{
	const struct nd_timings *past = &first->timings;
	double connected = MAX(past->dns_ms, 0) + MAX(past->connect_ms, 0) + MAX(past->proxy_ms, 0) +
		MAX(past->tls_ms, 0);
	if (x->request.proxy && !x->tunnels)
		connected -= MAX(past->proxy_ms, 0);
	double total = out->timings.total_ms;
	out->timings = *past;
	out->timings.total_ms = connected + total;
	nd_tls_facts_release(&out->tls);
	nd_tls_facts_release(&out->proxy_tls);
	nd_tls_facts_copy(&out->tls, &first->tls);
	nd_tls_facts_copy(&out->proxy_tls, &first->proxy_tls);
	if (x->tunnels && out->connect_status == 0)
		out->connect_status = first->connect_status;
}

static void read_wire(const struct seen *seen, struct nd_attempt *out)
{
	if (!seen->wire || !seen->wire->connected_at)
		return;
	out->remote_address = g_strdup(seen->wire->peer);
	out->bytes_sent = seen->wire->sent;
	out->bytes_received = seen->wire->received;
}

void nd_exchange_read(struct nd_exchange *x, const struct nd_attempt *first, struct nd_attempt *out)
{
	struct seen seen = look(x);
	*out = (struct nd_attempt){ .tried = true, .unverified = x->request.unverified };
	out->url = g_strdup(x->url);
	out->truncated = x->truncated;
	read_head(x, out);
	read_package(x, out);
	read_ending(x, &seen, out);
	read_timings(x, seen.wire, &out->timings);
	if (!is_not_repeated(x))
		read_wire(&seen, out);
	nd_hop_judge(&x->hop);
	nd_hop_judge(&x->proxy_hop);
	nd_tls_facts_copy(&out->tls, &x->hop.facts);
	nd_tls_facts_copy(&out->proxy_tls, &x->proxy_hop.facts);
	if (first && x->opened == 0)
		carry(x, first, out);
	nd_hide_secrets(&x->request, out);
}
