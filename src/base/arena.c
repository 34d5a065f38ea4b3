#include <npmrc-doctor/arena.h>
#include <stddef.h>
#include <stdint.h>

/* Chunks double up to this size: small files stay small, large ones need few chunks. */
#define CHUNK_FIRST ((size_t)4096)
#define CHUNK_MAX ((size_t)1 << 20)

struct chunk {
	struct chunk *next;
	size_t size, used;
	max_align_t bytes[];
};

struct nd_arena {
	struct chunk *chunks; /* the first one is being filled */
	size_t next_size;
};

struct nd_arena *nd_arena_new(void)
{
	struct nd_arena *arena = g_new0(struct nd_arena, 1);

	arena->next_size = CHUNK_FIRST;
	return arena;
}

void nd_arena_free(struct nd_arena *arena)
{
	if (!arena)
		return;
	for (struct chunk *c = arena->chunks; c;) {
		struct chunk *next = c->next;

		g_free(c);
		c = next;
	}
	g_free(arena);
}

static struct chunk *chunk_new(size_t size)
{
	if (size > SIZE_MAX - sizeof(struct chunk))
		g_error("out of memory: %zu bytes wanted", size);
	/* Zeroed by the kernel where it is large, which costs less than clearing each allocation.
	 */
	struct chunk *c = g_malloc0(sizeof(*c) + size);

	c->size = size;
	return c;
}

void *nd_arena_alloc(struct nd_arena *arena, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct chunk *c = arena->chunks;

	if (size > SIZE_MAX - align)
		g_error("out of memory: %zu bytes wanted", size);
	size = (MAX(size, 1) + align - 1) / align * align;
	if (c && c->size - c->used >= size) {
		c->used += size;
		return (char *)c->bytes + c->used - size;
	}
	bool large = size > arena->next_size / 4;

	c = chunk_new(large ? size : arena->next_size);
	c->used = size;
	if (large && arena->chunks) {
		/* A large one gets a chunk of its own behind the one being filled, which still has
		 * room. */
		c->next = arena->chunks->next;
		arena->chunks->next = c;
		return c->bytes;
	}
	c->next = arena->chunks;
	arena->chunks = c;
	arena->next_size = MIN(arena->next_size * 2, CHUNK_MAX);
	return c->bytes;
}

struct nd_span nd_arena_copy(struct nd_arena *arena, struct nd_span bytes)
{
	char *copy = nd_arena_alloc(arena, bytes.n + 1);

	if (bytes.n)
		memcpy(copy, bytes.p, bytes.n);
	return (struct nd_span){copy, bytes.n};
}
