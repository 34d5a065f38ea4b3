#include <npmrc-doctor/format.h>
#include <npmrc-doctor/secret.h>
#include <stdio.h>
#include <string.h>

/* report_bench: a report of 1,000 findings in every format; prints a line for each: its name, its
 * bytes, and the milliseconds of every time. What the format costs at least without any finding (the table of
 * rules) is taken off. */

#define FINDINGS 1000
#define RUNS 15

static void add_finding(struct nd_report *report, int i)
{
	static const enum nd_rule rules[] = { ND_RULE_PLAINTEXT_TOKEN, ND_RULE_UNKNOWN_KEY,
		ND_RULE_DUPLICATE_KEY, ND_RULE_DEPRECATED_KEY };
	struct nd_finding *finding = nd_finding_add(report, rules[i % 4],
		"a later line of the same file sets the key again, number %d", i);

	nd_finding_help(finding, "run `npmrc-doctor fix --keyring`, then npm through `npmrc-doctor exec -- npm ...`");
	nd_finding_npm(finding, "Unknown user config");
	nd_finding_note(finding, "it becomes ${NPMRC_SECRET_REGISTRY_EXAMPLE_AUTHTOKEN}");
	nd_finding_target(finding, "https://registry.example/npm/", NULL);
	nd_finding_number(finding, "line", i);
	finding->where = (struct nd_location){ .known = true, .layer = ND_LAYER_PROJECT,
		.file = g_strdup_printf("/srv/checkout/packages/p%d/.npmrc", i / 10),
		.key = g_strdup_printf("//registry%d.example/npm/:_authToken", i),
		.line = 1 + (unsigned)i % 10, .column = 12, .end_column = 52, .unit_column = 12,
		.unit_end_column = 52 };
}

static struct nd_report *make(int findings)
{
	struct nd_report *report = nd_report_new();

	report->client = g_strdup("npm");
	report->npm_version = g_strdup("11.6.0");
	memset(report->judged, true, sizeof(report->judged));
	report->rules = ND_RULE_COUNT;
	for (int i = 0; i < findings; i++)
		add_finding(report, i);
	return report;
}

/* What one report costs, RUNS times; github's summary belongs to it. */
static size_t render(const char *word, const struct nd_report *report, double *ms)
{
	static const struct nd_style style = { .utf8 = true };
	const struct nd_rendering how = { &style, "/srv/checkout", ND_ERROR, 1700000000 };
	nd_format format = nd_format_find(word);
	size_t bytes = 0;

	for (int i = 0; i < RUNS; i++) {
		gint64 started = g_get_monotonic_time();
		GString *text = format(report, &how);

		bytes = text->len;
		g_string_free(text, TRUE);
		if (g_str_equal(word, "github"))
			g_string_free(nd_report_github_summary(report, &how), TRUE);
		ms[i] = (double)(g_get_monotonic_time() - started) / 1e3;
	}
	return bytes;
}

int main(void)
{
	static const char *const words[] = { "text", "json", "sarif", "github", "gitlab", "junit",
		"prometheus", "nagios" };
	struct nd_report *full = make(FINDINGS), *empty = make(0);

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		double ms[RUNS], base[RUNS], least;
		size_t bytes = render(words[i], full, ms);

		render(words[i], empty, base);
		least = base[0];
		for (int j = 1; j < RUNS; j++)
			least = MIN(least, base[j]);
		printf("%s %zu", words[i], bytes);
		for (int j = 0; j < RUNS; j++)
			printf(" %.3f", ms[j] - least);
		putchar('\n');
	}
	nd_report_free(full);
	nd_report_free(empty);
	return 0;
}
