#ifndef NPMRC_DOCTOR_LOAD_H
#define NPMRC_DOCTOR_LOAD_H

#include <glib.h>

/* probe/, keyring/ and idna/ are shared objects beside the program, loaded when a command first needs them:
 * libcurl, libsecret and ICU cost more start-up than everything else together, and a build agent may have
 * none of them. src/load has a forwarder of the same name for each of their functions. */

enum nd_load_error {
	ND_LOAD_ERROR_MISSING, /* the module, or a library that it needs, is not on this machine */
};
#define ND_LOAD_ERROR (nd_load_error_quark())
GQuark nd_load_error_quark(void);

/* The address of a module's function, or NULL with an error that names the module and the reason. */
void *nd_load_symbol(const char *module, const char *symbol, GError **err);

#endif
