#include "fuzz.h"

#include "probe/answer.h"
#include "probe/place.h"

/* What a registry or a proxy may answer: a head, line by line, an empty line, a body. Every text that is kept
 * of it is one short printable line, and a body that is cut looks like what it would have been. */

static void check_text(const char *text)
{
	if (!text)
		return;
	LAW(*text && strlen(text) <= 300 && g_utf8_validate(text, -1, NULL));
	for (const char *p = text; *p; p = g_utf8_next_char(p))
		LAW(g_unichar_isprint(g_utf8_get_char(p)));
}

static void check_offers(const GPtrArray *offers)
{
	LAW(!offers || offers->len <= 16);
	for (guint i = 0; offers && i < offers->len; i++) {
		check_text(offers->pdata[i]);
		LAW(!strpbrk(offers->pdata[i], " ,\t"));
	}
}

static void check_place(const char *place)
{
	g_autofree char *base = place ? nd_place_base(place) : NULL;
	g_autofree char *again = base ? nd_place_base(base) : NULL;

	LAW(!base || (again && g_str_equal(base, again) && g_str_has_suffix(base, "/")));
	if (base)
		g_free(nd_place_host(base));
}

static void check_head(const struct nd_answer *answer)
{
	const char *const texts[] = { answer->phrase, answer->location, answer->content_type, answer->server,
		answer->via, answer->retry_after, answer->squid_error, answer->proxy_status, answer->length,
		answer->coding };
	g_autofree char *place = answer->location ? nd_place_resolve("https://registry.example/npm/",
		answer->location) : NULL;

	LAW(answer->status >= 0 && answer->status <= 999);
	LAW(!answer->complete || answer->status >= 200);
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		check_text(texts[i]);
	check_offers(answer->proxy_offers);
	check_offers(answer->auth_offers);
	check_place(place);
	if (answer->status == 407)
		LAW(nd_answer_is_proxys_own(answer));
	nd_answer_is_chunked(answer);
}

static void check_body(struct nd_span body, size_t cut_at)
{
	struct nd_span front = { body.p, MIN(cut_at, body.n) };
	g_autofree char *reason = NULL, *cut_reason = NULL, *tarball = nd_body_tarball(body);
	bool json, html, cut_json, cut_html;

	nd_body_sniff(body, false, &json, &html, &reason);
	LAW(!(json && html));
	check_text(reason);
	nd_body_sniff(front, true, &cut_json, &cut_html, &cut_reason);
	check_text(cut_reason);
	/* Cut behind the bracket that opens it JSON is still JSON. */
	for (size_t i = 0; json && !cut_json && i < front.n; i++)
		LAW(front.p[i] != '{' && front.p[i] != '[');
	if (tarball)
		g_free(nd_place_host(tarball));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data + (n ? 1 : 0), *end = (const char *)data + n;
	struct nd_answer answer = { 0 };

	if (n == 0)
		return 0;
	while (p < end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		struct nd_span line = { p, (size_t)((eol ? eol + 1 : end) - p) };

		nd_answer_add_line(&answer, line);
		p += line.n;
		if (answer.complete || line.p[0] == '\n')
			break;
	}
	check_head(&answer);
	nd_answer_release(&answer);
	check_body((struct nd_span){ p, (size_t)(end - p) }, (size_t)data[0] + 1);
	return 0;
}
