#ifndef NPMRC_DOCTOR_PROBE_H
#define NPMRC_DOCTOR_PROBE_H

#include <glib.h>
#include <npmrc-doctor/secret.h>
#include <npmrc-doctor/span.h>
#include <stdbool.h>
#include <stdint.h>

/* What happened on the way to a registry: facts, never what they mean. libcurl and OpenSSL stay behind
 * this header; libcurl's own reading of the environment is off. */

/* Answers are cut here and the cut is said. */
#define ND_PROBE_MAX_BODY ((size_t)1024 * 1024)
#define ND_PROBE_MAX_HEADERS ((size_t)256 * 1024)

enum nd_proxy_kind {
	ND_PROXY_KIND_NONE,
	ND_PROXY_KIND_HTTP,
	ND_PROXY_KIND_HTTPS,
	ND_PROXY_KIND_SOCKS4,
	ND_PROXY_KIND_SOCKS4A,
	ND_PROXY_KIND_SOCKS5,
	ND_PROXY_KIND_SOCKS5H,
};

struct nd_probe_proxy {
	enum nd_proxy_kind kind;
	char *host; /* without brackets */
	int port;
	struct nd_secret *user, *password; /* decoded; NULL: send none */
};

/* What npm trusts. PEM texts may hold several certificates. */
struct nd_probe_trust {
	bool replaced;               /* ca or cafile: `pem` alone is trusted */
	struct nd_span pem;
	bool node_roots;             /* node's bundled roots count */
	bool openssl_roots;          /* openssl's default file and directory count (--use-openssl-ca) */
	bool system_roots;           /* the system's store counts too (--use-system-ca) */
	bool system_by_variable;     /* that is, if this node knows NODE_USE_SYSTEM_CA */
	struct nd_span extra;        /* NODE_EXTRA_CA_CERTS, where it counts */
	const char *node;            /* the node executable whose roots these are; NULL: system's bundle */
	const char *ssl_cert_file, *ssl_cert_dir; /* override openssl's defaults, or NULL */
};

struct nd_probe_target {
	const char *url;                        /* an http(s) registry URL; requests go below it */
	const struct nd_probe_proxy *proxy;     /* NULL: direct */
	const struct nd_secret *authorization;  /* header value for the one authenticated request; or NULL */
	const char *certfile, *keyfile;         /* client certificate, or NULL */
	const char *package;                    /* a package that the project uses, or NULL */
	/* Where a redirect leads, what would npm go through? Sets `*proxy`, borrowed for the run, NULL for
	   none; false where npm could not go there. NULL: through `proxy`. */
	bool (*route)(void *data, const char *url, const struct nd_probe_proxy **proxy);
	void *route_data;
	bool strict;                            /* npm verifies; when false the probe goes on unverified,
	                                           without credentials, after a verified try has failed */
	bool other_scheme;                      /* try http for https and the reverse too, no credentials */
	bool only_path;                         /* nothing beside it is tried: neither past the proxy nor
	                                           what else the proxy may speak */
	bool public_host;                       /* known to have a certificate of a public CA: judge by the
	                                           public roots even where npm copes */
};

enum nd_stage {
	ND_STAGE_DONE,          /* everything was reached */
	ND_STAGE_PROXY_DNS,
	ND_STAGE_PROXY_CONNECT,
	ND_STAGE_PROXY_TLS,
	ND_STAGE_PROXY_TUNNEL,  /* CONNECT, SOCKS, or waiting for the proxy's answer; of an http registry
	                           also where headers show that the proxy itself wrote the answer */
	ND_STAGE_DNS,
	ND_STAGE_CONNECT,
	ND_STAGE_TLS,
	ND_STAGE_HTTP,          /* request sent, no complete answer */
	ND_STAGE_CONTENT,       /* answered */
};
/* proxy-dns, proxy-connect, ...; NULL for DONE. */
const char *nd_stage_name(enum nd_stage stage);

enum nd_ending {
	ND_END_ANSWERED,     /* an HTTP answer (of the registry, or of the proxy in its place) */
	ND_END_UNRESOLVED,
	ND_END_REFUSED,      /* ECONNREFUSED, or the SOCKS proxy says so */
	ND_END_UNREACHABLE,  /* EHOSTUNREACH, ENETUNREACH */
	ND_END_NO_PORT,      /* EADDRNOTAVAIL */
	ND_END_RESET,        /* RST */
	ND_END_CLOSED,       /* FIN */
	ND_END_SILENT,       /* the time was up */
	ND_END_NOT_HTTP,     /* bytes that are no HTTP */
	ND_END_NOT_TLS,      /* plain bytes where TLS was expected */
	ND_END_TLS_REFUSED,  /* an alert, no common version or cipher */
	ND_END_UNTRUSTED,    /* the certificate failed npm's verification: see chain */
	ND_END_SOCKS,        /* the SOCKS proxy refused: see socks_reply */
	ND_END_OTHER,        /* see os_error */
};

/* One certificate as it was sent. Texts are UTF-8, times are Unix seconds. */
struct nd_cert {
	char *subject, *issuer;   /* one line, "CN=..., O=..." */
	char *common_name;        /* of the subject, or NULL */
	char *issuer_name;        /* CN, else O, of the issuer, or NULL */
	char **names;             /* subjectAltName DNS and IP, NULL-terminated */
	int64_t not_before, not_after;
	char *sha256;             /* AB:CD:... */
	bool self_issued;
	char *issuer_url;         /* AIA caIssuers, or NULL */
};
void nd_cert_free(struct nd_cert *cert);

enum nd_verdict {
	ND_VERDICT_UNKNOWN,       /* not looked at */
	ND_VERDICT_OK,
	ND_VERDICT_SELF_SIGNED,   /* DEPTH_ZERO_SELF_SIGNED_CERT */
	ND_VERDICT_ROOT_UNKNOWN,  /* SELF_SIGNED_CERT_IN_CHAIN */
	ND_VERDICT_LEAF_ONLY,     /* UNABLE_TO_VERIFY_LEAF_SIGNATURE */
	ND_VERDICT_ISSUER_UNKNOWN, /* UNABLE_TO_GET_ISSUER_CERT(_LOCALLY) */
	ND_VERDICT_EXPIRED,
	ND_VERDICT_NOT_YET_VALID,
	ND_VERDICT_WRONG_NAME,    /* ERR_TLS_CERT_ALTNAME_INVALID */
	ND_VERDICT_OTHER,         /* see verify_code */
};

struct nd_tls_facts {
	bool seen;                /* a certificate arrived */
	GPtrArray *chain;         /* struct nd_cert, leaf first */
	enum nd_verdict npm;      /* by what npm trusts */
	enum nd_verdict system;   /* by the system's store */
	enum nd_verdict public_roots; /* by the public roots alone (node's bundle) */
	bool wrong_name;          /* the server's certificate is for other names, whatever else is wrong */
	bool stand_in;            /* node could not be asked for its roots: the system's bundle stood in */
	const char *bundle;       /* the system's file of roots that accepts the chain, static, or NULL */
	char *anchor;             /* PEM of the root that npm lacks: the one by which the system accepts the
	                             chain, else a self-signed CA at the end of what was sent; or NULL */
	int verify_code;          /* OpenSSL's X509_V_ERR_* of npm's verdict */
	int alert;                /* the fatal alert that the peer sent (RFC 8446, 6), or 0 */
	char *protocol;           /* "TLSv1.3", or NULL */
};

/* Each step's own time; < 0: not reached. */
struct nd_timings { double dns_ms, connect_ms, proxy_ms, tls_ms, total_ms; };

/* One attempt: one URL over one path. */
struct nd_attempt {
	bool tried;
	char *url;                /* requested, without userinfo */
	bool unverified;          /* TLS was not verified (strict-ssl=false after a failed verification) */
	enum nd_stage stage;
	enum nd_ending ending;
	int os_error;
	int socks_reply;          /* the SOCKS5 reply field, or 0 */
	bool no_name_server;      /* UNRESOLVED, and not because there is no such name (EAI_AGAIN) */
	int status;               /* the registry's HTTP status, 0: none; with PROXY_TUNNEL the proxy's own
	                             answer in place of an http registry's */
	int connect_status;       /* the proxy's answer to CONNECT, 0: none */
	bool head;                /* the head of that answer came whole */
	char *remote_address;     /* ip:port of the first hop that was connected to, or NULL */
	struct nd_timings timings;
	size_t bytes_sent, bytes_received; /* on the wire after the connection stood */
	char **proxy_offers;      /* schemes of Proxy-Authenticate, NULL-terminated, or NULL */
	char **auth_offers;       /* schemes of WWW-Authenticate */
	char *proxy_reason;       /* X-Squid-Error, or the reason phrase of the CONNECT answer, or NULL */
	char *location, *content_type, *server, *via, *retry_after; /* headers, or NULL */
	bool packument;           /* this was the request for a package */
	char *tarball_host;       /* host[:port] of the first tarball that a package names, or NULL */
	bool json, html;          /* what the body is */
	bool truncated;           /* the body or the headers went over the cap */
	char *reason;             /* "error" or "message" of a JSON body, or the page's title; printable */
	struct nd_tls_facts tls;       /* registry */
	struct nd_tls_facts proxy_tls; /* https:// proxy */
};

enum nd_credential_state {
	ND_CREDENTIAL_UNKNOWN, /* none sent, or the network failed, or the registry does not tell */
	ND_CREDENTIAL_ACCEPTED,
	ND_CREDENTIAL_REJECTED,
};

struct nd_probe_result {
	struct nd_attempt main;        /* the request that decides; without credentials where it can be */
	struct nd_attempt authenticated; /* with credentials, once; tried is false where none were sent */
	enum nd_credential_state state;
	struct nd_attempt other;       /* the other scheme */
	struct nd_attempt direct;      /* past the proxy, tried only where the proxy failed */
	bool proxy_authenticated;      /* Proxy-Authorization was sent on the main attempt */
	bool withheld;                 /* not tried because the proxy had already rejected the credentials */
	bool proxy_speaks_tls;         /* an http:// proxy that did not answer shook hands over TLS */
};

struct nd_probe_options {
	const struct nd_probe_trust *trust;
	double timeout_s; /* for everything together */
	void (*progress)(void *data, size_t done, size_t total); /* or NULL */
	void *progress_data;
};

/* Probes all targets at once and returns one result each, in their order (struct nd_probe_result,
 * owned by the array). Proxy credentials go to one proxy once until it has accepted them; credentials
 * are sent only over a verified connection, over plain http to a loopback address alone, never after a
 * redirect, and never repeated after 401 or 407. Fails only where libcurl cannot be set up. */
GPtrArray *nd_probe_run(const struct nd_probe_target *targets, size_t n,
	const struct nd_probe_options *options, GError **err);

/* The public roots (node's own, else the system's) as PEM text, owned by the caller; NULL where there are
 * none to be had in that time. */
char *nd_probe_public_pem(const struct nd_probe_trust *trust, double timeout_s);

/* The certificates in PEM text, as struct nd_cert; `*broken` counts blocks that do not parse. */
GPtrArray *nd_probe_read_pem(struct nd_span pem, size_t *broken);

#endif
