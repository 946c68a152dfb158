/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Address spaces: which there are, whose they are, and what the kernel counts of them. */
#include "graph/spaces.h"

typedef struct {
	AnzGraph *graph;
	AnzSpaces *spaces;
	AnzVmaReader *reader;
	AnzRecord mm;
	AnzField pgd, hugetlb_usage, pgtables_bytes;
	AnzField rss[ANZ_NR_RSS], rss_percpu[ANZ_NR_RSS];
	guint64 unreadable, broken;
} Builder;

static void resolve(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;

	anz_field(kernel, "mm_struct", "pgd", &b->pgd);
	anz_field(kernel, "mm_struct", "hugetlb_usage", &b->hugetlb_usage);
	anz_field(kernel, "mm_struct", "pgtables_bytes", &b->pgtables_bytes);
	for (guint i = 0; i < ANZ_NR_RSS; i++) {
		int number = anz_rss_number(kernel, i);
		g_autofree char *paths = NULL, *percpu = NULL;

		if (number < 0)
			continue;
		/* An array of percpu_counter since 6.2, of atomic_long_t before. */
		paths = g_strdup_printf("rss_stat[%d].count|rss_stat.count[%d]", number, number);
		percpu = g_strdup_printf("rss_stat[%d].counters", number);
		anz_field(kernel, "mm_struct", paths, &b->rss[i]);
		anz_field(kernel, "mm_struct", percpu, &b->rss_percpu[i]);
	}
}

static gint64 read_rss(const Builder *b, AnzRss item)
{
	const AnzKernel *kernel = b->graph->kernel;
	guint64 percpu, sum;

	if (!anz_record_has(&b->mm, &b->rss[item]))
		return ANZ_UNKNOWN;
	sum = anz_record_get(&b->mm, &b->rss[item]);
	percpu = anz_record_get(&b->mm, &b->rss_percpu[item]);
	for (guint i = 0; percpu && i < kernel->possible_cpus->len; i++) {
		guint cpu = g_array_index(kernel->possible_cpus, guint, i);
		guint32 part;

		if (!anz_kernel_read_u32((AnzKernel *)kernel, anz_kernel_percpu(kernel, percpu, cpu),
					 &part))
			return ANZ_UNKNOWN;
		sum += (gint64)(gint32)part;
	}
	return sum;
}

/* Which threads use it, and what they have counted and not handed in yet (before 6.2). */
static void add_threads(Builder *b)
{
	for (guint i = 0; i < b->spaces->tasks->len; i++) {
		const AnzTask *task = &g_array_index(b->spaces->tasks, AnzTask, i);
		int index = anz_spaces_find(b->spaces, task->mm);
		AnzSpace *space;

		if (index < 0)
			continue;
		space = &g_array_index(b->spaces->spaces, AnzSpace, index);
		space->nr_tasks++;
		for (guint item = 0; item < ANZ_NR_RSS; item++)
			if (space->kernel_rss[item] != ANZ_UNKNOWN)
				space->kernel_rss[item] += task->rss[item];
	}
}

/* @owner: of a new one */
static void add_space(Builder *b, guint64 mm, guint32 owner, const AnzTask *task)
{
	AnzKernel *kernel = b->graph->kernel;
	AnzSpace space = { .address = mm, .first_vma = b->spaces->vmas->len };
	guint64 pgd, paddr, len;

	if (!mm || g_hash_table_contains(b->spaces->by_mm, &mm))
		return;
	if (!anz_record_read(&b->mm, mm)) {
		b->unreadable++;
		return;
	}
	space.owner = owner;
	if (task) {
		space.pid = task->tgid;
		space.comm = task->comm;
	}
	for (guint i = 0; i < ANZ_NR_RSS; i++)
		space.kernel_rss[i] = read_rss(b, i);
	space.kernel_hugetlb = anz_record_has(&b->mm, &b->hugetlb_usage) ?
			       (gint64)anz_record_get(&b->mm, &b->hugetlb_usage) :
			       ANZ_UNKNOWN;
	space.kernel_table_bytes = anz_record_has(&b->mm, &b->pgtables_bytes) ?
				   (gint64)anz_record_get(&b->mm, &b->pgtables_bytes) :
				   ANZ_UNKNOWN;
	pgd = anz_record_get(&b->mm, &b->pgd);
	/* Its frame may be a slab's: small top tables are objects. */
	if (pgd && anz_image_can_walk_tables(kernel->image) &&
	    anz_image_translate(kernel->image, anz_kernel_untag(kernel, pgd), &paddr, &len))
		space.root = paddr;
	if (!anz_vmas_read(b->reader, mm, b->spaces->vmas))
		b->broken++;
	space.nr_vmas = b->spaces->vmas->len - space.first_vma;
	g_array_append_val(b->spaces->spaces, space);
	g_hash_table_insert(b->spaces->by_mm, g_memdup2(&mm, sizeof(mm)),
			    GUINT_TO_POINTER(b->spaces->spaces->len));
}

/* init_mm, whose tables all kernel threads run on. */
static void add_kernel(Builder *b)
{
	AnzSpace space = { .address = 0 };

	if (!anz_image_can_walk_tables(b->graph->kernel->image))
		return;
	space.root = anz_image_kernel_tables(b->graph->kernel->image);
	space.owner = anz_graph_owner(b->graph, ANZ_OWNER_KERNEL, 0, "kernel page tables");
	g_array_append_val(b->spaces->spaces, space);
}

/* Trees of the kernel's own that look like a process's: for changing code, for calling firmware. */
static void add_special(Builder *b)
{
	static const struct {
		const char *symbol, *name;
		gboolean is_pointer;
	} special[] = {
		{ "poking_mm", "code patching", TRUE },
		{ "text_poke_mm", "code patching", TRUE },
		{ "efi_mm", "EFI runtime services", FALSE },
	};

	for (guint i = 0; i < G_N_ELEMENTS(special); i++) {
		guint64 mm, pgd;

		if (!anz_kernel_symbol(b->graph->kernel, special[i].symbol, &mm) ||
		    (special[i].is_pointer && !anz_kernel_read_u64(b->graph->kernel, mm, &mm)) ||
		    !anz_kernel_read_member(b->graph->kernel, mm, "mm_struct", "pgd", &pgd) || !pgd)
			continue;
		if (!g_hash_table_contains(b->spaces->by_mm, &mm))
			add_space(b, mm, anz_graph_owner(b->graph, ANZ_OWNER_KERNEL, mm, "%s",
							 special[i].name), NULL);
	}
}

static void find_spaces(Builder *b)
{
	GArray *tasks = b->spaces->tasks;
	guint64 init_mm;

	add_kernel(b);
	/* First those that a process has, then what only kernel threads still stand on. */
	for (guint i = 0; i < tasks->len; i++) {
		const AnzTask *task = &g_array_index(tasks, AnzTask, i);

		if (!task->is_kernel && task->mm)
			add_space(b, task->mm, anz_graph_owner(b->graph, ANZ_OWNER_PROCESS, task->mm,
							       "%s (%u)", task->comm, task->tgid),
				  task);
	}
	if (!anz_kernel_symbol(b->graph->kernel, "init_mm", &init_mm))
		init_mm = 0;
	add_special(b);
	for (guint i = 0; i < tasks->len; i++) {
		const AnzTask *task = &g_array_index(tasks, AnzTask, i);
		guint64 mm = task->active_mm;

		if (mm && mm != init_mm && !g_hash_table_contains(b->spaces->by_mm, &mm))
			add_space(b, mm, anz_graph_owner(b->graph, ANZ_OWNER_PROCESS, mm,
							 "a former process (kept by %s, %u)",
							 task->comm, task->pid), NULL);
	}
}

int anz_spaces_find(const AnzSpaces *spaces, guint64 mm)
{
	return GPOINTER_TO_INT(g_hash_table_lookup(spaces->by_mm, &mm)) - 1;
}

guint anz_spaces_mapped(const AnzGraph *graph, guint64 pfn)
{
	int tile = anz_planes_find(graph->planes, pfn);
	const guint16 *counts = tile < 0 ? NULL : graph->spaces->mapped[tile];

	return counts ? counts[anz_tile_index(pfn)] : 0;
}

void anz_spaces_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	AnzSpaces *s = g_new0(AnzSpaces, 1);
	Builder b = { .graph = graph, .spaces = s };

	graph->spaces = s;
	s->spaces = g_array_new(FALSE, TRUE, sizeof(AnzSpace));
	s->vmas = g_array_new(FALSE, TRUE, sizeof(AnzVma));
	s->maps = g_array_new(FALSE, FALSE, sizeof(AnzMap));
	s->tables = g_array_new(FALSE, FALSE, sizeof(AnzTablePage));
	s->by_mm = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	s->nr_tiles = graph->planes->nr_tiles;
	s->mapped = g_new0(guint16 *, s->nr_tiles);
	s->names = g_string_chunk_new(4096);
	s->tasks = anz_tasks_read(kernel, &s->whole);
	s->swap = anz_swap_read(kernel);
	resolve(&b);
	anz_record_init_type(&b.mm, kernel, "mm_struct");
	b.reader = anz_vma_reader_new(kernel, s->names);
	find_spaces(&b);
	add_threads(&b);
	anz_vma_reader_free(b.reader);
	anz_record_clear(&b.mm);
	if (b.unreadable)
		anz_kernel_remark(kernel, "warning", "process", b.unreadable,
				  "address spaces that are not in the dump");
	if (b.broken)
		anz_kernel_remark(kernel, "warning", "process", b.broken,
				  "address spaces some of whose areas are broken or not in the dump");
	s->whole &= s->tasks->len && !b.unreadable;
	anz_spaces_walk(graph);
	if (!anz_graph_cancelled(graph))
		anz_anon_build(graph);
	if (!anz_graph_cancelled(graph))
		anz_stacks_build(graph);
}

void anz_spaces_free(AnzSpaces *spaces)
{
	if (!spaces)
		return;
	for (guint t = 0; t < spaces->nr_tiles; t++)
		g_free(spaces->mapped[t]);
	g_string_chunk_free(spaces->names);
	g_array_unref(spaces->tasks);
	g_array_unref(spaces->spaces);
	g_array_unref(spaces->vmas);
	g_array_unref(spaces->maps);
	g_array_unref(spaces->tables);
	g_hash_table_unref(spaces->by_mm);
	anz_swap_free(spaces->swap);
	g_free(spaces->mapped);
	g_free(spaces);
}
