#include <glib.h>
#include <npmrc-doctor/idna.h>
#include <string.h>
#include <unicode/uidna.h>

/* As node has it: CheckHyphens and VerifyDnsLength are off (URL Standard, "domain to ASCII"). */
#define FORGIVEN (UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG | \
	UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4)

/* A letter beyond ASCII takes less than this many bytes of punycode, "xn--" and all. */
#define GROWTH 12

char *nd_idna_to_ascii(const char *domain)
{
	UErrorCode status = U_ZERO_ERROR;
	UIDNA *idna = uidna_openUTS46(
		UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII, &status);
	UIDNAInfo info = UIDNA_INFO_INITIALIZER;
	size_t n = strlen(domain);
	g_autofree char *ascii = NULL;
	int32_t length;

	if (U_FAILURE(status) || n > G_MAXINT32 / GROWTH - 1) {
		uidna_close(idna);
		return NULL;
	}
	ascii = g_malloc((n + 1) * GROWTH);
	length = uidna_nameToASCII_UTF8(
		idna, domain, (int32_t)n, ascii, (int32_t)((n + 1) * GROWTH), &info, &status);
	uidna_close(idna);
	if (U_FAILURE(status) || status == U_STRING_NOT_TERMINATED_WARNING || length <= 0 ||
		(info.errors & ~(uint32_t)FORGIVEN))
		return NULL;
	return g_steal_pointer(&ascii);
}
