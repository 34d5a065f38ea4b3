#ifndef ND_RULES_READING_H
#define ND_RULES_READING_H

#include "rules/checks.h"

/* What the rules about files and settings share. One cause is one finding: the rule that explains how
 * a line was misread owns it, and the rules that look at its value ask here and stay silent. */

/* What a value is, judged by its key. */
enum nd_kind {
	ND_KIND_OTHER,
	ND_KIND_REGISTRY, /* registry, @scope:registry */
	ND_KIND_PROXY,    /* proxy, https-proxy */
	ND_KIND_TOKEN,    /* _authToken */
	ND_KIND_BASE64,   /* _auth, _password */
	ND_KIND_USER,     /* username */
};
enum nd_kind nd_kind_of(struct nd_span key);
bool nd_kind_is_url(enum nd_kind kind);
bool nd_kind_is_secret(enum nd_kind kind);

/* A key's part behind the last colon, and the one before it. */
struct nd_span nd_key_base(struct nd_span key);
struct nd_span nd_key_prefix(struct nd_span key);
/* The credential name that this is in any case ("_authToken"), or NULL. */
const char *nd_credential_name(struct nd_span base);
/* Whether the key names a registry's credential in a way that credentials-key-malformed explains. */
bool nd_is_near_credential(struct nd_span key, int npm_major);

/* The file layers whose text makes sense, strongest first, each file once. */
GPtrArray *nd_reading_layers(const struct nd_facts *f);
/* UTF-16 or NUL bytes: nothing in it is what it seems. */
bool nd_is_garbled(const struct nd_layer *layer);

/* npm uses this line: under no section, and no later line replaces it. */
bool nd_entry_counts(const struct nd_layer *layer, size_t index);
/* The entry behind a setting, or NULL (environment, command line, a section). */
const struct nd_ini_entry *nd_setting_entry(const struct nd_facts *f, const struct nd_setting *setting);
/* The strongest one of its key. */
bool nd_is_effective(const struct nd_facts *f, const struct nd_setting *setting);
/* It refers to a variable, and the environment is not judged (check FILE). */
bool nd_is_open(const struct nd_facts *f, const struct nd_setting *setting);

/* The rule that says how this line is misread; ND_RULE_COUNT: none. */
enum nd_rule nd_entry_owner(const struct nd_facts *f, const struct nd_layer *layer,
	const struct nd_ini_entry *entry);
enum nd_rule nd_setting_owner(const struct nd_facts *f, const struct nd_setting *setting);

/* The part of the line's value that gives away the address of a product's web page, `*instead` what to write;
 * NULL: none. Both static; `instead` may be NULL. */
const char *nd_web_page(const struct nd_layer *layer, const struct nd_ini_entry *entry, const char **instead);
/* npm dies of what stands there; the line counts from 1. */
/* Whether both are read from one file, be it by two names: through a symbolic link npm reads it twice. */
bool nd_is_same_file(const struct nd_layer *a, const struct nd_layer *b);
bool nd_is_fatal(const struct nd_facts *f, enum nd_layer_id layer, size_t line);

/* Whether a secret in a comment is one, and not what an example has in its place. */
bool nd_looks_real(enum nd_spot_kind kind, const struct nd_secret *value);
bool nd_is_bare(const struct nd_layer *layer, const struct nd_ini_entry *entry);

/* Places a finding on bytes [start, end) of the entry's line. */
void nd_blame(struct nd_finding *finding, const struct nd_layer *layer,
	const struct nd_ini_entry *entry, size_t start, size_t end);
/* Places it on bytes [from, to) of the setting's text, in a file or on the variable. */
void nd_blame_text(const struct nd_facts *f, struct nd_finding *finding,
	const struct nd_setting *setting, size_t from, size_t to);
/* The bytes of the document that make [from, to) of the setting's decoded text; false where there are
 * none (other layers, arrays). */
bool nd_text_bytes(const struct nd_facts *f, const struct nd_setting *setting, size_t from, size_t to,
	size_t *start, size_t *end);
/* Adds an edit of bytes [start, end). */
void nd_mend(struct nd_finding *finding, const struct nd_layer *layer, size_t start, size_t end,
	const char *text);
/* Adds the edits that percent-encode what in the user and password of this setting's proxy URL makes node
 * read another URL than is meant, or none. None of them where the meaning is not certain, or where node
 * would still not read just that user, password, host and port. */
void nd_mend_userinfo(const struct nd_facts *f, const struct nd_setting *setting, const char *text,
	struct nd_finding *finding);
/* Whether the line with this secret has to leave its file, because a ${VARIABLE} there would not be expanded:
 * pnpm 10.34 and later, in a project's file. */
bool nd_must_relocate(const struct nd_facts *f, const struct nd_spot *spot);
/* Adds the edits that put the line, with the reference, into the user's file and take it out of its own.
 * Takes the edit that would have moved the secret in its place. None are added where the user's file has
 * another line of that key. */
void nd_relocate(const struct nd_facts *f, const struct nd_spot *spot, struct nd_edit *edit,
	struct nd_finding *finding);
void nd_help_row(struct nd_finding *finding);

/* Why no fix may make npm read a line that it has passed over until now: what protection this value of the
 * key would take away ("npm would ..."). NULL: none. A value with a ${VARIABLE} counts as unknown. */
const char *nd_wake_harm(struct nd_span key, struct nd_span value);
const char *nd_wake_harm_of(struct nd_span key, const struct nd_ini_text *text);
/* The first such reason in the text of a whole file. */
const char *nd_wake_harm_in(struct nd_span bytes, int npm_major);

/* The same edit where it gives the line another key. */
void nd_mend_key(struct nd_finding *finding, const struct nd_layer *layer, size_t start, size_t end,
	const char *text, const char *key);
/* Whether a setting of this key stands in the layer; the text is NUL-terminated. */
bool nd_has_key(const struct nd_layer *layer, const char *key);
/* Whether the value of _auth or _password is base64 of what it should be. */
bool nd_is_coded(struct nd_span base, struct nd_span value);
/* The value as text; empty for null and the like. Owned by the caller. */
char *nd_used_text(const struct nd_setting *setting);

#endif
