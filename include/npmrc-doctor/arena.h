#ifndef NPMRC_DOCTOR_ARENA_H
#define NPMRC_DOCTOR_ARENA_H

#include <npmrc-doctor/span.h>

/* Memory that is released all at once. */
struct nd_arena;

/* Returns an empty arena, owned by the caller. */
struct nd_arena *nd_arena_new(void);

/* Frees everything that was allocated. Accepts NULL. */
void nd_arena_free(struct nd_arena *arena);

/* Returns `size` zeroed bytes aligned for any object, owned by the arena. */
void *nd_arena_alloc(struct nd_arena *arena, size_t size);

/* Returns a copy with a NUL behind it that does not count; owned by the arena. */
struct nd_span nd_arena_copy(struct nd_arena *arena, struct nd_span bytes);

/* Memory for arrays that grow with the file, for offsets and pointers only: the kernel gets
 * large ones back as they are. */

/* Returns `size` bytes that begin with the `old_size` ones of `old`, which is freed (NULL: none).
 * Owned by the caller, to be freed with nd_pages_free. */
void *nd_pages_grow(void *old, size_t old_size, size_t size);

/* Returns `size` zeroed bytes, owned by the caller, to be freed with nd_pages_free. */
void *nd_pages_new0(size_t size);

/* `size`: what was asked for. Accepts NULL. */
void nd_pages_free(void *bytes, size_t size);

#endif
