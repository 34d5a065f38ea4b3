#include "cmd/commands.h"
#include "cmd/emit.h"

int nd_cmd_explain(struct nd_context *context)
{
	const char *slug = context->options->operands[0];
	enum nd_rule rule;
	GString *text;
	bool ok;

	if (!slug) {
		text = nd_report_rules(&context->out);
	} else {
		rule = nd_rule_find(slug);
		if (rule == ND_RULE_COUNT) {
			g_autofree char *hint = nd_rule_hint(slug);

			nd_complain("there is no rule '%s'; %s", slug, hint);
			return ND_STATUS_USAGE;
		}
		text = nd_report_explain(rule, &context->out);
	}
	ok = nd_emit(context, text);
	g_string_free(text, TRUE);
	return ok ? ND_STATUS_OK : ND_STATUS_FAILED;
}
