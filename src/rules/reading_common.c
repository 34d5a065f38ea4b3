#include "rules/reading.h"

struct nd_span nd_key_base(struct nd_span key)
{
	const char *colon = key.n ? memrchr(key.p, ':', key.n) : NULL;

	return colon ? (struct nd_span){ colon + 1, key.n - (size_t)(colon + 1 - key.p) } : key;
}

struct nd_span nd_key_prefix(struct nd_span key)
{
	const char *colon = key.n ? memrchr(key.p, ':', key.n) : NULL;

	return (struct nd_span){ key.p, colon ? (size_t)(colon - key.p) : 0 };
}

const char *nd_credential_name(struct nd_span base)
{
	static const char *const names[] = { "_authToken", "_auth", "_password", "username", "email",
		"certfile", "keyfile" };

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (base.n == strlen(names[i]) && g_ascii_strncasecmp(base.p, names[i], base.n) == 0)
			return names[i];
	return NULL;
}

enum nd_kind nd_kind_of(struct nd_span key)
{
	struct nd_span base = nd_key_base(key);

	if (nd_span_is(key, "registry") || (key.n && key.p[0] == '@' && nd_span_is(base, "registry")))
		return ND_KIND_REGISTRY;
	if (nd_span_is(key, "proxy") || nd_span_is(key, "https-proxy"))
		return ND_KIND_PROXY;
	if (nd_span_is(base, "_authToken"))
		return ND_KIND_TOKEN;
	if (nd_span_is(base, "_auth") || nd_span_is(base, "_password"))
		return ND_KIND_BASE64;
	return nd_span_is(base, "username") ? ND_KIND_USER : ND_KIND_OTHER;
}

bool nd_kind_is_url(enum nd_kind kind)
{
	return kind == ND_KIND_REGISTRY || kind == ND_KIND_PROXY;
}

bool nd_kind_is_secret(enum nd_kind kind)
{
	return kind == ND_KIND_TOKEN || kind == ND_KIND_BASE64;
}

bool nd_is_garbled(const struct nd_layer *layer)
{
	struct nd_span bytes = nd_doc_bytes(layer->doc);

	if (bytes.n >= 2 && (memcmp(bytes.p, "\xff\xfe", 2) == 0 || memcmp(bytes.p, "\xfe\xff", 2) == 0))
		return true;
	return nd_doc_has_nul(layer->doc);
}

bool nd_is_same_file(const struct nd_layer *a, const struct nd_layer *b)
{
	return a->doc && b->doc && a->file->id.dev == b->file->id.dev && a->file->id.ino == b->file->id.ino;
}

GPtrArray *nd_reading_layers(const struct nd_facts *f)
{
	GPtrArray *layers = g_ptr_array_new();

	for (guint i = 0; i < f->files->len; i++) {
		const struct nd_file_facts *file = f->files->pdata[i];
		bool seen = nd_is_garbled(file->layer);

		for (guint k = 0; k < layers->len; k++)
			seen |= nd_is_same_file(layers->pdata[k], file->layer);
		if (!seen)
			g_ptr_array_add(layers, (gpointer)file->layer);
	}
	return layers;
}

bool nd_entry_counts(const struct nd_layer *layer, size_t index)
{
	const struct nd_ini_entry *entry = nd_ini_entry(layer->ini, index);
	const struct nd_ini_key *key = entry->dropped ? NULL : nd_ini_find(layer->ini, entry->key);

	if (!key || !key->n_entries)
		return false;
	return key->value.type == ND_TYPE_ARRAY || key->entries[key->n_entries - 1] == index;
}

const struct nd_ini_entry *nd_setting_entry(const struct nd_facts *f, const struct nd_setting *setting)
{
	const struct nd_layer *layer = nd_layers_of(f->layers, setting);

	return layer->ini && setting->entry != SIZE_MAX ? nd_ini_entry(layer->ini, setting->entry) : NULL;
}

bool nd_is_effective(const struct nd_facts *f, const struct nd_setting *setting)
{
	return nd_layers_get(f->layers, setting->key.p) == setting;
}

bool nd_is_open(const struct nd_facts *f, const struct nd_setting *setting)
{
	return f->files_only && (setting->n_variables > 0 || strstr(setting->key.p, "${") != NULL);
}

bool nd_is_fatal(const struct nd_facts *f, enum nd_layer_id layer, size_t line)
{
	return f->layers->fatal && f->layers->fatal_origin.layer == layer && f->layers->fatal_origin.line == line;
}

bool nd_is_bare(const struct nd_layer *layer, const struct nd_ini_entry *entry)
{
	return nd_doc_line(layer->doc, entry->line)->kind == ND_LINE_BARE;
}

void nd_blame(struct nd_finding *finding, const struct nd_layer *layer,
	const struct nd_ini_entry *entry, size_t start, size_t end)
{
	nd_facts_locate_line(layer, entry->line, start, end, &finding->where);
	finding->where.key = nd_facts_key(layer, entry);
}

bool nd_text_bytes(const struct nd_facts *f, const struct nd_setting *setting, size_t from, size_t to,
	size_t *start, size_t *end)
{
	const struct nd_ini_entry *entry = nd_setting_entry(f, setting);
	const struct nd_layer *layer = nd_layers_of(f->layers, setting);

	if (!entry || setting->written.type != ND_TYPE_STRING || to > setting->written.string.n)
		return false;
	*start = nd_ini_offset(layer->doc, &entry->text, from);
	*end = nd_ini_offset(layer->doc, &entry->text, to);
	return *start <= *end;
}

void nd_blame_text(const struct nd_facts *f, struct nd_finding *finding,
	const struct nd_setting *setting, size_t from, size_t to)
{
	size_t start, end;

	if (nd_text_bytes(f, setting, from, to, &start, &end))
		nd_facts_locate(f, setting, start, end, &finding->where);
	else
		nd_facts_locate(f, setting, 0, 0, &finding->where);
}

void nd_mend(struct nd_finding *finding, const struct nd_layer *layer, size_t start, size_t end,
	const char *text)
{
	struct nd_edit *edit = g_new0(struct nd_edit, 1);

	edit->file = g_strdup(layer->file->path);
	edit->start = start;
	edit->end = end;
	edit->text = g_strdup(text);
	nd_finding_edit(finding, edit);
}

void nd_mend_key(struct nd_finding *finding, const struct nd_layer *layer, size_t start, size_t end,
	const char *text, const char *key)
{
	nd_mend(finding, layer, start, end, text);
	g_free(finding->becomes);
	finding->becomes = g_strdup(key);
}

void nd_help_row(struct nd_finding *finding)
{
	nd_finding_help(finding, "%s", nd_rule_row(finding->rule)->how);
}

bool nd_has_key(const struct nd_layer *layer, const char *key)
{
	return nd_ini_find(layer->ini, nd_span_of(key)) != NULL;
}

char *nd_used_text(const struct nd_setting *setting)
{
	const struct nd_value *value = &setting->used;

	if (value->type == ND_TYPE_STRING)
		return g_strndup(value->string.p, value->string.n);
	if (value->type == ND_TYPE_BOOLEAN)
		return g_strdup(value->boolean ? "true" : "false");
	if (value->type == ND_TYPE_NUMBER)
		return g_strdup_printf("%.17g", value->number);
	return g_strdup("");
}
