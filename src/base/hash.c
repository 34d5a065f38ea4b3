#include <npmrc-doctor/hash.h>

static const uint64_t *seed(void)
{
	static uint64_t words[2];
	static gsize made;

	if (g_once_init_enter(&made)) {
		for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
			words[i] = (uint64_t)g_random_int() << 32 | g_random_int();
		g_once_init_leave(&made, 1);
	}
	return words;
}

guint nd_hash_span(gconstpointer span)
{
	return nd_hash_seeded(seed(), *(const struct nd_span *)span);
}

guint nd_hash_text(gconstpointer text)
{
	return nd_hash_seeded(seed(), nd_span_of(text));
}

gboolean nd_hash_same_span(gconstpointer a, gconstpointer b)
{
	return nd_span_equal(*(const struct nd_span *)a, *(const struct nd_span *)b);
}
