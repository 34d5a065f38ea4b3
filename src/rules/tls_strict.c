#include "rules/probe.h"

/* strict-ssl=false: not only that it is there, but what it hides. */

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
	bool complete; /* every https registry's certificate was seen */
	bool passes;   /* all pass as they are */
};

static void judge(const struct nd_facts *f, struct nd_finding *finding, struct verdict *v)
{
	for (guint i = 0; i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		const struct nd_attempt *a = nd_facts_shown(r);
		g_autofree char *url = a && a == &r->probe->other ? nd_other_scheme(r) : g_strdup(r->url);
		bool ok = a && a->tls.npm == ND_VERDICT_OK;

		if (!a) {
			/* Of a registry whose certificate was not seen nothing is certain. */
			if (g_str_has_prefix(r->url, "https:"))
				v->complete = false;
			continue;
		}
		nd_finding_target(finding, url, NULL);
		v->seen = true;
		v->passes = v->passes && ok;
		if (ok)
			nd_finding_note(finding, "%s passes verification: the line hides nothing there", url);
		else
			note_failure(f, finding, url, &a->tls);
		if (a->tls.wrong_name && a->tls.npm != ND_VERDICT_WRONG_NAME)
			nd_finding_note(finding,
				"it hides a real mismatch, too: the certificate of %s is for other names", url);
	}
}

void nd_check_strict_ssl(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	struct verdict v = { .complete = true, .passes = true };
	struct nd_finding *finding;

	if (f->trust->strict_ssl)
		return;
	finding = nd_finding_add(out, rule, "TLS verification is off: anyone on the path can serve packages");
	nd_finding_help(finding, "%s", nd_rule_row(rule)->how);
	nd_facts_locate(f, f->trust->strict_setting, 0, 0, &finding->where);
	judge(f, finding, &v);
	if (v.seen && v.complete)
		nd_mend_trust(f, finding, v.passes);
}
