#include "cmd/words.h"

#include <npmrc-doctor/keys.h>

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (g_str_equal(*list, word))
			return true;
	return false;
}

/* npm's one-letter options and nicknames that take a value (@npmcli/config/lib/definitions). */
static bool npm_short_takes_value(const char *name)
{
	static const char *const names[] = {"w", "C", "c", "m", "L", "reg", "enjoy-by", NULL};

	return is_one_of(name, names);
}

/* nopt/lib/nopt-lib.js: what is not known is a flag, and a Boolean takes the words that it can be.
 */
static bool npm_takes_value(const char *name, const char *next, int npm_major)
{
	const struct nd_key *key = nd_key_find(nd_span_of(name), npm_major);

	if (*next == '-')
		return false;
	if (!key)
		return npm_short_takes_value(name);
	if (!(key->types & ND_KEY_BOOLEAN) || (key->types & ND_KEY_STRING))
		return true;
	if (g_str_equal(next, "true") || g_str_equal(next, "false"))
		return true;
	for (const char *const *word = key->words; word && *word; word++)
		if (g_str_equal(*word, next))
			return true;
	return false;
}

static bool pnpm_takes_value(const char *name, const char *next)
{
	static const char *const names[] = {"C", "F", "dir", "filter", "filter-prod", "reporter",
		"loglevel", "registry", "userconfig", "globalconfig", "store-dir", "cache-dir",
		"state-dir", "lockfile-dir", "modules-dir", "virtual-store-dir",
		"workspace-concurrency", "network-concurrency", "child-concurrency", "global-dir",
		"global-bin-dir", "node-linker", "package-import-method", "config-dir",
		"resume-from", "test-pattern", "changed-files-ignore-pattern", NULL};

	return *next != '-' && is_one_of(name, names);
}

static void take(struct nd_words *out, const char *name, const char *value)
{
	if (g_str_equal(name, "userconfig"))
		out->userconfig = value;
	else if (g_str_equal(name, "globalconfig"))
		out->globalconfig = value;
}

/* pnpm's own words that only say where the next one applies. */
static bool is_prefix_word(const char *word)
{
	static const char *const words[] = {"recursive", "multi", "m", NULL};

	return is_one_of(word, words);
}

/* Whether the word behind this option is its value. */
static bool read_option(const char *option, const char *next, int npm_major, struct nd_words *out)
{
	const char *name = option + strspn(option, "-"), *equals = strchr(name, '=');
	g_autofree char *copy = equals ? g_strndup(name, (gsize)(equals - name)) : g_strdup(name);

	if (equals) {
		take(out, copy, equals + 1);
		return false;
	}
	if (!next || !(npm_major ? npm_takes_value(copy, next, npm_major)
				 : pnpm_takes_value(copy, next)))
		return false;
	take(out, copy, next);
	return true;
}

void nd_words_read(char *const *arguments, int npm_major, struct nd_words *out)
{
	*out = (struct nd_words){0};
	for (; *arguments; arguments++) {
		const char *word = *arguments;

		/* Behind -- stand words alone. */
		if (g_str_equal(word, "--")) {
			if (!out->verb)
				out->verb = arguments[1];
			return;
		}
		if (*word == '-' && word[1])
			arguments += read_option(word, arguments[1], npm_major, out);
		else if (!out->verb && !(npm_major == 0 && is_prefix_word(word)))
			out->verb = word;
	}
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
