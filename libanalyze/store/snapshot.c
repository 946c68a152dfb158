/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables of schemas/catalogue.sql from the structures of an analysis; one function per subject. */
#include <string.h>

#include "store/snapshot.h"

static const char *class_name(guint8 page_class)
{
	return anz_page_class_info(page_class)->name;
}

static void write_counters(AnzStoreWriter *writer, const GArray *items, const gint64 *stat,
			   const gint64 *delta, gint64 nid, const char *zone)
{
	for (guint i = 0; stat && i < items->len; i++) {
		const AnzStatItem *item = &g_array_index(items, AnzStatItem, i);

		anz_store_writer_insert(writer, "counter", "nssii", nid, zone, item->name,
					stat[item->number], delta ? delta[item->number] : 0);
	}
}

static void write_zones(AnzStoreWriter *writer, const AnzKernel *kernel, const AnzLists *lists)
{
	int free_item = -1;

	for (guint i = 0; i < kernel->zone_stat_items->len; i++) {
		const AnzStatItem *item = &g_array_index(kernel->zone_stat_items, AnzStatItem, i);

		if (g_str_equal(item->name, "NR_FREE_PAGES"))
			free_item = item->number;
	}
	for (guint i = 0; i < kernel->zones->len; i++) {
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, i);
		gint64 marks[3];

		for (guint m = 0; m < 3; m++)
			marks[m] = zone->has_watermarks ? (gint64)zone->watermark[m] : ANZ_NULL;
		anz_store_writer_insert(writer, "zones", "iisiuuuuunuunnnn", (gint64)zone->id,
					(gint64)zone->nid, zone->name, (gint64)zone->index,
					zone->address, zone->start_pfn, zone->spanned,
					zone->present, zone->managed,
					zone->stat && free_item >= 0 ? zone->stat[free_item] :
					ANZ_NULL, lists->listed_pages[i], lists->pcp_pages[i],
					marks[0], marks[1], marks[2], zone->lock_held < 0 ?
					ANZ_NULL : (gint64)zone->lock_held);
		write_counters(writer, kernel->zone_stat_items, zone->stat, zone->stat_delta,
			       zone->nid, zone->name);
	}
}

static void write_flags(AnzStoreWriter *writer, const AnzKernel *kernel)
{
	const AnzType *type = anz_types_find_enum(kernel->types, "pageflags");

	for (guint i = 0; type && i < type->nr_enumerators; i++) {
		const AnzEnumerator *item = &type->enumerators[i];

		/* Aliases share a bit; the first name of a bit is its own. */
		if (g_str_has_prefix(item->name, "PG_") && item->value >= 0 && item->value < 64 &&
		    kernel->format.flags_plane_mask >> item->value & 1)
			anz_store_writer_insert(writer, "page_flag", "is", item->value,
						item->name + strlen("PG_"));
	}
}

static void write_identity(AnzStoreWriter *writer, const AnzIdentity *identity)
{
	const struct {
		const char *key, *value;
	} texts[] = {
		{ "kernel.release", identity->release },
		{ "kernel.version", identity->version },
		{ "kernel.build_id", identity->build_id },
		{ "kernel.arch", identity->machine },
		{ "kernel.hostname", identity->hostname },
		{ "kernel.command_line", identity->command_line },
		{ "kernel.panic", identity->panic },
		{ "kernel.panic_task", identity->panic_task },
	};

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
		if (texts[i].value)
			anz_store_writer_meta(writer, texts[i].key, "%s", texts[i].value);
	if (identity->panic_cpu >= 0)
		anz_store_writer_meta(writer, "kernel.panic_cpu", "%d", identity->panic_cpu);
	if (identity->uptime >= 0)
		anz_store_writer_meta(writer, "kernel.uptime", "%.3f", identity->uptime);
	if (identity->time >= 0)
		anz_store_writer_meta(writer, "kernel.time", "%" G_GINT64_FORMAT, identity->time);
}

static void write_shape(AnzStoreWriter *writer, const AnzMemdescFormat *memdesc)
{
	static const char *const names[] = { "classic", "memdesc32", "memdesc16", "memdesc8" };

	anz_store_writer_meta(writer, "format.shape", "%s", names[memdesc ? memdesc->shape : 0]);
	if (!memdesc)
		return;
	anz_store_writer_meta(writer, "format.memdesc_table", "%s", memdesc->table);
	anz_store_writer_meta(writer, "format.buddy_layout", "%s", memdesc->buddy);
}

static void write_addresses(AnzStoreWriter *writer, const AnzKernel *kernel)
{
	const struct {
		const char *key;
		guint64 value;
	} addresses[] = {
		{ "kernel.slide", kernel->slide },
		{ "kernel.page_offset", kernel->page_offset },
		{ "kernel.vmemmap", kernel->vmemmap },
		{ "kernel.text_start", kernel->text_start },
		{ "kernel.text_end", kernel->text_end },
	};

	for (guint i = 0; i < G_N_ELEMENTS(addresses); i++)
		if (addresses[i].value)
			anz_store_writer_meta(writer, addresses[i].key,
					      "0x%" G_GINT64_MODIFIER "x", addresses[i].value);
	if (kernel->image_nr_pages)
		anz_store_writer_meta(writer, "kernel.image_phys", "0x%" G_GINT64_MODIFIER "x",
				      kernel->image_start_pfn << kernel->page_shift);
	anz_store_writer_meta(writer, "kernel.page_shift", "%u", kernel->page_shift);
	if (kernel->possible_cpus->len)
		anz_store_writer_meta(writer, "kernel.cpus_possible", "%u", kernel->possible_cpus->len);
	if (kernel->nr_online_cpus)
		anz_store_writer_meta(writer, "kernel.cpus_online", "%u", kernel->nr_online_cpus);
	write_shape(writer, kernel->memdesc);
	anz_store_writer_meta(writer, "format.struct_page_size", "%u", kernel->format.stride);
	anz_store_writer_meta(writer, "format.pageblock_order", "%u", kernel->pageblock_order);
}

void anz_snapshot_write_kernel(AnzStoreWriter *writer, AnzKernel *kernel, const AnzLists *lists,
			       const AnzIdentity *identity)
{
	write_identity(writer, identity);
	write_addresses(writer, kernel);
	for (guint i = 0; i < kernel->facts->len; i++) {
		const AnzFact *fact = &g_array_index(kernel->facts, AnzFact, i);

		anz_store_writer_fact(writer, fact->name, fact->origin, "%s", fact->value);
		if (g_str_equal(fact->name, "page type scheme"))
			anz_store_writer_meta(writer, "format.page_type_scheme", "%s", fact->value);
		if (g_str_equal(fact->name, "tail pages"))
			anz_store_writer_meta(writer, "format.compound", "%s", fact->value);
	}
	for (guint i = 0; i < kernel->nodes->len; i++) {
		const AnzNode *node = &g_array_index(kernel->nodes, AnzNode, i);

		anz_store_writer_insert(writer, "nodes", "iuuuu", (gint64)node->nid, node->address,
					node->start_pfn, node->present, node->spanned);
		write_counters(writer, kernel->node_stat_items, kernel->node_stat[i],
			       kernel->node_stat_delta[i], node->nid, NULL);
	}
	write_zones(writer, kernel, lists);
	for (guint i = 0; i < kernel->nr_migratetype_names; i++)
		anz_store_writer_insert(writer, "migratetype", "is", (gint64)i,
					kernel->migratetype_names[i]);
	write_flags(writer, kernel);
}

static void log_record(guint64 seq, double seconds, int level, int facility, const char *caller,
		       const char *message, gpointer data)
{
	anz_store_writer_insert(data, "log", "udiiss", seq, seconds, (gint64)level,
				(gint64)facility, caller, message);
}

void anz_snapshot_write_log(AnzStoreWriter *writer, AnzKernel *kernel)
{
	anz_log_read(kernel, log_record, writer);
}

void anz_snapshot_write_ranges(AnzStoreWriter *writer, AnzImage *image)
{
	guint64 pfn = 0, start, nr_pages;
	AnzMemState state;

	while (anz_image_ram_run(image, pfn, &start, &nr_pages, &state)) {
		anz_store_writer_insert(writer, "memory_range", "uus", start, nr_pages,
					state == ANZ_MEM_PRESENT ? "present" :
					state == ANZ_MEM_EXCLUDED ? "excluded" : "lost");
		pfn = start + nr_pages;
	}
}

static void write_block(AnzStoreWriter *writer, const AnzKernel *kernel, const AnzListBlock *block,
			const char *migratetype)
{
	const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, block->zone);

	anz_store_writer_insert(writer, "free_block", "uiissi", block->pfn, (gint64)block->order,
				(gint64)zone->nid, zone->name, migratetype,
				(gint64)block->position);
}

void anz_snapshot_write_lists(AnzStoreWriter *writer, const AnzKernel *kernel,
			      const AnzLists *lists)
{
	for (guint i = 0; i < lists->free_lists->len; i++) {
		const AnzFreeList *list = &g_array_index(lists->free_lists, AnzFreeList, i);
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, list->zone);

		anz_store_writer_insert(writer, "free_area", "isisuns", (gint64)zone->nid,
					zone->name, (gint64)list->order,
					kernel->migratetype_names[list->migratetype],
					list->nr_blocks, list->nr_free_known ?
					(gint64)list->nr_free : ANZ_NULL, list->status);
	}
	for (guint i = 0; i < lists->free_blocks->len; i++) {
		const AnzListBlock *block = &g_array_index(lists->free_blocks, AnzListBlock, i);

		write_block(writer, kernel, block, kernel->migratetype_names[block->list]);
	}
	for (guint i = 0; i < lists->unaccepted->len; i++)
		write_block(writer, kernel, &g_array_index(lists->unaccepted, AnzListBlock, i),
			    "unaccepted");
	for (guint i = 0; i < lists->pcp_sets->len; i++) {
		const AnzPcpSet *set = &g_array_index(lists->pcp_sets, AnzPcpSet, i);
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, set->zone);

		anz_store_writer_insert(writer, "pcp", "isiiuis", (gint64)zone->nid, zone->name,
					(gint64)set->cpu, set->count, set->nr_pages, set->high,
					set->status);
	}
	for (guint i = 0; i < lists->pcp_blocks->len; i++) {
		const AnzListBlock *block = &g_array_index(lists->pcp_blocks, AnzListBlock, i);
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, block->zone);

		anz_store_writer_insert(writer, "pcp_block", "uiisiii", block->pfn,
					(gint64)block->order, (gint64)zone->nid, zone->name,
					(gint64)block->cpu, (gint64)block->list,
					(gint64)block->position);
	}
}

void anz_snapshot_write_census(AnzStoreWriter *writer, const AnzKernel *kernel,
			       const AnzCensus *census, const GArray *reconciliation)
{
	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		if (census->pages[c])
			anz_store_writer_insert(writer, "classes", "suuuu", class_name(c),
						census->pages[c],
						census->pages[c] << kernel->page_shift,
						census->mapped[c], census->excluded[c]);
	for (guint i = 0; i < census->cells->len; i++) {
		const AnzCensusCell *cell = &g_array_index(census->cells, AnzCensusCell, i);
		const AnzZone *zone = cell->zone < kernel->zones->len ?
				      &g_array_index(kernel->zones, AnzZone, cell->zone) : NULL;
		const char *migratetype = anz_kernel_migratetype_name(kernel, cell->migratetype);

		anz_store_writer_insert(writer, "class_zone", "nsssu", zone ? (gint64)zone->nid :
					ANZ_NULL, zone ? zone->name : NULL,
					class_name(cell->page_class), migratetype, cell->nr_pages);
	}
	for (guint i = 0; i < reconciliation->len; i++) {
		const AnzReconciliation *line = &g_array_index(reconciliation, AnzReconciliation,
							       i);

		anz_store_writer_insert(writer, "reconciliation", "sninns", line->counter,
					line->kernel_known ? line->kernel : ANZ_NULL, line->census,
					line->kernel_known ? line->census - line->kernel : ANZ_NULL,
					line->tolerance < 0 ? ANZ_NULL : line->tolerance,
					line->meaning);
	}
}

void anz_snapshot_write_descriptors(AnzStoreWriter *writer, const AnzKernel *kernel,
				    const AnzSpool *descriptors)
{
	for (guint i = 0; i < descriptors->len; i++) {
		const AnzDescriptor *it = &anz_spool_index(descriptors, AnzDescriptor, i);
		const AnzMemdescType *type = &kernel->memdesc->types[it->type];

		anz_store_writer_insert(writer, "descriptors", "ussiunuis", it->address, type->name,
					type->struct_name, (gint64)it->type, it->pfn,
					it->order < 0 ? ANZ_NULL : (gint64)it->order,
					it->nr_pages, (gint64)it->stated,
					anz_descriptor_status(it->status));
	}
}

void anz_snapshot_write_remarks(AnzStoreWriter *writer, const AnzKernel *kernel)
{
	for (guint i = 0; i < kernel->remarks->len; i++) {
		const AnzRemark *remark = &g_array_index(kernel->remarks, AnzRemark, i);

		anz_store_writer_insert(writer, "remark", "sssu", remark->severity,
					remark->subject, remark->message, remark->count);
	}
}
