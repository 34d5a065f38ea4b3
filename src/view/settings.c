#include "internal.h"

/* Single settings, as npm takes them. */

const struct nd_layers *nd_view_layers(const struct nd_view *view)
{
	return view->layers;
}

const struct nd_env *nd_view_env(const struct nd_view *view)
{
	static const struct nd_env none;

	return view->layers->env ? view->layers->env : &none;
}

const struct nd_setting *nd_view_find(const struct nd_view *view, const char *key)
{
	return nd_layers_get(view->layers, key);
}

const struct nd_setting *nd_view_truthy(const struct nd_view *view, const char *key)
{
	const struct nd_setting *setting = nd_view_find(view, key);

	return setting && nd_value_truthy(&setting->used) ? setting : NULL;
}

const char *nd_view_text(const struct nd_view *view, const struct nd_setting *setting)
{
	struct nd_span text = nd_value_text(&setting->used, view->arena);

	return nd_arena_copy(view->arena, text).p;
}

static double number(const struct nd_view *view, const char *key)
{
	const struct nd_setting *setting = nd_view_find(view, key);
	struct nd_value value;

	if (setting && setting->used.type == ND_TYPE_NUMBER && setting->used.number >= 0)
		return setting->used.number;
	if (nd_key_default(key, view->layers->npm_major, view->arena, &value) &&
		value.type == ND_TYPE_NUMBER)
		return value.number;
	return 0;
}

struct nd_patience nd_view_patience(const struct nd_view *view)
{
	struct nd_patience patience = {
		.retries = number(view, "fetch-retries"),
		.factor = number(view, "fetch-retry-factor"),
		.min_timeout_ms = number(view, "fetch-retry-mintimeout"),
		.max_timeout_ms = number(view, "fetch-retry-maxtimeout"),
		.timeout_ms = number(view, "fetch-timeout"),
	};

	/* npm-registry-fetch/lib/index.js: opts.timeout || 30 * 1000 */
	if (patience.timeout_ms <= 0)
		patience.timeout_ms = 30000;
	return patience;
}
