#include "internal.h"

#include <npmrc-doctor/hash.h>

/* Secrets that are written out. Whether a spot can be moved is not argued but tried: the line with
 * ${VARIABLE} in it is decoded and expanded, and must give the value that npm has now. */

/* The kernel's limit for one string of the environment (MAX_ARG_STRLEN), less the name. */
#define MAX_VALUE ((size_t)128 * 1024 - 256)

struct scan {
	const struct nd_view *view;
	const struct nd_layer *layer;
	GHashTable *taken; /* names of variables that the files refer to */
	GPtrArray *spots;
};

/* One entry on its way to a spot. */
struct candidate {
	const struct nd_ini_entry *entry;
	struct nd_place place;
	struct nd_span text;   /* the decoded value as text */
	size_t from, to;       /* the secret in it */
	struct nd_span before; /* the whole value as npm sees it now */
	struct nd_span value;  /* the secret as npm sees it now */
	bool torn;             /* what looks like the URL's host, or its path, is a part of it */
	const char *obstacle;
};

/* Where the password stands by the look of it, as nd_url_redact_text has it: between the first ':'
 * behind the "//" (or the beginning) and the last '@'. */
static bool find_by_look(struct nd_span text, size_t *from, size_t *to)
{
	const char *slashes = text.n ? memmem(text.p, text.n, "//", 2) : NULL;
	const char *start = slashes ? slashes + 2 : text.p;
	const char *at = text.n ? memrchr(text.p, '@', text.n) : NULL;
	const char *colon = at && at > start ? memchr(start, ':', (size_t)(at - start)) : NULL;

	if (!colon || colon + 1 == at)
		return false;
	*from = (size_t)(colon + 1 - text.p);
	*to = (size_t)(at - text.p);
	return true;
}

static bool find_in_userinfo(struct candidate *it, const struct nd_userinfo *info)
{
	if (info->password_end > info->password_start) {
		it->from = info->password_start;
		it->to = info->password_end;
		return true;
	}
	/* a registry's user without a password is a token; a proxy's is a name */
	it->from = info->user_start;
	it->to = info->user_end;
	return it->place.kind == ND_SPOT_URL && it->to > it->from;
}

static bool find_in_url(const struct nd_view *view, struct candidate *it)
{
	struct nd_userinfo info;
	struct nd_expansion whole = nd_view_expand(view, nd_doc_trim(it->text));
	struct nd_url *url = nd_url_parse(whole.text);
	bool is_url = url != NULL;

	nd_url_free(url);
	if (nd_url_userinfo(it->text, &info)) {
		if (!is_url && whole.n_variables == 0)
			it->obstacle = "npm cannot read the whole value as a URL";
		return find_in_userinfo(it, &info);
	}
	/* https://host:8080/@scope/ is no secret; a proxy has no path to speak of */
	if (is_url && it->place.kind == ND_SPOT_URL)
		return false;
	it->obstacle = "npm cannot read the whole value as a URL";
	return find_by_look(it->text, &it->from, &it->to);
}

static bool find_whole(struct candidate *it)
{
	struct nd_span trimmed = nd_doc_trim(it->text);

	it->from = (size_t)(trimmed.p - it->text.p);
	it->to = it->from + trimmed.n;
	return trimmed.n > 0;
}

static bool holds_variable(const struct nd_view *view, const struct candidate *it)
{
	struct nd_expansion expansion = nd_view_expand(view, it->text);

	for (size_t i = 0; i < expansion.n_variables; i++)
		if (expansion.variables[i].start < it->to && expansion.variables[i].end > it->from)
			return true;
	return false;
}

static bool is_text(const struct nd_ini_text *text)
{
	switch (text->value.type) {
	case ND_TYPE_STRING:
	case ND_TYPE_NUMBER:
		return text->end > text->start;
	case ND_TYPE_ARRAY:
	case ND_TYPE_OBJECT:
		return true;
	default:
		return false;
	}
}

static bool find(const struct nd_view *view, const struct nd_doc *doc, const struct nd_ini_entry *entry,
	struct candidate *it)
{
	struct nd_span secret;

	*it = (struct candidate){.entry = entry};
	if (!nd_place_of(entry->key, &it->place) || !is_text(&entry->text))
		return false;
	it->text = nd_value_text(&entry->text.value, view->arena);
	if (!(nd_place_is_url(&it->place) ? find_in_url(view, it) : find_whole(it)))
		return false;
	if (holds_variable(view, it))
		return false;
	secret = (struct nd_span){it->text.p + it->from, it->to - it->from};
	it->before = nd_view_expand(view, nd_doc_trim(it->text)).text;
	it->torn = nd_place_is_url(&it->place) && nd_may_be_torn(it->place.kind, it->before, doc, entry);
	if (it->torn)
		it->obstacle = "it may go on behind what npm takes for the host";
	it->value = nd_arena_copy(view->arena, nd_view_expand(view, secret).text);
	return true;
}

/* Where the secret stands in the document. */
static void locate(const struct nd_doc *doc, const struct candidate *it, size_t *start, size_t *end)
{
	const struct nd_ini_text *text = &it->entry->text;
	size_t quote = text->quote ? 1 : 0;

	if (nd_place_is_url(&it->place)) {
		*start = nd_ini_offset(doc, text, it->from);
		*end = nd_ini_offset(doc, text, it->to);
	} else {
		*start = text->start + quote;
		*end = text->end - quote;
	}
}

/* The environment with the variable set. The array is the caller's, its strings are borrowed. */
static struct nd_env env_with(const struct nd_env *env, const char *name, struct nd_span value)
{
	struct nd_env out = *env;

	out.vars = g_new0(struct nd_env_var, env->n + 1);
	out.n = 0;
	for (size_t i = 0; i < env->n; i++)
		if (strcmp(env->vars[i].name, name) != 0)
			out.vars[out.n++] = env->vars[i];
	out.vars[out.n++] = (struct nd_env_var){(char *)name, (char *)value.p};
	return out;
}

/* What npm makes of the line, expanded; false where it no longer is that key with a text. */
static bool read_line(const struct scan *scan, struct nd_span line, const struct nd_env *env,
	struct nd_span key, struct nd_span *out)
{
	int major = scan->view->layers->npm_major;
	struct nd_doc *doc = nd_doc_new(line, major < 9);
	struct nd_ini *ini = nd_ini_decode(doc, major);
	const struct nd_ini_entry *entry =
		nd_ini_entry_count(ini) == 1 ? nd_ini_entry(ini, 0) : NULL;
	bool ok =
		entry && nd_span_equal(entry->key, key) && entry->text.value.type == ND_TYPE_STRING;

	if (ok) {
		struct nd_span text = nd_doc_trim(entry->text.value.string);

		text = nd_expand(nd_expand_dialect_of_npm(major), text, env, scan->view->arena)
			       .text;
		*out = nd_arena_copy(scan->view->arena, text);
	}
	nd_ini_free(ini);
	nd_doc_free(doc);
	return ok;
}

static bool is_same_to_npm(
	const struct scan *scan, const struct candidate *it, const struct nd_spot *spot)
{
	struct nd_span bytes = nd_doc_bytes(scan->layer->doc), after;
	const struct nd_line *line = nd_doc_line(scan->layer->doc, it->entry->line);
	struct nd_env env;
	g_autoptr(GString) text = NULL;
	bool ok;

	if (spot->start < line->start || spot->end > line->end || spot->start >= spot->end)
		return false;
	text = g_string_new_len(bytes.p + line->start, (gssize)(spot->start - line->start));
	g_string_append_printf(text, "${%s}", spot->variable);
	g_string_append_len(text, bytes.p + spot->end, (gssize)(line->end - spot->end));
	env = env_with(nd_view_env(scan->view), spot->variable, it->value);
	ok = read_line(
		     scan, (struct nd_span){text->str, text->len}, &env, it->entry->key, &after) &&
	     nd_span_equal(after, it->before);
	g_free(env.vars);
	return ok;
}

static const char *obstacle(
	const struct scan *scan, const struct candidate *it, const struct nd_spot *spot)
{
	const struct nd_value *value = &it->entry->text.value;

	if (it->obstacle)
		return it->obstacle;
	if (value->type == ND_TYPE_ARRAY || value->type == ND_TYPE_OBJECT)
		return "npm reads the value as a list or an object";
	/* Buffer.from() throws for a number and not for the text of it */
	if (value->type == ND_TYPE_NUMBER && it->place.kind != ND_SPOT_TOKEN)
		return "npm reads the value as a number";
	/* parse-field.js gives arrays of keys that are no lists back untouched */
	if (nd_view_in_list(scan->layer, it->entry))
		return "npm expands no variables in a list (key[] or a repeated key)";
	if (memchr(it->value.p, '\0', it->value.n))
		return "a variable cannot hold a NUL byte";
	if (!g_utf8_validate(it->value.p, (gssize)it->value.n, NULL))
		return "the value is not valid UTF-8";
	if (it->value.n > MAX_VALUE)
		return "the value is too long for an environment variable";
	if (!is_same_to_npm(scan, it, spot))
		return "npm would not see the same value with a variable in this place";
	return NULL;
}

static void spot_free(gpointer data)
{
	struct nd_spot *spot = data;

	g_free(spot->location);
	g_free(spot->variable);
	nd_secret_free(spot->value);
	g_free(spot);
}

static void add_spot(const struct scan *scan, size_t index)
{
	struct candidate it;
	struct nd_spot *spot;

	if (!find(scan->view, scan->layer->doc, nd_ini_entry(scan->layer->ini, index), &it))
		return;
	spot = g_new0(struct nd_spot, 1);
	spot->kind = it.place.kind;
	spot->layer = scan->layer->id;
	spot->in = scan->layer;
	spot->entry = index;
	spot->key = it.place.key;
	spot->location = it.torn ? g_strdup("") : nd_place_location(&it.place, scan->view, it.before);
	spot->value = nd_secret_new(it.value);
	locate(scan->layer->doc, &it, &spot->start, &spot->end);
	spot->variable = nd_spot_name(spot, scan->spots, scan->taken);
	spot->obstacle = obstacle(scan, &it, spot);
	spot->movable = spot->obstacle == NULL;
	g_ptr_array_add(scan->spots, spot);
}

/* A line that somebody has commented out, to have it back later, still needs its secret. */
static void add_mentioned(struct nd_span text, GHashTable *names)
{
	static const char mark[] = "${" ND_SECRET_PREFIX;
	const char *end = text.p + text.n, *p = text.p, *stop;

	while (p < end && (p = memmem(p, (size_t)(end - p), mark, strlen(mark)))) {
		p += 2;
		for (stop = p; stop < end && (g_ascii_isalnum(*stop) || *stop == '_'); stop++)
			;
		g_hash_table_add(names, g_strndup(p, (gsize)(stop - p)));
	}
}

static GHashTable *referenced(const struct nd_view *view)
{
	GHashTable *names = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) references = nd_view_references(view), layers = nd_view_file_layers(view);

	for (guint i = 0; i < references->len; i++) {
		const struct nd_reference *reference = g_ptr_array_index(references, i);

		g_hash_table_add(names, g_strdup(reference->variable));
	}
	for (guint i = 0; i < layers->len; i++)
		add_mentioned(nd_doc_bytes(((const struct nd_layer *)layers->pdata[i])->doc), names);
	return names;
}

GPtrArray *nd_view_spots(const struct nd_view *view)
{
	g_autoptr(GPtrArray) layers = nd_view_file_layers(view);
	g_autoptr(GHashTable) taken = referenced(view);
	struct scan scan = {view, NULL, taken, g_ptr_array_new_with_free_func(spot_free)};

	for (guint i = 0; i < layers->len; i++) {
		scan.layer = g_ptr_array_index(layers, i);
		for (size_t k = 0; k < nd_ini_entry_count(scan.layer->ini); k++)
			add_spot(&scan, k);
	}
	return scan.spots;
}

static void commented_free(gpointer data)
{
	struct nd_commented *commented = data;

	nd_secret_free(commented->value);
	g_free(commented);
}

/* What all that is looked for has in it: comments are many, and decoding takes time. */
static bool is_promising(struct nd_span text)
{
	static const char *const words[] = {"_auth", "_password", "@", "PRIVATE KEY"};

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (text.n && memmem(text.p, text.n, words[i], strlen(words[i])))
			return true;
	return false;
}

/* The line as it would be without the marks in front. */
static void add_commented(const struct nd_view *view, const struct nd_layer *layer, size_t line, GPtrArray *out)
{
	const struct nd_line *at = nd_doc_line(layer->doc, line);
	struct nd_span text = {nd_doc_bytes(layer->doc).p + at->start, at->eol - at->start};
	size_t skipped = 0;
	struct nd_commented *commented;
	struct candidate it;
	struct nd_doc *doc;
	struct nd_ini *ini;

	while (skipped < text.n && strchr("#; \t\xef\xbb\xbf", text.p[skipped]))
		skipped++;
	text = (struct nd_span){text.p + skipped, text.n - skipped};
	if (!is_promising(text))
		return;
	doc = nd_doc_new(text, view->layers->npm_major < 9);
	ini = nd_ini_decode(doc, view->layers->npm_major);
	if (nd_ini_entry_count(ini) == 1 && find(view, doc, nd_ini_entry(ini, 0), &it)) {
		commented = g_new0(struct nd_commented, 1);
		commented->kind = it.place.kind;
		commented->in = layer;
		commented->line = line;
		commented->key = nd_arena_copy(view->arena, it.entry->key);
		commented->value = nd_secret_new(it.value);
		locate(doc, &it, &commented->start, &commented->end);
		commented->start += at->start + skipped;
		commented->end += at->start + skipped;
		g_ptr_array_add(out, commented);
	}
	nd_ini_free(ini);
	nd_doc_free(doc);
}

GPtrArray *nd_view_commented(const struct nd_view *view)
{
	g_autoptr(GPtrArray) layers = nd_view_file_layers(view);
	GPtrArray *out = g_ptr_array_new_with_free_func(commented_free);

	for (guint i = 0; i < layers->len; i++) {
		const struct nd_layer *layer = g_ptr_array_index(layers, i);
		struct nd_line line;

		for (size_t k = 0; k < nd_doc_count(layer->doc); k++) {
			nd_doc_read_line(layer->doc, k, &line);
			if (line.kind == ND_LINE_COMMENT)
				add_commented(view, layer, k, out);
		}
	}
	return out;
}
