#include "cmd/reading.h"

#include <npmrc-doctor/redact.h>

char *nd_reading_key(struct nd_span key)
{
	bool redacted;
	char *shown = nd_redact_value((struct nd_span){ "", 0 }, key, &redacted);

	return shown ? shown : g_strdup("***");
}
