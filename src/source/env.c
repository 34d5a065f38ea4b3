#include <npmrc-doctor/source.h>

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

extern char **environ;

/* node's os.homedir(): HOME even where it is empty, else the passwd entry (libuv's uv_os_homedir).
 */
static char *find_home(const struct nd_env *env)
{
	const char *home = nd_env_get(env, "HOME");
	const struct passwd *entry;

	if (home != NULL)
		return g_strdup(home);
	entry = getpwuid(geteuid());
	return entry != NULL && entry->pw_dir != NULL ? g_strdup(entry->pw_dir) : NULL;
}

struct nd_env *nd_env_from(const char *const *strings, const char *cwd)
{
	struct nd_env *env = g_new0(struct nd_env, 1);
	size_t n = 0;

	while (strings[n] != NULL)
		n++;
	env->vars = g_new0(struct nd_env_var, n + 1);
	for (size_t i = 0; i < n; i++) {
		const char *equals = strchr(strings[i], '=');

		/* process.env has no entry without '='. */
		if (equals == NULL)
			continue;
		env->vars[env->n].name = g_strndup(strings[i], (gsize)(equals - strings[i]));
		env->vars[env->n].value = g_strdup(equals + 1);
		env->n++;
	}
	env->cwd = g_strdup(cwd);
	env->home = find_home(env);
	return env;
}

/* The physical path, as process.cwd() of an npm that was started there has it. */
static char *enter(const char *cwd, GError **err)
{
	char *path = cwd != NULL ? realpath(cwd, NULL) : getcwd(NULL, 0);
	struct stat st;
	int error = 0;

	if (path == NULL)
		error = errno;
	else if (cwd != NULL && (stat(path, &st) < 0 || access(path, X_OK) < 0))
		error = errno;
	else if (cwd != NULL && !S_ISDIR(st.st_mode))
		error = ENOTDIR;
	if (error == 0)
		return path;
	free(path);
	g_set_error(err, G_FILE_ERROR, (gint)g_file_error_from_errno(error),
		"cannot enter '%s': %s", cwd != NULL ? cwd : ".", g_strerror(error));
	return NULL;
}

struct nd_env *nd_env_snapshot(const char *cwd, GError **err)
{
	static const char *const none[] = {NULL};
	char *path = enter(cwd, err);
	struct nd_env *env;

	if (path == NULL)
		return NULL;
	env = nd_env_from(environ != NULL ? (const char *const *)environ : none, path);
	free(path);
	return env;
}

void nd_env_free(struct nd_env *env)
{
	if (env == NULL)
		return;
	for (size_t i = 0; i < env->n; i++) {
		g_free(env->vars[i].name);
		g_free(env->vars[i].value);
	}
	g_free(env->vars);
	g_free(env->cwd);
	g_free(env->home);
	g_free(env);
}
