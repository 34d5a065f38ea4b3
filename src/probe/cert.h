#ifndef ND_PROBE_CERT_H
#define ND_PROBE_CERT_H

#include <glib.h>
#include <npmrc-doctor/probe.h>
#include <openssl/x509.h>

/* More certificates than this are not written down, however many a server sends. */
#define ND_CERT_MAX_CHAIN 64

struct nd_cert *nd_cert_new(X509 *x509);
/* The same of DER bytes, without a look at the key; NULL where they are no certificate. */
struct nd_cert *nd_cert_read(const unsigned char *der, size_t n);
#endif
