/* What keyring.h does, for tests; no secret is ever printed, only its length and digest.
 *   keyring_drive [-i] store FILE LOCATION KEY VARIABLE   (the secret on standard input)
 *   keyring_drive [-i] lookup FILE|- VARIABLE [TIMES]
 *   keyring_drive [-i] list
 *   keyring_drive [-i] delete FILE LOCATION KEY VARIABLE
 *   keyring_drive reopen TIMES                            (prints how many descriptors that leaves) */
#include <npmrc-doctor/keyring.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const codes[] = { "ABSENT", "NO_COLLECTION", "LOCKED", "DISMISSED", "MISSING",
	"MISMATCH", "TOO_BIG", "FAILED" };

static int complain(GError *e)
{
	printf("%s\n", e->domain == ND_KEYRING_ERROR ? codes[e->code] : "FOREIGN");
	fprintf(stderr, "%s\n", e->message);
	g_error_free(e);
	return 3;
}

static struct nd_secret *read_secret(void)
{
	GString *text = g_string_new(NULL);
	struct nd_secret *secret;
	char part[4096];
	ssize_t n;

	while ((n = read(0, part, sizeof(part))) > 0)
		g_string_append_len(text, part, n);
	secret = nd_secret_new((struct nd_span){ text->str, text->len });
	g_string_free(text, TRUE);
	return secret;
}

static int store(struct nd_keyring *keyring, char **args)
{
	struct nd_keyring_item *item = nd_keyring_item_new(args[0], args[1], args[2], args[3]);
	struct nd_secret *secret = read_secret();
	GError *e = NULL;
	bool ok = nd_keyring_store(keyring, item, secret, &e);

	nd_keyring_item_free(item);
	nd_secret_free(secret);
	if (!ok)
		return complain(e);
	puts("OK");
	return 0;
}

static int lookup(struct nd_keyring *keyring, char **args)
{
	const char *file = g_str_equal(args[0], "-") ? NULL : args[0];
	long times = args[2] ? strtol(args[2], NULL, 10) : 1;

	for (long i = 0; i < times; i++) {
		GError *e = NULL;
		struct nd_secret *secret = nd_keyring_lookup(keyring, file, args[1], &e);
		struct nd_span bytes;
		char *sum;

		if (!secret)
			return complain(e);
		bytes = nd_secret_reveal(secret);
		sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes.p, bytes.n);
		if (i == 0)
			printf("OK %zu %s\n", bytes.n, sum);
		g_free(sum);
		nd_secret_free(secret);
	}
	return 0;
}

static int list(struct nd_keyring *keyring)
{
	GError *e = NULL;
	GPtrArray *items = nd_keyring_list(keyring, &e);

	if (!items)
		return complain(e);
	for (guint i = 0; i < items->len; i++) {
		const struct nd_keyring_item *item = items->pdata[i];

		printf("%s\t%s\t%s\t%s%s%s\n", item->file, item->location, item->key, item->variable,
			item->machine ? "\t" : "", item->machine ? item->machine : "");
	}
	g_ptr_array_unref(items);
	return 0;
}

static int delete(struct nd_keyring *keyring, char **args)
{
	struct nd_keyring_item *item = nd_keyring_item_new(args[0], args[1], args[2], args[3]);
	GError *e = NULL;
	bool ok = nd_keyring_delete(keyring, item, &e);

	nd_keyring_item_free(item);
	if (!ok)
		return complain(e);
	puts("OK");
	return 0;
}

static int descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static int reopen(long times)
{
	int before = 0;

	for (long i = 0; i <= times; i++) {
		GError *e = NULL;
		struct nd_keyring *keyring = nd_keyring_open(false, &e);

		if (!keyring)
			return complain(e);
		nd_keyring_free(keyring);
		if (i == 0)
			before = descriptors();
	}
	printf("%d\n", descriptors() - before);
	return 0;
}

static int run(struct nd_keyring *keyring, int n, char **args)
{
	if (n == 5 && g_str_equal(args[0], "store"))
		return store(keyring, args + 1);
	if (n >= 3 && g_str_equal(args[0], "lookup"))
		return lookup(keyring, args + 1);
	if (n == 1 && g_str_equal(args[0], "list"))
		return list(keyring);
	if (n == 5 && g_str_equal(args[0], "delete"))
		return delete (keyring, args + 1);
	return 2;
}

int main(int argc, char **argv)
{
	bool interactive = argc > 1 && g_str_equal(argv[1], "-i");
	GError *e = NULL;
	struct nd_keyring *keyring;
	int status;

	argc -= 1 + interactive;
	argv += 1 + interactive;
	if (argc == 2 && g_str_equal(argv[0], "reopen"))
		return reopen(strtol(argv[1], NULL, 10));
	keyring = nd_keyring_open(interactive, &e);
	if (!keyring)
		return complain(e);
	status = run(keyring, argc, argv);
	nd_keyring_free(keyring);
	return status;
}
