#include "fuzz.h"

/* Runs a target over files and prints TAP: a crash ends the plan early, which tests/run reports. */

static void replay(const char *directory, unsigned *number)
{
	g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(directory, name, NULL);
		g_autofree char *bytes = NULL;
		gsize n;

		if (!g_file_get_contents(path, &bytes, &n, NULL))
			continue;
		LLVMFuzzerTestOneInput((const uint8_t *)bytes, n);
		printf("ok %u - %s\n", ++*number, name);
		fflush(stdout);
	}
}

int main(void)
{
	unsigned number = 0;

	replay(ND_CORPUS, &number);
	printf("1..%u\n", number);
	return number == 0;
}
