#include "hop.h"

#include "anchor.h"
#include "cert.h"

#include <openssl/err.h>

static enum nd_verdict verdict_of(int code)
{
	switch (code) {
	case X509_V_OK:
		return ND_VERDICT_OK;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return ND_VERDICT_SELF_SIGNED;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return ND_VERDICT_ROOT_UNKNOWN;
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return ND_VERDICT_LEAF_ONLY;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
		return ND_VERDICT_ISSUER_UNKNOWN;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return ND_VERDICT_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return ND_VERDICT_NOT_YET_VALID;
	case X509_V_ERR_HOSTNAME_MISMATCH:
		return ND_VERDICT_WRONG_NAME;
	default:
		return ND_VERDICT_OTHER;
	}
}

static int with_name(const struct nd_hop *hop, int code)
{
	return code == X509_V_OK && hop->facts.wrong_name ? X509_V_ERR_HOSTNAME_MISMATCH : code;
}

/* The first certificate sent is the leaf; OpenSSL has it in both places. */
static void record(struct nd_hop *hop, X509 *leaf, STACK_OF(X509) *sent)
{
	struct nd_tls_facts *facts = &hop->facts;
	X509_free(hop->leaf);
	sk_X509_pop_free(hop->sent, X509_free);
	g_clear_pointer(&facts->chain, g_ptr_array_unref);
	X509_up_ref(leaf);
	hop->leaf = leaf;
	hop->sent = sent ? X509_chain_up_ref(sent) : NULL;
	facts->seen = true;
	facts->chain = g_ptr_array_new_with_free_func((GDestroyNotify)nd_cert_free);
	g_ptr_array_add(facts->chain, nd_cert_new(leaf));
	for (int i = 0; i < sk_X509_num(sent) && facts->chain->len < ND_CERT_MAX_CHAIN; i++) {
		X509 *one = sk_X509_value(sent, i);
		if (i > 0 || X509_cmp(one, leaf) != 0)
			g_ptr_array_add(facts->chain, nd_cert_new(one));
	}
	const struct nd_cert *first = facts->chain->pdata[0];
	facts->wrong_name = !nd_name_matches(hop->host, first->names, leaf);
}

static int verify_chain(X509_STORE_CTX *ctx, void *data)
{
	struct nd_hop *hop = data;
	X509 *leaf = X509_STORE_CTX_get0_cert(ctx);
	if (!leaf)
		return 0;
	record(hop, leaf, X509_STORE_CTX_get0_untrusted(ctx));
	gint64 before = g_get_monotonic_time();
	int code = nd_roots_verify_npm(hop->roots, leaf, hop->sent, &hop->given);
	hop->waited += g_get_monotonic_time() - before;
	code = with_name(hop, code);
	hop->facts.verify_code = code;
	hop->facts.npm = verdict_of(code);
	if (code == X509_V_OK || hop->unverified) {
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
		return 1;
	}
	hop->failure = ND_HOP_UNTRUSTED;
	X509_STORE_CTX_set_error(ctx, code);
	return 0;
}

static bool is_no_record(int reason)
{
	return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
		reason == SSL_R_HTTPS_PROXY_REQUEST || reason == SSL_R_BAD_RECORD_TYPE;
}

/* OpenSSL's queue still holds the reason when the state machine stops. */
static void note_failure(struct nd_hop *hop)
{
	unsigned long error = ERR_peek_error();
	if (hop->failure != ND_HOP_FINE || error == 0 || ERR_GET_LIB(error) != ERR_LIB_SSL)
		return;
	int reason = ERR_GET_REASON(error);
	if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return;
	hop->failure = is_no_record(reason) ? ND_HOP_NOT_TLS : ND_HOP_REFUSED;
}

static void watch(const SSL *ssl, int where, int value)
{
	struct nd_hop *hop = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT) {
		/* A server that wants a client certificate says so after a TLS 1.3 handshake. */
		if ((value >> 8) == SSL3_AL_FATAL && hop->failure == ND_HOP_FINE) {
			hop->failure = ND_HOP_REFUSED;
			hop->facts.alert = value & 0xff;
		}
	} else if (where & SSL_CB_HANDSHAKE_DONE) {
		if (!hop->done)
			hop->done_at = g_get_monotonic_time();
		hop->done = true;
		g_free(hop->facts.protocol);
		hop->facts.protocol = g_strdup(SSL_get_version(ssl));
	} else if ((where & SSL_CB_CONNECT_EXIT) == SSL_CB_CONNECT_EXIT && value <= 0) {
		note_failure(hop);
	}
}

/* The system's openssl.cnf must not decide: node brings an OpenSSL of its own, at level 1 with TLS 1.2
 * (node/src/crypto/crypto_context.cc). Quiet shutdown: a close_notify to a peer that has closed would
 * be answered by a reset, which would then look like the peer's way to end. */
void nd_hop_attach(struct nd_hop *hop, SSL_CTX *ctx)
{
	hop->begun = true;
	SSL_CTX_set_app_data(ctx, hop);
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_security_level(ctx, 1);
	SSL_CTX_set_quiet_shutdown(ctx, 1);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, verify_chain, hop);
	SSL_CTX_set_info_callback(ctx, watch);
}

/* Where npm copes, the public roots only matter for a host that is known to be certified by them. */
static bool judge_public(const struct nd_hop *hop)
{
	if (hop->facts.npm != ND_VERDICT_OK)
		return true;
	return hop->public_host && (hop->given || !nd_roots_npm_is_public(hop->roots));
}

static bool is_matter_of_trust(enum nd_verdict verdict)
{
	return verdict == ND_VERDICT_ROOT_UNKNOWN || verdict == ND_VERDICT_LEAF_ONLY ||
		verdict == ND_VERDICT_ISSUER_UNKNOWN;
}

void nd_hop_judge(struct nd_hop *hop)
{
	struct nd_tls_facts *facts = &hop->facts;
	if (!facts->seen || facts->public_roots != ND_VERDICT_UNKNOWN)
		return;
	facts->stand_in = !hop->given && nd_roots_stand_in(hop->roots);
	if (facts->npm == ND_VERDICT_OK && !hop->given && nd_roots_npm_is_public(hop->roots))
		facts->public_roots = ND_VERDICT_OK;
	else if (judge_public(hop))
		facts->public_roots = verdict_of(with_name(hop,
			nd_roots_verify_public(hop->roots, hop->leaf, hop->sent)));
	if (facts->npm == ND_VERDICT_OK)
		return;
	int code = nd_roots_verify_system(hop->roots, hop->leaf, hop->sent);
	facts->system = verdict_of(with_name(hop, code));
	if (facts->system == ND_VERDICT_OK)
		facts->bundle = nd_roots_bundle_for(hop->leaf, hop->sent);
	if (is_matter_of_trust(facts->npm))
		facts->anchor = nd_anchor_find(hop->roots, hop->leaf, hop->sent, facts->system == ND_VERDICT_OK);
}

bool nd_hop_is_private(const struct nd_hop *hop)
{
	return hop->leaf &&
		is_matter_of_trust(verdict_of(nd_roots_verify_public(hop->roots, hop->leaf, hop->sent)));
}

void nd_tls_facts_copy(struct nd_tls_facts *to, const struct nd_tls_facts *from)
{
	*to = *from;
	to->chain = from->chain ? g_ptr_array_ref(from->chain) : NULL;
	to->protocol = g_strdup(from->protocol);
	to->anchor = g_strdup(from->anchor);
}

void nd_tls_facts_release(struct nd_tls_facts *facts)
{
	g_clear_pointer(&facts->chain, g_ptr_array_unref);
	g_clear_pointer(&facts->protocol, g_free);
	g_clear_pointer(&facts->anchor, g_free);
}

void nd_hop_release(struct nd_hop *hop)
{
	g_clear_pointer(&hop->leaf, X509_free);
	sk_X509_pop_free(hop->sent, X509_free);
	hop->sent = NULL;
	nd_tls_facts_release(&hop->facts);
}
