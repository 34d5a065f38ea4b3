#include "report/hops.h"

#include "report/paint.h"

static void print_way(const struct nd_hop_ref *hop, const struct nd_style *style, GString *out)
{
	const char *line = style->utf8 ? "─" : "-";

	if (hop->broken) {
		g_string_append_printf(out, " %s", line);
		nd_paint(out, style, ND_RED, style->utf8 ? "✗" : "x");
		g_string_append_c(out, ' ');
	} else if (hop->ms >= 0) {
		g_string_append_printf(out, " %s", line);
		nd_paintf(out, style, ND_BLUE, hop->ms < 10 ? " %.1f ms " : " %.0f ms ", hop->ms);
		g_string_append_printf(out, "%s ", line);
	} else {
		g_string_append_printf(out, " %s ", line);
	}
}

/* Columns for the way to a stop and what is said about it. */
#define WAY_COLUMNS 14

/* Where the whole way does not fit one line, each stop gets its own. */
static bool fits(const struct nd_registry_ref *registry, const struct nd_style *style)
{
	size_t n = 2;

	for (guint i = 0; i < registry->hops->len; i++) {
		const struct nd_hop_ref *hop = registry->hops->pdata[i];

		n += (size_t)g_utf8_strlen(hop->name, -1) + WAY_COLUMNS;
	}
	return !style->width || n <= style->width;
}

void nd_report_hops(const struct nd_registry_ref *registry, const struct nd_style *style, GString *out)
{
	bool broken = false, one_line = registry->hops && fits(registry, style);

	for (guint i = 0; registry->hops && i < registry->hops->len; i++) {
		const struct nd_hop_ref *hop = registry->hops->pdata[i];
		g_autofree char *name = nd_plain(hop->name, style);

		if (i == 0)
			g_string_append(out, "  ");
		else if (!one_line)
			g_string_append(out, "\n   ");
		if (i)
			print_way(hop, style, out);
		broken = broken || hop->broken;
		g_string_append(out, name);
	}
	if (!registry->hops)
		return;
	if (broken && registry->probe.stage && !one_line)
		g_string_append(out, "\n   ");
	if (broken && registry->probe.stage)
		nd_paintf(out, style, ND_RED, " (%s, %.0f ms)", registry->probe.stage,
			MAX(registry->probe.total_ms, 0));
	g_string_append_c(out, '\n');
}
