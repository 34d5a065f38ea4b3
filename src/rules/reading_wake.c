#include "rules/reading.h"

/* What a line that npm has passed over until now may do once a fix makes npm read it. A repair never takes
 * protection away: such a line is for its author to look at. */

static const char programs[] = "npm would run what it names";
static const char trust[] = "npm would trust other certificates than now";
static const char allows[] = "npm would allow what it refuses now";

static const struct {
	const char *key;
	const char *safe; /* the one value that does no harm, or NULL */
	const char *why;
} rows[] = {
	{ "strict-ssl", "true", "npm would no longer verify certificates" },
	{ "ignore-scripts", "true", "install scripts could run" },
	{ "strict-allow-scripts", "true", "install scripts could run" },
	{ "dangerously-allow-all-scripts", "false", "install scripts could run" },
	{ "allow-scripts", NULL, "install scripts could run" },
	{ "audit", "true", "npm would no longer audit what it installs" },
	{ "package-lock", "true", "npm would no longer hold on to the lock file" },
	{ "strict-npmrc", "true", allows },
	{ "force", "false", allows },
	{ "unsafe-perm", "false", allows },
	{ "allow-git", "none", allows },
	{ "allow-remote", "none", allows },
	{ "allow-file", "none", allows },
	{ "allow-directory", "none", allows },
	{ "min-release-age-exclude", NULL, allows },
	{ "ca", NULL, trust },
	{ "cafile", NULL, trust },
	{ "cert", NULL, "npm would identify itself with it" },
	{ "key", NULL, "npm would identify itself with it" },
	{ "browser", NULL, programs },
	{ "editor", NULL, programs },
	{ "extension-file", NULL, programs },
	{ "git", NULL, programs },
	{ "init-module", NULL, programs },
	{ "node-gyp", NULL, programs },
	{ "node-options", NULL, programs },
	{ "onload-script", NULL, programs },
	{ "script-shell", NULL, programs },
	{ "shell", NULL, programs },
	{ "viewer", NULL, programs },
	{ "globalconfig", NULL, "npm would read other settings" },
	{ "userconfig", NULL, "npm would read other settings" },
	{ "replace-registry-host", NULL, "npm would fetch from other hosts" },
};

static bool begins(struct nd_span text, const char *with)
{
	size_t n = strlen(with);

	return text.n >= n && g_ascii_strncasecmp(text.p, with, n) == 0;
}

static const char *url_harm(enum nd_kind kind, struct nd_span url)
{
	if (memmem(url.p, url.n, "${", 2))
		return "what it would stand for is not known";
	if (memchr(url.p, '@', url.n))
		return "npm would send its user and password";
	if (kind == ND_KIND_REGISTRY && !begins(url, "https://"))
		return "npm would use this registry without https";
	return NULL;
}

const char *nd_wake_harm(struct nd_span key, struct nd_span value)
{
	enum nd_kind kind = nd_kind_of(key);

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (nd_span_is(key, rows[i].key))
			return rows[i].safe && nd_span_is(value, rows[i].safe) ? NULL : rows[i].why;
	return value.n && nd_kind_is_url(kind) ? url_harm(kind, value) : NULL;
}

const char *nd_wake_harm_of(struct nd_span key, const struct nd_ini_text *text)
{
	if (text->value.type == ND_TYPE_STRING)
		return nd_wake_harm(key, text->value.string);
	if (text->value.type == ND_TYPE_BOOLEAN)
		return nd_wake_harm(key, nd_span_of(text->value.boolean ? "true" : "false"));
	return nd_wake_harm(key, nd_span_of("null"));
}

const char *nd_wake_harm_in(struct nd_span bytes, int npm_major)
{
	struct nd_doc *doc = nd_doc_new(bytes, false);
	struct nd_ini *ini = nd_ini_decode(doc, npm_major);
	const char *harm = NULL;

	for (size_t i = 0; !harm && i < nd_ini_entry_count(ini); i++) {
		const struct nd_ini_entry *entry = nd_ini_entry(ini, i);

		if (!entry->dropped)
			harm = nd_wake_harm_of(entry->key, &entry->text);
	}
	nd_ini_free(ini);
	nd_doc_free(doc);
	return harm;
}
