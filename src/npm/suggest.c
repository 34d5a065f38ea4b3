#include <npmrc-doctor/keys.h>

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
	/* pnpm */
	"auto-install-peers", "cache-dir", "child-concurrency", "ci", "catalog-mode", "dedupe-*",
	"deploy-all-files", "disallow-workspace-cycles", "enable-*", "embed-readme",
	"exclude-links-*", "extend-node-path", "fetch-warn-timeout-ms", "fetch-min-speed-ki-bps",
	"frozen-lockfile", "git-branch-lockfile", "git-checks", "git-shallow-hosts",
	"global-bin-dir", "global-dir", "global-path", "global-pnpmfile", "hoist", "hoist-*",
	"hoisting-limits", "ignore-compatibility-db", "ignore-dep-scripts", "ignore-pnpmfile",
	"ignore-workspace-*", "ignored-*", "include-workspace-*", "inject-workspace-packages",
	"link-workspace-packages", "lockfile", "lockfile-*", "manage-package-manager-versions",
	"merge-git-branch-lockfiles-*", "minimum-release-age*", "modules-cache-max-age",
	"modules-dir", "network-concurrency", "neverbuiltdependencies", "node-linker",
	"node-mirror:*", "only-built-dependencies*", "optimistic-repeat-install",
	"package-import-method", "package-manager-strict*", "peers-suffix-max-length", "pnpmfile",
	"prefer-frozen-lockfile", "prefer-symlinked-executables", "prefer-workspace-packages",
	"public-hoist-pattern", "publish-branch", "recursive-install",
	"registry-supports-time-field", "reporter", "resolution-mode",
	"resolve-peers-from-workspace-root", "save-catalog*", "save-workspace-protocol",
	"shared-workspace-lockfile", "shamefully-hoist", "shamefully-flatten", "shell-emulator",
	"side-effects-cache*", "stage", "state-dir", "store", "store-dir", "strict-dep-builds",
	"strict-peer-dependencies", "strict-store-pkg-content-check", "symlink",
	"sync-injected-deps-after-scripts", "test-pattern", "token-helper", "tokenhelper",
	"trust-policy*", "use-beta-cli", "use-lockfile-v6", "use-node-version",
	"use-running-store-server", "use-stderr", "use-store-server", "verify-deps-before-run",
	"verify-store-integrity", "virtual-store-*", "workspace-concurrency", "workspace-prefix",
	/* yarn 1 */
	"bin-path", "disable-self-update-check", "ignore-engines", "ignore-optional",
	"ignore-platform", "lastupdatecheck", "network-timeout", "preferred-cache-folder",
	"unsafe-disable-integrity-migration", "version-commit-hooks", "version-git-*",
	"version-sign-git-tag", "version-tag-prefix", "workspaces-experimental",
	"workspaces-nohoist-experimental", "yarn-*", "yarn_*", "plugnplay*", "production-only",
	/* npm's own of older versions, and release tools */
	"always-auth", "email", "_*", "git-tag", "lerna*", "nx_*"};

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

/* Lower case, without '-', '_' and npm_config_ in front. */
static void normalise(struct nd_span name, char out[static MAX_KEY + 1])
{
	size_t n = 0;
	for (size_t i = 0; i < name.n && n < MAX_KEY; i++)
		if (name.p[i] != '-' && name.p[i] != '_')
			out[n++] = g_ascii_tolower(name.p[i]);
	out[n] = '\0';
	const size_t prefix = strlen("npmconfig");
	if (strncmp(out, "npmconfig", prefix) == 0)
		memmove(out, out + prefix, n + 1 - prefix);
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	return MIN(MIN(a, b), c);
}

/* Optimal string alignment: insertions, deletions, substitutions, neighbours swapped. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][MAX_KEY + 1], *before = rows[0], *last = rows[1], *now = rows[2];
	size_t n = strlen(b);
	for (size_t j = 0; j <= n; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; a[i - 1]; i++) {
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			now[j] = least(
				last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = MIN(now[j], before[j - 2] + 1);
		}
		unsigned *spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[n];
}

static bool is_foreign(struct nd_span name)
{
	g_autofree char *copy = g_ascii_strdown(name.p, (gssize)name.n);
	for (size_t i = 0; i < G_N_ELEMENTS(foreign); i++)
		if (g_pattern_match_simple(foreign[i], copy))
			return true;
	return false;
}

/* A name of some npm version is no slip of the pen. */
static bool is_real(struct nd_span name)
{
	for (int major = ND_NPM_OLDEST; major <= ND_NPM_NEWEST; major++)
		if (nd_key_find(name, major))
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

static struct best nearest(const char *wanted, int npm_major, unsigned most)
{
	char name[MAX_KEY + 1];
	struct best best = {NULL, most, false};
	size_t n;
	const struct nd_key *all = nd_key_all(&n);
	for (size_t i = 0; i < n; i++) {
		/* leading '_': credentials, which have rules of their own; dots: npm 6's old names
		 */
		if (all[i].name[0] == '_' || strchr(all[i].name, '.') ||
			nd_key_find(nd_span_of(all[i].name), npm_major) != &all[i])
			continue;
		normalise(nd_span_of(all[i].name), name);
		consider(&best, &all[i], distance(wanted, name));
	}
	for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++) {
		const struct nd_key *key = nd_key_find(nd_span_of(aliases[i].meant), npm_major);
		if (key)
			consider(&best, key, distance(wanted, aliases[i].normal));
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
	normalise(raw_key, wanted);
	size_t n = strlen(wanted);
	struct best best = nearest(wanted, npm_major, n < 5 ? 0 : n < 8 ? 1 : 2);
	if (!best.key)
		return NULL;
	*certain = !best.tied && best.distance <= 1;
	return best.tied ? NULL : best.key;
}
