#ifndef ND_LAYER_LOAD_H
#define ND_LAYER_LOAD_H

#include <npmrc-doctor/layer.h>

/* What is needed to make settings of what a layer holds, while layers are being loaded and after. */
struct nd_loader {
	struct nd_layers *layers;
	enum nd_expand_dialect dialect;
	struct nd_coerce coerce;  /* env is NULL where npm's own expansion is not the client's */
	const struct nd_env *env; /* NULL: variables are not looked up (a file on its own) */
	bool built_in;		  /* coercion expands: the client is npm */
	bool supplied;		  /* what is not set will be */
	GHashTable *sources;	  /* path -> layer id, for npm's check of double loading */
	GPtrArray *unsettled;	  /* struct nd_setting that were made before all layers were there */
	bool settled;		  /* all layers are there: nd_settings_settle() has been */
	bool checked;		  /* npm uses what its type check has let pass */
	bool written_back;	  /* npm.js has set the scope anew */
	struct nd_span lacks;	  /* the variable for whose lack pnpm drops the file being read */
};

/* index.c: where a layer's settings are. */
struct nd_index {
	struct nd_setting **made; /* by place; NULL: nobody has asked for it yet */
	size_t room;
	/* Where expanding has made other keys of some: the places of all. NULL: a key of the file
	 * has its index as its place. */
	uint32_t *sources;   /* by place: the index of the key in the file */
	uint32_t *places;    /* the reverse; UINT32_MAX: its name is another or it has lost its place */
	GHashTable *sections; /* struct nd_span *: an object's name -> the first section of it + 1; NULL:
				 nobody has asked yet */
	GHashTable *renamed; /* struct nd_span * -> place + 1: keys that the file does not spell like that */
};
#define ND_NO_PLACE UINT32_MAX

/* For at most so many settings that come from no file. */
void nd_index_new(struct nd_layer *layer, size_t room);
/* For what the layer's file decodes to. */
void nd_index_file(struct nd_layer *layer);
/* The place of the file's key at this index, or SIZE_MAX where another has taken it. */
size_t nd_index_place(const struct nd_layer *layer, size_t source);
/* Adds a setting that comes from no file; a later one takes an earlier one's place. Returns the copy. */
struct nd_setting *nd_index_add(struct nd_layer *layer, const struct nd_setting *setting);
void nd_index_free(struct nd_layer *layer);
/* The place of a setting, or ND_NO_PLACE; the index of the file's key there. */
uint32_t nd_index_find(const struct nd_layer *layer, struct nd_span key);
size_t nd_index_source(const struct nd_layer *layer, size_t place);

/* Fill a layer from its decoded file, from npm_config_*, from our command line. */
void nd_settings_from_file(struct nd_loader *l, struct nd_layer *layer);
void nd_settings_from_env(struct nd_loader *l, struct nd_layer *layer);
void nd_settings_from_cli(
	struct nd_loader *l, struct nd_layer *layer, const struct nd_layers_options *o);
/* Settles what each setting comes to on the network, when all layers are there and `checked` is known. */
void nd_settings_settle(struct nd_layers *layers);

/* read.c: reads one file into its layer; false only where it cannot be read whole. */
bool nd_read_layer(struct nd_loader *l, struct nd_layer *layer, const char *path, GError **err);
/* Makes a layer of the bytes that its file has. */
void nd_read_bytes(struct nd_loader *l, struct nd_layer *layer);

/* paths.c: where npm looks for them; owned by the caller. NULL: nowhere. */
char *nd_paths_user(const struct nd_layers *layers);
char *nd_paths_global(struct nd_layers *layers);
/* The user's file where no setting names one. */
char *nd_paths_usual_user(const struct nd_env *env);
/* The path that a setting names, or NULL where it is no string (reading that fails, silently). */
char *nd_paths_named(const struct nd_setting *setting);

/* client_files.c: reads the files of pnpm, yarn and bun. */
bool nd_clients_load(struct nd_loader *l, const struct nd_layers_options *o, GError **err);

/* clients.c: in what the client differs. */
bool nd_clients_expand_keys(const struct nd_loader *l);
/* The key as the client expands it; that of a file on its own stays. */
struct nd_span nd_clients_key(const struct nd_loader *l, struct nd_span raw);
/* Whether the client heeds the variable; `name` is then npm's spelling of it. */
bool nd_clients_heed(const struct nd_layers *layers, const char **name, int *npm_major);
/* Whether the client converts values by npm's table of types. */
bool nd_clients_has_types(const struct nd_layers *layers, struct nd_span key);
/* registry, @scope:registry */
bool nd_clients_names_registry(struct nd_span key);
/* Whether the client takes this setting for an attempt to lure secrets out of the environment, if the layer's
 * file is not the user's. */
bool nd_clients_distrust(const struct nd_layers *layers, const struct nd_layer *layer,
	const struct nd_setting *setting);

/* query.c: what `config.get` answers while npm is still loading, before any type check. NULL: only
 * the default. */
const struct nd_setting *nd_settings_peek(const struct nd_layers *layers, const char *key);

/* fatal.c: npm dies of this. The first reason stays. */
void nd_fatal_set(struct nd_layers *layers, const struct nd_origin *origin, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
/* fatal_checks.c: settings that exclude each other, seen when this layer is loaded after the others. */
void nd_fatal_check_layer(struct nd_layers *layers, const struct nd_layer *layer);
/* How node's messages name a value that is no string ("Received null"); NULL for a string. */
const char *nd_fatal_received(const struct nd_layers *layers, const struct nd_setting *setting);
/* Whether the value is an object that a [section] made: String() of it throws. */
bool nd_fatal_is_section(const struct nd_layers *layers, const struct nd_setting *setting);
/* What npm meets once everything is loaded: sections in place of values, extension-file. */
void nd_fatal_check_all(struct nd_layers *layers);

#endif
