#include <npmrc-doctor/secret.h>
#include <string.h>

struct nd_secret {
	size_t n;
	char bytes[]; /* n and a NUL */
};

struct nd_secret *nd_secret_new(struct nd_span bytes)
{
	struct nd_secret *secret = g_malloc(sizeof(*secret) + bytes.n + 1);

	secret->n = bytes.n;
	if (bytes.n)
		memcpy(secret->bytes, bytes.p, bytes.n);
	secret->bytes[bytes.n] = '\0';
	return secret;
}

struct nd_secret *nd_secret_dup(const struct nd_secret *secret)
{
	return secret ? nd_secret_new(nd_secret_reveal(secret)) : NULL;
}

void nd_secret_free(struct nd_secret *secret)
{
	g_free(secret);
}

struct nd_span nd_secret_reveal(const struct nd_secret *secret)
{
	return (struct nd_span){secret->bytes, secret->n};
}

char *nd_secret_sha256(struct nd_span bytes)
{
	static const guchar blank[128];
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	char *hex;

	g_checksum_update(sum, (const guchar *)bytes.p, (gssize)bytes.n);
	hex = g_strdup(g_checksum_get_string(sum));
	/* Two steps: a whole block would go past the one that is kept. */
	g_checksum_reset(sum);
	g_checksum_update(sum, blank, 1);
	g_checksum_update(sum, blank, sizeof(blank) - 1);
	return hex;
}

bool nd_secret_equal(const struct nd_secret *a, const struct nd_secret *b)
{
	volatile unsigned char differ = 0;

	if (!a || !b)
		return a == b;
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		differ = differ | ((unsigned char)a->bytes[i] ^ (unsigned char)b->bytes[i]);
	return differ == 0;
}
