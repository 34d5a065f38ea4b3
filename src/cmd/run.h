#ifndef ND_CMD_RUN_H
#define ND_CMD_RUN_H

#include <npmrc-doctor/cmd.h>
#include <npmrc-doctor/deliver.h>
#include <npmrc-doctor/engine.h>
#include <npmrc-doctor/facts.h>

/* The stages of one run, in the order in which they are made; freed in reverse. */
struct nd_run {
	struct nd_npm *npm;
	bool shares_npm;  /* it is another run's */
	int npm_major, client_major;
	struct nd_layers *layers;
	struct nd_view *view;
	struct nd_facts *facts;
	struct nd_report *report;
	struct nd_policy *policy; /* or NULL */
	bool shares_policy; /* it is another run's, or there is none */
	/* Whether the user takes a CA that nothing on this machine knows for the right one; NULL: no. */
	bool (*trusts)(const struct nd_cert *ca, const char *url);
};

/* Finds npm and the version to imitate. */
bool nd_run_open(struct nd_run *run, const struct nd_context *context, GError **err);
/* The version as the report names it, owned by the caller. */
char *nd_run_version(const struct nd_run *run, const struct nd_context *context);
/* With them: reads what the context's options name, or with `file` that file alone. */
bool nd_run_load(struct nd_run *run, const struct nd_context *context, const char *file, GError **err);
/* Both. */
bool nd_run_read(struct nd_run *run, const struct nd_context *context, const char *file, GError **err);
/* Joins the facts, where `facts` are not there yet, probes unless it is offline or no rule asked for needs it, and
 * judges. */
bool nd_run_judge(struct nd_run *run, const struct nd_context *context, const bool *skip, GError **err);
/* The network part of it: every registry, then the other ways out of those that failed, all within the
 * time of --timeout. */
bool nd_run_probe(struct nd_run *run, const struct nd_context *context, const bool *skip, GError **err);
/* Looks for a cafile that would let npm verify what it cannot, and tries it; facts->remedy then. Fails in
 * silence: there is none. */
void nd_run_find_remedy(struct nd_run *run, double timeout_s);
void nd_run_release(struct nd_run *run);

/* Reads, and plans how secrets reach the call's COMMAND, or with NULL a shell's variables. */
bool nd_run_deliver(const struct nd_context *context, const struct nd_call *call, struct nd_delivery *out,
	GError **err);
/* Whether a keyring may ask the user: there is a terminal or a display. */
bool nd_run_interactive(const struct nd_context *context);

/* The readable files of the run, as struct nd_file, strongest layer first; the array is the caller's. */
GPtrArray *nd_run_files(const struct nd_run *run);

#endif
