#ifndef NPMRC_DOCTOR_IDNA_H
#define NPMRC_DOCTOR_IDNA_H

/* "domain to ASCII" of the URL Standard for names that are not ASCII or have an "xn--" label: UTS 46, not
 * transitional, whatever the hyphens and lengths. `domain` is UTF-8. NULL where it fails. Owned by the
 * caller. A module of its own, loaded when such a name comes along; where it cannot be loaded, a name is
 * returned as it is. */
char *nd_idna_to_ascii(const char *domain);

#endif
