#include "rules/misread.h"

static enum nd_rule rule_of_kind(enum nd_spot_kind kind)
{
	static const enum nd_rule rules[] = {
		[ND_SPOT_TOKEN] = ND_RULE_PLAINTEXT_TOKEN,
		[ND_SPOT_PASSWORD] = ND_RULE_PLAINTEXT_PASSWORD,
		[ND_SPOT_PROXY_PASSWORD] = ND_RULE_PLAINTEXT_PROXY_PASSWORD,
		[ND_SPOT_URL] = ND_RULE_PLAINTEXT_URL_CREDENTIALS,
		[ND_SPOT_PRIVATE_KEY] = ND_RULE_PLAINTEXT_PRIVATE_KEY,
	};

	return rules[kind];
}

static struct nd_edit *move_to_keyring(const struct nd_spot *spot)
{
	struct nd_edit *edit = g_new0(struct nd_edit, 1);

	edit->file = g_strdup(spot->in->file->path);
	edit->start = spot->start;
	edit->end = spot->end;
	edit->text = g_strdup_printf("${%s}", spot->variable);
	edit->secret = nd_secret_dup(spot->value);
	edit->location = g_strdup(spot->location);
	edit->key = g_strndup(spot->key.p, spot->key.n);
	edit->variable = g_strdup(spot->variable);
	edit->tighten = true;
	return edit;
}

static void say_plaintext(const struct nd_facts *f, enum nd_rule rule, const struct nd_spot *spot,
	struct nd_report *out)
{
	const struct nd_ini_entry *entry = nd_ini_entry(spot->in->ini, spot->entry);
	struct nd_finding *finding = nd_finding_add(out, rule, "%s", nd_rule_row(rule)->summary);

	nd_facts_locate_line(spot->in, entry->line, spot->start, spot->end, &finding->where);
	finding->where.key = nd_url_redact_key(entry->key);
	nd_finding_text(finding, "location", spot->location);
	if (spot->movable) {
		nd_finding_help(finding, "run `npmrc-doctor fix --keyring`, then npm through `npmrc-doctor "
			"exec -- npm ...`; it becomes ${%s}", spot->variable);
		if (nd_must_relocate(f, spot))
			nd_relocate(f, spot, move_to_keyring(spot), finding);
		else
			nd_finding_edit(finding, move_to_keyring(spot));
	} else {
		nd_finding_help(finding, "%s", nd_rule_row(rule)->how);
		nd_finding_note(finding, "it cannot be moved automatically: %s", spot->obstacle);
	}
}

/* Who commented the line out has not taken the secret off the disk. npm reads nothing there, and whether a
 * placeholder is meant can only be guessed: it is said, and left alone. */
static void say_commented(const struct nd_commented *commented, enum nd_rule rule, struct nd_report *out)
{
	struct nd_finding *finding = nd_finding_add(out, rule, "%s, in a comment", nd_rule_row(rule)->summary);

	finding->severity = ND_WARNING;
	nd_facts_locate_line(commented->in, commented->line, commented->start, commented->end, &finding->where);
	finding->where.key = nd_url_redact_key(commented->key);
	nd_finding_help(finding, "delete the line, and revoke what was in it if it is still good");
}

void nd_check_plaintext(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for (guint i = 0; i < f->commented->len; i++) {
		const struct nd_commented *commented = f->commented->pdata[i];

		if (rule_of_kind(commented->kind) == rule && nd_looks_real(commented->kind, commented->value))
			say_commented(commented, rule, out);
	}
	for (guint i = 0; i < f->spots->len; i++) {
		const struct nd_spot *spot = f->spots->pdata[i];

		/* $NPM_TOKEN is no secret, but a variable in the wrong spelling. */
		if (rule_of_kind(spot->kind) == rule &&
			!nd_is_wrong_variable(f, nd_ini_entry(spot->in->ini, spot->entry)))
			say_plaintext(f, rule, spot, out);
	}
}

static bool is_proxy_variable(const char *name)
{
	return g_ascii_strcasecmp(name, "https_proxy") == 0 || g_ascii_strcasecmp(name, "http_proxy") == 0 ||
		g_ascii_strcasecmp(name, "proxy") == 0 || g_ascii_strcasecmp(name, "all_proxy") == 0 ||
		g_ascii_strcasecmp(name, "npm_config_proxy") == 0 ||
		g_ascii_strcasecmp(name, "npm_config_https_proxy") == 0;
}

/* The user and password in a proxy variable; empty where it is none, or has no password. */
static struct nd_span login_of(const struct nd_env_var *var)
{
	struct nd_userinfo userinfo;

	if (!is_proxy_variable(var->name) || !nd_url_userinfo(nd_span_of(var->value), &userinfo) ||
		userinfo.password_start == userinfo.password_end)
		return (struct nd_span){ NULL, 0 };
	return (struct nd_span){ var->value + userinfo.user_start, userinfo.password_end - userinfo.user_start };
}

/* One password in many variables is one cause: the first one gets the finding. */
static bool is_first(const struct nd_env *env, size_t at, struct nd_span login)
{
	for (size_t i = 0; i < at; i++)
		if (nd_span_equal(login_of(&env->vars[i]), login))
			return false;
	return true;
}

void nd_check_env_proxy_password(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	const struct nd_env *env = f->layers->env;

	for (size_t i = 0; !f->files_only && i < env->n; i++) {
		struct nd_span login = login_of(&env->vars[i]);
		struct nd_finding *finding;

		if (!login.n || !is_first(env, i, login))
			continue;
		finding = nd_finding_add(out, rule, "%s carries the proxy's password in the environment",
			env->vars[i].name);
		nd_finding_help(finding, "%s", nd_rule_row(rule)->how);
		nd_facts_locate_variable(env->vars[i].name, &finding->where);
		for (size_t k = i + 1; k < env->n; k++)
			if (nd_span_equal(login_of(&env->vars[k]), login))
				nd_finding_note(finding, "%s carries it too", env->vars[k].name);
	}
}

void nd_check_credentials_over_http(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		struct nd_finding *finding;

		if (!r->registry->url || !g_str_equal(r->registry->url->scheme, "http") ||
			!r->credentials->authorization || nd_is_loopback(r->registry->url->host))
			continue;
		finding = nd_finding_add(out, rule, "npm sends the %s for %s in clear",
			nd_credentials_kind_name(r->credentials->kind), r->url);
		nd_finding_help(finding, "%s", nd_rule_row(rule)->how);
		nd_facts_locate(f, r->credentials->setting, 0, 0, &finding->where);
		nd_finding_target(finding, r->url, NULL);
	}
}

static bool holds_secret(const struct nd_facts *f, const struct nd_layer *layer)
{
	for (guint i = 0; i < f->spots->len; i++) {
		const struct nd_spot *spot = f->spots->pdata[i];

		if (spot->in == layer)
			return true;
	}
	return false;
}

void nd_check_loose_permissions(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for (guint i = 0; i < f->files->len; i++) {
		const struct nd_file_facts *file = f->files->pdata[i];
		mode_t mode = file->layer->file->id.mode & 07777;
		struct nd_finding *finding;
		struct nd_edit *edit;

		if (!(mode & 077) || !holds_secret(f, file->layer))
			continue;
		finding = nd_finding_add(out, rule, "others can read this file with credentials (mode %04o)",
			(unsigned)mode);
		nd_finding_help(finding, "%s", nd_rule_row(rule)->how);
		finding->where.known = true;
		finding->where.layer = file->layer->id;
		finding->where.file = g_strdup(file->layer->file->path);
		edit = g_new0(struct nd_edit, 1);
		edit->file = g_strdup(file->layer->file->path);
		edit->tighten = true;
		nd_finding_edit(finding, edit);
	}
}
