#include <ini.h>
#include <npmrc-doctor/ini.h>
#include <npmrc-doctor/source.h>
#include <stdio.h>
#include <string.h>

/* decode_bench nd|inih FILE: decodes the file in memory several times, prints the best MB/s. */

static int ignore(void *data, const char *section, const char *name, const char *value)
{
	(void)data, (void)section, (void)name, (void)value;
	return 1;
}

static double decode(bool ours, const char *bytes, size_t n)
{
	gint64 started = g_get_monotonic_time();

	if (ours) {
		struct nd_doc *doc = nd_doc_new((struct nd_span){ bytes, n }, false);
		struct nd_ini *ini = nd_ini_decode(doc, 11);

		if (nd_ini_key_count(ini) == 0)
			return -1;
		nd_ini_free(ini);
		nd_doc_free(doc);
	} else if (ini_parse_string(bytes, ignore, NULL) < 0) {
		return -1;
	}
	return (g_get_monotonic_time() - started) / 1e6;
}

int main(int argc, char **argv)
{
	g_autofree char *bytes = NULL;
	gsize n;
	double best = 1e9;

	if (argc != 3 || !g_file_get_contents(argv[2], &bytes, &n, NULL))
		return 2;
	for (int i = 0; i < 5; i++) {
		double seconds = decode(g_str_equal(argv[1], "nd"), bytes, n);

		if (seconds < 0)
			return 1;
		best = MIN(best, seconds);
	}
	printf("%.1f\n", n / 1e6 / best);
	return 0;
}
