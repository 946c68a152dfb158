/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tasks, address spaces, what they map and their page tables as rows. */
#include "graph/compressed.h"
#include "graph/spaces.h"
#include "graph/swap-slots.h"
#include "store/graph-rows.h"

static gint64 address_or_null(guint64 address)
{
	return address ? (gint64)address : ANZ_NULL;
}

static void write_tasks(AnzStoreWriter *writer, const AnzSpaces *s)
{
	for (guint i = 0; i < s->tasks->len; i++) {
		const AnzTask *it = &g_array_index(s->tasks, AnzTask, i);

		anz_store_writer_insert(writer, "tasks", "uiisnin", it->address, (gint64)it->pid,
					(gint64)it->tgid, it->comm, address_or_null(it->mm),
					(gint64)it->is_kernel, address_or_null(it->stack));
	}
}

static gint64 counter(gint64 value)
{
	return value == ANZ_UNKNOWN ? ANZ_NULL : value;
}

static void write_processes(AnzStoreWriter *writer, const AnzSpaces *s)
{
	for (guint i = 0; i < s->spaces->len; i++) {
		const AnzSpace *it = &g_array_index(s->spaces, AnzSpace, i);
		guint64 tables = 0;

		/* The kernel's own has no struct mm_struct among processes. */
		if (!it->address)
			continue;
		for (guint level = 0; level < ANZ_TABLE_LEVELS; level++)
			tables += it->nr_tables[level];
		anz_store_writer_insert(writer, "processes", "insiunnnnnnuuuuuuuunuuuu",
			(gint64)it->owner, it->comm ? (gint64)it->pid : ANZ_NULL, it->comm,
			(gint64)it->nr_tasks, it->address, counter(it->kernel_rss[ANZ_RSS_ANON]),
			counter(it->kernel_rss[ANZ_RSS_FILE]),
			counter(it->kernel_rss[ANZ_RSS_SHMEM]),
			counter(it->kernel_rss[ANZ_RSS_SWAP]), counter(it->kernel_hugetlb),
			counter(it->kernel_table_bytes), it->nr_anon, it->nr_file, it->nr_shmem,
			it->nr_swap, it->nr_hugetlb, it->nr_ksm, it->nr_thp, it->nr_special,
			it->whole ? (gint64)it->pss : ANZ_NULL, tables, it->nr_tables[0],
			it->nr_tables[1], it->nr_lost);
	}
}

static void write_vmas(AnzStoreWriter *writer, const AnzSpaces *s)
{
	for (guint i = 0; i < s->spaces->len; i++) {
		const AnzSpace *space = &g_array_index(s->spaces, AnzSpace, i);

		for (guint n = 0; n < space->nr_vmas; n++) {
			const AnzVma *it = &g_array_index(s->vmas, AnzVma, space->first_vma + n);
			g_autofree char *flags = anz_vma_flags_text(it->flags);

			anz_store_writer_insert(writer, "vmas", "iuuuusunnnsuuuuu",
				(gint64)space->owner, it->start, it->end, it->address, it->flags,
				flags, it->pgoff, address_or_null(it->file),
				address_or_null(it->inode), address_or_null(it->anon_vma), it->name,
				it->nr_anon, it->nr_file, it->nr_shmem, it->nr_hugetlb, it->nr_swap);
		}
	}
}

static void write_mappings(AnzStoreWriter *writer, const AnzSpaces *s, guint page_shift)
{
	for (guint i = 0; i < s->maps->len; i++) {
		const AnzMap *it = &g_array_index(s->maps, AnzMap, i);

		anz_store_writer_insert(writer, "mappings", "iuuuii", (gint64)
					g_array_index(s->spaces, AnzSpace, it->space).owner,
					it->vpage << page_shift, it->pfn, (guint64)it->nr_pages,
					(gint64)!!(it->flags & ANZ_MAP_HUGE),
					(gint64)!!(it->flags & ANZ_MAP_SPECIAL));
	}
}

static void write_tables(AnzStoreWriter *writer, const AnzSpaces *s)
{
	for (guint i = 0; i < s->tables->len; i++) {
		const AnzTablePage *it = &g_array_index(s->tables, AnzTablePage, i);

		anz_store_writer_insert(writer, "page_tables", "uiiui", it->pfn, (gint64)it->owner,
					(gint64)it->level, it->vaddr, (gint64)it->deposited);
	}
}

static void write_swap_areas(AnzStoreWriter *writer, const AnzSwap *swap)
{
	for (guint i = 0; i < swap->areas->len; i++) {
		const AnzSwapArea *it = &g_array_index(swap->areas, AnzSwapArea, i);
		const guint64 counts[] = {
			it->nr_in_use, it->nr_bad, it->nr_cached, it->nr_held, it->nr_users, it->nr_many,
			it->nr_charged, it->nr_unread, it->nr_cache_pages, it->nr_shadows,
		};
		gint64 c[G_N_ELEMENTS(counts)];

		for (guint n = 0; n < G_N_ELEMENTS(counts); n++)
			c[n] = it->known ? (gint64)counts[n] : ANZ_NULL;
		anz_store_writer_insert(writer, "swap_areas", "iusuusuinnnnnnnnnnuu", (gint64)it->type,
					it->address, it->name, it->nr_slots, it->nr_used, it->disk,
					it->nr_pages, it->priority, c[0], c[1], c[2], c[3], c[4], c[5],
					c[6], c[7], c[8], c[9], it->nr_entries, it->nr_file_entries);
	}
}

static void write_swap_slots(AnzStoreWriter *writer, const AnzSwap *swap)
{
	for (guint i = 0; i < swap->uses->len; i++) {
		const AnzSwapUse *it = &g_array_index(swap->uses, AnzSwapUse, i);

		anz_store_writer_insert(writer, "swap_uses", "iiu", (gint64)it->owner, (gint64)it->type,
					it->nr_pages);
	}
	for (guint i = 0; i < swap->runs->len; i++) {
		const AnzSwapRun *it = &g_array_index(swap->runs, AnzSwapRun, i);

		anz_store_writer_insert(writer, "swap_slots", "iuuniin", (gint64)it->type, it->first,
					it->nr_slots, it->nr_users == ANZ_SWAP_MANY ? ANZ_NULL :
					(gint64)it->nr_users, (gint64)it->cached, (gint64)it->bad,
					it->cgroup ? (gint64)it->cgroup : ANZ_NULL);
	}
}

static void write_compressed(AnzStoreWriter *writer, const AnzCompressed *c)
{
	/* What is not counted is ANZ_NULL already. */
	G_STATIC_ASSERT(ANZ_NOT_COUNTED == ANZ_NULL);
	for (guint i = 0; i < c->zrams->len; i++) {
		const AnzZram *it = &g_array_index(c->zrams, AnzZram, i);

		anz_store_writer_insert(writer, "zram", "susunnnnnnnn", it->disk, it->address,
					it->algorithm, it->size_bytes, it->nr_stored, it->nr_same,
					it->nr_huge, it->compressed_bytes, address_or_null(it->pool),
					it->pool_pages, it->peak_pages, it->limit_pages);
	}
	if (c->has_zswap)
		anz_store_writer_insert(writer, "zswap", "nnnnnnnn", c->zswap.enabled,
					c->zswap.nr_stored, c->zswap.nr_same, c->zswap.pool_bytes,
					c->zswap.max_percent, c->zswap.written_back,
					c->zswap.limit_hits, c->zswap.rejected);
}

void anz_snapshot_write_spaces(AnzStoreWriter *writer, const AnzGraph *graph, gboolean detailed)
{
	const AnzSpaces *s = graph->spaces;

	if (graph->compressed)
		write_compressed(writer, graph->compressed);
	if (!s)
		return;
	write_tasks(writer, s);
	write_processes(writer, s);
	write_vmas(writer, s);
	if (detailed) {
		write_mappings(writer, s, graph->kernel->page_shift);
		write_tables(writer, s);
	}
	write_swap_areas(writer, s->swap);
	write_swap_slots(writer, s->swap);
}
