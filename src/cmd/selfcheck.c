#include "cmd/ask_npm.h"
#include "cmd/check.h"
#include "cmd/commands.h"
#include "cmd/emit.h"

#include <npmrc-doctor/hash.h>
#include <npmrc-doctor/secret.h>
#include <npmrc-doctor/url.h>

/* One line of npm's answer, taken off the list when it has been compared. */
struct answer {
	const char *type, *hash;
	bool seen;
};

struct comparison {
	const struct nd_layers *layers;
	GHashTable *npm;         /* "LAYER KEY" or "used KEY", the key in hex -> struct answer */
	const char *fatal;       /* hash of the message with which npm stops, or NULL */
	const char *ours;        /* the message that we expect, or NULL */
	GPtrArray *differences;  /* struct nd_difference */
	size_t compared;
};

static void difference_free(gpointer data)
{
	struct nd_difference *difference = data;

	g_free(difference->key);
	g_free(difference);
}

static struct nd_difference *differ(struct comparison *c, struct nd_span key, const char *layer,
	const char *kind)
{
	struct nd_difference *difference = g_new0(struct nd_difference, 1);

	difference->key = key.p ? nd_url_redact_key(key) : NULL;
	difference->layer = layer;
	difference->kind = kind;
	g_ptr_array_add(c->differences, difference);
	return difference;
}

static const char *type_name(const struct nd_value *value)
{
	static const char *const names[] = { "undefined", "null", "boolean", "number", "string", "array",
		"object" };

	return names[value->type];
}

static void append_text(const struct nd_value *value, struct nd_arena *arena, GString *out)
{
	struct nd_span text;

	switch (value->type) {
	case ND_TYPE_STRING:
		g_string_append_printf(out, "s%zu:", value->string.n);
		g_string_append_len(out, value->string.p, (gssize)value->string.n);
		break;
	case ND_TYPE_ARRAY:
		g_string_append_printf(out, "a%zu:", value->n_items);
		for (size_t i = 0; i < value->n_items; i++)
			append_text(&value->items[i], arena, out);
		break;
	case ND_TYPE_OBJECT:
		g_string_append(out, "object");
		break;
	case ND_TYPE_UNDEFINED:
	case ND_TYPE_NULL:
		g_string_append(out, type_name(value));
		break;
	default:
		text = nd_value_text(value, arena);
		g_string_append_len(out, text.p, (gssize)text.n);
	}
}

static char *hash_of(const struct nd_value *value, struct nd_arena *arena)
{
	g_autoptr(GString) text = g_string_new(NULL);

	append_text(value, arena, text);
	return nd_secret_sha256((struct nd_span){ text->str, text->len });
}

static char *hex_of(struct nd_span key)
{
	GString *out = g_string_new(NULL);

	for (size_t i = 0; i < key.n; i++)
		g_string_append_printf(out, "%02x", (guchar)key.p[i]);
	return g_string_free(out, FALSE);
}

static void compare(struct comparison *c, const char *layer, struct nd_span key,
	const struct nd_value *ours)
{
	g_autofree char *hex = hex_of(key);
	g_autofree char *name = g_strconcat(layer, " ", hex, NULL);
	g_autofree char *hash = NULL;
	struct answer *npm = g_hash_table_lookup(c->npm, name);
	struct nd_difference *difference;

	c->compared++;
	if (!npm) {
		differ(c, key, layer, "unexpected")->ours = type_name(ours);
		return;
	}
	npm->seen = true;
	/* We keep the text of a date. */
	if (g_str_equal(npm->type, "date") && ours->type == ND_TYPE_STRING)
		return;
	hash = hash_of(ours, c->layers->arena);
	if (g_str_equal(npm->type, type_name(ours)) && g_str_equal(npm->hash, hash))
		return;
	difference = differ(c, key, layer, g_str_equal(npm->type, type_name(ours)) ? "value" : "type");
	difference->npm = npm->type;
	difference->ours = type_name(ours);
}

/* npm's default layer has setters for these, which take what the first layer sets
 * (@npmcli/config/lib/index.js, loadDefaults): npm has them in no layer of their own. */
static bool has_setter(const struct comparison *c, const struct nd_setting *setting)
{
	static const char *const keys[] = { "globalconfig", "metrics-registry", "global-ignore-file" };
	g_autofree char *hex = hex_of(setting->key);
	g_autofree char *name = g_strconcat(nd_layer_name(setting->origin.layer), " ", hex, NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		if (nd_span_is(setting->key, keys[i]))
			return !g_hash_table_contains(c->npm, name);
	return false;
}

static void compare_layers(struct comparison *c)
{
	for (int id = 0; id < ND_LAYER_COUNT; id++) {
		const struct nd_layer *layer = &c->layers->layers[id];

		for (size_t i = 0; i < layer->n_settings; i++)
			if (!has_setter(c, nd_layer_setting(layer, i)))
				compare(c, nd_layer_name(layer->id), nd_layer_key(layer, i),
					&nd_layer_setting(layer, i)->value);
	}
}

static void compare_used(struct comparison *c)
{
	g_autoptr(GPtrArray) effective = nd_layers_effective(c->layers);

	for (guint i = 0; i < effective->len; i++) {
		const struct nd_setting *setting = effective->pdata[i];
		g_autofree char *hex = hex_of(setting->key);
		g_autofree char *name = g_strconcat("used ", hex, NULL);

		/* Nor does npm count them among the keys that are set. */
		if (g_hash_table_contains(c->npm, name) || !has_setter(c, setting))
			compare(c, "used", setting->key, &setting->used);
	}
}

static struct nd_span unhex(const char *hex, struct nd_arena *arena)
{
	GString *out = g_string_new(NULL);
	struct nd_span key;

	for (; hex[0] && hex[1]; hex += 2)
		g_string_append_c(out, (char)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1])));
	key = nd_arena_copy(arena, (struct nd_span){ out->str, out->len });
	g_string_free(out, TRUE);
	return key;
}

/* What npm has and we do not. */
static void compare_rest(struct comparison *c)
{
	g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(c->npm), (GCompareFunc)strcmp);

	for (GList *each = names; each; each = each->next) {
		const struct answer *npm = g_hash_table_lookup(c->npm, each->data);
		const char *blank = strchr(each->data, ' ');
		struct nd_span key = unhex(blank + 1, c->layers->arena);
		g_autofree char *layer = g_strndup(each->data, (gsize)(blank - (char *)each->data));

		/* The type check took it out of every layer: npm falls back to its default. */
		if (npm->seen || (g_str_equal(layer, "used") && !nd_layers_get(c->layers, key.p)))
			continue;
		c->compared++;
		differ(c, key, g_intern_string(layer), "missing")->npm = npm->type;
	}
}

static void compare_fatal(struct comparison *c)
{
	struct nd_value ours = nd_value_string(nd_span_of(c->ours));
	struct nd_span none = { NULL, 0 };
	g_autofree char *hash = c->ours ? hash_of(&ours, c->layers->arena) : NULL;

	c->compared++;
	if (!c->fatal || !hash)
		differ(c, none, NULL, c->fatal ? "stops" : "goes-on");
	else if (!g_str_equal(hash, c->fatal))
		differ(c, none, NULL, "stops-otherwise");
}

/* The lines of npm's answer; they keep pointing into it. */
static void parse(struct comparison *c, char **lines)
{
	for (; *lines; lines++) {
		g_auto(GStrv) fields = g_strsplit(*lines, "\t", -1);
		guint n = g_strv_length(fields);
		bool used = n == 6 && g_str_equal(fields[1], "used");
		struct answer *answer;

		/* Modules that NODE_OPTIONS loads may print what they like. */
		if (n < 2 || !g_str_equal(fields[0], "ND"))
			continue;
		if (n == 3 && g_str_equal(fields[1], "fatal"))
			c->fatal = g_intern_string(fields[2]);
		if (!used && !(n == 6 && g_str_equal(fields[1], "layer")))
			continue;
		answer = g_new0(struct answer, 1);
		answer->type = g_intern_string(fields[used ? 3 : 4]);
		answer->hash = g_intern_string(fields[used ? 4 : 5]);
		g_hash_table_insert(c->npm, g_strconcat(used ? "used" : fields[2], " ",
			fields[used ? 2 : 3], NULL), answer);
	}
}

/* A cafile that is there and cannot be read stops npm when it makes its options (definitions.js). */
static const char *fatal_of(const struct nd_run *run)
{
	const struct nd_file *cafile = nd_view_trust(run->view)->cafile;
	static const struct {
		int error;
		const char *text; /* libuv's */
	} rows[] = { { EACCES, "EACCES: permission denied" }, { ENOTDIR, "ENOTDIR: not a directory" },
		{ ELOOP, "ELOOP: too many symbolic links encountered" } };

	if (run->layers->fatal || !cafile || !nd_file_refuses(cafile))
		return run->layers->fatal;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].error == cafile->error) {
			g_autofree char *text = g_strdup_printf("%s, open '%s'", rows[i].text, cafile->path);

			return nd_arena_copy(run->layers->arena, nd_span_of(text)).p;
		}
	return "EISDIR: illegal operation on a directory, read";
}

static int report(const struct nd_run *run, const struct nd_context *context, const GString *answer)
{
	struct comparison c = { .layers = run->layers, .ours = fatal_of(run) };
	g_auto(GStrv) lines = g_strsplit(answer->str, "\n", -1);
	GString *text;
	int status;

	c.npm = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, g_free);
	c.differences = g_ptr_array_new_with_free_func(difference_free);
	parse(&c, lines);
	/* Whoever stops has not loaded everything. */
	if (c.fatal || c.ours) {
		compare_fatal(&c);
	} else {
		compare_layers(&c);
		compare_used(&c);
		compare_rest(&c);
	}
	text = context->options->json ? nd_report_differences_json(run->report, c.differences, c.compared) :
		nd_report_differences(run->report, c.differences, c.compared, &context->out);
	status = !nd_emit(context, text) ? ND_STATUS_FAILED : c.differences->len ? ND_STATUS_FOUND : ND_STATUS_OK;
	g_string_free(text, TRUE);
	g_ptr_array_unref(c.differences);
	g_hash_table_destroy(c.npm);
	return status;
}

int nd_cmd_selfcheck(struct nd_context *context)
{
	struct nd_run run;
	g_autoptr(GError) err = NULL;
	g_autoptr(GString) answer = NULL;
	int status;

	if (!nd_run_read(&run, context, NULL, &err)) {
		status = nd_run_failed(err);
	} else {
		answer = nd_ask_npm(context, run.npm, &err);
		status = answer ? report(&run, context, answer) : nd_run_failed(err);
	}
	nd_run_release(&run);
	return status;
}
