#include <npmrc-doctor/deliver.h>
#include <npmrc-doctor/expand.h>
#include <string.h>

/* Appends the value in the spelling of its place. A part of a longer value may begin and end with what a whole
 * one may not: a stand-in on either side makes it whole. */
static bool spell(const struct nd_reference *reference, GString *value, GString *out)
{
	const struct nd_ini_text *like = &nd_ini_entry(reference->in->ini, reference->entry)->text;
	struct nd_span bytes = nd_doc_bytes(reference->in->doc);
	size_t quote = like->quote ? 1 : 0;
	bool part = reference->start > like->start + quote || reference->end + quote < like->end;

	if (part) {
		g_string_prepend_c(value, 'x');
		g_string_append_c(value, 'x');
	}
	if (!nd_ini_encode_like((struct nd_span){ value->str, value->len }, like, out))
		return false;
	if (part) {
		g_string_erase(out, 0, 1);
		g_string_truncate(out, out->len - 1);
	}
	/* What follows must not be escaped. */
	if (!like->quote && out->len && out->str[out->len - 1] == '\\' && reference->end < bytes.n &&
		strchr("\\;#", bytes.p[reference->end]))
		g_string_append_c(out, '\\');
	return true;
}

GString *nd_reference_spell(const struct nd_reference *reference, const struct nd_secret *secret, int npm_major)
{
	struct nd_span revealed = nd_secret_reveal(secret);
	struct nd_arena *arena = nd_arena_new();
	GString *value = nd_expand_escape(nd_expand_dialect_of_npm(npm_major), revealed, arena);
	GString *text = g_string_new(NULL);

	if (memchr(revealed.p, '\0', revealed.n) || !spell(reference, value, text))
		g_string_free(g_steal_pointer(&text), TRUE);
	g_string_free(value, TRUE);
	nd_arena_free(arena);
	return text;
}
