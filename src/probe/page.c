#include "page.h"

#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_PAGE ((size_t)64 * 1024)
#define PATIENCE G_USEC_PER_SEC

void nd_page_begin(struct nd_exchange *x)
{
	const struct nd_wire *wire = nd_wire_by_owner(x->net->wires, x);
	const struct nd_answer *answer = &x->proxy_answer;
	bool clear = x->request.proxy->kind == ND_PROXY_KIND_HTTP;
	if (!clear || !wire || wire->fd < 0 || x->page_fd >= 0)
		return;
	x->page_fd = fcntl(wire->fd, F_DUPFD_CLOEXEC, 0);
	x->page_until = MIN(g_get_monotonic_time() + PATIENCE, x->net->deadline);
	x->page_bytes = MAX_PAGE;
	if (answer->length && !nd_answer_is_chunked(answer))
		x->page_bytes = (size_t)MIN(g_ascii_strtoull(answer->length, NULL, 10), MAX_PAGE);
}

static bool is_whole(const struct nd_exchange *x)
{
	static const char last[] = "0\r\n\r\n";
	const GString *body = x->body;
	if (body->len >= x->page_bytes)
		return true;
	return nd_answer_is_chunked(&x->proxy_answer) && body->len >= strlen(last) &&
		memcmp(body->str + body->len - strlen(last), last, strlen(last)) == 0;
}

bool nd_page_read(struct nd_exchange *x)
{
	char buffer[4096];
	while (x->page_fd >= 0 && !is_whole(x)) {
		size_t room = MIN(x->page_bytes - x->body->len, sizeof buffer);
		ssize_t n = recv(x->page_fd, buffer, room, MSG_DONTWAIT);
		if (n > 0)
			g_string_append_len(x->body, buffer, n);
		else if (n < 0 && errno == EINTR)
			continue;
		else
			return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) &&
				g_get_monotonic_time() < x->page_until;
	}
	return false;
}

void nd_page_end(struct nd_exchange *x)
{
	if (x->page_fd >= 0)
		close(x->page_fd);
	x->page_fd = -1;
}
