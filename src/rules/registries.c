#include "rules/reading.h"

#include <npmrc-doctor/hash.h>

/* registry and @scope:registry, and the hosts that the lock file names. */

/* What the text would be with a scheme that it certainly means: `from` bytes are replaced by `text`. */
static const char *missing_scheme(const char *url, size_t *from)
{
	size_t host;

	*from = 0;
	if (g_str_has_prefix(url, "https//"))
		return *from = 7, "https://";
	if (g_str_has_prefix(url, "http//"))
		return *from = 6, "http://";
	if (g_str_has_prefix(url, "//") && url[2])
		return *from = 2, "https://";
	host = strcspn(url, "/:?#");
	/* A name with a dot and a path, and nothing that could be a port of a plain server. */
	if (host && url[host] == '/' && memchr(url, '.', host) && !strpbrk(url, " @\\") &&
		!g_ascii_isdigit(url[host - 1]) && url[0] != '.')
		return "https://";
	return NULL;
}

static void mend_scheme(const struct nd_facts *f, const struct nd_setting *setting, const char *text,
	struct nd_finding *finding)
{
	size_t from, start, end;
	const char *scheme = missing_scheme(text, &from);
	g_autofree char *whole = scheme ? g_strconcat(scheme, text + from, NULL) : NULL;
	struct nd_url *url = whole ? nd_url_parse(nd_span_of(whole)) : NULL;

	if (url && *url->host && !*url->username && !*url->password) {
		nd_finding_help(finding, "write %s", whole);
		if (!setting->n_variables && nd_text_bytes(f, setting, 0, from, &start, &end))
			nd_mend(finding, nd_layers_of(f->layers, setting), start, end, scheme);
	}
	nd_url_free(url);
}

static bool is_web(const struct nd_url *url)
{
	return (g_str_equal(url->scheme, "http") || g_str_equal(url->scheme, "https")) && *url->host;
}

static void judge_url(const struct nd_facts *f, const struct nd_setting *setting, struct nd_report *out)
{
	g_autofree char *text = NULL;
	struct nd_url *url;
	struct nd_finding *finding;
	bool good;

	if (nd_is_open(f, setting) || nd_setting_owner(f, setting) != ND_RULE_COUNT ||
		(setting->key.p[0] == '@' && !nd_value_truthy(&setting->value)))
		return;
	text = setting->value.type == ND_TYPE_STRING ?
		g_strndup(setting->value.string.p, setting->value.string.n) : g_strdup("");
	url = nd_url_parse(nd_span_of(text));
	good = url && is_web(url);
	if (url && !good)
		finding = nd_finding_add(out, ND_RULE_REGISTRY_URL_INVALID,
			"%s is no http or https URL: npm takes `%s:` for the scheme", setting->key.p, url->scheme);
	else if (!url && setting->entry != SIZE_MAX &&
		nd_is_bare(nd_layers_of(f->layers, setting), nd_setting_entry(f, setting)))
		finding = nd_finding_add(out, ND_RULE_REGISTRY_URL_INVALID,
			"%s has no `=` and no URL: its value is true", setting->key.p);
	else if (!url)
		finding = nd_finding_add(out, ND_RULE_REGISTRY_URL_INVALID, f->layers->npm_major >= 9 ?
			"%s is no URL: npm stops and does not say which setting is to blame" :
			"%s is no URL: npm falls back to its default registry", setting->key.p);
	nd_url_free(url);
	if (good)
		return;
	nd_help_row(finding);
	if (f->layers->npm_major >= 9)
		nd_finding_npm(finding, "ERR_INVALID_URL");
	nd_facts_locate(f, setting, 0, 0, &finding->where);
	mend_scheme(f, setting, text, finding);
}

/* https://u:pa@ss/word@host: npm asks for the name `ss`. */
static void judge_torn(const struct nd_facts *f, const struct nd_registry_facts *r, struct nd_report *out)
{
	const struct nd_setting *setting = r->registry->setting;
	const char *text = r->registry->text, *slashes = strstr(text, "//");
	size_t at = slashes ? (size_t)(slashes + 2 - text) + strcspn(slashes + 2, "/?#\\") : 0;
	struct nd_finding *finding;

	if (!setting || !slashes || !text[at] || nd_is_open(f, setting) ||
		nd_setting_owner(f, setting) != ND_RULE_COUNT)
		return;
	finding = nd_finding_add(out, ND_RULE_REGISTRY_URL_INVALID,
		"the `%c` ends the host too early: to npm a piece of the password is the registry's host", text[at]);
	nd_finding_help(finding, "write %%%02X in place of `%c` in the password", (unsigned)text[at], text[at]);
	nd_finding_npm(finding, "ENOTFOUND");
	if (setting->n_variables)
		nd_facts_locate(f, setting, 0, 0, &finding->where);
	else
		nd_blame_text(f, finding, setting, at, at + 1);
	nd_finding_target(finding, r->url, NULL);
}

void nd_check_registry_url(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(nd_hash_text, g_str_equal);

	(void)rule;
	for (guint at = 0; at < f->layers->order->len; at++) {
		const struct nd_layer *layer = f->layers->order->pdata[at];

		/* The strongest setting decides: what it hides is never used. */
		for (size_t i = 0; i < layer->n_settings; i++)
			if (nd_kind_of(nd_layer_key(layer, i)) == ND_KIND_REGISTRY &&
				g_hash_table_add(seen, (gpointer)nd_layer_setting(layer, i)->key.p))
				judge_url(f, nd_layer_setting(layer, i), out);
	}
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];

		if (r->registry->torn)
			judge_torn(f, r, out);
	}
}

/* --- registry-known-bad --- */

static const struct {
	const char *host, *why, *instead;
} bad_hosts[] = {
	{ "registry.npms.org", "was never npm's registry", NULL },
	{ "registry.npm.taobao.org", "was switched off in 2024", "https://registry.npmmirror.com/" },
	{ "npm.taobao.org", "was switched off in 2024", "https://registry.npmmirror.com/" },
	{ "npmjs.org", "is a web site, not the registry", NULL },
	{ "npmjs.com", "is a web site, not the registry", NULL },
	{ "www.npmjs.org", "is a web site, not the registry", NULL },
	{ "www.npmjs.com", "is a web site, not the registry", NULL },
	{ "github.com", "is a web site, not the registry", "https://npm.pkg.github.com/" },
};

static const struct {
	const char *part, *instead;
} bad_paths[] = {
	{ "/ui/", "https://HOST/artifactory/api/npm/REPOSITORY/" },
	{ "/webapp/", "https://HOST/artifactory/api/npm/REPOSITORY/" },
	{ "/#browse", "https://HOST/repository/REPOSITORY/" },
	{ "/#admin", "https://HOST/repository/REPOSITORY/" },
};

static char *default_registry(const struct nd_facts *f, char **host)
{
	struct nd_value value;
	g_autofree char *text = NULL;
	struct nd_url *url;

	if (!nd_key_default("registry", f->layers->npm_major, f->layers->arena, &value))
		return NULL;
	text = g_strndup(value.string.p, value.string.n);
	url = nd_url_parse(nd_span_of(text));
	*host = url ? g_strdup(url->host) : NULL;
	nd_url_free(url);
	return g_steal_pointer(&text);
}

/* One letter too many, too few or wrong, or two neighbours swapped. */
static bool is_slip(const char *text, const char *of)
{
	size_t a = strlen(text), b = strlen(of), head = 0, tail = 0;

	if (strcmp(text, of) == 0 || MAX(a, b) - MIN(a, b) > 1)
		return false;
	while (text[head] && text[head] == of[head])
		head++;
	while (tail < MIN(a, b) - head && text[a - 1 - tail] == of[b - 1 - tail])
		tail++;
	if (MAX(a, b) - head - tail <= 1)
		return true;
	return a == b && a - head - tail == 2 && text[head] == of[head + 1] && text[head + 1] == of[head];
}

/* Where the part stands in the line, comment or not. */
static void blame_raw(const struct nd_facts *f, struct nd_finding *finding, const struct nd_setting *setting,
	const char *part)
{
	const struct nd_layer *layer = nd_layers_of(f->layers, setting);
	const struct nd_ini_entry *entry = nd_setting_entry(f, setting);
	const struct nd_line *line = nd_doc_line(layer->doc, entry->line);
	const char *bytes = nd_doc_bytes(layer->doc).p;
	const char *at = memmem(bytes + entry->text.start, line->value_end - entry->text.start, part, strlen(part));

	if (at)
		nd_blame(finding, layer, entry, (size_t)(at - bytes), (size_t)(at - bytes) + strlen(part));
}

static void say_bad(const struct nd_facts *f, const struct nd_registry_facts *r, const char *part,
	const char *why, const char *instead, struct nd_report *out)
{
	const struct nd_setting *setting = r->registry->setting;
	struct nd_finding *finding = nd_finding_add(out, ND_RULE_REGISTRY_KNOWN_BAD, "%s %s", part, why);
	g_autofree char *text = setting->written.type == ND_TYPE_STRING ?
		g_strndup(setting->written.string.p, setting->written.string.n) : g_strdup("");
	const char *at = strstr(text, part);
	const struct nd_ini_entry *entry = nd_setting_entry(f, setting);

	nd_finding_help(finding, "use %s", instead);
	nd_finding_target(finding, r->url, NULL);
	if (at)
		nd_blame_text(f, finding, setting, (size_t)(at - text), (size_t)(at - text) + strlen(part));
	else if (entry && entry->text.cut)
		blame_raw(f, finding, setting, part);
	else
		nd_facts_locate(f, setting, 0, 0, &finding->where);
}

static bool judge_host(const struct nd_facts *f, const struct nd_registry_facts *r, struct nd_report *out)
{
	const struct nd_url *url = r->registry->url;
	g_autofree char *host = NULL;
	g_autofree char *usual = default_registry(f, &host);

	for (size_t i = 0; i < G_N_ELEMENTS(bad_hosts); i++)
		if (g_str_equal(url->host, bad_hosts[i].host)) {
			say_bad(f, r, url->host, bad_hosts[i].why,
				bad_hosts[i].instead ? bad_hosts[i].instead : usual, out);
			return true;
		}
	if (r->registry->torn || !host || !is_slip(url->host, host))
		return false;
	say_bad(f, r, url->host, "looks like a slip of the pen", usual, out);
	return true;
}

static const char *page_in(const char *text, const char **instead)
{
	for (size_t i = 0; i < G_N_ELEMENTS(bad_paths); i++)
		if (strstr(text, bad_paths[i].part)) {
			if (instead)
				*instead = bad_paths[i].instead;
			return bad_paths[i].part;
		}
	return NULL;
}

const char *nd_web_page(const struct nd_layer *layer, const struct nd_ini_entry *entry, const char **instead)
{
	const struct nd_line *line = nd_doc_line(layer->doc, entry->line);
	g_autofree char *text = g_strndup(nd_doc_bytes(layer->doc).p + entry->text.start,
		MAX(line->value_end, entry->text.start) - entry->text.start);

	/* Behind a blank stands a comment, whatever it tells of. */
	text[strcspn(text, " \t")] = '\0';
	return page_in(text, instead);
}

static void judge_path(const struct nd_facts *f, const struct nd_registry_facts *r, struct nd_report *out)
{
	const struct nd_url *url = r->registry->url;
	const struct nd_ini_entry *entry = nd_setting_entry(f, r->registry->setting);
	g_autofree char *path = g_strconcat(url->path, url->fragment, NULL);
	const char *instead, *part = page_in(path, &instead);

	/* npm sees nothing of "/#browse": it is a comment. */
	if (!part && entry && entry->text.cut)
		part = nd_web_page(nd_layers_of(f->layers, r->registry->setting), entry, &instead);
	if (part) {
		say_bad(f, r, part, "is the path of a web page, not of a registry", instead, out);
		return;
	}
	if (g_str_has_prefix(path, "/artifactory/") && !strstr(path, "/api/npm/"))
		say_bad(f, r, "/artifactory/", "is not where Artifactory serves npm",
			"https://HOST/artifactory/api/npm/REPOSITORY/", out);
}

void nd_check_known_bad(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	(void)rule;
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];

		if (r->registry->setting && r->registry->url && is_web(r->registry->url) &&
			!judge_host(f, r, out))
			judge_path(f, r, out);
	}
}

/* --- lockfile-registry --- */

static bool is_in_use(const struct nd_facts *f, const struct nd_lock_host *host)
{
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		const struct nd_url *url = r->registry->url;
		g_autofree char *own = !url ? g_strdup("") : url->port < 0 ? g_strdup(url->host) :
			g_strdup_printf("%s:%d", url->host, url->port);

		if (g_str_equal(own, host->host))
			return true;
	}
	return false;
}

/* replace-registry-host: the default "npmjs" puts the configured registry in the default one's place. */
static bool is_replaced(const struct nd_facts *f, const struct nd_lock_host *host)
{
	const struct nd_setting *setting = nd_layers_get(f->layers, "replace-registry-host");
	g_autofree char *how = setting ? nd_used_text(setting) : g_strdup("npmjs");
	g_autofree char *usual = NULL;
	g_autofree char *text = default_registry(f, &usual);

	if (g_str_equal(how, "always"))
		return true;
	if (g_str_equal(how, "never"))
		return false;
	return g_strcmp0(host->host, g_str_equal(how, "npmjs") ? usual : how) == 0;
}

void nd_check_lockfile(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	const struct nd_lockfile *lock = f->lockfile;

	for (guint i = 0; lock && i < lock->hosts->len; i++) {
		const struct nd_lock_host *host = lock->hosts->pdata[i];
		struct nd_finding *finding;

		if (is_in_use(f, host) || is_replaced(f, host))
			continue;
		finding = nd_finding_add(out, rule, "%zu package%s of the lock file come%s from %s, which is no "
			"registry in use (the first: %s)", host->count, host->count == 1 ? "" : "s",
			host->count == 1 ? "s" : "", host->host, host->package);
		nd_help_row(finding);
		if (f->layers->npm_major >= 12)
			nd_finding_npm(finding, "EALLOWREMOTE");
		finding->where.known = true;
		finding->where.layer = ND_LAYER_PROJECT;
		finding->where.file = g_strdup(lock->path);
		finding->where.line = host->line;
		finding->where.column = host->column;
		finding->where.end_column = host->end_column;
		nd_finding_text(finding, "host", host->host);
		nd_finding_number(finding, "packages", (double)host->count);
	}
}
