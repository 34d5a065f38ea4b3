#include "cmd/commands.h"
#include "cmd/emit.h"

#include <npmrc-doctor/keyring.h>

int nd_cmd_secrets(struct nd_context *context)
{
	g_autoptr(GError) err = NULL;
	struct nd_keyring *keyring = nd_keyring_open(false, &err);
	g_autoptr(GPtrArray) items = keyring ? nd_keyring_list(keyring, &err) : NULL;
	g_autofree struct nd_secret_ref *refs = NULL;
	GString *out;
	bool ok;

	nd_keyring_free(keyring);
	if (!items) {
		nd_complain("%s", err->message);
		return ND_STATUS_FAILED;
	}
	refs = g_new0(struct nd_secret_ref, items->len + 1);
	for (guint i = 0; i < items->len; i++) {
		const struct nd_keyring_item *item = items->pdata[i];

		refs[i] = (struct nd_secret_ref){ item->location, item->key, item->variable, item->file,
			item->machine };
	}
	out = nd_report_secrets(refs, items->len, context->options->json);
	ok = nd_emit(context, out);
	g_string_free(out, TRUE);
	return ok ? ND_STATUS_OK : ND_STATUS_FAILED;
}
