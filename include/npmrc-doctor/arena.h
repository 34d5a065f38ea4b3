#ifndef NPMRC_DOCTOR_ARENA_H
#define NPMRC_DOCTOR_ARENA_H

#include <npmrc-doctor/span.h>

/* Memory that is released all at once and wiped first, because settings hold secrets. */
struct nd_arena;

/* Returns an empty arena, owned by the caller. */
struct nd_arena *nd_arena_new(void);

/* Wipes and frees everything that was allocated. Accepts NULL. */
void nd_arena_free(struct nd_arena *arena);

/* Returns `size` zeroed bytes aligned for any object, owned by the arena. */
void *nd_arena_alloc(struct nd_arena *arena, size_t size);

/* Returns a copy with a NUL behind it that does not count; owned by the arena. */
struct nd_span nd_arena_copy(struct nd_arena *arena, struct nd_span bytes);

#endif
