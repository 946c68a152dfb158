/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See tasks.h.  A list that is broken ends there: what came before it is kept. */
#include "graph/tasks.h"

/* PID_MAX_LIMIT of include/linux/threads.h. */
#define MAX_TASKS (4u << 20)
#define PF_KTHREAD 0x200000	/* include/linux/sched.h */

typedef struct {
	AnzKernel *kernel;
	GArray *tasks;
	GHashTable *seen;	/* address of struct task_struct */
	AnzRecord task;
	AnzField tasks_list, thread_node, thread_group, signal, thread_head;
	AnzField pid, tgid, comm, flags, mm, active_mm, stack, rss[ANZ_NR_RSS];
	guint64 unreadable;
} Reader;

int anz_rss_number(AnzKernel *kernel, AnzRss item)
{
	static const char *const names[ANZ_NR_RSS] = {
		"MM_FILEPAGES", "MM_ANONPAGES", "MM_SWAPENTS", "MM_SHMEMPAGES",
	};
	gint64 value;

	if (!anz_kernel_enumerator(kernel, NULL, names[item], &value) || value < 0 || value > 64)
		return -1;
	return value;
}

static void resolve(Reader *r)
{
	AnzKernel *kernel = r->kernel;

	anz_field(kernel, "task_struct", "tasks", &r->tasks_list);
	anz_field(kernel, "task_struct", "thread_node", &r->thread_node);
	anz_field(kernel, "task_struct", "thread_group", &r->thread_group);
	anz_field(kernel, "task_struct", "signal", &r->signal);
	anz_field(kernel, "signal_struct", "thread_head", &r->thread_head);
	anz_field(kernel, "task_struct", "pid", &r->pid);
	anz_field(kernel, "task_struct", "tgid", &r->tgid);
	anz_field(kernel, "task_struct", "comm", &r->comm);
	anz_field(kernel, "task_struct", "flags", &r->flags);
	anz_field(kernel, "task_struct", "mm", &r->mm);
	anz_field(kernel, "task_struct", "active_mm", &r->active_mm);
	anz_field(kernel, "task_struct", "stack", &r->stack);
	/* SPLIT_RSS_COUNTING: each thread counts up to 64 events by itself. */
	for (guint i = 0; i < ANZ_NR_RSS; i++) {
		int number = anz_rss_number(kernel, i);
		g_autofree char *path = g_strdup_printf("rss_stat.count[%d]", number);

		if (number >= 0)
			anz_field(kernel, "task_struct", path, &r->rss[i]);
	}
}

/* comm may be anything that a process calls itself. */
static char *printable(char *name)
{
	char *valid;

	if (!name || !*name) {
		g_free(name);
		return g_strdup("?");
	}
	for (char *p = name; *p; p++)
		if ((guchar)*p < ' ' || *p == 0x7f)
			*p = '?';
	valid = g_utf8_make_valid(name, -1);
	g_free(name);
	return valid;
}

static gboolean add_task(Reader *r, guint64 address)
{
	AnzTask task = { .address = address };

	if (r->tasks->len >= MAX_TASKS)
		return FALSE;
	if (g_hash_table_contains(r->seen, &address))
		return TRUE;
	if (!anz_record_read(&r->task, address)) {
		r->unreadable++;
		return TRUE;
	}
	task.pid = anz_record_get(&r->task, &r->pid);
	task.tgid = anz_record_get(&r->task, &r->tgid);
	task.mm = anz_kernel_untag(r->kernel, anz_record_get(&r->task, &r->mm));
	task.active_mm = anz_kernel_untag(r->kernel, anz_record_get(&r->task, &r->active_mm));
	task.stack = anz_kernel_untag(r->kernel, anz_record_get(&r->task, &r->stack));
	task.comm = printable(anz_record_text(&r->task, &r->comm));
	task.is_kernel = anz_record_get(&r->task, &r->flags) & PF_KTHREAD;
	for (guint i = 0; i < ANZ_NR_RSS; i++)
		task.rss[i] = anz_record_get(&r->task, &r->rss[i]);
	g_hash_table_add(r->seen, g_memdup2(&address, sizeof(address)));
	g_array_append_val(r->tasks, task);
	return TRUE;
}

static gboolean add_entry(guint64 entry, gpointer data)
{
	return add_task(data, entry);
}

/* @entry: a thread group leader. */
static gboolean add_process(guint64 entry, gpointer data)
{
	Reader *r = data;
	gboolean ok = TRUE;
	guint64 signal;

	if (!add_task(r, entry))
		return FALSE;
	if (r->thread_node.known && r->thread_head.known && r->signal.known) {
		if (anz_kernel_read_u64(r->kernel, entry + r->signal.offset, &signal) && signal)
			ok = anz_kernel_walk_list(r->kernel, anz_kernel_untag(r->kernel, signal) +
						  r->thread_head.offset, r->thread_node.offset,
						  MAX_TASKS, add_entry, r);
	} else if (r->thread_group.known) {
		ok = anz_kernel_walk_list(r->kernel, entry + r->thread_group.offset,
					  r->thread_group.offset, MAX_TASKS, add_entry, r);
	}
	if (!ok)
		r->unreadable++;
	return TRUE;
}

/* idle_threads of kernel/smpboot.c: each cpu's idle task, but that of the boot cpu. */
static void add_idle_tasks(Reader *r)
{
	guint64 idle, task;

	if (!anz_kernel_symbol(r->kernel, "idle_threads", &idle))
		return;
	for (guint i = 0; i < r->kernel->possible_cpus->len; i++) {
		guint cpu = g_array_index(r->kernel->possible_cpus, guint, i);

		if (anz_kernel_read_u64(r->kernel, anz_kernel_percpu(r->kernel, idle, cpu), &task) &&
		    task)
			add_task(r, anz_kernel_untag(r->kernel, task));
	}
}

static int by_pid(gconstpointer a, gconstpointer b)
{
	const AnzTask *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->address < y->address ? -1 : x->address > y->address;
}

static void task_clear(gpointer data)
{
	g_free(((AnzTask *)data)->comm);
}

GArray *anz_tasks_read(AnzKernel *kernel, gboolean *whole)
{
	Reader r = { .kernel = kernel, .tasks = g_array_new(FALSE, TRUE, sizeof(AnzTask)) };
	guint64 init_task;

	*whole = FALSE;
	g_array_set_clear_func(r.tasks, task_clear);
	resolve(&r);
	/* A dump without tasks (no type of them, or no such symbol) has simply none. */
	if (!r.tasks_list.known || !anz_kernel_symbol(kernel, "init_task", &init_task))
		return r.tasks;
	r.seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	anz_record_init_type(&r.task, kernel, "task_struct");
	add_process(init_task, &r);
	*whole = anz_kernel_walk_list(kernel, init_task + r.tasks_list.offset, r.tasks_list.offset,
				      MAX_TASKS, add_process, &r);
	if (!*whole)
		anz_kernel_remark(kernel, "warning", "task", 1,
				  "the list of processes is broken or not whole in the dump; those "
				  "behind that place are missing");
	add_idle_tasks(&r);
	*whole &= !r.unreadable;
	if (r.unreadable)
		anz_kernel_remark(kernel, "warning", "task", r.unreadable,
				  "tasks, or lists of a process's threads, that are not in the dump");
	g_array_sort(r.tasks, by_pid);
	anz_record_clear(&r.task);
	g_hash_table_unref(r.seen);
	return r.tasks;
}
