#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <npmrc-doctor/probe.h>

/* Self-signed, CN=Example Root, O=Example Corp, valid from 2020-01-01 to 2040-01-01. */
static const char root_pem[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBSjCB8QIIQAAAAAAAAAEwCgYIKoZIzj0EAwIwLjEVMBMGA1UECgwMRXhhbXBs\n"
	"ZSBDb3JwMRUwEwYDVQQDDAxFeGFtcGxlIFJvb3QwHhcNMjAwMTAxMDAwMDAwWhcN\n"
	"NDAwMTAxMDAwMDAwWjAuMRUwEwYDVQQKDAxFeGFtcGxlIENvcnAxFTATBgNVBAMM\n"
	"DEV4YW1wbGUgUm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCtJfOFfiU2t\n"
	"E3HhHyURtffrKC3U/zNKbDQmuygpeBLMiSPWQlopfHyZj1EF5l8gtvA6AS2ENPnf\n"
	"//cLnnOC230wCgYIKoZIzj0EAwIDSAAwRQIgNKytVkfzxptyGip0ZH/su2HeYYHL\n"
	"cJfQo8lAnDfvbN0CIQDCOIBNHXcbMLcnXF2zMXhW/MUEntNXV3tpvAta9ELPDg==\n"
	"-----END CERTIFICATE-----\n";

static const char key_pem[] = "-----BEGIN PRIVATE KEY-----\nQ0FOQVJZ\n-----END PRIVATE KEY-----\n";

static void test_read_pem(void **state)
{
	(void)state;
	size_t broken = 7;
	g_autofree char *text = g_strconcat("# a comment\r\n", key_pem, root_pem, "noise\n", root_pem, NULL);
	g_autoptr(GPtrArray) certs = nd_probe_read_pem(nd_span_of(text), &broken);
	assert_int_equal(certs->len, 2);
	assert_int_equal(broken, 0);
	const struct nd_cert *cert = certs->pdata[1];
	assert_string_equal(cert->subject, "CN=Example Root, O=Example Corp");
	assert_string_equal(cert->issuer, cert->subject);
	assert_string_equal(cert->common_name, "Example Root");
	assert_string_equal(cert->issuer_name, "Example Root");
	assert_true(cert->self_issued);
	assert_int_equal(cert->not_before, 1577836800);
	assert_int_equal(cert->not_after, 2208988800);
	assert_int_equal(strlen(cert->sha256), 32 * 3 - 1);
	assert_null(cert->issuer_url);
	assert_null(cert->names[0]);
}

static void test_read_broken_pem(void **state)
{
	(void)state;
	static const struct {
		const char *before, *after;
		unsigned good;
		size_t broken;
	} cases[] = {
		{ "", "-----BEGIN CERTIFICATE-----\nMIIB\n", 1, 1 },
		{ "-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\n", "", 1, 1 },
		{ "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n", "", 1, 1 },
		{ "-----BEGIN CERTIFICATE-----", "", 0, 1 },
		{ "-----BEGIN ", "-----BEGIN CERT", 0, 0 },
		{ "", "", 1, 0 },
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		size_t broken = 0;
		g_autofree char *text = g_strconcat(cases[i].before, i == 3 || i == 4 ? "" : root_pem,
			cases[i].after, NULL);
		g_autoptr(GPtrArray) certs = nd_probe_read_pem(nd_span_of(text), &broken);
		assert_int_equal(certs->len, cases[i].good);
		assert_int_equal(broken, cases[i].broken);
	}
	g_autoptr(GPtrArray) none = nd_probe_read_pem((struct nd_span){ NULL, 0 }, NULL);
	assert_int_equal(none->len, 0);
}

static void test_stage_names(void **state)
{
	(void)state;
	assert_null(nd_stage_name(ND_STAGE_DONE));
	assert_string_equal(nd_stage_name(ND_STAGE_PROXY_DNS), "proxy-dns");
	assert_string_equal(nd_stage_name(ND_STAGE_PROXY_TUNNEL), "proxy-tunnel");
	assert_string_equal(nd_stage_name(ND_STAGE_TLS), "tls");
	assert_string_equal(nd_stage_name(ND_STAGE_CONTENT), "content");
}

static void count(void *data, size_t done, size_t total)
{
	assert_int_equal(total, 2);
	*(size_t *)data = done;
}

/* No packet leaves: the URLs are none, or none that is allowed. */
static void test_useless_urls(void **state)
{
	(void)state;
	const struct nd_probe_target targets[] = {
		{ .url = "ftp://registry.example/", .strict = true },
		{ .url = "", .strict = true, .other_scheme = true },
	};
	size_t done = 0;
	struct nd_probe_trust trust = { .node_roots = true };
	struct nd_probe_options options = { .trust = &trust, .timeout_s = 1, .progress = count,
		.progress_data = &done };
	g_autoptr(GPtrArray) results = nd_probe_run(targets, 2, &options, NULL);
	assert_non_null(results);
	assert_int_equal(results->len, 2);
	assert_int_equal(done, 2);
	const struct nd_probe_result *result = results->pdata[1];
	assert_true(result->main.tried);
	assert_int_equal(result->main.ending, ND_END_OTHER);
	assert_int_equal(result->state, ND_CREDENTIAL_UNKNOWN);
	assert_false(result->other.tried);
}

static void test_no_targets(void **state)
{
	(void)state;
	struct nd_probe_trust trust = { .node_roots = true };
	struct nd_probe_options options = { .trust = &trust, .timeout_s = 1 };
	g_autoptr(GPtrArray) results = nd_probe_run(NULL, 0, &options, NULL);
	assert_int_equal(results->len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_pem),
		cmocka_unit_test(test_read_broken_pem),
		cmocka_unit_test(test_stage_names),
		cmocka_unit_test(test_useless_urls),
		cmocka_unit_test(test_no_targets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
