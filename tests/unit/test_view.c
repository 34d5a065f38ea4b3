#include "view_world.h"
#include <string.h>

/* What npm would do, by version. Facts were taken from the real programs; headers as they were
 * sent. */

#define REG "registry=https://registry.example/npm/\n"

static const char *reveal(const struct nd_secret *secret)
{
	return secret ? nd_secret_reveal(secret).p : NULL;
}

static void same_text(const char *name, const char *got, const char *want)
{
	if (g_strcmp0(got, want) != 0)
		fail_msg("%s: got %s, want %s", name, got ? got : "(none)", want ? want : "(none)");
}

/* --- registries --- */

static void test_registries(void **state)
{
	(void)state;
	struct given given = {11, "registry=https://user.example/\n@b:registry=https://b.example\n",
		"@a:registry=https://registry.example/npm/\n@c:registry=\n",
		"registry=https://global.example/\n", {0}, NULL};
	struct world w = world_new(&given);
	const GPtrArray *all = nd_view_registries(w.view);
	const struct nd_registry *r;

	assert_int_equal(all->len, 3);
	r = g_ptr_array_index(all, 0);
	assert_null(r->scope);
	assert_string_equal(r->text, "https://user.example/");
	assert_int_equal(r->setting->origin.layer, ND_LAYER_USER);
	r = g_ptr_array_index(all, 1);
	assert_string_equal(r->scope, "@a");
	assert_string_equal(r->url->path, "/npm/");
	r = g_ptr_array_index(all, 2);
	assert_string_equal(r->scope, "@b");
	r = nd_view_registry_of(w.view, "https://registry.example/npm/@a%2fpkg");
	assert_string_equal(r->scope, "@a");
	r = nd_view_registry_of(w.view, "https://registry.example/npmx/pkg");
	assert_null(r->scope);
	world_free(&w);
}

/* npm's host is a piece of the password (or, without userinfo, the user); or it is what it seems. */
static void test_torn(void **state)
{
	static const struct {
		const char *line;
		bool registry, proxy;
	} cases[] = {
		{"proxy=http://u:pa@ss;word@proxy.example:8080\n", false, true},
		{"https-proxy=http://u:pa@ss/word@proxy.example:8080\n", false, true},
		{"proxy=http://u:8080/x@proxy.example:8080\n", false, true},
		{"proxy=http://nick.name:8080/x@proxy:8080\n", false, true},
		{"proxy=http://u:pw@proxy.example:8080 ; nick@corp.example\n", false, false},
		{"proxy=http://u:pa@ss.w/ord@proxy:8080\n", false, true},
		{"proxy=http://proxy.example:8080/a@b\n", false, false},
		{"proxy=http://u:pw@proxy.example:8080/;a@b\n", false, false},
		{"proxy=http://CORP\\u:pw@proxy.example:8080\n", false, false},
		{"registry=https://u:pa@ss#word@registry.example/\n", true, false},
		{"registry=https://u:pa@ss/word@registry.example/npm/\n", true, false},
		{"registry=https://u:pw@registry.example/feed@Release/\n", false, false},
		{"registry=http://u:pw@tfs:8080/feed@Release/\n", false, false},
		{"registry=http://u:pw@tfs/collection/feed@Release/\n", false, false},
		{"registry=http://u:pw@registry/@corp/\n", false, false},
		{"registry=http://u:pw@registry/@my.scope/\n", false, false},
		{"registry=https://u:pw@registry.example/feed@1.0/\n", false, false},
		{"registry=https://u:pw@registry.example/?user=me@corp.example\n", false, false},
		{"registry=https://registry.example/#ask admin@corp.example\n", false, false},
		{"registry=https://registry.example;mirror of @corp\n", false, false},
		{"registry=https://u:pw@registry.example/npm/;a@b\n", false, false},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct given given = {11, cases[i].line, NULL, NULL, {0}, NULL};
		struct world w = world_new(&given);
		const struct nd_registry *r = g_ptr_array_index(nd_view_registries(w.view), 0);
		struct nd_proxy *proxy = nd_view_proxy(w.view, "https://registry.example/");

		if (r->torn != cases[i].registry || proxy->torn != cases[i].proxy)
			fail_msg("%s: registry %d, proxy %d", cases[i].line, r->torn, proxy->torn);
		nd_proxy_free(proxy);
		world_free(&w);
	}
}

/* The setting `scope` puts its scope's registry in the default's place, `registry` stands aside. */
static void test_registry_of_scope(void **state)
{
	(void)state;
	struct given given = { 11,
		"scope=corp\nregistry=https://registry.example/npm/\n@corp:registry=https://npm.corp.example/\n"
		"//registry.example/:_authToken=CANARYa\n//npm.corp.example/:_authToken=CANARYb\n",
		NULL, NULL, { 0 }, NULL };
	struct world w = world_new(&given);
	const GPtrArray *all = nd_view_registries(w.view);
	const struct nd_registry *r = g_ptr_array_index(all, 0);
	struct nd_credentials *got;

	assert_int_equal(all->len, 3);
	assert_null(r->scope);
	assert_string_equal(r->text, "https://npm.corp.example/");
	assert_true(nd_span_is(r->by->key, "scope"));
	got = nd_view_credentials(w.view, r->text, r);
	same_text("by scope", reveal(got->authorization), "Bearer CANARYb");
	nd_credentials_free(got);
	assert_string_equal(((const struct nd_registry *)g_ptr_array_index(all, 1))->scope, "@corp");
	r = g_ptr_array_index(all, 2);
	assert_true(r->aside && !r->scope && !r->by);
	assert_string_equal(r->text, "https://registry.example/npm/");
	world_free(&w);
	/* without a registry of that scope it says nothing */
	struct given idle = {11, "scope=@other\n@corp:registry=https://npm.corp.example/\n", NULL, NULL, {0}, NULL};
	w = world_new(&idle);
	r = g_ptr_array_index(nd_view_registries(w.view), 0);
	assert_true(!r->by && !r->setting);
	world_free(&w);
}

static void test_registry_default_and_invalid(void **state)
{
	(void)state;
	struct given none = {11, "", NULL, NULL, {0}, NULL};
	struct world w = world_new(&none);
	const struct nd_registry *r = g_ptr_array_index(nd_view_registries(w.view), 0);

	assert_null(r->setting);
	assert_non_null(r->url);
	assert_string_equal(r->url->scheme, "https");
	world_free(&w);
	struct given bad = {11, "registry=notaurl\n", NULL, NULL, {0}, NULL};
	w = world_new(&bad);
	r = g_ptr_array_index(nd_view_registries(w.view), 0);
	assert_string_equal(r->text, "notaurl");
	assert_null(r->url);
	world_free(&w);
	struct given old = {8, "registry=notaurl\n", NULL, NULL, {0}, NULL};
	w = world_new(&old);
	r = g_ptr_array_index(nd_view_registries(w.view), 0);
	assert_non_null(r->url); /* 8 validates first and falls back */
	world_free(&w);
}

/* --- credentials --- */

struct credentials_case {
	const char *name;
	int major;
	const char *user, *env, *url, *header;
};

#define URL "https://registry.example/npm/left-pad"

static const struct credentials_case credentials_cases[] = {
	{"token", 11, REG "//registry.example/npm/:_authToken=T-CANARY\n", NULL, URL,
		"Bearer T-CANARY"},
	{"walks up", 11, REG "//registry.example/:_authToken=T-CANARY\n", NULL, URL,
		"Bearer T-CANARY"},
	{"no slash", 11, REG "//registry.example/npm:_authToken=T-CANARY\n", NULL, URL,
		"Bearer T-CANARY"},
	{"no slash host", 11, REG "//registry.example:_authToken=T-CANARY\n", NULL, URL,
		"Bearer T-CANARY"},
	{"host in capitals", 11, REG "//Registry.example/npm/:_authToken=T-CANARY\n", NULL, URL,
		NULL},
	{"default port", 11, REG "//registry.example:443/npm/:_authToken=T-CANARY\n", NULL, URL,
		NULL},
	{"port", 11,
		"registry=http://registry.example:81/\n//registry.example:81/"
		":_authToken=T-CANARY\n",
		NULL, "http://registry.example:81/x", "Bearer T-CANARY"},
	{"missing port", 11,
		"registry=http://registry.example:81/\n//registry.example/:_authToken=T-CANARY\n",
		NULL, "http://registry.example:81/x", NULL},
	{"nearest wins", 11,
		REG "//registry.example/:_authToken=far-CANARY\n//registry.example/npm/"
		    ":_auth=bmVhcg==\n",
		NULL, URL, "Basic bmVhcg=="},
	{"empty is absent", 11,
		REG
		"//registry.example/npm/:_authToken=\n//registry.example/:_authToken=T-CANARY\n",
		NULL, URL, "Bearer T-CANARY"},
	{"token before auth", 11,
		REG
		"//registry.example/npm/:_auth=YQ==\n//registry.example/npm/:_authToken=T-CANARY\n",
		NULL, URL, "Bearer T-CANARY"},
	{"auth before user", 11,
		REG "//registry.example/npm/:username=u\n//registry.example/npm/:_password=cA==\n"
		    "//registry.example/npm/:_auth=YTpi\n",
		NULL, URL, "Basic YTpi"},
	{"user and password", 11,
		REG "//registry.example/npm/:username=u\n//registry.example/npm/:_password=cA==\n",
		NULL, URL, "Basic dTpw"},
	{"password in clear", 11,
		REG
		"//registry.example/npm/:username=u\n//registry.example/npm/:_password=p!a@ss\n",
		NULL, URL, "Basic dTrvv73vv70s"},
	{"auth verbatim", 11, REG "//registry.example/npm/:_auth=u:p\n", NULL, URL, "Basic u:p"},
	{"user alone", 11, REG "//registry.example/npm/:username=u\n", NULL, URL, NULL},
	{"no underscore", 11,
		REG "//registry.example/npm/:username=u\n//registry.example/npm/:password=cA==\n",
		NULL, URL, NULL},
	{"no underscore in 6", 6,
		REG "//registry.example/npm/:username=u\n//registry.example/npm/:password=cA==\n",
		NULL, URL, "Basic dTpw"},
	{"trimmed", 11, REG "//registry.example/npm/:_authToken=\"T-CANARY \"\n", NULL, URL,
		"Bearer T-CANARY"},
	{"number", 11, REG "//registry.example/npm/:_authToken='123'\n", NULL, URL, "Bearer 123"},
	{"cut", 11, REG "//registry.example/npm/:_authToken=T-CANARY#x\n", NULL, URL,
		"Bearer T-CANARY"},
	{"variable", 11, REG "//registry.example/npm/:_authToken=${TOK}\n", "TOK=T-CANARY", URL,
		"Bearer T-CANARY"},
	{"unset variable", 11, REG "//registry.example/npm/:_authToken=${TOK}\n", NULL, URL,
		"Bearer ${TOK}"},
	{"variable in key", 11, REG "//${H}/npm/:_authToken=T-CANARY\n", "H=registry.example", URL,
		"Bearer T-CANARY"},
	{"registry's path for a tarball of its host", 11,
		REG "//registry.example/npm/:_authToken=T-CANARY\n", NULL,
		"https://registry.example/files/x.tgz", "Bearer T-CANARY"},
	{"another host", 11, REG "//registry.example/npm/:_authToken=T-CANARY\n", NULL,
		"https://cdn.example/x.tgz", NULL},
	{"http too", 11,
		"registry=http://registry.example/\n//registry.example/:_authToken=T-CANARY\n",
		NULL, "http://registry.example/x", "Bearer T-CANARY"},
	{"6: exact", 6, REG "//registry.example/npm/:_authToken=T-CANARY\n", NULL, URL,
		"Bearer T-CANARY"},
	{"6: no walk", 6, REG "//registry.example/:_authToken=T-CANARY\n", NULL, URL, NULL},
	{"6: no bare host", 6, REG "//registry.example/npm:_authToken=T-CANARY\n", NULL, URL, NULL},
	{"6: user before auth", 6,
		REG "//registry.example/npm/:username=u\n//registry.example/npm/:_password=cA==\n"
		    "//registry.example/npm/:_auth=YTpi\n",
		NULL, URL, "Basic dTpw"},
	{"6: unscoped", 6, REG "_authToken=T-CANARY\n", NULL, URL, "Bearer T-CANARY"},
	{"8: unscoped", 8, REG "_authToken=T-CANARY\n", NULL, URL, "Bearer T-CANARY"},
	{"8: unscoped elsewhere", 8, REG "_authToken=T-CANARY\n@s:registry=https://s.example/\n",
		NULL, "https://s.example/x", NULL},
	{"8: unscoped auth", 8, REG "_auth=YTpi\n", NULL, URL, "Basic YTpi"},
	{"8: walks", 8, REG "//registry.example/:_authToken=T-CANARY\n", NULL, URL,
		"Bearer T-CANARY"},
	{"9: unscoped", 9, REG "_authToken=T-CANARY\n", NULL, URL, NULL},
	{"env auth in 9", 9, REG, "npm_config__auth=YTpi", URL, NULL},
	{"env auth in 8", 8, REG, "npm_config__auth=YTpi", URL, "Basic YTpi"},
	{"nerfed env", 11, REG, "npm_config_//registry.example/npm/:_authToken=T-CANARY", URL,
		"Bearer T-CANARY"},
	{"userinfo", 11, "registry=https://us%40:p%3Aw@registry.example/npm/\n", NULL, URL,
		"Basic dXMlNDA6cCUzQXc="},
	{"6: userinfo", 6, "registry=https://us%40:p%3Aw@registry.example/npm/\n", NULL, URL,
		"Basic dXNAOnA6dw=="},
	{"token beats userinfo", 11,
		"registry=https://u:p@registry.example/npm/\n//registry.example/npm/"
		":_authToken=T-CANARY\n",
		NULL, URL, "Bearer T-CANARY"},
	{"certificate stops the walk", 11,
		REG "//registry.example/npm/:certfile=/c\n//registry.example/npm/:keyfile=/k\n"
		    "//registry.example/:_authToken=T-CANARY\n",
		NULL, URL, NULL},
	{"12", 12, REG "//registry.example/npm/:_authToken=T-CANARY\n", NULL, URL,
		"Bearer T-CANARY"},
};

static void test_credentials(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(credentials_cases); i++) {
		const struct credentials_case *c = &credentials_cases[i];
		struct given given = {c->major, c->user, NULL, NULL, {c->env}, NULL};
		struct world w = world_new(&given);
		const struct nd_registry *registry = nd_view_registry_of(w.view, c->url);
		struct nd_url *url = nd_url_parse(nd_span_of(c->url));
		g_autofree char *request = nd_registry_request(registry, url);
		struct nd_credentials *got = nd_view_credentials(w.view, request, NULL);

		same_text(c->name, reveal(got->authorization), c->header);
		nd_credentials_free(got);
		nd_url_free(url);
		world_free(&w);
	}
}

static void test_credentials_facts(void **state)
{
	(void)state;
	struct given given = {11,
		REG "//registry.example/npm/:_authToken=${NOPE}\n"
		    "//c.example/:certfile=/c.pem\n//c.example/:keyfile=/k.pem\n",
		NULL, NULL, {0}, NULL};
	struct world w = world_new(&given);
	struct nd_credentials *got = nd_view_credentials(w.view, URL, NULL);

	assert_int_equal(got->kind, ND_CREDENTIALS_TOKEN);
	assert_true(got->unresolved);
	assert_int_equal(got->setting->origin.line, 2);
	nd_credentials_free(got);
	got = nd_view_credentials(w.view, "https://c.example/x", NULL);
	assert_int_equal(got->kind, ND_CREDENTIALS_CERTIFICATE);
	assert_string_equal(got->certfile, "/c.pem");
	assert_string_equal(got->keyfile, "/k.pem");
	assert_null(got->authorization);
	nd_credentials_free(got);
	/* What stands in no request's URL is not sent: a tarball's, or beside the registry's path. */
	struct given own = {11, "registry=https://us:CANARY@registry.example/npm/\n", NULL, NULL, {0}, NULL};
	struct world other = world_new(&own);

	got = nd_view_credentials(other.view, "https://registry.example/npm/pkg", NULL);
	assert_int_equal(got->kind, ND_CREDENTIALS_NONE);
	world_free(&other);
	nd_credentials_free(got);
	got = nd_view_credentials(w.view, "no url", NULL);
	assert_int_equal(got->kind, ND_CREDENTIALS_NONE);
	nd_credentials_free(got);
	world_free(&w);
}

/* --- proxy --- */

struct proxy_case {
	const char *name;
	int major;
	const char *user;
	const char *env[4];
	const char *url;
	const char *host; /* of the proxy in use; NULL: direct or error */
	enum nd_proxy_error error;
};

#define S "https://registry.example/x"
#define P "http://registry.example/x"

static const struct proxy_case proxy_cases[] = {
	{"none", 11, "", {0}, S, NULL, 0},
	{"https-proxy for https", 11, "https-proxy=http://a.example:1\nproxy=http://b.example:2\n",
		{0}, S, "a.example", 0},
	{"https-proxy for http", 11, "https-proxy=http://a.example:1\nproxy=http://b.example:2\n",
		{0}, P, "a.example", 0},
	{"proxy for https", 11, "proxy=http://b.example:2\n", {0}, S, "b.example", 0},
	{"config before env", 11, "proxy=http://b.example:2\n", {"https_proxy=http://e.example"}, S,
		"b.example", 0},
	{"env https", 11, "", {"HTTPS_PROXY=http://e.example"}, S, "e.example", 0},
	{"env https for http", 11, "",
		{"HTTPS_PROXY=http://e.example", "http_proxy=http://h.example"}, P, "e.example", 0},
	{"env http for http", 11, "", {"HTTP_PROXY=http://h.example"}, P, "h.example", 0},
	{"env http for https", 11, "", {"HTTP_PROXY=http://h.example"}, S, NULL, 0},
	{"env proxy for http", 11, "", {"PROXY=http://p.example"}, P, "p.example", 0},
	{"env proxy for https", 11, "", {"PROXY=http://p.example"}, S, NULL, 0},
	{"all_proxy", 11, "", {"ALL_PROXY=http://p.example"}, S, NULL, 0},
	{"last wins", 11, "", {"https_proxy=http://l.example", "HTTPS_PROXY=http://u.example"}, S,
		"u.example", 0},
	{"last wins 2", 11, "", {"HTTPS_PROXY=http://u.example", "https_proxy=http://l.example"}, S,
		"l.example", 0},
	{"last wins empty", 11, "", {"HTTPS_PROXY=http://u.example", "https_proxy="}, S, NULL, 0},
	{"mixed case", 11, "", {"Https_Proxy=http://m.example"}, S, "m.example", 0},
	{"9: lower first", 9, "", {"https_proxy=http://l.example", "HTTPS_PROXY=http://u.example"},
		S, "l.example", 0},
	{"9: not empty", 9, "", {"https_proxy=", "HTTPS_PROXY=http://u.example"}, S, "u.example",
		0},
	{"9: mixed case", 9, "", {"Https_Proxy=http://m.example"}, S, NULL, 0},
	{"9: an empty one ends the search", 9, "", {"https_proxy=", "http_proxy=http://h.example"},
		P, NULL, 0},
	{"9: an empty capital one does not", 9, "", {"HTTPS_PROXY=", "http_proxy=http://h.example"},
		P, "h.example", 0},
	{"11: an empty one does not", 11, "", {"https_proxy=", "http_proxy=http://h.example"}, P,
		"h.example", 0},
	{"proxy=false keeps env", 11, "proxy=false\n", {"https_proxy=http://e.example"}, S,
		"e.example", 0},
	{"proxy=null keeps env", 11, "proxy=null\n", {"https_proxy=http://e.example"}, S,
		"e.example", 0},
	{"empty proxy keeps env", 11, "proxy=\n", {"https_proxy=http://e.example"}, S, "e.example",
		0},
	{"8: proxy=false keeps env", 8, "proxy=false\n", {"https_proxy=http://e.example"}, S,
		"e.example", 0},
	{"env layer", 11, "proxy=http://b.example:2\n", {"npm_config_proxy=http://n.example"}, S,
		"n.example", 0},
	{"env layer https_proxy", 11, "proxy=http://b.example:2\n",
		{"npm_config_https_proxy=http://n.example"}, S, "n.example", 0},
	{"no url", 11, "https-proxy=not a url\n", {0}, S, NULL, ND_PROXY_INVALID},
	{"true", 11, "proxy=true\n", {0}, S, NULL, ND_PROXY_INVALID},
	{"8: no url falls back", 8, "https-proxy=not a url\n", {0}, S, NULL, 0},
	{"no scheme", 11, "proxy=proxy.example:8080\n", {0}, S, NULL, ND_PROXY_SCHEME},
	{"6: no scheme", 6, "proxy=proxy.example:8080\n", {0}, S, "proxy.example", 0},
	{"ip no scheme", 11, "proxy=10.0.0.1:8080\n", {0}, S, NULL, ND_PROXY_INVALID},
	{"ftp", 11, "proxy=ftp://h.example:1\n", {0}, S, NULL, ND_PROXY_SCHEME},
	{"6: ftp is none", 6, "proxy=ftp://h.example:1\n", {0}, S, NULL, 0},
	{"socks", 11, "proxy=socks5h://h.example:1\n", {0}, S, "h.example", 0},
	{"bad percent", 11, "proxy=http://u:p%zz@h.example:1\n", {0}, S, NULL, ND_PROXY_ENCODING},
	{"noproxy", 11, "proxy=http://b.example:2\nnoproxy=registry.example\n", {0}, S, NULL, 0},
	{"noproxy list", 11, "proxy=http://b.example:2\nnoproxy[]=zzz\nnoproxy[]=.example\n", {0},
		S, NULL, 0},
	{"either list in 11", 11, "proxy=http://b.example:2\nnoproxy=zzz\n",
		{"NO_PROXY=registry.example"}, S, NULL, 0},
	{"config list replaces in 9", 9, "proxy=http://b.example:2\nnoproxy=zzz\n",
		{"NO_PROXY=registry.example"}, S, "b.example", 0},
	{"env list in 9", 9, "proxy=http://b.example:2\n", {"NO_PROXY=registry.example"}, S, NULL,
		0},
	{"star", 11, "proxy=http://b.example:2\n", {"NO_PROXY=*"}, S, "b.example", 0},
	{"exempt before it is parsed", 11, "proxy=10.0.0.1:80\nnoproxy=registry.example\n", {0}, S,
		NULL, 0},
	{"9 parses first", 9, "proxy=10.0.0.1:80\nnoproxy=registry.example\n", {0}, S, NULL,
		ND_PROXY_INVALID},
	{"9 does not parse true", 9, "proxy=true\nnoproxy=registry.example\n", {0}, S, NULL, 0},
	{"env list comes after the scheme", 11, "proxy=ftp://h.example\nnoproxy=zzz\n",
		{"NO_PROXY=registry.example"}, S, NULL, ND_PROXY_SCHEME},
	{"env list comes before the userinfo", 11, "proxy=http://u:%zz@h.example\nnoproxy=zzz\n",
		{"NO_PROXY=registry.example"}, S, NULL, 0},
	{"NOPROXY is nothing", 11, "proxy=http://b.example:2\n", {"NOPROXY=registry.example"}, S,
		"b.example", 0},
	{"no-proxy is nothing", 11, "proxy=http://b.example:2\nno-proxy=registry.example\n", {0}, S,
		"b.example", 0},
};

static void test_proxy(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(proxy_cases); i++) {
		const struct proxy_case *c = &proxy_cases[i];
		struct given given = {
			c->major, c->user, NULL, NULL, {c->env[0], c->env[1], c->env[2]}, NULL};
		struct world w = world_new(&given);
		struct nd_proxy *got = nd_view_proxy(w.view, c->url);

		same_text(c->name, nd_proxy_used(got) ? got->url->host : NULL, c->host);
		if (got->error != c->error)
			fail_msg("%s: error %d, want %d", c->name, (int)got->error, (int)c->error);
		nd_proxy_free(got);
		world_free(&w);
	}
}

/* 8 deletes what its type check rejects, and the weaker layer's value is used; 9 and later use it.
 */
static void test_rejected_value(void **state)
{
	(void)state;
	static const struct {
		int major;
		const char *host;
	} wanted[] = {{8, "user.example"}, {9, NULL}, {11, NULL}};

	for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
		struct given given = {wanted[i].major, "proxy=http://user.example:1\n",
			"proxy=not a url\n", NULL, {0}, NULL};
		struct world w = world_new(&given);
		struct nd_proxy *got = nd_view_proxy(w.view, S);

		same_text("rejected", nd_proxy_used(got) ? got->url->host : NULL, wanted[i].host);
		assert_int_equal(got->error, wanted[i].host ? ND_PROXY_OK : ND_PROXY_INVALID);
		nd_proxy_free(got);
		world_free(&w);
	}
}

static void test_proxy_userinfo(void **state)
{
	(void)state;
	static const struct {
		int major;
		const char *line, *user, *password;
	} cases[] = {
		{11, "proxy=http://ni%40ck:CANARY%3A@h.example:1\n", "ni@ck", "CANARY:"},
		{11, "proxy=\"http://nick:CANARY@!$;@h.example:1\"\n", "nick", "CANARY@!$;"},
		{11, "proxy=http://nick@h.example:1\n", "nick", NULL},
		{11, "proxy=http://:CANARY@h.example:1\n", NULL, "CANARY"},
		{9, "proxy=http://:CANARY@h.example:1\n", NULL, NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct given given = {cases[i].major, cases[i].line, NULL, NULL, {0}, NULL};
		struct world w = world_new(&given);
		struct nd_proxy *got = nd_view_proxy(w.view, S);

		same_text(cases[i].line, reveal(got->user), cases[i].user);
		same_text(cases[i].line, reveal(got->password), cases[i].password);
		nd_proxy_free(got);
		world_free(&w);
	}
}

static void test_noproxy(void **state)
{
	(void)state;
	static const struct {
		const char *entry, *why;
		bool never;
	} cases[] = {
		{"registry.example", NULL, false},
		{".example", NULL, false},
		{"example.", NULL, false},
		{"gistry.example", "the labels differ", false},
		{"*", "npm knows no wildcards", true},
		{"*.example", "npm knows no wildcards", true},
		{"10.0.0.0/8", "npm knows no CIDR blocks", true},
		{"registry.example:443", "npm compares no ports", true},
		{"https://registry.example", "npm compares no schemes", true},
		{"Registry.example", "npm compares case-sensitively and the host is lower case",
			true},
		{"a.example registry.example", "npm splits at commas only", true},
		{"a.example;registry.example", "npm splits at commas only", true},
		{"<local>", "<local> means nothing to npm", true},
		{"...", "it has no label", true},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *variable = g_strdup_printf("NO_PROXY=zzz, %s", cases[i].entry);
		struct given given = {11, "proxy=http://p.example\n", NULL, NULL, {variable}, NULL};
		struct world w = world_new(&given);
		struct nd_proxy *got = nd_view_proxy(w.view, S);
		const struct nd_noproxy *entry = g_ptr_array_index(got->noproxy, 1);

		assert_int_equal(got->noproxy->len, 2);
		same_text(cases[i].entry, entry->entry, cases[i].entry);
		same_text(cases[i].entry, entry->why, cases[i].why);
		same_text(cases[i].entry, entry->variable, "NO_PROXY");
		assert_int_equal(entry->never, cases[i].never);
		assert_int_equal(entry->matches, cases[i].why == NULL);
		assert_int_equal(got->bypassed, cases[i].why == NULL);
		assert_int_equal(entry->at, 5);
		nd_proxy_free(got);
		world_free(&w);
	}
}

static void test_noproxy_of_both(void **state)
{
	(void)state;
	struct given given = {9, "proxy=http://p.example\nnoproxy=zzz\n", NULL, NULL,
		{"NO_PROXY=registry.example"}, NULL};
	struct world w = world_new(&given);
	struct nd_proxy *got = nd_view_proxy(w.view, S);
	const struct nd_noproxy *entry = g_ptr_array_index(got->noproxy, 1);

	assert_non_null(((struct nd_noproxy *)g_ptr_array_index(got->noproxy, 0))->setting);
	assert_false(entry->matches);
	assert_false(entry->never);
	assert_string_equal(entry->why, "npm before 10 ignores it beside the noproxy setting");
	nd_proxy_free(got);
	world_free(&w);
}

static void test_patience(void **state)
{
	(void)state;
	struct given given = {11, "fetch-retries=5\nfetch-retry-mintimeout=abc\nfetch-timeout=0\n",
		NULL, NULL, {0}, NULL};
	struct world w = world_new(&given);
	struct nd_patience got = nd_view_patience(w.view);

	assert_true(got.retries == 5);
	assert_true(got.factor == 10);
	assert_true(got.min_timeout_ms == 10000);
	assert_true(got.max_timeout_ms == 60000);
	assert_true(got.timeout_ms == 30000);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registries),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_registry_of_scope),
		cmocka_unit_test(test_registry_default_and_invalid),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_credentials_facts),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_rejected_value),
		cmocka_unit_test(test_proxy_userinfo),
		cmocka_unit_test(test_noproxy),
		cmocka_unit_test(test_noproxy_of_both),
		cmocka_unit_test(test_patience),
	};

	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
