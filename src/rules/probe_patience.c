#include "rules/probe.h"

#include <math.h>

/* How long npm itself hangs on a failure that we have seen in moments. */

/* make-fetch-happen/lib/remote.js: every thrown error is tried again, and these statuses. */
static bool is_retried(const struct nd_attempt *a)
{
	int status = nd_answer_status(a);

	if (a->ending != ND_END_ANSWERED)
		return true;
	return status == 408 || status == 420 || status == 429 || status >= 500;
}

bool nd_breaks_off(const struct nd_attempt *a)
{
	return a->stage == ND_STAGE_HTTP && a->head && a->ending != ND_END_ANSWERED;
}

/* From npm 10 on fetch-timeout begins when the request is sent (@npmcli/agent has no limit of its own
 * for connecting, TLS and CONNECT); before that there were several, each with its code. */
const char *nd_timeout_code(const struct nd_facts *f, const struct nd_registry_facts *r,
	const struct nd_attempt *a)
{
	bool https = g_str_has_prefix(r->url, "https:"), socks = nd_is_socks(r);
	int npm = f->layers->npm_major;

	if (nd_breaks_off(a))
		return npm >= 10 ? "EIDLETIMEOUT" : npm == 9 ? "ERR_SOCKET_TIMEOUT" : "FETCH_ERROR";
	/* To a proxy over TLS, too, the request of an http registry is on its way. */
	if (a->stage == ND_STAGE_HTTP || (!https && !socks &&
		(a->stage == ND_STAGE_PROXY_TLS || a->stage == ND_STAGE_PROXY_TUNNEL)))
		return "FETCH_ERROR";
	if (npm >= 10 || (socks && npm < 9 && a->stage == ND_STAGE_PROXY_TUNNEL))
		return NULL;
	if (a->stage == ND_STAGE_TLS)
		return "FETCH_ERROR";
	return a->stage == ND_STAGE_CONNECT ? "ERR_SOCKET_TIMEOUT" : "ETIMEOUT";
}

/* retry/lib/retry.js, timeouts(): the waits between the attempts. */
static double waits_ms(const struct nd_patience *p)
{
	double sum = 0, wait = MAX(p->min_timeout_ms, 1);

	for (int i = 0; i < MIN(p->retries, 1000); i++, wait *= p->factor)
		sum += MIN(wait, p->max_timeout_ms);
	return sum;
}

static char *seconds_text(double seconds)
{
	if (seconds < 10)
		return g_strdup_printf("%.1f s", seconds);
	return g_strdup_printf("%.0f s", seconds);
}

void nd_probe_patience(const struct nd_facts *f, struct nd_finding *finding,
	const struct nd_registry_facts *r, const struct nd_attempt *a)
{
	struct nd_patience p = nd_view_patience(f->view);
	double attempts = nd_breaks_off(a) ? 1 : MAX(floor(p.retries), 0) + 1;
	double each = a->ending == ND_END_SILENT ? p.timeout_ms : MAX(a->timings.total_ms, 0);
	double seconds = (attempts * each + (attempts > 1 ? waits_ms(&p) : 0)) / 1000;
	g_autofree char *text = seconds_text(seconds);

	/* A name that is looked up in vain has the resolver's limit. */
	if (!is_retried(a) || (a->ending == ND_END_SILENT && (a->stage == ND_STAGE_DNS ||
		a->stage == ND_STAGE_PROXY_DNS)))
		return;
	if (a->ending == ND_END_SILENT && !nd_timeout_code(f, r, a)) {
		nd_finding_note(finding, "npm has no limit here: it would hang until the system gives up, %.0f "
			"time%s", attempts, attempts == 1 ? "" : "s");
		return;
	}
	if (seconds < 1)
		return;
	nd_finding_number(finding, "npmSeconds", floor(seconds * 10 + 0.5) / 10);
	nd_finding_note(finding, "npm would take about %s to say so: %.0f attempt%s, by its fetch-retry "
		"settings", text, attempts, attempts == 1 ? "" : "s");
}
