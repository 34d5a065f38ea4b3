#include "ini_object.h"

/* The end of ini.js's decode: {a:{y:1},"a.b":{x:2}} --> {a:{y:1,b:{x:2}}}. It takes every key whose
 * value has typeof "object", and to JavaScript null is one: `//r.example/:_authToken=null` is torn
 * at its dots (npm 8 and later; ini 1 asks for a true value first). */

struct walk {
	struct nd_objects *o;
	uint32_t at;  /* the object reached */
	bool is_null; /* it is null: the next step throws */
};

static enum nd_type type_of(const struct nd_objects *o, uint32_t prop)
{
	return o->props[prop].box ? o->props[prop].box->value.type : ND_TYPE_STRING;
}

static bool is_typeof_object(const struct nd_objects *o, uint32_t prop)
{
	switch (type_of(o, prop)) {
	case ND_TYPE_OBJECT:
	case ND_TYPE_ARRAY:
		return true;
	case ND_TYPE_NULL:
		return o->npm_major >= 7;
	default:
		return false;
	}
}

/* p = p[part], made an object where it is none. False where JavaScript throws. */
static bool enter(struct walk *w, struct nd_span part)
{
	bool fresh;

	if (nd_span_is(part, "__proto__"))
		return true;
	if (w->is_null) {
		w->o->fatal = g_strdup("Cannot convert undefined or null to object");
		return false;
	}
	uint32_t prop = nd_objects_find_or_add(w->o, w->at, part, &fresh);

	if (fresh || !is_typeof_object(w->o, prop))
		nd_objects_make(w->o, prop);
	w->is_null = type_of(w->o, prop) == ND_TYPE_NULL;
	w->at = nd_objects_child(w->o, prop);
	return true;
}

/* l.replace(/\\\./g, '.') */
static struct nd_span unescape_dots(struct nd_span name, struct nd_arena *arena)
{
	if (!name.n || !memmem(name.p, name.n, "\\.", 2))
		return name;
	char *copy = nd_arena_alloc(arena, name.n);
	size_t n = 0;

	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] != '\\' || i + 1 == name.n || name.p[i + 1] != '.')
			copy[n++] = name.p[i];
	return (struct nd_span){copy, n};
}

/* p[name] = out[key] */
static bool store(struct walk *w, struct nd_span name, uint32_t from)
{
	bool fresh;

	if (w->is_null) {
		w->o->fatal = g_strdup_printf("Cannot set properties of null (setting '%.*s')",
			(int)MIN(name.n, 200), name.p);
		return false;
	}
	uint32_t to = nd_objects_find_or_add(w->o, w->at, name, &fresh);
	struct nd_box *source = nd_objects_box(w->o, from), *target = nd_objects_box(w->o, to);

	target->value = source->value;
	target->child = source->child;
	target->room = source->room;
	if (w->at == ND_OBJECT_TOP)
		source->moved = to;
	return true;
}

/* One key. `*removed`: it is to go once all have been seen. */
static bool join_key(struct nd_objects *o, uint32_t index, bool *removed)
{
	struct nd_span key = nd_prop_key(&o->props[index]), last = key;
	struct walk w = {o, ND_OBJECT_TOP, false};
	const char *start = key.p, *end = key.p + key.n;

	*removed = false;
	for (const char *p = start; p < end && (p = memchr(p, '.', (size_t)(end - p))); p++) {
		if (p > key.p && p[-1] == '\\')
			continue;
		if (!enter(&w, (struct nd_span){start, (size_t)(p - start)}))
			return false;
		start = p + 1;
		last = (struct nd_span){start, (size_t)(end - start)};
	}
	struct nd_span name = unescape_dots(last, o->arena);

	if (w.at == ND_OBJECT_TOP && nd_span_equal(name, last))
		return true;
	*removed = true;
	return store(&w, name, index);
}

static bool wants_joining(const struct nd_objects *o, uint32_t index)
{
	return type_of(o, index) != ND_TYPE_ARRAY && is_typeof_object(o, index);
}

uint32_t nd_objects_join(struct nd_objects *o)
{
	size_t n, n_removed = 0;
	g_autofree uint32_t *order = NULL;
	uint32_t thrower = ND_PROP_NONE;

	if (!o->dotted)
		return ND_PROP_NONE;
	order = nd_objects_order(o, &n);
	/* The list of those to remove overwrites the part of the order that is done with. */
	for (size_t i = 0; i < n && thrower == ND_PROP_NONE; i++) {
		bool removed = false;

		if (wants_joining(o, order[i]) && !join_key(o, order[i], &removed))
			thrower = order[i];
		if (removed)
			order[n_removed++] = order[i];
	}
	for (size_t i = 0; i < n_removed; i++)
		nd_objects_box(o, order[i])->gone = true;
	return thrower;
}
