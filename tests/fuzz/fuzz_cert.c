#include "fuzz.h"

#include "probe/anchor.h"
#include "probe/cert.h"
#include "probe/crypto.h"
#include "probe/der.h"
#include "probe/hop.h"

/* Certificates as bytes: what OpenSSL takes for one our reader, which leaves the key out, describes alike;
 * PEM text has as many readable and broken blocks as it has beginnings. */

static void check_text(const char *text)
{
	LAW(!text || g_utf8_validate(text, -1, NULL));
	for (const char *p = text; p && *p; p++)
		LAW((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void check_cert(const struct nd_cert *cert)
{
	LAW(cert->subject && cert->issuer && cert->names && strlen(cert->sha256) == 95);
	check_text(cert->subject);
	check_text(cert->issuer);
	check_text(cert->common_name);
	check_text(cert->issuer_name);
	check_text(cert->issuer_url);
	for (char **name = cert->names; *name; name++)
		check_text(*name);
}

static void check_same(const struct nd_cert *a, const struct nd_cert *b)
{
	LAW(g_strcmp0(a->subject, b->subject) == 0 && g_strcmp0(a->issuer, b->issuer) == 0);
	LAW(g_strcmp0(a->common_name, b->common_name) == 0);
	LAW(a->not_before == b->not_before && a->not_after == b->not_after);
	LAW(a->self_issued == b->self_issued);
}

static void check_x509(X509 *x509, const struct nd_cert *ours)
{
	STACK_OF(X509) *sent = sk_X509_new_null();
	struct nd_cert *whole = nd_cert_new(x509);
	g_autofree char *pem = NULL;

	check_cert(whole);
	if (ours)
		check_same(ours, whole);
	nd_name_matches("registry.example", whole->names, x509);
	nd_name_matches("192.0.2.1", whole->names, x509);
	sk_X509_push(sent, x509);
	pem = nd_anchor_find(NULL, x509, sent, false);
	LAW(!pem || g_str_has_prefix(pem, "-----BEGIN CERTIFICATE-----\n"));
	sk_X509_free(sent);
	nd_cert_free(whole);
}

static void check_der(const unsigned char *der, size_t n)
{
	struct nd_cert *cert = nd_cert_read(der, n);
	const unsigned char *p = der;
	X509 *x509 = d2i_X509(NULL, &p, (long)n);

	if (cert)
		check_cert(cert);
	if (x509)
		check_x509(x509, cert);
	X509_free(x509);
	nd_cert_free(cert);
}

static size_t count(struct nd_span text, const char *word)
{
	size_t n = 0;

	for (size_t i = 0; i + strlen(word) <= text.n; i++)
		n += memcmp(text.p + i, word, strlen(word)) == 0;
	return n;
}

static void check_pem(struct nd_span pem)
{
	GPtrArray *list = nd_der_list_new(), *certs;
	X509_STORE *store = X509_STORE_new();
	size_t broken;

	certs = nd_probe_read_pem(pem, &broken);
	LAW(certs->len + broken <= count(pem, "-----BEGIN "));
	for (guint i = 0; i < certs->len; i++)
		check_cert(certs->pdata[i]);
	nd_der_add_pem(list, pem);
	nd_der_fill(store, list);
	for (guint i = 0; i < list->len; i++) {
		gsize n = 0;
		const unsigned char *der = g_bytes_get_data(list->pdata[i], &n);

		check_der(der, n);
	}
	X509_STORE_free(store);
	g_ptr_array_unref(certs);
	g_ptr_array_unref(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	nd_crypto_init();
	if (n > 0 && data[0] == '-')
		check_pem((struct nd_span){ (const char *)data, n });
	else
		check_der(data, n);
	return 0;
}
