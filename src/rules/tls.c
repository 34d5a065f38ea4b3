#include "rules/probe.h"
#include "rules/reading.h"

void nd_check_reject_unauthorized(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	const char *value = f->files_only ? NULL :
		nd_env_get(f->layers->env, "NODE_TLS_REJECT_UNAUTHORIZED");
	struct nd_finding *finding;

	if (!value || !g_str_equal(value, "0"))
		return;
	finding = nd_finding_add(out, rule, "NODE_TLS_REJECT_UNAUTHORIZED=0: npm ignores it, install scripts "
		"and every other node program do not");
	nd_finding_help(finding, "%s", nd_rule_row(rule)->how);
	nd_facts_locate_variable("NODE_TLS_REJECT_UNAUTHORIZED", &finding->where);
}

/* Whether https in front makes that URL of the setting's text: an explicit port 80 does not. */
static bool becomes(const struct nd_setting *setting, const char *url)
{
	g_autofree char *text = nd_used_text(setting);
	g_autofree char *secure = g_ascii_strncasecmp(text, "http:", 5) == 0 ?
		g_strconcat("https", text + strlen("http"), NULL) : NULL;
	struct nd_url *a = secure ? nd_url_parse(nd_span_of(secure)) : NULL;
	struct nd_url *b = nd_url_parse(nd_span_of(url));
	bool same = a && b && g_str_equal(a->host, b->host) && nd_url_port(a) == nd_url_port(b) &&
		g_str_equal(a->path, b->path);

	nd_url_free(a);
	nd_url_free(b);
	return same;
}

/* Scopes may share the registry: each setting that names it. */
static void mend_all(const struct nd_facts *f, const struct nd_registry_facts *r, const char *url,
	struct nd_finding *finding)
{
	const GPtrArray *registries = nd_view_registries(f->view);

	for (guint i = 0; i < registries->len; i++) {
		const struct nd_registry *other = registries->pdata[i];

		if (other->url && other->setting && g_str_equal(other->url->scheme, "http") &&
			g_str_equal(other->url->host, r->registry->url->host) && becomes(other->setting, url))
			nd_mend_scheme(f, finding, other->setting, "http", "https");
	}
}

static void note_other_scheme(const struct nd_facts *f, const struct nd_registry_facts *r,
	struct nd_finding *finding)
{
	const struct nd_attempt *other = r->probe ? &r->probe->other : NULL;
	g_autofree char *url = NULL;

	if (!other || !other->tried)
		return;
	url = nd_other_scheme(r);
	if (nd_reached(other) && other->tls.npm == ND_VERDICT_OK && !other->unverified) {
		nd_finding_note(finding, "%s answers and passes verification: use it", url);
		/* A variable may name another proxy for https, which has not been tried. */
		if (!nd_proxy_used(r->proxy) || r->proxy->setting)
			mend_all(f, r, url, finding);
	} else if (nd_remedy_serves(f, url)) {
		nd_finding_note(finding, "%s answers, and passes verification with a cafile that holds its CA", url);
		nd_mend_trust(f, finding, false);
		if (finding->edits->len)
			mend_all(f, r, url, finding);
	} else if (other->ending == ND_END_UNTRUSTED) {
		nd_finding_note(finding, "%s answers, with a certificate that npm does not trust yet", url);
	}
}

void nd_check_registry_over_http(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		struct nd_finding *finding;

		if (!r->registry->url || !g_str_equal(r->registry->url->scheme, "http"))
			continue;
		finding = nd_finding_add(out, rule, "%s is reached over plain http", r->url);
		nd_finding_help(finding, "%s", nd_rule_row(rule)->how);
		nd_locate_registry(f, r, &finding->where);
		if (nd_is_loopback(r->registry->url->host))
			finding->severity = ND_INFO;
		note_other_scheme(f, r, finding);
	}
}

static void locate_extra(struct nd_finding *finding)
{
	nd_facts_locate_variable("NODE_EXTRA_CA_CERTS", &finding->where);
}

/* npm forgives ENOENT alone (definitions.js, maybeReadFile); what it throws else ends it with libuv's -errno. */
static char *effect_of(const struct nd_facts *f, const struct nd_file *file, bool extra)
{
	if (extra)
		return g_strdup("node warns and goes on without it");
	if (!nd_file_refuses(file))
		return g_strdup("npm goes on without it, silently");
	return f->layers->npm_major < 7 ? g_strdup("npm says so and goes on without it") :
		g_strdup_printf("npm dies with status %d and prints nothing", 256 - file->error);
}

static struct nd_finding *say_missing(
	const struct nd_facts *f, struct nd_report *out, const struct nd_file *file, bool extra)
{
	const char *reason = nd_file_reason(file);
	/* A URL where a path belongs is resolved like one, password and all. */
	g_autofree char *path = nd_url_redact_path(file->path);
	g_autofree char *effect = effect_of(f, file, extra);
	struct nd_finding *finding = nd_finding_add(out, ND_RULE_CAFILE_MISSING, "%s %s: %s", path,
		reason ? reason : "does not exist", effect);

	if (extra) {
		nd_finding_npm(finding, "Ignoring extra certs from");
		nd_finding_help(finding,
			"correct the path: node takes it as it is, relative to the current directory, and knows "
			"no ~/");
	} else {
		nd_finding_help(finding, "%s", nd_rule_row(ND_RULE_CAFILE_MISSING)->how);
	}
	return finding;
}

static bool is_fatal(const struct nd_facts *f, const struct nd_setting *setting)
{
	return setting && nd_is_fatal(f, setting->origin.layer, setting->origin.line);
}

void nd_check_cafile_missing(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	const struct nd_trust *trust = f->trust;

	(void)rule;
	/* A directory is npm's death (invalid-value); a misread line is its own rule's matter. */
	if (trust->cafile && trust->cafile->state != ND_READ_OK && trust->cafile->state != ND_READ_DIRECTORY &&
		nd_setting_owner(f, trust->cafile_setting) == ND_RULE_COUNT && !is_fatal(f, trust->cafile_setting) &&
		!(trust->cafile_setting && nd_is_open(f, trust->cafile_setting)))
		nd_facts_locate(
			f, trust->cafile_setting, 0, 0, &say_missing(f, out, trust->cafile, false)->where);
	if (!f->files_only && trust->extra && trust->extra_counts && trust->extra->state != ND_READ_OK)
		locate_extra(say_missing(f, out, trust->extra, true));
}

static const struct nd_cert *expired(const struct nd_facts *f, const struct nd_pem_facts *pem)
{
	for (guint i = 0; i < pem->certs->len; i++) {
		const struct nd_cert *cert = pem->certs->pdata[i];

		if (cert->not_after < f->now)
			return cert;
	}
	return NULL;
}

/* `name`: what the text is called that the certificates stand in. */
static struct nd_finding *say_invalid(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out,
	const char *name, const struct nd_pem_facts *pem)
{
	const struct nd_cert *old;
	struct nd_finding *finding = NULL;

	if (!pem->certs)
		return NULL;
	old = expired(f, pem);
	if (!pem->certs->len)
		finding = nd_finding_add(out, rule, "%s holds no readable PEM certificate", name);
	else if (old)
		finding = nd_finding_add(out, rule, "%s holds a certificate that has expired: %s", name,
			old->common_name ? old->common_name : old->subject);
	if (finding)
		nd_finding_help(finding, "%s", nd_rule_row(rule)->how);
	return finding;
}

static struct nd_finding *say_invalid_file(
	const struct nd_facts *f, enum nd_rule rule, struct nd_report *out, const struct nd_pem_facts *pem)
{
	g_autofree char *path = nd_url_redact_path(pem->file ? pem->file->path : "");

	return say_invalid(f, rule, out, path, pem);
}

/* What does not count takes no roots away, and what is misread is its own rule's matter. */
static void judge_ca(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	const struct nd_setting *setting = f->trust->roots_setting;
	struct nd_finding *finding;

	if (!f->ca.certs || nd_is_open(f, setting) || nd_setting_owner(f, setting) != ND_RULE_COUNT)
		return;
	finding = say_invalid(f, rule, out, "ca", &f->ca);
	if (!finding)
		return;
	nd_facts_locate(f, setting, 0, 0, &finding->where);
	if (f->ca.certs->len)
		return;
	nd_finding_note(finding, "it replaces the built-in roots all the same: every https connection fails");
	nd_finding_help(finding, "ca is the certificate itself, in double quotes with \\n for each line end; name a "
		"file with cafile");
}

void nd_check_cafile_invalid(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	const struct nd_trust *trust = f->trust;
	struct nd_finding *finding = say_invalid_file(f, rule, out, &f->cafile);

	if (finding)
		nd_facts_locate(
			f, trust->roots_file ? trust->roots_setting : trust->cafile_setting, 0, 0, &finding->where);
	judge_ca(f, rule, out);
	if (f->files_only || !f->trust->extra_counts)
		return;
	finding = say_invalid_file(f, rule, out, &f->extra);
	if (finding)
		locate_extra(finding);
}

/* No certificate at all: cafile-invalid says why no registry can be verified. */
static bool is_empty(const struct nd_pem_facts *pem)
{
	return pem->certs && !pem->certs->len;
}

void nd_check_ca_replaces_roots(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	if (!f->trust->roots_setting || is_empty(f->trust->roots == ND_ROOTS_CA ? &f->ca : &f->cafile))
		return;
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		struct nd_finding *finding;

		if (!r->probe || !r->probe->main.tls.seen || r->probe->main.tls.npm == ND_VERDICT_OK ||
			r->probe->main.tls.public_roots != ND_VERDICT_OK)
			continue;
		finding = nd_finding_add(out, rule, "%s replaces npm's built-in roots, which %s needs",
			f->trust->roots == ND_ROOTS_CA ? "ca" : "cafile", r->url);
		nd_finding_help(finding, "%s", nd_rule_row(rule)->how);
		nd_facts_locate(f, f->trust->roots_setting, 0, 0, &finding->where);
		nd_finding_target(finding, r->url, NULL);
	}
}
