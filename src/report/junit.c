#include "report/formats.h"
#include "report/plain.h"

/* JUnit's XML: one test for each rule that was judged or could not be. */

/* XML 1.0 has no character for the other controls, not even an escaped one. */
static bool is_xml(gunichar c)
{
	return (c >= 0x20 && c != 0xfffe && c != 0xffff) || c == '\t' || c == '\n' || c == '\r';
}

static void append_char(GString *out, gunichar c)
{
	switch (c) {
	case '&':
		g_string_append(out, "&amp;");
		break;
	case '<':
		g_string_append(out, "&lt;");
		break;
	case '>':
		g_string_append(out, "&gt;");
		break;
	case '"':
		g_string_append(out, "&quot;");
		break;
	case '\n':
		/* In an attribute it would become a blank. */
		g_string_append(out, "&#10;");
		break;
	case '\t':
		g_string_append(out, "&#9;");
		break;
	case '\r':
		g_string_append(out, "&#13;");
		break;
	default:
		g_string_append_unichar(out, is_xml(c) ? c : 0xfffd);
	}
}

static bool needs_no_escape(char c)
{
	return c >= 0x20 && c < 0x7f && c != '&' && c != '<' && c != '>' && c != '"';
}

static void append_xml(GString *out, const char *text)
{
	g_autofree char *valid = NULL;

	for (;;) {
		size_t n = 0;

		while (needs_no_escape(text[n]))
			n++;
		g_string_append_len(out, text, (gssize)n);
		text += n;
		if (!*text)
			return;
		if (!valid)
			text = valid = g_utf8_make_valid(text, -1);
		append_char(out, g_utf8_get_char(text));
		text = g_utf8_next_char(text);
	}
}

static void append_attribute(GString *out, const char *name, const char *value)
{
	g_string_append_c(out, ' ');
	g_string_append(out, name);
	g_string_append(out, "=\"");
	append_xml(out, value);
	g_string_append_c(out, '"');
}

/* What one rule has found, and what became of it. */
struct verdict {
	GPtrArray *findings;   /* const struct nd_finding; NULL: none */
	const struct nd_finding *worst;
	bool failed;
	const char *unchecked; /* the reason, or NULL */
};

struct suite {
	struct verdict verdicts[ND_RULE_COUNT];
	guint tests, failures, skipped;
};

static void collect(struct suite *suite, const struct nd_report *report, enum nd_severity fail_on)
{
	for (guint i = 0; i < report->findings->len; i++) {
		const struct nd_finding *finding = report->findings->pdata[i];
		struct verdict *verdict = &suite->verdicts[finding->rule];

		if (!verdict->findings)
			verdict->findings = g_ptr_array_new();
		g_ptr_array_add(verdict->findings, (gpointer)finding);
		if (!verdict->worst || finding->severity > verdict->worst->severity)
			verdict->worst = finding;
		verdict->failed |= finding->severity >= fail_on;
	}
	for (guint i = 0; i < report->unchecked->len; i++) {
		const struct nd_unchecked *u = report->unchecked->pdata[i];

		suite->verdicts[u->rule].unchecked = u->reason;
	}
	for (int rule = 0; rule < ND_RULE_COUNT; rule++) {
		const struct verdict *verdict = &suite->verdicts[rule];

		suite->tests += report->judged[rule] || verdict->unchecked || verdict->findings;
		suite->failures += verdict->failed;
		suite->skipped += verdict->unchecked && !verdict->findings;
	}
}

static void suite_release(struct suite *suite)
{
	for (int rule = 0; rule < ND_RULE_COUNT; rule++)
		if (suite->verdicts[rule].findings)
			g_ptr_array_unref(suite->verdicts[rule].findings);
}

static void append_findings(GString *out, const GPtrArray *findings, const char *base, GString *scratch)
{
	g_string_truncate(scratch, 0);
	for (guint i = 0; i < findings->len; i++) {
		const struct nd_finding *finding = findings->pdata[i];

		if (i)
			g_string_append(scratch, "\n\n");
		nd_append_place(scratch, &finding->where, base);
		if (finding->where.known)
			g_string_append(scratch, ": ");
		g_string_append(scratch, nd_severity_name(finding->severity));
		g_string_append(scratch, ": ");
		g_string_append(scratch, finding->message);
		nd_append_details(scratch, finding);
	}
	append_xml(out, scratch->str);
}

static void append_outcome(GString *out, const struct verdict *verdict, const char *base, GString *scratch)
{
	const char *element = verdict->failed ? "failure" : "system-out";

	g_string_append_printf(out, "<%s", element);
	if (verdict->failed) {
		append_attribute(out, "type", nd_severity_name(verdict->worst->severity));
		append_attribute(out, "message", verdict->worst->message);
	}
	g_string_append_c(out, '>');
	append_findings(out, verdict->findings, base, scratch);
	g_string_append_printf(out, "</%s></testcase>\n", element);
}

static void append_case(GString *out, const struct nd_rule_row *row, const struct verdict *verdict,
	const char *base, GString *scratch)
{
	g_string_append(out, "    <testcase");
	append_attribute(out, "classname", "npmrc-doctor");
	append_attribute(out, "name", row->slug);
	if (verdict->findings) {
		g_string_append_c(out, '>');
		append_outcome(out, verdict, base, scratch);
	} else if (verdict->unchecked) {
		g_string_append(out, "><skipped");
		append_attribute(out, "message", verdict->unchecked);
		g_string_append(out, "/></testcase>\n");
	} else {
		g_string_append(out, "/>\n");
	}
}

static void append_property(GString *out, const char *name, const char *value)
{
	g_string_append(out, "      <property");
	append_attribute(out, "name", name);
	append_attribute(out, "value", value);
	g_string_append(out, "/>\n");
}

/* A registry that cannot be reached is a finding already: as a test it would fail twice. */
static void append_properties(GString *out, const struct nd_report *report)
{
	g_autofree char *suppressed = g_strdup_printf("%u", report->suppressed->len);

	g_string_append(out, "    <properties>\n");
	append_property(out, "npmrc-doctor", ND_VERSION);
	append_property(out, "client", report->client ? report->client : "");
	append_property(out, "client.version", report->npm_version ? report->npm_version : "");
	append_property(out, "suppressed", suppressed);
	for (guint i = 0; i < report->registries->len; i++) {
		const struct nd_registry_ref *registry = report->registries->pdata[i];
		g_autofree char *name = g_strconcat("registry ", registry->url, NULL);
		g_autofree char *value = registry->probe.outcome ? g_strdup(registry->probe.outcome)
			: registry->probe.undecided
			? g_strdup("undecided")
			: g_strconcat("not probed", registry->not_probed ? ": " : NULL, registry->not_probed, NULL);

		append_property(out, name, value);
	}
	g_string_append(out, "    </properties>\n");
}

GString *nd_report_junit(const struct nd_report *report, const struct nd_rendering *how)
{
	GString *out = g_string_sized_new(16384);
	g_autoptr(GString) scratch = g_string_new(NULL);
	struct suite suite = { 0 };

	collect(&suite, report, how->fail_on);
	g_string_append(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	g_string_append_printf(out, "<testsuites name=\"npmrc-doctor\" tests=\"%u\" failures=\"%u\" errors=\"0\">\n"
		"  <testsuite name=\"npmrc-doctor\" tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\">\n",
		suite.tests, suite.failures, suite.tests, suite.failures, suite.skipped);
	append_properties(out, report);
	for (int rule = 0; rule < ND_RULE_COUNT; rule++) {
		const struct verdict *verdict = &suite.verdicts[rule];

		if (report->judged[rule] || verdict->unchecked || verdict->findings)
			append_case(out, nd_rule_row(rule), verdict, how->base, scratch);
	}
	g_string_append(out, "  </testsuite>\n</testsuites>\n");
	suite_release(&suite);
	return out;
}
