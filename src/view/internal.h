#ifndef ND_VIEW_INTERNAL_H
#define ND_VIEW_INTERNAL_H

#include <npmrc-doctor/view.h>

/* All answers here are npm's. Where another client reads the same files differently, the branch on
 * layers->client belongs into the file that holds npm's answer. */
struct nd_view {
	const struct nd_layers *layers;
	struct nd_arena *arena; /* texts that the answers borrow */
	GPtrArray *registries;	/* struct nd_registry, owned */
	struct nd_registry *plain; /* what `registry` names, whatever `scope` says; owned */
	GPtrArray *files;	/* struct nd_file, owned: cafile, NODE_EXTRA_CA_CERTS */
	struct nd_trust trust;
	int node_major;		/* of the node at hand; 0: unknown */
};

/* The URL as the node at hand parses it, or NULL. Owned by the caller. */
struct nd_url *nd_view_url(const struct nd_view *view, const char *text);

/* The effective setting of a key as npm's flat options have it, or NULL: a value that the type
 * check has deleted lets the next weaker layer through. */
const struct nd_setting *nd_view_find(const struct nd_view *view, const char *key);
/* The same where its value is true to JavaScript, else NULL. */
const struct nd_setting *nd_view_truthy(const struct nd_view *view, const char *key);
/* String(value) of what npm uses, owned by the view. */
const char *nd_view_text(const struct nd_view *view, const struct nd_setting *setting);
/* The environment that the layers were loaded with; an empty one for a file on its own. */
const struct nd_env *nd_view_env(const struct nd_view *view);

/* The first variable of just this name, or NULL. */
const struct nd_env_var *nd_view_variable(const struct nd_env *env, const char *name);

/* What pnpm, yarn and bun do in the place of npm's choice of a proxy: setting or variable and text are
 * filled, noproxy's entries added. Returns whether the host is exempt. */
bool nd_client_choose_proxy(const struct nd_view *view, const struct nd_url *url, struct nd_proxy *out);

/* Fills view->registries and view->plain; frees them. */
void nd_view_load_registries(struct nd_view *view);
void nd_view_free_registries(struct nd_view *view);
/* Fills view->trust. */
void nd_view_load_trust(struct nd_view *view);

/* Appends what became of each entry of the comma-separated list; whether one matched. */
bool nd_noproxy_add(
	GPtrArray *out, const struct nd_noproxy *source, struct nd_span list, const char *host);
/* Marks what was added from `first` on as never looked at. */
void nd_noproxy_cancel(GPtrArray *out, guint first, const char *why);
void nd_noproxy_free(struct nd_noproxy *entry);

/* Buffer.from(text, 'base64'): skips what is no digit, ends at '='. Owned by the caller. */
GString *nd_base64_decode(struct nd_span text);
/* Appends the bytes as Buffer.toString('utf8') shows them. */
void nd_utf8_append(GString *out, struct nd_span bytes);

/* The file layers whose documents are to be searched, in npm's order, each file once. */
GPtrArray *nd_view_file_layers(const struct nd_view *view);

/* Where a secret could stand. */
struct nd_place {
	enum nd_spot_kind kind;
	struct nd_span key;    /* last part of the key */
	struct nd_span prefix; /* what stands before it, without the colon */
};
/* Whether values of this key hold a secret, whole or (URL kinds) in part. */
bool nd_place_of(struct nd_span key, struct nd_place *out);
bool nd_place_is_url(const struct nd_place *place);
/* The location of a spot or reference; `value` is the expanded value of URL kinds. Owned by the
 * caller. */
char *nd_place_location(
	const struct nd_place *place, const struct nd_view *view, struct nd_span value);

struct nd_expansion nd_view_expand(const struct nd_view *view, struct nd_span text);
/* Whether the entry is one item of an array. */
bool nd_view_in_list(const struct nd_layer *layer, const struct nd_ini_entry *entry);

/* Whether the host that npm finds is a piece of the password, or the user. setting: NULL where the URL stands in
 * no file. */
bool nd_view_is_torn(const struct nd_setting *setting, enum nd_spot_kind kind, const struct nd_url *url);
/* The same for a secret that is to be moved, where any doubt counts. */
bool nd_may_be_torn(enum nd_spot_kind kind, struct nd_span text, const struct nd_doc *doc,
	const struct nd_ini_entry *entry);

/* A name for the spot that neither the spots before it nor the references in the files have. */
char *nd_spot_name(const struct nd_spot *spot, const GPtrArray *spots, GHashTable *taken);

#endif
