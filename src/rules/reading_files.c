#include "rules/reading.h"

/* Whole files that do not count. */

static void place(struct nd_finding *finding, enum nd_layer_id layer, const char *path)
{
	finding->where.known = true;
	finding->where.layer = layer;
	finding->where.file = g_strdup(path);
}

void nd_check_misnamed(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for (guint i = 0; i < f->misnamed->len; i++) {
		const struct nd_misnamed *file = f->misnamed->pdata[i];
		struct nd_finding *finding = nd_finding_add(out, rule,
			"npm does not read this file: it looks for %s, which does not exist", file->wanted);

		nd_finding_help(finding, "rename it to %s if it is meant for npm", file->wanted);
		place(finding, file->layer, file->path);
	}
}

void nd_check_file_ignored(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for (guint i = 0; i < f->ignored->len; i++) {
		const struct nd_ignored *file = f->ignored->pdata[i];
		struct nd_finding *finding = nd_finding_add(out, rule, "%s does not read this file: %s",
			nd_client_name(f->layers->client), file->why);

		nd_help_row(finding);
		place(finding, file->layer, file->path);
	}
}

static const char *effect_of(const struct nd_facts *f, const struct nd_file *file)
{
	switch (f->layers->client) {
	case ND_CLIENT_YARN:
		return "yarn stops at this file";
	case ND_CLIENT_PNPM:
		return file->state == ND_READ_DIRECTORY ? "pnpm goes on without this file and says nothing" :
			"pnpm warns and goes on without this file";
	case ND_CLIENT_BUN:
		return "bun goes on without this file";
	case ND_CLIENT_NPM:
		break;
	}
	return "npm goes on without this file and says nothing";
}

void nd_check_file_unreadable(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for (guint at = 0; at < f->layers->order->len; at++) {
		const struct nd_layer *layer = f->layers->order->pdata[at];
		enum nd_read_state state = layer->file ? layer->file->state : ND_READ_OK;
		struct nd_finding *finding;

		if (layer->ignored || (state != ND_READ_DIRECTORY && state != ND_READ_DENIED &&
			state != ND_READ_FAILED))
			continue;
		finding = nd_finding_add(out, rule, "%s: %s%s", effect_of(f, layer->file),
			state == ND_READ_DIRECTORY ? "it " : "", nd_file_reason(layer->file));
		nd_help_row(finding);
		place(finding, layer->id, layer->file->path);
	}
}
