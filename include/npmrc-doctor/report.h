#ifndef NPMRC_DOCTOR_REPORT_H
#define NPMRC_DOCTOR_REPORT_H

#include <npmrc-doctor/findings.h>
#include <npmrc-doctor/origin.h>
#include <stdbool.h>

/* Rendering. Nothing here decides; results are owned by the caller. */

struct nd_style {
	bool colour;
	bool utf8;      /* else ASCII */
	unsigned width; /* of the terminal; 0: do not wrap */
	bool verbose;
	bool quiet;
};

/* The report for people. */
GString *nd_report_text(const struct nd_report *report, const struct nd_style *style);

/* The report as JSON, version 1 of the format. */
GString *nd_report_json(const struct nd_report *report);

/* One secret of the keyring, without its value. Strings are borrowed. */
struct nd_secret_ref {
	const char *location, *key, *variable, *file;
	const char *machine; /* another one than this, or NULL */
};
/* What the keyring holds, as text or as JSON. */
GString *nd_report_secrets(const struct nd_secret_ref *refs, size_t n, bool json);

/* A JSON object of variables and their secret values. NULL where a value is not UTF-8. */
GString *nd_report_variables(const char *const *names, const struct nd_secret *const *values, size_t n);

/* A value in npm's type as it may be shown: a secret is NULL, redacted. Strings are owned. */
enum nd_shown_type { ND_SHOWN_NULL, ND_SHOWN_BOOLEAN, ND_SHOWN_NUMBER, ND_SHOWN_TEXT, ND_SHOWN_LIST };
struct nd_shown {
	enum nd_shown_type type;
	bool boolean, redacted;
	double number;
	char *text;
	GPtrArray *items; /* struct nd_shown */
};

/* Appends an item to a list; it is owned by the list. */
struct nd_shown *nd_shown_add(struct nd_shown *list);

/* One effective setting. The origins' strings are borrowed from the layers. */
struct nd_setting_ref {
	char *key;
	struct nd_shown value;
	struct nd_origin origin;
	GArray *shadows;  /* struct nd_origin, strongest first */
	char *note;       /* why npm does otherwise than the value says, or NULL */
};
void nd_setting_ref_free(struct nd_setting_ref *setting);

/* What `config` says; the sources are those of the report. */
GString *nd_report_settings(const struct nd_report *report, const GPtrArray *settings,
	const struct nd_style *style);
GString *nd_report_settings_json(const struct nd_report *report, const GPtrArray *settings);

/* One noproxy entry and what became of it. */
struct nd_noproxy_ref {
	char *entry;
	struct nd_origin source;
	bool matches;
	const char *why; /* static */
};

/* How one URL would be reached. Owned strings, without secrets. */
struct nd_route_ref {
	char *url;
	char *registry, *scope;                /* NULL: no registry's; the default registry's */
	const char *registry_key;              /* borrowed; NULL: the client's default */
	struct nd_origin registry_origin;
	bool chosen_by_scope;                  /* the setting `scope` puts it in the default registry's place */
	struct nd_origin scope_origin;
	const char *credentials;               /* token, basic, certificate, none */
	const char *credentials_key;           /* borrowed; NULL: none */
	struct nd_origin credentials_origin;
	char *proxy;                           /* NULL: direct, or invalid */
	const char *error;                     /* a rule's slug, or NULL */
	bool has_proxy_source;
	struct nd_origin proxy_source;         /* what decided, even where noproxy bypasses it */
	const char *proxy_key;
	GPtrArray *noproxy;                    /* struct nd_noproxy_ref */
	bool strict_ssl;
	const char *roots;
	char **extra;                          /* files, NULL-terminated */
};
void nd_route_ref_free(struct nd_route_ref *route);
GString *nd_report_routes(const GPtrArray *routes, const char *client, const struct nd_style *style);
GString *nd_report_routes_json(const GPtrArray *routes);

/* One way in which npm reads the configuration otherwise than we do. */
struct nd_difference {
	char *key;               /* NULL: about the whole */
	const char *layer;       /* a layer's name, or "used"; NULL: about the whole */
	const char *kind;        /* static: missing, unexpected, type, value, stops, goes-on,
	                            stops-otherwise */
	const char *npm, *ours;  /* JavaScript's types, or NULL; never a value */
};
GString *nd_report_differences(const struct nd_report *report, const GPtrArray *differences,
	size_t compared, const struct nd_style *style);
GString *nd_report_differences_json(const struct nd_report *report, const GPtrArray *differences,
	size_t compared);

/* A unified diff as a terminal shows it. */
GString *nd_report_diff(const char *diff, const struct nd_style *style);
/* A finding in one line: its rule, its message, its place. */
GString *nd_report_brief(const struct nd_finding *finding, const struct nd_style *style);

/* One rule explained, and the list of all. */
GString *nd_report_explain(enum nd_rule rule, const struct nd_style *style);
GString *nd_report_rules(const struct nd_style *style);

#endif
