#include "internal.h"

/* Passwords of which npm takes one piece for the host. */

/* user:pa@ss;word@host: npm's value ends at the ';', and its host is a piece of the password. A comment has a
 * blank in front. */
static bool is_cut_in_userinfo(const struct nd_doc *doc, const struct nd_ini_entry *entry)
{
	const struct nd_line *line = nd_doc_line(doc, entry->line);
	const char *bytes = nd_doc_bytes(doc).p;
	size_t cut = entry->text.cut;

	if (!cut || cut <= entry->text.start || g_ascii_isspace(bytes[cut - 1]))
		return false;
	return memchr(bytes + cut, '@', line->eol - cut) != NULL;
}

/* Whether the '@' may stand in a registry's path: /@scope/, /feed@Release/. A host has a dot, as a rule; a colon
 * in front is that of another user, as in "/ http://n:pw@other/". */
static bool is_of_path(const char *path, const char *at, const char *host)
{
	if (memchr(at, '.', strcspn(at, "/?#")) || memchr(path, ':', (size_t)(at - path)))
		return false;
	return at[-1] == '/' || strchr(host, '.') || *host == '[' || strcmp(host, "localhost") == 0;
}

static bool has_userinfo(const struct nd_url *url)
{
	return *url->username || *url->password;
}

/* Whether an '@' stands behind the host that belongs to no path; any: or one that does. */
static bool has_later_at(const struct nd_url *url, bool any)
{
	g_autofree char *tail = g_strconcat(url->path, url->query, url->fragment, NULL);
	bool found = false;

	for (const char *at = strchr(tail, '@'); at && !found; at = strchr(at + 1, '@'))
		found = any || !is_of_path(tail, at, url->host);
	return found;
}

bool nd_may_be_torn(enum nd_spot_kind kind, struct nd_span text, const struct nd_doc *doc,
	const struct nd_ini_entry *entry)
{
	struct nd_url *url = nd_url_parse(text);
	bool proxy = kind == ND_SPOT_PROXY_PASSWORD;
	bool torn = url && (proxy || has_userinfo(url)) && has_later_at(url, proxy);

	nd_url_free(url);
	return torn || is_cut_in_userinfo(doc, entry);
}

bool nd_view_is_torn(const struct nd_setting *setting, enum nd_spot_kind kind, const struct nd_url *url)
{
	const struct nd_layer *layer = setting ? setting->layer : NULL;

	const char *path = url ? url->path + (*url->path == '/') : NULL;
	bool found;

	if (!url || !*url->host)
		return false;
	/* Of a proxy's user:8080/x@host the password begins with what npm takes for the port. A registry with a port,
	 * or with more than one folder in front of the '@' (tfs/collection/feed@View), is one. */
	if (kind == ND_SPOT_PROXY_PASSWORD)
		found = has_userinfo(url) || url->port >= 0;
	else
		found = has_userinfo(url) && url->port < 0 && strcspn(path, "/") >= strcspn(path, "@");
	if (found && has_later_at(url, false))
		return true;
	return layer && layer->doc && layer->ini && setting->entry < nd_ini_entry_count(layer->ini) &&
		is_cut_in_userinfo(layer->doc, nd_ini_entry(layer->ini, setting->entry));
}
