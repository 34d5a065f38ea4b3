#ifndef NPMRC_DOCTOR_POLICY_H
#define NPMRC_DOCTOR_POLICY_H

#include <glib.h>
#include <npmrc-doctor/doc.h>
#include <npmrc-doctor/findings.h>
#include <npmrc-doctor/settings.h>
#include <npmrc-doctor/url.h>

/* What those who are responsible for a machine or a project have decided: the policy file, and which
 * findings are known and accepted. */

/* Larger policy files and baselines are refused whole. */
#define ND_POLICY_MAX_FILE ((size_t)1024 * 1024)

/* Says that findings of a rule are accepted, and why. */
struct nd_suppression {
	enum nd_rule rule; /* ND_RULE_COUNT with a fault */
	char *reason;      /* NULL with a fault */
	char *fault;       /* why it is no suppression; NULL: it is one */
	guint32 until;     /* the last day that it holds, as GDate counts them; 0: for ever */
	unsigned line;     /* where it stands, from 1 */
	unsigned target;   /* the line whose findings it means; 0: those of every file and line */
	enum nd_layer_id layer;
	char *file;        /* where it stands: the policy file, or the .npmrc that it is about */
};
void nd_suppression_free(struct nd_suppression *suppression);
/* Whether the finding is one that it means. */
bool nd_suppression_means(const struct nd_suppression *suppression, const struct nd_finding *finding);
/* Its last day as text, owned by the caller. */
char *nd_suppression_end(const struct nd_suppression *suppression);

/* "; npmrc-doctor-ignore RULE [until=YYYY-MM-DD]: reason" above a line, with # too; comments on lines
 * that follow each other mean the line below them all. Appends struct nd_suppression. */
void nd_suppressions_find(const struct nd_doc *doc, enum nd_layer_id layer, const char *file, GPtrArray *out);

enum nd_policy_proxy {
	ND_POLICY_PROXY_ANY,
	ND_POLICY_PROXY_REQUIRED,
	ND_POLICY_PROXY_NONE,
	ND_POLICY_PROXY_URL,
};

struct nd_policy_scope {
	char *scope;           /* "@corp" */
	struct nd_url *url;
};

struct nd_policy {
	char *path;
	GPtrArray *registries; /* struct nd_url: the only ones allowed; NULL: any */
	GPtrArray *scopes;     /* struct nd_policy_scope */
	enum nd_policy_proxy proxy;
	struct nd_url *proxy_url;
	int severities[ND_RULE_COUNT]; /* enum nd_severity, -1: the rule's own */
	double timeout;        /* seconds; 0: not set */
	GPtrArray *ignores;    /* struct nd_suppression */
	GPtrArray *faults;     /* struct nd_ini_fault, in the order of the file */
};

/* Never NULL: what is wrong is in `faults`, the rest holds. Owned by the caller. */
struct nd_policy *nd_policy_parse(const char *path, struct nd_span bytes);
void nd_policy_free(struct nd_policy *policy);

/* Whether the URL is the allowed one or lies below it; a slash at the end makes no difference. */
bool nd_policy_allows(const struct nd_url *allowed, const struct nd_url *url);

/* The day (UTC) of a time in seconds since 1970, as GDate counts them. */
guint32 nd_policy_today(int64_t now);
/* YYYY-MM-DD as GDate counts days; 0 where there is no such day. */
guint32 nd_policy_day(const char *text);
/* The rules that nothing takes the edge off: what makes the others unreliable. */
bool nd_policy_is_fixed(enum nd_rule rule);

#endif
