#include <ini.h>
#include <npmrc-doctor/settings.h>

/* Our own INI file. inih decodes it; what inih would skip or cut in silence is found before it sees the
 * line, and such a line counts as empty. */

static void line_free(gpointer data)
{
	struct nd_ini_line *line = data;

	g_free(line->section);
	g_free(line->name);
	g_free(line->value);
	g_free(line);
}

void nd_ini_fault_free(gpointer data)
{
	struct nd_ini_fault *fault = data;

	g_free(fault->text);
	g_free(fault);
}

struct reading {
	struct nd_span rest;
	unsigned line;
	bool indented;            /* the line continues the one above */
	bool waits;               /* the line has yet to be handed to the handler */
	const char *section;      /* "" before the first */
	struct nd_ini_line *last; /* the setting above, in the same section */
	struct nd_ini_file *out;
};

void nd_ini_fault_add(GPtrArray *faults, unsigned line, const char *format, ...)
{
	struct nd_ini_fault *fault = g_new0(struct nd_ini_fault, 1);
	va_list ap;

	va_start(ap, format);
	fault->text = g_strdup_vprintf(format, ap);
	va_end(ap);
	fault->line = line;
	g_ptr_array_add(faults, fault);
}

static struct nd_ini_line *add(struct reading *r, const char *name, const char *value)
{
	struct nd_ini_line *line = g_new0(struct nd_ini_line, 1);

	line->section = g_strdup(r->section);
	line->name = g_strdup(name);
	line->value = g_strdup(value);
	line->line = r->line;
	g_ptr_array_add(r->out->lines, line);
	return line;
}

static struct nd_span strip(struct nd_span text)
{
	while (text.n && g_ascii_isspace(*text.p))
		text = (struct nd_span){ text.p + 1, text.n - 1 };
	while (text.n && g_ascii_isspace(text.p[text.n - 1]))
		text.n--;
	return text;
}

static bool is_comment(struct nd_span text)
{
	return !text.n || *text.p == ';' || *text.p == '#';
}

/* NULL, or what is wrong with a [section]. */
static const char *take_section(struct reading *r, struct nd_span text)
{
	const char *end = memchr(text.p, ']', text.n);
	g_autofree char *name = NULL;

	if (!end)
		return "a [section] does not close";
	if (!is_comment(strip((struct nd_span){ end + 1, text.n - (size_t)(end + 1 - text.p) })))
		return "text stands behind a [section]";
	name = g_strndup(text.p + 1, (gsize)(end - text.p - 1));
	r->last = NULL;
	r->section = name;
	r->section = add(r, NULL, NULL)->section;
	return NULL;
}

/* NULL, or why inih shall not see the line. `size` is its buffer's. */
static const char *judge(struct reading *r, struct nd_span line, size_t size)
{
	struct nd_span text = strip(line);

	if (line.n + 2 > size)
		return "the line is longer than inih reads";
	if (memchr(line.p, '\0', line.n))
		return "a NUL byte";
	if (!g_utf8_validate(line.p, (gssize)line.n, NULL))
		return "the line is not UTF-8";
	if (is_comment(text))
		return NULL;
	r->indented = g_ascii_isspace(*line.p);
	if (r->indented && !r->last)
		return "the line is indented, which continues a setting, and none is above it";
	if (!r->indented && *text.p == '[')
		return take_section(r, text);
	r->waits = true;
	return NULL;
}

static void settle(struct reading *r)
{
	if (r->waits)
		nd_ini_fault_add(r->out->faults, r->line, "neither a [section] nor key = value");
	r->waits = r->indented = false;
}

/* fgets for inih. */
static char *next_line(char *buffer, int size, void *stream)
{
	struct reading *r = stream;
	const char *end, *fault;
	struct nd_span line;

	settle(r);
	if (!r->rest.n)
		return NULL;
	end = memchr(r->rest.p, '\n', r->rest.n);
	line = (struct nd_span){ r->rest.p, end ? (size_t)(end - r->rest.p) : r->rest.n };
	r->rest = (struct nd_span){ line.p + line.n + (end != NULL), r->rest.n - line.n - (end != NULL) };
	if (++r->line == 1 && line.n >= 3 && memcmp(line.p, "\xef\xbb\xbf", 3) == 0)
		line = (struct nd_span){ line.p + 3, line.n - 3 };
	fault = judge(r, line, (size_t)size);
	if (fault) {
		nd_ini_fault_add(r->out->faults, r->line, "%s", fault);
		line.n = 0;
	}
	memcpy(buffer, line.p, line.n);
	buffer[line.n] = '\n';
	buffer[line.n + 1] = '\0';
	return buffer;
}

/* inih before 56 leaves it on lines that continue another. */
static char *without_comment(const char *value)
{
	const char *p = value;

	while (*p && !(*p == ';' && p > value && g_ascii_isspace(p[-1])))
		p++;
	return g_strchomp(g_strndup(value, (gsize)(p - value)));
}

static int on_setting(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;
	g_autofree char *more = NULL;
	char *longer;

	(void)section; /* inih keeps 49 bytes of it */
	r->waits = false;
	if (!r->indented) {
		r->last = add(r, name, value);
		return 1;
	}
	more = without_comment(value);
	longer = g_strjoin(*r->last->value ? " " : "", r->last->value, more, NULL);
	g_free(r->last->value);
	r->last->value = longer;
	if (!r->last->continued)
		r->last->continued = r->line;
	return 1;
}

struct nd_ini_file *nd_settings_read_ini(struct nd_span bytes)
{
	struct nd_ini_file *out = g_new0(struct nd_ini_file, 1);
	struct reading reading = { .rest = bytes, .section = "", .out = out };

	out->lines = g_ptr_array_new_with_free_func(line_free);
	out->faults = g_ptr_array_new_with_free_func(nd_ini_fault_free);
	/* Its status is the first line that it could not read: settle() has named them all. */
	(void)ini_parse_stream(next_line, &reading, on_setting, &reading);
	return out;
}

void nd_ini_file_free(struct nd_ini_file *file)
{
	g_ptr_array_unref(file->lines);
	g_ptr_array_unref(file->faults);
	g_free(file);
}
