#include <npmrc-doctor/idna.h>
#include <npmrc-doctor/load.h>

/* Forwarder to the idna module, for the program and for the other modules. */

char *nd_idna_to_ascii(const char *domain)
{
	__typeof__(nd_idna_to_ascii) *to_ascii = nd_load_symbol("idna", "nd_idna_to_ascii", NULL);

	/* Unjudged is not invalid. */
	return to_ascii ? to_ascii(domain) : g_strdup(domain);
}
