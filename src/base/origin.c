#include <npmrc-doctor/origin.h>

const char *nd_layer_name(enum nd_layer_id layer)
{
	static const char *const names[ND_LAYER_COUNT] = {
		[ND_LAYER_CLI] = "cli",
		[ND_LAYER_ENV] = "env",
		[ND_LAYER_PROJECT] = "project",
		[ND_LAYER_USER] = "user",
		[ND_LAYER_GLOBAL] = "global",
		[ND_LAYER_BUILTIN] = "builtin",
		[ND_LAYER_DEFAULT] = "default",
		[ND_LAYER_FILE] = "file",
	};

	return names[layer];
}
