#include "cert.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

void nd_cert_free(struct nd_cert *cert)
{
	if (!cert)
		return;
	g_free(cert->subject);
	g_free(cert->issuer);
	g_free(cert->common_name);
	g_free(cert->issuer_name);
	g_strfreev(cert->names);
	g_free(cert->sha256);
	g_free(cert->issuer_url);
	g_free(cert);
}

static char *dup_asn1(const ASN1_STRING *text)
{
	unsigned char *utf8 = NULL;
	int n = ASN1_STRING_to_UTF8(&utf8, text);
	if (n < 0)
		return NULL;
	char *copy = g_utf8_make_valid((char *)utf8, n);
	OPENSSL_free(utf8);
	for (char *p = copy; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return copy;
}

char *nd_cert_dup_name_part(const X509_NAME *name, int nid)
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1);
	if (at < 0)
		return NULL;
	return dup_asn1(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

static char *dup_line(const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned long flags = (XN_FLAG_RFC2253 & ~(ASN1_STRFLGS_ESC_MSB | XN_FLAG_SEP_MASK)) |
		ASN1_STRFLGS_UTF8_CONVERT | XN_FLAG_SEP_CPLUS_SPC;
	X509_NAME_print_ex(bio, name, 0, flags);
	char *text = NULL;
	long n = BIO_get_mem_data(bio, &text);
	char *copy = g_utf8_make_valid(n > 0 ? text : "", n > 0 ? n : 0);
	BIO_free(bio);
	return copy;
}

static int64_t unix_time(const ASN1_TIME *when)
{
	struct tm tm = { 0 };
	if (!when || !ASN1_TIME_to_tm(when, &tm))
		return 0;
	return timegm(&tm);
}

static char *dup_sha256(const X509 *x509)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n = 0;
	GString *text = g_string_new(NULL);
	if (X509_digest(x509, EVP_sha256(), digest, &n))
		for (unsigned int i = 0; i < n; i++)
			g_string_append_printf(text, "%s%02X", i ? ":" : "", digest[i]);
	return g_string_free(text, FALSE);
}

static char *dup_general_name(const GENERAL_NAME *name)
{
	if (name->type == GEN_DNS)
		return dup_asn1(name->d.dNSName);
	if (name->type != GEN_IPADD)
		return NULL;
	char text[INET6_ADDRSTRLEN];
	int n = ASN1_STRING_length(name->d.iPAddress);
	if (n != 4 && n != 16)
		return NULL;
	const void *bytes = ASN1_STRING_get0_data(name->d.iPAddress);
	return g_strdup(inet_ntop(n == 4 ? AF_INET : AF_INET6, bytes, text, sizeof text));
}

static char **dup_names(X509 *x509)
{
	GPtrArray *names = g_ptr_array_new();
	GENERAL_NAMES *found = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; i < sk_GENERAL_NAME_num(found); i++) {
		char *name = dup_general_name(sk_GENERAL_NAME_value(found, i));
		if (name)
			g_ptr_array_add(names, name);
	}
	GENERAL_NAMES_free(found);
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(names, FALSE);
}

static char *dup_issuer_url(X509 *x509)
{
	char *url = NULL;
	AUTHORITY_INFO_ACCESS *found = X509_get_ext_d2i(x509, NID_info_access, NULL, NULL);
	for (int i = 0; !url && i < sk_ACCESS_DESCRIPTION_num(found); i++) {
		const ACCESS_DESCRIPTION *one = sk_ACCESS_DESCRIPTION_value(found, i);
		if (OBJ_obj2nid(one->method) == NID_ad_ca_issuers && one->location->type == GEN_URI)
			url = dup_asn1(one->location->d.uniformResourceIdentifier);
	}
	AUTHORITY_INFO_ACCESS_free(found);
	return url;
}

struct nd_cert *nd_cert_new(X509 *x509)
{
	const X509_NAME *subject = X509_get_subject_name(x509);
	const X509_NAME *issuer = X509_get_issuer_name(x509);
	struct nd_cert *cert = g_new0(struct nd_cert, 1);
	cert->subject = dup_line(subject);
	cert->issuer = dup_line(issuer);
	cert->common_name = nd_cert_dup_name_part(subject, NID_commonName);
	cert->issuer_name = nd_cert_dup_name_part(issuer, NID_commonName);
	if (!cert->issuer_name)
		cert->issuer_name = nd_cert_dup_name_part(issuer, NID_organizationName);
	cert->names = dup_names(x509);
	cert->not_before = unix_time(X509_get0_notBefore(x509));
	cert->not_after = unix_time(X509_get0_notAfter(x509));
	cert->sha256 = dup_sha256(x509);
	cert->self_issued = X509_NAME_cmp(subject, issuer) == 0;
	cert->issuer_url = dup_issuer_url(x509);
	ERR_clear_error();
	return cert;
}

/* A key's block is none of our business: its text is not even decoded. */
static const char *const labels[] = { "CERTIFICATE-----", "X509 CERTIFICATE-----",
	"TRUSTED CERTIFICATE-----" };

bool nd_cert_is_label(const char *label, size_t n)
{
	for (size_t i = 0; i < G_N_ELEMENTS(labels); i++)
		if (n >= strlen(labels[i]) && memcmp(label, labels[i], strlen(labels[i])) == 0)
			return true;
	return false;
}

/* No pass phrase is ever asked for on the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *data)
{
	(void)buffer, (void)size, (void)writing, (void)data;
	return 0;
}

static X509 *read_block(const char *p, size_t n)
{
	BIO *bio = n <= G_MAXINT ? BIO_new_mem_buf(p, (int)n) : NULL;
	if (!bio)
		return NULL;
	X509 *x509 = PEM_read_bio_X509_AUX(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return x509;
}

static GPtrArray *read_x509(struct nd_span pem, size_t *broken)
{
	static const char begin[] = "-----BEGIN ", end[] = "-----END ";
	GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify)X509_free);
	const char *p = pem.p, *stop = pem.p + pem.n;
	*broken = 0;
	while (p && (p = memmem(p, (size_t)(stop - p), begin, sizeof begin - 1))) {
		const char *label = p + sizeof begin - 1;
		if (!nd_cert_is_label(label, (size_t)(stop - label))) {
			p = label;
			continue;
		}
		const char *last = memmem(label, (size_t)(stop - label), end, sizeof end - 1);
		const char *eol = last ? memchr(last, '\n', (size_t)(stop - last)) : NULL;
		const char *after = eol ? eol + 1 : stop;
		X509 *x509 = last ? read_block(p, (size_t)(after - p)) : NULL;
		if (x509)
			g_ptr_array_add(found, x509);
		else
			(*broken)++;
		p = last ? last + sizeof end - 1 : label;
	}
	return found;
}

GPtrArray *nd_probe_read_pem(struct nd_span pem, size_t *broken)
{
	size_t bad = 0;
	GPtrArray *certs = g_ptr_array_new_with_free_func((GDestroyNotify)nd_cert_free);
	g_autoptr(GPtrArray) found = read_x509(pem, &bad);
	for (guint i = 0; i < found->len; i++)
		g_ptr_array_add(certs, nd_cert_new(found->pdata[i]));
	if (broken)
		*broken = bad;
	return certs;
}
