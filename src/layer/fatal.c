#include "load.h"

void nd_fatal_set(struct nd_layers *layers, const struct nd_origin *origin, const char *format, ...)
{
	va_list args;

	if (layers->fatal != NULL)
		return;
	va_start(args, format);
	layers->fatal = g_strdup_vprintf(format, args);
	va_end(args);
	layers->fatal_origin = *origin;
}
