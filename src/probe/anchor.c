#include "anchor.h"

#include "crypto.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static char *dup_text(BIO *bio)
{
	char *text = NULL;
	long n = BIO_get_mem_data(bio, &text);
	return n > 0 ? g_strndup(text, (gsize)n) : NULL;
}

static char *dup_pem(X509 *x509)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem = PEM_write_bio_X509(bio, x509) ? dup_text(bio) : NULL;
	BIO_free(bio);
	ERR_clear_error();
	return pem;
}

/* Only a root is one to node: it knows no partial chains. */
static X509 *sent_root(STACK_OF(X509) *sent)
{
	for (int i = 0; i < sk_X509_num(sent); i++) {
		X509 *one = sk_X509_value(sent, i);
		if (X509_check_ca(one) == 1 && X509_self_signed(one, 1) == 1) {
			X509_up_ref(one);
			return one;
		}
	}
	return NULL;
}

char *nd_anchor_find(struct nd_roots *roots, X509 *leaf, STACK_OF(X509) *sent, bool by_system)
{
	X509 *root = by_system ? nd_roots_system_anchor(roots, leaf, sent) : sent_root(sent);
	char *pem = root ? dup_pem(root) : NULL;
	X509_free(root);
	ERR_clear_error();
	return pem;
}

static void write_der(BIO *bio, GBytes *der)
{
	gsize n = 0;
	const unsigned char *bytes = g_bytes_get_data(der, &n);
	X509 *x509 = d2i_X509_AUX(NULL, &bytes, (long)n);
	if (x509)
		PEM_write_bio_X509(bio, x509);
	X509_free(x509);
}

char *nd_probe_public_pem(const struct nd_probe_trust *trust, double timeout_s)
{
	gint64 deadline = g_get_monotonic_time() + (gint64)(timeout_s * G_USEC_PER_SEC);
	nd_crypto_init();
	struct nd_roots *roots = nd_roots_new(trust, deadline);
	const GPtrArray *list = nd_roots_public(roots);
	BIO *bio = BIO_new(BIO_s_mem());
	for (guint i = 0; i < list->len; i++)
		write_der(bio, list->pdata[i]);
	char *pem = dup_text(bio);
	BIO_free(bio);
	nd_roots_free(roots);
	ERR_clear_error();
	return pem;
}
