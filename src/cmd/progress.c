#include "cmd/progress.h"

#include <stdio.h>

static bool is_shown(const struct nd_context *context)
{
	const char *term = nd_env_get(context->env, "TERM");

	return context->err_terminal && !context->options->quiet && term && *term && !g_str_equal(term, "dumb");
}

void nd_progress(const struct nd_context *context, const char *format, ...)
{
	va_list ap;

	if (!is_shown(context))
		return;
	fputs("\r\033[K", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fflush(stderr);
}

void nd_progress_end(const struct nd_context *context)
{
	if (!is_shown(context))
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
}
