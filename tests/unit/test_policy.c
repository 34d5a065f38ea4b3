#include <npmrc-doctor/baseline.h>
#include <npmrc-doctor/policy.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What is wrong with it, as "line: text" with a bar behind each. */
static char *faults(const char *text)
{
	struct nd_policy *policy = nd_policy_parse("/p.ini", nd_span_of(text));
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < policy->faults->len; i++) {
		const struct nd_ini_fault *fault = policy->faults->pdata[i];

		g_string_append_printf(out, "%u: %s|", fault->line, fault->text);
	}
	nd_policy_free(policy);
	return g_string_free(out, FALSE);
}

#define URL "takes an http or https URL without user name, password and query|"
#define NEITHER "neither a [section] nor key = value|"

static const struct {
	const char *text, *faults;
} rows[] = {
	{ "", "" },
	{ "; c\n# d\n\n  ; e\n[policy]\n[severity] ; f\n[probe]\n[ignore]", "" },
	{ "\xef\xbb\xbf[policy]\r\nproxy = none\r\n", "" },
	{ "[policy]\nproxy=required ; why\nscope.@a = https://a.example/b", "" },
	{ "[policy]\nregistries = https://a.example\n https://b.example/ ; c\n\thttp://c.example:1/x\n", "" },
	{ "proxy = none\n", "1: proxy stands above the first [section]|" },
	{ "[nowhere]\nx = 1\n",
		"1: there is no such section: [policy], [severity], [probe] and [ignore] are|"
		"2: x is unknown in this section|" },
	{ "[policy\nproxy = none\n", "1: a [section] does not close|2: proxy stands above the first [section]|" },
	{ "[policy] proxy = none\n", "1: text stands behind a [section]|" },
	{ "[policy]\nproxy\n= none\n", "2: " NEITHER "3: this key is unknown in this section|" },
	{ "[policy]\nproxy none\n[probe]\ntimeout\n", "2: " NEITHER "4: " NEITHER },
	{ "  [policy]\n", "1: the line is indented, which continues a setting, and none is above it|" },
	{ "[policy]\nproxy = none\n  proxy = none\n", "3: the line is indented, which continues proxy|" },
	{ "[policy]\nproxy = none\n[probe]\nproxy = none\n[policy]\nproxy = required\n",
		"4: proxy is unknown in this section|6: proxy is set already, in line 2|" },
	{ "[policy]\nproxy = http://u:CANARY@h.example/\n",
		"2: proxy takes required, none, or an http or https URL without user name and password|" },
	{ "[policy]\nproxy = socks5://h.example\nscope.@a = a.example\nscope.@ = https://a.example\nscope.a = "
	  "https://a.example\n",
		"2: proxy takes required, none, or an http or https URL without user name and password|"
		"3: scope.@a " URL
		"4: scope.@ is no scope: write scope.@NAME|5: scope.a is no scope: write scope.@NAME|" },
	{ "[policy]\nregistries =\n", "2: registries names no registry|" },
	{ "[policy]\nregistries = https://a.example/?token=CANARY\n",
		"2: registries takes http or https URLs without "
		"user name, password and query, separated by blanks|" },
	{ "[policy]\nnpm_CANARY5tQx = 1\n//registry.example/:_authToken=CANARY\n",
		"2: this key is unknown in this section|3: //registry.example/ is unknown in this section|" },
	{ "[severity]\nunknown-key = error\nno-value = off\nnonsense = info\nduplicate-kye = info\npolicy-invalid = "
	  "info\n",
		"3: no-value takes error, warning or info; to accept a finding give a reason in [ignore]|"
		"4: nonsense is no rule; `npmrc-doctor explain` lists them|"
		"5: duplicate-kye is no rule; did you mean 'duplicate-key'?|6: policy-invalid keeps its severity|" },
	{ "[probe]\ntimeout = 0\n", "2: timeout takes seconds, above 0 and at most 86400|" },
	{ "[probe]\ntimeout = 5s\n", "2: timeout takes seconds, above 0 and at most 86400|" },
	{ "[probe]\ntimeout = nan\n", "2: timeout takes seconds, above 0 and at most 86400|" },
	{ "[ignore]\nunknown-key = why\n and so on until=2028-02-29\n", "" },
	{ "[ignore]\nunknown-key =\nno-value = until=2027-01-31\nduplicate-key = x until=2027-1-31\n"
	  "unclosed-quote = x until=2027-02-29\nsection-ignored = until=2027-01-31 x\n",
		"2: unknown-key gives no reason, without which nothing is ignored|"
		"3: no-value gives no reason, without which nothing is ignored|"
		"4: duplicate-key ends on no day: write until=YYYY-MM-DD|"
		"5: unclosed-quote ends on no day: write until=YYYY-MM-DD|"
		"6: section-ignored has until= before the end of its reason|" },
	{ "[ignore]\nnonsense = x\npolicy-invalid = x\nunused-suppression = x\n",
		"2: nonsense is no rule; `npmrc-doctor explain` lists them|3: policy-invalid cannot be ignored|"
		"4: unused-suppression cannot be ignored|" },
	{ "[ignore]\n\xff = x\n", "2: the line is not UTF-8|" },
};

static void test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = faults(rows[i].text);

		assert_string_equal(got, rows[i].faults);
	}
}

/* The longest line that inih reads is read to its end; one byte more is a fault. A NUL is one too. */
static void test_lines(void **state)
{
	static const struct nd_span nul = { "[ignore]\nunknown-key = x\0y\n", 27 };
	struct nd_policy *policy = nd_policy_parse("/p.ini", nul);
	size_t longest = 0;

	(void)state;
	assert_int_equal(policy->faults->len, 1);
	assert_int_equal(((struct nd_ini_fault *)policy->faults->pdata[0])->line, 2);
	nd_policy_free(policy);
	for (size_t n = 50; n < 70000; n += n < 400 ? 1 : 997) {
		g_autofree char *pad = g_strnfill(n, 'x');
		g_autofree char *text = g_strdup_printf("[ignore]\nunknown-key = %s\nno-value = x\n", pad);

		policy = nd_policy_parse("/p.ini", nd_span_of(text));
		assert_int_equal(policy->ignores->len + policy->faults->len, 2);
		if (!policy->faults->len) {
			assert_int_equal(strlen(((struct nd_suppression *)policy->ignores->pdata[0])->reason), n);
			longest = n;
		}
		nd_policy_free(policy);
	}
	assert_true(longest > 100);
}

static void test_values(void **state)
{
	struct nd_policy *policy = nd_policy_parse("/p.ini", nd_span_of("[policy]\nregistries = https://a.example/x "
		"https://b.example\nscope.@s = https://c.example/\nproxy = http://p.example:8080\n[severity]\n"
		"no-value = error\n[probe]\ntimeout = 2.5\n[ignore]\nunknown-key = because of x until=2027-01-31\n"));
	const struct nd_suppression *ignore = policy->ignores->pdata[0];
	g_autofree char *end = nd_suppression_end(ignore);

	(void)state;
	assert_int_equal(policy->faults->len, 0);
	assert_int_equal(policy->registries->len, 2);
	assert_string_equal(((struct nd_policy_scope *)policy->scopes->pdata[0])->scope, "@s");
	assert_int_equal(policy->proxy, ND_POLICY_PROXY_URL);
	assert_string_equal(policy->proxy_url->host, "p.example");
	assert_int_equal(policy->severities[ND_RULE_NO_VALUE], ND_ERROR);
	assert_int_equal(policy->severities[ND_RULE_UNKNOWN_KEY], -1);
	assert_true(policy->timeout == 2.5);
	assert_string_equal(ignore->reason, "because of x");
	assert_string_equal(end, "2027-01-31");
	assert_int_equal(ignore->line, 10);
	nd_policy_free(policy);
}

static void test_allows(void **state)
{
	static const struct {
		const char *allowed, *url;
		bool ok;
	} urls[] = {
		{ "https://a.example/", "https://a.example", true },
		{ "https://a.example", "https://A.example:443/x", true },
		{ "https://a.example/x", "https://a.example/x/", true },
		{ "https://a.example/x/", "https://a.example/x", true },
		{ "https://a.example/x", "https://a.example/xy", false },
		{ "https://a.example/x", "https://a.example/", false },
		{ "https://a.example", "http://a.example", false },
		{ "https://a.example", "https://b.a.example", false },
		{ "https://a.example", "https://a.example:8443", false },
		{ "https://a.example", "https://a.example@b.example/", false },
		{ "https://a.example/x/", "https://a.example/x/../y/", false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
		struct nd_url *a = nd_url_parse(nd_span_of(urls[i].allowed)),
			      *b = nd_url_parse(nd_span_of(urls[i].url));

		assert_int_equal(nd_policy_allows(a, b), urls[i].ok);
		nd_url_free(a);
		nd_url_free(b);
	}
}

static void test_days(void **state)
{
	static const char *const no[] = { "", "2027", "2027-02-29", "2027-13-01", "2027-00-01", "2027-1-1", "27-01-01",
		"2027-01-32", "2027-01-01x", "2027-01--1", "+027-01-01", "0000-01-01" };

	(void)state;
	assert_int_equal(nd_policy_day("1970-01-01"), 719163);
	assert_int_equal(nd_policy_day("2028-02-29"), nd_policy_day("2028-03-01") - 1);
	for (size_t i = 0; i < G_N_ELEMENTS(no); i++)
		assert_int_equal(nd_policy_day(no[i]), 0);
}

/* line>target:rule or fault, for each comment. */
static const struct {
	const char *text, *found;
} comments[] = {
	{ "a=1\n; another\n", "" },
	{ "; npmrc-doctor-ignore unknown-key: why\na=1\n", "1>2:unknown-key " },
	{ "\t#;  npmrc-doctor-ignore\tunknown-key\tuntil=2027-01-31 : why\r\na=1\r\n", "1>2:unknown-key " },
	{ "; npmrc-doctor-ignore unknown-key: a\n; npmrc-doctor-ignore no-value: b\n; c\na\n",
		"1>4:unknown-key 2>4:no-value " },
	{ "a=1 ; npmrc-doctor-ignore unknown-key: why\nnpmrc-doctor-ignore=1\n; see npmrc-doctor-ignore\n", "" },
	{ ";npmrc-doctor-ignored unknown-key: why\n", "" },
	{ "; npmrc-doctor-ignore\n", "1>2:! " },
	{ "; npmrc-doctor-ignore unknown-key\n", "1>2:! " },
	{ "; npmrc-doctor-ignore unknown-key:  \n", "1>2:! " },
	{ "; npmrc-doctor-ignore unknown-key until=2027-02-30: why\n", "1>2:! " },
	{ "; npmrc-doctor-ignore unknown-key no-value: why\n", "1>2:! " },
	{ "; npmrc-doctor-ignore unused-suppression: why\n", "1>2:! " },
};

static void test_comments(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(comments); i++) {
		g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)nd_suppression_free);
		struct nd_doc *doc = nd_doc_new(nd_span_of(comments[i].text), false);
		g_autoptr(GString) got = g_string_new(NULL);

		nd_suppressions_find(doc, ND_LAYER_USER, "/h/.npmrc", list);
		for (guint j = 0; j < list->len; j++) {
			const struct nd_suppression *s = list->pdata[j];

			g_string_append_printf(got, "%u>%u:%s ", s->line, s->target,
				s->fault ? "!" : nd_rule_row(s->rule)->slug);
		}
		assert_string_equal(got->str, comments[i].found);
		nd_doc_free(doc);
	}
}

#define HEAD "# npmrc-doctor baseline 1\n"

static void test_baseline(void **state)
{
	static const struct {
		const char *text, *message;
	} wrong[] = {
		{ "", "line 1 is not the first line of a baseline" },
		{ "{}\n", "line 1 is not the first line of a baseline" },
		{ HEAD "\nplaintext-token\ta\tb\n", "line 3 is not rule, file, key and number, separated by tabs" },
		{ HEAD "plaintext-token\ta\tb\t0\n", "line 2 is not rule, file, key and number, separated by tabs" },
		{ HEAD "nonsense\ta\tb\t1\n", "line 2 names a rule that does not exist" },
		{ HEAD "policy-invalid\ta\tb\t1\n", "line 2 names a rule that cannot be suppressed" },
	};
	struct nd_baseline *good = nd_baseline_parse("/b", nd_span_of(HEAD "# c\r\nplaintext-token\ta\tb\t1\n"), NULL);

	(void)state;
	assert_non_null(good);
	nd_baseline_free(good);
	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autoptr(GError) err = NULL;

		assert_null(nd_baseline_parse("/b", nd_span_of(wrong[i].text), &err));
		assert_non_null(strstr(err->message, wrong[i].message));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_allows),
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_baseline),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
