#include "cmd/reading.h"

#include <npmrc-doctor/redact.h>

static const char *reason_of(const struct nd_layer *layer)
{
	if (layer->ignored)
		return layer->ignored;
	return layer->file->state == ND_READ_MISSING ? "does not exist" :
		nd_read_state_reason(layer->file->state);
}

static void add_source(struct nd_report *report, enum nd_layer_id layer, const char *path,
	const char *reason)
{
	struct nd_source_ref *source = g_new0(struct nd_source_ref, 1);

	source->layer = layer;
	source->path = g_strdup(path);
	source->read = reason == NULL;
	source->reason = g_strdup(reason);
	g_ptr_array_add(report->sources, source);
}

void nd_reading_sources(const struct nd_layers *layers, struct nd_report *report)
{
	for (guint i = 0; i < layers->order->len; i++) {
		const struct nd_layer *layer = layers->order->pdata[i];

		if (layer->file)
			add_source(report, layer->id, layer->file->path, reason_of(layer));
		if (layer == &layers->layers[ND_LAYER_PROJECT] && layers->project &&
			layers->project->ignored_npmrc)
			add_source(report, layer->id, layers->project->ignored_npmrc,
				"a workspace member's file does not count");
	}
}

char *nd_reading_key(struct nd_span key)
{
	bool redacted;
	char *shown = nd_redact_value((struct nd_span){ "", 0 }, key, &redacted);

	return shown ? shown : g_strdup("***");
}
