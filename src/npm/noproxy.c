#include <npmrc-doctor/doc.h>
#include <npmrc-doctor/url.h>

/* What npm's agents do (@npmcli/agent/lib/proxy.js, isNoProxy; make-fetch-happen/lib/agent.js
 * before): labels compared from the right, byte by byte; empty ones count in the host, not in the
 * entry. No wildcards, no ports, no address blocks, no folding of case. */

static struct nd_span trimmed(struct nd_span text)
{
	const char *p = text.p, *end = p + text.n, *last;
	size_t n;

	while (p < end && (n = nd_doc_white(p, (size_t)(end - p))) > 0)
		p += n;
	last = p;
	for (const char *q = p; q < end;) {
		n = nd_doc_white(q, (size_t)(end - q));
		q += n ? n : 1;
		if (!n)
			last = q;
	}
	return (struct nd_span){p, (size_t)(last - p)};
}

/* Takes the last label, and the dot before it, off the text; false where nothing is left. */
static bool take_last(struct nd_span *text, bool *more, struct nd_span *label)
{
	size_t start = text->n;

	if (!*more)
		return false;
	while (start > 0 && text->p[start - 1] != '.')
		start--;
	*label = (struct nd_span){text->p + start, text->n - start};
	*more = start > 0;
	text->n = start > 0 ? start - 1 : 0;
	return true;
}

bool nd_noproxy_match(struct nd_span entry, const char *host)
{
	struct nd_span rest = nd_span_of(host), no, label;
	bool more_host = true, more_entry = true, any = false;

	entry = trimmed(entry);
	while (take_last(&entry, &more_entry, &no)) {
		if (!no.n)
			continue;
		any = true;
		if (!take_last(&rest, &more_host, &label) || !nd_span_equal(no, label))
			return false;
	}
	return any;
}
