#include "wire.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* From the kernel's include/net/tcp_states.h; glibc has them beside an older struct tcp_info. */
enum {
	STATE_SYN_SENT = 2,
	STATE_SYN_RECEIVED = 3,
	STATE_CLOSE = 7,
	STATE_CLOSE_WAIT = 8,
	STATE_LAST_ACK = 9,
};

static void free_wire(void *data)
{
	struct nd_wire *wire = data;
	g_free(wire->peer);
	g_free(wire);
}

GPtrArray *nd_wires_new(void)
{
	return g_ptr_array_new_with_free_func(free_wire);
}

void nd_wire_add(GPtrArray *wires, int fd, const void *owner)
{
	struct nd_wire *wire = g_new0(struct nd_wire, 1);
	wire->fd = fd;
	wire->owner = owner;
	g_ptr_array_add(wires, wire);
}

static int local_port(int fd)
{
	struct sockaddr_storage address = { 0 };
	socklen_t n = sizeof address;
	if (getsockname(fd, (struct sockaddr *)&address, &n) != 0)
		return 0;
	if (address.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
	/* getsockname() fills it in. NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
	return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

static char *dup_peer(int fd)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	struct sockaddr_storage address = { 0 };
	socklen_t n = sizeof address;
	if (getpeername(fd, (struct sockaddr *)&address, &n) != 0 ||
	    getnameinfo((struct sockaddr *)&address, n, host, sizeof host, port, sizeof port,
		    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return NULL;
	return g_strdup_printf(strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

/* A socket whose connect() failed is in state CLOSE, like one that was reset later. */
static void note_connected(struct nd_wire *wire, const struct tcp_info *info)
{
	bool connected = info->tcpi_state != STATE_CLOSE && info->tcpi_state != STATE_SYN_RECEIVED;
	if (wire->connected_at || !(connected || info->tcpi_bytes_sent > 0))
		return;
	wire->connected_at = g_get_monotonic_time();
	wire->local_port = local_port(wire->fd);
	wire->peer = dup_peer(wire->fd);
}

static void peek(struct nd_wire *wire)
{
	ssize_t n = recv(wire->fd, wire->first, sizeof wire->first, MSG_PEEK | MSG_DONTWAIT);
	if (n > 0)
		wire->n_first = (size_t)n;
}

/* SO_ERROR stays unread: reading it would hide the error from libcurl. */
void nd_wire_look(struct nd_wire *wire)
{
	struct tcp_info info = { 0 };
	socklen_t n = sizeof info;
	if (getsockopt(wire->fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0 ||
	    info.tcpi_state == STATE_SYN_SENT)
		return;
	note_connected(wire, &info);
	/* The first ending counts: a FIN is often followed by a RST for what we still sent. */
	if (wire->end != ND_WIRE_OPEN || !wire->connected_at)
		return;
	bool fin = info.tcpi_state == STATE_CLOSE_WAIT || info.tcpi_state == STATE_LAST_ACK;
	if (fin)
		wire->end = ND_WIRE_FIN;
	else if (info.tcpi_state == STATE_CLOSE)
		wire->end = ND_WIRE_RST;
	wire->sent = (size_t)info.tcpi_bytes_sent;
	/* A FIN takes a sequence number, which the kernel counts as a byte. */
	wire->received = (size_t)info.tcpi_bytes_received;
	wire->received -= fin && wire->received > 0;
	/* Peeking at a socket with an error would take the error. */
	if (wire->n_first == 0 && wire->end != ND_WIRE_RST && wire->received > 0)
		peek(wire);
}

void nd_wire_sample(GPtrArray *wires)
{
	for (guint i = 0; i < wires->len; i++) {
		struct nd_wire *wire = wires->pdata[i];
		if (wire->fd >= 0)
			nd_wire_look(wire);
	}
}

void nd_wire_close(GPtrArray *wires, int fd)
{
	for (guint i = wires->len; i-- > 0;) {
		struct nd_wire *wire = wires->pdata[i];
		if (wire->fd != fd)
			continue;
		nd_wire_look(wire);
		wire->fd = -1;
		break;
	}
	close(fd);
}

struct nd_wire *nd_wire_by_owner(GPtrArray *wires, const void *owner)
{
	struct nd_wire *newest = NULL;
	for (guint i = wires->len; i-- > 0;) {
		struct nd_wire *wire = wires->pdata[i];
		if (wire->owner != owner)
			continue;
		if (wire->connected_at)
			return wire;
		if (!newest)
			newest = wire;
	}
	return newest;
}

struct nd_wire *nd_wire_by_port(GPtrArray *wires, int port)
{
	for (guint i = wires->len; port > 0 && i-- > 0;) {
		struct nd_wire *wire = wires->pdata[i];
		if (wire->local_port == port)
			return wire;
	}
	return NULL;
}
