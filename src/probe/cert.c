#include "cert.h"

#include "crypto.h"
#include "der.h"

#include <arpa/inet.h>
#include <openssl/err.h>
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

/* An X509 name's attribute as UTF-8, or NULL. */
static char *name_part(const X509_NAME *name, int nid)
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

/* GLib's: the first digest of OpenSSL makes it look for its providers. */
static char *dup_sha256(const unsigned char *der, size_t n)
{
	g_autofree char *hex = g_compute_checksum_for_data(G_CHECKSUM_SHA256, der, n);
	GString *text = g_string_new(NULL);
	for (const char *p = hex; p && *p; p += 2)
		g_string_append_printf(text, "%s%c%c", text->len ? ":" : "", g_ascii_toupper(p[0]),
			g_ascii_toupper(p[1]));
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

static char **dup_names(const STACK_OF(X509_EXTENSION) *extensions)
{
	GPtrArray *names = g_ptr_array_new();
	GENERAL_NAMES *found = X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; i < sk_GENERAL_NAME_num(found); i++) {
		char *name = dup_general_name(sk_GENERAL_NAME_value(found, i));
		if (name)
			g_ptr_array_add(names, name);
	}
	GENERAL_NAMES_free(found);
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(names, FALSE);
}

static char *dup_issuer_url(const STACK_OF(X509_EXTENSION) *extensions)
{
	char *url = NULL;
	AUTHORITY_INFO_ACCESS *found = X509V3_get_d2i(extensions, NID_info_access, NULL, NULL);
	for (int i = 0; !url && i < sk_ACCESS_DESCRIPTION_num(found); i++) {
		const ACCESS_DESCRIPTION *one = sk_ACCESS_DESCRIPTION_value(found, i);
		if (OBJ_obj2nid(one->method) == NID_ad_ca_issuers && one->location->type == GEN_URI)
			url = dup_asn1(one->location->d.uniformResourceIdentifier);
	}
	AUTHORITY_INFO_ACCESS_free(found);
	return url;
}

/* What is written down of a certificate. */
struct parts {
	const X509_NAME *subject, *issuer;
	const ASN1_TIME *from, *until;
	const STACK_OF(X509_EXTENSION) *extensions;
};

static struct nd_cert *write_down(const struct parts *parts, const unsigned char *der, size_t n)
{
	struct nd_cert *cert = g_new0(struct nd_cert, 1);
	cert->subject = dup_line(parts->subject);
	cert->issuer = dup_line(parts->issuer);
	cert->common_name = name_part(parts->subject, NID_commonName);
	cert->issuer_name = name_part(parts->issuer, NID_commonName);
	if (!cert->issuer_name)
		cert->issuer_name = name_part(parts->issuer, NID_organizationName);
	cert->names = dup_names(parts->extensions);
	cert->not_before = unix_time(parts->from);
	cert->not_after = unix_time(parts->until);
	cert->sha256 = dup_sha256(der, n);
	cert->self_issued = X509_NAME_cmp(parts->subject, parts->issuer) == 0;
	cert->issuer_url = dup_issuer_url(parts->extensions);
	ERR_clear_error();
	return cert;
}

struct nd_cert *nd_cert_new(X509 *x509)
{
	const struct parts parts = { X509_get_subject_name(x509), X509_get_issuer_name(x509),
		X509_get0_notBefore(x509), X509_get0_notAfter(x509), X509_get0_extensions(x509) };
	unsigned char *der = NULL;
	int n = i2d_X509(x509, &der);
	struct nd_cert *cert = write_down(&parts, der, n > 0 ? (size_t)n : 0);
	OPENSSL_free(der);
	return cert;
}

/* One element of DER, of this tag; `*p` is moved behind it, or into it. */
static bool take(const unsigned char **p, const unsigned char *end, int tag, int class, bool into,
	const unsigned char **stop)
{
	const unsigned char *at = *p;
	long n = 0;
	int got_tag = 0, got_class = 0;
	if (at >= end || ASN1_get_object(&at, &n, &got_tag, &got_class, end - at) & 0x81 ||
	    got_tag != tag || got_class != class)
		return false;
	if (stop)
		*stop = at + n;
	*p = into ? at : at + n;
	return true;
}

struct owned {
	X509_NAME *subject, *issuer;
	ASN1_TIME *from, *until;
	STACK_OF(X509_EXTENSION) *extensions;
};

/* RFC 5280, 4.1: TBSCertificate. */
static bool read_parts(const unsigned char *p, const unsigned char *end, struct owned *out)
{
	const int plain = V_ASN1_UNIVERSAL, special = V_ASN1_CONTEXT_SPECIFIC;
	const unsigned char *stop;
	/* One within the other. NOLINTNEXTLINE(misc-redundant-expression) */
	if (!take(&p, end, V_ASN1_SEQUENCE, plain, true, &end) ||
	    !take(&p, end, V_ASN1_SEQUENCE, plain, true, &end))
		return false;
	take(&p, end, 0, special, false, NULL);
	if (!take(&p, end, V_ASN1_INTEGER, plain, false, NULL) ||
	    !take(&p, end, V_ASN1_SEQUENCE, plain, false, NULL) ||
	    !(out->issuer = d2i_X509_NAME(NULL, &p, end - p)) ||
	    !take(&p, end, V_ASN1_SEQUENCE, plain, true, &stop) ||
	    !(out->from = d2i_ASN1_TIME(NULL, &p, stop - p)) ||
	    !(out->until = d2i_ASN1_TIME(NULL, &p, stop - p)) ||
	    !(out->subject = d2i_X509_NAME(NULL, &p, end - p)) ||
	    !take(&p, end, V_ASN1_SEQUENCE, plain, false, NULL))
		return false;
	take(&p, end, 1, special, false, NULL);
	take(&p, end, 2, special, false, NULL);
	if (take(&p, end, 3, special, true, &stop))
		out->extensions = d2i_X509_EXTENSIONS(NULL, &p, stop - p);
	return true;
}

struct nd_cert *nd_cert_read(const unsigned char *der, size_t n)
{
	struct owned owned = { 0 };
	const unsigned char *p = der, *stop = der;
	struct nd_cert *cert = NULL;
	if (read_parts(der, der + n, &owned) &&
	    take(&p, der + n, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, false, &stop)) {
		const struct parts parts = { owned.subject, owned.issuer, owned.from, owned.until,
			owned.extensions };
		cert = write_down(&parts, der, (size_t)(stop - der));
	}
	X509_NAME_free(owned.subject);
	X509_NAME_free(owned.issuer);
	ASN1_TIME_free(owned.from);
	ASN1_TIME_free(owned.until);
	sk_X509_EXTENSION_pop_free(owned.extensions, X509_EXTENSION_free);
	ERR_clear_error();
	return cert;
}

static struct nd_cert *read_block(const char *p, size_t n)
{
	gsize length = 0;
	g_autoptr(GBytes) der = nd_der_decode(p, n);
	const unsigned char *bytes = der ? g_bytes_get_data(der, &length) : NULL;
	return bytes ? nd_cert_read(bytes, length) : NULL;
}

/* The keys in the certificates are not looked at: the first one costs as much as all the rest. */
GPtrArray *nd_probe_read_pem(struct nd_span pem, size_t *broken)
{
	static const char begin[] = "-----BEGIN ", end[] = "-----END ";
	GPtrArray *certs = g_ptr_array_new_with_free_func((GDestroyNotify)nd_cert_free);
	const char *p = pem.p, *stop = pem.p + pem.n;
	size_t bad = 0;
	nd_crypto_init();
	while (p && (p = memmem(p, (size_t)(stop - p), begin, sizeof begin - 1))) {
		const char *label = p + sizeof begin - 1;
		if (!nd_der_is_label(label, (size_t)(stop - label))) {
			p = label;
			continue;
		}
		const char *last = memmem(label, (size_t)(stop - label), end, sizeof end - 1);
		const char *eol = last ? memchr(last, '\n', (size_t)(stop - last)) : NULL;
		const char *after = eol ? eol + 1 : stop;
		struct nd_cert *cert = last ? read_block(p, (size_t)(after - p)) : NULL;
		if (cert)
			g_ptr_array_add(certs, cert);
		else
			bad++;
		p = last ? last + sizeof end - 1 : label;
	}
	if (broken)
		*broken = bad;
	return certs;
}
