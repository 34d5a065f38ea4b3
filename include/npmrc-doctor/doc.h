#ifndef NPMRC_DOCTOR_DOC_H
#define NPMRC_DOCTOR_DOC_H

#include <glib.h>
#include <npmrc-doctor/span.h>
#include <stdbool.h>
#include <stdint.h>

/* A file's bytes, and the lines that tile them without a gap. Law: a document without splices writes
 * back the same bytes, whatever they are. The grammar is that of npm's ini (ini/lib/ini.js). */

enum nd_line_kind {
	ND_LINE_BLANK,
	ND_LINE_COMMENT, /* ^\s*[;#] */
	ND_LINE_SECTION, /* [name]; key is the name */
	ND_LINE_BARE,    /* key without = */
	ND_LINE_PAIR,    /* key = value */
	ND_LINE_IGNORED, /* npm's grammar has no place for it: "=v", U+2028 in the value */
};

/* Byte offsets into the document: start <= key_start <= key_end <= value_start <= value_end <= eol <=
 * end. Key and value are trimmed as JavaScript's trim() does; quotes and comments still belong to them.
 * Empty parts have start == end. The next line starts at `end`. */
struct nd_line {
	uint32_t start;
	uint32_t key_start, key_end;
	uint32_t value_start, value_end;
	uint32_t eol; /* where the line end (CR, LF, CRLF) begins */
	uint32_t end;
	uint32_t kind; /* enum nd_line_kind */
};

struct nd_doc;

/* Splits the bytes, which must outlive the document; at most UINT32_MAX of them. `strict_sections`:
 * npm 6 and 8 (ini before 4), where white space after [name] makes it a key. Owned by the caller. */
struct nd_doc *nd_doc_new(struct nd_span bytes, bool strict_sections);
void nd_doc_free(struct nd_doc *doc);

struct nd_span nd_doc_bytes(const struct nd_doc *doc);
size_t nd_doc_count(const struct nd_doc *doc);
/* Whether a NUL byte stands somewhere. Looks for one the first time only. */
bool nd_doc_has_nul(const struct nd_doc *doc);
/* Line number `index` + 1 as editors count: CRLF, LF and a lone CR each end a line. */
const struct nd_line *nd_doc_line(const struct nd_doc *doc, size_t index);
/* The same as a copy. For a walk over all lines: what nd_doc_line returned stays in memory. */
void nd_doc_read_line(const struct nd_doc *doc, size_t index, struct nd_line *out);
/* The index of the line that holds the byte at `offset`. */
size_t nd_doc_line_at(const struct nd_doc *doc, size_t offset);

/* Replaces bytes [start, end) by text. */
struct nd_splice {
	size_t start, end;
	struct nd_span text;
};

/* The bytes with the splices applied, owned by the caller. NULL where two splices overlap or one lies outside.
 * Order does not matter. */
GString *nd_doc_splice(const struct nd_doc *doc, const struct nd_splice *splices, size_t n);

/* Whether the character at p (UTF-8, at most n bytes) is white space to JavaScript's trim(); returns
 * its length in bytes, 0 if not. */
size_t nd_doc_white(const char *p, size_t n);

/* JavaScript's trim(): the part of the text without white space at both ends. */
struct nd_span nd_doc_trim(struct nd_span text);

#endif
