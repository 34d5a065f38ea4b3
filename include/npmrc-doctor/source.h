#ifndef NPMRC_DOCTOR_SOURCE_H
#define NPMRC_DOCTOR_SOURCE_H

#include <glib.h>
#include <npmrc-doctor/env.h>
#include <npmrc-doctor/file.h>
#include <npmrc-doctor/path.h>
#include <npmrc-doctor/span.h>
#include <stdbool.h>

/* The only reader of files and of the environment. Everything behind it works on what it read. */

/* Larger files are refused whole, never cut. npm has no limit. */
#define ND_SOURCE_MAX_FILE ((size_t)64 * 1024 * 1024)

enum nd_read_state {
	ND_READ_OK,
	ND_READ_MISSING,   /* ENOENT, ENOTDIR */
	ND_READ_DIRECTORY,
	ND_READ_DENIED,    /* EACCES, EPERM */
	ND_READ_SPECIAL,   /* FIFO, socket, device: not opened */
	ND_READ_TOO_BIG,   /* over the cap */
	ND_READ_FAILED,    /* anything else; see error */
};

/* One file, read once. */
struct nd_file {
	char *path;               /* absolute, as npm would name it */
	enum nd_read_state state;
	int error;                /* errno of the failure, or 0 */
	char *bytes;              /* size bytes and a NUL; NULL unless OK; wiped on free */
	size_t size;
	struct nd_file_id id;     /* of the file itself, links followed */
	bool symlink;             /* path itself is a symbolic link */
};

/* Reads a file of at most `max` bytes. Never NULL: a failure is a state. Owned by the caller. */
struct nd_file *nd_file_read(const char *path, size_t max);
void nd_file_free(struct nd_file *file);

/* One phrase that says why the file was not read ("is a directory"); NULL when it was or is missing. */
const char *nd_read_state_reason(enum nd_read_state state);

/* Snapshot of this process's environment. `cwd` NULL: the current directory. Fails where the directory
 * cannot be entered. */
struct nd_env *nd_env_snapshot(const char *cwd, GError **err);
/* The same from a list of NAME=VALUE strings, for tests and for simulation. */
struct nd_env *nd_env_from(const char *const *strings, const char *cwd);
void nd_env_free(struct nd_env *env);

/* The npm and the node that PATH leads to, found without running either. Absent facts are NULL or 0. */
struct nd_npm {
	char *root;         /* npm's own directory (holds package.json), symlinks resolved */
	char *version;      /* "11.6.0" from its package.json; NULL: no npm found */
	int major;          /* 0: no npm found */
	char *node;         /* resolved path of the node executable on PATH */
	char *node_version; /* "20.20.2" where it can be told without running node, else NULL */
	char *builtin;      /* <root>/npmrc */
	char *prefix;       /* default global prefix: PREFIX, else dirname(dirname(node)), DESTDIR before it */
};
struct nd_npm *nd_npm_find(const struct nd_env *env);
void nd_npm_free(struct nd_npm *npm);

/* npm's local prefix: the nearest ancestor of cwd with package.json or node_modules, else cwd; a
 * workspace member gives way to its workspace root (@npmcli/config loadLocalPrefix, map-workspaces). */
struct nd_project {
	char *root;
	char *ignored_npmrc; /* a workspace member's .npmrc that does not count, or NULL */
};
struct nd_project *nd_project_find(const struct nd_env *env, bool workspaces);
void nd_project_free(struct nd_project *project);

#endif
