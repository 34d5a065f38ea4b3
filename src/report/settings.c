#include <math.h>
#include <npmrc-doctor/report.h>

#include "report/jsontext.h"
#include "report/paint.h"
#include "report/place.h"

static void shown_free(gpointer data)
{
	struct nd_shown *shown = data;

	g_free(shown->text);
	g_clear_pointer(&shown->items, g_ptr_array_unref);
	g_free(shown);
}

void nd_setting_ref_free(struct nd_setting_ref *setting)
{
	if (!setting)
		return;
	g_free(setting->key);
	g_free(setting->value.text);
	g_clear_pointer(&setting->value.items, g_ptr_array_unref);
	g_array_unref(setting->shadows);
	g_free(setting->note);
	g_free(setting);
}

struct nd_shown *nd_shown_add(struct nd_shown *list)
{
	struct nd_shown *item = g_new0(struct nd_shown, 1);

	if (!list->items)
		list->items = g_ptr_array_new_with_free_func(shown_free);
	g_ptr_array_add(list->items, item);
	return item;
}

json_t *nd_json_origin(const struct nd_origin *origin)
{
	json_t *object = json_object();

	json_object_set_new(object, "layer", json_string(nd_layer_name(origin->layer)));
	json_object_set_new(object, "file", nd_json_text(origin->file));
	json_object_set_new(object, "line", origin->line ? json_integer(origin->line) : json_null());
	json_object_set_new(object, "variable", nd_json_text(origin->variable));
	return object;
}

/* JSON knows no Infinity: cache-max's default in npm. */
static json_t *number(double value)
{
	if (!isfinite(value))
		return json_null();
	return value == floor(value) && fabs(value) < 9e15 ? json_integer((json_int_t)value) :
		json_real(value);
}

static json_t *value_json(const struct nd_shown *value)
{
	json_t *array;

	switch (value->type) {
	case ND_SHOWN_BOOLEAN:
		return json_boolean(value->boolean);
	case ND_SHOWN_NUMBER:
		return number(value->number);
	case ND_SHOWN_TEXT:
		return nd_json_text(value->text);
	case ND_SHOWN_LIST:
		array = json_array();
		for (guint i = 0; value->items && i < value->items->len; i++)
			json_array_append_new(array, value_json(value->items->pdata[i]));
		return array;
	default:
		return json_null();
	}
}

static json_t *setting_json(const struct nd_setting_ref *setting)
{
	json_t *object = json_object(), *place = nd_json_origin(&setting->origin), *shadows = json_array();
	const struct nd_origin *origin = &setting->origin;

	json_object_set_new(object, "key", nd_json_text(setting->key));
	json_object_set_new(object, "value", value_json(&setting->value));
	json_object_set_new(object, "redacted", json_boolean(setting->value.redacted));
	json_object_update(object, place);
	json_decref(place);
	json_object_set_new(object, "column", origin->column ? json_integer(origin->column) : json_null());
	json_object_set_new(object, "endColumn",
		origin->column ? json_integer(origin->end_column) : json_null());
	for (guint i = 0; i < setting->shadows->len; i++)
		json_array_append_new(shadows,
			nd_json_origin(&g_array_index(setting->shadows, struct nd_origin, i)));
	json_object_set_new(object, "shadows", shadows);
	json_object_set_new(object, "note", nd_json_text(setting->note));
	return object;
}

GString *nd_report_settings_json(const struct nd_report *report, const GPtrArray *settings)
{
	json_t *root = nd_json_head(report->client, report->npm_version), *array = json_array();

	for (guint i = 0; i < settings->len; i++)
		json_array_append_new(array, setting_json(settings->pdata[i]));
	json_object_set_new(root, "sources", nd_json_sources(report));
	json_object_set_new(root, "settings", array);
	return nd_json_print(root);
}

char *nd_origin_text(const struct nd_origin *origin)
{
	if (origin->file && origin->line)
		return g_strdup_printf("%s:%u", origin->file, origin->line);
	if (origin->file)
		return g_strdup(origin->file);
	if (origin->variable)
		return g_strconcat("environment variable ", origin->variable, NULL);
	return g_strdup(origin->layer == ND_LAYER_CLI ? "command line" :
		origin->layer == ND_LAYER_DEFAULT ? "default" : nd_layer_name(origin->layer));
}

static void print_value(const struct nd_shown *value, const struct nd_style *style, GString *out)
{
	char buffer[G_ASCII_DTOSTR_BUF_SIZE];
	g_autofree char *text = NULL;

	if (value->type == ND_SHOWN_NULL) {
		g_string_append(out, value->redacted ? "***" : "null");
	} else if (value->type == ND_SHOWN_BOOLEAN) {
		g_string_append(out, value->boolean ? "true" : "false");
	} else if (value->type == ND_SHOWN_NUMBER) {
		g_string_append(out, isfinite(value->number) ?
			g_ascii_formatd(buffer, sizeof buffer, "%.15g", value->number) : "Infinity");
	} else if (value->type == ND_SHOWN_TEXT) {
		text = nd_plain(value->text, style);
		g_string_append(out, text);
	} else {
		for (guint i = 0; value->items && i < value->items->len; i++) {
			g_string_append(out, i ? ", " : "");
			print_value(value->items->pdata[i], style, out);
		}
	}
}

static void print_setting(const struct nd_setting_ref *setting, const struct nd_style *style, GString *out)
{
	g_autofree char *origin = nd_origin_text(&setting->origin);
	g_autofree char *place = nd_plain(origin, style);
	g_autofree char *key = nd_plain(setting->key, style);

	nd_paint(out, style, ND_BLUE, place);
	g_string_append(out, ": ");
	nd_paint(out, style, ND_BOLD, key);
	g_string_append(out, " = ");
	print_value(&setting->value, style, out);
	g_string_append_c(out, '\n');
	for (guint i = 0; i < setting->shadows->len; i++) {
		g_autofree char *below =
			nd_origin_text(&g_array_index(setting->shadows, struct nd_origin, i));
		g_autofree char *shown = nd_plain(below, style);

		g_string_append_printf(out, "    shadows %s\n", shown);
	}
	if (setting->note) {
		g_autofree char *shown = nd_plain(setting->note, style);

		g_string_append_printf(out, "    %s\n", shown);
	}
}

static void print_sources(const struct nd_report *report, const struct nd_style *style, GString *out)
{
	for (guint i = 0; i < report->sources->len; i++) {
		const struct nd_source_ref *source = report->sources->pdata[i];
		g_autofree char *path = nd_plain(source->path, style);

		nd_paintf(out, style, source->read ? ND_GREEN : "", "%-8s", nd_layer_name(source->layer));
		g_string_append_printf(out, " %s: %s\n", path,
			source->read ? "read" : source->reason ? source->reason : "not read");
	}
}

GString *nd_report_settings(const struct nd_report *report, const GPtrArray *settings,
	const struct nd_style *style)
{
	GString *out = g_string_new(NULL);

	if (style->quiet && !settings->len)
		return out;
	print_sources(report, style, out);
	if (out->len && settings->len)
		g_string_append_c(out, '\n');
	for (guint i = 0; i < settings->len; i++)
		print_setting(settings->pdata[i], style, out);
	return out;
}
