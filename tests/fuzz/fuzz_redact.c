#include "fuzz.h"

#include <npmrc-doctor/redact.h>
#include <npmrc-doctor/url.h>

/* A secret between any bytes: shown as a line, as a value and as a URL it is gone. The first byte says where
 * it stands, the rest comes before and behind it. */

#define SECRET "CANARY7f3aQ9zX"

static bool shows(const char *text)
{
	return text && strstr(text, SECRET);
}

static void check_value(struct nd_span key, struct nd_span value)
{
	bool redacted = false;
	g_autofree char *shown = nd_redact_value(key, value, &redacted);

	LAW(!shows(shown) && redacted);
}

/* Every line of the text as it may be shown. */
static void check_lines(const GString *text)
{
	struct nd_doc *doc = nd_doc_new((struct nd_span){ text->str, text->len }, false);

	for (size_t i = 0; i < nd_doc_count(doc); i++) {
		g_autofree char *shown = nd_redact_display(doc, i, NULL, 0);

		LAW(!shows(shown));
	}
	nd_doc_free(doc);
}

/* Without a '=' npm takes the line for a key. */
static void check_loose(const char *key, const GString *value)
{
	g_autoptr(GString) text = g_string_new(key);

	g_string_append_c(text, ' ');
	g_string_append_len(text, value->str, (gssize)value->len);
	check_value(nd_span_of(""), (struct nd_span){ text->str, text->len });
}

/* A key that names a secret: whatever stands around the secret on the line is one, too. */
static void check_token(struct nd_span before, struct nd_span after)
{
	static const char *const keys[] = { "//registry.example/:_authToken", "_auth", "//h.example/:_password",
		"otp", "NPM_TOKEN" };
	const char *key = keys[before.n % G_N_ELEMENTS(keys)];
	g_autoptr(GString) value = g_string_new_len(before.p, (gssize)before.n);
	g_autoptr(GString) text = g_string_new("a=1\n");

	g_string_append(value, SECRET);
	g_string_append_len(value, after.p, (gssize)after.n);
	/* What stands in the braces of a variable is its name. */
	if (memmem(before.p, before.n, "${", 2))
		return;
	check_value(nd_span_of(key), (struct nd_span){ value->str, value->len });
	check_loose(key, value);
	if (memchr(before.p, '\n', before.n) || memchr(before.p, '\r', before.n))
		return;
	g_string_append_printf(text, "%s=", key);
	g_string_append_len(text, value->str, (gssize)value->len);
	check_lines(text);
}

/* A URL of whose password the secret is a part. */
static void check_url(struct nd_span before, struct nd_span after)
{
	g_autoptr(GString) url = g_string_new("http://nick:");
	g_autofree char *shown = NULL;
	struct nd_url *parsed;
	struct nd_span text;

	g_string_append_len(url, before.p, (gssize)before.n);
	g_string_append(url, SECRET);
	g_string_append_len(url, after.p, (gssize)after.n);
	g_string_append(url, "@proxy.example:8080/");
	text = (struct nd_span){ url->str, url->len };
	parsed = nd_url_parse(text);
	if (parsed && strstr(parsed->password, SECRET)) {
		shown = nd_url_redact_text(text);
		LAW(!shows(shown));
		check_value(nd_span_of("proxy"), text);
	}
	if (parsed && strstr(parsed->password, SECRET) && !memchr(text.p, '\n', text.n) &&
		!memchr(text.p, '\r', text.n)) {
		g_string_prepend(url, "https-proxy=");
		check_lines(url);
	}
	nd_url_free(parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data + 1, *end = (const char *)data + n;
	const char *cut;
	struct nd_span before, after;

	/* Of a secret that stands there twice, one may stand in the open. */
	if (n < 2 || n > 4096 || memmem(data, n, "CANARY", 6))
		return 0;
	cut = memchr(p, '|', (size_t)(end - p));
	before = (struct nd_span){ p, (size_t)((cut ? cut : end) - p) };
	after = cut ? (struct nd_span){ cut + 1, (size_t)(end - cut - 1) } : nd_span_of("");
	if (data[0] & 1)
		check_token(before, after);
	else
		check_url(before, after);
	return 0;
}
