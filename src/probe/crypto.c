#include "crypto.h"

#include <openssl/ssl.h>

/* Nothing of openssl.cnf or OPENSSL_CONF: node has an OpenSSL of its own, and a line there may load any
 * module. Its error texts are never shown, and to give everything back at the end costs 1 ms of 10. */
void nd_crypto_init(void)
{
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
		OPENSSL_INIT_NO_LOAD_SSL_STRINGS | OPENSSL_INIT_NO_ATEXIT, NULL);
}
