/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every task there is: processes, their threads, kernel threads and each cpu's idle task. */
#ifndef ANZ_GRAPH_TASKS_H
#define ANZ_GRAPH_TASKS_H

#include "kernel/record.h"

/* Of struct mm_struct, by enumerator. */
typedef enum {
	ANZ_RSS_FILE,
	ANZ_RSS_ANON,
	ANZ_RSS_SWAP,
	ANZ_RSS_SHMEM,
	ANZ_NR_RSS
} AnzRss;

typedef struct {
	guint64 address;	/* of struct task_struct */
	guint pid, tgid;
	char *comm;		/* never NULL, printable */
	guint64 mm;		/* struct mm_struct; 0 for a kernel thread */
	guint64 active_mm;	/* whose page tables it runs on */
	guint64 stack;		/* kernel stack, lowest address; 0 once given back */
	gboolean is_kernel;	/* a kernel thread, even while it uses a process's mm */
	gint64 rss[ANZ_NR_RSS];	/* what it has not added to its mm yet (before 6.2); else 0 */
} AnzTask;

/**
 * anz_tasks_read:
 * @whole: (out): whether every task was read
 *
 * From init_task along the list of processes, from each along its threads (signal_struct.thread_head
 * since 3.15, else task_struct.thread_group); then the idle tasks, which are on no list.
 *
 * Returns: (transfer full): array of AnzTask by pid, idle tasks (pid 0) first.
 */
GArray *anz_tasks_read(AnzKernel *kernel, gboolean *whole);

/** Number of the mm counter @item in this kernel; -1 if it has none. */
int anz_rss_number(AnzKernel *kernel, AnzRss item);

#endif
