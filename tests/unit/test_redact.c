#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <npmrc-doctor/ini.h>
#include <npmrc-doctor/keys.h>
#include <npmrc-doctor/redact.h>

#define B "••••••••"
#define MAX_AT 8

static char *display_of(struct nd_span text, size_t line)
{
	struct nd_doc *doc = nd_doc_new(text, false);
	char *shown = nd_redact_display(doc, line, NULL, 0);

	nd_doc_free(doc);
	return shown;
}

static void test_keys(void **state)
{
	(void)state;
	static const char *const secret[] = {
		"_authToken",
		"_auth",
		"_password",
		"//registry.example/:_authToken",
		"//h/npm/:_AUTHTOKEN",
		"key",
		"//h/:key",
		"otp",
		"auth",
		"token",
		"NPM_TOKEN",
		"npm_config__auth",
		"passwd",
		"Password",
		"db-pass",
		"passphrase",
		"client_secret",
		"_keys",
		"aws_credential",
		"authToken[]",
		"_auth\xe2\x80\x8bToken",
		"my.api.key",
		"old-token-2",
		"_authToken: x",
		"\"_authToken\"",
		"secretfile",
		"//h/:_password64",
	};
	static const char *const open[] = {
		"registry",
		"always-auth",
		"//registry.example/:always-auth",
		"auth-type",
		"cafile",
		"keyfile",
		"//h/:certfile",
		"//h/:keyfile",
		"ssh-key-path",
		"tokenHelper",
		"//h/:tokenHelper",
		"username",
		"email",
		"@corp:registry",
		"@token:registry",
		"init-license",
		"proxy",
		"",
		"//token:8080/:email",
		"//auth.registry.example/:email",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(secret); i++)
		if (!nd_redact_key(nd_span_of(secret[i])))
			fail_msg("not secret: %s", secret[i]);
	for (size_t i = 0; i < G_N_ELEMENTS(open); i++)
		if (nd_redact_key(nd_span_of(open[i])))
			fail_msg("secret: %s", open[i]);
}

/* npm's own settings: these are secret and no other. */
static void test_npm_keys(void **state)
{
	(void)state;
	static const char *const names[] = {"_auth", "key", "otp", "password", NULL};
	size_t n;
	const struct nd_key *all = nd_key_all(&n);

	for (size_t i = 0; i < n; i++) {
		bool secret = g_strv_contains(names, all[i].name);

		if (nd_redact_key(nd_span_of(all[i].name)) != secret)
			fail_msg("%s is%s secret", all[i].name, secret ? "" : " not");
	}
}

static void test_lines(void **state)
{
	(void)state;
	static const struct {
		const char *line, *shown;
	} rows[] = {
		{"registry=https://registry.example/npm/", NULL},
		{"//registry.example/:always-auth=true", NULL},
		{"//registry.example/:email=me@corp.example", NULL},
		{"//registry.example:8443/:username=nick@corp.example", NULL},
		{"@corp:registry=https://registry.example/npm/group/@corp/", NULL},
		{"@token:registry=https://registry.example/", NULL},
		{"registry=https://pkgs.example/org/_packaging/feed@Release/npm/registry/", NULL},
		{"registry=https://pkgs.example/org/feed@Release", NULL},
		{"@corp:registry=https://nexus.example:8443/npm@Local/", NULL},
		{"//pkgs.example/org/feed@Release/npm/:_authToken=${T}", NULL},
		{"//nexus.example:8443/npm@Local/:email=me@corp.example", NULL},
		{"proxy=http://nick:pa/CANARY@proxy.example:8080", "proxy=http://nick:" B "@proxy.example:8080"},
		{"proxy=http://nick:1234/CANARY@h/x", "proxy=http://nick:" B "@h/x"},
		{"proxy=http://nick.name:1234/CANARY@proxy.example", "proxy=http://nick.name:" B "@proxy.example"},
		{"proxy=http://nick.name:1234/CANARY@h", "proxy=http://nick.name:" B "@h"},
		{"proxy=http://nick.name:123456/CANARY@h/", "proxy=http://nick.name:" B "@h/"},
		{"proxy=http://nick.name:12x/CANARY@h/", "proxy=http://nick.name:" B "@h/"},
		{"proxy=http://corp.example/nick:CANARY@h/", "proxy=http://corp.example/nick:" B "@h/"},
		{"proxy=http://corp.example/nick:CANARY/@h/", "proxy=http://corp.example/nick:" B "@h/"},
		{"proxy=http://corp.example/%3ACANARY@h/", "proxy=http://corp.example/%3A" B "@h/"},
		{"registry=https://CANA.RY/CANARY@registry.example/", "registry=https://" B "@registry.example/"},
		{"cafile=/etc/x.pem", NULL},
		{"init-license=MIT", NULL},
		{"init-author-email=firstname.lastname@corp.example", NULL},
		{"ssh-key-path=/home/nick/.ssh/id_ed25519", NULL},
		{"auth-type=legacy", NULL},
		{"proxy=http://proxy.example:8080", NULL},
		{"proxy=http://proxy.example:${PORT}/", NULL},
		{"proxy=http://nick@proxy.example:8080", NULL},
		{"proxy=http://nick:@proxy.example:8080", NULL},
		{"proxy=http://${U}:${P}@proxy.example:8080", NULL},
		{"proxy=http://[::1]:8080/", NULL},
		{"noproxy=localhost,127.0.0.1,.corp.example", NULL},
		{"_authToken=", NULL},
		{"_authToken=${NPM_TOKEN}", NULL},
		{"//h/:_authToken = \"${NPM_TOKEN?}\"  ", NULL},
		{"_authToken=${NPM_TOKEN} # npm_x", "_authToken=${NPM_TOKEN} # " B},
		{"_authToken=${NPM_TOKEN}CANARY", "_authToken=" B},
		{"_authToken=${T:-CANARY}", "_authToken=" B},
		{"# Basic authentication, see https://docs.example", NULL},
		{"script-shell=npm_config_registry", NULL},
		{"//registry.example/:_authToken=CANARY", "//registry.example/:_authToken=" B},
		{"//registry.example/:_authToken: CANARY", "//registry.example/:_authToken: " B},
		{"//registry.example/:_authToken CANARY x", "//registry.example/:_authToken " B},
		{"_authToken=CANARY#x;y z", "_authToken=" B},
		{"; _authToken = 'CANARY'", "; _authToken = '" B "'"},
		{"[_authToken=CANARY]", "[_authToken=" B},
		{"_authToken\xc2\xa0"
		 "CANARY",
			"_authToken\\u00a0" B},
		{"_authTokenCANARY=", "_authToken" B},
		{"_auth dTpDQU5BUlk=", "_auth " B},
		{"password CANARY", "password " B},
		{"# password CANARY", "# password " B},
		{"# the password is hidden", NULL},
		{"_authToken[]=CANARY", "_authToken[]=" B},
		{"\"_auth\" : \"CANARY\"", "\"_auth\" : \"" B "\""},
		{"proxy=http://nick:CANARY@proxy.example:8080",
			"proxy=http://nick:" B "@proxy.example:8080"},
		{"proxy=http://nick:CAN@AR/Y#?@proxy.example",
			"proxy=http://nick:" B "@proxy.example"},
		{"proxy=nick:CANARY@proxy.example:8080", "proxy=nick:" B "@proxy.example:8080"},
		{"proxy=http:nick:CANARY@proxy.example", "proxy=http:nick:" B "@proxy.example"},
		{"proxy http://nick:CAN=ARY@proxy.example",
			"proxy http://nick:" B "@proxy.example"},
		{"proxy: http://nick:CANARY@proxy.example",
			"proxy: http://nick:" B "@proxy.example"},
		{"proxy=http://nick:CANARY#1", "proxy=http://nick:" B},
		{"proxy=http://nick:CANARYsecret@proxy.example:8080",
			"proxy=http://nick:" B "@proxy.example:8080"},
		{"proxy=\"http://nick:CANARYtoken@proxy.example:8080/\"",
			"proxy=\"http://nick:" B "@proxy.example:8080/\""},
		{"proxy=http://token.proxy.example:8080", NULL},
		{"# http://h:80/ _authToken=abc@CANARY", "# http://h:" B},
		{"# old: CANARYsecret@h: CANARY", "# old:" B "@h: " B},
		{"# proxy=http://nick:CANARY@proxy.example",
			"# proxy=http://nick:" B "@proxy.example"},
		{"//nick:CAN=ARY@registry.example/:email=x",
			"//nick:" B "@registry.example/:email=x"},
		{"registry=https://CANARYabcdefghijklmnopq@h/", "registry=https://" B "@h/"},
		{"registry=https://ghp_CANARY0123@h/", "registry=https://" B "@h/"},
		{"registry=https://CANARY@h/", "registry=https://" B "@h/"},
		{"@corp:registry = 'https://CANARY:@h/x'", "@corp:registry = 'https://" B ":@h/x'"},
		{"registry=https://nick:CANARY@h/", "registry=https://nick:" B "@h/"},
		{"registry=https://${NAME}@h/", NULL},
		{"registry=CANARY@h/", "registry=" B "@h/"},
		{"proxy=http://CORP\\nick:CANARY;@h/", "proxy=http://CORP\\nick:" B "@h/"},
		{"proxy=http://nick@h/", NULL},
		{"registry=https://ghp_CANARY0123:x-oauth-basic@h/",
			"registry=https://" B ":" B "@h/"},
		{"registry=https://h/?token=CANARY", "registry=https://h/?token=" B},
		{"registry=https://h/ # npm_CANARY012345", "registry=https://h/ # " B},
		{"x=glpat-CANARY", "x=" B},
		{"x=AKCpCANARY01", "x=" B},
		{"x=a eyJCANARY0123.eyJx.yz b", "x=a " B " b"},
		{"x=Bearer CANARY", "x=Bearer " B},
		{"x=Basic Q0FOQVJZ", "x=Basic " B},
		{"x=-----BEGIN RSA PRIVATE KEY-----\\nCANARY", "x=" B},
		{"ca=-----BEGIN CERTIFICATE-----\\nMII", NULL},
		{"x=12345678-CAFE-beef-0123-123456789abc", "x=" B},
		{"registry=https://h/12345678-CAFE-beef-0123-123456789abc/npm/", NULL},
		{"a=\t\x01\x7f\xff\xc3", "a=\\t\\x01\\x7f\\xff\\xc3"},
		{"a=\xe2\x80\x8b"
		 "e\xcc\x81\xc2\x85\xf3\xa0\x80\x81ü日",
			"a=\\u200be\\u0301\\u0085\\u{e0001}ü日"},
		{"\xef", "\\xef"},
		{"\n", ""},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *shown = display_of(nd_span_of(rows[i].line), 0);

		if (strcmp(shown, rows[i].shown ? rows[i].shown : rows[i].line) != 0)
			fail_msg("%s is shown as %s", rows[i].line, shown);
	}
}

/* What a line leaves open, the next may hold. */
static void test_next_lines(void **state)
{
	(void)state;
	static const char text[] =
		"_authToken=\n  CANARY\n"
		"key=\"-----BEGIN PRIVATE KEY-----\nQ0FOQVJZ\nQ0E=\n-----END PRIVATE KEY-----\"\n"
		"ca=\"-----BEGIN "
		"CERTIFICATE-----\nMIIBpublicMIIBpublicMIIBpublicMIIBpublicMIIBpublic\n"
		"Q0FOQVJZQ0FOQVJZQ0FOQVJZQ0FOQVJZQ0FOQVJZQ0FOQVJZ\n"
		"-----END CERTIFICATE-----\"\nQ0FOQVJZQ0FOQVJZQ0FOQVJZQ0FOQVJZQ0FOQVJZQ0FOQVJZ\n";
	static const struct {
		size_t line;
		const char *shown;
	} rows[] = {
		{0, "_authToken="},
		{1, "  " B},
		{2, "key=\"" B},
		{3, B},
		{4, B},
		{7, "MIIBpublicMIIBpublicMIIBpublicMIIBpublicMIIBpublic"},
		{8, "Q0FOQVJZQ0FOQVJZQ0FOQVJZQ0FOQVJZQ0FOQVJZQ0FOQVJZ"},
		{10, B},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *shown = display_of(nd_span_of(text), rows[i].line);

		assert_string_equal(shown, rows[i].shown);
	}
}

/* A NUL is a byte like any other. */
static void test_nul(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t n, line;
	} rows[] = {
#define ROW(text, line) {text, sizeof(text) - 1, line}
		ROW("_authToken=\n\0CANARY", 1),
		ROW("\0_authToken\nCANARY", 1),
		ROW("proxy=http://nick:12\0CANARY", 0),
		ROW("proxy=http://nick:1\0" "2CANARY", 0),
		ROW("proxy=http://n\0ick:CANARY", 0),
		ROW("//token:80\0CANARY", 0),
		ROW("\0@scope:registry: http://nick:CANARY@h/", 0),
		ROW("registry\0=https://CANARY@h/", 0),
		ROW("proxy\0=nick:CANARY", 0),
#undef ROW
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *shown = display_of((struct nd_span){rows[i].text, rows[i].n}, rows[i].line);

		if (strstr(shown, "CANARY"))
			fail_msg("row %zu is shown as %s", i, shown);
	}
}

static void test_columns(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t n, at[MAX_AT], columns[MAX_AT];
	} rows[] = {
		{"x\nproxy=http://u:CANARY@h\n", 6, {2, 8, 17, 20, 23, 25}, {0, 6, 15, 15, 23, 25}},
		{"x\nü=\xe2\x80\x8b"
		 "日z",
			7, {2, 3, 4, 5, 6, 8, 11}, {0, 0, 1, 2, 2, 8, 10}},
		{"x\n_auth=CANARY", 4, {2, 8, 13, 14}, {0, 6, 6, 14}},
		{"x\n\n", 2, {2, 3}, {0, 0}},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct nd_doc *doc = nd_doc_new(nd_span_of(rows[i].text), false);
		size_t at[MAX_AT];

		memcpy(at, rows[i].at, sizeof(at));
		g_free(nd_redact_display(doc, 1, at, rows[i].n));
		for (size_t k = 0; k < rows[i].n; k++)
			if (at[k] != rows[i].columns[k])
				fail_msg(
					"row %zu, offset %zu: column %zu", i, rows[i].at[k], at[k]);
		nd_doc_free(doc);
	}
}

static void test_few_parts(void **state)
{
	(void)state;
	static const char text[] = "x=npm_CANARY012345 glpat-CANARY ghp_CANARY01 end";
	struct nd_doc *doc = nd_doc_new(nd_span_of(text), false);
	struct nd_span parts[4];

	assert_int_equal(nd_redact_line(doc, 0, parts, 4), 3);
	assert_ptr_equal(parts[0].p, text + 2);
	assert_int_equal(parts[0].n, 16);
	assert_int_equal(nd_redact_line(doc, 0, parts, 2), 2);
	assert_true(parts[1].p + parts[1].n == strstr(text, " end"));
	assert_int_equal(nd_redact_line(doc, 0, parts, 0), 0);
	nd_doc_free(doc);
}

static void test_values(void **state)
{
	(void)state;
	static const struct {
		const char *key, *value, *shown;
		bool redacted;
	} rows[] = {
		{ "proxy", "http://nick:CANARY@proxy.example:8080", "http://nick:***@proxy.example:8080", true },
		{ "proxy", "http://nick:CAN/ARY@proxy.example", "http://nick:***@proxy.example", true },
		{ "proxy", "nick:CANARY@proxy.example:8080", "nick:***@proxy.example:8080", true },
		{ "proxy", "http://nick:CANARYsecret@proxy.example:8080/x", "http://nick:***@proxy.example:8080/x",
			true },
		{ "registry", "https://CANARYabcdefghijklmnopq@h/", "https://***@h/", true },
		{ "registry", "https://CANARY@h/", "https://***@h/", true },
		{ "proxy", "http://nick@h/", "http://nick@h/", false },
		/* cut at its semicolon */
		{ "proxy", "http://CORP\\nick:CANARY", "http://CORP\\nick:***", true },
		{ "proxy", "http://$/%7BUSER%7D:CANARY", "http://$/%7BUSER%7D:***", true },
		{ "proxy", "http://nick@corp.example/:CANARY", "http://nick@corp.example/:***", true },
		{ "proxy", "nick:CANARY", "nick:***", true },
		{ "proxy", "proxy.example:8080", "proxy.example:8080", false },
		{ "proxy", "http://nick%3ACANARY@h", "http://nick%3A***@h", true },
		{ "proxy", "http://h:80 nick CANARY", "http://h:80 ***", true },
		{ "proxy", "http://h:80 ; nick", "http://h:80 ; nick", false },
		{ "//h/:username", "nick:CANARY", "nick:***", true },
		{ "//h/:username", "CORP\\nick", "CORP\\nick", false },
		{ "noproxy", "localhost,::1,h:x", "localhost,::1,h:x", false },
		{ "no_proxy", "::1", "::1", false },
		{ "registry", "https://registry.example/npm/a:b/", "https://registry.example/npm/a:b/", false },
		{ "proxy: http://nick:CAN", "ARY@proxy.example:8080", "***@proxy.example:8080", true },
		{ "otp CAN", "ARY", NULL, true },
		{ "export NPM_TOKEN", "CANARY", NULL, true },
		{ "export HTTPS_PROXY", "http://nick:CANARY@proxy.example", "http://nick:***@proxy.example", true },
		{ "registry", "https://registry.example/", "https://registry.example/", false },
		{ "_authToken", "CANARY", NULL, true },
		{ "_authToken", "${NPM_TOKEN}", "${NPM_TOKEN}", false },
		{ "_authToken", "", "", false },
		{ "//h/:KEY", "CANARY", NULL, true },
		{ "//h/:email", "me@corp.example", "me@corp.example", false },
		{ "whatever", "npm_CANARY012345", NULL, true },
		{ "whatever", "a npm_CANARY012345", "a ***", true },
		{ "whatever", "a\nb", "a\nb", false },
		/* Keys themselves. */
		{ "", "//host.example:8080/@scope/:_authToken", "//host.example:8080/@scope/:_authToken", false },
		{ "", "//[::1]:4873/@scope/:_authToken", "//[::1]:4873/@scope/:_authToken", false },
		{ "", "//nick:CAN/ARY@host.example/:_authToken", "//nick:***@host.example/:_authToken", true },
		{ "", "@corp:registry", "@corp:registry", false },
		{ "", "@corp:registry: https://registry.example:8443/npm/",
			"@corp:registry: https://registry.example:8443/npm/", false },
		{ "", "@corp:registry https://registry.example/@corp/",
			"@corp:registry https://registry.example/@corp/", false },
		{ "", "@corp:registry: http://nick:CANARY", "@corp:registry: http://nick:***", true },
		{ "", "proxy: nick:CANARY", "proxy: nick:***", true },
		{ "", "https-proxy http://proxy.example:8080", "https-proxy http://proxy.example:8080", false },
		{ "", "otp \"CANARY\"", "otp \"***\"", true },
		{ "", "NPM_TOKEN CANARY", "NPM_TOKEN ***", true },
		{ "", "export NPM_TOKEN", "export NPM_TOKEN", false },
		{ "", "strict-ssl false", "strict-ssl false", false },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		bool redacted = !rows[i].redacted;
		g_autofree char *shown = nd_redact_value(
			nd_span_of(rows[i].key), nd_span_of(rows[i].value), &redacted);

		if (g_strcmp0(shown, rows[i].shown) != 0 || redacted != rows[i].redacted)
			fail_msg("%s=%s is shown as %s", rows[i].key, rows[i].value, shown);
	}
}

static void test_urls(void **state)
{
	(void)state;
	static const struct {
		const char *text, *user, *shown;
	} rows[] = {
		{"https://registry.example/npm/@corp/", "", NULL},
		{"https://registry.example:8443/npm/@corp/", "", NULL},
		{"https://nick:CANARY@registry.example/npm/", "nick@", "https://nick@registry.example/npm/"},
		{"http://CORP\\nick:CANARY@h.example/", "", "http://corp/nick:***@h.example/"},
		{"http://corp.example\\nick:CANARY", "", "http://corp.example\\nick:***"},
		{"http://nick:8080/CANARY@h.example/", "", "http://nick:***@h.example/"},
		{"https://h.example/ --auth nick:CANARY", "", "https://h.example/ ***"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct nd_url *url = nd_url_parse(nd_span_of(rows[i].text));
		g_autofree char *shown = nd_redact_url(url, rows[i].user, url->path, rows[i].text);

		assert_string_equal(shown, rows[i].shown ? rows[i].shown : rows[i].text);
		nd_url_free(url);
	}
}

static void test_hides(void **state)
{
	(void)state;
	struct nd_doc *doc =
		nd_doc_new(nd_span_of("_authToken\n CANARY\nproxy=u:80;CANARY@h\notp CANARY\nx\n\n"), false);
	static const bool whole[] = {false, true, false, false, false, false};

	for (size_t i = 0; i < G_N_ELEMENTS(whole); i++)
		assert_int_equal(nd_redact_hides_start(doc, i), whole[i]);
	assert_true(nd_redact_hides(doc, 2, 29));
	assert_false(nd_redact_hides(doc, 2, 19));
	nd_doc_free(doc);
}

/* Six bytes of a secret are too many. */
static void assert_hidden(const char *line, const char *shown, const char *secret)
{
	size_t n = strlen(secret), piece = MIN(n, 6);

	for (size_t i = 0; i + piece <= n; i++) {
		g_autofree char *bytes = g_strndup(secret + i, piece);

		if (strstr(shown, bytes))
			fail_msg("'%s' of %s is shown as %s", bytes, line, shown);
	}
}

/* Six bytes in a row of one that npm reads as a key, a value, or as both. */
static void assert_pairs_hidden(const char *text, const char *secret)
{
	struct nd_doc *doc = nd_doc_new(nd_span_of(text), false);
	struct nd_ini *ini = nd_ini_decode(doc, 11);

	for (size_t i = 0; i < nd_ini_entry_count(ini); i++) {
		const struct nd_ini_entry *entry = nd_ini_entry(ini, i);
		bool redacted;
		g_autofree char *key = nd_redact_value(nd_span_of(""), entry->key, &redacted);
		/* "http://u:8080/x" alone has a port and a path. */
		bool port = entry->text.cut && g_ascii_isdigit(*secret);
		g_autofree char *value = entry->text.value.type == ND_TYPE_STRING && !port ?
			nd_redact_value(entry->key, entry->text.value.string, &redacted) : NULL;

		assert_hidden(text, key ? key : "", secret);
		assert_hidden(text, value ? value : "", secret);
	}
	nd_ini_free(ini);
	nd_doc_free(doc);
}

/* %: the secret. */
static const char *const spellings[] = {
	"_authToken=%",
	"//registry.example/:_authToken=%",
	"//registry.example/npm/:_password = %",
	"//registry.example:8443/:_auth=%",
	"_AUTHTOKEN = %",
	"authToken=%",
	"_authToken: %",
	"_authToken %",
	"//registry.example/:_authToken %",
	"//registry.example/:_authToken:%",
	"\"_authToken\"=\"%\"",
	"_authToken='%'",
	"_authToken=%\\",
	"_authToken=\"%",
	"_authToken==%",
	"_authToken=a %",
	"_auth=x%",
	"_authToken=%#%",
	"_authToken=x ; %",
	"# _authToken=%",
	";//registry.example/:_authToken=%",
	"#_auth: %",
	"  ;; # _password =  %",
	"[_authToken=%]",
	"[x] _authToken=%",
	"_authToken[]=%",
	"_authToken[] = [\"%\"]",
	"otp=%",
	"key=%",
	"//h/:key=\"%\"",
	"password: %",
	"passwd %",
	"NPM_TOKEN=%",
	"export NPM_TOKEN=%",
	"client-secret=%",
	"_keys=%",
	"my.credential: %",
	"npm_config__auth=%",
	"_auth\xe2\x80\x8bToken=%",
	"_authToken\xc2\xa0=\xc2\xa0%",
	"\xef\xbb\xbf_authToken=%",
	"_authToken=${X}%",
	"_authToken=${X:-%}",
	"_authToken=$%",
	"--_auth=%",
	"proxy=http://u:%@proxy.example:8080",
	"proxy=http://u:x%@proxy.example",
	"https-proxy = \"http://u:%@proxy.example:8080/\"",
	"proxy=u:%@proxy.example:8080",
	"proxy=//u:%@h:1",
	"proxy=http:/u:%@h",
	"proxy=http:u:%@h",
	"proxy=http:\\\\u:%@h",
	"proxy=http:///u:%@h",
	"proxy=socks5://u:%@h",
	"proxy=http://http://u:%@h",
	"proxy=http//u:%@h",
	"proxy=http://u:%@h@h",
	"proxy=http://u@x:%@h",
	"proxy http://u:%@h:80",
	"proxy: http://u:%@h:80",
	"proxy:u:%@h",
	"http://u:%@h",
	"#proxy=http://u:%@h:80 off",
	"registry=https://u:%@registry.example/npm/ ; me@x",
	"@corp:registry=https://u:%@registry.example/",
	"@corp:registry https://u:%@registry.example/",
	"//u:%@registry.example/:email=x",
	"[proxy=http://u:%@h]",
	"proxy=http://${U}:%@h",
	"registry=https://h/?token=%&x=1",
	/* What npm takes for a key, or splits where a password has a '=', ';' or '#'. */
	"@scope:registry: http://u:%@h:80/npm/",
	"@scope:registry: u:%@h",
	"@scope:registry http://u:%@h:80/npm/",
	"@scope:registry http://u:%@h/ # x@y",
	"registry: http://u:%@h/npm/",
	"https-proxy : \"http://u:%@h:80\"",
	"proxy u:%@h:80",
	"proxy\thttp://u:%@h:80",
	"proxy==http://\"u:%;more\"@h",
	"proxy==http://u:%@h",
	"proxy = http://u:%;x@h:80",
	"proxy=http://u:%#x@h",
	"proxy=u:%;x@h",
	"proxy=http://${USER}:%;x@h",
	"proxy=http://CORP\\u:%@h/",
	"proxy=http://CORP/u:%@h/",
	"registry=http://CORP\\u:%@h/",
	"registry=http://CORP\\u:%;x@h/",
	"otp \"%\"",
	"otp %",
	"otp\t%",
	"NPM_TOKEN %",
	"NPM_TOKEN \"%\"",
	"export NPM_TOKEN %",
	"export NPM_TOKEN=\"%\"",
	"set NPM_TOKEN %",
	"setx NPM_TOKEN \"%\"",
	"$env:NPM_TOKEN = \"%\"",
	"$env:NPM_TOKEN \"%\"",
	"//h/:_authToken,%",
	"<password>%</password>",
	"Authorization: Basic %",
	"registry=https://h/ --auth u:%",
	"npm config set //h/:_authToken %",
	"npm config set _auth %",
	"npm config set otp %",
	"//h/:_password \"%\"",
	"//H/:_AUTHTOKEN %",
	"//h/:_authToken -> %",
	"//h/:_authToken := %",
	"//h/:_authToken => \"%\"",
	"npmAuthToken: %",
	"npmAuthToken: \"%\"",
	"npmAuthIdent: \"u:%\"",
	"  npmAuthIdent u:%",
	"\"//h/:_authToken\": \"%\",",
	"\"//h/:_authToken\" : \"%\"",
	"{ \"_password\": \"%\" }",
	"'otp': '%'",
	"[http://u:%@h]",
	"[otp %]",
	"# export NPM_TOKEN=%",
	"; @scope:registry: http://u:%@h",
	"#registry=http://CORP\\u:%@h/",
	"# npmAuthToken: %",
	"# \"//h/:_authToken\": \"%\"",
	"-- proxy http://u:%@h:80",
	"HTTPS_PROXY http://u:%@h:80",
	"export HTTPS_PROXY=http://u:%@h:80",
	"export https_proxy=\"http://u:%;x@h:80\"",
	"proxy = \xe2\x80\x9chttp://u:%@h\xe2\x80\x9d",
	"proxy=http://u:% @h",
	"proxy=http:// u:%@h",
	"password:%",
	"password = %",
	"machine h login u password %",
	"always-auth=true _auth=%",
	"email=a@b.example _password=%",
};

static const char *const secrets[] = {
	"CANARY",
	"CANARYhunter2",
	"P4$$w0rdCANARY!",
	"CANARY=x=y==",
	"CANARY#rest;more",
	"CANARY/a/b?c#d",
	"CANARY:a:b",
	"CANARY@a@b",
	"CANARY with blanks in it",
	"CANARY\"quo'ted",
	"CANARY\\back\\slash",
	"CANARY%41%zz%",
	"CANARYüñ日本",
	"npm_CANARY0123456789abcdefghijklmnopqrst",
	"8080/CANARY",
	"dTpDQU5BUlk=CANARY==",
	"CANARY&x=1&y=2",
	"[CANARY]{a}",
	"CANARY,b,c",
	"CANARY\xff\xfe\x01x",
	"-----BEGIN RSA PRIVATE KEY-----\\nCANARY",
	"eyJCANARYeyJhbGciOi.eyJzdWIiOiIx.sgntr",
	"CANARY//x",
};

static char *spell(const char *spelling, const char *secret)
{
	g_auto(GStrv) pieces = g_strsplit(spelling, "%", -1);

	return g_strjoinv(secret, pieces);
}

static void test_never_shown(void **state)
{
	(void)state;
	static const char *const around[][2] = {
		{"", ""},
		{"x=1\n", "\n"},
		{"[section]\r\n", "\r\ny=2"},
		{"\r", "\r"},
		{"a\n\t ", " \t\n"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(spellings); i++)
		for (size_t k = 0; k < G_N_ELEMENTS(secrets); k++)
			for (size_t m = 0; m < G_N_ELEMENTS(around); m++) {
				g_autofree char *line = spell(spellings[i], secrets[k]);
				g_autofree char *text =
					g_strconcat(around[m][0], line, around[m][1], NULL);
				g_autofree char *shown =
					display_of(nd_span_of(text), m == 0 ? 0 : 1);

				assert_hidden(line, shown, secrets[k]);
				assert_pairs_hidden(text, secrets[k]);
			}
}

/* Tokens that are known by their shape are shown nowhere. */
static void test_shapes_never_shown(void **state)
{
	(void)state;
	static const char *const places[] = {
		"%",
		"x=%",
		"# %",
		"registry=https://%@h/",
		"registry=https://h/%/npm/",
		"foo=bar,%;x",
		"x = \"%\"",
		"%=1",
		"[%]",
		"a b % c",
		"//h/:username=%",
		"x=Bearer %",
		"proxy=http://%:x@h:80",
		"proxy=%@h:80",
	};
	static const char *const tokens[] = {
		"npm_CANARY0123456789abcdefghijklmnopqrst",
		"ghp_CANARY0123456789",
		"glpat-CANARY_0123-45",
		"AKCpCANARY01",
		"eyJCANARYhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
		"github_pat_CANARY_0123456789",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
		for (size_t k = 0; k < G_N_ELEMENTS(tokens); k++) {
			g_autofree char *line = spell(places[i], tokens[k]);
			g_autofree char *shown = display_of(nd_span_of(line), 0);

			assert_hidden(line, shown, tokens[k]);
		}
}

/* Every line of any length and any bytes has a display. */
static void test_any_bytes(void **state)
{
	(void)state;
	static const char alphabet[] = "=:@/#;\"' \\${}[]_authToken.npm_\xc3\xa9\xef\xbb\xbf\n\r";
	uint32_t seed = 1;

	for (int round = 0; round < 20000; round++) {
		char text[24];
		size_t n = (size_t)round % sizeof(text);

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = alphabet[(seed >> 8) % sizeof(alphabet)];
		}
		struct nd_span copy = {g_memdup2(text, n), n};
		struct nd_doc *doc = nd_doc_new(copy, false);

		for (size_t line = 0; line < nd_doc_count(doc); line++) {
			g_autofree char *shown = nd_redact_display(doc, line, NULL, 0);

			assert_true(g_utf8_validate(shown, -1, NULL));
		}
		nd_doc_free(doc);
		g_free((char *)copy.p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_npm_keys),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_next_lines),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_few_parts),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_hides),
		cmocka_unit_test(test_never_shown),
		cmocka_unit_test(test_shapes_never_shown),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
