#include <npmrc-doctor/source.h>

#include <stdio.h>

/* The kernel's include/net/tcp_states.h, which /proc/net/tcp prints as hexadecimal numbers. */
static const char *const names[ND_SOCKET_STATES] = { NULL, "ESTABLISHED", "SYN_SENT", "SYN_RECV",
	"FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
	"NEW_SYN_RECV" };

const char *nd_socket_state_name(size_t state)
{
	return state < ND_SOCKET_STATES ? names[state] : NULL;
}

/* "  0: 0100007F:1F90 00000000:0000 0A ...": the local and the other address, then the state. */
static void count_line(const char *line, struct nd_sockets *out)
{
	unsigned port = 0, state = 0;

	if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", &port, &state) != 2 ||
		state >= ND_SOCKET_STATES)
		return;
	out->states[state]++;
	if (port >= out->low && port <= out->high)
		out->in_range++;
}

/* A file of /proc says that its size is 0, so it is read by lines. */
static void count_file(const char *path, struct nd_sockets *out)
{
	FILE *file = fopen(path, "re");
	char line[512];

	while (file && fgets(line, sizeof line, file))
		count_line(line, out);
	if (file)
		fclose(file);
}

struct nd_sockets nd_sockets_count(void)
{
	struct nd_sockets sockets = { .low = 32768, .high = 60999 };
	FILE *range = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	unsigned low = 0, high = 0;

	if (range && fscanf(range, "%u %u", &low, &high) == 2) {
		sockets.low = low;
		sockets.high = high;
	}
	if (range)
		fclose(range);
	count_file("/proc/net/tcp", &sockets);
	count_file("/proc/net/tcp6", &sockets);
	return sockets;
}
