#include <npmrc-doctor/baseline.h>
#include <npmrc-doctor/hash.h>
#include <npmrc-doctor/policy.h>
#include <npmrc-doctor/url.h>

#include <string.h>

#define HEAD "# npmrc-doctor baseline 1"

G_DEFINE_QUARK(nd-baseline-error, nd_baseline_error)

struct entry {
	enum nd_rule rule;
	char *file;     /* escaped */
	char *id;       /* the whole line */
	unsigned line;
};

struct nd_baseline {
	char *path;
	GPtrArray *entries; /* struct entry */
};

static void entry_free(gpointer data)
{
	struct entry *entry = data;

	g_free(entry->file);
	g_free(entry->id);
	g_free(entry);
}

void nd_baseline_free(struct nd_baseline *baseline)
{
	if (!baseline)
		return;
	g_free(baseline->path);
	g_ptr_array_unref(baseline->entries);
	g_free(baseline);
}

/* What would break a line, or is no ASCII, as %XX. */
static void append_escaped(GString *out, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p <= ' ' || *p >= 0x7f || *p == '%')
			g_string_append_printf(out, "%%%02X", *p);
		else
			g_string_append_c(out, (char)*p);
	}
}

/* The rest of the path below the folder, or NULL. */
static const char *below(const char *path, const char *folder)
{
	size_t n = folder ? strlen(folder) : 0;

	while (n && folder[n - 1] == '/')
		n--;
	return folder && *folder && strncmp(path, folder, n) == 0 && path[n] == '/' ? path + n + 1 : NULL;
}

static char *file_of(const char *path, const struct nd_report *report, const char *home)
{
	GString *out = g_string_new(NULL);
	const char *rest;

	if (!path) {
		g_string_append_c(out, '-');
	} else if ((rest = below(path, report->cwd))) {
		append_escaped(out, rest);
	} else if ((rest = below(path, home))) {
		g_string_append(out, "~/");
		append_escaped(out, rest);
	} else {
		append_escaped(out, path);
	}
	return g_string_free(out, FALSE);
}

/* What in the file, or outside of any, is meant. A key may hold a secret: a token on a line of its own. */
static char *key_of(const struct nd_finding *finding)
{
	GString *out = g_string_new(NULL);
	g_autofree char *shown = finding->where.key ? nd_url_redact_key(nd_span_of(finding->where.key)) : NULL;

	if (shown)
		append_escaped(out, shown);
	else if (finding->where.variable)
		append_escaped(out, finding->where.variable);
	else if (!finding->where.file && finding->targets->len)
		append_escaped(out, ((struct nd_target_ref *)finding->targets->pdata[0])->url);
	if (!out->len)
		g_string_append_c(out, '-');
	return g_string_free(out, FALSE);
}

/* The line of the finding; `seen` counts those that have been alike so far. */
static char *id_of(const struct nd_finding *finding, const struct nd_report *report, const char *home,
	GHashTable *seen)
{
	g_autofree char *file = file_of(finding->where.file, report, home), *key = key_of(finding);
	char *id = g_strjoin("\t", nd_rule_row(finding->rule)->slug, file, key, NULL), *line;
	guint n = GPOINTER_TO_UINT(g_hash_table_lookup(seen, id)) + 1;

	line = g_strdup_printf("%s\t%u", id, n);
	g_hash_table_insert(seen, id, GUINT_TO_POINTER(n));
	return line;
}

static GHashTable *counter_new(void)
{
	return g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);
}

/* NULL, or what is wrong with the line. */
static const char *add_line(struct nd_baseline *baseline, const char *text, unsigned line)
{
	g_auto(GStrv) parts = g_strsplit(text, "\t", -1);
	struct entry *entry;
	enum nd_rule rule;
	guint64 number;

	if (g_strv_length(parts) != 4 || !*parts[1] || !*parts[2] ||
		!g_ascii_string_to_unsigned(parts[3], 10, 1, G_MAXUINT32, &number, NULL))
		return "is not rule, file, key and number, separated by tabs";
	rule = nd_rule_find(parts[0]);
	if (rule == ND_RULE_COUNT)
		return "names a rule that does not exist";
	if (nd_policy_is_fixed(rule))
		return "names a rule that cannot be suppressed";
	entry = g_new0(struct entry, 1);
	entry->rule = rule;
	entry->file = g_strdup(parts[1]);
	entry->id = g_strdup(text);
	entry->line = line;
	g_ptr_array_add(baseline->entries, entry);
	return NULL;
}

struct nd_baseline *nd_baseline_parse(const char *path, struct nd_span bytes, GError **err)
{
	struct nd_baseline *baseline = g_new0(struct nd_baseline, 1);
	g_autofree char *text = g_strndup(bytes.n ? bytes.p : "", bytes.n);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	const char *fault = NULL;
	unsigned number = 0;

	baseline->path = g_strdup(path);
	baseline->entries = g_ptr_array_new_with_free_func(entry_free);
	if (!lines[0])
		fault = "is not the first line of a baseline";
	/* A NUL ends the text too early: what is behind it would be passed over. */
	if (lines[0] && strlen(text) != bytes.n)
		lines[0][0] = '\0';
	for (number = 1; !fault && lines[number - 1]; number++) {
		char *line = lines[number - 1];

		if (g_str_has_suffix(line, "\r"))
			line[strlen(line) - 1] = '\0';
		if (number == 1 && !g_str_equal(line, HEAD))
			fault = "is not the first line of a baseline";
		else if (*line && *line != '#')
			fault = add_line(baseline, line, number);
		if (fault)
			break;
	}
	if (!fault)
		return baseline;
	g_set_error(err, ND_BASELINE_ERROR, ND_BASELINE_ERROR_SYNTAX, "cannot use '%s': line %u %s", path,
		MAX(number, 1), fault);
	nd_baseline_free(baseline);
	return NULL;
}

static void tell_stale(const struct nd_baseline *baseline, const struct entry *entry, struct nd_report *report)
{
	struct nd_finding *finding = nd_finding_add(report, ND_RULE_UNUSED_SUPPRESSION,
		"the baseline's %s matches nothing", nd_rule_row(entry->rule)->slug);

	finding->where = (struct nd_location){ .known = true, .layer = ND_LAYER_FILE,
		.file = g_strdup(baseline->path), .line = entry->line, .column = 1, .end_column = 2 };
	nd_finding_help(finding, "%s", nd_rule_row(ND_RULE_UNUSED_SUPPRESSION)->how);
}

/* Of a file that this run did not read nothing is known. */
static bool is_known(const struct entry *entry, GHashTable *read)
{
	return g_str_equal(entry->file, "-") || g_hash_table_contains(read, entry->file);
}

static void tell_all_stale(const struct nd_baseline *baseline, struct nd_report *report, GHashTable *used,
	const char *home)
{
	g_autoptr(GHashTable) read = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);

	for (guint i = 0; i < report->sources->len; i++) {
		const struct nd_source_ref *source = report->sources->pdata[i];

		if (source->path)
			g_hash_table_add(read, file_of(source->path, report, home));
	}
	for (guint i = 0; i < baseline->entries->len; i++) {
		const struct entry *entry = baseline->entries->pdata[i];

		if (!g_hash_table_contains(used, entry->id) && report->judged[entry->rule] && is_known(entry, read))
			tell_stale(baseline, entry, report);
	}
}

void nd_baseline_apply(const struct nd_baseline *baseline, struct nd_report *report, const char *home)
{
	g_autoptr(GHashTable) known = g_hash_table_new(nd_hash_text, g_str_equal);
	g_autoptr(GHashTable) used = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) seen = counter_new();

	for (guint i = 0; i < baseline->entries->len; i++)
		g_hash_table_add(known, ((struct entry *)baseline->entries->pdata[i])->id);
	for (guint i = 0; i < report->findings->len;) {
		g_autofree char *id = id_of(report->findings->pdata[i], report, home, seen);

		if (g_hash_table_contains(known, id)) {
			g_hash_table_add(used, g_steal_pointer(&id));
			nd_finding_suppress(report, i, "baseline", NULL);
		} else {
			i++;
		}
	}
	if (report->judged[ND_RULE_UNUSED_SUPPRESSION])
		tell_all_stale(baseline, report, used, home);
}

static bool is_kept(const struct nd_finding *finding)
{
	return !nd_policy_is_fixed(finding->rule) &&
		(!finding->suppressed_by || g_str_equal(finding->suppressed_by, "baseline"));
}

static int compare_places(gconstpointer pa, gconstpointer pb)
{
	const struct nd_finding *a = *(struct nd_finding *const *)pa, *b = *(struct nd_finding *const *)pb;
	int order = g_strcmp0(a->where.file, b->where.file);

	if (!order)
		order = (a->where.line > b->where.line) - (a->where.line < b->where.line);
	if (!order)
		order = (a->where.column > b->where.column) - (a->where.column < b->where.column);
	return order ? order : (int)a->rule - (int)b->rule;
}

GString *nd_baseline_print(const struct nd_report *report, const char *home)
{
	GString *out = g_string_new(HEAD "\n# rule, file, key, number; written by npmrc-doctor --write-baseline\n");
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	g_autoptr(GHashTable) seen = counter_new();

	g_ptr_array_extend(all, report->findings, NULL, NULL);
	g_ptr_array_extend(all, report->suppressed, NULL, NULL);
	g_ptr_array_sort(all, compare_places);
	for (guint i = 0; i < all->len; i++) {
		g_autofree char *id = is_kept(all->pdata[i]) ? id_of(all->pdata[i], report, home, seen) : NULL;

		if (id)
			g_string_append_printf(out, "%s\n", id);
	}
	return out;
}

void nd_baseline_accept(struct nd_report *report)
{
	for (guint i = 0; i < report->findings->len;) {
		if (is_kept(report->findings->pdata[i]))
			nd_finding_suppress(report, i, "baseline", NULL);
		else
			i++;
	}
}
