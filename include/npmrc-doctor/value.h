#ifndef NPMRC_DOCTOR_VALUE_H
#define NPMRC_DOCTOR_VALUE_H

#include <npmrc-doctor/arena.h>
#include <npmrc-doctor/span.h>
#include <stdbool.h>

/* A value as JavaScript has it. Strings are UTF-8 (a lone surrogate is U+FFFD) and may hold NUL. */
enum nd_type {
	ND_TYPE_UNDEFINED,
	ND_TYPE_NULL,
	ND_TYPE_BOOLEAN,
	ND_TYPE_NUMBER,
	ND_TYPE_STRING,
	ND_TYPE_ARRAY,
	ND_TYPE_OBJECT, /* string is its JSON text */
};

struct nd_value {
	enum nd_type type;
	bool boolean;
	double number;
	struct nd_span string;        /* STRING, OBJECT; borrowed from a document or an arena */
	const struct nd_value *items; /* ARRAY */
	size_t n_items;
};

/* JavaScript's truthiness: "", 0, NaN, false, null and undefined are false. */
bool nd_value_truthy(const struct nd_value *value);

bool nd_value_equal(const struct nd_value *a, const struct nd_value *b);

/* JavaScript's String(value); for arrays the items joined with commas. Owned by the arena. */
struct nd_span nd_value_text(const struct nd_value *value, struct nd_arena *arena);

struct nd_value nd_value_string(struct nd_span text);
struct nd_value nd_value_boolean(bool boolean);
struct nd_value nd_value_number(double number);
struct nd_value nd_value_null(void);

/* JSON.parse(text); false where JavaScript would throw. */
bool nd_value_parse_json(struct nd_span text, struct nd_arena *arena, struct nd_value *out);

#endif
