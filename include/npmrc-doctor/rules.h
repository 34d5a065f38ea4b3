#ifndef NPMRC_DOCTOR_RULES_H
#define NPMRC_DOCTOR_RULES_H

#include <stdbool.h>
#include <stddef.h>

/* The one table of rules, src/rules/rules.def: ids at the call site are enum members. */
enum nd_rule {
#define RULE(id, slug, ...) ND_RULE_##id,
#include "rules/rules.def"
#undef RULE
	ND_RULE_COUNT,
};

enum nd_severity {
	ND_INFO,
	ND_WARNING,
	ND_ERROR,
	ND_NEVER, /* as a threshold only */
};
/* error, warning, info, never */
const char *nd_severity_name(enum nd_severity severity);

/* What a rule needs to be judged; without it the rule is reported as unchecked. */
enum nd_need {
	ND_NEED_FILES, /* settings alone */
	ND_NEED_PROBE, /* the network */
};

/* How a finding can be mended. */
enum nd_mend {
	ND_MEND_HAND,
	ND_MEND_AUTOMATIC,
	ND_MEND_KEYRING,
};

/* One row of the table; the texts are UTF-8 and static. */
struct nd_rule_row {
	const char *slug;     /* the public id */
	const char *group;    /* the heading it stands under */
	enum nd_severity severity;
	enum nd_need need;
	enum nd_mend mend;
	const char *summary;  /* one line */
	const char *why;      /* what npm does and why it matters */
	const char *how;      /* how to mend it */
	const char *npm;      /* the npm error behind it, "" if npm says nothing */
	const char *bad, *good; /* examples */
};
const struct nd_rule_row *nd_rule_row(enum nd_rule rule);

/* The rule with this slug, or ND_RULE_COUNT. */
enum nd_rule nd_rule_find(const char *slug);
/* What to say to somebody who takes the word for a rule's slug: which one may be meant, or where they are
 * listed. Owned by the caller. */
char *nd_rule_hint(const char *word);

#endif
