#include <npmrc-doctor/keys.h>
#include <npmrc-doctor/near.h>

/* Which key a misspelt one means. A wrong guess would be written into somebody's file, so `certain`
 * asks for a single reading, and keys of other programs are left alone. */

#define MAX_KEY 48

/* Settings that other programs keep in an .npmrc on purpose. */
static const char *const foreign[] = {
	/* native modules and browsers fetched by install scripts, via npm_config_* */
	"python", "node_gyp", "nodedir", "devdir", "dist-url", "disturl", "target", "target_arch",
	"target_platform", "arch", "runtime", "build_from_source", "build-from-source",
	"msvs_version", "fallback-to-build", "tarball", "electron_*", "electron-*", "sass_*",
	"sass-*", "puppeteer_*", "puppeteer-*", "playwright_*", "playwright-*", "cypress_*",
	"cypress-*", "chromedriver*", "geckodriver*", "phantomjs_*", "phantomjs-*", "selenium_*",
	"sharp_*", "sharp-*", "sqlite3_*", "canvas_*", "grpc_*", "sentrycli_*", "sentry_*", "swc_*",
	"fsevents_*", "profiler_*", "*_mirror", "*-mirror", "*_cdnurl", "*-cdnurl", "*_binary_host",
	"*_binary_site", "*_binary_host_mirror", "*_download_url", "*_skip_download",
	"prebuild-install*",
	/* yarn 1 */
	"bin-path", "disable-self-update-check", "ignore-engines", "ignore-optional",
	"ignore-platform", "lastupdatecheck", "network-timeout", "preferred-cache-folder",
	"unsafe-disable-integrity-migration", "version-commit-hooks", "version-git-*",
	"version-sign-git-tag", "version-tag-prefix", "workspaces-experimental",
	"workspaces-nohoist-experimental", "yarn-*", "yarn_*", "plugnplay*", "production-only",
	/* npm's own of older versions, and release tools */
	"always-auth", "email", "_*", "git-tag", "lerna*", "nx_*",
	/* of pnpm's too, but npm reads or knows them differently */
	"ci", "lockfile", "stage", "store", "reporter", "symlink", "tokenhelper", "token-helper", "test-pattern"};

/* Settings of pnpm alone. */
static const char *const pnpm[] = {
	"auto-install-peers", "cache-dir", "child-concurrency", "catalog-mode", "dedupe-*",
	"deploy-all-files", "disallow-workspace-cycles", "enable-*", "embed-readme",
	"exclude-links-*", "extend-node-path", "fetch-warn-timeout-ms", "fetch-min-speed-ki-bps",
	"frozen-lockfile", "git-branch-lockfile", "git-checks", "git-shallow-hosts",
	"global-bin-dir", "global-dir", "global-path", "global-pnpmfile", "hoist", "hoist-*",
	"hoisting-limits", "ignore-compatibility-db", "ignore-dep-scripts", "ignore-pnpmfile",
	"ignore-workspace-*", "ignored-*", "include-workspace-*", "inject-workspace-packages",
	"link-workspace-packages", "lockfile-*", "manage-package-manager-versions",
	"merge-git-branch-lockfiles-*", "minimum-release-age*", "modules-cache-max-age",
	"modules-dir", "network-concurrency", "neverbuiltdependencies", "node-linker",
	"node-mirror:*", "only-built-dependencies*", "optimistic-repeat-install",
	"package-import-method", "package-manager-strict*", "peers-suffix-max-length", "pnpmfile",
	"prefer-frozen-lockfile", "prefer-symlinked-executables", "prefer-workspace-packages",
	"public-hoist-pattern", "publish-branch", "recursive-install",
	"registry-supports-time-field",  "resolution-mode",
	"resolve-peers-from-workspace-root", "save-catalog*", "save-workspace-protocol",
	"shared-workspace-lockfile", "shamefully-hoist", "shamefully-flatten", "shell-emulator",
	"side-effects-cache*", "state-dir", "store-dir", "strict-dep-builds",
	"strict-peer-dependencies", "strict-store-pkg-content-check", 
	"sync-injected-deps-after-scripts", 
	"trust-policy*", "use-beta-cli", "use-lockfile-v6", "use-node-version",
	"use-running-store-server", "use-stderr", "use-store-server", "verify-deps-before-run",
	"verify-store-integrity", "virtual-store-*", "workspace-concurrency", "workspace-prefix"};

/* Names that npm never had but that people write for one that it has. */
static const struct {
	const char *normal, *meant;
} aliases[] = {
	{"httpproxy", "proxy"},
	{"proxyhttp", "proxy"},
	{"proxyhttps", "https-proxy"},
	{"proxyurl", "proxy"},
	{"sslstrict", "strict-ssl"},
	{"strictssl", "strict-ssl"},
	{"cafilepath", "cafile"},
	{"caffile", "cafile"},
	{"registryurl", "registry"},
	{"npmregistry", "registry"},
};

/* g_ascii_tolower() without the call: a file may hold many unknown keys. */
static inline char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Lower case, without '-', '_' and npm_config_ in front. Returns the length. */
static size_t normalise(struct nd_span name, char out[static MAX_KEY + 1])
{
	static const char prefix[] = "npmconfig";
	const size_t n_prefix = strlen(prefix);
	size_t n = 0;

	for (size_t i = 0; i < name.n && n < MAX_KEY; i++)
		if (name.p[i] != '-' && name.p[i] != '_')
			out[n++] = lower(name.p[i]);
	out[n] = '\0';
	if (n < n_prefix || memcmp(out, prefix, n_prefix) != 0)
		return n;
	memmove(out, out + n_prefix, n + 1 - n_prefix);
	return n - n_prefix;
}

/* Patterns have one star, at either end. */
static bool matches(const char *pattern, struct nd_span name)
{
	size_t n = strlen(pattern) - 1;

	if (pattern[0] == '*')
		return name.n >= n && memcmp(name.p + name.n - n, pattern + 1, n) == 0;
	if (name.p[0] != pattern[0])
		return false;
	if (pattern[n] == '*')
		return name.n >= n && memcmp(name.p, pattern, n) == 0;
	return nd_span_is(name, pattern);
}

static bool in_list(struct nd_span name, const char *const *list, size_t n)
{
	char copy[MAX_KEY];

	if (name.n > MAX_KEY)
		return false;
	for (size_t i = 0; i < name.n; i++)
		copy[i] = lower(name.p[i]);
	for (size_t i = 0; i < n; i++)
		if (matches(list[i], (struct nd_span){copy, name.n}))
			return true;
	return false;
}

static bool is_foreign(struct nd_span name)
{
	return in_list(name, foreign, G_N_ELEMENTS(foreign)) || in_list(name, pnpm, G_N_ELEMENTS(pnpm));
}

bool nd_key_is_pnpm(struct nd_span raw_key)
{
	return in_list(raw_key, pnpm, G_N_ELEMENTS(pnpm));
}

/* A name of some npm version is no slip of the pen. */
static bool is_real(struct nd_span name)
{
	size_t n;
	const struct nd_key *all = nd_key_all(&n);

	for (size_t i = 0; i < n; i++)
		if (all[i].name[0] == name.p[0] && nd_span_is(name, all[i].name))
			return true;
	return false;
}

struct best {
	const struct nd_key *key;
	unsigned distance;
	bool tied; /* another key is as near */
};

static void consider(struct best *best, const struct nd_key *key, unsigned far)
{
	if (far > best->distance || (key == best->key && far == best->distance))
		return;
	best->tied = far == best->distance && best->key;
	best->key = key;
	best->distance = far;
}

/* The distance is asked for first: that nearly always settles it, and looking a key up costs more.
 */
static struct best nearest(struct nd_span wanted, int npm_major, unsigned most)
{
	char name[MAX_KEY + 1];
	struct best best = {NULL, most, false};
	size_t n;
	const struct nd_key *all = nd_key_all(&n);

	for (size_t i = 0; i < n; i++) {
		struct nd_span raw = nd_span_of(all[i].name);

		/* leading '_': credentials, which have rules of their own; dots: npm 6's old names
		 */
		if (raw.n + best.distance < wanted.n || raw.p[0] == '_' ||
			memchr(raw.p, '.', raw.n))
			continue;
		struct nd_span normal = {name, normalise(raw, name)};
		unsigned far = nd_near_distance(wanted, normal, best.distance);

		if (far <= best.distance && nd_key_find(raw, npm_major) == &all[i])
			consider(&best, &all[i], far);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++) {
		unsigned far = nd_near_distance(wanted, nd_span_of(aliases[i].normal), best.distance);
		const struct nd_key *key =
			far <= best.distance ? nd_key_find(nd_span_of(aliases[i].meant), npm_major)
					     : NULL;

		if (key)
			consider(&best, key, far);
	}
	return best;
}

const struct nd_key *nd_key_suggest(struct nd_span raw_key, int npm_major, bool *certain)
{
	char wanted[MAX_KEY + 1];
	*certain = false;
	if (raw_key.n == 0 || raw_key.n > MAX_KEY || memchr(raw_key.p, ':', raw_key.n) ||
		memchr(raw_key.p, '\0', raw_key.n) || is_real(raw_key) || is_foreign(raw_key))
		return NULL;
	size_t n = normalise(raw_key, wanted);
	struct best best = nearest((struct nd_span){wanted, n}, npm_major,
		n < 5	? 0
		: n < 8 ? 1
			: 2);
	if (!best.key)
		return NULL;
	*certain = !best.tied && best.distance <= 1;
	return best.tied ? NULL : best.key;
}
