/* Runs nd_probe_run on what a test asks for and prints the facts as JSON, for probe.test.mjs.
 * Input: {"targets": [...], "trust": {...}, "timeout": seconds}. No secret of it is printed. */
#include <jansson.h>
#include <npmrc-doctor/probe.h>
#include <stdio.h>

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static struct nd_secret *secret_of(const json_t *object, const char *key)
{
	const char *text = text_of(object, key);
	return text ? nd_secret_new(nd_span_of(text)) : NULL;
}

static struct nd_probe_proxy *read_proxy(const json_t *in)
{
	static const char *const kinds[] = { "none", "http", "https", "socks4", "socks4a", "socks5",
		"socks5h" };
	if (!json_is_object(in))
		return NULL;
	struct nd_probe_proxy *proxy = g_new0(struct nd_probe_proxy, 1);
	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (g_strcmp0(text_of(in, "kind"), kinds[i]) == 0)
			proxy->kind = (enum nd_proxy_kind)i;
	proxy->host = (char *)text_of(in, "host");
	proxy->port = (int)json_integer_value(json_object_get(in, "port"));
	proxy->user = secret_of(in, "user");
	proxy->password = secret_of(in, "password");
	return proxy;
}

static void free_target(struct nd_probe_target *target)
{
	struct nd_probe_proxy *proxy = (struct nd_probe_proxy *)target->proxy;
	if (proxy) {
		nd_secret_free(proxy->user);
		nd_secret_free(proxy->password);
	}
	g_free(proxy);
	nd_secret_free((struct nd_secret *)target->authorization);
}

static struct nd_probe_target read_target(const json_t *in)
{
	return (struct nd_probe_target){
		.url = text_of(in, "url"),
		.proxy = read_proxy(json_object_get(in, "proxy")),
		.authorization = secret_of(in, "authorization"),
		.certfile = text_of(in, "certfile"),
		.keyfile = text_of(in, "keyfile"),
		.package = text_of(in, "package"),
		.strict = !json_is_false(json_object_get(in, "strict")),
		.other_scheme = json_is_true(json_object_get(in, "otherScheme")),
		.public_host = json_is_true(json_object_get(in, "publicHost")),
	};
}

static struct nd_probe_trust read_trust(const json_t *in)
{
	return (struct nd_probe_trust){
		.replaced = text_of(in, "pem") != NULL,
		.pem = nd_span_of(text_of(in, "pem")),
		.node_roots = !json_is_false(json_object_get(in, "nodeRoots")),
		.openssl_roots = json_is_true(json_object_get(in, "opensslRoots")),
		.system_roots = json_is_true(json_object_get(in, "systemRoots")),
		.extra = nd_span_of(text_of(in, "extra")),
		.node = text_of(in, "node"),
		.ssl_cert_file = text_of(in, "sslCertFile"),
		.ssl_cert_dir = text_of(in, "sslCertDir"),
	};
}

static const char *ending_name(enum nd_ending ending)
{
	static const char *const names[] = { "answered", "unresolved", "refused", "unreachable",
		"no-port", "reset", "closed", "silent", "not-http", "not-tls", "tls-refused", "untrusted",
		"socks", "other" };
	return names[ending];
}

static const char *verdict_name(enum nd_verdict verdict)
{
	static const char *const names[] = { "unknown", "ok", "self-signed", "root-unknown",
		"leaf-only", "issuer-unknown", "expired", "not-yet-valid", "wrong-name", "other" };
	return names[verdict];
}

static json_t *list(char **texts)
{
	json_t *out = texts ? json_array() : json_null();
	for (; texts && *texts; texts++)
		json_array_append_new(out, json_string(*texts));
	return out;
}

static json_t *write_cert(const struct nd_cert *cert)
{
	return json_pack("{s:s, s:s, s:s?, s:s?, s:o, s:I, s:I, s:s, s:b, s:s?}", "subject",
		cert->subject, "issuer", cert->issuer, "commonName", cert->common_name, "issuerName",
		cert->issuer_name, "names", list(cert->names), "notBefore", (json_int_t)cert->not_before,
		"notAfter", (json_int_t)cert->not_after, "sha256", cert->sha256, "selfIssued",
		(int)cert->self_issued, "issuerUrl", cert->issuer_url);
}

static json_t *write_tls(const struct nd_tls_facts *tls)
{
	json_t *chain = json_array();
	for (guint i = 0; tls->chain && i < tls->chain->len; i++)
		json_array_append_new(chain, write_cert(tls->chain->pdata[i]));
	return json_pack("{s:b, s:b, s:s?, s:o, s:s, s:s, s:s, s:i, s:s?}", "seen", (int)tls->seen,
		"standIn", (int)tls->stand_in, "bundle", tls->bundle, "chain", chain,
		"npm", verdict_name(tls->npm), "system", verdict_name(tls->system), "publicRoots",
		verdict_name(tls->public_roots), "verifyCode", tls->verify_code, "protocol", tls->protocol);
}

static json_t *write_timings(const struct nd_timings *times)
{
	return json_pack("{s:f, s:f, s:f, s:f, s:f}", "dnsMs", times->dns_ms, "connectMs",
		times->connect_ms, "proxyMs", times->proxy_ms, "tlsMs", times->tls_ms, "totalMs",
		times->total_ms);
}

static json_t *write_attempt(const struct nd_attempt *a)
{
	if (!a->tried)
		return json_null();
	json_t *out = json_pack("{s:s?, s:b, s:s?, s:s, s:i, s:i, s:i, s:i, s:s?, s:I, s:I}", "url", a->url,
		"unverified", (int)a->unverified, "stage", nd_stage_name(a->stage), "ending",
		ending_name(a->ending), "osError", a->os_error, "socksReply", a->socks_reply, "status",
		a->status, "connectStatus", a->connect_status, "remoteAddress", a->remote_address,
		"bytesSent", (json_int_t)a->bytes_sent, "bytesReceived", (json_int_t)a->bytes_received);
	json_t *more = json_pack("{s:o, s:o, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:b, s:b, s:b, s:s?}",
		"proxyOffers", list(a->proxy_offers), "authOffers", list(a->auth_offers), "proxyReason",
		a->proxy_reason, "location", a->location, "contentType", a->content_type, "server",
		a->server, "via", a->via, "retryAfter", a->retry_after, "json", (int)a->json, "html",
		(int)a->html, "truncated", (int)a->truncated, "reason", a->reason);
	json_object_update_new(out, more);
	json_object_set_new(out, "packument", json_boolean(a->packument));
	json_object_set_new(out, "tarballHost", a->tarball_host ? json_string(a->tarball_host) : json_null());
	json_object_set_new(out, "timings", write_timings(&a->timings));
	json_object_set_new(out, "tls", write_tls(&a->tls));
	json_object_set_new(out, "proxyTls", write_tls(&a->proxy_tls));
	return out;
}

static json_t *write_result(const struct nd_probe_result *result)
{
	static const char *const states[] = { "unknown", "accepted", "rejected" };
	return json_pack("{s:o, s:o, s:s, s:o, s:o, s:b, s:b, s:b}", "main", write_attempt(&result->main),
		"authenticated", write_attempt(&result->authenticated), "state", states[result->state],
		"other", write_attempt(&result->other), "direct", write_attempt(&result->direct),
		"proxyAuthenticated", (int)result->proxy_authenticated, "withheld", (int)result->withheld,
		"proxySpeaksTls", (int)result->proxy_speaks_tls);
}

static int run(const json_t *in)
{
	const json_t *list_in = json_object_get(in, "targets");
	const json_t *timeout = json_object_get(in, "timeout");
	size_t n = json_array_size(list_in);
	struct nd_probe_trust trust = read_trust(json_object_get(in, "trust"));
	struct nd_probe_options options = { .trust = &trust,
		.timeout_s = timeout ? json_number_value(timeout) : 5 };
	g_autofree struct nd_probe_target *targets = g_new0(struct nd_probe_target, n + 1);
	g_autoptr(GError) error = NULL;
	for (size_t i = 0; i < n; i++)
		targets[i] = read_target(json_array_get(list_in, i));
	g_autoptr(GPtrArray) results = nd_probe_run(targets, n, &options, &error);
	json_t *out = json_array();
	for (guint i = 0; results && i < results->len; i++)
		json_array_append_new(out, write_result(results->pdata[i]));
	json_dumpf(out, stdout, JSON_INDENT(1));
	json_decref(out);
	for (size_t i = 0; i < n; i++)
		free_target(&targets[i]);
	return results ? 0 : 1;
}

int main(void)
{
	json_t *in = json_loadf(stdin, 0, NULL);
	int status = json_is_object(in) ? run(in) : 2;
	json_decref(in);
	return status;
}
