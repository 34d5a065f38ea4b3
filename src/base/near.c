#include <npmrc-doctor/near.h>

#include <glib.h>
#include <string.h>

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	return MIN(MIN(a, b), c);
}

/* Optimal string alignment. Looks only at alignments of at most `most` edits. */
unsigned nd_near_distance(struct nd_span a, struct nd_span b, unsigned most)
{
	const unsigned far = most + 1;
	unsigned rows[3][ND_NEAR_MAX + 2], *before = rows[0], *last = rows[1], *now = rows[2];

	if (MAX(a.n, b.n) - MIN(a.n, b.n) > most || MAX(a.n, b.n) > ND_NEAR_MAX)
		return far;
	for (size_t j = 0; j <= MIN(b.n, most + 1); j++)
		last[j] = (unsigned)j;
	before[0] = 0;
	for (size_t i = 1; i <= a.n; i++) {
		/* Outside this band more than `most` would have been inserted or deleted. */
		size_t from = i > most ? i - most : 1, to = MIN(b.n, i + most);
		unsigned nearest = far;

		now[from - 1] = from == 1 ? (unsigned)i : far;
		for (size_t j = from; j <= to; j++) {
			unsigned same = a.p[i - 1] == b.p[j - 1];

			/* The borders are set. NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
			now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + !same);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				now[j] = MIN(now[j], before[j - 2] + 1);
			nearest = MIN(nearest, now[j]);
		}
		now[to + 1] = far;
		/* A swap reaches over one row, but its first letter has cost as much already. */
		if (nearest > most)
			return far;
		unsigned *spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return MIN(last[b.n], far);
}

void nd_near_init(struct nd_near *near, const char *wanted)
{
	/* A third of the letters, as rustc has it. */
	*near = (struct nd_near){ wanted, NULL, (unsigned)MIN(MAX(strlen(wanted), 3), ND_NEAR_MAX) / 3 + 1 };
}

void nd_near_consider(struct nd_near *near, const char *word)
{
	unsigned far;

	if (!near->distance)
		return;
	far = near->wanted[0] && near->wanted[1] && g_str_has_prefix(word, near->wanted) ? 1 :
		nd_near_distance(nd_span_of(near->wanted), nd_span_of(word), near->distance - 1);

	if (far >= near->distance)
		return;
	near->word = word;
	near->distance = far;
}
