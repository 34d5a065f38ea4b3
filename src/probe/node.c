#include "node.h"

#include <npmrc-doctor/child.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* NODE_OPENSSL_CERT_STORE: node/configure.py, --openssl-use-def-ca-store. */
static const char script[] =
	"const d=(process.config.target_defaults||{}).defines||[];"
	"process.stdout.write((d.includes('NODE_OPENSSL_CERT_STORE')?'openssl':'bundled')+' '"
	"+process.versions.node+'\\n'"
	"+require('tls').rootCertificates.join('\\n')+'\\n')";

/* About 200 kB in node 20 to 26. */
#define MAX_OUTPUT ((gsize)8 * 1024 * 1024)

struct nd_node {
	pid_t pid;
	int out;
};

/* NODE_OPTIONS and its like may run the user's code, or send the answer elsewhere. The rest stays:
 * a version manager's shim needs HOME and PATH. */
static char **dup_environment(void)
{
	GPtrArray *kept = g_ptr_array_new();
	for (char **one = environ; one && *one; one++)
		if (!g_str_has_prefix(*one, "NODE_"))
			g_ptr_array_add(kept, g_strdup(*one));
	g_ptr_array_add(kept, NULL);
	return (char **)g_ptr_array_free(kept, FALSE);
}

struct nd_node *nd_node_start(const char *path)
{
	char *argv[] = { (char *)path, (char *)"-e", (char *)script, NULL };
	g_auto(GStrv) environment = dup_environment();
	struct nd_child child = { .path = path, .argv = argv, .env = environment, .in = -1 };
	struct nd_node *node;

	if (nd_child_start(&child) != 0)
		return NULL;
	node = g_new0(struct nd_node, 1);
	node->pid = child.pid;
	node->out = child.out;
	return node;
}

char *nd_node_finish(struct nd_node *node, gint64 deadline, struct nd_node_kind *kind)
{
	g_autoptr(GString) text = g_string_new(NULL);
	bool complete = nd_child_read(node->out, deadline, MAX_OUTPUT, text);
	int status = nd_child_end(node->pid, complete ? deadline : 0);
	char store[8] = "";
	node->pid = 0;
	if (!complete || status != 0)
		return NULL;
	if (sscanf(text->str, "%7[a-z] %d.%d", store, &kind->major, &kind->minor) != 3)
		return NULL;
	kind->openssl = strcmp(store, "openssl") == 0;
	if (!kind->openssl && strcmp(store, "bundled") != 0)
		return NULL;
	const char *pem = strchr(text->str, '\n');
	return g_strdup(pem ? pem + 1 : "");
}

void nd_node_free(struct nd_node *node)
{
	if (!node)
		return;
	if (node->pid)
		nd_child_end(node->pid, 0);
	close(node->out);
	g_free(node);
}
