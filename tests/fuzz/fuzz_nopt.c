#include "fuzz.h"

#include <npmrc-doctor/nopt.h>
#include <stdbool.h>

/* Any command line, words ended by NUL: what remains of it was given, and behind "--" it remains again. */

static const int versions[] = { 6, 8, 9, 10, 11, 12 };

/* The end of a word is what stands behind its "="; a level is what -d and the like stand for, whose
 * --loglevel may have become another option's value. `first`: such a level ends the options, so the options
 * that shorthands stood for remain behind it. */
static bool is_given(const char *rest, char *const *words, bool first)
{
	static const char *const levels[] = { "silent", "warn", "info", "verbose", "silly" };

	for (size_t i = 0; i < G_N_ELEMENTS(levels); i++)
		if (g_str_equal(rest, levels[i]))
			return true;
	if (first && g_str_has_prefix(rest, "--"))
		return true;
	for (; *words; words++)
		if (g_str_has_suffix(*words, rest))
			return true;
	return false;
}

static void check_remain(char *const *words, bool first, const struct nd_nopt *nopt)
{
	for (guint i = 0; i < nopt->remain->len; i++)
		LAW(is_given(nopt->remain->pdata[i], words, first));
}

static void check_plain(const struct nd_nopt *nopt, int major)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	struct nd_nopt again;

	g_ptr_array_add(words, (char *)"--");
	for (guint i = 0; i < nopt->remain->len; i++)
		g_ptr_array_add(words, nopt->remain->pdata[i]);
	g_ptr_array_add(words, NULL);
	nd_nopt_read((char *const *)words->pdata, major, false, &again);
	LAW(again.settings->len == 0 && again.remain->len == nopt->remain->len);
	for (guint i = 0; i < again.remain->len; i++)
		LAW(g_str_equal(again.remain->pdata[i], nopt->remain->pdata[i]));
	nd_nopt_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
	struct nd_nopt nopt;
	int major;

	if (n == 0 || n > 4096)
		return 0;
	major = versions[(data[0] & 0x7f) % G_N_ELEMENTS(versions)];
	for (size_t at = 1; at < n; at += strlen(words->pdata[words->len - 1]) + 1)
		g_ptr_array_add(words, g_strndup((const char *)data + at, n - at));
	g_ptr_array_add(words, NULL);
	nd_nopt_read((char *const *)words->pdata, major, data[0] & 0x80, &nopt);
	for (guint i = 0; i < nopt.settings->len; i++) {
		const struct nd_nopt_setting *setting = nopt.settings->pdata[i];

		LAW(setting->key && setting->value);
	}
	check_remain((char *const *)words->pdata, data[0] & 0x80, &nopt);
	check_plain(&nopt, major);
	nd_nopt_release(&nopt);
	return 0;
}
