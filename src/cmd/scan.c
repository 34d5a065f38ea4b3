#include <npmrc-doctor/signals.h>
#include <npmrc-doctor/walk.h>

#include "cmd/check.h"
#include "cmd/commands.h"
#include "cmd/emit.h"
#include "cmd/output.h"
#include "cmd/policy.h"
#include "cmd/progress.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* scan: every .npmrc below some folders, each judged alone and by the thread that finds it. */

/* One file, or a folder that could not be read. */
struct found {
	char *path;
	struct nd_report *report; /* NULL: not judged */
	char *problem;            /* why not, or NULL */
	char *root;               /* the work tree of a file with secrets that git was not asked about yet */
	enum nd_git_state git;
};

struct scan {
	const struct nd_context *context;
	struct nd_run run;        /* npm, the version and the policy, shared by all files' runs */
	bool skip[ND_RULE_COUNT];
	int64_t now;
	GMutex lock;
	GPtrArray *found;
};

static void found_free(struct found *f)
{
	g_free(f->path);
	nd_report_free(f->report);
	g_free(f->problem);
	g_free(f->root);
	g_free(f);
}

static gint compare_paths(gconstpointer a, gconstpointer b)
{
	return strcmp((*(struct found *const *)a)->path, (*(struct found *const *)b)->path);
}

static struct found *add(struct scan *scan, const char *path)
{
	struct found *f = g_new0(struct found, 1);

	f->path = g_strdup(path);
	g_mutex_lock(&scan->lock);
	g_ptr_array_add(scan->found, f);
	g_mutex_unlock(&scan->lock);
	return f;
}

/* What is not there to be read is no .npmrc: npm, too, goes on without it. */
static bool is_none(const char *path)
{
	if (access(path, F_OK) != 0)
		return errno == ENOENT || errno == ENOTDIR;
	return g_file_test(path, G_FILE_TEST_IS_DIR);
}

/* Git is asked once for each work tree, when all its files are known: a file with secrets that lies in
 * one is read twice. */
static bool waits_for_git(const struct scan *scan, const struct nd_run *run, struct found *f)
{
	if (f->root || scan->skip[ND_RULE_CREDENTIALS_IN_REPOSITORY] || !run->facts->spots->len)
		return false;
	f->root = nd_git_work_tree(f->path);
	return f->root != NULL;
}

static void judge(struct scan *scan, struct found *f)
{
	struct nd_run run = { .npm = scan->run.npm, .shares_npm = true, .npm_major = scan->run.npm_major,
		.client_major = scan->run.client_major, .policy = scan->run.policy, .shares_policy = true };
	g_autoptr(GError) err = NULL;

	if (nd_run_load(&run, scan->context, f->path, &err)) {
		run.facts = nd_facts_new_knowing(run.view, scan->now, &f->git);
		if (!waits_for_git(scan, &run, f) && nd_run_judge(&run, scan->context, scan->skip, &err))
			f->report = g_steal_pointer(&run.report);
	}
	if (err && !is_none(f->path))
		f->problem = g_strdup(err->message);
	nd_run_release(&run);
}

static void on_found(void *data, const char *path)
{
	struct scan *scan = data;

	judge(scan, add(scan, path));
}

static void on_refused(void *data, const char *path, int error)
{
	add(data, path)->problem = g_strdup_printf("cannot read '%s': %s", path, g_strerror(error));
}

static unsigned jobs_of(const struct nd_options *o)
{
	return o->jobs ? o->jobs : g_get_num_processors();
}

static void walk(struct scan *scan)
{
	const struct nd_options *o = scan->context->options;
	struct nd_walk_options options = { .jobs = jobs_of(o), .all = o->no_ignore, .found = on_found,
		.refused = on_refused, .data = scan };
	g_autoptr(GPtrArray) roots = g_ptr_array_new_with_free_func(g_free);
	struct nd_walk *walking;

	for (char **dir = o->operands; *dir; dir++)
		g_ptr_array_add(roots, nd_path_resolve(scan->context->env->cwd, *dir));
	g_ptr_array_add(roots, NULL);
	walking = nd_walk_start((char *const *)roots->pdata, &options);
	while (!nd_walk_wait(walking, ND_PROGRESS_MS))
		nd_progress(scan->context, "%zu folders", nd_walk_folders(walking));
	nd_progress_end(scan->context);
	nd_walk_free(walking);
}

/* A folder that is named twice, or below another one, is one. */
static void sort(GPtrArray *found)
{
	g_ptr_array_sort(found, compare_paths);
	for (guint i = 1; i < found->len;) {
		const struct found *a = found->pdata[i - 1], *b = found->pdata[i];

		if (g_str_equal(a->path, b->path))
			g_ptr_array_remove_index(found, i);
		else
			i++;
	}
}

static void judge_again(gpointer f, gpointer scan)
{
	judge(scan, f);
}

static void ask_tree(const GPtrArray *files)
{
	const struct found *first = files->pdata[0];
	g_autofree char **paths = g_new(char *, files->len);
	g_autofree enum nd_git_state *states = g_new(enum nd_git_state, files->len);

	for (guint i = 0; i < files->len; i++)
		paths[i] = ((struct found *)files->pdata[i])->path;
	nd_git_ask_all(first->root, paths, files->len, states);
	for (guint i = 0; i < files->len; i++)
		((struct found *)files->pdata[i])->git = states[i];
}

static void ask_git(struct scan *scan)
{
	g_autoptr(GHashTable) trees = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
		(GDestroyNotify)g_ptr_array_unref);
	GHashTableIter iter;
	gpointer files;
	GThreadPool *pool;
	sigset_t old;

	for (guint i = 0; i < scan->found->len; i++) {
		struct found *f = scan->found->pdata[i];

		if (!f->root)
			continue;
		files = g_hash_table_lookup(trees, f->root);
		if (!files)
			g_hash_table_insert(trees, f->root, files = g_ptr_array_new());
		g_ptr_array_add(files, f);
	}
	g_hash_table_iter_init(&iter, trees);
	while (g_hash_table_iter_next(&iter, NULL, &files))
		ask_tree(files);
	nd_signals_hold(&old);
	pool = g_thread_pool_new(judge_again, scan, (gint)jobs_of(scan->context->options), FALSE, NULL);
	for (guint i = 0; i < scan->found->len; i++)
		if (((struct found *)scan->found->pdata[i])->root)
			g_thread_pool_push(pool, scan->found->pdata[i], NULL);
	nd_signals_release(&old);
	g_thread_pool_free(pool, FALSE, TRUE);
}

static void add_unread(struct nd_report *report, const struct found *f)
{
	struct nd_source_ref *source = g_new0(struct nd_source_ref, 1);
	g_autofree char *about = g_strdup_printf("cannot read '%s': ", f->path);

	source->layer = ND_LAYER_FILE;
	source->path = g_strdup(f->path);
	source->reason = g_strdup(g_str_has_prefix(f->problem, about) ? f->problem + strlen(about) : f->problem);
	g_ptr_array_add(report->sources, source);
}

static struct nd_report *report_new(const struct scan *scan)
{
	struct nd_report *report = nd_report_new();
	const struct nd_context *context = scan->context;

	report->client = g_strdup(context->options->client);
	report->npm_version = nd_run_version(&scan->run, context);
	report->cwd = g_strdup(context->env->cwd);
	return report;
}

static struct nd_report *collect(const struct scan *scan)
{
	struct nd_report *report = report_new(scan);

	for (guint i = 0; i < scan->found->len; i++) {
		struct found *f = scan->found->pdata[i];

		if (f->report)
			nd_check_merge(report, f->report);
		else if (f->problem)
			add_unread(report, f);
	}
	return report;
}

/* What could not be read is said when the rest is done; the status then is that it was not all done. */
static int finish(const struct scan *scan, struct nd_report *report)
{
	int status = nd_check_finish(report, scan->context);

	for (guint i = 0; i < scan->found->len; i++) {
		const struct found *f = scan->found->pdata[i];

		if (f->report || !f->problem)
			continue;
		nd_complain("%s", g_strdelimit(f->problem, "\n", '?'));
		status = ND_STATUS_FAILED;
	}
	return status;
}

static int run(struct scan *scan)
{
	gint64 started = g_get_monotonic_time();
	struct nd_report *report;
	int status;

	walk(scan);
	sort(scan->found);
	ask_git(scan);
	report = collect(scan);
	report->seconds = (double)(g_get_monotonic_time() - started) / G_USEC_PER_SEC;
	if (scan->run.policy)
		nd_engine_run_policy(
			scan->run.policy, nd_policy_today(g_get_real_time() / G_USEC_PER_SEC), scan->skip, report);
	status = finish(scan, report);
	nd_report_free(report);
	return status;
}

int nd_cmd_scan(struct nd_context *context)
{
	struct scan scan = { .context = context, .now = g_get_real_time() / G_USEC_PER_SEC };
	g_autoptr(GError) err = NULL;
	int status;

	if (!context->options->operands[0])
		return nd_output_failure(context->options, "scan needs a DIR", ND_STATUS_USAGE);
	nd_check_skips(context->options, scan.skip);
	g_mutex_init(&scan.lock);
	scan.found = g_ptr_array_new_with_free_func((GDestroyNotify)found_free);
	if (nd_run_open(&scan.run, context, &err) && nd_policy_load(context, NULL, &scan.run.policy, &err))
		status = run(&scan);
	else
		status = nd_output_failure(context->options, err->message, nd_run_status(err));
	g_ptr_array_unref(scan.found);
	nd_run_release(&scan.run);
	g_mutex_clear(&scan.lock);
	return status;
}
