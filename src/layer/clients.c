#include "load.h"

/* In what pnpm, yarn and bun read a file of settings otherwise than npm. */

const char *nd_client_name(enum nd_client client)
{
	switch (client) {
	case ND_CLIENT_PNPM:
		return "pnpm";
	case ND_CLIENT_YARN:
		return "yarn";
	case ND_CLIENT_BUN:
		return "bun";
	case ND_CLIENT_NPM:
		break;
	}
	return "npm";
}

int nd_client_newest(enum nd_client client)
{
	return client == ND_CLIENT_NPM ? ND_NPM_NEWEST : client == ND_CLIENT_PNPM ? 12 : 1;
}

int nd_client_oldest(enum nd_client client)
{
	return client == ND_CLIENT_NPM ? ND_NPM_OLDEST : client == ND_CLIENT_PNPM ? 10 : 1;
}

/* yarn has ini 1.x and the environment's names of npm 6, the others what npm has today. */
int nd_client_npm(enum nd_client client, int client_major)
{
	if (client == ND_CLIENT_NPM)
		return client_major;
	return client == ND_CLIENT_YARN ? 6 : 11;
}

enum nd_expand_dialect nd_layers_dialect(const struct nd_layers *layers)
{
	if (layers->client == ND_CLIENT_NPM)
		return nd_expand_dialect_of_npm(layers->npm_major);
	if (layers->client == ND_CLIENT_YARN)
		return ND_EXPAND_YARN1;
	if (layers->client == ND_CLIENT_BUN)
		return ND_EXPAND_BUN;
	return layers->client_major == 10 ? ND_EXPAND_PNPM10 : ND_EXPAND_PNPM12;
}

/* yarn (NpmRegistry.normalizeConfig) and bun expand values alone. */
bool nd_clients_expand_keys(const struct nd_loader *l)
{
	return l->env != NULL && l->layers->client != ND_CLIENT_YARN &&
	       l->layers->client != ND_CLIENT_BUN;
}

struct nd_span nd_clients_key(const struct nd_loader *l, struct nd_span raw)
{
	return nd_clients_expand_keys(l) ? nd_expand(l->dialect, raw, l->env, l->layers->arena).text : raw;
}

/* yarn knows two words, true and false, and these paths. */
bool nd_clients_has_types(const struct nd_layers *layers, struct nd_span key)
{
	static const char *const paths[] = {"cache", "cafile", "prefix", "userconfig"};

	if (layers->client != ND_CLIENT_YARN)
		return true;
	for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
		if (nd_span_is(key, paths[i]))
			return true;
	return false;
}

static bool is_one(const char *name, const char *a, const char *b)
{
	return g_ascii_strcasecmp(name, a) == 0 || g_ascii_strcasecmp(name, b) == 0;
}

/* pnpm 11 and 12 want PNPM_CONFIG_*, and of npm_config_* only what is below a URL and the user's file
 * (readUrlScopedEnvConfig, getNpmrcAuthFile); bun the registry and the user's file. */
bool nd_clients_heed(const struct nd_layers *layers, const char **name, int *npm_major)
{
	bool npm = g_ascii_strncasecmp(*name, "npm_config_", 11) == 0;

	if (layers->client == ND_CLIENT_BUN)
		return npm && is_one(*name + 11, "registry", "userconfig");
	if (layers->client != ND_CLIENT_PNPM)
		return npm;
	if (layers->client_major == 10) {
		*npm_major = 6;
		return npm;
	}
	if (g_ascii_strncasecmp(*name, "pnpm_config_", 12) == 0) {
		(*name)++;
		return true;
	}
	return npm && (g_str_has_prefix(*name + 11, "//") || is_one(*name + 11, "userconfig", ""));
}

/* /\$\{[^}]+\}/ of dropUntrustedEnvExpansions.js */
static bool has_placeholder(struct nd_span text)
{
	for (size_t i = 0; i + 3 < text.n; i++)
		if (text.p[i] == '$' && text.p[i + 1] == '{' && text.p[i + 2] != '}' &&
			memchr(text.p + i + 2, '}', text.n - i - 2) != NULL)
			return true;
	return false;
}

static bool ends_with(struct nd_span text, const char *tail)
{
	size_t n = strlen(tail);

	return text.n >= n && memcmp(text.p + text.n - n, tail, n) == 0;
}

static bool is_credential(struct nd_span key)
{
	static const char *const names[] = {
		"_authToken", "_auth", "_password", "username", "tokenHelper", "cert", "key"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		size_t n = strlen(names[i]);

		if (ends_with(key, names[i]) && (key.n == n || key.p[key.n - n - 1] == ':'))
			return true;
	}
	return false;
}

bool nd_clients_names_registry(struct nd_span key)
{
	return nd_span_is(key, "registry") ||
	       (key.n > 0 && key.p[0] == '@' && ends_with(key, ":registry"));
}

static bool is_proxy(struct nd_span key)
{
	return nd_span_is(key, "https-proxy") || nd_span_is(key, "http-proxy") ||
	       nd_span_is(key, "proxy");
}

static bool is_below_url(struct nd_span key)
{
	return key.n > 1 && key.p[0] == '/' && key.p[1] == '/';
}

bool nd_clients_distrust(const struct nd_layers *layers, const struct nd_layer *layer,
	const struct nd_setting *setting)
{
	struct nd_span key = setting->key, raw = setting->raw_key;
	bool in_key, in_value;

	if (layers->client != ND_CLIENT_PNPM || layer->id != ND_LAYER_PROJECT)
		return false;
	in_key = has_placeholder(raw) &&
		 (nd_clients_names_registry(raw) || is_below_url(raw) ||
			 nd_clients_names_registry(key) || is_below_url(key) || is_credential(key));
	in_value = setting->written.type == ND_TYPE_STRING &&
		   has_placeholder(setting->written.string) &&
		   (nd_clients_names_registry(key) || is_proxy(key) || is_credential(key));
	return in_key || in_value;
}
