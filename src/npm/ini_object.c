#include "ini_object.h"

#include <npmrc-doctor/hash.h>

static const struct nd_value empty_object = {
	.type = ND_TYPE_OBJECT, .string = {"{}", 2}}; /* nothing reads what is inside a section */

static struct nd_slot *slots_new(uint32_t room)
{
	return nd_pages_new0(room * sizeof(struct nd_slot));
}

static void grow_props(struct nd_objects *o, size_t room)
{
	g_assert(room < UINT32_MAX);
	o->props = nd_pages_grow(o->props, o->room * sizeof(*o->props), room * sizeof(*o->props));
	o->room = (uint32_t)room;
}

void nd_objects_init(struct nd_objects *o, size_t expected)
{
	uint32_t room = 64;

	while (room / 4 * 3 <= expected && room < (1u << 22))
		room *= 2;
	o->n_objects = 1;
	o->mask = room - 1;
	o->slots = slots_new(room);
	grow_props(o, expected + 1);
	o->seed[0] = (uint64_t)g_random_int() << 32 | g_random_int();
	o->seed[1] = (uint64_t)g_random_int() << 32 | g_random_int();
}

void nd_objects_release(struct nd_objects *o)
{
	nd_pages_free(o->props, o->room * sizeof(*o->props));
	nd_pages_free(o->slots, ((size_t)o->mask + 1) * sizeof(*o->slots));
	g_free(o->fatal);
}

uint32_t nd_objects_hash(const struct nd_objects *o, struct nd_span key)
{
	return nd_hash_seeded(o->seed, key);
}

static uint32_t hash_in(const struct nd_objects *o, uint32_t owner, struct nd_span key)
{
	return nd_objects_hash(o, key) ^ owner * 0x9e3779b1u;
}

void nd_objects_expect(const struct nd_objects *o, uint32_t hash)
{
	__builtin_prefetch(&o->slots[hash & o->mask]);
}

/* The slot that holds the property, or the free one where it belongs. */
static struct nd_slot *slot_of(
	const struct nd_objects *o, uint32_t hash, uint32_t owner, struct nd_span key)
{
	for (uint32_t i = hash & o->mask;; i = (i + 1) & o->mask) {
		struct nd_slot *slot = &o->slots[i];

		if (slot->prop == 0)
			return slot;
		if (slot->hash != hash)
			continue;
		const struct nd_prop *prop = &o->props[slot->prop - 1];

		if (prop->owner == owner && nd_span_equal(nd_prop_key(prop), key))
			return slot;
	}
}

static void grow_slots(struct nd_objects *o)
{
	uint32_t room = (o->mask + 1) * 2;
	struct nd_slot *old = o->slots;

	o->slots = slots_new(room);
	for (uint32_t i = 0; i <= o->mask; i++) {
		uint32_t at = old[i].hash & (room - 1);

		if (old[i].prop == 0)
			continue;
		while (o->slots[at].prop)
			at = (at + 1) & (room - 1);
		o->slots[at] = old[i];
	}
	nd_pages_free(old, ((size_t)o->mask + 1) * sizeof(*old));
	o->mask = room - 1;
}

uint32_t nd_objects_find(const struct nd_objects *o, uint32_t owner, struct nd_span key)
{
	const struct nd_slot *slot = slot_of(o, hash_in(o, owner, key), owner, key);

	return slot->prop ? slot->prop - 1 : ND_PROP_NONE;
}

static uint32_t find_or_add(struct nd_objects *o, uint32_t owner, struct nd_name name, bool *fresh)
{
	struct nd_span key = name.key;
	uint32_t hash = name.hash ^ owner * 0x9e3779b1u;
	struct nd_slot *slot = slot_of(o, hash, owner, key);

	*fresh = slot->prop == 0;
	if (!*fresh)
		return slot->prop - 1;
	g_assert(key.n <= UINT32_MAX);
	if (o->n == o->room)
		grow_props(o, (size_t)o->room * 2);
	o->props[o->n] = (struct nd_prop){.key = key.p, .key_n = (uint32_t)key.n, .owner = owner};
	*slot = (struct nd_slot){hash, ++o->n};
	o->indexed = o->indexed || (key.n && g_ascii_isdigit(key.p[0]));
	if (owner == ND_OBJECT_TOP && !o->dollar)
		o->dollar = key.n && memchr(key.p, '$', key.n);
	if (o->n > o->mask / 4 * 3)
		grow_slots(o);
	return o->n - 1;
}

uint32_t nd_objects_find_or_add(
	struct nd_objects *o, uint32_t owner, struct nd_span key, bool *fresh)
{
	return find_or_add(o, owner, (struct nd_name){key, nd_objects_hash(o, key)}, fresh);
}

struct nd_value nd_objects_value(const struct nd_objects *o, uint32_t index)
{
	const struct nd_prop *prop = &o->props[index];

	if (prop->box)
		return prop->box->value;
	if (prop->n >= ND_PROP_FALSE)
		return nd_value_boolean(prop->n == ND_PROP_TRUE);
	return nd_value_string((struct nd_span){o->document.p + prop->start, prop->n});
}

struct nd_box *nd_objects_box(struct nd_objects *o, uint32_t index)
{
	struct nd_prop *prop = &o->props[index];

	if (!prop->box) {
		struct nd_box *box = nd_arena_alloc(o->arena, sizeof(*box));

		*box = (struct nd_box){.value = nd_objects_value(o, index),
			.child = ND_OBJECT_NONE,
			.moved = ND_PROP_NONE};
		prop->box = box;
	}
	return prop->box;
}

static void push(struct nd_objects *o, struct nd_box *box, const struct nd_value *value)
{
	struct nd_value *array = &box->value;
	struct nd_value *items = (struct nd_value *)array->items;

	if (array->n_items >= box->room) {
		box->room = MAX(array->n_items * 2, 4);
		items = nd_arena_alloc(o->arena, box->room * sizeof(*items));
		if (array->n_items)
			memcpy(items, array->items, array->n_items * sizeof(*items));
		array->items = items;
	}
	items[array->n_items++] = *value;
}

/* What every object of npm 6 inherits: ini 1 builds on {}, later ones on Object.create(null). */
static bool is_inherited(const struct nd_objects *o, struct nd_span key)
{
	static const char *const names[] = {"constructor", "hasOwnProperty", "isPrototypeOf",
		"propertyIsEnumerable", "toLocaleString", "toString", "valueOf", "__defineGetter__",
		"__defineSetter__", "__lookupGetter__", "__lookupSetter__"};

	for (size_t i = 0; o->npm_major < 7 && i < G_N_ELEMENTS(names); i++)
		if (nd_span_is(key, names[i]))
			return true;
	return false;
}

static void make_array(struct nd_objects *o, uint32_t prop, bool fresh)
{
	struct nd_value old = nd_objects_value(o, prop);
	struct nd_box *box = nd_objects_box(o, prop);
	bool keep = !fresh;

	if (o->npm_major < 7) { /* `if (!p[key])`: empty strings and the like are forgotten */
		keep = !fresh && nd_value_truthy(&old);
		if (fresh && is_inherited(o, nd_prop_key(&o->props[prop]))) {
			keep = true;
			old = empty_object;
		}
	}
	box->value = (struct nd_value){.type = ND_TYPE_ARRAY};
	box->room = 0;
	box->child = ND_OBJECT_NONE;
	if (keep)
		push(o, box, &old);
}

static bool is_array(const struct nd_prop *prop)
{
	return prop->box && prop->box->value.type == ND_TYPE_ARRAY;
}

/* Whether the text stands in the document as it is. */
static bool is_piece(const struct nd_objects *o, struct nd_span text)
{
	uintptr_t start = (uintptr_t)o->document.p, p = (uintptr_t)text.p;

	return p >= start && p - start <= o->document.n &&
	       text.n <= o->document.n - (p - start);
}

static void set(struct nd_objects *o, uint32_t index, struct nd_span key, const struct nd_value *value)
{
	struct nd_prop *prop = &o->props[index];

	if (!prop->box && value->type == ND_TYPE_STRING && is_piece(o, value->string)) {
		prop->start = (uint32_t)(value->string.p - o->document.p);
		prop->n = (uint32_t)value->string.n;
		return;
	}
	if (!prop->box && value->type == ND_TYPE_BOOLEAN && is_piece(o, key)) {
		prop->start = (uint32_t)(key.p - o->document.p);
		prop->n = value->boolean ? ND_PROP_TRUE : ND_PROP_FALSE;
		return;
	}
	struct nd_box *box = nd_objects_box(o, index);

	box->value = *value;
	box->room = 0;
	box->child = ND_OBJECT_NONE;
	if (value->type == ND_TYPE_NULL || value->type == ND_TYPE_OBJECT)
		o->dotted = true;
}

uint32_t nd_objects_assign(struct nd_objects *o, uint32_t owner, struct nd_name name,
	const struct nd_value *value, bool list)
{
	bool fresh;
	uint32_t index = find_or_add(o, owner, name, &fresh);

	if (list && (fresh || !is_array(&o->props[index])))
		make_array(o, index, fresh);
	if (is_array(&o->props[index]))
		push(o, o->props[index].box, value);
	else
		set(o, index, name.key, value);
	return index;
}

void nd_objects_make(struct nd_objects *o, uint32_t prop)
{
	struct nd_box *box = nd_objects_box(o, prop);

	box->value = empty_object;
	box->child = o->n_objects++;
	o->dotted = true;
}

uint32_t nd_objects_child(struct nd_objects *o, uint32_t prop)
{
	struct nd_box *box = o->props[prop].box;

	if (!box || (box->value.type != ND_TYPE_OBJECT && box->value.type != ND_TYPE_ARRAY))
		return ND_OBJECT_NONE;
	if (box->child == ND_OBJECT_NONE)
		box->child = o->n_objects++;
	return box->child;
}

uint32_t nd_objects_open(struct nd_objects *o, struct nd_span section)
{
	bool fresh;
	uint32_t prop = nd_objects_find_or_add(o, ND_OBJECT_TOP, section, &fresh);
	struct nd_value value = nd_objects_value(o, prop);

	if (fresh || !nd_value_truthy(&value))
		nd_objects_make(o, prop);
	return nd_objects_child(o, prop);
}

/* JavaScript's array index: such keys come first in for-in, in numeric order. */
static bool array_index(struct nd_span key, uint64_t *index)
{
	*index = 0;
	if (key.n == 0 || key.n > 10 || (key.n > 1 && key.p[0] == '0'))
		return false;
	for (size_t i = 0; i < key.n; i++) {
		if (!g_ascii_isdigit(key.p[i]))
			return false;
		*index = *index * 10 + (uint64_t)(key.p[i] - '0');
	}
	return *index < UINT32_MAX;
}

static bool is_visible(const struct nd_prop *prop)
{
	return prop->owner == ND_OBJECT_TOP && !nd_prop_gone(prop);
}

static int compare_indices(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

uint32_t *nd_objects_order(const struct nd_objects *o, size_t *n)
{
	*n = o->n;
	/* One object without array indices: nothing is hidden, nothing moves. */
	if (!o->indexed && !o->dotted && o->n_objects == 1)
		return NULL;
	uint32_t *order = g_new(uint32_t, o->n + 1);
	g_autoptr(GArray) indices = g_array_new(FALSE, FALSE, sizeof(uint64_t[2]));
	size_t count = 0;
	uint64_t entry[2];

	for (uint32_t i = 0; o->indexed && i < o->n; i++) {
		entry[1] = i;
		if (is_visible(&o->props[i]) && array_index(nd_prop_key(&o->props[i]), &entry[0]))
			g_array_append_vals(indices, entry, 1);
	}
	g_array_sort(indices, compare_indices);
	for (guint i = 0; i < indices->len; i++)
		order[count++] = (uint32_t)((uint64_t(*)[2])(void *)indices->data)[i][1];
	for (uint32_t i = 0; i < o->n; i++)
		if (is_visible(&o->props[i]) &&
			!(o->indexed && array_index(nd_prop_key(&o->props[i]), &entry[0])))
			order[count++] = i;
	*n = count;
	return order;
}
