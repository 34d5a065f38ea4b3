#include "fuzz.h"

#include <npmrc-doctor/env.h>
#include <npmrc-doctor/expand.h>

/* References lie in the text, in order; without one nothing changes; nothing is expanded twice; what is escaped
 * expands to what it was. */

static void check_escape(enum nd_expand_dialect dialect, struct nd_span value, const struct nd_env *env)
{
	struct nd_arena *arena = nd_arena_new();
	GString *escaped = nd_expand_escape(dialect, value, arena);
	struct nd_expansion e = nd_expand(dialect, (struct nd_span){ escaped->str, escaped->len }, env, arena);

	if (dialect == ND_EXPAND_NPM6 || dialect == ND_EXPAND_YARN1)
		LAW(nd_span_equal(value, (struct nd_span){ escaped->str, escaped->len }));
	else
		LAW(!e.failed && nd_span_equal(value, e.text));
	g_string_free(escaped, TRUE);
	nd_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct nd_env_var vars[] = { { (char *)"X", (char *)"value" }, { (char *)"E", (char *)"" },
		{ (char *)"R", (char *)"${X}" } };
	struct nd_env env = { vars, G_N_ELEMENTS(vars), (char *)"/", (char *)"/" };
	struct nd_span text = { (const char *)data + (n ? 1 : 0), n ? n - 1 : 0 };
	enum nd_expand_dialect dialect = n ? data[0] % (ND_EXPAND_BUN + 1) : ND_EXPAND_NPM11;
	struct nd_arena *arena = nd_arena_new();
	struct nd_expansion e = nd_expand(dialect, text, &env, arena);
	size_t at = 0;

	for (size_t i = 0; i < e.n_variables; i++) {
		LAW(e.variables[i].start >= at && e.variables[i].end > e.variables[i].start);
		at = e.variables[i].end;
		LAW(at <= text.n);
	}
	if (!e.changed && !e.failed)
		LAW(nd_span_equal(e.text, text));
	if (!memchr(text.p, '$', text.n))
		LAW(!e.changed && e.n_variables == 0);
	nd_arena_free(arena);
	check_escape(dialect, text, &env);
	return 0;
}
