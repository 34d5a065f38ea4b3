#include "internal.h"

/* Passwords of which npm takes one piece for the host. */

static bool has_userinfo(const struct nd_url *url)
{
	return *url->username || *url->password;
}

/* A name with a dot, an address, or this machine: a host rather than a piece of a password. */
static bool is_like_host(const char *host)
{
	return strchr(host, '.') || *host == '[' || strcmp(host, "localhost") == 0;
}

/* user:pa@ss;word@host: npm's value ends at the ';'. A comment has a blank in front. */
static bool is_cut_in_userinfo(const struct nd_doc *doc, const struct nd_ini_entry *entry)
{
	const struct nd_line *line = nd_doc_line(doc, entry->line);
	const char *bytes = nd_doc_bytes(doc).p;
	size_t cut = entry->text.cut;

	if (!cut || cut <= entry->text.start || g_ascii_isspace(bytes[cut - 1]))
		return false;
	return memchr(bytes + cut, '@', line->eol - cut) != NULL;
}

/* https://host/npm/;a@b: what is cut off stands behind a path. */
static bool has_path(const struct nd_ini_entry *entry)
{
	struct nd_span text = entry->text.value.type == ND_TYPE_STRING ? entry->text.value.string :
		(struct nd_span){ NULL, 0 };
	const char *slashes = text.n ? memmem(text.p, text.n, "//", 2) : NULL;

	return slashes && memchr(slashes + 2, '/', text.n - (size_t)(slashes + 2 - text.p));
}

/* Whether the '@' may stand in a path: /@scope/, /feed@Release/. With a dot or a port behind it, it stands in front
 * of a host; a colon in front is that of another user, as in "/ http://n:pw@other/". */
static bool is_of_path(const char *path, const char *at, const char *host)
{
	size_t behind = strcspn(at, "/?#");

	if (memchr(at, '.', behind) || memchr(at, ':', behind) || memchr(path, ':', (size_t)(at - path)))
		return false;
	return at[-1] == '/' || is_like_host(host);
}

/* Whether an '@' stands behind the host that belongs to no path; any: or one that may. */
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

bool nd_proxy_is_torn(const struct nd_url *url)
{
	if (has_userinfo(url))
		return *url->host && has_later_at(url, true);
	/* user:8080/x@host: the password begins with what npm takes for the port. */
	return *url->host && url->port >= 0 && has_later_at(url, false);
}

/* A registry's path may hold an '@': what stands in front of its first folder's is a piece of the password only
 * where it does not look like a host. */
static bool registry_is_torn(const struct nd_url *url)
{
	g_autofree char *tail = g_strconcat(url->path, url->query, url->fragment, NULL);
	const char *at = strchr(tail, '@');

	if (!*url->host || !has_userinfo(url) || url->port >= 0 || is_like_host(url->host))
		return false;
	return at && at > tail && at[-1] != '/' && !memchr(tail + 1, '/', (size_t)(at - tail) - 1);
}

char *nd_torn_label(const struct nd_url *url)
{
	return g_strconcat(url->scheme, "://***/", NULL);
}

static bool is_cut_to_pieces(const struct nd_setting *setting, const struct nd_url *url)
{
	const struct nd_layer *layer = setting ? setting->layer : NULL;
	const struct nd_ini_entry *entry;

	if (!layer || !layer->doc || !layer->ini || setting->entry >= nd_ini_entry_count(layer->ini))
		return false;
	entry = nd_ini_entry(layer->ini, setting->entry);
	return *url->host && (has_userinfo(url) || (url->port >= 0 && !is_like_host(url->host))) && !has_path(entry) &&
		is_cut_in_userinfo(layer->doc, entry);
}

bool nd_view_is_torn(const struct nd_setting *setting, enum nd_spot_kind kind, const struct nd_url *url)
{
	if (!url)
		return false;
	if (kind == ND_SPOT_PROXY_PASSWORD ? nd_proxy_is_torn(url) : registry_is_torn(url))
		return true;
	return is_cut_to_pieces(setting, url);
}
