#ifndef NPMRC_DOCTOR_FACTS_H
#define NPMRC_DOCTOR_FACTS_H

#include <glib.h>
#include <npmrc-doctor/findings.h>
#include <npmrc-doctor/layer.h>
#include <npmrc-doctor/probe.h>
#include <npmrc-doctor/view.h>
#include <stdint.h>

/* Everything the rules may look at, joined and read-only. */

/* What git says about a file. */
enum nd_git_state {
	ND_GIT_UNKNOWN,  /* not asked, no git, or no work tree */
	ND_GIT_TRACKED,
	ND_GIT_UNTRACKED, /* in a work tree, not tracked and not ignored */
	ND_GIT_IGNORED,
};

struct nd_file_facts {
	const struct nd_layer *layer;
	enum nd_git_state git;
};

/* PEM text that a TLS setting names. A file of this many certificates is a bundle of roots: it is not
 * parsed, which would cost 20 ms and load OpenSSL, and one that holds an old root is no fault. */
#define ND_FACTS_BUNDLE 8
struct nd_pem_facts {
	GPtrArray *certs;  /* struct nd_cert; NULL: not read, or a bundle */
	size_t broken;
};

/* One registry with all that was decided and found. Several scopes may share it. */
struct nd_registry_facts {
	const struct nd_registry *registry; /* the first that has this URL */
	GPtrArray *scopes;                  /* const char *, without the default registry */
	bool is_default;
	char *url;                          /* without userinfo */
	struct nd_proxy *proxy;
	struct nd_credentials *credentials;
	const struct nd_probe_result *probe; /* NULL: not probed */
	const char *not_probed;             /* why, static text */
};

struct nd_facts {
	const struct nd_view *view;
	const struct nd_layers *layers;
	GPtrArray *files;       /* struct nd_file_facts of readable file layers, strongest first */
	GPtrArray *spots;       /* struct nd_spot */
	GPtrArray *registries;  /* struct nd_registry_facts, default first */
	const struct nd_trust *trust;
	struct nd_pem_facts cafile, extra; /* certs NULL: not read */
	int64_t now;            /* Unix seconds */
	bool files_only;        /* check FILE: no environment, no probe */
	bool offline;
	GPtrArray *results;     /* struct nd_probe_result, owned */
};
void nd_facts_free(struct nd_facts *facts);

/* Joins view and file metadata: no network. `now` is the clock's Unix seconds. The view must outlive
 * the result. */
struct nd_facts *nd_facts_new(const struct nd_view *view, int64_t now);

/* The probe's targets for these facts: one per registry that can be probed, in their order; the
 * array's elements and strings are owned by it. */
struct nd_targets {
	struct nd_probe_target *targets;
	struct nd_probe_proxy *proxies;
	size_t n;
};
struct nd_targets *nd_facts_targets(const struct nd_facts *facts);
void nd_targets_free(struct nd_targets *targets);
/* What to trust, for the probe; spans are borrowed from the facts. */
void nd_facts_trust(const struct nd_facts *facts, struct nd_probe_trust *out);
/* Takes the results, one per target of nd_facts_targets. */
void nd_facts_set_results(struct nd_facts *facts, GPtrArray *results);

/* The line of a setting as a finding's location, its excerpt drawn and redacted: the caret stands
 * under document bytes [start, end), or under the whole value where start == end == 0. */
void nd_facts_locate(const struct nd_facts *facts, const struct nd_setting *setting, size_t start,
	size_t end, struct nd_location *out);
/* The same for any line of a layer's file. */
void nd_facts_locate_line(const struct nd_layer *layer, size_t line, size_t start, size_t end,
	struct nd_location *out);
void nd_facts_locate_variable(const char *variable, struct nd_location *out);

#endif
