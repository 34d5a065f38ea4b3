#include "fuzz.h"

#include <npmrc-doctor/url.h>
#include <stdbool.h>

/* An entry, a line feed, a host: what matches is the host or the end of it behind a dot, the host matches
 * itself, and blanks around the entry change nothing. */

static bool matches(const char *entry, const char *host)
{
	return nd_noproxy_match(nd_span_of(entry), host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	g_autofree char *text = g_strndup((const char *)data, n), *blank = NULL, *below = NULL;
	char *host = strchr(text, '\n');

	if (!host || n > 4096)
		return 0;
	*host++ = '\0';
	blank = g_strdup_printf(" \t%s ", text);
	below = g_strdup_printf("x.%s", host);
	LAW(matches(text, host) == matches(blank, host));
	LAW(!matches(text, host) || matches(text, below));
	if (*host && !strpbrk(host, " \t\r\n\v\f\xc2\xe1\xe2\xe3\xef") && !strstr(host, "..") && *host != '.' &&
		!g_str_has_suffix(host, "."))
		LAW(matches(host, host));
	return 0;
}
