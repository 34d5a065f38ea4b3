#include "rules/reading.h"

#include <npmrc-doctor/hash.h>

/* The noproxy list (npm compares dot-separated labels from the right, @npmcli/agent/lib/proxy.js). */

static bool any_proxy(const struct nd_facts *f)
{
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];

		if (r->proxy->text)
			return true;
	}
	return f->files_only;
}

/* The entry of a list's setting that holds byte `at` of the joined text (npm joins with commas), and
 * the offset in it. */
static const struct nd_ini_entry *entry_at(const struct nd_facts *f, const struct nd_setting *setting,
	size_t at, size_t *offset)
{
	const struct nd_layer *layer = nd_layers_of(f->layers, setting);
	const struct nd_ini_key *key = layer->ini ? nd_ini_find(layer->ini, setting->raw_key) : NULL;

	for (size_t i = 0; key && i < key->n_entries; i++) {
		const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, key->entries[i]);

		if (key->value.type != ND_TYPE_ARRAY)
			entry = nd_setting_entry(f, setting);
		if (entry->text.value.type != ND_TYPE_STRING)
			return NULL;
		*offset = at;
		if (at <= entry->text.value.string.n || key->value.type != ND_TYPE_ARRAY)
			return entry;
		at -= entry->text.value.string.n + 1;
	}
	return NULL;
}

/* The bytes of one noproxy entry; false where they cannot be told (variables, other layers). */
static bool bytes_of(const struct nd_facts *f, const struct nd_noproxy *n, size_t *start, size_t *end,
	const struct nd_ini_entry **entry)
{
	const struct nd_layer *layer = nd_layers_of(f->layers, n->setting);
	size_t offset = 0, length = strlen(n->entry);
	struct nd_span text;
	const char *found;

	*entry = n->setting->n_variables ? NULL : entry_at(f, n->setting, n->at, &offset);
	if (!*entry)
		return false;
	text = (*entry)->text.value.string;
	if (offset > text.n)
		return false;
	found = memmem(text.p + offset, text.n - offset, n->entry, length);
	if (!found)
		return false;
	*start = nd_ini_offset(layer->doc, &(*entry)->text, (size_t)(found - text.p));
	*end = nd_ini_offset(layer->doc, &(*entry)->text, (size_t)(found - text.p) + length);
	return *end - *start == length;
}

/* What npm understands in the entry's place, or NULL. Owned by the caller. */
static char *equivalent(const char *entry)
{
	g_autofree char *lower = g_ascii_strdown(entry, -1);

	if (g_str_has_prefix(entry, "*.") && !strpbrk(entry + 2, "*:/ \t;|<"))
		return g_strdup(lower + 1);
	if (strpbrk(entry, " \t;|") && !strpbrk(entry, "*:/<")) {
		g_auto(GStrv) parts = g_strsplit_set(entry, " \t;|", -1);
		g_autoptr(GString) out = g_string_new(NULL);

		for (char **part = parts; *part; part++)
			if (**part)
				g_string_append_printf(out, "%s%s", out->len ? "," : "", *part);
		return g_strdup(out->str);
	}
	if (g_str_has_prefix(lower, "http://") || g_str_has_prefix(lower, "https://")) {
		struct nd_url *url = nd_url_parse(nd_span_of(entry));
		char *host = url && g_str_equal(url->path, "/") ? g_strdup(url->host) : NULL;

		nd_url_free(url);
		return host;
	}
	if (g_hostname_is_ip_address(entry) && strchr(entry, ':'))
		return g_strconcat("[", lower, "]", NULL);
	if (strpbrk(entry, "*:/<; \"'>@%\\^`") || !g_str_is_ascii(entry))
		return NULL;
	return g_str_equal(lower, entry) ? NULL : g_strdup(lower);
}

static void say_never(const struct nd_facts *f, const struct nd_noproxy *n, struct nd_report *out)
{
	g_autofree char *shown = nd_url_redact_text(nd_span_of(n->entry));
	struct nd_finding *finding = nd_finding_add(out, ND_RULE_NOPROXY_NO_EFFECT,
		"the entry `%s` can never match: %s", shown, n->why);
	g_autofree char *instead = equivalent(n->entry);
	const struct nd_ini_entry *entry;
	size_t start, end;

	if (instead)
		nd_finding_help(finding, "write %s", instead);
	else
		nd_help_row(finding);
	if (n->variable) {
		nd_facts_locate_variable(n->variable, &finding->where);
	} else if (bytes_of(f, n, &start, &end, &entry)) {
		const struct nd_layer *layer = nd_layers_of(f->layers, n->setting);

		nd_blame(finding, layer, entry, start, end);
		/* Byte for byte what npm sees, so that nothing in it needs another spelling in quotes. */
		if (instead)
			nd_mend(finding, layer, start, end, instead);
	} else {
		nd_facts_locate(f, n->setting, 0, 0, &finding->where);
	}
	nd_finding_text(finding, "entry", shown);
}

/* The same list is asked for each registry. */
static bool is_new(GHashTable *seen, const struct nd_noproxy *n)
{
	return g_hash_table_add(seen, g_strdup_printf("%p %s %zu %s", (const void *)n->setting,
		n->variable ? n->variable : "", n->at, n->entry));
}

void nd_check_noproxy_no_effect(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);

	(void)rule;
	for (guint i = 0; any_proxy(f) && i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];

		for (guint k = 0; k < r->proxy->noproxy->len; k++) {
			const struct nd_noproxy *n = r->proxy->noproxy->pdata[k];

			/* What a variable that is not set would be is not known: unresolved-variable. */
			if (!n->variable && n->setting->unresolved && strstr(n->entry, "${"))
				continue;
			if (n->never && !(f->files_only && n->variable) && is_new(seen, n))
				say_never(f, n, out);
		}
	}
}

static const struct nd_noproxy *match_of(const struct nd_proxy *proxy)
{
	for (guint i = 0; i < proxy->noproxy->len; i++) {
		const struct nd_noproxy *n = proxy->noproxy->pdata[i];

		if (n->matches)
			return n;
	}
	return NULL;
}

static void locate_entry(const struct nd_facts *f, const struct nd_noproxy *n, struct nd_finding *finding)
{
	const struct nd_ini_entry *entry;
	size_t start, end;

	if (n->variable)
		nd_facts_locate_variable(n->variable, &finding->where);
	else if (bytes_of(f, n, &start, &end, &entry))
		nd_blame(finding, nd_layers_of(f->layers, n->setting), entry, start, end);
	else
		nd_facts_locate(f, n->setting, 0, 0, &finding->where);
}

void nd_check_noproxy_bypasses(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		const struct nd_noproxy *n = r->proxy->bypassed ? match_of(r->proxy) : NULL;
		struct nd_finding *finding;
		g_autofree char *proxy = NULL;

		if (!n || !r->proxy->text || !r->registry->url || nd_is_loopback(r->registry->url->host))
			continue;
		proxy = nd_proxy_label(r->proxy);
		finding = nd_finding_add(out, rule, "the entry `%s` takes %s off the proxy: npm connects directly",
			n->entry, r->url);
		nd_help_row(finding);
		locate_entry(f, n, finding);
		nd_finding_target(finding, r->url, NULL);
		nd_finding_text(finding, "proxy", proxy);
		/* With a password it is not tried; that the direct path fails is reason to ask. */
		if (nd_way_is_bypassed(r)) {
			finding->severity = ND_WARNING;
			nd_finding_note(finding, "the direct connection fails, and the proxy %s serves it", proxy);
		} else if (r->probe && r->probe->main.tried && nd_outcome_rule(&r->probe->main, r) != ND_RULE_COUNT)
			nd_finding_note(finding, "the direct connection fails: see whether the proxy %s serves it",
				proxy);
	}
}
