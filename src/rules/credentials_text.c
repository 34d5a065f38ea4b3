#include "rules/reading.h"

/* What credentials say, whether they are still good, and who can see them. */

static bool is_base64(const char *text, size_t n)
{
	size_t digits = 0, padding = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] == '=')
			padding++;
		else if (padding || !(g_ascii_isalnum(text[i]) || strchr("+/-_", text[i])))
			return false;
		else
			digits++;
	}
	return digits % 4 != 1 && padding <= 2 && (!padding || (digits + padding) % 4 == 0);
}

/* Owned by the caller; NULL where it is no base64. */
static GString *decode(const char *text, size_t n)
{
	g_autoptr(GString) plain = g_string_new(NULL);
	g_autofree guchar *bytes = NULL;
	gsize length;

	if (!is_base64(text, n))
		return NULL;
	for (size_t i = 0; i < n && text[i] != '='; i++)
		g_string_append_c(plain, text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i]);
	while (plain->len % 4)
		g_string_append_c(plain, '=');
	bytes = g_base64_decode(plain->str, &length);
	return g_string_new_len((const char *)bytes, (gssize)length);
}

static bool is_text(const GString *plain)
{
	if (!g_utf8_validate(plain->str, (gssize)plain->len, NULL))
		return false;
	for (size_t i = 0; i < plain->len; i++)
		if ((unsigned char)plain->str[i] < ' ' || plain->str[i] == 0x7f)
			return false;
	return true;
}

/* --- credentials in comments --- */

/* What people write where a secret goes. */
static const char *const placeholders[] = {
	"your", "token", "secret", "passw", "user:pass", "example", "xxx", "...", "***", "changeme", "replace",
	"placeholder", "dummy", "insert", "todo", "redacted", "123456", "abcdef", "base64", "{{",
};

static bool is_placeholder(const char *text, size_t n)
{
	g_autofree char *lower = g_ascii_strdown(text, (gssize)n);
	bool found = false;

	for (size_t i = 0; i < G_N_ELEMENTS(placeholders) && !found; i++)
		found = strstr(lower, placeholders[i]) != NULL;
	return found;
}

static bool has_letter_and_digit(struct nd_span text)
{
	bool letter = false, digit = false;

	for (size_t i = 0; i < text.n; i++) {
		letter |= g_ascii_isalpha(text.p[i]);
		digit |= g_ascii_isdigit(text.p[i]);
	}
	return letter && digit;
}

bool nd_looks_real(enum nd_spot_kind kind, const struct nd_secret *value)
{
	struct nd_span text = nd_secret_reveal(value);
	g_autoptr(GString) plain = kind == ND_SPOT_PASSWORD ? decode(text.p, text.n) : NULL;
	bool real = text.n >= 8 && has_letter_and_digit(text) && !strpbrk(text.p, "<> \t") && !strstr(text.p, "${") &&
		!is_placeholder(text.p, text.n) && !(plain && is_placeholder(plain->str, plain->len));

	return kind == ND_SPOT_PRIVATE_KEY ? text.n > 200 : real;
}

/* --- credentials-encoding --- */

static const char *judge_plain(GString *plain, bool pair)
{
	bool newline = plain->len && strchr("\r\n", plain->str[plain->len - 1]);

	while (plain->len && strchr("\r\n", plain->str[plain->len - 1]))
		g_string_truncate(plain, plain->len - 1);
	if (!is_text(plain))
		return "is not base64 of a text: npm sends something else than you mean";
	if (pair && !strchr(plain->str, ':'))
		return "is not base64 of user:password";
	return newline ? "was encoded together with its line end: the newline is part of the password" : NULL;
}

static const char *judge_encoding(const char *text, bool pair)
{
	g_autoptr(GString) plain = decode(text, strlen(text));

	if (!plain)
		return "is not base64: npm sends something else than you mean";
	return judge_plain(plain, pair);
}

bool nd_is_coded(struct nd_span base, struct nd_span value)
{
	g_autofree char *text = g_strndup(value.p, value.n);

	return value.n && !judge_encoding(text, nd_span_is(base, "_auth"));
}

/* Buffer.from() takes no number and no boolean, and of a list each item for a byte. */
static const char *judge_type(const struct nd_facts *f, enum nd_type type)
{
	if (f->layers->npm_major < 8 || f->layers->client != ND_CLIENT_NPM)
		return NULL;
	return type == ND_TYPE_ARRAY || type == ND_TYPE_OBJECT
		? "is a list to npm: it sends something else than you mean"
		: "is no text to npm: every request stops with ERR_INVALID_ARG_TYPE";
}

static const char *judge_value(const struct nd_facts *f, const struct nd_setting *setting, bool pair)
{
	const struct nd_ini_entry *entry = nd_setting_entry(f, setting);
	g_autofree char *text = NULL;

	if (setting->used.type != ND_TYPE_STRING)
		return pair || (entry && nd_is_bare(nd_layers_of(f->layers, setting), entry)) ? NULL :
			judge_type(f, setting->used.type);
	text = nd_used_text(setting);
	return judge_encoding(text, pair);
}

static void judge_coded(const struct nd_facts *f, const struct nd_setting *setting, struct nd_report *out)
{
	bool pair = nd_span_is(nd_key_base(setting->key), "_auth");
	const char *problem;
	struct nd_finding *finding;

	if (nd_kind_of(setting->key) != ND_KIND_BASE64 || setting->unresolved || nd_is_open(f, setting) ||
		nd_setting_owner(f, setting) != ND_RULE_COUNT || !nd_value_truthy(&setting->used))
		return;
	problem = judge_value(f, setting, pair);
	if (!problem)
		return;
	finding = nd_finding_add(out, ND_RULE_CREDENTIALS_ENCODING, "the value of %s %s",
		pair ? "_auth" : "_password", problem);
	nd_finding_help(finding, "make it with `printf %%s '%s' | base64 -w0`", pair ? "USER:PASSWORD" : "PASSWORD");
	nd_facts_locate(f, setting, 0, 0, &finding->where);
}

/* Calls for every effective setting of every layer. */
static void for_each_effective(const struct nd_facts *f, struct nd_report *out,
	void (*judge)(const struct nd_facts *f, const struct nd_setting *setting, struct nd_report *out))
{
	g_autoptr(GPtrArray) settings = nd_layers_effective(f->layers);

	for (guint i = 0; i < settings->len; i++)
		judge(f, settings->pdata[i], out);
}

void nd_check_credentials_encoding(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	(void)rule;
	for_each_effective(f, out, judge_coded);
}

/* --- credentials-conflict --- */

static const struct nd_setting *beside(const struct nd_facts *f, struct nd_span prefix, const char *name)
{
	g_autofree char *key = g_strdup_printf("%.*s:%s", (int)prefix.n, prefix.p, name);
	const struct nd_setting *setting = nd_layers_get(f->layers, key);

	return setting && nd_value_truthy(&setting->used) ? setting : NULL;
}

static void judge_conflict(const struct nd_facts *f, const struct nd_setting *token, struct nd_report *out)
{
	struct nd_span prefix = nd_key_prefix(token->key);
	const struct nd_setting *basic;
	struct nd_finding *finding;

	if (!prefix.n || nd_kind_of(token->key) != ND_KIND_TOKEN || !nd_value_truthy(&token->used))
		return;
	basic = beside(f, prefix, "_auth");
	if (!basic && beside(f, prefix, "username"))
		basic = beside(f, prefix, "_password");
	if (!basic)
		return;
	finding = nd_finding_add(out, ND_RULE_CREDENTIALS_CONFLICT,
		"this registry has a token and a password too: npm sends the token");
	nd_finding_help(finding, "delete the one that is not meant");
	nd_facts_locate(f, basic, 0, 0, &finding->where);
	nd_finding_note(finding, "the token stands in %s, line %u",
		token->origin.file ? token->origin.file : "the environment", token->origin.line);
}

void nd_check_credentials_conflict(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	(void)rule;
	for_each_effective(f, out, judge_conflict);
}

/* --- token-expired --- */

/* The number behind "exp" in a JSON object's own members, or -1. */
static int64_t expiry_of(const char *json)
{
	int depth = 0;

	for (const char *p = json; *p; p++) {
		if (*p == '{' || *p == '[') {
			depth++;
		} else if (*p == '}' || *p == ']') {
			depth--;
		} else if (*p == '"') {
			const char *name = ++p;

			while (*p && *p != '"')
				p += *p == '\\' && p[1] ? 2 : 1;
			if (!*p)
				return -1;
			if (depth == 1 && p - name == 3 && memcmp(name, "exp", 3) == 0) {
				const char *colon = p + 1 + strspn(p + 1, " \t\r\n");

				if (*colon == ':')
					return g_ascii_strtoll(colon + 1, NULL, 10);
			}
		}
	}
	return -1;
}

/* header.payload.signature (RFC 7519) */
static int64_t jwt_expiry(const char *token)
{
	const char *first = strchr(token, '.'), *second = first ? strchr(first + 1, '.') : NULL;
	g_autoptr(GString) payload = NULL;

	if (!second || strchr(second + 1, '.') || !g_str_has_prefix(token, "ey"))
		return -1;
	payload = decode(first + 1, (size_t)(second - first - 1));
	return payload && payload->len && payload->str[0] == '{' ? expiry_of(payload->str) : -1;
}

static void judge_expiry(const struct nd_facts *f, const struct nd_setting *setting, struct nd_report *out)
{
	const int64_t soon = 3 * 24 * 60 * 60;
	g_autoptr(GDateTime) date = NULL;
	g_autofree char *when = NULL, *token = NULL;
	struct nd_finding *finding;
	int64_t expiry;

	if (nd_kind_of(setting->key) != ND_KIND_TOKEN || setting->unresolved)
		return;
	token = nd_used_text(setting);
	expiry = jwt_expiry(token);
	if (expiry <= 0 || expiry > f->now + soon)
		return;
	date = g_date_time_new_from_unix_utc(expiry);
	when = date ? g_date_time_format(date, "%Y-%m-%d %H:%M UTC") : g_strdup("long ago");
	if (expiry <= f->now) {
		finding = nd_finding_add(out, ND_RULE_TOKEN_EXPIRED, "the token has expired: %s", when);
		nd_finding_npm(finding, "E401");
	} else {
		finding = nd_finding_add(out, ND_RULE_TOKEN_EXPIRED, "the token expires soon: %s", when);
		finding->severity = ND_WARNING;
	}
	nd_help_row(finding);
	nd_finding_number(finding, "expires", (double)expiry);
	nd_facts_locate(f, setting, 0, 0, &finding->where);
}

void nd_check_token_expired(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	(void)rule;
	for_each_effective(f, out, judge_expiry);
}

/* --- credentials-leak-to-proxy --- */

void nd_check_leak_to_proxy(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for (guint i = 0; f->layers->npm_major == 10 && i < f->registries->len; i++) {
		const struct nd_registry_facts *r = f->registries->pdata[i];
		struct nd_finding *finding;
		g_autofree char *proxy = NULL;

		if (!r->registry->url || !g_str_equal(r->registry->url->scheme, "https") ||
			!r->credentials->authorization || !nd_proxy_used(r->proxy) ||
			!g_str_equal(r->proxy->url->scheme, "http"))
			continue;
		proxy = nd_proxy_label(r->proxy);
		finding = nd_finding_add(out, rule, "npm %s sends the %s for %s to the proxy too, in clear",
			f->layers->npm && f->layers->npm->version && f->layers->npm->major == 10 ?
			f->layers->npm->version : "10", nd_credentials_kind_name(r->credentials->kind), r->url);
		nd_help_row(finding);
		nd_facts_locate(f, r->credentials->setting, 0, 0, &finding->where);
		nd_finding_target(finding, r->url, proxy);
	}
}

/* --- credentials-in-repository --- */

static const struct nd_spot *first_spot(const struct nd_facts *f, const struct nd_layer *layer)
{
	for (guint i = 0; i < f->spots->len; i++) {
		const struct nd_spot *spot = f->spots->pdata[i];

		if (spot->in == layer)
			return spot;
	}
	return NULL;
}

/* What has to be revoked: every credential of the file, by its key and place. */
static void name_all(const struct nd_facts *f, const struct nd_layer *layer, struct nd_finding *finding)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *list = NULL;

	for (guint i = 0; i < f->spots->len; i++) {
		const struct nd_spot *spot = f->spots->pdata[i];
		g_autofree char *name = g_strdup_printf("%.*s for %s", (int)spot->key.n, spot->key.p,
			*spot->location ? spot->location : "every registry");

		if (spot->in == layer && !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
			g_ptr_array_add(names, g_steal_pointer(&name));
	}
	g_ptr_array_add(names, NULL);
	list = g_strjoinv(", ", (char **)names->pdata);
	nd_finding_note(finding, "to revoke: %s", list);
	nd_finding_list(finding, "credentials", (char *const *)names->pdata);
}

void nd_check_in_repository(const struct nd_facts *f, enum nd_rule rule, struct nd_report *out)
{
	for (guint i = 0; i < f->files->len; i++) {
		const struct nd_file_facts *file = f->files->pdata[i];
		const struct nd_spot *spot = first_spot(f, file->layer);
		struct nd_finding *finding;

		if (spot && file->git == ND_GIT_SILENT)
			nd_leave_unchecked(out, rule, "git did not say whether it tracks a file with credentials");
		if (!spot || (file->git != ND_GIT_TRACKED && file->git != ND_GIT_UNTRACKED))
			continue;
		if (file->git == ND_GIT_TRACKED) {
			finding = nd_finding_add(out, rule, "git tracks this file with credentials in it");
			nd_help_row(finding);
			name_all(f, file->layer, finding);
		} else {
			finding = nd_finding_add(out, rule,
				"this file with credentials lies in a git work tree and is not ignored");
			finding->severity = ND_WARNING;
			nd_finding_help(finding, "add it to .gitignore, or move the credentials to the keyring with "
				"`npmrc-doctor fix --keyring`");
		}
		nd_blame(finding, file->layer, nd_ini_entry(file->layer->ini, spot->entry), spot->start,
			spot->end);
	}
}
