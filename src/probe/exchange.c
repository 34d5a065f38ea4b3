#include "exchange.h"

#include "hide.h"
#include "page.h"
#include "wire.h"

#include <sys/socket.h>
#include <string.h>

/* The connection that was used again turned out to be dead, and libcurl starts anew: the proxy is asked for
 * a tunnel once more. */
static void start_anew(struct nd_exchange *x)
{
	nd_answer_release(&x->answer);
	nd_answer_release(&x->proxy_answer);
	g_string_truncate(x->body, 0);
	x->sent = x->tunnel_open = false;
	x->reached_at = 0;
}

static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct nd_exchange *x = data;
	(void)purpose;
	if (x->sent)
		start_anew(x);
	x->opened++;
	x->ipv4 = x->ipv4 || address->family == AF_INET;
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	nd_wire_add(x->net->wires, fd, x);
	return fd;
}

static int close_socket(void *data, curl_socket_t fd)
{
	struct nd_exchange *x = data;
	nd_wire_close(x->net->wires, fd);
	return 0;
}

/* 0 makes libcurl give up. npm opens a tunnel on 200 alone (https-proxy-agent/dist/index.js), whatever
 * else libcurl would take. */
static bool add_proxy_line(struct nd_exchange *x, struct nd_span line)
{
	struct nd_answer *answer = &x->proxy_answer;
	nd_answer_add_line(answer, line);
	if (answer->complete && answer->status == 200) {
		x->tunnel_open = true;
		x->reached_at = g_get_monotonic_time();
	} else if (answer->complete) {
		nd_page_begin(x);
	}
	return !answer->not_http && (!answer->complete || x->tunnel_open);
}

static size_t take_header(char *p, size_t size, size_t count, void *data)
{
	struct nd_exchange *x = data;
	struct nd_span line = { p, size * count };
	x->header_bytes += line.n;
	if (x->header_bytes > ND_PROBE_MAX_HEADERS) {
		x->truncated = true;
		return 0;
	}
	if (x->tunnels && !x->tunnel_open)
		return add_proxy_line(x, line) ? line.n : 0;
	nd_answer_add_line(&x->answer, line);
	return line.n;
}

/* A package's versions may take megabytes; its first tarball's address comes early. */
#define MAX_PACKUMENT ((size_t)64 * 1024)

static size_t take_body(char *p, size_t size, size_t count, void *data)
{
	struct nd_exchange *x = data;
	size_t max = x->request.packument ? MAX_PACKUMENT : ND_PROBE_MAX_BODY;
	size_t n = size * count, room = max - x->body->len;
	g_string_append_len(x->body, p, (gssize)MIN(n, room));
	if (n <= room)
		return n;
	x->truncated = true;
	return 0;
}

static bool is_loopback(const char *address)
{
	return g_str_has_prefix(address, "127.") || strcmp(address, "::1") == 0;
}

/* libcurl repeats a request by itself when a connection that it used again turns out to be dead. One
 * that carries credentials goes out once. */
static int about_to_send(void *data, char *to, char *from, int to_port, int from_port)
{
	struct nd_exchange *x = data;
	(void)from, (void)to_port, (void)from_port;
	/* A name may lead anywhere: the address decides. */
	x->withheld = x->request.authorization && !x->https && !is_loopback(to);
	if ((x->carried && x->request.authorization) || x->withheld)
		return CURL_PREREQFUNC_ABORT;
	nd_wire_sample(x->net->wires);
	x->sent = x->carried = true;
	/* On a connection that is used again the tunnel is there already. */
	x->tunnel_open = x->tunnels;
	if (x->reached_at == 0)
		x->reached_at = g_get_monotonic_time();
	return CURL_PREREQFUNC_OK;
}

/* Called for the proxy first, then for the registry. */
static CURLcode take_context(CURL *easy, void *ctx, void *data)
{
	struct nd_exchange *x = data;
	(void)easy;
	nd_wire_sample(x->net->wires);
	bool to_proxy = x->request.proxy && x->request.proxy->kind == ND_PROXY_KIND_HTTPS &&
		!x->proxy_hop.done;
	if (!to_proxy && x->reached_at == 0)
		x->reached_at = g_get_monotonic_time();
	nd_hop_attach(to_proxy ? &x->proxy_hop : &x->hop, ctx);
	return CURLE_OK;
}

static const char *proxy_scheme(enum nd_proxy_kind kind)
{
	switch (kind) {
	case ND_PROXY_KIND_HTTPS:
		return "https";
	case ND_PROXY_KIND_SOCKS4:
		return "socks4";
	case ND_PROXY_KIND_SOCKS4A:
		return "socks4a";
	case ND_PROXY_KIND_SOCKS5:
		return "socks5";
	case ND_PROXY_KIND_SOCKS5H:
		return "socks5h";
	default:
		return "http";
	}
}

/* "name: value" for libcurl to copy. False where the value would break the line. */
static bool add_secret_header(struct curl_slist **list, const char *name, struct nd_span value)
{
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < 0x20 && value.p[i] != '\t')
			return false;
	g_autoptr(GString) line = g_string_new(NULL);
	g_string_append_printf(line, "%s: ", name);
	g_string_append_len(line, value.p, (gssize)value.n);
	*list = curl_slist_append(*list, line->str);
	return true;
}

static struct nd_span reveal(const struct nd_secret *secret)
{
	return secret ? nd_secret_reveal(secret) : (struct nd_span){ "", 0 };
}

/* npm sends it with the first request already, and `user:` where there is no password
 * (https-proxy-agent/dist/index.js). Left to libcurl it might be sent again after a 407. */
static void add_proxy_basic(struct nd_exchange *x)
{
	g_autofree char *encoded = nd_basic_pair(x->request.proxy);
	g_autofree char *value = g_strconcat("Basic ", encoded, NULL);
	add_secret_header(&x->proxy_headers, "Proxy-Authorization", nd_span_of(value));
}

static void set_proxy(struct nd_exchange *x)
{
	const struct nd_probe_proxy *proxy = x->request.proxy;
	/* "" is what keeps libcurl from reading the environment. */
	curl_easy_setopt(x->easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(x->easy, CURLOPT_PROXY, "");
	if (!proxy || proxy->kind == ND_PROXY_KIND_NONE)
		return;
	bool ipv6 = strchr(proxy->host, ':') != NULL;
	g_autofree char *address = g_strdup_printf("%s://%s%s%s", proxy_scheme(proxy->kind),
		ipv6 ? "[" : "", proxy->host, ipv6 ? "]" : "");
	curl_easy_setopt(x->easy, CURLOPT_PROXY, address);
	curl_easy_setopt(x->easy, CURLOPT_PROXYPORT, (long)proxy->port);
	if (!x->request.proxy_credentials)
		return;
	if (!x->socks) {
		add_proxy_basic(x);
		return;
	}
	curl_easy_setopt(x->easy, CURLOPT_PROXYUSERNAME, reveal(proxy->user).p);
	curl_easy_setopt(x->easy, CURLOPT_PROXYPASSWORD, reveal(proxy->password).p);
}

/* Certificates are looked at in hop.c alone: libcurl's own check, names and bundles are all off. */
static void set_tls(struct nd_exchange *x)
{
	static const CURLoption none[] = { CURLOPT_CAINFO, CURLOPT_CAPATH, CURLOPT_PROXY_CAINFO,
		CURLOPT_PROXY_CAPATH };
	static const CURLoption off[] = { CURLOPT_SSL_VERIFYPEER, CURLOPT_SSL_VERIFYHOST,
		CURLOPT_PROXY_SSL_VERIFYPEER, CURLOPT_PROXY_SSL_VERIFYHOST,
		/* A resumed session would show no certificate. */
		CURLOPT_SSL_SESSIONID_CACHE };
	for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
		curl_easy_setopt(x->easy, none[i], NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(off); i++)
		curl_easy_setopt(x->easy, off[i], 0L);
	curl_easy_setopt(x->easy, CURLOPT_SSL_CTX_FUNCTION, take_context);
	curl_easy_setopt(x->easy, CURLOPT_SSL_CTX_DATA, x);
	if (!x->request.certfile || x->request.unverified)
		return;
	curl_easy_setopt(x->easy, CURLOPT_SSLCERT, x->request.certfile);
	curl_easy_setopt(x->easy, CURLOPT_SSLKEY, x->request.keyfile);
	/* Otherwise OpenSSL would ask on the terminal. */
	curl_easy_setopt(x->easy, CURLOPT_KEYPASSWD, "");
}

static void set_callbacks(struct nd_exchange *x)
{
	curl_easy_setopt(x->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(x->easy, CURLOPT_OPENSOCKETDATA, x);
	curl_easy_setopt(x->easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(x->easy, CURLOPT_CLOSESOCKETDATA, x);
	curl_easy_setopt(x->easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(x->easy, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(x->easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(x->easy, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(x->easy, CURLOPT_PREREQFUNCTION, about_to_send);
	curl_easy_setopt(x->easy, CURLOPT_PREREQDATA, x);
	curl_easy_setopt(x->easy, CURLOPT_PRIVATE, x);
}

static void set_request(struct nd_exchange *x)
{
	const struct nd_request *request = &x->request;
	gint64 left = MAX((x->net->deadline - g_get_monotonic_time()) / 1000, 1);
	curl_easy_setopt(x->easy, CURLOPT_URL, x->url);
	curl_easy_setopt(x->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(x->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(x->easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(x->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(x->easy, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(x->easy, CURLOPT_NOSIGNAL, 1L);
	/* A resolver that hangs must not hold the end of the run. */
	curl_easy_setopt(x->easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(x->easy, CURLOPT_TIMEOUT_MS, (long)left);
	curl_easy_setopt(x->easy, CURLOPT_USERAGENT, "npmrc-doctor");
	curl_easy_setopt(x->easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	curl_easy_setopt(x->easy, CURLOPT_FRESH_CONNECT, (long)(request->alone || request->fresh));
	curl_easy_setopt(x->easy, CURLOPT_FORBID_REUSE, (long)request->alone);
	x->headers = curl_slist_append(x->headers, request->packument ?
		"Accept: application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*" :
		"Accept: application/json");
	if (request->authorization)
		add_secret_header(&x->headers, "Authorization", nd_secret_reveal(request->authorization));
	curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
	curl_easy_setopt(x->easy, CURLOPT_PROXYHEADER, x->proxy_headers);
}

static bool read_url(struct nd_exchange *x)
{
	char *host = NULL, *scheme = NULL;
	CURLU *url = curl_url();
	bool ok = url && curl_url_set(url, CURLUPART_URL, x->url, 0) == CURLUE_OK &&
		curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK;
	if (ok) {
		size_t n = strlen(host);
		bool ipv6 = host[0] == '[' && n > 2;
		x->host = ipv6 ? g_strndup(host + 1, n - 2) : g_strdup(host);
		x->https = strcmp(scheme, "https") == 0;
	}
	curl_free(host);
	curl_free(scheme);
	curl_url_cleanup(url);
	return ok;
}

static void set_path(struct nd_exchange *x)
{
	const struct nd_probe_proxy *proxy = x->request.proxy;
	enum nd_proxy_kind kind = proxy ? proxy->kind : ND_PROXY_KIND_NONE;
	if (kind == ND_PROXY_KIND_NONE)
		x->request.proxy = NULL;
	x->proxy_http = kind == ND_PROXY_KIND_HTTP || kind == ND_PROXY_KIND_HTTPS;
	x->socks = kind != ND_PROXY_KIND_NONE && !x->proxy_http;
	x->tunnels = x->proxy_http && x->https;
	x->hop = (struct nd_hop){ .host = x->host, .unverified = x->request.unverified,
		.roots = x->net->roots };
	x->proxy_hop = x->hop;
	x->proxy_hop.host = proxy ? proxy->host : NULL;
	x->hop.public_host = x->request.public_host;
}

struct nd_exchange *nd_exchange_start(struct nd_net *net, const struct nd_request *request)
{
	struct nd_exchange *x = g_new0(struct nd_exchange, 1);
	x->net = net;
	x->request = *request;
	x->url = g_strdup(request->url);
	x->body = g_string_new(NULL);
	x->page_fd = -1;
	x->start = g_get_monotonic_time();
	x->easy = read_url(x) && x->start < net->deadline ? curl_easy_init() : NULL;
	if (!x->easy) {
		nd_exchange_free(x);
		return NULL;
	}
	set_path(x);
	set_callbacks(x);
	set_tls(x);
	set_proxy(x);
	set_request(x);
	x->running = curl_multi_add_handle(net->multi, x->easy) == CURLM_OK;
	if (x->running)
		return x;
	nd_exchange_free(x);
	return NULL;
}

void nd_exchange_stop(struct nd_exchange *x)
{
	if (x->running)
		curl_multi_remove_handle(x->net->multi, x->easy);
	x->running = false;
}

void nd_exchange_free(struct nd_exchange *x)
{
	if (!x)
		return;
	nd_exchange_stop(x);
	nd_page_end(x);
	curl_easy_cleanup(x->easy);
	curl_slist_free_all(x->headers);
	curl_slist_free_all(x->proxy_headers);
	nd_answer_release(&x->answer);
	nd_answer_release(&x->proxy_answer);
	nd_hop_release(&x->hop);
	nd_hop_release(&x->proxy_hop);
	g_string_free(x->body, TRUE);
	g_free(x->url);
	g_free(x->host);
	g_free(x);
}
