#include "fuzz.h"

#include <npmrc-doctor/url.h>

/* What was parsed parses to itself; userinfo lies in the text. */

static void check_parsed(struct nd_span text, const struct nd_url *url)
{
	struct nd_url *again = nd_url_parse(nd_span_of(url->href));
	struct nd_userinfo userinfo;

	LAW(again && g_str_equal(again->href, url->href) && again->port == url->port);
	LAW(g_str_equal(again->host, url->host) && g_str_equal(again->password, url->password));
	if (nd_url_userinfo(text, &userinfo)) {
		LAW(userinfo.user_start <= userinfo.user_end && userinfo.user_end <= userinfo.password_start);
		LAW(userinfo.password_start <= userinfo.password_end && userinfo.password_end <= text.n);
	}
	nd_url_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct nd_span text = { (const char *)data, n };
	struct nd_url *url;
	g_autofree char *copy = NULL, *legacy = NULL, *any = NULL;
	size_t length = 0;

	if (n > 4096)
		return 0;
	url = nd_url_parse(text);
	if (url)
		check_parsed(text, url);
	nd_url_free(url);
	any = nd_url_redact_text(text);
	legacy = nd_url_legacy_href(text);
	copy = g_strndup(text.p ? text.p : "", n);
	g_free(nd_url_decode(copy, &length));
	return 0;
}
