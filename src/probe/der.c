#include "der.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

/* A sent chain can be long; a verified one is not. */
#define MAX_NAMES 256

GPtrArray *nd_der_list_new(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
}

GBytes *nd_der_decode(const char *p, size_t n)
{
	char *name = NULL, *header = NULL;
	unsigned char *bytes = NULL;
	long length = 0;
	GBytes *der = NULL;
	BIO *bio = BIO_new_mem_buf(p, (int)MIN(n, (size_t)G_MAXINT));
	if (PEM_read_bio(bio, &name, &header, &bytes, &length) && !*header)
		der = g_bytes_new(bytes, (gsize)length);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(bytes);
	BIO_free(bio);
	return der;
}

/* A key's block is none of our business: its text is not even decoded. */
static const char *const labels[] = { "CERTIFICATE-----", "X509 CERTIFICATE-----",
	"TRUSTED CERTIFICATE-----" };

bool nd_der_is_label(const char *label, size_t n)
{
	for (size_t i = 0; i < G_N_ELEMENTS(labels); i++)
		if (n >= strlen(labels[i]) && memcmp(label, labels[i], strlen(labels[i])) == 0)
			return true;
	return false;
}

void nd_der_add_pem(GPtrArray *into, struct nd_span pem)
{
	static const char begin[] = "-----BEGIN ";
	const char *p = pem.p, *stop = pem.p + pem.n, *next;
	for (; p && (p = memmem(p, (size_t)(stop - p), begin, sizeof begin - 1)); p = next) {
		const char *label = p + sizeof begin - 1;
		next = memmem(label, (size_t)(stop - label), begin, sizeof begin - 1);
		size_t n = (size_t)((next ? next : stop) - p);
		GBytes *der = nd_der_is_label(label, n - (sizeof begin - 1)) ? nd_der_decode(p, n) : NULL;
		if (der)
			g_ptr_array_add(into, der);
	}
	ERR_clear_error();
}

void nd_der_add_file(GPtrArray *into, const char *path)
{
	g_autofree char *text = NULL;
	gsize n = 0;
	if (g_file_get_contents(path, &text, &n, NULL))
		nd_der_add_pem(into, (struct nd_span){ text, n });
}

void nd_der_add_folder(GPtrArray *into, const char *path)
{
	const char *name;
	GDir *folder = g_dir_open(path, 0, NULL);
	while (folder && (name = g_dir_read_name(folder))) {
		g_autofree char *file = g_build_filename(path, name, NULL);
		nd_der_add_file(into, file);
	}
	if (folder)
		g_dir_close(folder);
}

static X509 *add_to_store(X509_STORE *store, GBytes *der)
{
	gsize n = 0;
	const unsigned char *bytes = g_bytes_get_data(der, &n);
	/* The block may carry OpenSSL's trust settings. */
	X509 *x509 = d2i_X509_AUX(NULL, &bytes, (long)n);
	if (x509)
		X509_STORE_add_cert(store, x509);
	return x509;
}

void nd_der_fill(X509_STORE *store, const GPtrArray *list)
{
	for (guint i = 0; i < list->len; i++)
		X509_free(add_to_store(store, list->pdata[i]));
	ERR_clear_error();
}

static bool holds(GBytes *der, GBytes *name)
{
	gsize n = 0, n_name = 0;
	const void *bytes = g_bytes_get_data(der, &n), *text = g_bytes_get_data(name, &n_name);
	return n_name > 0 && memmem(bytes, n, text, n_name) != NULL;
}

static void add_issuer(GPtrArray *names, X509 *x509)
{
	const unsigned char *bytes = NULL;
	size_t n = 0;
	if (names->len >= MAX_NAMES || !X509_NAME_get0_der(X509_get_issuer_name(x509), &bytes, &n))
		return;
	GBytes *name = g_bytes_new(bytes, n);
	if (g_ptr_array_find_with_equal_func(names, name, g_bytes_equal, NULL))
		g_bytes_unref(name);
	else
		g_ptr_array_add(names, name);
}

void nd_der_fill_for(X509_STORE *store, const GPtrArray *list, X509 *leaf, STACK_OF(X509) *sent)
{
	g_autoptr(GPtrArray) names = nd_der_list_new();
	g_autofree bool *taken = g_new0(bool, list->len + 1);
	add_issuer(names, leaf);
	for (int i = 0; i < sk_X509_num(sent); i++)
		add_issuer(names, sk_X509_value(sent, i));
	for (guint name = 0; name < names->len; name++) {
		for (guint i = 0; i < list->len; i++) {
			if (taken[i] || !holds(list->pdata[i], names->pdata[name]))
				continue;
			X509 *x509 = add_to_store(store, list->pdata[i]);
			taken[i] = true;
			if (x509)
				add_issuer(names, x509);
			X509_free(x509);
		}
	}
	ERR_clear_error();
}
