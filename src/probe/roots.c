#include "roots.h"

#include "cert.h"
#include "node.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

/* Node is given this long at most, and no more than half of what is left: everything waits for it. */
#define NODE_PATIENCE (2 * G_USEC_PER_SEC)

struct nd_roots {
	const struct nd_probe_trust *trust;
	gint64 deadline;
	struct nd_node *node;
	bool asked_node;         /* node was started, or there is none to start */
	bool node_uses_openssl;
	GPtrArray *bundle;       /* X509: node's roots, or what stands in for them */
	GPtrArray *extra;        /* X509: `pem` or `extra` */
	X509_STORE *given, *npm, *system, *public_roots;
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
	g_clear_pointer(&roots->extra, g_ptr_array_unref);
	X509_STORE_free(roots->given);
	X509_STORE_free(roots->npm);
	X509_STORE_free(roots->system);
	X509_STORE_free(roots->public_roots);
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

static void add_file(GPtrArray *into, const char *path)
{
	g_autofree char *text = NULL;
	gsize n = 0;
	size_t broken = 0;
	if (!g_file_get_contents(path, &text, &n, NULL))
		return;
	g_autoptr(GPtrArray) found = nd_cert_read_x509((struct nd_span){ text, n }, &broken);
	for (guint i = 0; i < found->len; i++) {
		X509_up_ref(found->pdata[i]);
		g_ptr_array_add(into, found->pdata[i]);
	}
}

static void add_folder(GPtrArray *into, const char *path)
{
	const char *name;
	GDir *folder = g_dir_open(path, 0, NULL);
	while (folder && (name = g_dir_read_name(folder))) {
		g_autofree char *file = g_build_filename(path, name, NULL);
		add_file(into, file);
	}
	if (folder)
		g_dir_close(folder);
}

/* Mozilla's roots as Debian has them, without any CA of the site's. */
#define MOZILLA "/usr/share/ca-certificates/mozilla"

/* Mozilla's roots as the system has them. */
static GPtrArray *system_bundle(void)
{
	static const char *const files[] = { "/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem" };
	GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify)X509_free);
	add_folder(found, MOZILLA);
	for (gsize i = 0; found->len == 0 && i < G_N_ELEMENTS(files); i++)
		add_file(found, files[i]);
	return found;
}

static GPtrArray *node_bundle(struct nd_roots *roots)
{
	size_t broken = 0;
	start_node(roots);
	if (!roots->node)
		return NULL;
	gint64 now = g_get_monotonic_time();
	gint64 until = now + MIN((roots->deadline - now) / 2, NODE_PATIENCE);
	g_autofree char *pem = nd_node_finish(roots->node, until, &roots->node_uses_openssl);
	g_clear_pointer(&roots->node, nd_node_free);
	if (!pem)
		return NULL;
	GPtrArray *found = nd_cert_read_x509(nd_span_of(pem), &broken);
	if (found->len > 0)
		return found;
	g_ptr_array_unref(found);
	return NULL;
}

static GPtrArray *bundle(struct nd_roots *roots)
{
	if (!roots->bundle)
		roots->bundle = node_bundle(roots);
	if (!roots->bundle)
		roots->bundle = system_bundle();
	return roots->bundle;
}

static GPtrArray *given_certs(struct nd_roots *roots)
{
	size_t broken = 0;
	const struct nd_probe_trust *trust = roots->trust;
	if (!roots->extra)
		roots->extra = nd_cert_read_x509(trust->replaced ? trust->pem : trust->extra, &broken);
	return roots->extra;
}

static void fill(X509_STORE *store, GPtrArray *certs)
{
	for (guint i = 0; i < certs->len; i++)
		X509_STORE_add_cert(store, certs->pdata[i]);
	ERR_clear_error();
}

/* X509_STORE_set_default_paths would read the environment by itself. The folder is read by hashed
 * name only when an issuer is looked for, so this is cheap. */
static void add_system(X509_STORE *store, const struct nd_probe_trust *trust)
{
	const char *file = trust->ssl_cert_file ? trust->ssl_cert_file : X509_get_default_cert_file();
	const char *folder = trust->ssl_cert_dir ? trust->ssl_cert_dir : X509_get_default_cert_dir();
	struct stat st;
	if (*file && stat(file, &st) == 0 && S_ISREG(st.st_mode))
		X509_STORE_load_file(store, file);
	if (*folder)
		X509_STORE_load_path(store, folder);
	ERR_clear_error();
}

static X509_STORE *given_store(struct nd_roots *roots)
{
	if (!roots->given) {
		roots->given = X509_STORE_new();
		fill(roots->given, given_certs(roots));
	}
	return roots->given;
}

static X509_STORE *system_store(struct nd_roots *roots)
{
	if (!roots->system) {
		roots->system = X509_STORE_new();
		add_system(roots->system, roots->trust);
	}
	return roots->system;
}

/* Node's bundle where it was needed anyway. Starting node takes several times as long as reading the
 * same roots from Debian's folder. */
static X509_STORE *public_store(struct nd_roots *roots)
{
	if (roots->public_roots)
		return roots->public_roots;
	roots->public_roots = X509_STORE_new();
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)X509_free);
	if (!roots->bundle && !roots->node)
		add_folder(found, MOZILLA);
	fill(roots->public_roots, found->len > 0 ? found : bundle(roots));
	return roots->public_roots;
}

static X509_STORE *npm_store(struct nd_roots *roots)
{
	const struct nd_probe_trust *trust = roots->trust;
	if (roots->npm)
		return roots->npm;
	roots->npm = X509_STORE_new();
	fill(roots->npm, given_certs(roots));
	GPtrArray *certs = trust->node_roots ? bundle(roots) : NULL;
	if (certs && !roots->node_uses_openssl)
		fill(roots->npm, certs);
	if (trust->openssl_roots || trust->system_roots || roots->node_uses_openssl)
		add_system(roots->npm, trust);
	return roots->npm;
}

/* node/src/crypto/crypto_tls.cc: its verify callback lets everything pass and the code that was set
 * last is what node reports, so a lone leaf ends as UNABLE_TO_VERIFY_LEAF_SIGNATURE. */
static int go_on(int ok, X509_STORE_CTX *ctx)
{
	(void)ok, (void)ctx;
	return 1;
}

static int verify(X509_STORE *store, X509 *leaf, STACK_OF(X509) *sent)
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

int nd_roots_verify_npm(struct nd_roots *roots, X509 *leaf, STACK_OF(X509) *sent, bool *given)
{
	const struct nd_probe_trust *trust = roots->trust;
	*given = false;
	if (trust->replaced || trust->extra.n > 0) {
		int code = verify(given_store(roots), leaf, sent);
		*given = code == X509_V_OK;
		if (*given || trust->replaced)
			return code;
	}
	return verify(npm_store(roots), leaf, sent);
}

int nd_roots_verify_system(struct nd_roots *roots, X509 *leaf, STACK_OF(X509) *sent)
{
	return verify(system_store(roots), leaf, sent);
}

int nd_roots_verify_public(struct nd_roots *roots, X509 *leaf, STACK_OF(X509) *sent)
{
	return verify(public_store(roots), leaf, sent);
}

bool nd_roots_npm_is_public(struct nd_roots *roots)
{
	const struct nd_probe_trust *trust = roots->trust;
	return !trust->replaced && trust->node_roots && !trust->openssl_roots && !trust->system_roots &&
		trust->extra.n == 0 && !roots->node_uses_openssl;
}
