#include <npmrc-doctor/near.h>
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

/* More would be no help. */
#define MAX_RELATED 8

/* The rules that have the word in their names or in what npm says, as it says E407. */
static GPtrArray *related(const char *word)
{
	GPtrArray *slugs = g_ptr_array_new();

	for (int rule = 0; strlen(word) > 2 && rule < ND_RULE_COUNT; rule++)
		if (strstr(rows[rule].slug, word) || strstr(rows[rule].npm, word))
			g_ptr_array_add(slugs, (char *)rows[rule].slug);
	return slugs;
}

char *nd_rule_hint(const char *word)
{
	g_autoptr(GPtrArray) slugs = related(word);
	g_autofree char *joined = NULL;
	struct nd_near near;

	nd_near_init(&near, word);
	for (int rule = 0; rule < ND_RULE_COUNT; rule++)
		nd_near_consider(&near, rows[rule].slug);
	if (near.word && slugs->len < 2)
		return g_strdup_printf("did you mean '%s'?", near.word);
	if (!slugs->len || slugs->len > MAX_RELATED)
		return g_strdup("`npmrc-doctor explain` lists them");
	g_ptr_array_add(slugs, NULL);
	joined = g_strjoinv(", ", (char **)slugs->pdata);
	return g_strdup_printf("did you mean one of %s?", joined);
}

const char *nd_severity_name(enum nd_severity severity)
{
	static const char *const names[] = { "info", "warning", "error", "never" };

	return names[severity];
}
