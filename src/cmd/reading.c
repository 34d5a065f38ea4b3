#include "cmd/reading.h"

#include "cmd/emit.h"

#include <npmrc-doctor/redact.h>

void nd_reading_warn(const struct nd_layers *layers)
{
	g_autoptr(GPtrArray) files = nd_layers_beside(layers);

	for (guint i = 0; i < files->len; i++) {
		const struct nd_beside *file = files->pdata[i];

		if (file->sets)
			nd_complain("%s is not read: what it sets of registries, proxies, credentials and trust may "
				"take an .npmrc's place", file->path);
	}
}
