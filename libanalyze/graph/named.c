/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory descriptors that name what they belong to: a page table its address space, a page of a pool
 * its pool, accounted memory its control group.  Weaker than what is found from the owners' own side,
 * which knows names; descriptors of files and slabs are those families' own.
 */
#include "graph/named.h"

static const struct {
	const char *type;	/* struct of the descriptor */
	const char *members;	/* as for anz_field() */
	guint64 mask;		/* bits that are no part of the pointer */
	AnzOwnerKind kind;
	const char *name;	/* of the owner, in front of its address */
} names[] = {
	{ "ptdesc", "pt_mm", 0, ANZ_OWNER_PROCESS, "address space" },
	{ "bump", "pp", 0, ANZ_OWNER_POOL, "page pool" },
	{ "netpool", "pp", 0, ANZ_OWNER_POOL, "page pool" },
	{ "pcpudesc", "chunk", 0, ANZ_OWNER_PERCPU, "per-cpu chunk" },
	{ "zpdesc", "zspage", 0, ANZ_OWNER_POOL, "zspage" },
	{ "acctmem", "memcg|obj_cgroup", 0, ANZ_OWNER_CGROUP, "control group" },
	{ "movable", "ops", 0, ANZ_OWNER_DRIVER, "movable_ops" },
	{ "ksm", "stable_node", 0, ANZ_OWNER_ANON, "KSM node" },
	/* The low bits of an anonymous folio's mapping say so. */
	{ "anon_folio", "mapping", 3, ANZ_OWNER_ANON, "anonymous memory" },
	{ "folio", "mapping", 3, ANZ_OWNER_ANON, "anonymous memory" },
};

/* What one type number's descriptors name. */
typedef struct {
	int name;		/* index in names, -1 nothing */
	AnzField member;
} Named;

static void resolve(AnzKernel *kernel, Named *named)
{
	const AnzMemdescFormat *memdesc = kernel->memdesc;

	for (guint t = 0; t < ANZ_MEMDESC_MAX_TYPES; t++) {
		const AnzMemdescType *type = &memdesc->types[t];

		named[t].name = -1;
		for (guint i = 0; type->kind == ANZ_MEMDESC_POINTER && type->struct_name &&
		     i < G_N_ELEMENTS(names); i++)
			if (g_str_equal(type->struct_name, names[i].type) &&
			    anz_field(kernel, names[i].type, names[i].members, &named[t].member))
				named[t].name = i;
	}
}

static void claim(AnzGraph *graph, const AnzDescriptor *it, const Named *named, AnzRecord *record)
{
	guint64 address, offset;
	const char *symbol = NULL;
	guint32 owner;

	if (!anz_record_read(record, it->address))
		return;
	address = anz_kernel_untag(graph->kernel, anz_record_get(record, &named->member)) &
		  ~names[named->name].mask;
	/* A folio of a file names its mapping in the same word, without a mark. */
	if (!address || (names[named->name].mask &&
			 !(anz_record_get(record, &named->member) & names[named->name].mask)))
		return;
	if (names[named->name].kind == ANZ_OWNER_DRIVER)
		symbol = anz_types_symbol_at(graph->kernel->types, address, &offset);
	owner = anz_graph_find_owner(graph, names[named->name].kind, address);
	if (!owner)
		owner = symbol && !offset ?
			anz_graph_owner(graph, names[named->name].kind, address, "%s", symbol) :
			anz_graph_owner(graph, names[named->name].kind, address,
					"%s at 0x%" G_GINT64_MODIFIER "x", names[named->name].name,
					address);
	anz_graph_claim(graph, owner, ANZ_RANK_NAMED, it->pfn, it->nr_pages, ANZ_NO_POSITION,
			ANZ_NR_CLASSES);
}

void anz_named_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	g_autofree Named *named = NULL;
	guint64 longest = 0;
	AnzRecord record;

	if (!kernel->memdesc)
		return;
	named = g_new0(Named, ANZ_MEMDESC_MAX_TYPES);
	resolve(kernel, named);
	for (guint t = 0; t < ANZ_MEMDESC_MAX_TYPES; t++)
		if (named[t].name >= 0)
			longest = MAX(longest, named[t].member.offset + 8);
	anz_record_init(&record, kernel, longest);
	for (guint i = 0; longest && i < graph->descriptors->len; i++) {
		const AnzDescriptor *it = &anz_spool_index(graph->descriptors, AnzDescriptor, i);

		if (it->type < ANZ_MEMDESC_MAX_TYPES && named[it->type].name >= 0)
			claim(graph, it, &named[it->type], &record);
		if (i % 4096 == 0 && anz_graph_cancelled(graph))
			break;
	}
	anz_record_clear(&record);
}
