#ifndef NPMRC_DOCTOR_LAYER_H
#define NPMRC_DOCTOR_LAYER_H

#include <glib.h>
#include <npmrc-doctor/arena.h>
#include <npmrc-doctor/doc.h>
#include <npmrc-doctor/expand.h>
#include <npmrc-doctor/ini.h>
#include <npmrc-doctor/keys.h>
#include <npmrc-doctor/origin.h>
#include <npmrc-doctor/source.h>
#include <npmrc-doctor/value.h>

/* npm's layers with the origin of every value (@npmcli/config/lib/index.js). Layer DEFAULT stays
 * empty: whoever needs a default asks nd_key_default. */

enum nd_client {
	ND_CLIENT_NPM,
	ND_CLIENT_PNPM,
	ND_CLIENT_YARN,
	ND_CLIENT_BUN,
};
const char *nd_client_name(enum nd_client client);

/* One value of one key in one layer. */
struct nd_setting {
	const struct nd_layer *layer;
	size_t place;             /* in its layer: nd_layer_setting(layer, place) is this one */
	struct nd_span key;       /* as npm names it: unquoted, expanded; a NUL stands behind it */
	struct nd_span raw_key;   /* before expansion */
	const struct nd_key *known; /* its row for this npm, or NULL */
	struct nd_value written;  /* as decoded, before coercion and expansion */
	struct nd_value value;    /* after coercion: what `npm config get` shows in 9 and later */
	struct nd_value used;     /* what reaches the network: value, or for npm 6 and 8 the checked one */
	bool valid;               /* npm's type check accepts it */
	bool deleted;             /* npm's type check took it out of its layer: a weaker one shows through */
	const struct nd_variable *variables; /* references found in `written` */
	size_t n_variables;
	bool unresolved;          /* one of them is not set and not optional */
	struct nd_origin origin;  /* of the line or variable that won inside the layer */
	size_t entry;             /* index of that line's ini entry; SIZE_MAX outside files and for what a
	                             [section] made */
};

struct nd_layer {
	enum nd_layer_id id;
	struct nd_file *file;     /* NULL for cli, env, default */
	struct nd_doc *doc;       /* NULL where there is no readable file */
	struct nd_ini *ini;
	const char *ignored;      /* why a readable file does not count ("same as the user file"), or NULL */
	size_t n_settings;
	struct nd_index *index;   /* of the settings; private */
	struct nd_loader *loader; /* private */
};

struct nd_layers {
	struct nd_arena *arena;
	struct nd_layer layers[ND_LAYER_COUNT]; /* by id; unused ones are empty */
	struct nd_project *project;
	char *project_root;
	char *fatal;              /* npm dies while loading: its message, or NULL */
	struct nd_origin fatal_origin;
	struct nd_loader *loader; /* private */
	/* what they were loaded with, borrowed */
	const struct nd_env *env;
	const struct nd_npm *npm;
	int npm_major;
	enum nd_client client;
	int client_major;         /* of pnpm, yarn or bun; 0 for npm */
	/* Files beside the layers' own, which only other clients read (pnpm's workspace root, yarn's
	 * directories above the project): each has the id of the layer that it counts as. */
	GPtrArray *more;          /* struct nd_layer */
	GPtrArray *order;         /* const struct nd_layer *: all of them, the strongest first */
};

/* The newest version of the client that is known; versions before `oldest` are not. */
int nd_client_newest(enum nd_client client);
int nd_client_oldest(enum nd_client client);
/* Whose decoding and types the client's files are read with. */
int nd_client_npm(enum nd_client client, int client_major);

/* How the client expands ${VARIABLE}. */
enum nd_expand_dialect nd_layers_dialect(const struct nd_layers *layers);

struct nd_layers_options {
	const struct nd_env *env;
	const struct nd_npm *npm;  /* npm->root and builtin may be NULL */
	int npm_major;             /* the version to imitate */
	enum nd_client client;
	int client_major;          /* where the client is not npm */
	const char *userconfig;    /* from our command line: npm's cli layer; NULL: not given */
	const char *globalconfig;
	char *const *settings;     /* more of them: keys and values in turn, ended by NULL; or NULL */
	bool supplied;             /* the client will have the variables that are not set: no file and no run
				    * fails for their lack */
};

/* Reads every layer. Unreadable files are states of their layer, not errors, except those over the
 * cap, which fail with file and reason. Owned by the caller; everything in `o` must outlive it. */
struct nd_layers *nd_layers_load(const struct nd_layers_options *o, GError **err);

/* The one file alone, as layer FILE, without environment or other layers: references are found but
 * neither expanded nor `unresolved`. A file that is missing or cannot be read is an error. */
struct nd_layers *nd_layers_load_file(const struct nd_layers_options *o, const char *path, GError **err);

void nd_layers_free(struct nd_layers *layers);

enum nd_layers_error {
	ND_LAYERS_ERROR_READ, /* a file is there and could not be read (check FILE), or is over the cap */
};
#define ND_LAYERS_ERROR (nd_layers_error_quark())
GQuark nd_layers_error_quark(void);

/* The effective setting of a key from the strongest layer that has it, or NULL where only the default
 * is left. Deleted settings do not count. In npm 8 and later the first layer to be loaded (builtin,
 * cli, env, project, user, global) that sets `globalconfig` is the weakest to have it, as in npm. */
const struct nd_setting *nd_layers_get(const struct nd_layers *layers, const char *key);
/* The key in one layer, or NULL. */
const struct nd_setting *nd_layer_get(const struct nd_layer *layer, const char *key);

/* A layer's settings by their place in the order in which npm visits them. A setting is expanded,
 * converted and checked when it is first asked for, and then stays where it is: most settings of a
 * large file are of no interest to anybody. Owned by the layers. */
const struct nd_setting *nd_layer_setting(const struct nd_layer *layer, size_t place);
/* Its key and what is written, which cost next to nothing. No NUL stands behind the key. */
struct nd_span nd_layer_key(const struct nd_layer *layer, size_t place);
struct nd_value nd_layer_written(const struct nd_layer *layer, size_t place);

/* The next weaker setting of the same key below `setting`, or NULL: what it shadows. */
const struct nd_setting *nd_layers_shadowed(const struct nd_layers *layers,
	const struct nd_setting *setting);
/* Effective settings of all keys in byte order of the key; the array is the caller's, its elements
 * are borrowed. */
GPtrArray *nd_layers_effective(const struct nd_layers *layers);
/* Those alone whose key begins with `head` and ends with `tail`. */
GPtrArray *nd_layers_matching(const struct nd_layers *layers, const char *head, const char *tail);
/* The layer that a setting came from, with file, doc and ini. */
const struct nd_layer *nd_layers_of(const struct nd_layers *layers, const struct nd_setting *setting);

/* A file of the client's own kind that exists (.yarnrc, pnpm-workspace.yaml, pnpm's config.yaml,
 * bunfig.toml), which is not decoded. */
struct nd_beside {
	enum nd_layer_id layer;
	char *path;
	bool sets; /* it names registries, proxies, credentials or trust, or could not be read */
};
/* Those that count here, none for npm. Elements are owned by the array. */
GPtrArray *nd_layers_beside(const struct nd_layers *layers);

/* npm_config_* (@npmcli/config loadEnv): the key that a variable sets, or false. Owned by the arena. */
bool nd_layer_env_key(const char *name, int npm_major, struct nd_arena *arena, struct nd_span *key);

#endif
