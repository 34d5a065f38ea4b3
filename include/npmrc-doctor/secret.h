#ifndef NPMRC_DOCTOR_SECRET_H
#define NPMRC_DOCTOR_SECRET_H

#include <glib.h>
#include <npmrc-doctor/span.h>
#include <stdbool.h>

/* A secret: opaque, never printed, and wiped as all that is freed (src/memory.c). */
struct nd_secret;

/* Returns a secret that holds a copy of the bytes, owned by the caller. */
struct nd_secret *nd_secret_new(struct nd_span bytes);

/* Returns another secret with the same bytes; NULL for NULL. */
struct nd_secret *nd_secret_dup(const struct nd_secret *secret);

/* Accepts NULL. */
void nd_secret_free(struct nd_secret *secret);

/* The bytes, borrowed, with a NUL behind them that does not count. For who compares it, spells it or lets it leave
 * this process on purpose; what is made of the bytes is wiped as they are. */
struct nd_span nd_secret_reveal(const struct nd_secret *secret);

/* SHA-256 in hexadecimal, owned by the caller. GLib keeps the last block that it has hashed, in a slice that
 * never passes free(); this leaves nothing there. */
char *nd_secret_sha256(struct nd_span bytes);

/* Whether both hold the same bytes; takes the same time wherever they differ. */
bool nd_secret_equal(const struct nd_secret *a, const struct nd_secret *b);

#endif
