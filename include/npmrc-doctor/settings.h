#ifndef NPMRC_DOCTOR_SETTINGS_H
#define NPMRC_DOCTOR_SETTINGS_H

#include <glib.h>
#include <npmrc-doctor/span.h>
#include <stdbool.h>

/* Settings files that are not npm's. The parsers take bytes and read nothing themselves; where a
 * dialect allows, inih does the work. */

/* Whose file it is, which is also its dialect. */
enum nd_settings_kind {
	ND_SETTINGS_GIT,         /* .gitconfig: http.proxy, also below [http "https://..."] */
	ND_SETTINGS_CURL,        /* .curlrc: proxy, -x */
	ND_SETTINGS_PIP,         /* pip.conf: proxy in any section */
	ND_SETTINGS_WGET,        /* .wgetrc: https_proxy, http_proxy */
	ND_SETTINGS_APT,         /* apt.conf: Acquire::http::Proxy, Acquire::https::Proxy, nested or not */
	ND_SETTINGS_ENVIRONMENT, /* /etc/environment: any variable that names a proxy */
};

/* One line that sets a proxy. The text is as that program would have it, unquoted; it may hold a
 * password. */
struct nd_proxy_line {
	char *text;
	unsigned line; /* from 1 */
};

/* In the order of the file (struct nd_proxy_line). What cannot be read in the
 * dialect is passed over: it is not our file. Owned by the caller. */
GPtrArray *nd_settings_proxies(enum nd_settings_kind kind, struct nd_span bytes);

/* Whether programs take a variable of this name, in any case of letters, for a proxy's address. */
bool nd_settings_proxy_variable(const char *name);

/* One setting of an INI file as inih reads it, or with `name` NULL the [section] line itself. */
struct nd_ini_line {
	char *section;      /* "" before the first */
	char *name, *value; /* UTF-8 */
	unsigned line;      /* from 1 */
	unsigned continued; /* the first indented line that goes on with it, or 0 */
};

/* A line that inih would skip or cut in silence, and why. */
struct nd_ini_fault {
	unsigned line;
	char *text;         /* one phrase, nothing of the file's in it */
};

struct nd_ini_file {
	GPtrArray *lines;   /* struct nd_ini_line, in the order of the file */
	GPtrArray *faults;  /* struct nd_ini_fault, in the order of the file */
};

/* Reads a whole file; never NULL. Owned by the caller. */
struct nd_ini_file *nd_settings_read_ini(struct nd_span bytes);
void nd_ini_file_free(struct nd_ini_file *file);
/* As a GDestroyNotify. */
void nd_ini_fault_free(gpointer fault);
/* Adds one more. */
void nd_ini_fault_add(GPtrArray *faults, unsigned line, const char *format, ...) G_GNUC_PRINTF(3, 4);

#endif
