#include "deliver/words.h"

#include <npmrc-doctor/nopt.h>

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (g_str_equal(*list, word))
			return true;
	return false;
}

static bool takes_value(const char *name, const char *next)
{
	static const char *const names[] = {"C", "F", "dir", "filter", "filter-prod", "reporter",
		"loglevel", "registry", "userconfig", "globalconfig", "store-dir", "cache-dir",
		"state-dir", "lockfile-dir", "modules-dir", "virtual-store-dir",
		"workspace-concurrency", "network-concurrency", "child-concurrency", "global-dir",
		"global-bin-dir", "node-linker", "package-import-method", "config-dir",
		"resume-from", "test-pattern", "changed-files-ignore-pattern", "cwd", NULL};

	return *next != '-' && is_one_of(name, names);
}

static void keep(struct nd_words *out, const char *key, const char *value)
{
	g_ptr_array_add(out->settings, g_strdup(key));
	g_ptr_array_add(out->settings, g_strdup(value));
}

static void take(struct nd_words *out, const char *name, const char *value)
{
	static const char *const dirs[] = {"C", "dir", "cwd", NULL};

	if (g_str_equal(name, "userconfig") || g_str_equal(name, "globalconfig")) {
		keep(out, name, value);
	} else if (is_one_of(name, dirs)) {
		g_free(out->dir);
		out->dir = g_strdup(value);
	}
}

/* pnpm's own words that only say where the next one applies. */
static bool is_prefix_word(const char *word)
{
	static const char *const words[] = {"recursive", "multi", "m", NULL};

	return is_one_of(word, words);
}

/* Whether the word behind this option is its value. */
static bool read_option(const char *option, const char *next, struct nd_words *out)
{
	const char *name = option + strspn(option, "-"), *equals = strchr(name, '=');
	g_autofree char *copy = equals ? g_strndup(name, (gsize)(equals - name)) : g_strdup(name);

	if (equals) {
		take(out, copy, equals + 1);
		return false;
	}
	if (!next || !takes_value(copy, next))
		return false;
	take(out, copy, next);
	return true;
}

static void words_init(struct nd_words *out)
{
	*out = (struct nd_words){.settings = g_ptr_array_new_with_free_func(g_free)};
}

void nd_words_read(char *const *arguments, struct nd_words *out)
{
	words_init(out);
	for (; *arguments; arguments++) {
		const char *word = *arguments;

		/* Behind -- stand words alone. */
		if (g_str_equal(word, "--")) {
			if (!out->verb)
				out->verb = g_strdup(arguments[1]);
			return;
		}
		if (*word == '-' && word[1])
			arguments += read_option(word, arguments[1], out);
		else if (!out->verb && !is_prefix_word(word))
			out->verb = g_strdup(word);
	}
}

/* What decides which files npm reads, and whose credentials in them count. */
static bool is_telling(const char *key)
{
	static const char *const keys[] = {"userconfig", "globalconfig", "prefix", "global", "location",
		"workspaces", NULL};

	return is_one_of(key, keys) || g_str_has_prefix(key, "//");
}

void nd_words_read_npm(char *const *arguments, int npm_major, bool npx, struct nd_words *out)
{
	struct nd_nopt nopt;

	words_init(out);
	nd_nopt_read(arguments, npm_major, npx, &nopt);
	if (nopt.remain->len)
		out->verb = g_strdup(nopt.remain->pdata[0]);
	for (guint i = 0; i < nopt.settings->len; i++) {
		const struct nd_nopt_setting *setting = nopt.settings->pdata[i];

		if (is_telling(setting->key))
			keep(out, setting->key, setting->value);
	}
	nd_nopt_release(&nopt);
}

void nd_words_release(struct nd_words *words)
{
	g_free(words->verb);
	g_free(words->dir);
	if (words->settings)
		g_ptr_array_unref(words->settings);
	*words = (struct nd_words){0};
}

/* Translates camelCase as npm's lib/utils/cmd-list.js does. */
static char *dashed(const char *verb)
{
	GString *out = g_string_new(NULL);

	for (; *verb; verb++) {
		if (g_ascii_isupper(*verb))
			g_string_append_c(out, '-');
		g_string_append_c(out, g_ascii_tolower(*verb));
	}
	return g_string_free(out, FALSE);
}

/* npm takes every unambiguous beginning of these names. Where a beginning is ambiguous npm refuses
 * it, so that only words which are names of their own need to be told apart. */
bool nd_words_npm_needs_environment(const char *verb, int npm_major)
{
	static const char *const names[] = {"run", "run-script", "rum", "urn", "test", "tst", "t",
		"start", "stop", "restart", "login", "adduser", "add-user", "logout", "token",
		"config", "get", "set", NULL};
	static const char *const others[] = {"add", "r", "s", "se", "u", NULL};
	g_autofree char *word = dashed(verb);

	if (is_one_of(word, others) || (npm_major < 12 && g_str_equal(word, "star")))
		return false;
	for (const char *const *name = names; *name; name++)
		/* npm 12 has no adduser: there "ad" is add. */
		if (g_str_has_prefix(*name, word) &&
			!(npm_major >= 12 && g_str_has_prefix(*name, "add")))
			return true;
	return false;
}

/* Everything else is a script of the project, or is handed on to npm, which would open the file
 * again. */
bool nd_words_pnpm_takes_file(const char *verb)
{
	static const char *const names[] = {"install", "i", "install-test", "it", "add", "a",
		"update", "up", "upgrade", "remove", "rm", "uninstall", "un", "link", "ln",
		"unlink", "dislink", "rebuild", "rb", "dlx", "exec", "create", "ci",
		"clean-install", "ic", "install-clean", "fetch", "import", "dedupe", "prune",
		"audit", "outdated", "deploy", "patch", "patch-commit", "list", "ls", "why",
		"approve-builds", "self-update", NULL};

	return is_one_of(verb, names);
}
