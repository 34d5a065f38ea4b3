#include <npmrc-doctor/layer.h>
#include <npmrc-doctor/path.h>

/* The other clients' own files. Each of them beats every .npmrc in what it sets (yarn: but for `registry`,
 * where the .npmrc wins), seen with yarn 1.22, pnpm 10 and 12 and bun 1.4. They are searched for the names
 * that matter, not decoded: a name in a comment counts as one that is set. */
#define NAMES "(?i)(?<![\\w-])(registr(y|ies)|((https?|no)[-_]?)?proxy|strict[-_]?ssl|cafile|ca|cert|key|scopes|" \
	"token|//[^\\s\"']*)[\"']?[\\s:=\\]]"

static void beside_free(gpointer data)
{
	struct nd_beside *beside = data;

	g_free(beside->path);
	g_free(beside);
}

static bool holds_names(const struct nd_file *file)
{
	g_autoptr(GRegex) names = g_regex_new(NAMES, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);

	return g_regex_match_full(names, file->bytes, (gssize)file->size, 0, 0, NULL, NULL);
}

/* Takes the file where there is one. */
static void add(GPtrArray *out, enum nd_layer_id layer, const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	struct nd_file *file;
	struct nd_beside *beside;

	for (guint i = 0; i < out->len; i++)
		if (g_str_equal(((const struct nd_beside *)out->pdata[i])->path, path))
			return;
	if (!nd_file_exists(path))
		return;
	file = nd_file_read(path, ND_SOURCE_MAX_FILE);
	beside = g_new0(struct nd_beside, 1);
	beside->layer = layer;
	beside->path = g_steal_pointer(&path);
	beside->sets = file->state != ND_READ_OK || holds_names(file);
	nd_file_free(file);
	g_ptr_array_add(out, beside);
}

/* The file in every directory from `start` to the root, or in the nearest one that has it. */
static void add_upwards(GPtrArray *out, const char *start, const char *name, bool all)
{
	char *dir = g_strdup(start);

	for (guint before = out->len; dir && (all || out->len == before); dir = nd_path_parent(dir))
		add(out, ND_LAYER_PROJECT, dir, name);
	g_free(dir);
}

GPtrArray *nd_layers_beside(const struct nd_layers *layers)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(beside_free);
	const struct nd_env *env = layers->env;
	const char *home = env && env->home && *env->home ? env->home : NULL;
	const char *xdg = env ? nd_env_get(env, "XDG_CONFIG_HOME") : NULL;
	g_autofree char *config = xdg && *xdg ? nd_path_resolve(env->cwd, xdg) :
		home ? g_build_filename(home, ".config", NULL) : NULL;

	if (!env || !layers->project_root)
		return out;
	if (layers->client == ND_CLIENT_YARN) {
		add_upwards(out, layers->project_root, ".yarnrc", true);
		if (home)
			add(out, ND_LAYER_USER, home, ".yarnrc");
	} else if (layers->client == ND_CLIENT_PNPM) {
		add_upwards(out, env->cwd, "pnpm-workspace.yaml", false);
		if (config && layers->client_major > 10)
			add(out, ND_LAYER_USER, config, "pnpm/config.yaml");
	} else if (layers->client == ND_CLIENT_BUN) {
		add(out, ND_LAYER_PROJECT, layers->project_root, "bunfig.toml");
		if (home)
			add(out, ND_LAYER_USER, xdg && *xdg ? config : home, ".bunfig.toml");
	}
	return out;
}
