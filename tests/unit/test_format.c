#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <npmrc-doctor/cli.h>
#include <npmrc-doctor/format.h>
#include <string.h>

/* The formats on reports that no run of the program makes: every byte in every place. */

static const struct nd_rendering how = { .base = "/base", .fail_on = ND_ERROR };

static struct nd_report *nasty(const char *text)
{
	struct nd_report *report = nd_report_new();
	struct nd_finding *finding = nd_finding_add(report, ND_RULE_UNKNOWN_KEY, "%s", text);
	struct nd_unchecked *unchecked = g_new0(struct nd_unchecked, 1);
	struct nd_registry_ref *registry = g_new0(struct nd_registry_ref, 1);

	report->client = g_strdup(text);
	nd_finding_help(finding, "%s", text);
	nd_finding_note(finding, "%s", text);
	nd_finding_npm(finding, text);
	nd_finding_target(finding, text, text);
	nd_finding_text(finding, "text", text);
	nd_finding_number(finding, "number", 0.1 + 0.2);
	nd_finding_number(finding, "infinite", HUGE_VAL);
	finding->where = (struct nd_location){ .known = true, .layer = ND_LAYER_PROJECT,
		.file = g_strconcat("/base/", text, NULL), .key = g_strdup(text), .line = 1 };
	unchecked->rule = ND_RULE_PROXY_REFUSED;
	unchecked->reason = g_strdup(text);
	g_ptr_array_add(report->unchecked, unchecked);
	registry->url = g_strdup(text);
	registry->scopes = g_new0(char *, 1);
	registry->credentials_kind = registry->credentials_state = "none";
	registry->probe.outcome = g_strdup("ok");
	g_ptr_array_add(report->registries, registry);
	return report;
}

static const char *texts[] = {
	"plain", "", "\"\\/\b\f\n\r\t\x01\x1f\x7f", "\xc3\xbc\xe2\x80\xa8\xf0\x9f\x98\x80", "\xff\xfe",
	"1234567\"", "12345678\x1f" "2345678", "]]>&<!--\"'", "::error::%0A,:", "\xed\xa0\x80\xef\xbf\xbe\xc2\x80",
	"|'=$(id)`id`\n# HELP\nx{y=\"z\"} 1",
};

static GString *render(const char *word, const struct nd_report *report)
{
	static const struct nd_style style = { .utf8 = true };
	struct nd_rendering mine = how;

	mine.style = &style;
	return nd_format_find(word)(report, &mine);
}

/* A JSON parser that is not ours reads the same text back. */
static void test_json(void **state)
{
	static const char *const words[] = { "json", "sarif", "gitlab" };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(texts) * G_N_ELEMENTS(words); i++) {
		const char *text = texts[i / G_N_ELEMENTS(words)];
		g_autofree char *valid = g_utf8_make_valid(text, -1);
		struct nd_report *report = nasty(text);
		GString *out = render(words[i % G_N_ELEMENTS(words)], report);
		json_error_t error;
		json_t *root = json_loadb(out->str, out->len, 0, &error);
		const json_t *finding;

		if (!root)
			fail_msg("%s: %s at %d", out->str, error.text, error.position);
		if (i % G_N_ELEMENTS(words) == 0) {
			finding = json_array_get(json_object_get(root, "findings"), 0);
			assert_string_equal(json_string_value(json_object_get(finding, "message")), valid);
			assert_string_equal(json_string_value(json_array_get(json_object_get(finding, "notes"), 0)),
				valid);
			finding = json_object_get(finding, "evidence");
			assert_true(json_is_null(json_object_get(finding, "infinite")));
			assert_true(json_number_value(json_object_get(finding, "number")) == 0.3);
		}
		json_decref(root);
		g_string_free(out, TRUE);
		nd_report_free(report);
	}
}

/* Nothing that a file holds begins a line of the other formats, and all is UTF-8. */
static void test_lines(void **state)
{
	static const char *const formats[][2] = {
		{ "github", "^::(error|warning|notice) " },
		{ "prometheus", "^(# (HELP|TYPE) )?npmrc_doctor_[a-z_]+[ {]" },
		{ "nagios", "^NPMRC " },
		{ "junit", "^ *<" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(texts) * G_N_ELEMENTS(formats); i++) {
		const char *const *format = formats[i % G_N_ELEMENTS(formats)];
		struct nd_report *report = nasty(texts[i / G_N_ELEMENTS(formats)]);
		GString *out = render(format[0], report);
		g_auto(GStrv) lines = g_strsplit(out->str, "\n", -1);

		assert_true(g_utf8_validate(out->str, (gssize)out->len, NULL));
		assert_true(g_str_has_suffix(out->str, "\n"));
		for (char **line = lines; *line && **line; line++)
			if (!g_regex_match_simple(format[1], *line, 0, 0))
				fail_msg("%s: '%s'", format[0], *line);
		g_string_free(out, TRUE);
		nd_report_free(report);
	}
}

static void test_nagios_is_one_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		struct nd_report *report = nasty(texts[i]);
		GString *out = render("nagios", report), *unknown = nd_report_nagios_unknown(texts[i]);

		assert_ptr_equal(strchr(out->str, '\n'), out->str + out->len - 1);
		assert_ptr_equal(strchr(unknown->str, '\n'), unknown->str + unknown->len - 1);
		assert_ptr_equal(strchr(out->str, '|'), strrchr(out->str, '|'));
		assert_null(strchr(unknown->str, '|'));
		g_string_free(out, TRUE);
		g_string_free(unknown, TRUE);
		nd_report_free(report);
	}
}

static void test_every_word_is_a_format(void **state)
{
	size_t n;
	const struct nd_option *rows = nd_option_rows(&n);
	unsigned found = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		g_auto(GStrv) words = g_strsplit(rows[i].words ? rows[i].words : "", " ", -1);

		for (char **word = words; g_str_equal(rows[i].name, "format") && *word; word++, found++)
			assert_non_null(nd_format_find(*word));
	}
	assert_int_equal(found, 8);
	assert_null(nd_format_find("xml"));
}

/* GitHub drops a summary of more than 1 MiB as a whole. */
static void test_summary_is_capped(void **state)
{
	struct nd_report *report = nd_report_new();
	GString *out;

	(void)state;
	for (int i = 0; i < 20000; i++)
		nd_finding_add(report, ND_RULE_UNKNOWN_KEY, "a finding with a number and a few words: %d", i);
	out = nd_report_github_summary(report, &how);
	assert_in_range(out->len, 900000, 1024 * 1024);
	assert_non_null(strstr(out->str, " more: there is no room for them here\n"));
	g_string_free(out, TRUE);
	nd_report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_nagios_is_one_line),
		cmocka_unit_test(test_every_word_is_a_format),
		cmocka_unit_test(test_summary_is_capped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
