#include "report/plain.h"

#include <npmrc-doctor/hash.h>

#include <string.h>

const char *nd_below(const char *base, const char *path)
{
	size_t n = base ? strlen(base) : 0;

	if (!n || strncmp(path, base, n) != 0)
		return NULL;
	path += n;
	/* The root alone ends with a slash. */
	if (base[n - 1] != '/' && *path++ != '/')
		return NULL;
	return *path ? path : NULL;
}

static bool stays_in_uri(char c)
{
	return g_ascii_isalnum(c) || c == '/' || c == '.' || c == '-' || c == '_' || c == '~';
}

void nd_append_uri(GString *out, const char *path)
{
	while (*path) {
		size_t n = 0;

		while (stays_in_uri(path[n]))
			n++;
		g_string_append_len(out, path, (gssize)n);
		path += n;
		if (*path)
			g_string_append_printf(out, "%%%02X", (unsigned char)*path++);
	}
}

void nd_append_name(GString *out, const struct nd_location *where, const char *base)
{
	const char *below = where->file ? nd_below(base, where->file) : NULL;

	if (where->file)
		g_string_append(out, below ? below : where->file);
	else if (where->variable)
		g_string_append_printf(out, "environment variable %s", where->variable);
	else if (where->known && where->layer == ND_LAYER_CLI)
		g_string_append(out, "the command line");
	else
		g_string_append(out, where->known ? "npm's default" : "the configuration");
}

/* Appends the character and the number. */
static void append_number(GString *out, char before, unsigned number)
{
	char digits[12], *at = digits + sizeof(digits);

	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	*--at = before;
	g_string_append_len(out, at, digits + sizeof(digits) - at);
}

void nd_append_place(GString *out, const struct nd_location *where, const char *base)
{
	if (!where->known)
		return;
	nd_append_name(out, where, base);
	if (where->file && where->line)
		append_number(out, ':', where->line);
}

void nd_append_details(GString *out, const struct nd_finding *finding)
{
	for (guint i = 0; finding->targets->len > 1 && i < finding->targets->len; i++) {
		const struct nd_target_ref *target = finding->targets->pdata[i];

		g_string_append(out, i ? ", " : "\nconcerns: ");
		g_string_append(out, target->url);
	}
	for (guint i = 0; i < finding->notes->len; i++) {
		g_string_append(out, "\nnote: ");
		g_string_append(out, finding->notes->pdata[i]);
	}
	if (finding->npm_error) {
		g_string_append(out, "\nnpm says: ");
		g_string_append(out, finding->npm_error);
	}
	if (finding->help) {
		g_string_append(out, "\nhelp: ");
		g_string_append(out, finding->help);
	}
}

struct nd_names nd_names_new(void)
{
	return (struct nd_names){ g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL),
		g_string_new(NULL) };
}

void nd_names_release(struct nd_names *names)
{
	g_hash_table_unref(names->seen);
	g_string_free(names->name, TRUE);
}

/* A user's file has another path on each machine, and a variable has none: their layer tells them apart. */
static void append_identity(GString *out, const struct nd_finding *finding, const char *base)
{
	const struct nd_location *where = &finding->where;
	const char *below = where->file ? nd_below(base, where->file) : NULL;

	g_string_append(out, nd_rule_row(finding->rule)->slug);
	g_string_append_c(out, ':');
	if (below)
		nd_append_uri(out, below);
	else if (where->known)
		g_string_append(out, nd_layer_name(where->layer));
	else if (finding->targets->len)
		g_string_append(out, ((const struct nd_target_ref *)finding->targets->pdata[0])->url);
	if (!below && where->file && where->layer == ND_LAYER_FILE)
		nd_append_uri(out, strrchr(where->file, '/'));
	g_string_append_c(out, ':');
	if (where->variable || where->key)
		g_string_append(out, where->variable ? where->variable : where->key);
}

const char *nd_names_take(struct nd_names *names, const struct nd_finding *finding, const char *base)
{
	guint count;
	char *key;

	g_string_truncate(names->name, 0);
	append_identity(names->name, finding, base);
	key = g_strndup(names->name->str, names->name->len);
	count = GPOINTER_TO_UINT(g_hash_table_lookup(names->seen, key)) + 1;
	g_hash_table_replace(names->seen, key, GUINT_TO_POINTER(count));
	append_number(names->name, '#', count);
	return names->name->str;
}

guint nd_unread(const struct nd_report *report)
{
	guint n = 0;

	for (guint i = 0; i < report->sources->len; i++) {
		const struct nd_source_ref *source = report->sources->pdata[i];

		n += source->layer == ND_LAYER_FILE && !source->read;
	}
	return n;
}

void nd_each_reason(const struct nd_report *report, void (*each)(void *data, const char *reason, guint n),
	void *data)
{
	g_autoptr(GHashTable) reasons = g_hash_table_new(nd_hash_text, g_str_equal);

	for (guint i = 0; i < report->unchecked->len; i++) {
		const struct nd_unchecked *u = report->unchecked->pdata[i];
		guint n = GPOINTER_TO_UINT(g_hash_table_lookup(reasons, u->reason));

		g_hash_table_insert(reasons, u->reason, GUINT_TO_POINTER(n + 1));
	}
	for (guint i = 0; i < report->unchecked->len; i++) {
		const struct nd_unchecked *u = report->unchecked->pdata[i];
		guint n = GPOINTER_TO_UINT(g_hash_table_lookup(reasons, u->reason));

		if (!n)
			continue;
		g_hash_table_remove(reasons, u->reason);
		each(data, u->reason, n);
	}
}
