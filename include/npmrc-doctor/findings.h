#ifndef NPMRC_DOCTOR_FINDINGS_H
#define NPMRC_DOCTOR_FINDINGS_H

#include <glib.h>
#include <npmrc-doctor/origin.h>
#include <npmrc-doctor/rules.h>
#include <npmrc-doctor/secret.h>
#include <stdbool.h>

/* What the rules found, ready to be rendered: every string is free of secrets. */

/* One line of a file as it may be shown. */
struct nd_excerpt {
	char *text;    /* NULL: none */
	unsigned line; /* from 1 */
	size_t caret;  /* display column from 0 */
	size_t length; /* columns under the caret, at least 1 */
};

struct nd_location {
	bool known;            /* false: no place is to blame */
	enum nd_layer_id layer;
	char *file;            /* NULL in layers env, cli, default */
	char *variable;
	char *key;
	unsigned line, column, end_column; /* in bytes; 0: none */
	unsigned unit_column, unit_end_column; /* the same in UTF-16 code units, a byte that is no UTF-8
	                                          being one; 0: as in bytes */
	struct nd_excerpt excerpt;
};

struct nd_target_ref {
	char *url;
	char *proxy; /* redacted, or NULL */
};

/* One fact behind a finding. */
enum nd_evidence_type {
	ND_EVIDENCE_TEXT,
	ND_EVIDENCE_NUMBER,
	ND_EVIDENCE_BOOLEAN,
	ND_EVIDENCE_LIST,
};
struct nd_evidence {
	const char *name; /* static, camelCase */
	enum nd_evidence_type type;
	char *text;
	double number;
	bool boolean;
	char **list;
};

/* One edit of a file that mends a finding. With `secret`, that secret goes to the keyring first. */
struct nd_edit {
	char *file;         /* path as read */
	size_t start, end;  /* bytes to replace; start == end == 0 and no text: only the mode changes */
	char *text;         /* replacement; for a secret the reference "${VARIABLE}" */
	struct nd_secret *secret;
	char *location, *key, *variable; /* of the keyring's item */
	bool tighten;       /* the file gets mode 0600 */
	struct nd_secret *unmoved; /* what stands for `text` where the secret is not moved; NULL: the old bytes */
	char *from;         /* the line comes from this file; such insertions may stand side by side. NULL: no */
	char *create;       /* the file does not exist and is made with `text`: what it is, one phrase */
};
void nd_edit_free(struct nd_edit *edit);

struct nd_finding {
	enum nd_rule rule;
	enum nd_severity severity;
	char *message;          /* one sentence: what is wrong */
	char *help;             /* what to do */
	char *npm_error;        /* what npm would say, or NULL */
	struct nd_location where;
	GPtrArray *notes;       /* further sentences (char *), shown below the excerpt */
	GPtrArray *targets;     /* struct nd_target_ref */
	GPtrArray *evidence;    /* struct nd_evidence */
	GPtrArray *edits;       /* struct nd_edit: what `fix` would do; empty: by hand */
	char *becomes;          /* the key that the edits give to a line in place of its own, or NULL */
	bool keyring;           /* the edits move a secret: only with --keyring */
	const char *suppressed_by; /* static: policy, comment, baseline; NULL: it counts */
	char *suppressed_why;   /* the reason that was given, or NULL */
};
void nd_finding_free(struct nd_finding *finding);

/* The report's other parts. Strings are owned and redacted. */
struct nd_source_ref {
	enum nd_layer_id layer;
	char *path;     /* NULL: the layer has no file */
	bool read;
	char *reason;   /* why it was not read, NULL */
};

struct nd_attempt_ref {
	char *outcome;  /* "ok" or a slug; NULL: not tried, or undecided */
	bool undecided; /* refused for want of the credentials that we held back */
	const char *stage; /* NULL: reached everything */
	int status;     /* 0: none */
	char *address;  /* or NULL */
	double dns_ms, connect_ms, proxy_ms, tls_ms, total_ms; /* < 0: null */
};

/* One stop on the way to a registry. */
struct nd_hop_ref {
	char *name;   /* "this machine", host:port */
	double ms;    /* how long the way from the stop before took; < 0: unknown */
	bool broken;  /* it ended on the way to this one, or at it */
};

struct nd_registry_ref {
	char *url;
	char **scopes;          /* NULL-terminated; empty for the default registry alone */
	bool is_default;
	char *proxy;            /* redacted, or NULL: direct */
	struct nd_location proxy_source;
	const char *credentials_kind, *credentials_state;
	struct nd_attempt_ref probe;
	const char *not_probed; /* why, or NULL */
	char *other_url;
	struct nd_attempt_ref other;
	GPtrArray *hops;        /* struct nd_hop_ref, this machine first; NULL: not probed */
};

/* What could not be looked at. */
struct nd_unchecked {
	enum nd_rule rule;
	char *reason;
};

struct nd_report {
	char *client, *npm_version; /* version NULL: unknown */
	char *cwd;
	GPtrArray *sources;    /* struct nd_source_ref */
	GPtrArray *registries; /* struct nd_registry_ref */
	GPtrArray *findings;   /* struct nd_finding, sorted: file order, then by severity */
	GPtrArray *suppressed; /* struct nd_finding that are known and accepted: they do not count */
	GPtrArray *unchecked;  /* struct nd_unchecked */
	GPtrArray *fixed;      /* struct nd_finding: what `fix` has mended; NULL: no fix was asked for */
	size_t settings;       /* how many settings were read */
	size_t rules;          /* how many rules were judged */
	bool judged[ND_RULE_COUNT]; /* which ones */
	double seconds;
};
struct nd_report *nd_report_new(void);
void nd_report_free(struct nd_report *report);
size_t nd_report_count(const struct nd_report *report, enum nd_severity severity);

/* Moves a finding to the suppressed ones; `by` is static. */
void nd_finding_suppress(struct nd_report *report, guint index, const char *by, const char *reason);

/* Says that the rule could not be judged, or not wholly, and why; once for each reason. */
void nd_leave_unchecked(struct nd_report *report, enum nd_rule rule, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Building findings. `format` is printf's; results are owned by the report's list. */
struct nd_finding *nd_finding_add(struct nd_report *report, enum nd_rule rule, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
void nd_finding_help(struct nd_finding *finding, const char *format, ...) G_GNUC_PRINTF(2, 3);
void nd_finding_note(struct nd_finding *finding, const char *format, ...) G_GNUC_PRINTF(2, 3);
void nd_finding_npm(struct nd_finding *finding, const char *npm_error);
void nd_finding_target(struct nd_finding *finding, const char *url, const char *proxy);
void nd_finding_text(struct nd_finding *finding, const char *name, const char *text);
void nd_finding_number(struct nd_finding *finding, const char *name, double number);
void nd_finding_list(struct nd_finding *finding, const char *name, char *const *list);
/* Takes the edit. */
void nd_finding_edit(struct nd_finding *finding, struct nd_edit *edit);

#endif
