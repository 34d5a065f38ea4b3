#include "hide.h"

#include <string.h>

static void append(GString *to, const struct nd_secret *secret)
{
	struct nd_span span = secret ? nd_secret_reveal(secret) : (struct nd_span){ "", 0 };

	g_string_append_len(to, span.p, (gssize)span.n);
}

char *nd_basic_pair(const struct nd_probe_proxy *proxy)
{
	g_autoptr(GString) pair = g_string_new(NULL);

	append(pair, proxy->user);
	g_string_append_c(pair, ':');
	append(pair, proxy->password);
	return g_base64_encode((const guchar *)pair->str, pair->len);
}

/* A server may repeat in its answer what was sent to it; long texts were cut, so the beginning of a
 * secret stands for all of it. */
#define TELLING 8

static bool tells(const char *text, struct nd_span secret)
{
	return secret.n > 0 && memmem(text, strlen(text), secret.p, MIN(secret.n, TELLING));
}

/* As it stands, or percent-encoded like the rest of a URL. */
static void hide(char **text, struct nd_span secret)
{
	g_autoptr(GString) plain = g_string_sized_new(*text ? strlen(*text) + 1 : 1);

	if (!*text)
		return;
	for (const char *p = *text; *p; p++) {
		bool coded = *p == '%' && g_ascii_isxdigit(p[1]) && g_ascii_isxdigit(p[2]);
		int c = coded ? g_ascii_xdigit_value(p[1]) << 4 | g_ascii_xdigit_value(p[2]) : *p;

		if (c)
			g_string_append_c(plain, (char)c);
		p += coded ? 2 : 0;
	}
	if (tells(*text, secret) || tells(plain->str, secret))
		g_clear_pointer(text, g_free);
}

/* The password within Basic credentials, which a server has decoded. */
static void hide_decoded(char **text, struct nd_span authorization)
{
	gsize n = 0;
	g_autofree guchar *pair = NULL;
	const char *colon;

	if (!*text || authorization.n < 6 || g_ascii_strncasecmp(authorization.p, "Basic ", 6) != 0)
		return;
	pair = g_base64_decode(authorization.p + 6, &n);
	colon = n ? memchr(pair, ':', n) : NULL;
	if (colon)
		hide(text, (struct nd_span){ colon + 1, n - (gsize)(colon + 1 - (const char *)pair) });
}

static void hide_authorization(char **text, struct nd_span value)
{
	const char *space = memchr(value.p, ' ', value.n);

	hide(text, space ? nd_span_of(space + 1) : value);
	hide_decoded(text, value);
}

/* Alone, or with the user's name as it was sent. */
static void hide_password(char **text, const struct nd_probe_proxy *proxy)
{
	g_autofree char *encoded = nd_basic_pair(proxy);

	hide(text, nd_secret_reveal(proxy->password));
	hide(text, nd_span_of(encoded));
}

static void hide_in(const struct nd_request *request, char **text)
{
	const struct nd_probe_proxy *proxy = request->proxy_credentials ? request->proxy : NULL;

	if (request->authorization)
		hide_authorization(text, nd_secret_reveal(request->authorization));
	if (proxy && proxy->password)
		hide_password(text, proxy);
}

/* The schemes that a server offers are its own words, too. */
static void hide_in_list(const struct nd_request *request, char **list)
{
	char **to = list;

	for (char **from = list; from && *from; from++) {
		char *one = *from;

		hide_in(request, &one);
		if (one)
			*to++ = one;
	}
	if (to)
		*to = NULL;
}

void nd_hide_secrets(const struct nd_request *request, struct nd_attempt *out)
{
	char **texts[] = { &out->reason, &out->location, &out->proxy_reason, &out->server, &out->via,
		&out->tarball_host, &out->content_type, &out->retry_after };

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		hide_in(request, texts[i]);
	hide_in_list(request, out->proxy_offers);
	hide_in_list(request, out->auth_offers);
}
