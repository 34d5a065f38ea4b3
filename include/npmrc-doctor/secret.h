#ifndef NPMRC_DOCTOR_SECRET_H
#define NPMRC_DOCTOR_SECRET_H

#include <glib.h>
#include <npmrc-doctor/span.h>
#include <stdbool.h>

/* A secret: opaque, wiped when freed, never printed. */
struct nd_secret;

/* Returns a secret that holds a copy of the bytes, owned by the caller. */
struct nd_secret *nd_secret_new(struct nd_span bytes);

/* Returns another secret with the same bytes; NULL for NULL. */
struct nd_secret *nd_secret_dup(const struct nd_secret *secret);

/* Wipes and frees. Accepts NULL. */
void nd_secret_free(struct nd_secret *secret);

/* The bytes, borrowed, with a NUL behind them that does not count. To be called by probe/, keyring/,
 * fix/apply and exec only: wherever the secret leaves this process on purpose. */
struct nd_span nd_secret_reveal(const struct nd_secret *secret);

/* Whether both hold the same bytes; takes the same time wherever they differ. */
bool nd_secret_equal(const struct nd_secret *a, const struct nd_secret *b);

/* Overwrites memory in a way that the compiler keeps. */
void nd_wipe(void *bytes, size_t n);

/* Frees a GString whose content is secret, wiping it first. Accepts NULL. */
void nd_wipe_gstring(GString *text);

#endif
