#ifndef ND_PROBE_CRYPTO_H
#define ND_PROBE_CRYPTO_H

/* To be called before anything of OpenSSL's or libcurl's; the first call counts. */
void nd_crypto_init(void);

#endif
