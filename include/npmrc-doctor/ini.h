#ifndef NPMRC_DOCTOR_INI_H
#define NPMRC_DOCTOR_INI_H

#include <npmrc-doctor/arena.h>
#include <npmrc-doctor/doc.h>
#include <npmrc-doctor/value.h>
#include <stdbool.h>

/* npm's decoding of an .npmrc: ini/lib/ini.js (1.x in npm 6, 3 in 8, 4 in 9, 5 in 10, 6 in 11, 7 in 12). */

/* How the text of one key or value was read. */
struct nd_ini_text {
	struct nd_value value;     /* after unquoting, unescaping, true/false/null */
	size_t start, end;         /* byte offsets in the document of what npm uses, quotes included */
	size_t cut;                /* offset of the unquoted, unescaped # or ; that ends it; 0: none */
	char quote;                /* '"' or '\'' where both ends have it and it was taken off, else 0 */
	char open_quote;           /* a quote that opens and does not close, else 0 */
	bool plain;                /* the value is bytes [start, end) of the document as they are */
};

/* One line that has a key, in file order. */
struct nd_ini_entry {
	size_t line;               /* index into the document's lines */
	struct nd_span key;        /* decoded key, without [] */
	bool list;                 /* key[] form */
	bool dropped;              /* __proto__, or under a section: npm sees no setting here */
	const char *section;       /* the section it stands under, NULL at the top */
	struct nd_ini_text key_text;
	struct nd_ini_text text;   /* BARE: the boolean true, start == end */
};

/* One top-level key, as the object that ini.parse returns has it. */
struct nd_ini_key {
	struct nd_span key;
	struct nd_value value;     /* arrays assembled, duplicates resolved */
	const size_t *entries;     /* indices of the entries that set it, in file order */
	size_t n_entries;
};

struct nd_ini;

/* Decodes for npm of this major version. The document must outlive the result. Owned by the caller. */
struct nd_ini *nd_ini_decode(const struct nd_doc *doc, int npm_major);
void nd_ini_free(struct nd_ini *ini);

size_t nd_ini_entry_count(const struct nd_ini *ini);
const struct nd_ini_entry *nd_ini_entry(const struct nd_ini *ini, size_t index);
/* Top-level keys in the order in which JavaScript's for-in visits them. */
size_t nd_ini_key_count(const struct nd_ini *ini);
const struct nd_ini_key *nd_ini_key(const struct nd_ini *ini, size_t index);
const struct nd_ini_key *nd_ini_find(const struct nd_ini *ini, struct nd_span key);
/* The same piece by piece, for large files: a struct nd_ini_key wants all entries sorted by key. The
 * index of a key, or SIZE_MAX; its name, its value, and the last entry that set it (SIZE_MAX: none). */
size_t nd_ini_index(const struct nd_ini *ini, struct nd_span key);
struct nd_span nd_ini_name(const struct nd_ini *ini, size_t index);
struct nd_value nd_ini_value(const struct nd_ini *ini, size_t index);
size_t nd_ini_last_entry(const struct nd_ini *ini, size_t index);
/* Whether a top-level key has a $, so that expansion may make another key of it. */
bool nd_ini_has_dollar(const struct nd_ini *ini);
/* Sections: names in file order (a section named like a setting makes npm 8 and later die). */
size_t nd_ini_section_count(const struct nd_ini *ini);
const char *nd_ini_section(const struct nd_ini *ini, size_t index, size_t *line);
/* The text of an exception with which npm's loading dies ('null' as a key), or NULL. */
const char *nd_ini_fatal(const struct nd_ini *ini, size_t *line);

/* Maps byte `at` of the decoded value of a text back to the offset in the document that produced it;
 * at == length gives the offset behind the last one. */
size_t nd_ini_offset(const struct nd_doc *doc, const struct nd_ini_text *text, size_t at);

/* Writes a value so that ini decodes it to exactly these bytes when put behind "key = ": bare where
 * that is right, else escaped or quoted. Returns false where no spelling exists. */
bool nd_ini_encode(struct nd_span value, int npm_major, GString *out);

/* The same inside the quoting that `like` has, which stays: false where it takes no such value. */
bool nd_ini_encode_like(struct nd_span value, const struct nd_ini_text *like, GString *out);

#endif
