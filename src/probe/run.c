#include "crypto.h"
#include "job.h"
#include "lookup.h"
#include "page.h"
#include "place.h"
#include "wire.h"

#include <npmrc-doctor/env.h>
#include <npmrc-doctor/signals.h>

#define OTHER_SCHEME_AT_LEAST (G_USEC_PER_SEC / 2)

static void free_result(struct nd_probe_result *result)
{
	nd_attempt_release(&result->main);
	nd_attempt_release(&result->authenticated);
	nd_attempt_release(&result->other);
	nd_attempt_release(&result->direct);
	g_free(result);
}

static void end_exchange(struct nd_exchange *x, CURLcode code)
{
	x->code = code;
	/* Still in the multi handle while it is read: a forced end has its connection open. */
	nd_job_step(x->owner, x);
	nd_exchange_stop(x);
}

static void take_messages(struct nd_probing *run)
{
	int left = 0;
	CURLMsg *message;
	while ((message = curl_multi_info_read(run->net.multi, &left))) {
		struct nd_exchange *x = NULL;
		if (message->msg != CURLMSG_DONE)
			continue;
		CURLcode code = message->data.result;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &x);
		if (!x || !x->running)
			continue;
		x->code = code;
		if (nd_page_read(x))
			g_ptr_array_add(run->pages, x);
		else
			end_exchange(x, code);
	}
}

/* What the end of one starts may be a page's again, but that is not here yet. */
static void read_pages(struct nd_probing *run)
{
	for (guint i = run->pages->len; i-- > 0;) {
		struct nd_exchange *x = run->pages->pdata[i];
		if (nd_page_read(x))
			continue;
		g_ptr_array_remove_index(run->pages, i);
		end_exchange(x, x->code);
	}
}

/* Waits until something happens, at most for so long. */
static void wait_for(struct nd_probing *run, gint64 us)
{
	g_autofree struct curl_waitfd *more = g_new0(struct curl_waitfd, run->pages->len + 1);
	for (guint i = 0; i < run->pages->len; i++) {
		const struct nd_exchange *x = run->pages->pdata[i];
		more[i] = (struct curl_waitfd){ .fd = x->page_fd, .events = CURL_WAIT_POLLIN };
		us = MIN(us, x->page_until - g_get_monotonic_time());
	}
	curl_multi_poll(run->net.multi, more, run->pages->len, (int)CLAMP(us / 1000 + 1, 0, 1000), NULL);
}

/* What is known when the time is up is the result. An end may start nothing new by then. */
static void end_all(struct nd_probing *run)
{
	for (guint i = 0; i < run->exchanges->len; i++) {
		struct nd_exchange *x = run->exchanges->pdata[i];
		if (x->running)
			end_exchange(x, x->page_fd >= 0 ? x->code : CURLE_OPERATION_TIMEDOUT);
	}
	g_ptr_array_set_size(run->pages, 0);
}

static void report(const struct nd_probe_options *options, struct nd_job *jobs, size_t n,
	size_t *last)
{
	size_t done = 0;
	for (size_t i = 0; i < n; i++)
		done += nd_job_is_done(&jobs[i]);
	if (done != *last && options->progress)
		options->progress(options->progress_data, done, n);
	*last = done;
}

/* A firewall that drops packets to the other scheme's port must not hold up a healthy check: once every
 * registry has answered, that try gets as long again as the answers took. */
static void bound_others(struct nd_probing *run, const struct nd_job *jobs, size_t n, gint64 started)
{
	gint64 now = g_get_monotonic_time();
	for (size_t i = 0; i < n; i++)
		if (!nd_job_is_answered(&jobs[i]))
			return;
	run->net.deadline = MIN(run->net.deadline, now + MAX(now - started, OTHER_SCHEME_AT_LEAST));
}

/* Waits for node at most (roots.c). The threads that it starts to resolve names may outlive the run: no signal is to
 * end the program in one of them, while the main one keeps it waiting. */
static void perform(CURLM *multi, int *running)
{
	sigset_t old;

	nd_signals_hold(&old);
	curl_multi_perform(multi, running);
	nd_signals_release(&old);
}

static void loop(struct nd_probing *run, struct nd_job *jobs, size_t n,
	const struct nd_probe_options *options)
{
	gint64 started = g_get_monotonic_time();
	gint64 half = started + (run->net.deadline - started) / 2;
	bool hurried = false;
	size_t reported = n + 1; /* so that the first look is told, too */
	while (run->active > 0) {
		int running = 0;
		nd_wire_sample(run->net.wires);
		perform(run->net.multi, &running);
		read_pages(run);
		take_messages(run);
		report(options, jobs, n, &reported);
		bound_others(run, jobs, n, started);
		gint64 now = g_get_monotonic_time();
		if (now >= run->net.deadline)
			end_all(run);
		for (size_t i = 0; !hurried && now >= half && i < n; i++)
			nd_job_hurry(&jobs[i]);
		hurried = now >= half;
		if (run->active == 0)
			break;
		gint64 wait = MIN(run->net.deadline, hurried ? run->net.deadline : half) - now;
		wait_for(run, wait);
	}
	report(options, jobs, n, &reported);
}

static bool needs_roots(const struct nd_probe_target *targets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (nd_place_is_https(targets[i].url) ||
		    (targets[i].proxy && targets[i].proxy->kind == ND_PROXY_KIND_HTTPS))
			return true;
	return false;
}

/* Never undone: a resolver's thread may outlive a run. npm knows no SSLKEYLOGFILE; libcurl, asked for it, would write
 * the keys of the connections that carry tokens into a file. */
static bool set_up_libcurl(void)
{
	static const char key_log[] = "SSLKEYLOGFILE";
	GPtrArray *hidden = nd_env_hide(key_log);
	bool ok = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;

	nd_env_show(hidden, key_log);
	return ok;
}

static bool open_run(struct nd_probing *run, const struct nd_probe_options *options, GError **err)
{
	gint64 span = (gint64)(CLAMP(options->timeout_s, 0.001, 86400) * G_USEC_PER_SEC);
	*run = (struct nd_probing){ 0 };
	nd_crypto_init();
	if (set_up_libcurl())
		run->net.multi = curl_multi_init();
	if (!run->net.multi) {
		g_set_error_literal(err, g_quark_from_static_string("nd-probe"), 1,
			"cannot set up libcurl");
		return false;
	}
	run->net.deadline = g_get_monotonic_time() + span;
	run->net.roots = nd_roots_new(options->trust, run->net.deadline);
	run->net.wires = nd_wires_new();
	run->exchanges = g_ptr_array_new_with_free_func((GDestroyNotify)nd_exchange_free);
	run->pages = g_ptr_array_new();
	run->groups = g_ptr_array_new_with_free_func((GDestroyNotify)nd_group_free);
	return true;
}

/* libcurl closes its connections last, and those point to exchanges, which point to the rest. */
static void close_run(struct nd_probing *run)
{
	for (guint i = 0; i < run->exchanges->len; i++)
		nd_exchange_stop(run->exchanges->pdata[i]);
	curl_multi_cleanup(run->net.multi);
	run->net.multi = NULL;
	g_ptr_array_unref(run->exchanges);
	g_ptr_array_unref(run->pages);
	g_ptr_array_unref(run->groups);
	g_ptr_array_unref(run->net.wires);
	nd_roots_free(run->net.roots);
}

GPtrArray *nd_probe_run(const struct nd_probe_target *targets, size_t n,
	const struct nd_probe_options *options, GError **err)
{
	struct nd_probing run;
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	if (!open_run(&run, options, err))
		return NULL;
	GPtrArray *results = g_ptr_array_new_with_free_func((GDestroyNotify)free_result);
	struct nd_job *jobs = g_new0(struct nd_job, n);
	/* OpenSSL writes without MSG_NOSIGNAL. */
	sigaction(SIGPIPE, &ignore, &before);
	if (needs_roots(targets, n))
		nd_roots_prefetch(run.net.roots);
	for (size_t i = 0; i < n; i++) {
		struct nd_probe_result *result = g_new0(struct nd_probe_result, 1);
		g_ptr_array_add(results, result);
		nd_job_init(&jobs[i], &run, &targets[i], result);
	}
	for (size_t i = 0; i < n; i++)
		nd_job_start(&jobs[i]);
	loop(&run, jobs, n, options);
	nd_lookup_explain(targets, n, results, run.net.deadline);
	close_run(&run);
	for (size_t i = 0; i < n; i++)
		nd_job_release(&jobs[i]);
	g_free(jobs);
	sigaction(SIGPIPE, &before, NULL);
	return results;
}
