#ifndef NPMRC_DOCTOR_APPEND_H
#define NPMRC_DOCTOR_APPEND_H

#include <glib.h>
#include <npmrc-doctor/span.h>
#include <stdbool.h>

/* Adds the bytes at the end of a regular file, which is made where it is missing. On failure a part of
 * them may be there (G_FILE_ERROR). */
bool nd_file_append(const char *path, struct nd_span bytes, GError **err) G_GNUC_WARN_UNUSED_RESULT;

#endif
