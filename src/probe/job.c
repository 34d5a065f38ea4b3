#include "job.h"

#include "place.h"

#include <string.h>

enum { ROLE_MAIN, ROLE_AUTHENTICATED, ROLE_OTHER, ROLE_DIRECT, ROLE_PROXY_TLS, ROLE_MOVED };
enum { STEP_PING, STEP_ROOT, STEP_PACKAGE, STEP_WHOAMI };

/* npm follows 20 (minipass-fetch/lib/index.js); a registry that needs more than a few is none. */
#define MAX_REDIRECTS 5

static void finish_main(struct nd_job *job, struct nd_attempt *now, int step);

static char *url_of(const struct nd_job *job, int step)
{
	switch (step) {
	case STEP_PING:
		return g_strconcat(job->base, "-/ping", NULL);
	case STEP_WHOAMI:
		return g_strconcat(job->base, "-/whoami", NULL);
	case STEP_PACKAGE:
		return nd_place_package(job->base, job->target->package);
	default:
		return g_strdup(job->base);
	}
}

static struct nd_exchange *start(struct nd_job *job, int role, struct nd_request *request)
{
	struct nd_exchange *x = nd_exchange_start(&job->run->net, request);
	if (!x)
		return NULL;
	x->owner = job;
	x->role = role;
	g_ptr_array_add(job->run->exchanges, x);
	job->run->active++;
	job->active++;
	return x;
}

/* An https proxy that failed verification gets no password; a plain one cannot be verified anyway. */
static bool may_send_to_proxy(const struct nd_job *job)
{
	return job->group && !(job->unverified && job->group->proxy->kind == ND_PROXY_KIND_HTTPS);
}

static bool start_main(struct nd_job *job, int step, const struct nd_secret *authorization)
{
	g_autofree char *url = url_of(job, step);
	struct nd_request request = {
		.url = url,
		.proxy = job->target->proxy,
		.proxy_credentials = may_send_to_proxy(job),
		.authorization = authorization,
		.certfile = job->target->certfile,
		.keyfile = job->target->keyfile,
		.unverified = job->unverified,
		/* libcurl cannot tell our verified connections from the others: those are kept apart. */
		.alone = job->unverified,
		/* Another target's connection would show no facts of ours. */
		.fresh = step == STEP_PING && !authorization,
		.packument = step == STEP_PACKAGE,
		.public_host = job->target->public_host,
	};
	struct nd_exchange *x = start(job, authorization ? ROLE_AUTHENTICATED : ROLE_MAIN, &request);
	if (x)
		x->step = step;
	return x != NULL;
}

static void start_direct(struct nd_job *job)
{
	g_autofree char *url = url_of(job, STEP_PING);
	struct nd_request request = { .url = url, .alone = true };
	if (!job->direct && !job->target->only_path)
		job->direct = start(job, ROLE_DIRECT, &request);
}

static void start_other(struct nd_job *job)
{
	bool may_send = job->group && job->group->state == ND_GROUP_ACCEPTED && may_send_to_proxy(job);
	if (job->other_started || !job->target->other_scheme || !job->other)
		return;
	job->other_started = true;
	/* Without the password the proxy would only ask for it. */
	if (job->group && !may_send)
		return;
	g_autofree char *url = g_strconcat(job->other, "-/ping", NULL);
	struct nd_request request = { .url = url, .proxy = job->target->proxy,
		.proxy_credentials = may_send, .alone = true };
	job->other_running = start(job, ROLE_OTHER, &request) != NULL;
}

/* The time was up before it could begin, or the URL is none that libcurl takes. */
static void fail_main(struct nd_job *job)
{
	struct nd_attempt now = { .tried = true, .url = g_strdup(job->base),
		.stage = job->target->proxy ? ND_STAGE_PROXY_CONNECT : ND_STAGE_CONNECT,
		.ending = job->base ? ND_END_SILENT : ND_END_OTHER,
		.timings = { -1, -1, -1, -1, -1 } };
	finish_main(job, &now, STEP_PING);
}

/* Another target's connection to this proxy stands for ours. */
static void borrow_main(struct nd_job *job)
{
	struct nd_attempt now;
	nd_attempt_copy(&now, &job->group->found);
	g_free(now.url);
	now.url = url_of(job, STEP_PING);
	job->result->withheld = job->group->state == ND_GROUP_REJECTED;
	finish_main(job, &now, STEP_PING);
}

static void begin_main(struct nd_job *job)
{
	struct nd_group *group = may_send_to_proxy(job) ? job->group : NULL;
	if (group && group->state == ND_GROUP_SCOUTING) {
		g_ptr_array_add(group->waiting, job);
		return;
	}
	if (group && (group->state == ND_GROUP_REJECTED || group->state == ND_GROUP_DEAD)) {
		borrow_main(job);
		return;
	}
	if (group && group->state == ND_GROUP_UNTESTED) {
		group->state = ND_GROUP_SCOUTING;
		group->scout = job;
	}
	if (start_main(job, STEP_PING, NULL))
		return;
	if (group && group->scout == job) {
		group->state = ND_GROUP_UNTESTED;
		group->scout = NULL;
	}
	fail_main(job);
}

void nd_job_start(struct nd_job *job)
{
	if (!job->base) {
		fail_main(job);
		return;
	}
	begin_main(job);
	if (!job->group)
		start_other(job);
}

static void settle_group(struct nd_job *job, struct nd_group *group, const struct nd_exchange *x,
	const struct nd_attempt *now)
{
	if (!group || group->scout != job)
		return;
	g_autoptr(GPtrArray) waiting = nd_group_settle(group, x, now, job->target->strict);
	for (guint i = 0; i < waiting->len; i++)
		begin_main(waiting->pdata[i]);
	if (group == job->group && group->state == ND_GROUP_ACCEPTED)
		start_other(job);
}

static bool by_registry(const struct nd_attempt *attempt)
{
	return attempt->ending == ND_END_ANSWERED &&
		(attempt->stage == ND_STAGE_DONE || attempt->stage == ND_STAGE_CONTENT);
}

/* The step that may decide after this answer, or -1. An install asks for packages: where one is known
 * it decides. A ping may be absent, forbidden or empty (a caching mirror's); a root may be a page for
 * people (verdaccio) or absent (GitLab). */
static int next_step(const struct nd_job *job, const struct nd_attempt *now, int step)
{
	if (step != STEP_PING || !by_registry(now) || now->status == 401 || now->status == 429 ||
	    (now->status == 403 && job->target->authorization))
		return -1;
	if (job->target->package)
		return STEP_PACKAGE;
	return now->stage == ND_STAGE_DONE ? -1 : STEP_ROOT;
}

/* Whether the ping said more than what was asked for after it. */
static bool ping_decides(const struct nd_job *job, const struct nd_attempt *now, int step)
{
	const struct nd_attempt *ping = &job->ping;
	if (!ping->tried || !by_registry(now) || now->stage == ND_STAGE_DONE || now->status == 401 ||
	    now->status >= 500)
		return false;
	if (step == STEP_PACKAGE)
		return ping->stage == ND_STAGE_DONE && now->status == 404;
	/* The JSON one of two useless answers says more: a registry wrote it. */
	if (ping->json && !now->json && ping->status < 500)
		return true;
	return ping->status == 200 && !ping->html;
}

static void replace(struct nd_attempt *to, struct nd_attempt *from)
{
	nd_attempt_release(to);
	*to = *from;
	*from = (struct nd_attempt){ 0 };
}

static bool was_sent_to_proxy(const struct nd_exchange *x, const struct nd_attempt *now)
{
	return x->request.proxy_credentials && now->stage != ND_STAGE_PROXY_DNS &&
		now->stage != ND_STAGE_PROXY_CONNECT && now->stage != ND_STAGE_PROXY_TLS;
}

/* Takes `now`. */
static void go_on(struct nd_job *job, struct nd_attempt *now, int step)
{
	int next = next_step(job, now, step);
	if (next >= 0 && start_main(job, next, NULL)) {
		replace(&job->ping, now);
		return;
	}
	if (ping_decides(job, now, step)) {
		job->hidden = step == STEP_PACKAGE;
		replace(now, &job->ping);
	}
	finish_main(job, now, step);
}

static bool is_redirect(const struct nd_attempt *now)
{
	return by_registry(now) && now->location && (now->status == 301 || now->status == 302 ||
		now->status == 303 || now->status == 307 || now->status == 308);
}

/* Asks without any credentials, as one that has none of ours: a redirect may lead anywhere. */
static bool start_moved(struct nd_job *job, const struct nd_attempt *from)
{
	g_autofree char *url = nd_place_resolve(from->url, from->location);
	const struct nd_probe_target *target = job->target;
	const struct nd_probe_proxy *proxy = target->proxy;
	if (!url || job->redirects++ >= MAX_REDIRECTS ||
	    (target->route && !target->route(target->route_data, url, &proxy)))
		return false;
	struct nd_group *group = proxy && (proxy->user || proxy->password) ?
		nd_group_join(job->run->groups, proxy) : NULL;
	/* Its password is not sent while another connection tries it, nor where that has failed. */
	if (group && ((group->state != ND_GROUP_ACCEPTED && group->state != ND_GROUP_UNTESTED) ||
		(job->unverified && proxy->kind == ND_PROXY_KIND_HTTPS)))
		return false;
	struct nd_request request = { .url = url, .proxy = proxy, .alone = true,
		.proxy_credentials = group != NULL, .unverified = job->unverified,
		.packument = job->moved_step == STEP_PACKAGE };
	if (!start(job, ROLE_MOVED, &request))
		return false;
	job->moved_group = group;
	if (group && group->state == ND_GROUP_UNTESTED) {
		group->state = ND_GROUP_SCOUTING;
		group->scout = job;
	}
	return true;
}

/* A registry may live elsewhere than its URL says: npm follows. Takes `now` where it does. */
static bool follow(struct nd_job *job, struct nd_attempt *now, int step)
{
	/* What is asked next may still decide. */
	if (!is_redirect(now) || (step == STEP_PING && job->target->package))
		return false;
	job->moved_step = step;
	job->redirects = 0;
	if (!start_moved(job, now))
		return false;
	replace(&job->moved, now);
	return true;
}

static void on_main(struct nd_job *job, struct nd_exchange *x)
{
	struct nd_attempt now;
	nd_exchange_read(x, job->first.tried ? &job->first : NULL, &now);
	if (x->opened > 0) {
		nd_attempt_release(&job->first);
		nd_attempt_copy(&job->first, &now);
	}
	if (was_sent_to_proxy(x, &now))
		job->result->proxy_authenticated = true;
	settle_group(job, job->group, x, &now);
	if (now.ending == ND_END_UNTRUSTED && !job->target->strict && !job->unverified) {
		job->unverified = true;
		if (start_main(job, STEP_PING, NULL)) {
			nd_attempt_release(&now);
			return;
		}
		job->unverified = false;
	}
	if (!follow(job, &now, x->step))
		go_on(job, &now, x->step);
}

/* The end of the chain stands for its beginning, which keeps its URL and facts. */
static void on_moved(struct nd_job *job, struct nd_exchange *x)
{
	struct nd_attempt then, now = job->moved;
	int step = job->moved_step;
	nd_exchange_read(x, NULL, &then);
	settle_group(job, job->moved_group, x, &then);
	job->moved = (struct nd_attempt){ 0 };
	if (is_redirect(&then) && start_moved(job, &then)) {
		job->moved = now;
		nd_attempt_release(&then);
		return;
	}
	if (then.stage == ND_STAGE_DONE) {
		now.stage = ND_STAGE_DONE;
		now.status = then.status;
		now.json = true;
		now.tarball_host = g_steal_pointer(&then.tarball_host);
	} else if (by_registry(&then) && then.status == 401 && !then.html) {
		/* npm, to the same host, would bring its credentials along: no verdict without them. */
		now.status = then.status;
		now.json = then.json;
		g_strfreev(now.auth_offers);
		now.auth_offers = g_steal_pointer(&then.auth_offers);
		g_free(now.reason);
		now.reason = g_steal_pointer(&then.reason);
	} else if (by_registry(&then)) {
		now.html = then.html;
		g_free(now.reason);
		now.reason = g_steal_pointer(&then.reason);
	}
	nd_attempt_release(&then);
	go_on(job, &now, step);
}

/* The request that is made with credentials, or -1: what was refused without them; otherwise whoami,
 * and that only of something that speaks like a registry. */
static int authenticated_step(const struct nd_job *job, const struct nd_attempt *now, int step)
{
	if (!job->target->authorization || !by_registry(now) || job->unverified ||
	    (nd_place_is_https(job->base) && now->tls.npm != ND_VERDICT_OK))
		return -1;
	if (now->status == 401 && now->location)
		return -1; /* said at the end of a redirect */
	if (now->status == 401 || now->status == 403 || (now->status == 404 && step == STEP_PACKAGE))
		return step;
	if (job->hidden)
		return STEP_PACKAGE;
	return now->stage == ND_STAGE_DONE || (now->status == 404 && now->json) ? STEP_WHOAMI : -1;
}

static bool proxy_failed(const struct nd_job *job, const struct nd_attempt *now)
{
	if (!job->target->proxy || now->stage == ND_STAGE_DONE || now->stage > ND_STAGE_TLS)
		return false;
	return now->stage != ND_STAGE_TLS || now->ending != ND_END_UNTRUSTED;
}

/* Whether an http:// proxy may have been waiting for a TLS greeting. */
static bool may_want_tls(const struct nd_job *job, const struct nd_attempt *now)
{
	if (!job->target->proxy || job->target->proxy->kind != ND_PROXY_KIND_HTTP ||
	    now->stage != ND_STAGE_PROXY_TUNNEL || job->target->only_path)
		return false;
	return now->ending == ND_END_NOT_HTTP || now->ending == ND_END_CLOSED ||
		now->ending == ND_END_RESET || now->connect_status == 400 || now->status == 400;
}

static void start_proxy_tls(struct nd_job *job)
{
	g_autofree char *url = url_of(job, STEP_PING);
	job->tls_proxy = (struct nd_probe_proxy){ .kind = ND_PROXY_KIND_HTTPS,
		.host = job->target->proxy->host, .port = job->target->proxy->port };
	struct nd_request request = { .url = url, .proxy = &job->tls_proxy, .alone = true };
	start(job, ROLE_PROXY_TLS, &request);
}

static void drop_direct(struct nd_job *job)
{
	if (job->direct && job->direct->running) {
		nd_exchange_stop(job->direct);
		job->run->active--;
		job->active--;
	}
	nd_attempt_release(&job->result->direct);
}

/* Takes `now`. */
static void finish_main(struct nd_job *job, struct nd_attempt *now, int step)
{
	int again = authenticated_step(job, now, step);
	replace(&job->result->main, now);
	job->main_done = true;
	if (!job->base)
		return;
	if (again >= 0)
		start_main(job, again, job->target->authorization);
	start_other(job);
	if (proxy_failed(job, &job->result->main))
		start_direct(job);
	else
		drop_direct(job);
	if (may_want_tls(job, &job->result->main))
		start_proxy_tls(job);
}

static void on_authenticated(struct nd_job *job, struct nd_exchange *x)
{
	struct nd_probe_result *result = job->result;
	struct nd_attempt *now = &result->authenticated;
	if (x->withheld)
		return;
	nd_exchange_read(x, job->first.tried ? &job->first : NULL, now);
	if (!by_registry(now))
		return;
	bool whoami = x->step == STEP_WHOAMI;
	bool passed = !whoami && result->main.status == 401 && now->status == 404;
	if (now->status == 401)
		result->state = ND_CREDENTIAL_REJECTED;
	else if (passed || (now->status == 200 && (now->json || !whoami)))
		result->state = ND_CREDENTIAL_ACCEPTED;
}

static void on_other(struct nd_job *job, struct nd_exchange *x)
{
	job->other_running = false;
	nd_exchange_read(x, NULL, &job->result->other);
}

void nd_job_step(struct nd_job *job, struct nd_exchange *x)
{
	job->active--;
	job->run->active--;
	if (x->role == ROLE_MAIN)
		on_main(job, x);
	else if (x->role == ROLE_MOVED)
		on_moved(job, x);
	else if (x->role == ROLE_AUTHENTICATED)
		on_authenticated(job, x);
	else if (x->role == ROLE_OTHER)
		on_other(job, x);
	else if (x->role == ROLE_PROXY_TLS)
		job->result->proxy_speaks_tls = x->proxy_hop.facts.seen;
	else
		nd_exchange_read(x, NULL, &job->result->direct);
}

void nd_job_hurry(struct nd_job *job)
{
	if (!job->main_done && job->target->proxy && job->base && !job->first.tried)
		start_direct(job);
}

bool nd_job_is_done(const struct nd_job *job)
{
	return job->main_done && job->active == 0;
}

bool nd_job_is_answered(const struct nd_job *job)
{
	return job->main_done && job->result->main.ending == ND_END_ANSWERED &&
		job->active == (job->other_running ? 1 : 0);
}

void nd_job_init(struct nd_job *job, struct nd_probing *run, const struct nd_probe_target *target,
	struct nd_probe_result *result)
{
	const struct nd_probe_proxy *proxy = target->proxy;
	*job = (struct nd_job){ .run = run, .target = target, .result = result };
	job->base = nd_place_base(target->url);
	job->other = job->base ? nd_place_other(job->base) : NULL;
	if (proxy && proxy->kind != ND_PROXY_KIND_NONE && (proxy->user || proxy->password))
		job->group = nd_group_join(run->groups, proxy);
}

void nd_job_release(struct nd_job *job)
{
	g_free(job->base);
	g_free(job->other);
	nd_attempt_release(&job->first);
	nd_attempt_release(&job->ping);
	nd_attempt_release(&job->moved);
}
