#ifndef NPMRC_DOCTOR_VIEW_H
#define NPMRC_DOCTOR_VIEW_H

#include <glib.h>
#include <npmrc-doctor/layer.h>
#include <npmrc-doctor/secret.h>
#include <npmrc-doctor/url.h>

/* What npm would use: pure answers from the layers for one scope or URL. */

struct nd_view;

/* The layers must outlive the view. Owned by the caller. */
struct nd_view *nd_view_new(const struct nd_layers *layers);
void nd_view_free(struct nd_view *view);
const struct nd_layers *nd_view_layers(const struct nd_view *view);

/* A registry in use: the default one or a scope's. Owned by the view. */
struct nd_registry {
	const char *scope;                /* "@corp", or NULL for the default registry */
	const char *text;                 /* the URL as configured (expanded); npm's default where unset */
	const struct nd_url *url;         /* NULL where it is no URL */
	const struct nd_setting *setting; /* NULL: npm's default, or see asked */
	const struct nd_setting *by;      /* the default one: npm's setting `scope`, which has taken this scope's
	                                     registry for all packages whose own scope has none; or NULL */
	bool aside;                       /* `registry` where `scope` has taken its place: for commands that ask
	                                     for no package (ping, whoami, search, audit) */
	bool asked;                       /* our own command line names it, npm knows nothing of it */
	bool torn;                        /* what npm takes for the host is a piece of the password, which goes on
	                                     behind it (u:pa@ss;word@host): not to be shown nor asked */
};
/* Takes one more registry among those in use, for our command line's --registry; one that is known
 * already is no second one. False where the text is no http(s) URL, or a torn one. */
bool nd_view_ask_registry(struct nd_view *view, const char *text);
/* The default registry first, then the scopes in byte order, then the one aside, where it is set, then
 * those asked for. Elements are owned by the view. */
const GPtrArray *nd_view_registries(const struct nd_view *view);
/* The registry that serves a package or URL: the one whose URL is a prefix of it, else the default. */
const struct nd_registry *nd_view_registry_of(const struct nd_view *view, const char *url);
/* The URL as npm asks for it: what lies below a registry is asked for by the registry's own text, userinfo
 * included. Holds a secret then, owned by the caller. */
char *nd_registry_request(const struct nd_registry *registry, const struct nd_url *url);
/* Whether the URL lies at or below the registry's. */
bool nd_registry_covers(const struct nd_registry *registry, const struct nd_url *url);

enum nd_credentials_kind {
	ND_CREDENTIALS_NONE,
	ND_CREDENTIALS_TOKEN,
	ND_CREDENTIALS_BASIC,
	ND_CREDENTIALS_CERTIFICATE,
};
const char *nd_credentials_kind_name(enum nd_credentials_kind kind);

/* What a request to a URL carries (npm-registry-fetch/lib/auth.js; npm 6: exact nerf dart only). */
struct nd_credentials {
	enum nd_credentials_kind kind;
	const struct nd_setting *setting; /* the deciding one (_authToken, _auth, _password, certfile); for
	                                     userinfo the registry setting; NULL: none */
	const struct nd_setting *user;    /* username beside _password, or NULL */
	struct nd_secret *authorization;  /* the header's value ("Bearer ..."), or NULL */
	bool from_url;                    /* userinfo of the registry URL */
	bool unresolved;                  /* holds a literal ${VAR}: never to be sent by us */
	const char *certfile, *keyfile;   /* CERTIFICATE, or beside a token; borrowed */
};
/* `registry` is the registry by which a package of that URL would be looked up, NULL: by prefix. The URL
 * is taken as it is given: see nd_registry_request. Owned by the caller. */
struct nd_credentials *nd_view_credentials(const struct nd_view *view, const char *url,
	const struct nd_registry *registry);
void nd_credentials_free(struct nd_credentials *credentials);

/* One noproxy entry and what became of it. */
struct nd_noproxy {
	const char *entry;
	const struct nd_setting *setting; /* NULL: from the environment variable */
	const char *variable;
	bool matches;
	const char *why;                  /* static text: why it does not match, or can never; NULL */
	bool never;                       /* no host can ever match it */
	size_t at;                        /* byte offset of the entry in the value's text */
};

enum nd_proxy_error {
	ND_PROXY_OK,
	ND_PROXY_INVALID,     /* new URL() throws: ERR_INVALID_URL */
	ND_PROXY_SCHEME,      /* EINVALIDPROXY */
	ND_PROXY_ENCODING,    /* URI malformed: % in the userinfo */
};

/* The proxy that npm uses for a URL (@npmcli/agent/lib/proxy.js; make-fetch-happen/lib/agent.js). */
struct nd_proxy {
	const struct nd_setting *setting; /* https-proxy or proxy; NULL: see variable, or no proxy */
	const char *variable;             /* the environment variable that decided, or NULL */
	const char *text;                 /* its value as configured, borrowed; NULL: none set */
	struct nd_url *url;               /* parsed; NULL where none is set or it is invalid */
	enum nd_proxy_error error;
	bool bypassed;                    /* noproxy takes the host off it: direct */
	bool torn;                        /* as that of nd_registry; so is u:8080/x@host, where u is the user */
	GPtrArray *noproxy;               /* struct nd_noproxy, of config and environment, in npm's order */
	struct nd_secret *user, *password; /* percent-decoded, or NULL */
};
struct nd_proxy *nd_view_proxy(const struct nd_view *view, const char *url);
/* Whether a piece of the password, or the user, stands where npm finds the proxy's host, by the URL alone. */
bool nd_proxy_is_torn(const struct nd_url *url);
/* What of a torn URL may be shown, which is its scheme; the caller frees it. */
char *nd_torn_label(const struct nd_url *url);
void nd_proxy_free(struct nd_proxy *proxy);
/* Whether the connection goes through it: set, valid and not bypassed. */
bool nd_proxy_used(const struct nd_proxy *proxy);

enum nd_roots {
	ND_ROOTS_NODE,    /* node's bundled roots */
	ND_ROOTS_CA,      /* replaced by `ca` */
	ND_ROOTS_CAFILE,  /* replaced by `cafile` */
	ND_ROOTS_OPENSSL, /* NODE_OPTIONS=--use-openssl-ca */
	ND_ROOTS_SYSTEM,  /* --use-system-ca, NODE_USE_SYSTEM_CA=1: node's and the system's */
};
const char *nd_roots_name(enum nd_roots roots);

/* The TLS settings. A cafile's content is read by view's maker through source and kept here. */
struct nd_trust {
	bool strict_ssl;
	const struct nd_setting *strict_setting; /* what decided strict-ssl; NULL: default */
	enum nd_roots roots;
	bool system_by_variable; /* of ND_ROOTS_SYSTEM: NODE_USE_SYSTEM_CA said it, which not every node knows */
	const struct nd_setting *roots_setting;  /* ca or cafile that replaces the roots, or NULL */
	struct nd_span roots_pem;                /* its PEM text (CA, CAFILE) */
	const struct nd_file *roots_file;        /* that holds it (CAFILE), or NULL */
	const struct nd_file *cafile; /* the file that the strongest cafile names, however its reading ended */
	const struct nd_setting *cafile_setting; /* what named it, even where it did not count; a cafile that is false
	                                            to JavaScript leaves a weaker layer's in force */
	const struct nd_file *extra;             /* NODE_EXTRA_CA_CERTS's file, or NULL */
	bool extra_counts;                       /* false where ca or cafile cancel it */
	const char *ssl_cert_file, *ssl_cert_dir; /* where node heeds them, else NULL */
	const char *no_start;                    /* static: what node refuses to start with, and npm with it;
	                                            NULL: nothing that is known */
};
const struct nd_trust *nd_view_trust(const struct nd_view *view);

/* Numbers from settings, npm's default where unset or unusable. */
struct nd_patience {
	double retries, factor, min_timeout_ms, max_timeout_ms, timeout_ms;
};
struct nd_patience nd_view_patience(const struct nd_view *view);

/* A secret that is written out in a file. */
enum nd_spot_kind {
	ND_SPOT_TOKEN,          /* _authToken */
	ND_SPOT_PASSWORD,       /* _password, _auth */
	ND_SPOT_PROXY_PASSWORD, /* the password in proxy, https-proxy */
	ND_SPOT_URL,            /* the password in registry, @scope:registry (or a lone user) */
	ND_SPOT_PRIVATE_KEY,    /* key */
};
/* How the names begin that secrets of the keyring have in the files. */
#define ND_SECRET_PREFIX "NPMRC_SECRET_"
bool nd_variable_is_ours(const char *name);

struct nd_spot {
	enum nd_spot_kind kind;
	enum nd_layer_id layer;
	const struct nd_layer *in;    /* layer that holds the file */
	size_t entry;                 /* index of the ini entry (it may be shadowed by a later duplicate) */
	struct nd_span key;           /* the last part: _authToken, proxy, registry, @s:registry, key */
	char *location;               /* nerf dart, or host:port of the proxy, or "" */
	struct nd_secret *value;      /* what ${VARIABLE} must expand to so that npm sees the same */
	size_t start, end;            /* byte offsets of it in the document */
	char *variable;               /* NPMRC_SECRET_..., see names.c */
	bool movable;                 /* replacing [start, end) by ${variable} is the same to npm */
	const char *obstacle;         /* why not, static text */
};
/* Every written-out secret of every file, effective or not, in file order; values that hold a ${VAR}
 * reference in the secret's place are none. Elements are owned by the array. */
GPtrArray *nd_view_spots(const struct nd_view *view);
/* A line that would be a spot if it were no comment. */
struct nd_commented {
	enum nd_spot_kind kind;
	const struct nd_layer *in;
	size_t line;             /* index into the document's lines */
	struct nd_span key;      /* owned by the view */
	struct nd_secret *value;
	size_t start, end;       /* byte offsets of it in the document */
};
/* Those of every file, in file order. Elements are owned by the array. */
GPtrArray *nd_view_commented(const struct nd_view *view);
/* References to variables in places where a spot could be: what `restore` and `exec` look for. Elements are owned by
 * the array, which is the caller's. */
struct nd_reference {
	const struct nd_layer *in;
	size_t entry;
	char *variable;
	char *location;
	struct nd_span key;
	size_t start, end; /* of ${...} in the document */
	bool effective;    /* the setting that holds it is the one npm uses */
};
GPtrArray *nd_view_references(const struct nd_view *view);

#endif
