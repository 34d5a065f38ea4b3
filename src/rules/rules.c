#include <npmrc-doctor/rules.h>

#include <string.h>

static const struct nd_rule_row rows[] = {
#define RULE(id, slug, group, severity, need, mend, check, summary, why, how, npm, bad, good) \
	{ slug, group, severity, need, mend, summary, why, how, npm, bad, good },
#include "rules/rules.def"
#undef RULE
};

const struct nd_rule_row *nd_rule_row(enum nd_rule rule)
{
	return &rows[rule];
}

enum nd_rule nd_rule_find(const char *slug)
{
	int rule = 0;

	while (rule < ND_RULE_COUNT && strcmp(rows[rule].slug, slug) != 0)
		rule++;
	return rule;
}

const char *nd_severity_name(enum nd_severity severity)
{
	static const char *const names[] = { "info", "warning", "error", "never" };

	return names[severity];
}
