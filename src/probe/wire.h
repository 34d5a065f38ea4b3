#ifndef ND_PROBE_WIRE_H
#define ND_PROBE_WIRE_H

#include <glib.h>
#include <stdbool.h>

enum nd_wire_end {
	ND_WIRE_OPEN,
	ND_WIRE_FIN, /* the peer closed */
	ND_WIRE_RST, /* the peer, or something before it, reset */
};

/* One TCP connection as the kernel sees it. libcurl's codes do not tell a reset from a close. */
struct nd_wire {
	int fd;            /* -1: closed */
	const void *owner; /* who opened it */
	gint64 connected_at; /* monotonic time when it was first seen connected, 0: never */
	char *peer;        /* ip:port, once connected */
	int local_port;
	enum nd_wire_end end;
	size_t sent, received;
	unsigned char first[8]; /* what the peer sent first, as far as it was seen waiting */
	size_t n_first;
};

/* A GPtrArray of struct nd_wire. */
GPtrArray *nd_wires_new(void);
/* Keeps an eye on a new socket. */
void nd_wire_add(GPtrArray *wires, int fd, const void *owner);
/* Takes a last look and closes. */
void nd_wire_close(GPtrArray *wires, int fd);
/* Looks at every open one. To be called before libcurl reads. */
void nd_wire_sample(GPtrArray *wires);
void nd_wire_look(struct nd_wire *wire);
/* The newest one that connected, else the newest, of those with this owner; NULL for none. */
struct nd_wire *nd_wire_by_owner(GPtrArray *wires, const void *owner);
/* The newest one with this local port, or NULL. */
struct nd_wire *nd_wire_by_port(GPtrArray *wires, int local_port);

#endif
