#include "view_world.h"
#include <string.h>

struct spot_case {
	const char *name;
	int major;
	const char *text; /* the user's file */
	const char *env;
	/* the first spot; value NULL: there is none */
	enum nd_spot_kind kind;
	const char *key, *location, *raw, *value;
	bool movable;
};

#define R "//registry.example/npm/"

static const struct spot_case cases[] = {
	{"token", 11, R ":_authToken=CANARY\n", NULL, ND_SPOT_TOKEN, "_authToken", R, "CANARY",
		"CANARY", true},
	{"blanks and comment", 11, R ":_authToken =  CANARY ; note\n", NULL, ND_SPOT_TOKEN,
		"_authToken", R, "CANARY", "CANARY", true},
	{"userinfo in the key", 11, "//nick:p/w@registry.example/npm/:_authToken=CANARY\n", NULL, ND_SPOT_TOKEN,
		"_authToken", R, "CANARY", "CANARY", true},
	{"a port and a scope in the key", 11, "//registry.example:8080/@s/:_authToken=CANARY\n", NULL, ND_SPOT_TOKEN,
		"_authToken", "//registry.example:8080/@s/", "CANARY", "CANARY", true},
	{"an at in the key's path", 11, "//registry.example/nick@corp/:_authToken=CANARY\n", NULL, ND_SPOT_TOKEN,
		"_authToken", "//registry.example/nick@corp/", "CANARY", "CANARY", true},
	{"auth", 11, R ":_auth=Q0FOQVJZ\n", NULL, ND_SPOT_PASSWORD, "_auth", R, "Q0FOQVJZ",
		"Q0FOQVJZ", true},
	{"password", 11, R ":_password=CANARY==\n", NULL, ND_SPOT_PASSWORD, "_password", R,
		"CANARY==", "CANARY==", true},
	{"unscoped", 8, "_authToken=CANARY\n", NULL, ND_SPOT_TOKEN, "_authToken", "", "CANARY",
		"CANARY", true},
	{"escaped", 11, R ":_authToken=CAN\\;ARY\n", NULL, ND_SPOT_TOKEN, "_authToken", R,
		"CAN\\;ARY", "CAN;ARY", true},
	{"double quotes", 11, R ":_authToken=\"CAN\\\"ARY \"\n", NULL, ND_SPOT_TOKEN, "_authToken",
		R, "CAN\\\"ARY ", "CAN\"ARY", true},
	{"single quotes", 11, R ":_authToken='CAN#ARY'\n", NULL, ND_SPOT_TOKEN, "_authToken", R,
		"CAN#ARY", "CAN#ARY", true},
	{"number", 11, R ":_authToken='123'\n", NULL, ND_SPOT_TOKEN, "_authToken", R, "123", "123",
		true},
	{"number as password", 11, R ":_password='123'\n", NULL, ND_SPOT_PASSWORD, "_password", R,
		"123", "123", false},
	{"open quote", 11, R ":_authToken=\"CANARY\n", NULL, ND_SPOT_TOKEN, "_authToken", R,
		"\"CANARY", "\"CANARY", true},
	{"object", 11, R ":_authToken='{\"a\":\"CANARY\"}'\n", NULL, ND_SPOT_TOKEN, "_authToken", R,
		"{\"a\":\"CANARY\"}", "", false},
	{"list", 11, R ":_authToken[]=CANARY\n", NULL, ND_SPOT_TOKEN, "_authToken", R, "CANARY",
		"CANARY", false},
	{"section", 11, "[s]\n" R ":_authToken=CANARY\n", NULL, ND_SPOT_TOKEN, "_authToken", R,
		"CANARY", "CANARY", true},
	{"wrong case", 11, R ":_authtoken=CANARY\n", NULL, ND_SPOT_TOKEN, "_authtoken", R, "CANARY",
		"CANARY", true},
	{"variable in key", 11, "//${H}/npm/:_authToken=CANARY\n", "H=registry.example",
		ND_SPOT_TOKEN, "_authToken", R, "CANARY", "CANARY", true},
	{"CRLF", 11, R ":_authToken=CANARY\r\nfund=false\r\n", NULL, ND_SPOT_TOKEN, "_authToken", R,
		"CANARY", "CANARY", true},
	{"BOM", 11, "\xef\xbb\xbf" R ":_authToken=CANARY\n", NULL, ND_SPOT_TOKEN, "_authToken", R,
		"CANARY", "CANARY", true},
	{"escaped reference", 11, R ":_authToken=CAN\\${ARY}\n", NULL, ND_SPOT_TOKEN, "_authToken",
		R, "CAN\\${ARY}", "CAN${ARY}", true},
	{"like a reference", 11, R ":_authToken=$CANARY$\n", NULL, ND_SPOT_TOKEN, "_authToken", R,
		"$CANARY$", "$CANARY$", true},
	{"a dollar in front", 11, "proxy=http://u$:CANARY@h.example:1\n", NULL,
		ND_SPOT_PROXY_PASSWORD, "proxy", "h.example:1", "CANARY", "CANARY", true},
	{"key", 11, "key=\"-----BEGIN\\nCANARY\\n\"\n", NULL, ND_SPOT_PRIVATE_KEY, "key", "",
		"-----BEGIN\\nCANARY\\n", "-----BEGIN\nCANARY", true},
	{"proxy", 11, "proxy=http://nick:CANARY@proxy.example:8080\n", NULL, ND_SPOT_PROXY_PASSWORD,
		"proxy", "proxy.example:8080", "CANARY", "CANARY", true},
	{"https-proxy, encoded", 11, "https-proxy=http://nick:CAN%41RY@Proxy.example\n", NULL,
		ND_SPOT_PROXY_PASSWORD, "https-proxy", "proxy.example:80", "CAN%41RY", "CAN%41RY",
		true},
	{"proxy, quoted", 11, "proxy=\"http://nick:CAN\\\"A#RY@proxy.example:8080\"\n", NULL,
		ND_SPOT_PROXY_PASSWORD, "proxy", "", "CAN\\\"A#RY", "CAN\"A#RY", false},
	{"proxy, escaped", 11, "proxy=http://nick:CAN\\;ARY@proxy.example:8080\n", NULL,
		ND_SPOT_PROXY_PASSWORD, "proxy", "proxy.example:8080", "CAN\\;ARY", "CAN;ARY",
		true},
	{"proxy, at in password", 11, "proxy=http://nick:CAN@ARY@proxy.example:8080\n", NULL,
		ND_SPOT_PROXY_PASSWORD, "proxy", "proxy.example:8080", "CAN@ARY", "CAN@ARY", true},
	{"proxy, slash in password", 11, "proxy=http://nick:8080/CANARY@proxy.example\n", NULL,
		ND_SPOT_PROXY_PASSWORD, "proxy", "", "8080/CANARY", "8080/CANARY", false},
	{"proxy, no scheme", 11, "proxy=nick:CANARY@proxy.example:80\n", NULL,
		ND_SPOT_PROXY_PASSWORD, "proxy", "", "CANARY", "CANARY", false},
	{"proxy, other variables", 11, "proxy=http://${U}:CANARY@${H}:1\n", "H=proxy.example",
		ND_SPOT_PROXY_PASSWORD, "proxy", NULL, "CANARY", "CANARY", true},
	/* before expansion the backslash ends the authority: where the password stands is a guess
	 */
	{"proxy, escaped reference", 11, "proxy=http://u:CANARY\\${X}@proxy.example:1\n", NULL,
		ND_SPOT_PROXY_PASSWORD, "proxy", "proxy.example:1", "CANARY\\${X}", "CANARY${X}",
		false},
	{"registry", 11, "registry=https://u:CANARY@registry.example/npm/\n", NULL, ND_SPOT_URL,
		"registry", R, "CANARY", "CANARY", true},
	{"scope's registry", 11, "@s:registry=https://u:CANARY@registry.example/npm/\n", NULL,
		ND_SPOT_URL, "@s:registry", R, "CANARY", "CANARY", true},
	{"registry, lone user", 11, "registry=https://CANARY@registry.example/npm/\n", NULL,
		ND_SPOT_URL, "registry", R, "CANARY", "CANARY", true},
	{"registry, not a secret", 11, "registry=https://registry.example:8080/@s/npm/\n", NULL, 0,
		NULL, NULL, NULL, NULL, false},
	{"proxy user alone", 11, "proxy=http://nick@proxy.example:8080\n", NULL, 0, NULL, NULL,
		NULL, NULL, false},
	{"reference", 11, R ":_authToken=${T}\n", "T=CANARY", 0, NULL, NULL, NULL, NULL, false},
	{"unset reference", 11, R ":_authToken=${T}\n", NULL, 0, NULL, NULL, NULL, NULL, false},
	{"reference inside", 11, R ":_authToken=a${T}b\n", "T=CANARY", 0, NULL, NULL, NULL, NULL,
		false},
	{"proxy reference", 11, "proxy=http://u:${T}@proxy.example:1\n", "T=CANARY", 0, NULL, NULL,
		NULL, NULL, false},
	{"empty", 11, R ":_authToken=\n", NULL, 0, NULL, NULL, NULL, NULL, false},
	{"bare", 11, R ":_authToken\n", NULL, 0, NULL, NULL, NULL, NULL, false},
	{"comment", 11, "; " R ":_authToken=CANARY\n", NULL, 0, NULL, NULL, NULL, NULL, false},
	{"other key", 11, "//registry.example/:username=nick\ncert=x\nemail=a@b.example\n", NULL, 0,
		NULL, NULL, NULL, NULL, false},
	{"npm 6", 6, R ":_authToken=CAN\\${ARY}\n", NULL, ND_SPOT_TOKEN, "_authToken", R,
		"CAN\\${ARY}", "CAN\\${ARY}", true},
	{"npm 8", 8, R ":_authToken=CANARY\n", NULL, ND_SPOT_TOKEN, "_authToken", R, "CANARY",
		"CANARY", true},
	{"npm 12", 12, R ":_authToken=CANARY\n", NULL, ND_SPOT_TOKEN, "_authToken", R, "CANARY",
		"CANARY", true},
};

static struct nd_span raw_of(const struct nd_spot *spot)
{
	struct nd_span bytes = nd_doc_bytes(spot->in->doc);

	assert_true(spot->start < spot->end && spot->end <= bytes.n);
	return (struct nd_span){bytes.p + spot->start, spot->end - spot->start};
}

/* Every setting as text: key=value lines, what npm would use. */
static char *settings_of(const struct world *w)
{
	g_autoptr(GPtrArray) all = nd_layers_effective(w->layers);
	struct nd_arena *arena = nd_arena_new();
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < all->len; i++) {
		const struct nd_setting *s = g_ptr_array_index(all, i);
		struct nd_span text = nd_value_text(&s->used, arena);

		g_string_append_len(out, s->key.p, (gssize)s->key.n);
		g_string_append_c(out, '=');
		g_string_append_len(out, text.p, (gssize)text.n);
		g_string_append_c(out, '\n');
	}
	nd_arena_free(arena);
	return g_string_free(out, FALSE);
}

/* The file with the spot replaced, read in a new world that has the variable: all is as it was. */
static void check_move(const struct spot_case *c, struct world *before, const struct nd_spot *spot)
{
	g_autofree char *reference = g_strdup_printf("${%s}", spot->variable);
	struct nd_splice splice = {spot->start, spot->end, nd_span_of(reference)};
	GString *text = nd_doc_splice(spot->in->doc, &splice, 1);
	g_autofree char *set =
		g_strdup_printf("%s=%s", spot->variable, nd_secret_reveal(spot->value).p);
	g_autofree char *was = settings_of(before);
	g_autofree char *is = NULL;
	g_autoptr(GPtrArray) spots = NULL;
	g_autoptr(GPtrArray) references = NULL;
	struct world after;
	bool found = false;

	assert_non_null(text);
	struct given given = {c->major, text->str, NULL, NULL, {set, c->env}, NULL};
	after = world_new(&given);
	is = settings_of(&after);
	if (strcmp(was, is) != 0)
		fail_msg("%s: npm sees something else:\n%s\n%s", c->name, was, is);
	spots = nd_view_spots(after.view);
	references = nd_view_references(after.view);
	assert_int_equal(spots->len, 0);
	for (guint i = 0; i < references->len; i++) {
		const struct nd_reference *r = g_ptr_array_index(references, i);

		if (strcmp(r->variable, spot->variable) != 0)
			continue;
		found = true;
		assert_int_equal(r->start, spot->start);
		assert_int_equal(r->end - r->start, strlen(reference));
		assert_string_equal(r->location, spot->location);
		assert_true(nd_span_equal(r->key, spot->key));
	}
	assert_true(found);
	g_string_free(text, TRUE);
	world_free(&after);
}

static void check_spot(const struct spot_case *c, struct world *w, const struct nd_spot *spot)
{
	if (spot->kind != c->kind || !nd_span_is(spot->key, c->key))
		fail_msg("%s: another kind or key", c->name);
	if (c->location && *c->location && strcmp(spot->location, c->location) != 0)
		fail_msg("%s: location %s", c->name, spot->location);
	if (!nd_span_is(raw_of(spot), c->raw))
		fail_msg("%s: raw %.*s", c->name, (int)raw_of(spot).n, raw_of(spot).p);
	if (*c->value && !nd_span_is(nd_secret_reveal(spot->value), c->value))
		fail_msg("%s: value %s", c->name, nd_secret_reveal(spot->value).p);
	if (spot->movable != c->movable)
		fail_msg("%s: %s", c->name, spot->obstacle ? spot->obstacle : "movable");
	assert_int_equal(spot->obstacle == NULL, spot->movable);
	assert_true(g_str_has_prefix(spot->variable, "NPMRC_SECRET_"));
	if (spot->movable)
		check_move(c, w, spot);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct spot_case *c = &cases[i];
		struct given given = {c->major, c->text, NULL, NULL, {c->env}, NULL};
		struct world w = world_new(&given);
		g_autoptr(GPtrArray) spots = nd_view_spots(w.view);

		if (spots->len != (c->value ? 1 : 0))
			fail_msg("%s: %u spots", c->name, spots->len);
		if (c->value)
			check_spot(c, &w, g_ptr_array_index(spots, 0));
		world_free(&w);
	}
}

static void expect_names(const struct given *given, const char *const *names)
{
	struct world w = world_new(given);
	g_autoptr(GPtrArray) spots = nd_view_spots(w.view);

	for (guint i = 0; i < spots->len; i++) {
		const struct nd_spot *spot = g_ptr_array_index(spots, i);

		assert_non_null(names[i]);
		assert_string_equal(spot->variable, names[i]);
		assert_true(strlen(spot->variable) <= 120);
	}
	assert_null(names[spots->len]);
	world_free(&w);
}

/* user:pa@CANARY;word@host: what npm takes for the host is a piece of the password, and is no name to be shown. */
static void test_password_in_halves(void **state)
{
	static const char *const lines[] = { "proxy=http://u:pa@CANARY;word@proxy.example:8080\n",
		"https-proxy=http://u:pa@CANARY#word@proxy.example\n",
		"registry=https://u:pa@CANARY;@registry.example/\n", "proxy=http://u:pa@CANARY; word@proxy.example\n",
		"registry=https://u:pa@CANARY# word@registry.example/\n",
		"proxy=http://u:pa@CANARY/word@proxy.example\n", "https-proxy=http://u:pa@CANARY?word@proxy.example\n",
		"proxy=http://u:pa@CANARY\\;/word@proxy.example\n", "https-proxy=\"http://u:pa@CANARY#word@proxy\"\n",
		"registry=https://u:pa@CANARY/word@registry/\n",
		"registry=https://u:pa@CAN.ARY?word@registry.example/\n",
		"@corp:registry=https://u:pa@CANARY/@registry.example/\n",
		"registry=https://nick:pw@registry.example/ http://n:CANARY@other.example/\n",
		"registry=https://nick:pw@registry.example/ http://n:CANARY@other/\n" };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
		struct given given = {11, lines[i], NULL, NULL, {0}, NULL};
		struct world w = world_new(&given);
		g_autoptr(GPtrArray) spots = nd_view_spots(w.view);
		const struct nd_spot *spot;

		assert_int_equal(spots->len, 1);
		spot = g_ptr_array_index(spots, 0);
		assert_false(spot->movable);
		assert_string_equal(spot->location, "");
		assert_null(strstr(spot->variable, "CAN"));
		world_free(&w);
	}
}

/* An '@' of a comment, and of a registry's path, is none of the password's. */
static void test_password_in_one(void **state)
{
	static const char *const lines[] = { "proxy=http://u:pa@proxy.example ; nick@corp.example\n",
		"registry=https://u:pa@registry.example/org/feed@Release/\n",
		"registry=http://u:pa@registry:4873/npm/@corp/\n", "registry=http://u:pa@localhost:4873/a@b/\n" };
	static const char *const names[] = { "PROXY_EXAMPLE_80_PROXY",
		"REGISTRY_EXAMPLE_ORG_FEED_RELEASE_REGISTRY_20AAB5", "REGISTRY_4873_NPM_CORP_REGISTRY",
		"LOCALHOST_4873_A_B_REGISTRY" };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
		struct given given = {11, lines[i], NULL, NULL, {0}, NULL};
		struct world w = world_new(&given);
		g_autoptr(GPtrArray) spots = nd_view_spots(w.view);
		const struct nd_spot *spot;

		assert_int_equal(spots->len, 1);
		spot = g_ptr_array_index(spots, 0);
		assert_true(spot->movable);
		assert_string_equal(spot->variable + strlen("NPMRC_SECRET_"), names[i]);
		world_free(&w);
	}
}

static void test_names(void **state)
{
	(void)state;
	static const char *const names[] = {
		"NPMRC_SECRET_REGISTRY_EXAMPLE_NPM_AUTHTOKEN",
		"NPMRC_SECRET_REGISTRY_EXAMPLE_NPM_AUTHTOKEN_2",
		"NPMRC_SECRET_REGISTRY_EXAMPLE_NPM_AUTHTOKEN",
		"NPMRC_SECRET_PROXY_EXAMPLE_8080_HTTPS_PROXY",
		"NPMRC_SECRET_AUTH",
		"NPMRC_SECRET_REGISTRY_EXAMPLE_NPM_AUTHTOKEN_PROJECT",
		"NPMRC_SECRET_REGISTRY_EXAMPLE_NPM_AUTHTOKEN_GLOBAL",
		NULL,
	};
	struct given given = {11,
		R ":_authToken=CANARY1\n" R ":_authToken=CANARY2\n" R ":_authToken=CANARY1\n"
		  "https-proxy=http://u:CANARY@proxy.example:8080\n_auth=Q0FOQVJZ\n",
		R ":_authToken=CANARY\n", R ":_authToken=CANARY\n", {0}, NULL};

	expect_names(&given, names);
	/* a name that the file refers to already is not given away again */
	static const char *const second[] = {"NPMRC_SECRET_REGISTRY_EXAMPLE_NPM_AUTHTOKEN_2", NULL};
	struct given half = {11,
		R ":_authToken=${NPMRC_SECRET_REGISTRY_EXAMPLE_NPM_AUTHTOKEN}\n" R
		  ":_authToken=CANARY\n",
		NULL, NULL, {0}, NULL};

	expect_names(&half, second);
}

/* Two places whose names would be the same get a hash, and so do those that are not spelt plainly.
 */
static void test_colliding_names(void **state)
{
	(void)state;
	struct given given = {11,
		"//a-b.example/:_authToken=CANARY1\n//a.b.example/:_authToken=CANARY2\n"
		"//a.example/Path/:_authToken=CANARY3\n//a.example/path/:_authToken=CANARY4\n",
		NULL, NULL, {0}, NULL};
	struct world w = world_new(&given);
	g_autoptr(GPtrArray) spots = nd_view_spots(w.view);
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	assert_int_equal(spots->len, 4);
	for (guint i = 0; i < spots->len; i++)
		assert_true(g_hash_table_add(
			seen, ((struct nd_spot *)g_ptr_array_index(spots, i))->variable));
	assert_string_equal(((struct nd_spot *)g_ptr_array_index(spots, 0))->variable,
		"NPMRC_SECRET_A_B_EXAMPLE_AUTHTOKEN");
	assert_true(g_str_has_prefix(((struct nd_spot *)g_ptr_array_index(spots, 1))->variable,
		"NPMRC_SECRET_A_B_EXAMPLE_AUTHTOKEN_"));
	assert_string_not_equal(((struct nd_spot *)g_ptr_array_index(spots, 1))->variable,
		"NPMRC_SECRET_A_B_EXAMPLE_AUTHTOKEN_2");
	assert_true(g_str_has_prefix(((struct nd_spot *)g_ptr_array_index(spots, 2))->variable,
		"NPMRC_SECRET_A_EXAMPLE_PATH_AUTHTOKEN_"));
	world_free(&w);
}

static void test_long_name(void **state)
{
	(void)state;
	g_autofree char *path = g_strnfill(300, 'x');
	g_autofree char *text = g_strdup_printf(
		"//a.example/%s/:_authToken=CANARY\n//a.example/%s/y/:_authToken=CANARY\n", path,
		path);
	struct given given = {11, NULL, text, NULL, {0}, NULL};
	struct world w = world_new(&given);
	g_autoptr(GPtrArray) spots = nd_view_spots(w.view);
	const struct nd_spot *a = g_ptr_array_index(spots, 0), *b = g_ptr_array_index(spots, 1);

	assert_int_equal(spots->len, 2);
	assert_true(strlen(a->variable) <= 120 && strlen(b->variable) <= 120);
	assert_string_not_equal(a->variable, b->variable);
	world_free(&w);
}

static void test_file_alone(void **state)
{
	(void)state;
	struct given given = {11, R ":_authToken=CANARY\n", NULL, NULL, {0}, NULL};
	struct world w = world_new(&given);
	struct nd_layers_options options = {.env = w.env, .npm = &w.npm, .npm_major = 11};
	g_autofree char *path = g_build_filename(w.dir, "home", ".npmrc", NULL);
	struct nd_layers *layers = nd_layers_load_file(&options, path, NULL);
	struct nd_view *view = nd_view_new(layers);
	g_autoptr(GPtrArray) spots = nd_view_spots(view);
	const struct nd_spot *spot = g_ptr_array_index(spots, 0);

	assert_int_equal(spots->len, 1);
	assert_int_equal(spot->layer, ND_LAYER_FILE);
	assert_string_equal(spot->variable, "NPMRC_SECRET_REGISTRY_EXAMPLE_NPM_AUTHTOKEN_FILE");
	assert_true(spot->movable);
	nd_view_free(view);
	nd_layers_free(layers);
	world_free(&w);
}

/* A value that no environment variable can hold stays. */
static void test_impossible_values(void **state)
{
	(void)state;
	g_autofree char *long_token = g_strnfill(200000, 'x');
	g_autofree char *text = g_strdup_printf(
		R ":_authToken=%s\n" R ":_password=\"CAN\\u0000ARY\"\n", long_token);
	struct given given = {11, text, NULL, NULL, {0}, NULL};
	struct world w = world_new(&given);
	g_autoptr(GPtrArray) spots = nd_view_spots(w.view);

	assert_int_equal(spots->len, 2);
	for (guint i = 0; i < spots->len; i++)
		assert_false(((struct nd_spot *)g_ptr_array_index(spots, i))->movable);
	world_free(&w);
}

static void test_references(void **state)
{
	(void)state;
	static const struct {
		const char *variable, *location, *key, *raw;
		bool effective;
	} want[] = {
		{"A", R, "_authToken", "${A}", false},
		{"B", R, "_authToken", "${B}", true},
		{"P", "proxy.example:1", "proxy", "${P}", true},
		{"X", "", "tag", "${X}", false},
		{"Y", "", "tag", "${Y?}", false},
		{"Z", "", "tag", "${Z}", true},
	};
	struct given given = {11,
		R ":_authToken=${A}\n" R
		  ":_authToken=\"${B}\"\nproxy=http://u:${P}@proxy.example:1\n"
		  "tag=${X}-\\${NO}-${Y?}\n",
		"tag=${Z}\n", NULL, {0}, NULL};
	struct world w = world_new(&given);
	g_autoptr(GPtrArray) got = nd_view_references(w.view);

	assert_int_equal(got->len, G_N_ELEMENTS(want));
	for (guint i = 0; i < got->len; i++) {
		const struct nd_reference *r = g_ptr_array_index(got, i);
		struct nd_span bytes = nd_doc_bytes(r->in->doc);

		assert_string_equal(r->variable, want[i].variable);
		assert_string_equal(r->location, want[i].location);
		assert_true(nd_span_is(r->key, want[i].key));
		assert_true(nd_span_is(
			(struct nd_span){bytes.p + r->start, r->end - r->start}, want[i].raw));
		assert_int_equal(r->effective, want[i].effective);
	}
	world_free(&w);
}

/* An item of a list is in effect, one of the same name under a section is not. */
static void test_references_in_sections(void **state)
{
	(void)state;
	struct given given = {11, "noproxy[]=${C}\n[s]\nnoproxy[]=${W}\n", NULL, NULL, {0}, NULL};
	struct world w = world_new(&given);
	g_autoptr(GPtrArray) got = nd_view_references(w.view);

	assert_int_equal(got->len, 2);
	assert_true(((struct nd_reference *)g_ptr_array_index(got, 0))->effective);
	assert_string_equal(((struct nd_reference *)g_ptr_array_index(got, 1))->variable, "W");
	assert_false(((struct nd_reference *)g_ptr_array_index(got, 1))->effective);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_password_in_halves),
		cmocka_unit_test(test_password_in_one),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_colliding_names),
		cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_file_alone),
		cmocka_unit_test(test_impossible_values),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_references_in_sections),
	};

	return cmocka_run_group_tests_name("spots", tests, NULL, NULL);
}
