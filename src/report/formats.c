#include "report/formats.h"

static GString *text(const struct nd_report *report, const struct nd_rendering *how)
{
	return nd_report_text(report, how->style);
}

static GString *json(const struct nd_report *report, const struct nd_rendering *how)
{
	(void)how;
	return nd_report_json(report);
}

nd_format nd_format_find(const char *word)
{
	static const struct {
		const char *word;
		nd_format render;
	} formats[] = {
		{ "text", text },
		{ "json", json },
		{ "sarif", nd_report_sarif },
		{ "github", nd_report_github },
		{ "gitlab", nd_report_gitlab },
		{ "junit", nd_report_junit },
		{ "prometheus", nd_report_prometheus },
		{ "nagios", nd_report_nagios },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
		if (g_str_equal(word, formats[i].word))
			return formats[i].render;
	return NULL;
}
