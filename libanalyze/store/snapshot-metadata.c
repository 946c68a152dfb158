/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What describes pages, and how large it is: the tables behind `memdesc cost`. */
#include <string.h>

#include "kernel/cost-tables.h"
#include "store/snapshot.h"

/* Structs nest in anonymous unions a few levels deep; more is damaged type information. */
#define MAX_DEPTH 8

static const char *class_name(guint8 page_class)
{
	return anz_page_class_info(page_class)->name;
}

static gint64 node_value(int nid)
{
	return nid < 0 ? ANZ_NULL : (gint64)nid;
}

/* The struct a type points at: the one found, or the first one that may be. */
static char *struct_of(const AnzMemdescFormat *memdesc, guint type)
{
	const AnzMemdescType *t = &memdesc->types[type];

	if (t->struct_name)
		return g_strdup(t->struct_name);
	for (const AnzMemdescTypeRow *row = anz_memdesc_type_rows; row->table; row++)
		if (g_str_equal(row->name, t->name) && *row->descriptors)
			return g_strndup(row->descriptors, strcspn(row->descriptors, ","));
	return NULL;
}

static void write_member(AnzStoreWriter *writer, const char *type_name, const AnzTypeMember *member,
			 guint64 bit_offset)
{
	const char *type = member->type->alias ? member->type->alias : member->type->name;

	anz_store_writer_insert(writer, "struct_layout", "sssuu", type_name, member->name, type,
				bit_offset / 8, member->type->size);
}

static void write_members(AnzStoreWriter *writer, const char *type_name, const AnzType *type,
			  guint64 bit_offset, guint depth)
{
	for (guint i = 0; depth < MAX_DEPTH && i < type->nr_members; i++) {
		const AnzTypeMember *member = &type->members[i];

		if (!member->type)
			continue;
		if (member->name)
			write_member(writer, type_name, member, bit_offset + member->bit_offset);
		else
			write_members(writer, type_name, member->type,
				      bit_offset + member->bit_offset, depth + 1);
	}
}

static void write_struct(AnzStoreWriter *writer, const AnzKernel *kernel, const char *name)
{
	const AnzType *type = anz_types_find(kernel->types, name);

	if (!type)
		return;
	anz_store_writer_insert(writer, "struct_layout", "ss--u", name, NULL, type->size);
	if (g_str_equal(name, "page"))
		write_members(writer, name, type, 0, 0);
}

/* Every struct that the tables of schemas/ speak of. */
static void write_layouts(AnzStoreWriter *writer, const AnzKernel *kernel)
{
	g_autoptr(GHashTable) done = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (const AnzCostRow *row = anz_cost_rows; row->descriptor; row++)
		if (g_hash_table_add(done, g_strdup(row->descriptor)))
			write_struct(writer, kernel, row->descriptor);
	for (const AnzPathRow *row = anz_path_rows; row->step; row++) {
		g_auto(GStrv) names = g_strsplit(row->names, ",", -1);

		for (guint i = 0; g_str_equal(row->test, "struct") && names[i]; i++)
			if (g_hash_table_add(done, g_strdup(names[i])))
				write_struct(writer, kernel, names[i]);
	}
}

void anz_snapshot_write_metadata(AnzStoreWriter *writer, const AnzKernel *kernel,
				 const AnzMetadata *metadata)
{
	for (guint i = 0; i < metadata->allocations->len; i++) {
		const AnzAllocationCount *it = &g_array_index(metadata->allocations,
							      AnzAllocationCount, i);

		anz_store_writer_insert(writer, "allocation", "nsiuu", node_value(it->nid),
					class_name(it->page_class), (gint64)it->order, it->allocations,
					it->pages);
	}
	for (guint i = 0; i < metadata->descriptors->len; i++) {
		const AnzDescriptorCount *it = &g_array_index(metadata->descriptors,
							      AnzDescriptorCount, i);
		g_autofree char *name = struct_of(kernel->memdesc, it->type);

		anz_store_writer_insert(writer, "descriptor_use", "nsssnuu", node_value(it->nid),
					kernel->memdesc->types[it->type].name, name,
					class_name(it->page_class), it->order < 0 ? ANZ_NULL :
					(gint64)it->order, it->descriptors, it->pages);
	}
	for (guint i = 0; i < metadata->slabs->len; i++) {
		const AnzDescriptorSlabs *it = &g_array_index(metadata->slabs, AnzDescriptorSlabs, i);
		g_autofree char *name = struct_of(kernel->memdesc, it->type);

		anz_store_writer_insert(writer, "descriptor_cache", "nssunnuu", node_value(it->nid),
					name, it->name, it->address, it->object_size ?
					(gint64)it->object_size : ANZ_NULL, it->order < 0 ? ANZ_NULL :
					(gint64)it->order, it->slabs, it->pages);
	}
	write_layouts(writer, kernel);
}
