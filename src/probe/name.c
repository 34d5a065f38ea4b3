/* Whether a certificate is for a host, after node/lib/tls.js, checkServerIdentity(). */
#include "cert.h"
#include "hop.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <string.h>

static bool parse_ip(const char *text, unsigned char bytes[16], size_t *n)
{
	if (inet_pton(AF_INET, text, bytes) == 1)
		*n = 4;
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		*n = 16;
	else
		return false;
	return true;
}

static char **split_host(const char *host)
{
	g_autofree char *lower = g_ascii_strdown(host, -1);
	size_t n = strlen(lower);
	if (n > 0 && lower[n - 1] == '.')
		lower[n - 1] = '\0';
	return g_strsplit(lower, ".", -1);
}

static bool is_bad_part(const char *part)
{
	if (!*part)
		return true;
	for (; *part; part++)
		if ((unsigned char)*part < 0x21 || (unsigned char)*part > 0x7f)
			return true;
	return false;
}

static bool first_part_matches(const char *host, const char *pattern, guint parts)
{
	const char *star = strchr(pattern, '*');
	if (!star || strstr(pattern, "xn--"))
		return strcmp(host, pattern) == 0;
	if (strchr(star + 1, '*') || parts <= 2)
		return false;
	size_t prefix = (size_t)(star - pattern), suffix = strlen(star + 1), n = strlen(host);
	return prefix + suffix <= n && memcmp(host, pattern, prefix) == 0 &&
		strcmp(host + n - suffix, star + 1) == 0;
}

static bool pattern_matches(char **host, const char *pattern)
{
	g_auto(GStrv) parts = split_host(pattern);
	guint n = g_strv_length(parts);
	if (n == 0 || n != g_strv_length(host))
		return false;
	for (guint i = 0; i < n; i++)
		if (is_bad_part(parts[i]) || (i > 0 && strcmp(host[i], parts[i]) != 0))
			return false;
	return first_part_matches(host[0], parts[0], n);
}

static bool ip_matches(const unsigned char *ip, size_t n, char **names)
{
	for (; *names; names++) {
		unsigned char bytes[16];
		size_t got = 0;
		if (parse_ip(*names, bytes, &got) && got == n && memcmp(ip, bytes, n) == 0)
			return true;
	}
	return false;
}

static bool has_type(X509 *leaf, int type)
{
	bool found = false;
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		found = found || sk_GENERAL_NAME_value(names, i)->type == type;
	GENERAL_NAMES_free(names);
	return found;
}

/* Only without any DNS name the common names count. */
static bool common_name_matches(char **host, const X509_NAME *subject)
{
	for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) {
		unsigned char *text = NULL;
		X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject, at);
		int n = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
		bool matches = n > 0 && strlen((char *)text) == (size_t)n &&
			pattern_matches(host, (char *)text);
		OPENSSL_free(text);
		if (matches)
			return true;
	}
	return false;
}

bool nd_name_matches(const char *host, char **names, X509 *leaf)
{
	unsigned char ip[16];
	size_t n = 0;
	if (parse_ip(host, ip, &n))
		return ip_matches(ip, n, names);
	g_auto(GStrv) parts = split_host(host);
	if (!has_type(leaf, GEN_DNS))
		return common_name_matches(parts, X509_get_subject_name(leaf));
	for (; *names; names++) {
		size_t unused;
		if (!parse_ip(*names, ip, &unused) && pattern_matches(parts, *names))
			return true;
	}
	return false;
}
