#ifndef ND_NPM_INI_OBJECT_H
#define ND_NPM_INI_OBJECT_H

#include <npmrc-doctor/ini.h>
#include <stdint.h>

/* The JavaScript objects that ini.parse builds: the top one and those of sections. */

#define ND_OBJECT_TOP 0u
#define ND_OBJECT_NONE \
	UINT32_MAX /* assignments are lost: [__proto__], or a section that is no object */
#define ND_PROP_NONE UINT32_MAX
/* As n of a property: the value is a boolean, and start is where its line has the key. */
#define ND_PROP_TRUE UINT32_MAX
#define ND_PROP_FALSE (UINT32_MAX - 1)

/* What a property has whose value is not just a piece of the document. */
struct nd_box {
	struct nd_value value;
	uint32_t child; /* the object that the value is; ND_OBJECT_NONE: none yet */
	uint32_t moved; /* the top-level property that took its value, or ND_PROP_NONE */
	bool gone;
	size_t room; /* of the array's items; 0: they are not ours to append to */
};

/* Large files are all keys, and most time goes into waiting for their memory: two in a cache line.
 */
struct nd_prop {
	const char *key;
	uint32_t key_n;
	uint32_t owner;	    /* the object that has the property */
	uint32_t start, n;  /* a string: these bytes of the document; or ND_PROP_TRUE, _FALSE */
	struct nd_box *box; /* if set, the value is in here */
};

struct nd_name {
	struct nd_span key;
	uint32_t hash; /* nd_objects_hash() */
};

static inline struct nd_span nd_prop_key(const struct nd_prop *prop)
{
	return (struct nd_span){prop->key, prop->key_n};
}

static inline bool nd_prop_gone(const struct nd_prop *prop)
{
	return prop->box && prop->box->gone;
}

/* One table for all objects, keyed by object and name. Not GHashTable: that costs an allocation per
 * key and a call per comparison (a third of the time of decoding a large file), and the hash needs
 * a seed: a file could otherwise be made of keys that all collide. */
struct nd_objects {
	struct nd_span document;
	struct nd_arena *arena; /* boxes and what is in them: may hold secrets */
	int npm_major;
	struct nd_prop *props;
	uint32_t n, room, n_objects;
	struct nd_slot {
		uint32_t hash, prop; /* prop + 1; 0: free */
	} * slots;
	uint32_t mask;
	uint64_t seed[2];
	bool indexed; /* a key that starts with a digit: it may be an array index */
	bool dollar;  /* a key of the top object with a $ */
	bool dotted;  /* a property with an object or null as its value: sections may have to be
			 joined */
	char *fatal;
};

/* The caller sets document, arena and npm_major first. `expected`: about as many properties. */
void nd_objects_init(struct nd_objects *o, size_t expected);
void nd_objects_release(struct nd_objects *o);

struct nd_value nd_objects_value(const struct nd_objects *o, uint32_t prop);

uint32_t nd_objects_find(const struct nd_objects *o, uint32_t owner, struct nd_span key);

uint32_t nd_objects_hash(const struct nd_objects *o, struct nd_span key);

/* Brings the place of a hash near: a large table is mostly waiting for memory. */
void nd_objects_expect(const struct nd_objects *o, uint32_t hash);

/* The property, new and undefined where the object has none of this name (`*fresh`). */
uint32_t nd_objects_find_or_add(
	struct nd_objects *o, uint32_t owner, struct nd_span key, bool *fresh);

/* Makes the value a new, empty object. */
void nd_objects_make(struct nd_objects *o, uint32_t prop);

/* Where the value of a property is kept that is more than text. */
struct nd_box *nd_objects_box(struct nd_objects *o, uint32_t prop);

/* The object that a property's value is, or ND_OBJECT_NONE. Members of objects that were written as
 * JSON are not known here, nor are an array's items: a section that names one can only add to it.
 */
uint32_t nd_objects_child(struct nd_objects *o, uint32_t prop);

/* p[key] = value as ini does it; `list`: key[] form. Returns the property. */
uint32_t nd_objects_assign(struct nd_objects *o, uint32_t owner, struct nd_name name,
	const struct nd_value *value, bool list);

/* out[section] = out[section] || {}: the object whose keys follow. */
uint32_t nd_objects_open(struct nd_objects *o, struct nd_span section);

/* Properties of the top object in the order of for-in; owned by the caller. NULL: all properties
 * in the order in which they were made. */
uint32_t *nd_objects_order(const struct nd_objects *o, size_t *n);

/* "a.b" becomes b inside a. Returns ND_PROP_NONE, or the property at which ini throws. */
uint32_t nd_objects_join(struct nd_objects *o);

#endif
