#include "rules/probe.h"

/* The facts behind a finding of the probe, and what else they say. */

/* Where a redirect leads, without what may be a secret of somebody's: userinfo and query. */
static char *shown_location(const char *location)
{
	g_autofree char *place = g_strndup(location, strcspn(location, "?#"));

	return nd_url_redact_text(nd_span_of(place));
}

static const char *ending_name(enum nd_ending ending)
{
	static const char *const names[] = { "answered", "unresolved", "refused", "unreachable", "no-port",
		"reset", "closed", "silent", "not-http", "not-tls", "tls-refused", "untrusted", "socks",
		"other" };

	return names[ending];
}

static void add_wire(struct nd_finding *finding, const struct nd_attempt *a)
{
	nd_finding_text(finding, "stage", nd_stage_name(a->stage));
	nd_finding_text(finding, "ending", ending_name(a->ending));
	nd_finding_text(finding, "remoteAddress", a->remote_address);
	if (!a->remote_address)
		return;
	nd_finding_number(finding, "bytesSent", (double)a->bytes_sent);
	nd_finding_number(finding, "bytesReceived", (double)a->bytes_received);
	if (a->ending != ND_END_RESET && a->ending != ND_END_CLOSED)
		return;
	nd_finding_note(finding, "the %s came with the address %s after %zu bytes sent and %zu received; a "
		"firewall on the way can use that address, too", a->ending == ND_END_RESET ? "reset" : "end",
		a->remote_address, a->bytes_sent, a->bytes_received);
}

static void add_answer(struct nd_finding *finding, const struct nd_attempt *a)
{
	int status = nd_answer_status(a);
	g_autofree char *location = a->location ? shown_location(a->location) : NULL;

	if (status)
		nd_finding_number(finding, "httpStatus", status);
	nd_finding_list(finding, "offered", a->proxy_offers ? a->proxy_offers : a->auth_offers);
	nd_finding_text(finding, "reason", a->proxy_reason ? a->proxy_reason : a->reason);
	nd_finding_text(finding, "location", location);
	nd_finding_text(finding, "retryAfter", a->retry_after);
	if (a->stage == ND_STAGE_PROXY_TUNNEL && a->connect_status == 200 && !a->status)
		nd_finding_note(finding, a->truncated ? "its answer to CONNECT does not end" :
			"it answers CONNECT with a page in place of a tunnel");
	else if (a->stage == ND_STAGE_PROXY_TUNNEL && a->tls.seen)
		nd_finding_note(finding, "it opens TLS, with a certificate of %s, and answers in the registry's place",
			nd_issuer_of(&a->tls));
	if (a->proxy_reason)
		nd_finding_note(finding, "the proxy says: %s", a->proxy_reason);
	if (a->proxy_reason && a->reason) {
		nd_finding_text(finding, "page", a->reason);
		nd_finding_note(finding, "its page says: %s", a->reason);
	} else if (a->reason) {
		nd_finding_note(finding, "it says: %s", a->reason);
	}
	if (location)
		nd_finding_note(finding, "it redirects to %s", location);
	if (a->retry_after)
		nd_finding_note(finding, "it asks to wait (Retry-After: %s); npm does not heed that",
			a->retry_after);
	if (a->unverified)
		nd_finding_note(finding, "seen over a connection whose certificate fails npm's verification, "
			"which strict-ssl=false ignores; no credentials were sent");
}

/* Who else would accept it: the stores beside npm's own. */
static void add_stores(struct nd_finding *finding, const struct nd_tls_facts *tls)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_auto(GStrv) stores = NULL;

	if (tls->npm == ND_VERDICT_OK)
		g_strv_builder_add(builder, "npm");
	if (tls->system == ND_VERDICT_OK)
		g_strv_builder_add(builder, "system");
	if (tls->public_roots == ND_VERDICT_OK)
		g_strv_builder_add(builder, "public");
	stores = g_strv_builder_end(builder);
	nd_finding_list(finding, "acceptedBy", stores);
	if (!*stores && finding->rule != ND_RULE_TLS_SELF_SIGNED)
		nd_finding_note(finding, "no store accepts it: neither what npm trusts, nor the system's, nor the "
			"public roots");
}

/* Longer chains are shown by their beginning; npm looks no further than the first that it knows. */
#define MAX_SHOWN 4

static void add_certificates(struct nd_finding *finding, const GPtrArray *chain)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < chain->len; i++) {
		const struct nd_cert *cert = chain->pdata[i];
		g_autofree char *names = *cert->names ? nd_names_text(cert) : NULL;
		g_autofree char *from = nd_date_text(cert->not_before), *until = nd_date_text(cert->not_after);

		g_ptr_array_add(lines, g_strdup_printf("%s%s%s%s, issued by %s, valid from %s until %s, SHA-256 %s",
			cert->subject, names ? " (" : "", names ? names : "", names ? ")" : "", cert->issuer, from,
			until, cert->sha256));
		if (i < MAX_SHOWN)
			nd_finding_note(finding, "certificate %u of %u: %s", i + 1, chain->len,
				(char *)lines->pdata[i]);
	}
	g_ptr_array_add(lines, NULL);
	nd_finding_list(finding, "chain", (char **)lines->pdata);
}

static void add_chain(struct nd_finding *finding, const struct nd_tls_facts *tls)
{
	const struct nd_cert *leaf = tls->chain && tls->chain->len ? tls->chain->pdata[0] : NULL;

	if (!leaf)
		return;
	nd_finding_text(finding, "subject", leaf->subject);
	nd_finding_text(finding, "issuer", leaf->issuer);
	nd_finding_list(finding, "names", leaf->names);
	nd_finding_text(finding, "sha256", leaf->sha256);
	add_certificates(finding, tls->chain);
	if (tls->wrong_name && finding->rule != ND_RULE_TLS_HOSTNAME_MISMATCH)
		nd_finding_note(finding, "it is for other names, too: a CA alone will not mend that");
	add_stores(finding, tls);
	if (tls->npm != ND_VERDICT_OK && tls->system == ND_VERDICT_OK)
		nd_finding_note(finding, "the system trusts it; npm does not look into the system's store");
	if (tls->stand_in)
		nd_finding_note(finding, "node could not be asked for its roots: the system's Mozilla bundle was "
			"used in their place");
}

static void note_clock(const struct nd_facts *f, struct nd_finding *finding, const struct nd_tls_facts *tls)
{
	const struct nd_cert *leaf = tls->chain->pdata[0];
	g_autofree char *now = nd_date_text(f->now);
	g_autofree char *from = nd_date_text(leaf->not_before);
	g_autofree char *until = nd_date_text(leaf->not_after);

	nd_finding_note(finding, "it is valid from %s until %s and this machine's clock says %s%s", from, until,
		now, tls->npm == ND_VERDICT_NOT_YET_VALID ? ": the clock is the first suspect" : "");
}

static void note_ports(const struct nd_facts *f, struct nd_finding *finding)
{
	g_autoptr(GString) states = g_string_new(NULL);

	if (!f->counted)
		return;
	for (size_t i = 0; i < ND_SOCKET_STATES; i++) {
		if (!f->sockets.states[i] || !nd_socket_state_name(i))
			continue;
		g_string_append_printf(states, "%s%zu %s", states->len ? ", " : "", f->sockets.states[i],
			nd_socket_state_name(i));
		nd_finding_number(finding, nd_socket_state_name(i), (double)f->sockets.states[i]);
	}
	nd_finding_number(finding, "portRangeLow", f->sockets.low);
	nd_finding_number(finding, "portRangeHigh", f->sockets.high);
	nd_finding_note(finding, "local ports are %u to %u (net.ipv4.ip_local_port_range), %zu of this "
		"machine's sockets have one; by state: %s", f->sockets.low, f->sockets.high,
		f->sockets.in_range, states->len ? states->str : "none");
}

static void note_other_scheme(struct nd_finding *finding, const struct nd_registry_facts *r,
	const struct nd_attempt *a)
{
	g_autofree char *url = nd_other_scheme(r);
	bool https = g_str_has_prefix(r->url, "https:");
	/* What the proxy says in the registry's place is no answer of it. */
	bool answered = a->ending == ND_END_ANSWERED && a->stage != ND_STAGE_PROXY_TUNNEL;
	const struct nd_attempt *other = &r->probe->other;

	if (nd_connect_blocked(finding->rule, r))
		nd_finding_note(finding, "%s answers through the same proxy: what it blocks is CONNECT, which "
			"https needs", url);
	else if (finding->rule == ND_RULE_PROXY_NOT_A_PROXY && https && nd_reached(other))
		nd_finding_note(finding,
			"%s answers here: a web server does so by itself, whatever host is asked for, and "
			"a proxy that blocks CONNECT would",
			url);
	else if (!https && !answered && nd_reached(other))
		nd_finding_note(finding, "%s answers: drop the http registry", url);
	else if (!https && !answered && other->tls.seen)
		nd_finding_note(finding, "%s speaks TLS", url);
	else if (https && a->ending == ND_END_NOT_TLS && other->ending == ND_END_ANSWERED)
		nd_finding_note(finding, "%s answers: this port speaks plain HTTP", url);
}

static void note_direct(const struct nd_facts *f, struct nd_finding *finding,
	const struct nd_registry_facts *r)
{
	if (nd_answers_directly(finding->rule, r))
		nd_finding_note(finding, "%s answers without the proxy%s", r->url,
			nd_is_left_over(f, finding->rule, r) ? ": the setting is a left-over" : "");
}

/* A page in an http registry's place: whose it is cannot be told from outside. */
static void note_page(struct nd_finding *finding, const struct nd_registry_facts *r,
	const struct nd_attempt *a)
{
	const struct nd_attempt *other = &r->probe->other;

	if (!a->html || a->stage != ND_STAGE_CONTENT || !nd_proxy_used(r->proxy) || nd_is_socks(r) ||
		!g_str_has_prefix(r->url, "http:"))
		return;
	if (other->connect_status && nd_outcome_rule(other, r) == ND_RULE_PROXY_NOT_A_PROXY)
		nd_finding_note(finding, "asked for a tunnel, %s answers %d, as a web server does: it may be no proxy",
			r->proxy->url->host, other->connect_status);
	else
		nd_finding_note(finding, "it is a page and came through the proxy %s: it may be the proxy's own",
			r->proxy->url->host);
}

static void note_credentials(struct nd_finding *finding, const struct nd_registry_facts *r)
{
	if (finding->rule == ND_RULE_REGISTRY_AUTH_REJECTED &&
		nd_outcome_rule(&r->probe->main, r) == ND_RULE_COUNT)
		nd_finding_note(finding, "without credentials it answers: the stale credential breaks even "
			"public packages");
	if (finding->rule == ND_RULE_REGISTRY_AUTH_REQUIRED && r->credentials->unresolved)
		nd_finding_note(finding, "what is configured holds a ${VARIABLE} that is not set: it was not "
			"sent; npm would send it as it stands");
	if (r->probe->proxy_authenticated && nd_blames_proxy(finding->rule, nd_deciding(r)))
		nd_finding_text(finding, "sent", "Basic");
}

/* It was asked without its password, as everything that is found. */
static void note_locked(struct nd_finding *finding, const struct nd_registry_facts *r)
{
	g_autofree char *place = r->locked && !r->way ? nd_way_place(r->locked) : NULL;

	if (!place)
		return;
	nd_finding_note(finding, "the proxy of %s, %s, wants a password: it may be the way out, and npm would take it "
		"as https-proxy=http://user:${PASSWORD}@host:port/%s", place, r->locked->url, r->locked->password ?
		" (the password that stands there was not tried)" : "");
	nd_finding_text(finding, "lockedProxy", r->locked->url);
}

void nd_probe_notes(const struct nd_facts *f, struct nd_finding *finding,
	const struct nd_registry_facts *r, const struct nd_attempt *a)
{
	const struct nd_tls_facts *tls = nd_tls_of(a);
	const struct nd_cert *leaf = tls->chain && tls->chain->len ? tls->chain->pdata[0] : NULL;

	add_answer(finding, a);
	add_wire(finding, a);
	if (nd_is_tls_rule(finding->rule))
		add_chain(finding, tls);
	if (finding->rule == ND_RULE_TLS_EXPIRED && leaf)
		note_clock(f, finding, tls);
	if (finding->rule == ND_RULE_TLS_INCOMPLETE_CHAIN && leaf && leaf->issuer_url)
		nd_finding_note(finding, "the certificate says where its issuer is to be had: %s",
			leaf->issuer_url);
	if (finding->rule == ND_RULE_LOCAL_PORTS_EXHAUSTED)
		note_ports(f, finding);
	note_other_scheme(finding, r, a);
	note_direct(f, finding, r);
	note_page(finding, r, a);
	note_locked(finding, r);
	note_credentials(finding, r);
}
