#ifndef ND_PROBE_DER_H
#define ND_PROBE_DER_H

#include <glib.h>
#include <npmrc-doctor/span.h>
#include <openssl/x509.h>

/* Many certificates, decoded from PEM but not yet parsed: a bundle of 140 roots takes 25 ms to parse, of
 * which a chain needs one. Lists are GPtrArrays of GBytes. */

/* Whether the text behind "-----BEGIN " says that a certificate follows. */
bool nd_der_is_label(const char *label, size_t n);
/* The bytes of one PEM block, or NULL; owned by the caller. */
GBytes *nd_der_decode(const char *p, size_t n);

GPtrArray *nd_der_list_new(void);
void nd_der_add_pem(GPtrArray *into, struct nd_span pem);
void nd_der_add_file(GPtrArray *into, const char *path);
void nd_der_add_folder(GPtrArray *into, const char *path);

/* Puts all of the list into the store. */
void nd_der_fill(X509_STORE *store, const GPtrArray *list);
/* Puts those into the store that may take part in the chain's verification: what bears the name of an
 * issuer, and its issuers in turn. A name in another encoding is missed, so a failure says nothing. */
void nd_der_fill_for(X509_STORE *store, const GPtrArray *list, X509 *leaf, STACK_OF(X509) *sent);

#endif
