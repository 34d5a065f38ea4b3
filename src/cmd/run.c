#include "cmd/run.h"

#include "cmd/policy.h"

#include <npmrc-doctor/hash.h>
#include <npmrc-doctor/keyring.h>
#include <npmrc-doctor/load.h>

static enum nd_client client_of(const struct nd_context *context)
{
	for (int client = ND_CLIENT_NPM; client <= ND_CLIENT_BUN; client++)
		if (g_str_equal(context->options->client, nd_client_name(client)))
			return client;
	return ND_CLIENT_NPM;
}

/* The version to imitate: the one asked for, else that of the npm on PATH, else the newest known. */
static bool choose_version(const struct nd_run *run, const struct nd_context *context, int *major,
	GError **err)
{
	const char *asked = context->options->npm_version;
	enum nd_client client = client_of(context);
	guint64 oldest = nd_client_oldest(client), newest = nd_client_newest(client);
	guint64 number = client == ND_CLIENT_NPM ? (guint64)run->npm->major : newest;

	if (asked) {
		char *end = NULL;

		number = g_ascii_strtoull(asked, &end, 10);
		if (end == asked || (*end && *end != '.')) {
			g_set_error(err, ND_USAGE_ERROR, 0,
				"--npm-version '%s' is no version: say 11 or 11.6.0", asked);
			return false;
		}
	}
	if (asked && (number < oldest || number > newest)) {
		g_set_error(err, ND_USAGE_ERROR, 0, "--npm-version '%s' is unknown for %s: versions %d to %d are",
			asked, nd_client_name(client), (int)oldest, (int)newest);
		return false;
	}
	*major = (int)(number < oldest || number > newest ? newest : number);
	return true;
}

char *nd_run_version(const struct nd_run *run, const struct nd_context *context)
{
	if (context->options->npm_version)
		return g_strdup(context->options->npm_version);
	if (client_of(context) != ND_CLIENT_NPM)
		return g_strdup_printf("%d", nd_client_newest(client_of(context)));
	if (run->npm->version)
		return g_strdup(run->npm->version);
	return g_strdup_printf("%d", run->npm_major);
}

/* --registry. */
static bool ask_registries(struct nd_view *view, const struct nd_options *o, GError **err)
{
	for (guint i = 0; i < o->registries->len; i++) {
		if (nd_view_ask_registry(view, o->registries->pdata[i]))
			continue;
		/* It may carry userinfo: not repeated. */
		g_set_error(err, ND_USAGE_ERROR, 0, "--registry takes an http or https URL");
		return false;
	}
	return true;
}

bool nd_run_open(struct nd_run *run, const struct nd_context *context, GError **err)
{
	*run = (struct nd_run){ .npm = nd_npm_find(context->env) };
	if (!choose_version(run, context, &run->client_major, err))
		return false;
	run->npm_major = nd_client_npm(client_of(context), run->client_major);
	return true;
}

bool nd_run_read(struct nd_run *run, const struct nd_context *context, const char *file, GError **err)
{
	return nd_run_open(run, context, err) && nd_run_load(run, context, file, err);
}

bool nd_run_load(struct nd_run *run, const struct nd_context *context, const char *file, GError **err)
{
	struct nd_layers_options options = { .client = client_of(context) };

	options.env = context->env;
	options.npm = run->npm;
	options.npm_major = run->npm_major;
	options.client_major = options.client == ND_CLIENT_NPM ? 0 : run->client_major;
	options.userconfig = context->options->userconfig;
	options.globalconfig = context->options->globalconfig;
	options.settings = context->options->settings;
	options.supplied = context->options->supplied;
	run->layers = file ? nd_layers_load_file(&options, file, err) : nd_layers_load(&options, err);
	if (!run->layers)
		return false;
	run->view = nd_view_new(run->layers);
	if (!ask_registries(run->view, context->options, err))
		return false;
	run->report = nd_report_new();
	run->report->client = g_strdup(nd_client_name(options.client));
	run->report->npm_version = nd_run_version(run, context);
	run->report->cwd = g_strdup(context->env->cwd);
	return true;
}

/* Without libcurl everything else is still judged, and the rest is said to be unchecked. */
static bool leave_unprobed(struct nd_engine_options *options, GError *err)
{
	if (err->domain != ND_LOAD_ERROR)
		return false;
	options->no_probe = true;
	options->no_probe_reason = err->message;
	return true;
}

/* Files alone show that verification or TLS is off; only a probe shows whether the line can go. */
static bool needs_probe(int rule)
{
	return nd_rule_row(rule)->need == ND_NEED_PROBE || rule == ND_RULE_STRICT_SSL_DISABLED ||
		rule == ND_RULE_REGISTRY_OVER_HTTP;
}

static bool wants_probe(const bool *skip)
{
	for (int rule = 0; rule < ND_RULE_COUNT; rule++)
		if (!(skip && skip[rule]) && needs_probe(rule))
			return true;
	return false;
}

/* Whether a file refers to a variable of ours that the environment lacks. */
static bool lacks_ours(const struct nd_run *run)
{
	g_autoptr(GPtrArray) references = nd_view_references(run->view);

	for (guint i = 0; i < references->len; i++) {
		const struct nd_reference *reference = references->pdata[i];

		if (nd_variable_is_ours(reference->variable) &&
			!nd_env_get(run->layers->env, reference->variable))
			return true;
	}
	return false;
}

/* So that a variable that `exec` will bring is not called lost. Never prompts; a keyring that does not
 * answer leaves the question open, and --offline opens not even D-Bus's socket. */
static void ask_keyring(struct nd_run *run)
{
	struct nd_keyring *keyring;
	g_autoptr(GPtrArray) items = NULL;
	GHashTable *names;

	if (run->facts->files_only || run->facts->offline || !lacks_ours(run))
		return;
	keyring = nd_keyring_open(false, NULL);
	items = keyring ? nd_keyring_list(keyring, NULL) : NULL;
	nd_keyring_free(keyring);
	if (!items)
		return;
	names = g_hash_table_new_full(nd_hash_text, g_str_equal, g_free, NULL);
	for (guint i = 0; i < items->len; i++) {
		const struct nd_keyring_item *item = items->pdata[i];

		g_hash_table_add(names, g_strdup(item->variable));
	}
	nd_facts_set_keyring(run->facts, names);
}

bool nd_run_judge(struct nd_run *run, const struct nd_context *context, const bool *skip, GError **err)
{
	struct nd_engine_options options = { .skip = skip };
	g_autoptr(GError) failure = NULL;
	gint64 started = g_get_monotonic_time();

	if (!run->facts)
		run->facts = nd_facts_new(run->view, g_get_real_time() / G_USEC_PER_SEC);
	if (!run->shares_policy && !nd_policy_load(context, run->layers->project_root, &run->policy, err))
		return false;
	run->facts->policy = run->policy;
	run->facts->offline = context->options->offline;
	ask_keyring(run);
	if (run->layers->fatal || run->facts->files_only || context->options->offline) {
		options.no_probe = true;
		options.no_probe_reason = context->options->offline ? "offline" :
			run->facts->files_only ? "only files were named" :
			"npm stops before it connects";
	} else if (wants_probe(skip) && !nd_run_probe(run, context, skip, &failure) &&
		!leave_unprobed(&options, failure)) {
		g_propagate_error(err, g_steal_pointer(&failure));
		return false;
	}
	nd_engine_run(run->facts, &options, run->report);
	run->report->seconds = (g_get_monotonic_time() - started) / 1e6;
	return true;
}

void nd_run_release(struct nd_run *run)
{
	nd_report_free(run->report);
	nd_facts_free(run->facts);
	nd_view_free(run->view);
	nd_layers_free(run->layers);
	if (!run->shares_policy)
		nd_policy_free(run->policy);
	if (!run->shares_npm)
		nd_npm_free(run->npm);
	*run = (struct nd_run){ 0 };
}

bool nd_run_interactive(const struct nd_context *context)
{
	const char *display = nd_env_get(context->env, "DISPLAY");
	const char *wayland = nd_env_get(context->env, "WAYLAND_DISPLAY");

	return (context->in_terminal && context->err_terminal) || (display && *display) || (wayland && *wayland);
}

bool nd_run_deliver(const struct nd_context *context, const struct nd_call *call, struct nd_delivery *out,
	GError **err)
{
	const struct nd_delivery_options options = { call, context->options->deliver, nd_run_interactive(context) };
	struct nd_run run;
	bool ok = nd_run_read(&run, context, NULL, err) && nd_delivery_plan(run.view, &options, out, err);

	nd_run_release(&run);
	return ok;
}

GPtrArray *nd_run_files(const struct nd_run *run)
{
	GPtrArray *files = g_ptr_array_new();

	for (guint i = 0; i < run->facts->files->len; i++) {
		const struct nd_file_facts *file = run->facts->files->pdata[i];

		g_ptr_array_add(files, file->layer->file);
	}
	return files;
}
