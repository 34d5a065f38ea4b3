#ifndef ND_NPM_CONVERT_H
#define ND_NPM_CONVERT_H

#include <npmrc-doctor/arena.h>
#include <npmrc-doctor/span.h>
#include <stdbool.h>

/* JavaScript's and npm's conversions from text. */

/* String.prototype.trim. */
struct nd_span nd_convert_trim(struct nd_span text);

/* Number(text); false where the result is NaN. */
bool nd_convert_number(struct nd_span text, double *out);

/* parse of @npmcli/config/lib/umask.js for text; false where it throws. */
bool nd_convert_umask(struct nd_span text, double *out);

/* umask.fromString of npm 6, which falls back to 022. */
double nd_convert_umask_npm6(struct nd_span text);

/* semver.valid(text): the version without "v" and build, or a NULL span. */
struct nd_span nd_convert_semver(struct nd_span text);

/* A path may hold NUL, which must get through what works on C strings: \xff stands for it, as no
 * decoded text holds that. The copy is the caller's; what is shown again is the arena's. */
char *nd_convert_hide_nul(struct nd_span text);
struct nd_span nd_convert_show_nul(const char *text, struct nd_arena *arena);

/* Whether Date.parse(text) is a number. */
bool nd_convert_is_date(struct nd_span text);

#endif
