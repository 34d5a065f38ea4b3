#ifndef ND_PROBE_JOB_H
#define ND_PROBE_JOB_H

#include "exchange.h"

enum nd_group_state {
	ND_GROUP_UNTESTED,
	ND_GROUP_SCOUTING, /* one connection is finding out, the others wait */
	ND_GROUP_ACCEPTED,
	ND_GROUP_REJECTED,
	ND_GROUP_DEAD,     /* the proxy does not answer; one connection's facts serve all */
};

struct nd_job;

/* The targets that go through one proxy with the same credentials. */
struct nd_group {
	const struct nd_probe_proxy *proxy;
	enum nd_group_state state;
	struct nd_job *scout;
	GPtrArray *waiting;      /* struct nd_job, borrowed */
	struct nd_attempt found; /* what the scout met, when REJECTED or DEAD */
	bool sent;               /* and whether the credentials got out */
};

struct nd_probing {
	struct nd_net net;
	GPtrArray *exchanges; /* struct nd_exchange, owned: all that were started */
	GPtrArray *pages;     /* struct nd_exchange, borrowed: over but for a proxy's page */
	GPtrArray *groups;    /* struct nd_group, owned */
	size_t active;        /* exchanges under way */
};

/* One target on its way. */
struct nd_job {
	struct nd_probing *run;
	const struct nd_probe_target *target;
	struct nd_probe_result *result;
	struct nd_group *group; /* NULL: no credentials for the proxy */
	char *base, *other;
	bool unverified, main_done, other_started, other_running;
	size_t active;
	struct nd_attempt first; /* the attempt that opened the main connection */
	struct nd_attempt ping;  /* what ping said, while more is asked */
	struct nd_attempt moved; /* the answer that sent us elsewhere, while that is asked */
	int moved_step, redirects;
	struct nd_group *moved_group; /* of the proxy on the way there, or NULL */
	bool hidden;             /* the package was not found without credentials */
	struct nd_probe_proxy tls_proxy; /* the proxy, spoken to over TLS */
	struct nd_exchange *direct;
};

void nd_job_init(struct nd_job *job, struct nd_probing *run, const struct nd_probe_target *target,
	struct nd_probe_result *result);
void nd_job_release(struct nd_job *job);
void nd_job_start(struct nd_job *job);
/* An exchange of the job has ended; its code is set. */
void nd_job_step(struct nd_job *job, struct nd_exchange *x);
/* Half of the time is over: a proxy that is still silent must not keep us from trying without it. */
void nd_job_hurry(struct nd_job *job);
bool nd_job_is_done(const struct nd_job *job);
/* The registry has answered, and at most the try of the other scheme, which nobody needs, is under way. */
bool nd_job_is_answered(const struct nd_job *job);

/* Joins the group of the same proxy and credentials, or a new one. */
struct nd_group *nd_group_join(GPtrArray *groups, const struct nd_probe_proxy *proxy);
void nd_group_free(struct nd_group *group);
/* The scout's first answer decides for those who wait: returns them, to be started anew, and leaves the
 * group in its new state. */
GPtrArray *nd_group_settle(struct nd_group *group, const struct nd_exchange *x,
	const struct nd_attempt *seen, bool strict);

#endif
