#ifndef ND_LAYER_LOAD_H
#define ND_LAYER_LOAD_H

#include <npmrc-doctor/layer.h>

/* What is needed while layers are being loaded. */
struct nd_loader {
	struct nd_layers *layers;
	enum nd_expand_dialect dialect;
	struct nd_coerce coerce;  /* env is NULL where npm's own expansion is not the client's */
	const struct nd_env *env; /* NULL: variables are not looked up (a file on its own) */
	bool built_in;		  /* coercion expands: the client is npm */
	GHashTable *sources;	  /* path -> layer id, for npm's check of double loading */
};

/* settings.c: fill a layer from its decoded file, from npm_config_*, from our command line. */
void nd_settings_from_file(const struct nd_loader *l, struct nd_layer *layer);
void nd_settings_from_env(const struct nd_loader *l, struct nd_layer *layer);
void nd_settings_from_cli(
	const struct nd_loader *l, struct nd_layer *layer, const struct nd_layers_options *o);
/* Settles what each setting comes to on the network, when all layers are there. */
void nd_settings_settle(struct nd_layers *layers);

/* load.c: reads one file into its layer; false only where it cannot be read whole. */
bool nd_load_file(const struct nd_loader *l, struct nd_layer *layer, const char *path, GError **err);
/* Where npm looks for them; owned by the caller. NULL: nowhere. */
char *nd_load_user_path(const struct nd_layers *layers);
char *nd_load_global_path(struct nd_layers *layers);

/* clients.c: the files of pnpm, yarn and bun. */
bool nd_clients_load(const struct nd_loader *l, const struct nd_layers_options *o, GError **err);
enum nd_expand_dialect nd_clients_dialect(enum nd_client client, int client_major);
/* Whether the client heeds the variable; `name` is then npm's spelling of it. */
bool nd_clients_heed(const struct nd_layers *layers, const char **name, int *npm_major);
/* Whether the client converts values by npm's table of types. */
bool nd_clients_has_types(const struct nd_layers *layers, struct nd_span key);
/* registry, @scope:registry */
bool nd_clients_names_registry(struct nd_span key);
/* Whether the client takes this setting for an attempt to lure secrets out of the environment. */
bool nd_clients_distrust(const struct nd_layers *layers, const struct nd_layer *layer,
	const struct nd_setting *setting);

/* query.c: what `config.get` answers while npm is still loading, before any type check. NULL: only
 * the default. */
const struct nd_setting *nd_settings_peek(const struct nd_layers *layers, const char *key);

/* fatal.c: what makes npm die. The first reason stays. */
void nd_fatal_set(struct nd_layers *layers, const struct nd_origin *origin, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
/* Settings that exclude each other, seen when this layer is loaded after the others. */
void nd_fatal_check_layer(struct nd_layers *layers, const struct nd_layer *layer);
/* How node's messages name a value that is no string ("Received null"); NULL for a string. */
const char *nd_fatal_received(const struct nd_layers *layers, const struct nd_setting *setting);
/* Whether the value is an object that a [section] made: String() of it throws. */
bool nd_fatal_is_section(const struct nd_layers *layers, const struct nd_setting *setting);
/* What npm meets once everything is loaded: sections in place of values, extension-file. */
void nd_fatal_check_all(struct nd_layers *layers);

#endif
