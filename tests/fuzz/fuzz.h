#ifndef ND_FUZZ_H
#define ND_FUZZ_H

#include <glib.h>
#include <npmrc-doctor/span.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A law that holds for any bytes. */
#define LAW(what) \
	do { \
		if (!(what)) { \
			fprintf(stderr, "%s:%d: broken law: %s\n", __FILE__, __LINE__, #what); \
			abort(); \
		} \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#endif
