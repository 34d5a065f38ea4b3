#include "cmd/commands.h"
#include "cmd/emit.h"

#include <npmrc-doctor/completion.h>

int nd_cmd_completion(struct nd_context *context)
{
	const char *shell = context->options->operands[0];
	GString *script = shell ? nd_completion(shell) : NULL;
	bool ok;

	if (!script) {
		nd_complain("completion is for bash, zsh or fish");
		return ND_STATUS_USAGE;
	}
	ok = nd_emit(context, script);
	g_string_free(script, TRUE);
	return ok ? ND_STATUS_OK : ND_STATUS_FAILED;
}
