#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <npmrc-doctor/url.h>

struct row {
	const char *text;
	const char *href, *scheme, *username, *password, *host; /* NULL: invalid */
	int port;
	const char *path, *query, *fragment;
	const char *nerf;
};

static void check_row(const struct row *row, const struct nd_url *url)
{
	assert_string_equal(url->href, row->href);
	assert_string_equal(url->scheme, row->scheme);
	assert_string_equal(url->username, row->username);
	assert_string_equal(url->password, row->password);
	assert_string_equal(url->host, row->host);
	assert_int_equal(url->port, row->port);
	assert_string_equal(url->path, row->path);
	assert_string_equal(url->query, row->query);
	assert_string_equal(url->fragment, row->fragment);
}

/* As node 20.20.2 has them: new URL(text), and nerf-dart.js of npm 11. */
static void test_parse(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"http://nick:P4$$w0rd!@proxy:8080", "http://nick:P4$$w0rd!@proxy:8080/", "http",
			"nick", "P4$$w0rd!", "proxy", 8080, "/", "", "", "//proxy:8080/"},
		{"HTTP://Nick:a@b:c@Proxy.Example:80/", "http://Nick:a%40b%3Ac@proxy.example/",
			"http", "Nick", "a%40b%3Ac", "proxy.example", -1, "/", "", "",
			"//proxy.example/"},
		{"https://u:p w\"'@h:443/npm", "https://u:p%20w%22'@h/npm", "https", "u",
			"p%20w%22'", "h", -1, "/npm", "", "", "//h/"},
		{"http://u:a#b@h", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://u:a/b@h", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://u:a?b@h", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://u:a\\b@h", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://u:8080/x@h", "http://u:8080/x@h", "http", "", "", "u", 8080, "/x@h", "",
			"", "//u:8080/"},
		{"http://u:%41%zz%@h", "http://u:%41%zz%@h/", "http", "u", "%41%zz%", "h", -1, "/",
			"", "", "//h/"},
		{"http://ü:日@h/é?é#é", "http://%C3%BC:%E6%97%A5@h/%C3%A9?%C3%A9#%C3%A9", "http",
			"%C3%BC", "%E6%97%A5", "h", -1, "/%C3%A9", "?%C3%A9", "#%C3%A9", "//h/"},
		{"http://u@h", "http://u@h/", "http", "u", "", "h", -1, "/", "", "", "//h/"},
		{"http://:p@h", "http://:p@h/", "http", "", "p", "h", -1, "/", "", "", "//h/"},
		{"http://@h", "http://h/", "http", "", "", "h", -1, "/", "", "", "//h/"},
		{"http://u:@h", "http://u@h/", "http", "u", "", "h", -1, "/", "", "", "//h/"},
		{"http://:@h", "http://h/", "http", "", "", "h", -1, "/", "", "", "//h/"},
		{"http://u:p@", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"socks5://u:p;=x@h:1080/a", "socks5://u:p%3B%3Dx@h:1080/a", "socks5", "u",
			"p%3B%3Dx", "h", 1080, "/a", "", "", "//h:1080/"},
		{"socks://PROXY.Example", "socks://PROXY.Example", "socks", "", "", "PROXY.Example",
			-1, "", "", "", "//PROXY.Example/"},
		{"proxy.corp:8080", "proxy.corp:8080", "proxy.corp", "", "", "", -1, "8080", "", "",
			"//8080/"},
		{"10.0.0.1:8080", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"localhost:8080", "localhost:8080", "localhost", "", "", "", -1, "8080", "", "",
			"//8080/"},
		{"u:p@host:8080", "u:p@host:8080", "u", "", "", "", -1, "p@host:8080", "", "",
			"//host:8080/"},
		{"proxy", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"//h", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"/x", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http:", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http:///h", "http://h/", "http", "", "", "h", -1, "/", "", "", "//h/"},
		{"http:h", "http://h/", "http", "", "", "h", -1, "/", "", "", "//h/"},
		{"http:\\\\u:p@h\\a\\..\\b", "http://u:p@h/b", "http", "u", "p", "h", -1, "/b", "",
			"", "//h/"},
		{"http://http://h", "http://http//h", "http", "", "", "http", -1, "//h", "", "",
			"//http//"},
		{"https:// h", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://h h", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"ht\012tp://h\011/a\015", "http://h/a", "http", "", "", "h", -1, "/a", "", "",
			"//h/"},
		{"  http://h  ", "http://h/", "http", "", "", "h", -1, "/", "", "", "//h/"},
		{"http://h:0", "http://h:0/", "http", "", "", "h", 0, "/", "", "", "//h:0/"},
		{"http://h:65535", "http://h:65535/", "http", "", "", "h", 65535, "/", "", "",
			"//h:65535/"},
		{"http://h:65536", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://h:99999", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://h:8a", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://h:-1", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://h:", "http://h/", "http", "", "", "h", -1, "/", "", "", "//h/"},
		{"http://h:00443", "http://h:443/", "http", "", "", "h", 443, "/", "", "",
			"//h:443/"},
		{"http://8080", "http://0.0.31.144/", "http", "", "", "0.0.31.144", -1, "/", "", "",
			"//0.0.31.144/"},
		{"http://0x7f.1", "http://127.0.0.1/", "http", "", "", "127.0.0.1", -1, "/", "", "",
			"//127.0.0.1/"},
		{"http://017700000001", "http://127.0.0.1/", "http", "", "", "127.0.0.1", -1, "/",
			"", "", "//127.0.0.1/"},
		{"http://1.2.3.256", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://4294967296", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://4294967295", "http://255.255.255.255/", "http", "", "", "255.255.255.255",
			-1, "/", "", "", "//255.255.255.255/"},
		{"http://1.2.3.4.", "http://1.2.3.4/", "http", "", "", "1.2.3.4", -1, "/", "", "",
			"//1.2.3.4/"},
		{"http://1.2.3.4.5", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://256", "http://0.0.1.0/", "http", "", "", "0.0.1.0", -1, "/", "", "",
			"//0.0.1.0/"},
		{"http://0x", "http://0.0.0.0/", "http", "", "", "0.0.0.0", -1, "/", "", "",
			"//0.0.0.0/"},
		{"http://09", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://a.1", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://1..2", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://a..b.", "http://a..b./", "http", "", "", "a..b.", -1, "/", "", "",
			"//a..b./"},
		{"http://%31%30.0.0.1", "http://10.0.0.1/", "http", "", "", "10.0.0.1", -1, "/", "",
			"", "//10.0.0.1/"},
		{"http://%zz", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://a%2fb", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://a%00b", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://a|b", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://a^b", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://a_b-", "http://a_b-/", "http", "", "", "a_b-", -1, "/", "", "", "//a_b-/"},
		{"http://[::1]:80", "http://[::1]/", "http", "", "", "[::1]", -1, "/", "", "",
			"//[::1]/"},
		{"http://[FE80::0:1]", "http://[fe80::1]/", "http", "", "", "[fe80::1]", -1, "/",
			"", "", "//[fe80::1]/"},
		{"http://[1:0:0:2:0:0:0:3]", "http://[1:0:0:2::3]/", "http", "", "", "[1:0:0:2::3]",
			-1, "/", "", "", "//[1:0:0:2::3]/"},
		{"http://[::1.2.3.4]", "http://[::102:304]/", "http", "", "", "[::102:304]", -1,
			"/", "", "", "//[::102:304]/"},
		{"http://[::1.2.3.04]", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://[1::2::3]", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://[1:2:3:4:5::6:1.2.3.4]", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL,
			NULL},
		{"http://[1:2:3:4:5:6:7:8:9]", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL,
			NULL},
		{"http://[fe80::1%25eth0]", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL,
			NULL},
		{"http://[::1", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://[]", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://[:1]", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://h/a/../b/./%2e%2E/c/..", "http://h/", "http", "", "", "h", -1, "/", "", "",
			"//h/"},
		{"http://h/a b\"<>`{}|^", "http://h/a%20b%22%3C%3E%60%7B%7D|^", "http", "", "", "h",
			-1, "/a%20b%22%3C%3E%60%7B%7D|^", "", "", "//h/"},
		{"http://h?a b'#c`d", "http://h/?a%20b%27#c%60d", "http", "", "", "h", -1, "/",
			"?a%20b%27", "#c%60d", "//h/"},
		{"http://h?", "http://h/?", "http", "", "", "h", -1, "/", "", "", "//h/"},
		{"http://h#", "http://h/#", "http", "", "", "h", -1, "/", "", "", "//h/"},
		{"http://h?#", "http://h/?#", "http", "", "", "h", -1, "/", "", "", "//h/"},
		{"foo:bar", "foo:bar", "foo", "", "", "", -1, "bar", "", "", "//bar/"},
		{"foo:a b'\"", "foo:a b'\"", "foo", "", "", "", -1, "a b'\"", "", "", NULL},
		{"foo:", "foo:", "foo", "", "", "", -1, "", "", "", "///"},
		{"foo:/..//p", "foo:/.//p", "foo", "", "", "", -1, "//p", "", "", "////"},
		{"foo://h", "foo://h", "foo", "", "", "h", -1, "", "", "", "//h/"},
		{"foo://h/..", "foo://h", "foo", "", "", "h", -1, "", "", "", "//h/"},
		{"foo://H%41/a\\b", "foo://H%41/a\\b", "foo", "", "", "H%41", -1, "/a\\b", "", "",
			"//H%41/"},
		{"foo://h x", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"foo:///x", "foo:///x", "foo", "", "", "", -1, "/x", "", "", "///"},
		{"foo://u:p@/x", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"foo://:80", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"file:///C|/a/../..", "file:///C:/", "file", "", "", "", -1, "/C:/", "", "",
			"///C:/"},
		{"file://C:/x", "file:///C:/x", "file", "", "", "", -1, "/C:/x", "", "", "///C:/"},
		{"file:x", "file:///x", "file", "", "", "", -1, "/x", "", "", "///"},
		{"file://localhost/x", "file:///x", "file", "", "", "", -1, "/x", "", "", "///"},
		{"file://h/x", "file://h/x", "file", "", "", "h", -1, "/x", "", "", "//h/"},
		{"file://h:80/x", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"javascript:x", "javascript:x", "javascript", "", "", "", -1, "x", "", "", "//x/"},
		{"mailto:a@b", "mailto:a@b", "mailto", "", "", "", -1, "a@b", "", "", "//b/"},
		{"1http://h", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"a+b-c.d://h", "a+b-c.d://h", "a+b-c.d", "", "", "h", -1, "", "", "", "//h/"},
		{"http://h/.a/../b", "http://h/b", "http", "", "", "h", -1, "/b", "", "", "//h/"},
		{"http://proxy.example./", "http://proxy.example./", "http", "", "",
			"proxy.example.", -1, "/", "", "", "//proxy.example./"},
		{"https://registry.example/npm/", "https://registry.example/npm/", "https", "", "",
			"registry.example", -1, "/npm/", "", "", "//registry.example/npm/"},
		{"https://registry.example:8443/a/b", "https://registry.example:8443/a/b", "https",
			"", "", "registry.example", 8443, "/a/b", "", "",
			"//registry.example:8443/a/"},
		{"http://bücher.example", "http://xn--bcher-kva.example/", "http", "", "",
			"xn--bcher-kva.example", -1, "/", "", "", "//xn--bcher-kva.example/"},
		{"http://xn--bcher-kva.example", "http://xn--bcher-kva.example/", "http", "", "",
			"xn--bcher-kva.example", -1, "/", "", "", "//xn--bcher-kva.example/"},
		{"http://xn--a", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
		{"http://faß.de", "http://xn--fa-hia.de/", "http", "", "", "xn--fa-hia.de", -1, "/",
			"", "", "//xn--fa-hia.de/"},
		{"http://☕.example", "http://xn--53h.example/", "http", "", "", "xn--53h.example",
			-1, "/", "", "", "//xn--53h.example/"},
		{"http://proxy–corp:80", "http://xn--proxycorp-u89d/", "http", "", "",
			"xn--proxycorp-u89d", -1, "/", "", "", "//xn--proxycorp-u89d/"},
		{"http://ｅｘａｍｐｌｅ", "http://example/", "http", "", "", "example", -1, "/", "",
			"", "//example/"},
		{"http://a​b", "http://ab/", "http", "", "", "ab", -1, "/", "", "", "//ab/"},
		{"http://%ff", NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct nd_url *url = nd_url_parse(nd_span_of(rows[i].text));
		g_autofree char *nerf = nd_url_nerf(nd_span_of(rows[i].text));

		if (!url != !rows[i].href)
			fail_msg("%s is %s", rows[i].text, url ? url->href : "invalid");
		if (url)
			check_row(&rows[i], url);
		if (g_strcmp0(nerf, rows[i].nerf) != 0)
			fail_msg("%s has the nerf dart %s", rows[i].text, nerf);
		nd_url_free(url);
	}
}

/* What no string literal holds: NUL, and bytes that are not UTF-8 (U+FFFD to node). */
static void test_bytes(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t n;
		const char *href;
	} rows[] = {
		{"\0http://h\0", 10, "http://h/"},
		{"http://u:a\0b@h/\0", 17, "http://u:a%00b@h/"},
		{"http://h/a\0b", 12, "http://h/a%00b"},
		{"http://a\0b/", 11, NULL},
		{"http://u:\xff\xe2\x82x@h", 15, "http://u:%EF%BF%BD%EF%BF%BDx@h/"},
		{"http://h\xff/", 10, NULL},
		{"http://h/xyz", 10, "http://h/x"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct nd_url *url = nd_url_parse((struct nd_span){rows[i].text, rows[i].n});

		if (g_strcmp0(url ? url->href : NULL, rows[i].href) != 0)
			fail_msg("row %zu is %s", i, url ? url->href : "invalid");
		nd_url_free(url);
	}
}

static void test_port(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int port;
	} rows[] = {
		{"http://h", 80},
		{"https://h", 443},
		{"https://h:80", 80},
		{"socks://h", 1080},
		{"socks5h://h:1", 1},
		{"socks4a://h", 1080},
		{"ftp://h", 21},
		{"foo://h", 0},
		{"file:///x", 0},
		{"http://h:0", 0},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct nd_url *url = nd_url_parse(nd_span_of(rows[i].text));

		assert_int_equal(nd_url_port(url), rows[i].port);
		nd_url_free(url);
	}
}

static void test_decode(void **state)
{
	(void)state;
	static const struct {
		const char *text, *decoded;
		size_t n;
	} rows[] = {
		{"", "", 0},
		{"a+b", "a+b", 3},
		{"%41%7a", "Az", 2},
		{"%00x", "\0x", 2},
		{"é%C3%A9", "éé", 4},
		{"%F0%9F%98%80", "😀", 4},
		{"%", NULL, 0},
		{"%4", NULL, 0},
		{"%zz", NULL, 0},
		{"%E4", NULL, 0},
		{"%E4x", NULL, 0},
		{"%C3\xa9", NULL, 0},
		{"%C0%80", NULL, 0},
		{"%ED%A0%80", NULL, 0},
		{"%F4%90%80%80", NULL, 0},
		{"%80", NULL, 0},
		{"P4%24%24", "P4$$", 4},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		size_t n = 0;
		g_autofree char *decoded = nd_url_decode(rows[i].text, &n);

		if (!decoded != !rows[i].decoded)
			fail_msg("%s is %s", rows[i].text, decoded ? "taken" : "refused");
		if (decoded) {
			assert_int_equal(n, rows[i].n);
			assert_memory_equal(decoded, rows[i].decoded, n);
		}
	}
}

static void test_redacted(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"http://nick:CANARY@proxy.example:8080", "http://nick:***@proxy.example:8080"},
		{"http://:CANARY@h", "http://:***@h"},
		{"http://nick:CAN@ARY@h/", "http://nick:***@h/"},
		{"http://nick:@h/", "http://nick:@h/"},
		{"http://nick@h/", "http://nick@h/"},
		{"http://h:80/x", "http://h:80/x"},
		{"https://h/@scope", "https://h/@scope"},
		{"http://nick:8080/CANARY@h", "http://nick:***@h"},
		{"http://nick:CAN/ARY@h", "http://nick:***@h"},
		{"nick:CANARY@h:8080", "nick:***@h:8080"},
		{"  http://nick:CANARY#@h x", "  http://nick:***@h x"},
		{"http:nick:CANARY@h", "http:***@h"},
		{"", ""},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *redacted = nd_url_redact_text(nd_span_of(rows[i][0]));

		assert_string_equal(redacted, rows[i][1]);
	}
}

/* Written as user|password, NULL: none. */
static void test_userinfo(void **state)
{
	(void)state;
	static const struct {
		const char *text, *user, *password;
	} rows[] = {
		{"http://nick:CANARY@h", "nick", "CANARY"},
		{"http://nick@h", "nick", NULL},
		{"http://nick:@h", "nick", ""},
		{"http://:CANARY@h", "", "CANARY"},
		{"http://n@x:CAN@AR:Y@h/a@b", "n@x", "CAN@AR:Y"},
		{" \t\n\x01http:nick:CANARY@h", "nick", "CANARY"},
		{"http:\\\\/nick:CANARY@h", "nick", "CANARY"},
		{"ht\ttp:/\n/\r\tni\nck:CAN\tARY@h", "ni\nck", "CAN\tARY"},
		{"socks5://nick:CAN\\ARY@h", "nick", "CAN\\ARY"},
		{"socks5:///nick:CANARY@h", NULL, NULL},
		{"http://nick:CAN\\ARY@h", NULL, NULL},
		{"http://h/nick:CANARY@x", NULL, NULL},
		{"http://nick:8080/CANARY@h", NULL, NULL},
		{"nick:CANARY@h:8080", NULL, NULL},
		{"http://@h", NULL, NULL},
		{"http://:@h", NULL, NULL},
		{"http://nick:CAN#ARY@h", NULL, NULL},
		{"http://nick:CAN?ARY@h", NULL, NULL},
		{"//nick:CANARY@h", NULL, NULL},
		{"", NULL, NULL},
		{"foo:/\t/nick:CANARY@h", "nick", "CANARY"},
		{"http://ü:日@h", "ü", "日"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const char *text = rows[i].text;
		struct nd_userinfo at = {0};
		bool found = nd_url_userinfo(nd_span_of(text), &at);

		if (found != (rows[i].user != NULL))
			fail_msg("userinfo in %s: %s", text, found ? "found" : "not found");
		if (!found)
			continue;
		g_autofree char *user =
			g_strndup(text + at.user_start, at.user_end - at.user_start);
		g_autofree char *password =
			g_strndup(text + at.password_start, at.password_end - at.password_start);

		assert_string_equal(user, rows[i].user);
		assert_int_equal(at.has_password, rows[i].password != NULL);
		assert_string_equal(password, rows[i].password ? rows[i].password : "");
		assert_int_equal(at.password_start, at.user_end + (at.has_password ? 1 : 0));
		assert_int_equal(text[at.password_end], '@');
	}
}

/* As node 20.20.2 has them: url.parse(text).href, NULL without a host. */
static void test_legacy(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"http://Proxy.Example:8080", "http://proxy.example:8080/"},
		{"HTTP://u:p@H", "http://u:p@h/"},
		{"proxy.corp:8080", "proxy.corp:8080"},
		{"10.0.0.1:8080", "10.0.0.1:8080"},
		{"localhost:8080", "localhost:8080"},
		{"Proxy.Corp:8080/x", "proxy.corp:8080/x"},
		{"http://h", "http://h/"},
		{"http:h", NULL},
		{"http:/h", NULL},
		{"HTTP:h", "http://h/"},
		{"//u@h/x", "//u@h/x"},
		{"//h/x", NULL},
		{"/x", NULL},
		{"proxy", NULL},
		{"", NULL},
		{"http://", NULL},
		{"http://:8080", "http://:8080"},
		{"http://h:x/y", "http://h/:x/y"},
		{"http://h/a b\"<>{}|\\^`'", "http://h/a%20b%22%3C%3E%7B%7D%7C/%5E%60%27"},
		{"http://u:a#b@h", "http://u/:a#b@h"},
		{"http://u:a b@h", "http://u:a%20b@h/"},
		{"http://u:%zz@h", NULL},
		{"http://u:P4$$!@h", "http://u:P4%24%24!@h/"},
		{"http://a@b@c/", "http://a%40b@c/"},
		{"http://h?a=\\b#c d", "http://h/?a=%5Cb#c%20d"},
		{"http:\\\\h\\a", "http://h/a"},
		{" http://h ", "http://h/"},
		{"http://h\011/a", "http://h/a"},
		{"http://[::1]:80", "http://[::1]:80/"},
		{"http://[::1", NULL},
		{"http://h;x", "http://h/;x"},
		{"http://h%41", "http://h/%41"},
		{"socks5://h", "socks5://h"},
		{"foo://h", "foo://h"},
		{"foo:h", "foo:h"},
		{"javascript:h", NULL},
		{"file:///x", NULL},
		{"mailto:a@b", "mailto:a@b"},
		{"http://a_b..c", "http://a_b..c/"},
		{"https://registry.example", "https://registry.example/"},
		{"https://registry.example/npm", "https://registry.example/npm"},
		{"http://bücher.example", "http://xn--bcher-kva.example/"},
		{"http://a​b", "http://ab/"},
		{"http://xn--a", NULL},
		{"http://"
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 "aaaaaaaaaaaaa",
			NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *href = nd_url_legacy_href(nd_span_of(rows[i][0]));

		if (g_strcmp0(href, rows[i][1]) != 0)
			fail_msg("%s becomes %s", rows[i][0], href);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_redacted),
		cmocka_unit_test(test_userinfo),
		cmocka_unit_test(test_legacy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
