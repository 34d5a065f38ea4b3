#ifndef NPMRC_DOCTOR_FACTS_H
#define NPMRC_DOCTOR_FACTS_H

#include <glib.h>
#include <npmrc-doctor/findings.h>
#include <npmrc-doctor/layer.h>
#include <npmrc-doctor/policy.h>
#include <npmrc-doctor/probe.h>
#include <npmrc-doctor/source.h>
#include <npmrc-doctor/view.h>
#include <stdint.h>

/* Everything the rules may look at, joined and read-only. */

struct nd_file_facts {
	const struct nd_layer *layer;
	enum nd_git_state git; /* asked only where the file holds a written-out credential */
};

/* A file that npm would read if it had the right name. */
struct nd_misnamed {
	enum nd_layer_id layer;
	char *path, *wanted;
};

/* An .npmrc that is there and does not count. */
struct nd_ignored {
	enum nd_layer_id layer;
	char *path;
	char *why;
};

/* PEM text that a TLS setting names. A file of this many certificates is a bundle of roots: it is not
 * parsed, which would cost 20 ms and load OpenSSL, and one that holds an old root is no fault. */
#define ND_FACTS_BUNDLE 8
struct nd_pem_facts {
	const struct nd_file *file; /* it was read from, borrowed; NULL: from a setting */
	GPtrArray *certs;  /* struct nd_cert; NULL: not read, or a bundle */
	size_t broken;
};

/* A cafile with which npm verifies what it cannot verify now: known to work, as every registry whose
 * certificate was seen has passed a strict probe with it. */
struct nd_remedy {
	char *path;
	char *pem;       /* its content, where it has to be made first; NULL: it is there */
	char *what;      /* of whom it holds the certificates, one phrase */
	GPtrArray *urls; /* char *: registries (https) that have answered as registries do */
};
void nd_remedy_free(struct nd_remedy *remedy);

/* One registry with all that was decided and found. Several scopes may share it. */
struct nd_registry_facts {
	const struct nd_registry *registry; /* the first that has this URL */
	GPtrArray *scopes;                  /* const char *, without the default registry */
	bool is_default;
	char *url;                          /* without userinfo */
	char *package;                      /* one that npm would ask this registry for, or NULL */
	struct nd_proxy *proxy;
	struct nd_credentials *credentials;
	const struct nd_probe_result *probe; /* NULL: not probed */
	const char *not_probed;             /* why, static text */
	bool in_clear;                      /* the way there is plain http that leaves this machine: the probe
	                                       sends no credentials */
	const struct nd_way *way;           /* the other proxy that reaches it, or NULL */
	const struct nd_attempt *way_attempt;
	const struct nd_way *locked;        /* one that wants a password first: whether it would is open; or NULL */
};

/* A proxy that this machine knows of, and where from: a file's line, or a variable. */
struct nd_way {
	const char *program;          /* static: whose setting it is */
	char *file, *variable;        /* one of both; both NULL: the desktop's settings */
	unsigned line;                /* 0: none */
	char *url;                    /* scheme://host:port, never userinfo */
	bool password;                /* one stands there; it is never sent */
	struct nd_probe_proxy proxy;  /* without credentials */
};

struct nd_facts {
	const struct nd_view *view;
	const struct nd_layers *layers;
	GPtrArray *files;       /* struct nd_file_facts of readable file layers, strongest first */
	GPtrArray *spots;       /* struct nd_spot */
	GPtrArray *commented;   /* struct nd_commented */
	GPtrArray *registries;  /* struct nd_registry_facts, default first */
	const struct nd_trust *trust;
	struct nd_pem_facts ca, cafile, extra; /* certs NULL: not read, or it does not count */
	char *public_host;      /* of the registry that npm has by default */
	int64_t now;            /* Unix seconds */
	guint32 today;          /* the same as a day (UTC), as GDate counts them */
	const struct nd_policy *policy; /* or NULL; borrowed, set by whoever has read it */
	GPtrArray *suppressions; /* struct nd_suppression: the files' comments */
	bool files_only;        /* check FILE: no environment, no probe */
	bool offline;
	bool pnpm;              /* pnpm works in this project, be it that npm does too */
	GPtrArray *misnamed;    /* struct nd_misnamed */
	GPtrArray *ignored;     /* struct nd_ignored */
	struct nd_lockfile *lockfile; /* of the project, or NULL */
	GPtrArray *publish;     /* char *: URLs to which the project is published, or NULL */
	struct nd_remedy *remedy; /* or NULL; owned */
	GHashTable *in_keyring; /* names of variables that the keyring holds; NULL: not asked */
	GPtrArray *results;     /* struct nd_probe_result, owned */
	GPtrArray *ways;        /* struct nd_way, each proxy once; NULL: not looked for */
	GPtrArray *way_results; /* as results, owned */
	bool counted;           /* no local port was left, so sockets were counted */
	struct nd_sockets sockets;
};
void nd_facts_free(struct nd_facts *facts);

/* Joins view and file metadata: no network. `now` is the clock's Unix seconds. The view must outlive
 * the result. */
struct nd_facts *nd_facts_new(const struct nd_view *view, int64_t now);
/* The same where git has been asked already, or is not to be: what it said about every file. */
struct nd_facts *nd_facts_new_knowing(const struct nd_view *view, int64_t now, const enum nd_git_state *git);

/* The probe's targets for these facts: one per registry that can be probed, in their order; the
 * array's elements and strings are owned by it. */
struct nd_targets {
	struct nd_probe_target *targets;
	struct nd_probe_proxy *proxies;
	size_t n;
	GPtrArray *urls; /* char *: what is no registry's own URL; or NULL */
	const struct nd_view *view;
	GPtrArray *routes; /* struct nd_probe_proxy: of where redirects led */
};
struct nd_targets *nd_facts_targets(const struct nd_facts *facts);
void nd_targets_free(struct nd_targets *targets);
/* Whether a URL's host is this machine, by its name: the probe still looks at the address. */
bool nd_is_loopback(const char *host);
/* What to trust, for the probe; spans are borrowed from the facts. */
void nd_facts_trust(const struct nd_facts *facts, struct nd_probe_trust *out);
/* Takes the results, one per target of nd_facts_targets. */
void nd_facts_set_results(struct nd_facts *facts, GPtrArray *results);

/* Other ways out: fills `ways` from the environment, from npm's own settings that do not count and from
 * other programs' files. */
void nd_facts_find_ways(struct nd_facts *facts);
/* Whether a registry failed in a way that another proxy may mend. */
bool nd_facts_wants_way(const struct nd_facts *facts);
/* Adds what the desktop's settings say, where libproxy is on this machine and answers in time. */
void nd_facts_ask_desktop(struct nd_facts *facts, double patience_s);
/* Targets for each failed registry through each way that is not its own proxy, without credentials. */
struct nd_targets *nd_facts_way_targets(const struct nd_facts *facts);
/* Takes their results, one per target. */
void nd_facts_set_way_results(struct nd_facts *facts, GPtrArray *results);

/* The https address of every registry whose certificate was seen, each by the proxy that npm would use
 * for it, verified and without credentials: what a cafile has to pass. */
struct nd_targets *nd_facts_strict_targets(const struct nd_facts *facts);
/* Takes it. */
void nd_facts_set_remedy(struct nd_facts *facts, struct nd_remedy *remedy);
/* The attempt over TLS that shows a registry's certificate: the registry's own, or for an http one that
 * of its https address; NULL: none was seen. */
const struct nd_attempt *nd_facts_shown(const struct nd_registry_facts *registry);

/* Takes the set of names of the variables that the OS keyring holds (GHashTable with owned keys). */
void nd_facts_set_keyring(struct nd_facts *facts, GHashTable *names);

/* The key of an entry as it may be shown: "..." in place of what may be secret (a token on a line of
 * its own is a key to npm). Owned by the caller. */
char *nd_facts_key(const struct nd_layer *layer, const struct nd_ini_entry *entry);
/* A registry's URL as it is requested and shown: without userinfo, which npm sends as a header, and without a
 * query, which is no part of a registry's address and may hold a token. Owned by the caller. */
char *nd_facts_registry_url(const struct nd_registry *registry);

/* The line of a setting as a finding's location, its excerpt drawn and redacted: the caret stands
 * under document bytes [start, end), or under the whole value where start == end == 0. */
void nd_facts_locate(const struct nd_facts *facts, const struct nd_setting *setting, size_t start,
	size_t end, struct nd_location *out);
/* The same for any line of a layer's file. */
void nd_facts_locate_line(const struct nd_layer *layer, size_t line, size_t start, size_t end,
	struct nd_location *out);
void nd_facts_locate_variable(const char *variable, struct nd_location *out);

#endif
