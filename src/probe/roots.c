#include "roots.h"

#include "der.h"
#include "node.h"

#include <npmrc-doctor/signals.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

/* Node is given this long at most, and no more than half of what is left: everything waits for it. */
#define NODE_PATIENCE (2 * G_USEC_PER_SEC)

/* Mozilla's roots as Debian has them, without any CA of the site's. */
#define MOZILLA "/usr/share/ca-certificates/mozilla"

/* Mozilla's roots with those of the site, as distributions have them. */
static const char *const bundles[] = { "/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem" };

/* Certificates to verify by. */
struct source {
	GPtrArray *lists[3];    /* of DER, borrowed; NULL-terminated */
	const char *folder;     /* searched by hashed name, or NULL */
};

struct nd_roots {
	const struct nd_probe_trust *trust;
	gint64 deadline;
	struct nd_node *node;
	bool asked_node;         /* node was started, or there is none to start */
	struct nd_node_kind kind; /* of the node that was asked */
	bool stand_in;
	GPtrArray *bundle;       /* DER: node's roots, or what stands in for them */
	GPtrArray *given;        /* DER: `pem` or `extra` */
	GPtrArray *file;         /* DER: openssl's default file */
	GPtrArray *mozilla;      /* DER: the public roots, where node's were not read */
};

struct nd_roots *nd_roots_new(const struct nd_probe_trust *trust, gint64 deadline)
{
	struct nd_roots *roots = g_new0(struct nd_roots, 1);
	roots->trust = trust;
	roots->deadline = deadline;
	return roots;
}

void nd_roots_free(struct nd_roots *roots)
{
	if (!roots)
		return;
	nd_node_free(roots->node);
	g_clear_pointer(&roots->bundle, g_ptr_array_unref);
	g_clear_pointer(&roots->given, g_ptr_array_unref);
	g_clear_pointer(&roots->file, g_ptr_array_unref);
	g_clear_pointer(&roots->mozilla, g_ptr_array_unref);
	g_free(roots);
}

static void start_node(struct nd_roots *roots)
{
	if (roots->asked_node)
		return;
	roots->asked_node = true;
	if (roots->trust->node)
		roots->node = nd_node_start(roots->trust->node);
}

void nd_roots_prefetch(struct nd_roots *roots)
{
	const struct nd_probe_trust *trust = roots->trust;
	if (!trust->replaced && trust->extra.n == 0 && trust->node_roots)
		start_node(roots);
}

static void add_system_bundle(GPtrArray *into)
{
	nd_der_add_folder(into, MOZILLA);
	for (gsize i = 0; into->len == 0 && i < G_N_ELEMENTS(bundles); i++)
		nd_der_add_file(into, bundles[i]);
}

static void add_node_bundle(struct nd_roots *roots, GPtrArray *into)
{
	start_node(roots);
	if (!roots->node)
		return;
	gint64 now = g_get_monotonic_time();
	gint64 until = now + MIN((roots->deadline - now) / 2, NODE_PATIENCE);
	sigset_t old;
	/* Whoever loses patience with it may leave. */
	nd_signals_admit(&old);
	g_autofree char *pem = nd_node_finish(roots->node, until, &roots->kind);
	nd_signals_release(&old);
	g_clear_pointer(&roots->node, nd_node_free);
	if (pem)
		nd_der_add_pem(into, nd_span_of(pem));
}

static GPtrArray *bundle(struct nd_roots *roots)
{
	if (roots->bundle)
		return roots->bundle;
	roots->bundle = nd_der_list_new();
	add_node_bundle(roots, roots->bundle);
	if (roots->bundle->len == 0) {
		roots->stand_in = true;
		add_system_bundle(roots->bundle);
	}
	return roots->bundle;
}

static GPtrArray *given_certs(struct nd_roots *roots)
{
	const struct nd_probe_trust *trust = roots->trust;
	if (!roots->given) {
		roots->given = nd_der_list_new();
		nd_der_add_pem(roots->given, trust->replaced ? trust->pem : trust->extra);
	}
	return roots->given;
}

/* X509_STORE_set_default_paths would read the environment by itself. The folder is read by hashed
 * name only when an issuer is looked for, so this is cheap. */
static struct source system_source(struct nd_roots *roots)
{
	const struct nd_probe_trust *trust = roots->trust;
	const char *file = trust->ssl_cert_file ? trust->ssl_cert_file : X509_get_default_cert_file();
	const char *folder = trust->ssl_cert_dir ? trust->ssl_cert_dir : X509_get_default_cert_dir();
	struct stat st;
	if (!roots->file) {
		roots->file = nd_der_list_new();
		if (*file && stat(file, &st) == 0 && S_ISREG(st.st_mode))
			nd_der_add_file(roots->file, file);
	}
	return (struct source){ { roots->file }, *folder ? folder : NULL };
}

/* Node's bundle where it was needed anyway. Starting node takes several times as long as reading the
 * same roots from Debian's folder. */
static struct source public_source(struct nd_roots *roots)
{
	if (!roots->mozilla && !roots->bundle && !roots->node) {
		roots->mozilla = nd_der_list_new();
		nd_der_add_folder(roots->mozilla, MOZILLA);
	}
	if (roots->mozilla && roots->mozilla->len > 0)
		return (struct source){ { roots->mozilla }, NULL };
	return (struct source){ { bundle(roots) }, NULL };
}

/* NODE_USE_SYSTEM_CA came with node 22.19 and 24.6. */
static bool uses_system(const struct nd_roots *roots)
{
	int major = roots->kind.major, minor = roots->kind.minor;
	if (!roots->trust->system_by_variable || major == 0)
		return roots->trust->system_roots;
	return roots->trust->system_roots && (major > 24 || (major == 24 && minor >= 6) ||
		(major == 22 && minor >= 19));
}

static struct source npm_source(struct nd_roots *roots)
{
	const struct nd_probe_trust *trust = roots->trust;
	struct source source = { { NULL }, NULL };
	GPtrArray *certs = trust->node_roots ? bundle(roots) : NULL;
	if (trust->openssl_roots || uses_system(roots) || roots->kind.openssl)
		source = system_source(roots);
	size_t n = source.lists[0] != NULL;
	source.lists[n++] = given_certs(roots);
	if (certs && !roots->kind.openssl)
		source.lists[n] = certs;
	return source;
}

/* node/src/crypto/crypto_tls.cc: its verify callback lets everything pass and the code that was set
 * last is what node reports, so a lone leaf ends as UNABLE_TO_VERIFY_LEAF_SIGNATURE. */
static int go_on(int ok, X509_STORE_CTX *ctx)
{
	(void)ok, (void)ctx;
	return 1;
}

static int verify_in(X509_STORE *store, X509 *leaf, STACK_OF(X509) *sent)
{
	int code = X509_V_ERR_UNSPECIFIED;
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	if (ctx && X509_STORE_CTX_init(ctx, store, leaf, sent)) {
		X509_STORE_CTX_set_default(ctx, "ssl_server");
		X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(ctx), 1);
		X509_STORE_CTX_set_verify_cb(ctx, go_on);
		X509_verify_cert(ctx);
		code = X509_STORE_CTX_get_error(ctx);
	}
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return code;
}

static X509_STORE *store_of(const struct source *source, X509 *leaf, STACK_OF(X509) *sent, bool all)
{
	X509_STORE *store = X509_STORE_new();
	for (size_t i = 0; i < G_N_ELEMENTS(source->lists) && source->lists[i]; i++) {
		if (all)
			nd_der_fill(store, source->lists[i]);
		else
			nd_der_fill_for(store, source->lists[i], leaf, sent);
	}
	if (source->folder)
		X509_STORE_load_path(store, source->folder);
	ERR_clear_error();
	return store;
}

static int verify_by(const struct source *source, X509 *leaf, STACK_OF(X509) *sent, bool all)
{
	X509_STORE *store = store_of(source, leaf, sent, all);
	int code = verify_in(store, leaf, sent);
	X509_STORE_free(store);
	return code;
}

/* An issuer whose name is encoded otherwise is found only among all. */
static int verify(const struct source *source, X509 *leaf, STACK_OF(X509) *sent)
{
	int code = verify_by(source, leaf, sent, false);
	return code == X509_V_OK ? code : verify_by(source, leaf, sent, true);
}

int nd_roots_verify_npm(struct nd_roots *roots, X509 *leaf, STACK_OF(X509) *sent, bool *given)
{
	const struct nd_probe_trust *trust = roots->trust;
	*given = false;
	if (trust->replaced || trust->extra.n > 0) {
		const struct source source = { { given_certs(roots) }, NULL };
		int code = verify(&source, leaf, sent);
		*given = code == X509_V_OK;
		if (*given || trust->replaced)
			return code;
	}
	const struct source source = npm_source(roots);
	return verify(&source, leaf, sent);
}

int nd_roots_verify_system(struct nd_roots *roots, X509 *leaf, STACK_OF(X509) *sent)
{
	const struct source source = system_source(roots);
	return verify(&source, leaf, sent);
}

X509 *nd_roots_system_anchor(struct nd_roots *roots, X509 *leaf, STACK_OF(X509) *sent)
{
	const struct source source = system_source(roots);
	X509_STORE *store = store_of(&source, leaf, sent, true);
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509 *anchor = NULL;
	if (ctx && X509_STORE_CTX_init(ctx, store, leaf, sent)) {
		X509_STORE_CTX_set_default(ctx, "ssl_server");
		X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(ctx), 1);
		if (X509_verify_cert(ctx) == 1) {
			STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
			anchor = sk_X509_value(chain, sk_X509_num(chain) - 1);
			X509_up_ref(anchor);
		}
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return anchor;
}

const GPtrArray *nd_roots_public(struct nd_roots *roots)
{
	return bundle(roots);
}

int nd_roots_verify_public(struct nd_roots *roots, X509 *leaf, STACK_OF(X509) *sent)
{
	const struct source source = public_source(roots);
	return verify(&source, leaf, sent);
}

const char *nd_roots_bundle_for(X509 *leaf, STACK_OF(X509) *sent)
{
	for (gsize i = 0; i < G_N_ELEMENTS(bundles); i++) {
		g_autoptr(GPtrArray) list = nd_der_list_new();
		const struct source source = { { list }, NULL };
		nd_der_add_file(list, bundles[i]);
		if (list->len > 0 && verify_by(&source, leaf, sent, false) == X509_V_OK)
			return bundles[i];
	}
	return NULL;
}

bool nd_roots_npm_is_public(const struct nd_roots *roots)
{
	const struct nd_probe_trust *trust = roots->trust;
	return !trust->replaced && trust->node_roots && !trust->openssl_roots && !trust->system_roots &&
		trust->extra.n == 0 && !roots->kind.openssl;
}

bool nd_roots_stand_in(const struct nd_roots *roots)
{
	return roots->stand_in && roots->trust->node_roots && !roots->trust->replaced;
}
