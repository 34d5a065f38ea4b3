#include "fuzz.h"

/* Runs a target over its corpus as one TAP test: a crash ends it without a plan, which tests/run
 * reports with the name of the input on standard error. */

static unsigned replay(const char *directory)
{
	g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
	const char *name;
	unsigned number = 0;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(directory, name, NULL);
		g_autofree char *bytes = NULL;
		gsize n;

		if (!g_file_get_contents(path, &bytes, &n, NULL))
			continue;
		fprintf(stderr, "%s\n", name);
		LLVMFuzzerTestOneInput((const uint8_t *)bytes, n);
		number++;
	}
	return number;
}

int main(void)
{
	unsigned number = replay(ND_CORPUS);

	printf("%s 1 - %u inputs keep the laws\n1..1\n", number ? "ok" : "not ok", number);
	return number == 0;
}
