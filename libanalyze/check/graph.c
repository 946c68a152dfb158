/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slabs, files and page tables: what the walks that looked for owners met (graph/oddities.h), put into words.
 * Sources: mm/slub.c (check_slab, on_freelist, validate_slab_node), mm/filemap.c, lib/xarray.c,
 * mm/page_table_check.c.
 */
#include "check/check.h"

#define HEX "0x%" G_GINT64_MODIFIER "x"
#define NUMBER "%" G_GUINT64_FORMAT

static const AnzRule rules[ANZ_NR_ODDITIES] = {
	[ANZ_ODD_SLAB_CACHE] = ANZ_RULE_SLAB_CACHE,
	[ANZ_ODD_SLAB_OBJECTS] = ANZ_RULE_SLAB_OBJECTS,
	[ANZ_ODD_SLAB_FREELIST] = ANZ_RULE_SLAB_FREELIST,
	[ANZ_ODD_SLAB_COUNT] = ANZ_RULE_SLAB_COUNT,
	[ANZ_ODD_SLAB_LIST] = ANZ_RULE_SLAB_LIST,
	[ANZ_ODD_SLAB_NR_PARTIAL] = ANZ_RULE_SLAB_NR_PARTIAL,
	[ANZ_ODD_SLAB_NR_SLABS] = ANZ_RULE_SLAB_NR_SLABS,
	[ANZ_ODD_SLAB_UNLISTED] = ANZ_RULE_SLAB_UNLISTED,
	[ANZ_ODD_FILE_MAPPING] = ANZ_RULE_FILE_MAPPING,
	[ANZ_ODD_FILE_ENTRY] = ANZ_RULE_FILE_ENTRY,
	[ANZ_ODD_FILE_INDEX] = ANZ_RULE_FILE_INDEX,
	[ANZ_ODD_FILE_NRPAGES] = ANZ_RULE_FILE_NRPAGES,
	[ANZ_ODD_FILE_TREE] = ANZ_RULE_FILE_TREE,
	[ANZ_ODD_TABLE_ENTRY] = ANZ_RULE_TABLE_ENTRY,
	[ANZ_ODD_TABLE_TARGET] = ANZ_RULE_TABLE_TARGET,
};

static void describe_slab(const AnzOddity *it, AnzFinding *finding)
{
	switch ((AnzOddityKind)it->kind) {
	case ANZ_ODD_SLAB_CACHE:
		finding->expected = g_strdup("a cache on the list of slab caches");
		finding->seen = g_strdup_printf(HEX ": %s", it->seen, it->what);
		break;
	case ANZ_ODD_SLAB_OBJECTS:
		finding->expected = g_strdup_printf("1 to " NUMBER " %s", it->expected, it->what);
		finding->seen = g_strdup_printf(NUMBER, it->seen);
		break;
	case ANZ_ODD_SLAB_FREELIST:
		finding->expected = g_strdup("free objects of this slab, each once");
		finding->seen = g_strdup_printf("another address behind the first " NUMBER, it->seen);
		break;
	case ANZ_ODD_SLAB_COUNT:
	case ANZ_ODD_SLAB_NR_SLABS:
	case ANZ_ODD_SLAB_NR_PARTIAL:
		finding->expected = g_strdup_printf(it->kind == ANZ_ODD_SLAB_COUNT ?
						    NUMBER " free objects" : NUMBER " slabs",
						    it->expected);
		finding->seen = g_strdup_printf(NUMBER, it->seen);
		break;
	case ANZ_ODD_SLAB_LIST:
		finding->expected = g_strdup("partly free slabs of this cache, linked both ways");
		finding->seen = g_strdup_printf("%s: " HEX, it->what, it->seen);
		break;
	default:
		finding->expected = g_strdup("on a list of its node or of a cpu");
		finding->seen = g_strdup_printf("on none, with " NUMBER " of " NUMBER
						" objects in use", it->seen, it->expected);
		break;
	}
}

static void describe_file(const AnzOddity *it, AnzFinding *finding)
{
	switch ((AnzOddityKind)it->kind) {
	case ANZ_ODD_FILE_MAPPING:
		finding->expected = g_strdup("the address_space of an inode");
		finding->seen = g_strdup_printf(HEX, it->seen);
		break;
	case ANZ_ODD_FILE_ENTRY:
		finding->expected = g_strdup_printf("page " NUMBER " of the file", it->expected);
		finding->seen = g_strdup_printf(HEX, it->seen);
		break;
	case ANZ_ODD_FILE_INDEX:
		finding->expected = g_strdup_printf("in the file's tree at " NUMBER, it->seen);
		finding->seen = g_strdup("not there");
		break;
	case ANZ_ODD_FILE_NRPAGES:
		finding->expected = g_strdup_printf(NUMBER " pages, as in its tree", it->expected);
		finding->seen = g_strdup_printf(NUMBER, it->seen);
		break;
	default:
		finding->expected = g_strdup("a node one level below its parent, whose count is that of "
					     "its entries");
		finding->seen = g_strdup("another");
		break;
	}
}

static void describe_table(const AnzOddity *it, AnzFinding *finding)
{
	if (it->kind == ANZ_ODD_TABLE_ENTRY) {
		finding->expected = g_strdup_printf("a page table for address " HEX, it->seen);
		finding->seen = g_strdup(it->what);
		return;
	}
	finding->expected = g_strdup_printf("a page for user space at address " HEX, it->seen);
	finding->seen = g_strdup(anz_page_class_info(it->expected)->name);
}

static void describe(AnzChecker *checker, const AnzOddity *it, AnzFinding *finding)
{
	const AnzOwner *owner = it->owner ? anz_graph_get_owner(checker->graph, it->owner) : NULL;
	const char *name = owner ? owner->name : NULL;

	if (it->kind <= ANZ_ODD_SLAB_UNLISTED) {
		if (it->kind >= ANZ_ODD_SLAB_LIST && it->kind <= ANZ_ODD_SLAB_NR_SLABS)
			finding->object = g_strdup_printf("cache %s, node %u", name, it->node);
		else
			finding->object = name ? g_strdup_printf("slab of cache %s", name) :
					  g_strdup("slab");
		describe_slab(it, finding);
	} else if (it->kind <= ANZ_ODD_FILE_TREE) {
		finding->object = name ? g_strdup_printf("file %s", name) : g_strdup("page cache");
		describe_file(it, finding);
	} else {
		finding->object = g_strdup_printf("page tables of %s", name ? name : "nobody");
		describe_table(it, finding);
	}
}

void anz_check_graph(AnzChecker *checker)
{
	const AnzOddities *odd = &checker->graph->oddities;
	guint64 kept[ANZ_NR_ODDITIES] = { 0 };

	for (guint k = 0; k < ANZ_NR_ODDITIES; k++) {
		anz_check_evaluated(checker, rules[k], odd->looked[k]);
		anz_check_unreadable(checker, rules[k], odd->unread[k]);
		if (!checker->graph->slabs)
			anz_check_not_here(checker, rules[k], "owners of pages were not looked for");
	}
	for (guint i = 0; i < odd->kept->len; i++) {
		const AnzOddity *it = &g_array_index(odd->kept, AnzOddity, i);
		gboolean has_page = it->pfn != G_MAXUINT64;
		AnzFinding *finding;

		kept[it->kind]++;
		finding = anz_findings_add(checker->findings, rules[it->kind],
					   has_page ? it->pfn : it->address,
					   has_page ? it->pfn : ANZ_NO_PFN, it->address, it->excuse);
		if (finding)
			describe(checker, it, finding);
	}
	/* Those that the walks only counted. */
	for (guint k = 0; k < ANZ_NR_ODDITIES; k++) {
		checker->findings->rules[rules[k]].findings += odd->met[k] - kept[k] - odd->excused[k];
		checker->findings->rules[rules[k]].suppressed += odd->excused[k];
	}
}
