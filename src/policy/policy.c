#include <npmrc-doctor/hash.h>
#include <npmrc-doctor/policy.h>

#include <string.h>

/* The policy file's meaning. A fault names the line and the key, never a value: somebody may have put a
 * password there. */

static void scope_free(gpointer data)
{
	struct nd_policy_scope *scope = data;

	g_free(scope->scope);
	nd_url_free(scope->url);
	g_free(scope);
}

void nd_policy_free(struct nd_policy *policy)
{
	if (!policy)
		return;
	g_free(policy->path);
	if (policy->registries)
		g_ptr_array_unref(policy->registries);
	g_ptr_array_unref(policy->scopes);
	nd_url_free(policy->proxy_url);
	g_ptr_array_unref(policy->ignores);
	g_ptr_array_unref(policy->faults);
	g_free(policy);
}

/* A place for a registry or a proxy: nothing but scheme, host, port and path. */
static struct nd_url *parse_url(const char *text)
{
	struct nd_url *url = nd_url_parse(nd_span_of(text));

	if (url && url->special && (g_str_equal(url->scheme, "http") || g_str_equal(url->scheme, "https")) &&
		*url->host && !*url->username && !*url->password && !*url->query && !*url->fragment)
		return url;
	nd_url_free(url);
	return NULL;
}

/* Each setter returns NULL, or what is wrong. */
typedef const char *(*setter)(struct nd_policy *policy, const struct nd_ini_line *s);

static const char no_url[] = "takes an http or https URL without user name, password and query";

static const char *set_registries(struct nd_policy *policy, const struct nd_ini_line *s)
{
	g_auto(GStrv) words = g_strsplit_set(s->value, " \t", -1);
	const char *fault = NULL;

	policy->registries = g_ptr_array_new_with_free_func((GDestroyNotify)nd_url_free);
	for (char **word = words; *word; word++) {
		struct nd_url *url = **word ? parse_url(*word) : NULL;

		if (url)
			g_ptr_array_add(policy->registries, url);
		else if (**word)
			fault = "takes http or https URLs without user name, password and query, separated by blanks";
	}
	if (!fault && !policy->registries->len)
		fault = "names no registry";
	/* None at all would forbid every registry. */
	if (!policy->registries->len)
		g_clear_pointer(&policy->registries, g_ptr_array_unref);
	return fault;
}

static const char *set_scope(struct nd_policy *policy, const struct nd_ini_line *s)
{
	const char *name = s->name + strlen("scope.");
	struct nd_policy_scope *scope;
	struct nd_url *url = parse_url(s->value);

	if (name[0] != '@' || !name[1] || strspn(name + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-._~") != strlen(name + 1)) {
		nd_url_free(url);
		return "is no scope: write scope.@NAME";
	}
	if (!url)
		return no_url;
	scope = g_new0(struct nd_policy_scope, 1);
	scope->scope = g_strdup(name);
	scope->url = url;
	g_ptr_array_add(policy->scopes, scope);
	return NULL;
}

static const char *set_proxy(struct nd_policy *policy, const struct nd_ini_line *s)
{
	if (g_str_equal(s->value, "required")) {
		policy->proxy = ND_POLICY_PROXY_REQUIRED;
	} else if (g_str_equal(s->value, "none")) {
		policy->proxy = ND_POLICY_PROXY_NONE;
	} else {
		policy->proxy_url = parse_url(s->value);
		if (!policy->proxy_url)
			return "takes required, none, or an http or https URL without user name and password";
		policy->proxy = ND_POLICY_PROXY_URL;
	}
	return NULL;
}

static const char no_rule[] = "is no rule";

static const char *set_severity(struct nd_policy *policy, const struct nd_ini_line *s)
{
	enum nd_rule rule = nd_rule_find(s->name);

	if (rule == ND_RULE_COUNT)
		return no_rule;
	if (nd_policy_is_fixed(rule))
		return "keeps its severity";
	for (int severity = ND_INFO; severity < ND_NEVER; severity++) {
		if (!g_str_equal(s->value, nd_severity_name(severity)))
			continue;
		policy->severities[rule] = severity;
		return NULL;
	}
	return "takes error, warning or info; to accept a finding give a reason in [ignore]";
}

static const char *set_timeout(struct nd_policy *policy, const struct nd_ini_line *s)
{
	char *end;
	double seconds = g_ascii_strtod(s->value, &end);

	if (end == s->value || *end || !(seconds > 0) || seconds > 86400)
		return "takes seconds, above 0 and at most 86400";
	policy->timeout = seconds;
	return NULL;
}

/* The reason, and the end where the last word is one. */
static const char *read_reason(const char *text, struct nd_suppression *out)
{
	const char *last = strrchr(text, ' ');

	last = last ? last + 1 : text;
	if (g_str_has_prefix(last, "until=")) {
		out->until = nd_policy_day(last + strlen("until="));
		if (!out->until)
			return "ends on no day: write until=YYYY-MM-DD";
		out->reason = g_strndup(text, (gsize)(last - text));
	} else {
		out->reason = g_strdup(text);
	}
	if (strstr(out->reason, "until="))
		return "has until= before the end of its reason";
	return *g_strstrip(out->reason) ? NULL : "gives no reason, without which nothing is ignored";
}

static const char *set_ignore(struct nd_policy *policy, const struct nd_ini_line *s)
{
	struct nd_suppression *ignore;
	enum nd_rule rule = nd_rule_find(s->name);
	const char *fault;

	if (rule == ND_RULE_COUNT)
		return no_rule;
	if (nd_policy_is_fixed(rule))
		return "cannot be ignored";
	ignore = g_new0(struct nd_suppression, 1);
	fault = read_reason(s->value, ignore);
	if (fault) {
		nd_suppression_free(ignore);
		return fault;
	}
	ignore->rule = rule;
	ignore->line = s->line;
	ignore->layer = ND_LAYER_FILE;
	ignore->file = g_strdup(policy->path);
	g_ptr_array_add(policy->ignores, ignore);
	return NULL;
}

static const struct {
	const char *section, *name; /* name NULL: any */
	setter set;
	bool may_continue;
} keys[] = {
	{ "policy", "registries", set_registries, true },
	{ "policy", "scope.", set_scope, false },
	{ "policy", "proxy", set_proxy, false },
	{ "severity", NULL, set_severity, false },
	{ "probe", "timeout", set_timeout, false },
	{ "ignore", NULL, set_ignore, true },
};

static bool is_key(size_t i, const struct nd_ini_line *s)
{
	if (!g_str_equal(keys[i].section, s->section))
		return false;
	return !keys[i].name || !s->name || g_str_equal(keys[i].name, s->name) ||
		(g_str_has_suffix(keys[i].name, ".") && g_str_has_prefix(s->name, keys[i].name));
}

/* A key as it may be repeated: what looks like a name. Anything else may be a secret in the wrong place. */
static const char *shown(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz-._@/");

	return n && n <= 60 && !name[n] ? name : "this key";
}

static void add_hint(struct nd_policy *policy, const struct nd_ini_line *s, const char *name)
{
	g_autofree char *hint = nd_rule_hint(s->name);

	nd_ini_fault_add(policy->faults, s->line, "%s %s; %s", name, no_rule, hint);
}

static void add_line(struct nd_policy *policy, const struct nd_ini_line *s, GHashTable *seen)
{
	const char *name = s->name ? shown(s->name) : NULL, *fault;
	g_autofree char *id = s->name ? g_strconcat(s->section, "\n", s->name, NULL) : NULL;
	size_t i = 0;
	gpointer before;

	while (i < G_N_ELEMENTS(keys) && !is_key(i, s))
		i++;
	if (!s->name) {
		if (i == G_N_ELEMENTS(keys))
			nd_ini_fault_add(policy->faults, s->line, "there is no such section: [policy], [severity], "
				"[probe] and [ignore] are");
		return;
	}
	if (i == G_N_ELEMENTS(keys)) {
		nd_ini_fault_add(policy->faults, s->line, *s->section ? "%s is unknown in this section" :
			"%s stands above the first [section]", name);
		return;
	}
	if (g_hash_table_lookup_extended(seen, id, NULL, &before)) {
		nd_ini_fault_add(policy->faults, s->line, "%s is set already, in line %u", name,
			GPOINTER_TO_UINT(before));
		return;
	}
	g_hash_table_insert(seen, g_steal_pointer(&id), GUINT_TO_POINTER(s->line));
	if (s->continued && !keys[i].may_continue)
		nd_ini_fault_add(policy->faults, s->continued, "the line is indented, which continues %s", name);
	else if ((fault = keys[i].set(policy, s)) == no_rule)
		add_hint(policy, s, name);
	else if (fault)
		nd_ini_fault_add(policy->faults, s->line, "%s %s", name, fault);
}

static gint compare_faults(gconstpointer a, gconstpointer b)
{
	const struct nd_ini_fault *x = *(struct nd_ini_fault *const *)a, *y = *(struct nd_ini_fault *const *)b;

	return (x->line > y->line) - (x->line < y->line);
}

struct nd_policy *nd_policy_parse(const char *path, struct nd_span bytes)
{
	struct nd_policy *policy = g_new0(struct nd_policy, 1);
	g_autoptr(GHashTable) seen = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);
	struct nd_ini_file *file = nd_settings_read_ini(bytes);

	policy->path = g_strdup(path);
	policy->scopes = g_ptr_array_new_with_free_func(scope_free);
	policy->ignores = g_ptr_array_new_with_free_func((GDestroyNotify)nd_suppression_free);
	policy->faults = g_ptr_array_new_with_free_func(nd_ini_fault_free);
	for (size_t rule = 0; rule < ND_RULE_COUNT; rule++)
		policy->severities[rule] = -1;
	for (guint i = 0; i < file->faults->len; i++) {
		const struct nd_ini_fault *fault = file->faults->pdata[i];

		nd_ini_fault_add(policy->faults, fault->line, "%s", fault->text);
	}
	for (guint i = 0; i < file->lines->len; i++)
		add_line(policy, file->lines->pdata[i], seen);
	g_ptr_array_sort(policy->faults, compare_faults);
	nd_ini_file_free(file);
	return policy;
}

bool nd_policy_allows(const struct nd_url *allowed, const struct nd_url *url)
{
	size_t n = strlen(allowed->path);

	while (n && allowed->path[n - 1] == '/')
		n--;
	return g_str_equal(allowed->scheme, url->scheme) && g_str_equal(allowed->host, url->host) &&
		nd_url_port(allowed) == nd_url_port(url) && strncmp(allowed->path, url->path, n) == 0 &&
		(url->path[n] == '/' || !url->path[n]);
}
