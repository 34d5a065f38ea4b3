#include <npmrc-doctor/child.h>
#include <npmrc-doctor/hash.h>
#include <npmrc-doctor/path.h>
#include <npmrc-doctor/source.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE_MS 2000
/* For all files of a work tree at once. */
#define LONG_PATIENCE_MS 20000
#define MAX_OUTPUT ((gsize)64 * 1024 * 1024)

extern char **environ;

/* The caller's GIT_DIR and the like would have git speak of another repository. And no repository may have git
 * fetch what it lacks, by a program that its configuration names. */
static char **clean_environment(void)
{
	g_autoptr(GPtrArray) out = g_ptr_array_new();

	for (char **entry = environ; entry && *entry; entry++)
		if (!g_str_has_prefix(*entry, "GIT_"))
			g_ptr_array_add(out, g_strdup(*entry));
	g_ptr_array_add(out, g_strdup("GIT_OPTIONAL_LOCKS=0"));
	g_ptr_array_add(out, g_strdup("GIT_TERMINAL_PROMPT=0"));
	g_ptr_array_add(out, g_strdup("GIT_NO_LAZY_FETCH=1"));
	g_ptr_array_add(out, g_strdup("GIT_ALLOW_PROTOCOL=none")); /* for a git that does not know the one above */
	g_ptr_array_add(out, NULL);
	return (char **)g_ptr_array_steal(out, NULL);
}

/* What git shall read, or -1 for nothing, and where what it writes goes, or NULL. */
struct streams {
	int in;
	GString *out;
};

/* What a folder offers as git, by a relative element of PATH, is not run: it may be anybody's. */
static int run(char *const *argv, const struct streams *streams, unsigned patience_ms)
{
	g_autofree char *git = nd_program_find(g_environ_getenv(environ, "PATH"), NULL, "git");
	g_auto(GStrv) env = clean_environment();
	g_autoptr(GString) unread = g_string_new(NULL);
	struct nd_child child = { .path = git, .argv = argv, .env = env, .in = streams->in };
	gint64 until = g_get_monotonic_time() + patience_ms * G_TIME_SPAN_MILLISECOND;
	bool whole;
	int status;

	if (!git || nd_child_start(&child) != 0)
		return -1;
	whole = nd_child_read(child.out, until, MAX_OUTPUT, streams->out ? streams->out : unread);
	status = nd_child_end(child.pid, whole ? until : 0);
	close(child.out);
	return whole ? status : -1;
}

/* Whether ls-files with these options lists the file: 0 yes, 1 no, anything else unknown. */
static int lists(const char *path, bool others)
{
	g_autofree char *dir = g_path_get_dirname(path);
	g_autofree char *name = g_path_get_basename(path);
	/* A repository may name a program of its own for fsmonitor: it is not to be run. */
	const char *const argv[] = { "git", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-C", dir,
		"ls-files", "--error-unmatch", others ? "--others" : "--cached",
		others ? "--exclude-standard" : "--", others ? "--" : name, others ? name : NULL, NULL };

	const struct streams none = { -1, NULL };

	return run((char *const *)argv, &none, PATIENCE_MS);
}

/* Whether git is to have an answer for the file: it lies in a repository's work tree, by its physical path. A folder
 * whose repository is bare is none (`gitdir: ./.bare`); a git that does not answer is not asked about it. */
static bool is_in_work_tree(const char *path, bool answers)
{
	g_autofree char *real = nd_path_real(path), *dir = g_path_get_dirname(real), *root = nd_git_work_tree(real);
	const char *const argv[] = { "git", "-C", dir, "rev-parse", "--is-inside-work-tree", NULL };
	g_autoptr(GString) said = g_string_new(NULL);
	const struct streams streams = { -1, said };

	if (!root || strstr(real, "/.git/"))
		return false;
	return !answers || run((char *const *)argv, &streams, PATIENCE_MS) != 0 || !g_str_equal(said->str, "false\n");
}

static enum nd_git_state no_answer(const char *path, bool answers)
{
	return is_in_work_tree(path, answers) ? ND_GIT_SILENT : ND_GIT_UNKNOWN;
}

enum nd_git_state nd_git_ask(const char *path)
{
	int status = lists(path, false);

	if (status == 0)
		return ND_GIT_TRACKED;
	if (status != 1)
		return no_answer(path, status >= 0);
	status = lists(path, true);
	return status == 0 ? ND_GIT_UNTRACKED : status == 1 ? ND_GIT_IGNORED : no_answer(path, status >= 0);
}

/* What git takes for a repository, or for the place of one. */
static bool is_repository(const char *git)
{
	g_autofree char *head = g_build_filename(git, "HEAD", NULL);
	struct stat st;

	return stat(git, &st) == 0 && (S_ISREG(st.st_mode) || (lstat(head, &st) == 0));
}

char *nd_git_work_tree(const char *path)
{
	char *at = g_path_get_dirname(path);
	struct stat first, st;

	if (stat(at, &first) != 0)
		g_clear_pointer(&at, g_free);
	for (; at; at = nd_path_parent(at)) {
		g_autofree char *git = g_build_filename(at, ".git", NULL);

		/* Git does not look beyond the file system either. */
		if (stat(at, &st) != 0 || st.st_dev != first.st_dev)
			g_clear_pointer(&at, g_free);
		if (!at || is_repository(git))
			break;
	}
	return at;
}

static void add_names(const GString *list, const char *root, GHashTable *out)
{
	for (const char *p = list->str; p < list->str + list->len; p += strlen(p) + 1)
		g_hash_table_add(out, g_build_filename(root, p, NULL));
}

/* The .npmrc files that the index has. */
static bool read_tracked(const char *root, GHashTable *out)
{
	const char *const argv[] = { "git", "-c", "core.fsmonitor=false", "-C", root, "ls-files", "-z", "--cached",
		"--", ":(glob)**/.npmrc", NULL };
	g_autoptr(GString) list = g_string_new(NULL);
	const struct streams streams = { -1, list };

	if (run((char *const *)argv, &streams, LONG_PATIENCE_MS) != 0)
		return false;
	add_names(list, root, out);
	return true;
}

static int input_of(const char *root, char *const *paths, size_t n)
{
	size_t skip = strlen(root) + !g_str_has_suffix(root, "/");
	g_autoptr(GString) names = g_string_new(NULL);

	for (size_t i = 0; i < n; i++)
		g_string_append_len(names, paths[i] + skip, (gssize)strlen(paths[i] + skip) + 1);
	return nd_child_input((struct nd_span){ names->str, names->len });
}

static bool read_ignored(const char *root, char *const *paths, size_t n, GHashTable *out)
{
	const char *const argv[] = { "git", "-c", "core.fsmonitor=false", "-C", root, "check-ignore", "-z", "--stdin",
		NULL };
	g_autoptr(GString) list = g_string_new(NULL);
	const struct streams streams = { input_of(root, paths, n), list };
	int status;

	if (streams.in < 0)
		return false;
	status = run((char *const *)argv, &streams, LONG_PATIENCE_MS);
	close(streams.in);
	add_names(list, root, out);
	return status == 0 || status == 1; /* 1: none of them */
}

void nd_git_ask_all(const char *root, char *const *paths, size_t n, enum nd_git_state *states)
{
	g_autoptr(GHashTable) tracked = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) ignored = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);
	bool knows = read_tracked(root, tracked), knows_ignored;
	enum nd_git_state otherwise = knows ? ND_GIT_UNTRACKED : no_answer(paths[0], true);
	size_t left = 0;

	for (size_t i = 0; i < n; i++) {
		states[i] = g_hash_table_contains(tracked, paths[i]) ? ND_GIT_TRACKED : otherwise;
		left += states[i] == ND_GIT_UNTRACKED;
	}
	if (!left)
		return;
	knows_ignored = read_ignored(root, paths, n, ignored);
	otherwise = knows_ignored ? ND_GIT_UNTRACKED : no_answer(paths[0], true);
	for (size_t i = 0; i < n; i++)
		if (states[i] == ND_GIT_UNTRACKED)
			states[i] = g_hash_table_contains(ignored, paths[i]) ? ND_GIT_IGNORED : otherwise;
}
