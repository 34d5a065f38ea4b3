#include <npmrc-doctor/signals.h>
#include <npmrc-doctor/walk.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* The buffer of a thread: most folders fit into one reading. */
#define ENTRIES ((size_t)64 * 1024)

/* A folder that waits, is open, or has children that wait: they are opened relative to it, so that the
 * kernel does not go down the whole path for each, and its path is put together only where it is needed. */
struct folder {
	GList link;             /* in the queue of a thread */
	struct folder *parent;  /* holds a reference; NULL: a root */
	gint references;
	gint unopened;          /* children that wait, and its own reading: the descriptor stays open */
	int fd;
	char name[];            /* of a root: its path */
};

struct nd_walk {
	const struct nd_walk_options *options;
	GThreadPool *pool;
	GMutex lock;
	GCond end;
	gint tasks;             /* waiting or at work; 0: the end */
	gint folders;
};

static struct folder *folder_new(struct folder *parent, const char *name)
{
	size_t n = strlen(name) + 1;
	struct folder *f = g_malloc(sizeof(*f) + n);

	*f = (struct folder){ .parent = parent, .references = 1, .fd = -1 };
	f->link.data = f;
	memcpy(f->name, name, n);
	if (parent) {
		g_atomic_int_inc(&parent->references);
		g_atomic_int_inc(&parent->unopened);
	}
	return f;
}

static void folder_unref(struct folder *f)
{
	while (f && g_atomic_int_dec_and_test(&f->references)) {
		struct folder *parent = f->parent;

		g_free(f);
		f = parent;
	}
}

/* One less that needs its descriptor. */
static void folder_opened(struct folder *f)
{
	if (f && g_atomic_int_dec_and_test(&f->unopened))
		close(f->fd);
}

static void append_path(GString *out, const struct folder *f)
{
	g_autoptr(GPtrArray) chain = g_ptr_array_new();

	for (; f; f = f->parent)
		g_ptr_array_add(chain, (gpointer)f->name);
	for (guint i = chain->len; i > 0; i--) {
		if (out->len && out->str[out->len - 1] != '/')
			g_string_append_c(out, '/');
		g_string_append(out, chain->pdata[i - 1]);
	}
}

static void refuse(const struct nd_walk *walk, const struct folder *f, int error)
{
	g_autoptr(GString) path = g_string_new(NULL);

	append_path(path, f);
	walk->options->refused(walk->options->data, path->str, error);
}

static void find(const struct nd_walk *walk, const struct folder *f, const char *name)
{
	g_autoptr(GString) path = g_string_new(NULL);

	append_path(path, f);
	if (name) {
		if (path->str[path->len - 1] != '/')
			g_string_append_c(path, '/');
		g_string_append(path, name);
	}
	walk->options->found(walk->options->data, path->str);
}

static unsigned char type_of(const struct folder *f, const struct dirent64 *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type;
	return fstatat(f->fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? IFTODT(st.st_mode) : DT_UNKNOWN;
}

static void visit_entry(const struct nd_walk *walk, struct folder *f, const struct dirent64 *entry,
	GQueue *queue)
{
	const char *name = entry->d_name;
	/* Files are most of a tree: only folders and one name matter. */
	bool named = name[0] == '.' && strcmp(name, ".npmrc") == 0;
	unsigned char type;

	if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN && !named)
		return;
	if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])))
		return;
	type = type_of(f, entry);
	if (type != DT_DIR && named)
		find(walk, f, name);
	else if (type == DT_DIR && (walk->options->all ||
		(strcmp(name, "node_modules") != 0 && strcmp(name, ".git") != 0)))
		g_queue_push_tail_link(queue, &folder_new(f, name)->link);
}

static bool open_folder(const struct nd_walk *walk, struct folder *f)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (f->parent ? O_NOFOLLOW : 0);
	int error;

	f->fd = TEMP_FAILURE_RETRY(openat(f->parent ? f->parent->fd : AT_FDCWD, f->name, flags));
	error = errno;
	folder_opened(f->parent);
	if (f->fd >= 0)
		return true;
	if (!f->parent && error == ENOTDIR)
		find(walk, f, NULL);
	else if (!f->parent || (error != ENOENT && error != ENOTDIR && error != ELOOP))
		refuse(walk, f, error);
	return false;
}

/* Reads the entries that one call gives; false: there are no more, or an error, whose errno is set. The last
 * entry's offset says where the next one would stand: ext4 and btrfs put the largest number there at the end
 * (EXT4_HTREE_EOF_64BIT, LLONG_MAX), behind which nothing can stand. It saves most folders a second call. */
static bool read_entries(const struct nd_walk *walk, struct folder *f, char *entries, GQueue *queue)
{
	const struct dirent64 *last = NULL;
	ssize_t got;

	errno = 0;
	got = getdents64(f->fd, entries, ENTRIES);
	for (const char *p = entries; p < entries + got;) {
		last = (const void *)p;
		visit_entry(walk, f, last, queue);
		p += last->d_reclen;
	}
	if (got >= 0)
		errno = 0;
	return last && last->d_off != INT64_MAX;
}

static void visit(struct nd_walk *walk, struct folder *f, char *entries, GQueue *queue)
{
	if (!open_folder(walk, f))
		return;
	g_atomic_int_inc(&walk->folders);
	g_atomic_int_inc(&f->unopened);
	while (read_entries(walk, f, entries, queue))
		;
	if (errno && errno != ENOENT)
		refuse(walk, f, errno);
	folder_opened(f);
}

static void give(struct nd_walk *walk, struct folder *f)
{
	g_atomic_int_inc(&walk->tasks);
	g_thread_pool_push(walk->pool, f, NULL);
}

/* One folder with all below it, the deepest first, so that few wait. The folders that have waited longest
 * are the largest trees: they go to threads that have nothing to do. */
static void work(gpointer first, gpointer data)
{
	static GPrivate buffer = G_PRIVATE_INIT(g_free);
	struct nd_walk *walk = data;
	char *entries = g_private_get(&buffer);
	GQueue queue = G_QUEUE_INIT;
	GList *link;

	if (!entries)
		g_private_set(&buffer, entries = g_malloc(ENTRIES));
	g_queue_push_tail_link(&queue, &((struct folder *)first)->link);
	while ((link = g_queue_pop_tail_link(&queue))) {
		struct folder *f = link->data;

		while (queue.length && g_atomic_int_get(&walk->tasks) < (gint)walk->options->jobs)
			give(walk, g_queue_pop_head_link(&queue)->data);
		visit(walk, f, entries, &queue);
		folder_unref(f);
	}
	if (!g_atomic_int_dec_and_test(&walk->tasks))
		return;
	g_mutex_lock(&walk->lock);
	g_cond_signal(&walk->end);
	g_mutex_unlock(&walk->lock);
}

/* Each level of a tree keeps a descriptor open while it is walked. */
static void allow_depth(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = MIN(limit.rlim_max, 65536);
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

struct nd_walk *nd_walk_start(char *const *roots, const struct nd_walk_options *options)
{
	struct nd_walk *walk = g_new0(struct nd_walk, 1);
	sigset_t old;

	allow_depth();
	walk->options = options;
	g_mutex_init(&walk->lock);
	g_cond_init(&walk->end);
	nd_signals_hold(&old);
	walk->pool = g_thread_pool_new(work, walk, (gint)options->jobs, FALSE, NULL);
	/* One that is not a folder's: the end is not before all roots are given. */
	walk->tasks = 1;
	for (char *const *root = roots; *root; root++)
		give(walk, folder_new(NULL, *root));
	nd_signals_release(&old);
	g_atomic_int_add(&walk->tasks, -1);
	if (!g_thread_pool_get_num_threads(walk->pool) && *roots)
		g_error("no thread can be started");
	return walk;
}

bool nd_walk_wait(struct nd_walk *walk, unsigned patience_ms)
{
	gint64 until = g_get_monotonic_time() + patience_ms * G_TIME_SPAN_MILLISECOND;
	bool ended;

	g_mutex_lock(&walk->lock);
	while (!(ended = g_atomic_int_get(&walk->tasks) == 0) && g_cond_wait_until(&walk->end, &walk->lock, until))
		;
	g_mutex_unlock(&walk->lock);
	return ended;
}

size_t nd_walk_folders(struct nd_walk *walk)
{
	return (size_t)g_atomic_int_get(&walk->folders);
}

void nd_walk_free(struct nd_walk *walk)
{
	/* Its threads may still give each other folders; a pool that is freed takes no more. */
	while (!nd_walk_wait(walk, 1000))
		;
	g_thread_pool_free(walk->pool, FALSE, TRUE);
	g_mutex_clear(&walk->lock);
	g_cond_clear(&walk->end);
	g_free(walk);
}
