#include "job.h"

static bool same_proxy(const struct nd_probe_proxy *a, const struct nd_probe_proxy *b)
{
	return a->kind == b->kind && a->port == b->port && g_strcmp0(a->host, b->host) == 0 &&
		!a->user == !b->user && !a->password == !b->password &&
		(!a->user || nd_secret_equal(a->user, b->user)) &&
		(!a->password || nd_secret_equal(a->password, b->password));
}

struct nd_group *nd_group_join(GPtrArray *groups, const struct nd_probe_proxy *proxy)
{
	for (guint i = 0; i < groups->len; i++) {
		struct nd_group *group = groups->pdata[i];
		if (same_proxy(group->proxy, proxy))
			return group;
	}
	struct nd_group *group = g_new0(struct nd_group, 1);
	group->proxy = proxy;
	group->waiting = g_ptr_array_new();
	g_ptr_array_add(groups, group);
	return group;
}

void nd_group_free(struct nd_group *group)
{
	g_ptr_array_unref(group->waiting);
	nd_attempt_release(&group->found);
	g_free(group);
}

/* tinyproxy answers 401 where others say 407. */
static bool is_rejected(const struct nd_exchange *x, const struct nd_attempt *seen)
{
	long reply = 0;
	curl_easy_getinfo(x->easy, CURLINFO_PROXY_ERROR, &reply);
	return seen->connect_status == 407 || seen->connect_status == 401 || seen->status == 407 ||
		(seen->status == 401 && seen->stage == ND_STAGE_PROXY_TUNNEL) ||
		reply == CURLPX_USER_REJECTED;
}

static enum nd_group_state verdict(const struct nd_exchange *x, const struct nd_attempt *seen,
	bool strict)
{
	bool proxys = seen->stage >= ND_STAGE_PROXY_DNS && seen->stage <= ND_STAGE_PROXY_TUNNEL;
	if (is_rejected(x, seen))
		return ND_GROUP_REJECTED;
	/* A SOCKS 5 proxy asks for the password before it looks at the destination. */
	if (!proxys || seen->socks_reply > 0)
		return ND_GROUP_ACCEPTED;
	/* 403 may come before the proxy has looked at the password, so the next one goes alone, too. */
	if (seen->ending == ND_END_ANSWERED || seen->ending == ND_END_SOCKS)
		return ND_GROUP_UNTESTED;
	/* Where verification is off, each has to try again by itself. */
	if (seen->ending == ND_END_UNTRUSTED && !strict)
		return ND_GROUP_UNTESTED;
	return ND_GROUP_DEAD;
}

GPtrArray *nd_group_settle(struct nd_group *group, const struct nd_exchange *x,
	const struct nd_attempt *seen, bool strict)
{
	GPtrArray *waiting = group->waiting;
	group->waiting = g_ptr_array_new();
	group->state = verdict(x, seen, strict);
	group->scout = NULL;
	if (group->state == ND_GROUP_REJECTED || group->state == ND_GROUP_DEAD)
		nd_attempt_copy(&group->found, seen);
	return waiting;
}
