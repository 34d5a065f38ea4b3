#include "rules/misread.h"

/* Whose a misread line is: the first cause that explains it. */

static bool has_unresolved(const struct nd_facts *f, const struct nd_ini_entry *entry)
{
	struct nd_expansion expansion;

	if (f->files_only || entry->text.value.type != ND_TYPE_STRING)
		return false;
	expansion = nd_expand(nd_expand_dialect_of_npm(f->layers->npm_major), entry->text.value.string,
		f->layers->env, f->layers->arena);
	for (size_t i = 0; i < expansion.n_variables; i++)
		if (!expansion.variables[i].set && !expansion.variables[i].optional)
			return true;
	return false;
}

enum nd_rule nd_entry_owner(const struct nd_facts *f, const struct nd_layer *layer,
	const struct nd_ini_entry *entry)
{
	size_t colon;

	if (entry->section)
		return ND_RULE_SECTION_IGNORED;
	if (nd_is_invisible(layer, entry))
		return ND_RULE_INVISIBLE_CHARACTER;
	if (nd_is_colon(f, layer, entry, &colon))
		return ND_RULE_COLON_FOR_EQUALS;
	if (nd_is_cut(layer, entry) || nd_keeps_quotes(layer, entry))
		return ND_RULE_VALUE_CUT_BY_COMMENT;
	if (entry->text.open_quote || entry->key_text.open_quote)
		return ND_RULE_UNCLOSED_QUOTE;
	if (nd_is_wrong_variable(f, entry))
		return ND_RULE_WRONG_VARIABLE_SYNTAX;
	return has_unresolved(f, entry) ? ND_RULE_UNRESOLVED_VARIABLE : ND_RULE_COUNT;
}

enum nd_rule nd_setting_owner(const struct nd_facts *f, const struct nd_setting *setting)
{
	const struct nd_ini_entry *entry = setting ? nd_setting_entry(f, setting) : NULL;
	const struct nd_layer *layer = entry ? nd_layers_of(f->layers, setting) : NULL;
	enum nd_rule owner;

	if (setting && !entry && setting->unresolved)
		return ND_RULE_UNRESOLVED_VARIABLE;
	/* What a [section] of that name made. */
	if (setting && !entry && setting->value.type == ND_TYPE_OBJECT)
		return ND_RULE_INVALID_VALUE;
	if (!entry)
		return ND_RULE_COUNT;
	if (nd_is_garbled(layer))
		return ND_RULE_FILE_ENCODING;
	owner = nd_entry_owner(f, layer, entry);
	return owner == ND_RULE_COUNT && nd_is_no_json(f, setting) ? ND_RULE_INVALID_VALUE : owner;
}
