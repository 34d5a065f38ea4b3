#include "deliver/words.h"

#include <npmrc-doctor/deliver.h>
#include <npmrc-doctor/path.h>
#include <stdlib.h>

enum program { OTHER, NPM, NPX, PNPM, PNPX, YARN, BUN };

static enum program program_of(const char *name)
{
	static const struct {
		const char *name;
		enum program program;
	} names[] = {
		{"npm", NPM},
		{"npm-cli.js", NPM},
		{"npx", NPX},
		{"npx-cli.js", NPX},
		{"pnpm", PNPM},
		{"pnpm.cjs", PNPM},
		{"pnpm.mjs", PNPM},
		{"pnpx", PNPX},
		{"pnpx.cjs", PNPX},
		{"pnpx.mjs", PNPX},
		{"yarn", YARN},
		{"yarnpkg", YARN},
		{"yarn.js", YARN},
		{"bun", BUN},
		{"bunx", BUN},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_str_equal(names[i].name, name))
			return names[i].program;
	return OTHER;
}

static enum nd_client client_of(enum program program)
{
	switch (program) {
	case PNPM:
	case PNPX:
		return ND_CLIENT_PNPM;
	case YARN:
		return ND_CLIENT_YARN;
	case BUN:
		return ND_CLIENT_BUN;
	default:
		return ND_CLIENT_NPM;
	}
}

/* The file that execvp would run, and what it is: by its name, else by that of the file behind
 * links. */
static enum program find_program(const char *command, char **file)
{
	g_autofree char *found = g_find_program_in_path(command);
	g_autofree char *name = g_path_get_basename(command);
	enum program program = program_of(name);
	char *real = found ? realpath(found, NULL) : NULL;

	*file = g_strdup(found);
	if (program == OTHER && real) {
		g_autofree char *real_name = g_path_get_basename(real);

		program = program_of(real_name);
		if (program != OTHER) {
			g_free(*file);
			*file = g_strdup(real);
		}
	}
	free(real);
	return program;
}

/* Where COMMAND is not the npm on PATH, a PATH on which it is. */
static char *path_to(const struct nd_env *env, const char *command, const char *file)
{
	const char *path = nd_env_get(env, "PATH");
	g_autofree char *dir = g_path_get_dirname(file);
	g_autofree char *name = g_path_get_basename(command);

	if (!strchr(command, '/') && program_of(name) != OTHER)
		return NULL;
	return path ? g_strconcat(dir, ":", path, NULL) : g_strdup(dir);
}

static int npm_major_on(const struct nd_env *env, const char *path)
{
	g_autofree char *variable =
		g_strconcat("PATH=", path ? path : nd_env_get(env, "PATH"), NULL);
	struct nd_env *only = nd_env_from((const char *const[]){variable, NULL}, env->cwd);
	struct nd_npm *npm = nd_npm_find(only);
	int major = npm->major;

	nd_npm_free(npm);
	nd_env_free(only);
	return major;
}

static const char *judge_npm(enum program program, int major, const struct nd_words *words)
{
	if (major < 9)
		return "it is not an npm 9 or later that can be recognised";
	if (program == NPM && words->verb && nd_words_npm_needs_environment(words->verb, major))
		return "this npm command runs the project's own scripts or writes the user's file";
	return NULL;
}

/* pnpm 11 and later read the user's file from where these say. */
static bool has_pnpm_file(const struct nd_env *env)
{
	for (size_t i = 0; i < env->n; i++)
		if (*env->vars[i].value &&
			(g_ascii_strcasecmp(env->vars[i].name, "pnpm_config_userconfig") == 0 ||
				g_ascii_strcasecmp(
					env->vars[i].name, "pnpm_config_npmrc_auth_file") == 0))
			return true;
	return false;
}

/* pnpm replaces itself with the version that package.json wants, which would open the file again.
 */
static bool wants_other_pnpm(const struct nd_env *env)
{
	static const char name[] = "\"packageManager\"";
	char *dir = g_strdup(env->cwd);
	bool found = false;

	for (; dir && !found; dir = nd_path_parent(dir)) {
		g_autofree char *path = g_build_filename(dir, "package.json", NULL);
		struct nd_file *file = nd_file_read(path, ND_SOURCE_MAX_FILE);

		found = file->bytes && memmem(file->bytes, file->size, name, sizeof(name) - 1);
		nd_file_free(file);
	}
	g_free(dir);
	return found;
}

static const char *judge_pnpm(
	enum program program, const struct nd_env *env, const struct nd_words *words)
{
	if (has_pnpm_file(env))
		return "a PNPM_CONFIG_ variable names the user's file for pnpm";
	if (program == PNPM && (!words->verb || !nd_words_pnpm_takes_file(words->verb)))
		return "this pnpm command runs the project's own scripts, writes the user's file "
		       "or runs npm";
	if (wants_other_pnpm(env))
		return "package.json names a packageManager, and pnpm may start another pnpm";
	return NULL;
}

static bool names_user_file(const struct nd_words *words)
{
	for (guint i = 0; i < words->settings->len; i += 2)
		if (g_str_equal(words->settings->pdata[i], "userconfig"))
			return true;
	return false;
}

static const char *judge(
	enum program program, const struct nd_env *env, char *const *command, struct nd_call *out)
{
	bool npm = program == NPM || program == NPX, pnpm = program == PNPM || program == PNPX;
	int major = npm ? npm_major_on(env, out->path) : 0;
	struct nd_words words;
	const char *reason;

	if (program == OTHER)
		return "COMMAND is neither npm nor pnpm";
	if (npm)
		nd_words_read_npm(command + 1, major ? major : ND_NPM_NEWEST, program == NPX, &words);
	else
		nd_words_read(command + 1, &words);
	out->dialect = npm ? nd_expand_dialect_of_npm(major) :
		g_strcmp0(out->version, "10") == 0 ? ND_EXPAND_PNPM10 : ND_EXPAND_PNPM12;
	if (!npm && !pnpm)
		reason = "COMMAND is neither npm nor pnpm";
	else if (names_user_file(&words))
		reason = "COMMAND itself names the user's file";
	else
		reason = npm ? judge_npm(program, major, &words) : judge_pnpm(program, env, &words);
	out->dir = g_steal_pointer(&words.dir);
	g_ptr_array_add(words.settings, NULL);
	out->settings = (char **)g_ptr_array_steal(words.settings, NULL);
	nd_words_release(&words);
	return reason;
}

/* The known version that is nearest to this pnpm's. */
static char *pnpm_version(const char *file)
{
	int major = nd_pnpm_major(file);

	if (!major)
		return NULL;
	return g_strdup_printf(
		"%d", CLAMP(major, nd_client_oldest(ND_CLIENT_PNPM), nd_client_newest(ND_CLIENT_PNPM)));
}

void nd_call_read(const struct nd_env *env, char *const *command, struct nd_call *out)
{
	g_autofree char *file = NULL;
	enum program program = find_program(command[0], &file);

	*out = (struct nd_call){.known = program != OTHER, .client = client_of(program)};
	if (file && (program == NPM || program == NPX))
		out->path = path_to(env, command[0], file);
	else if (file && (program == PNPM || program == PNPX))
		out->version = pnpm_version(file);
	out->reason = judge(program, env, command, out);
	out->takes_file = !out->reason;
}

void nd_call_release(struct nd_call *call)
{
	g_free(call->version);
	g_free(call->path);
	g_free(call->dir);
	g_strfreev(call->settings);
	*call = (struct nd_call){0};
}
