#include "place.h"

#include <curl/curl.h>
#include <glib.h>
#include <string.h>

bool nd_place_is_https(const char *base)
{
	return g_ascii_strncasecmp(base, "https:", 6) == 0;
}

static char *dup_url(CURLU *url)
{
	char *text = NULL;
	if (curl_url_get(url, CURLUPART_URL, &text, 0) != CURLUE_OK)
		return NULL;
	char *copy = g_strdup(text);
	curl_free(text);
	return copy;
}

static bool end_with_slash(CURLU *url)
{
	char *path = NULL;
	if (curl_url_get(url, CURLUPART_PATH, &path, 0) != CURLUE_OK)
		return false;
	g_autofree char *slashed = g_strconcat(path, g_str_has_suffix(path, "/") ? "" : "/", NULL);
	curl_free(path);
	return curl_url_set(url, CURLUPART_PATH, slashed, 0) == CURLUE_OK;
}

char *nd_place_base(const char *text)
{
	static const CURLUPart dropped[] = { CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY,
		CURLUPART_FRAGMENT };
	if (g_ascii_strncasecmp(text, "http:", 5) != 0 && !nd_place_is_https(text))
		return NULL;
	CURLU *url = curl_url();
	char *base = NULL;
	if (curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK) {
		for (size_t i = 0; i < G_N_ELEMENTS(dropped); i++)
			curl_url_set(url, dropped[i], NULL, 0);
		if (end_with_slash(url))
			base = dup_url(url);
	}
	curl_url_cleanup(url);
	return base;
}

char *nd_place_other(const char *base)
{
	CURLU *url = curl_url();
	char *other = NULL;
	if (curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK &&
	    curl_url_set(url, CURLUPART_SCHEME, nd_place_is_https(base) ? "http" : "https", 0) ==
		    CURLUE_OK)
		other = dup_url(url);
	curl_url_cleanup(url);
	return other;
}

/* npm-package-arg/lib/npa.js, escapedName: only the slash of a scope is escaped. */
char *nd_place_package(const char *base, const char *package)
{
	g_auto(GStrv) parts = g_strsplit(package, "/", -1);
	g_autofree char *joined = g_strjoinv("%2f", parts);
	g_autofree char *escaped = g_uri_escape_string(joined, "@%", FALSE);
	return g_strconcat(base, escaped, NULL);
}

char *nd_place_host(const char *text)
{
	char *host = NULL, *port = NULL, *result = NULL;
	CURLU *url = curl_url();
	if (curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
		curl_url_get(url, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT);
		g_autofree char *both = g_strconcat(host, port ? ":" : NULL, port, NULL);
		result = g_ascii_strdown(both, -1);
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(url);
	return result;
}

char *nd_place_resolve(const char *base, const char *location)
{
	char *result = NULL;
	CURLU *url = curl_url();
	if (curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK &&
	    curl_url_set(url, CURLUPART_URL, location, CURLU_URLENCODE) == CURLUE_OK) {
		curl_url_set(url, CURLUPART_USER, NULL, 0);
		curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
		curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
		result = dup_url(url);
	}
	curl_url_cleanup(url);
	if (result && g_ascii_strncasecmp(result, "http:", 5) != 0 && !nd_place_is_https(result))
		g_clear_pointer(&result, g_free);
	return result;
}
