#include "cmd/check.h"
#include "cmd/commands.h"
#include "cmd/emit.h"
#include "cmd/reading.h"

#include <npmrc-doctor/hash.h>
#include <npmrc-doctor/redact.h>
#include <string.h>

static void show_text(struct nd_span key, struct nd_span text, struct nd_shown *out)
{
	bool redacted;

	out->text = nd_redact_value(key, text, &redacted);
	out->redacted = redacted;
	out->type = out->text ? ND_SHOWN_TEXT : ND_SHOWN_NULL;
}

static void show(struct nd_span key, const struct nd_value *value, struct nd_shown *out)
{
	/* A token of digits in single quotes is a number, and no less a secret. */
	bool secret = nd_redact_key(key) && nd_value_truthy(value);

	switch (secret && value->type != ND_TYPE_STRING ? ND_TYPE_OBJECT : value->type) {
	case ND_TYPE_BOOLEAN:
		out->type = ND_SHOWN_BOOLEAN;
		out->boolean = value->boolean;
		break;
	case ND_TYPE_NUMBER:
		out->type = ND_SHOWN_NUMBER;
		out->number = value->number;
		break;
	case ND_TYPE_STRING:
		show_text(key, value->string, out);
		break;
	case ND_TYPE_ARRAY:
		out->type = ND_SHOWN_LIST;
		for (size_t i = 0; i < value->n_items; i++) {
			struct nd_shown *item = nd_shown_add(out);

			show(key, &value->items[i], item);
			out->redacted |= item->redacted;
		}
		break;
	case ND_TYPE_OBJECT:
		/* What stands under a [section] is no setting: nobody can tell what it holds. */
		out->redacted = true;
		break;
	default:
		break;
	}
}

static struct nd_setting_ref *describe(struct nd_span key, const struct nd_value *value)
{
	struct nd_setting_ref *ref = g_new0(struct nd_setting_ref, 1);

	ref->key = nd_url_redact_key(key);
	show(key, value, &ref->value);
	ref->shadows = g_array_new(FALSE, FALSE, sizeof(struct nd_origin));
	return ref;
}

/* Whether the value's last part is hidden: npm 8 writes "%20" for a blank, and what stands behind it is then no
 * value of its own. */
static bool is_end_hidden(const struct nd_shown *value)
{
	return value->type == ND_SHOWN_TEXT && value->redacted && g_str_has_suffix(value->text, "***") &&
		!strstr(value->text, "%20");
}

static void hide_value(struct nd_shown *value)
{
	if (value->type != ND_SHOWN_TEXT)
		return;
	g_clear_pointer(&value->text, g_free);
	value->type = ND_SHOWN_NULL;
	value->redacted = true;
}

/* What npm's reading of the line does not tell: the key is the value of the line above, the value is cut at a
 * ';' in a password, or npm 8 has made another of it. */
static void hide(const struct nd_layers *layers, const struct nd_setting *setting, struct nd_setting_ref *ref)
{
	const struct nd_layer *layer = nd_layers_of(layers, setting);
	const struct nd_origin *at = &setting->origin;
	size_t line = at->line - 1;

	if (!at->file || !at->line || !layer->doc)
		return;
	if (nd_redact_hides_start(layer->doc, line)) {
		g_free(ref->key);
		ref->key = g_strdup("***");
		hide_value(&ref->value);
	}
	if (at->start < at->end &&
		(layers->npm_major < 9 || at->end < nd_doc_line(layer->doc, line)->eol) &&
		nd_redact_hides(layer->doc, line, at->end - 1) &&
		(!is_end_hidden(&ref->value) || nd_redact_hides(layer->doc, line, at->end)))
		hide_value(&ref->value);
}

static struct nd_setting_ref *describe_setting(const struct nd_layers *layers,
	const struct nd_setting *setting)
{
	struct nd_setting_ref *ref = describe(setting->key, &setting->used);
	const struct nd_setting *below = setting;

	ref->origin = setting->origin;
	hide(layers, setting, ref);
	while ((below = nd_layers_shadowed(layers, below)))
		g_array_append_val(ref->shadows, below->origin);
	return ref;
}

static void add_wanted(const struct nd_layers *layers, char *const *keys, GPtrArray *out)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(nd_hash_text, g_str_equal);

	for (; *keys; keys++) {
		const struct nd_setting *setting = nd_layers_get(layers, *keys);

		if (setting && g_hash_table_add(seen, *keys))
			g_ptr_array_add(out, describe_setting(layers, setting));
	}
}

static bool is_wanted(char *const *keys, struct nd_span key)
{
	if (!*keys)
		return true;
	for (; *keys; keys++)
		if (nd_span_is(key, *keys))
			return true;
	return false;
}

static void add_all(const struct nd_layers *layers, GPtrArray *out)
{
	g_autoptr(GPtrArray) effective = nd_layers_effective(layers);

	for (guint i = 0; i < effective->len; i++)
		g_ptr_array_add(out, describe_setting(layers, effective->pdata[i]));
}

static int by_key(gconstpointer a, gconstpointer b)
{
	return strcmp((*(struct nd_setting_ref *const *)a)->key, (*(struct nd_setting_ref *const *)b)->key);
}

static struct nd_value path_value(const struct nd_layers *layers, const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	return (struct nd_value){ .type = ND_TYPE_STRING, .string = nd_arena_copy(layers->arena, nd_span_of(path)) };
}

static bool file_value(const struct nd_layers *layers, enum nd_layer_id id, struct nd_value *out)
{
	const struct nd_file *file = layers->layers[id].file;

	if (file)
		*out = path_value(layers, file->path, NULL);
	return file != NULL;
}

/* The paths that npm works out from the machine; what it asks of the terminal and the locale is left out. */
static bool computed(const struct nd_layers *layers, struct nd_span key, struct nd_value *out)
{
	const char *home = layers->env->home;

	if (layers->client != ND_CLIENT_NPM)
		return false;
	if (nd_span_is(key, "userconfig"))
		return file_value(layers, ND_LAYER_USER, out);
	if (nd_span_is(key, "globalconfig"))
		return file_value(layers, ND_LAYER_GLOBAL, out);
	if (nd_span_is(key, "prefix") && layers->npm->prefix)
		*out = path_value(layers, layers->npm->prefix, NULL);
	else if (nd_span_is(key, "global-ignore-file") && layers->npm->prefix && !nd_layers_get(layers, "prefix"))
		*out = path_value(layers, layers->npm->prefix, "etc/npmignore");
	else if (nd_span_is(key, "cache") && home)
		*out = path_value(layers, home, ".npm");
	else if (nd_span_is(key, "init-module") && home)
		*out = path_value(layers, home, ".npm-init.js");
	else
		return false;
	return true;
}

static void add_defaults(const struct nd_layers *layers, char *const *keys, GPtrArray *out)
{
	struct nd_value value;
	size_t n;
	const struct nd_key *rows = nd_key_all(&n);

	for (size_t i = 0; i < n; i++) {
		struct nd_span key = nd_span_of(rows[i].name);
		struct nd_setting_ref *ref;

		if (nd_key_find(key, layers->npm_major) != &rows[i] ||
			nd_layers_get(layers, rows[i].name) || !is_wanted(keys, key) ||
			(!nd_key_default(rows[i].name, layers->npm_major, layers->arena, &value) &&
				!computed(layers, key, &value)))
			continue;
		ref = describe(key, &value);
		ref->origin.layer = ND_LAYER_DEFAULT;
		g_ptr_array_add(out, ref);
	}
	g_ptr_array_sort(out, by_key);
}

static void say_not_set(const char *key, int npm_major)
{
	bool certain;
	const struct nd_key *meant = nd_key_suggest(nd_span_of(key), npm_major, &certain);
	/* What stands behind `=` may be a secret, as with options. */
	int shown = (int)strcspn(key, "=");

	if (meant)
		nd_complain("'%.*s' is not set; did you mean '%s'?", shown, key, meant->name);
	else
		nd_complain("'%.*s' is not set", shown, key);
}

/* As `git config` does: 1 where a key that was asked for is set nowhere. */
static int complain_of_missing(char *const *keys, const GPtrArray *settings, int npm_major)
{
	int status = ND_STATUS_OK;

	for (; *keys; keys++) {
		bool found = false;

		for (guint i = 0; i < settings->len && !found; i++) {
			const struct nd_setting_ref *ref = settings->pdata[i];

			found = g_str_equal(ref->key, *keys);
		}
		if (!found) {
			say_not_set(*keys, npm_major);
			status = ND_STATUS_FOUND;
		}
	}
	return status;
}

/* Where `scope` has another registry take the place of `registry`, both say so. */
static void note_scope(const struct nd_view *view, const GPtrArray *settings)
{
	const struct nd_registry *first = g_ptr_array_index(nd_view_registries(view), 0);

	for (guint i = 0; first->by && i < settings->len; i++) {
		struct nd_setting_ref *ref = settings->pdata[i];
		bool registry = g_str_equal(ref->key, "registry");

		if (!registry && !g_str_equal(ref->key, "scope"))
			continue;
		ref->note = g_strdup_printf("%s packages whose scope has no registry of its own come from %s",
			registry ? "not for packages, because of `scope`:" : "in the place of `registry`:",
			first->setting->key.p);
	}
}

static void add_sources(const struct nd_run *run)
{
	nd_engine_sources(run->layers, run->report);
	nd_engine_beside(run->layers, run->report);
}

static int print(const struct nd_run *run, const struct nd_context *context)
{
	const struct nd_options *o = context->options;
	g_autoptr(GPtrArray) settings =
		g_ptr_array_new_with_free_func((GDestroyNotify)nd_setting_ref_free);
	GString *text;
	bool written;

	if (*o->operands)
		add_wanted(run->layers, o->operands, settings);
	else
		add_all(run->layers, settings);
	if (o->all)
		add_defaults(run->layers, o->operands, settings);
	note_scope(run->view, settings);
	/* Who asks for one key is not told where else it could have been. */
	if (o->json || !*o->operands)
		add_sources(run);
	nd_reading_warn(run->layers);
	text = o->json ? nd_report_settings_json(run->report, settings) :
		nd_report_settings(run->report, settings, &context->out);
	written = nd_emit(context, text);
	g_string_free(text, TRUE);
	if (run->layers->fatal)
		nd_complain("%s stops while it reads this: %s", run->report->client, run->layers->fatal);
	return written ? complain_of_missing(o->operands, settings, run->npm_major) : ND_STATUS_FAILED;
}

int nd_cmd_config(struct nd_context *context)
{
	struct nd_run run;
	g_autoptr(GError) err = NULL;
	int status;

	/* Its value, which may be a secret, would be repeated as a key that is not set. */
	if (g_strcmp0(context->options->operands[0], "set") == 0) {
		nd_complain("config only shows settings; `npm config set` changes them");
		return ND_STATUS_USAGE;
	}
	status = nd_run_read(&run, context, NULL, &err) ? print(&run, context) : nd_run_failed(err);
	nd_run_release(&run);
	return status;
}
