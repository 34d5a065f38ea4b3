#include "rules/probe.h"

/* strict-ssl=false: not only that it is there, but what it hides. */

/* The attempt over TLS that shows the registry's certificate: the registry's own, or for an http one
 * that of its https address; NULL: none was seen. */
static const struct nd_attempt *shown(const struct nd_registry_facts *r)
{
	if (!r->probe)
		return NULL;
	if (r->probe->main.tls.seen)
		return &r->probe->main;
	return r->probe->other.tls.seen ? &r->probe->other : NULL;
}

static void note_failure(const struct nd_facts *f, struct nd_finding *finding, const char *url,
	const struct nd_tls_facts *tls)
{
	const char *ca = nd_issuer_of(tls);

	switch (tls->npm) {
	case ND_VERDICT_EXPIRED:
	case ND_VERDICT_NOT_YET_VALID:
		nd_finding_note(finding, "it hides that the certificate of %s is out of its time", url);
		return;
	case ND_VERDICT_WRONG_NAME:
		nd_finding_note(finding, "it hides a real mismatch: the certificate of %s is for other names",
			url);
		return;
	case ND_VERDICT_SELF_SIGNED:
		nd_finding_note(finding, "it hides that the certificate of %s is self-signed", url);
		return;
	default:
		break;
	}
	if (f->trust->roots_setting && tls->public_roots == ND_VERDICT_OK)
		nd_finding_note(finding, "it hides that %s leaves out the public roots, by which %s passes",
			f->trust->roots == ND_ROOTS_CA ? "ca" : "cafile", url);
	else if (tls->system == ND_VERDICT_OK)
		nd_finding_note(finding, "it hides a private CA behind %s, %s, which the system trusts: give npm "
			"that CA in place of this line", url, ca ? ca : "unnamed");
	else
		nd_finding_note(finding, "it hides a private CA behind %s: %s", url, ca ? ca : "unnamed");
}

/* What would have to be true of every registry for the line to go. */
struct verdict {
	bool seen;
	bool passes;        /* all pass as they are */
	bool by_bundle;     /* all pass by one file of the system */
	const char *bundle;
};

static void judge(const struct nd_facts *f, struct nd_finding *finding, struct verdict *v)
{
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		const struct nd_attempt *a = shown(r);
		g_autofree char *url = a && a == &r->probe->other ? nd_other_scheme(r) : g_strdup(r->url);
		bool ok = a && a->tls.npm == ND_VERDICT_OK;

		if (!a) {
			/* Of a registry whose certificate was not seen nothing is certain. */
			if (g_str_has_prefix(r->url, "https:"))
				v->passes = v->by_bundle = false;
			continue;
		}
		nd_finding_target(finding, url, NULL);
		v->seen = true;
		v->passes = v->passes && ok;
		v->by_bundle = v->by_bundle && !ok && a->tls.bundle &&
			(!v->bundle || g_str_equal(v->bundle, a->tls.bundle));
		v->bundle = a->tls.bundle;
		if (ok)
			nd_finding_note(finding, "%s passes verification: the line hides nothing there", url);
		else
			note_failure(f, finding, url, &a->tls);
	}
}

/* Deletes the line, or has it name the CA in place of doing without. */
static void mend(const struct nd_facts *f, struct nd_finding *finding, const struct verdict *v)
{
	const struct nd_setting *setting = f->trust->strict_setting;
	const struct nd_layer *layer = setting ? nd_layers_of(f->layers, setting) : NULL;
	bool other_roots = f->trust->roots != ND_ROOTS_NODE || f->trust->cafile_setting || f->trust->extra;
	const struct nd_line *line;
	struct nd_edit *edit;

	if (!v->seen || !layer || !layer->doc || !setting->origin.file || !setting->origin.line ||
		(!v->passes && (!v->by_bundle || other_roots)))
		return;
	line = nd_doc_line(layer->doc, setting->origin.line - 1);
	edit = g_new0(struct nd_edit, 1);
	edit->file = g_strdup(layer->file->path);
	edit->start = line->start;
	edit->end = v->passes ? line->end : line->eol;
	edit->text = v->passes ? g_strdup("") : g_strdup_printf("cafile=%s", v->bundle);
	nd_finding_edit(finding, edit);
}

void nd_check_strict_ssl(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	struct verdict v = { .passes = true, .by_bundle = true };
	struct nd_finding *finding;

	if (f->trust->strict_ssl)
		return;
	finding = nd_finding_add(out, rule, "TLS verification is off: anyone on the path can serve packages");
	nd_finding_help(finding, "%s", nd_rule_row(rule)->how);
	nd_facts_locate(f, f->trust->strict_setting, 0, 0, &finding->where);
	judge(f, finding, &v);
	mend(f, finding, &v);
}
