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
	char *bytes;              /* size bytes and a NUL; NULL unless OK */
	size_t size;
	struct nd_file_id id;     /* of the file itself, links followed */
	bool symlink;             /* path itself is a symbolic link */
};

/* Reads a file of at most `max` bytes. Never NULL: a failure is a state. Owned by the caller. */
struct nd_file *nd_file_read(const char *path, size_t max);
void nd_file_free(struct nd_file *file);

/* Whether a program that opens it gets another error than that it does not exist (ENOENT). */
bool nd_file_refuses(const struct nd_file *file);

/* One phrase that says why the file was not read ("is a directory", or the text of its errno); NULL when it
 * was or is missing. */
const char *nd_file_reason(const struct nd_file *file);

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
	bool node_is_local; /* by a relative element of PATH: the folder at hand may be anybody's, so it is not run */
	char *node_version; /* "20.20.2" where it can be told without running node, else NULL */
	char *builtin;      /* <root>/npmrc */
	char *prefix;       /* default global prefix: PREFIX, else dirname(dirname(node)), DESTDIR before it */
};
/* The first executable of that name on `path`. An empty element is the working directory, as relative ones
 * start from it; `cwd` NULL passes them over. NULL: there is none. */
char *nd_program_find(const char *path, const char *cwd, const char *name);
struct nd_npm *nd_npm_find(const struct nd_env *env);
void nd_npm_free(struct nd_npm *npm);

/* npm's local prefix: the nearest ancestor of cwd with package.json or node_modules, else cwd; a
 * workspace member gives way to its workspace root (@npmcli/config loadLocalPrefix, map-workspaces). */
struct nd_project {
	char *root;
	char *ignored_npmrc; /* a workspace member's .npmrc that does not count, or NULL */
	char *broken;        /* the package.json above whose "workspaces" npm dies of, or NULL */
	const char *reason;  /* static: what npm says of it */
};
struct nd_project *nd_project_find(const struct nd_env *env, bool workspaces);
void nd_project_free(struct nd_project *project);
/* Whether the project at this root is pnpm's: it has pnpm-lock.yaml, package.json names pnpm as its
 * packageManager, or it lies below a pnpm-workspace.yaml. */
bool nd_project_is_pnpm(const char *root);
/* The major version of the pnpm that this program is, by the package.json above the file behind links; 0
 * where there is none of pnpm's. */
int nd_pnpm_major(const char *program);

/* What git says about a file. */
enum nd_git_state {
	ND_GIT_UNKNOWN,   /* not asked, or no work tree */
	ND_GIT_SILENT,    /* in a work tree, and no answer: no git, none in time, or git refuses */
	ND_GIT_TRACKED,
	ND_GIT_UNTRACKED, /* in a work tree, not tracked and not ignored */
	ND_GIT_IGNORED,
};
/* Runs git (found by the absolute elements of PATH, no shell, none of the caller's GIT_* variables, no program that the
 * repository names, no network, at most two seconds for each of three questions). */
enum nd_git_state nd_git_ask(const char *path);
/* The work tree that the file lies in: the nearest folder above it, on the same file system, that has a repository
 * in .git or a file of that name, or NULL. Runs nothing.
 * Owned by the caller. */
char *nd_git_work_tree(const char *path);
/* The same as nd_git_ask for the .npmrc files of one work tree, with at most two runs of git for all of
 * them, of at most twenty seconds each, and one of two where they give no answer. Paths are absolute and
 * begin with `root`; one state for each. */
void nd_git_ask_all(const char *root, char *const *paths, size_t n, enum nd_git_state *states);

/* Whether it is a regular file, links followed. */
bool nd_file_exists(const char *path);
/* The nearest directory, `start` first and then upwards, that holds the file, or NULL. Owned by the caller. */
char *nd_file_find_upwards(const char *start, const char *name);
/* The regular files in `dir` whose names people give to what should be .npmrc (.npmrc.txt, _npmrc,
 * npmrc, npmrc.txt): char *, absolute. */
GPtrArray *nd_misnamed_find(const char *dir);

/* A host from which package-lock.json resolves registry packages. */
struct nd_lock_host {
	char *host;    /* host[:port], lower case */
	char *package; /* the first one, in the file's order */
	size_t count;
	unsigned line, column, end_column; /* of the host in the first one's "resolved"; 0: not found */
};
struct nd_lockfile {
	char *path;
	GPtrArray *hosts; /* struct nd_lock_host, in the file's order */
};
/* npm-shrinkwrap.json, else package-lock.json of the directory (lockfileVersion 1 to 3). Dependencies
 * that are given as URLs do not count. NULL where there is none that can be read. */
struct nd_lockfile *nd_lockfile_read(const char *dir);
void nd_lockfile_free(struct nd_lockfile *lockfile);

/* The packages that the package.json of the directory asks a registry for: char *, in its order. */
GPtrArray *nd_dependencies_read(const char *dir);
/* The registries to which it says it is published (publishConfig): char *, as they stand there. */
GPtrArray *nd_publish_registries_read(const char *dir);

/* This machine's TCP sockets, by the kernel's numbers of their states, and the range of local ports. */
#define ND_SOCKET_STATES 13
struct nd_sockets {
	size_t states[ND_SOCKET_STATES];
	size_t in_range; /* with a local port of the range */
	unsigned low, high;
};
struct nd_sockets nd_sockets_count(void);
/* "TIME_WAIT"; NULL for a number that stands for none. */
const char *nd_socket_state_name(size_t state);

/* The regular files of a directory whose names apt would read (apt.conf(5)), in its order: char *,
 * absolute. */
GPtrArray *nd_apt_parts(const char *dir);

/* What the desktop's settings say about reaching the URL: addresses of proxies (char *), by way of
 * libproxy, which is loaded here and now. Empty where there is none or it is silent for so long: it may
 * look for a PAC file in the network. Owned by the caller. */
GPtrArray *nd_desktop_proxies(const char *url, double patience_s);

#endif
