/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All families in order, and what they share: names, excuses, faults of list walks. */
#include "check/check.h"
#include "graph/spaces.h"

#define LIST_POISON1 0x100	/* plus POISON_POINTER_DELTA (include/linux/poison.h) */
#define LIST_POISON2 0x122

const char *anz_check_zone_excuse(const AnzChecker *checker, guint zone)
{
	if (zone < checker->kernel->zones->len &&
	    g_array_index(checker->kernel->zones, AnzZone, zone).lock_held > 0)
		return "the zone's lock was held: its lists may have been half changed";
	return NULL;
}

const char *anz_check_types_excuse(const AnzChecker *checker)
{
	if (!anz_types_kind(checker->kernel->types))
		return "without type information struct page and pageblocks are known in part only";
	return NULL;
}

const char *anz_check_word_excuse(const AnzChecker *checker)
{
	if (checker->kernel->memdesc && checker->lists->pcp_unknown)
		return "may be a free page of a per-cpu list, and those could not be walked";
	return NULL;
}

/*
 * What is often allocated and freed, the pages at the head of a list, is found in another state when lists
 * are walked than when pages were read, at one look as at the next.
 */
const char *anz_check_list_excuse(const AnzChecker *checker, guint zone)
{
	if (anz_image_is_live(checker->kernel->image))
		return anz_finding_unsynchronised;
	return anz_check_zone_excuse(checker, zone);
}

const char *anz_check_tables_excuse(const AnzChecker *checker)
{
	const AnzSpaces *spaces = checker->graph->spaces;

	if (anz_image_is_live(checker->kernel->image))
		return "of live memory mapcounts and page tables are not read at the same moment";
	if (!spaces)
		return "page tables of processes were not looked for";
	return spaces->whole ? NULL : "not all page tables of processes are known";
}

char *anz_check_zone_name(const AnzChecker *checker, guint zone)
{
	const AnzZone *it;

	if (zone >= checker->kernel->zones->len)
		return g_strdup("no zone");
	it = &g_array_index(checker->kernel->zones, AnzZone, zone);
	return g_strdup_printf("node %u zone %s", it->nid, it->name);
}

char *anz_check_list_name(const AnzChecker *checker, AnzListFamily family, guint zone, guint cpu,
			  guint order, guint list)
{
	g_autofree char *of = anz_check_zone_name(checker, zone);

	switch (family) {
	case ANZ_FAMILY_FREE:
		return g_strdup_printf("free list, %s order %u %s", of, order,
				       checker->kernel->migratetype_names[list]);
	case ANZ_FAMILY_UNACCEPTED:
		return g_strdup_printf("unaccepted pages, %s", of);
	case ANZ_FAMILY_PCP:
		return g_strdup_printf("per-cpu list %u, %s cpu %u", list, of, cpu);
	}
	return NULL;
}

static gboolean is_poison(const AnzChecker *checker, guint64 link)
{
	guint64 delta = checker->kernel->format.pp_signature ?
			checker->kernel->format.pp_signature & ~0xffull : 0;

	return link == delta + LIST_POISON1 || link == delta + LIST_POISON2;
}

/* The rules that a kind of fault breaks, on buddy and on per-cpu lists. */
static AnzRule rule_of_fault(const AnzChecker *checker, const AnzListFault *fault)
{
	gboolean pcp = fault->family == ANZ_FAMILY_PCP;

	switch ((AnzListFaultKind)fault->kind) {
	case ANZ_FAULT_LINK:
		return pcp ? ANZ_RULE_PCP_LINK_SYMMETRY : ANZ_RULE_BUDDY_LINK_SYMMETRY;
	case ANZ_FAULT_NOWHERE:
		if (is_poison(checker, fault->seen))
			return pcp ? ANZ_RULE_PCP_LINK_POISON : ANZ_RULE_BUDDY_LINK_POISON;
		return pcp ? ANZ_RULE_PCP_LINK_TARGET : ANZ_RULE_BUDDY_LINK_TARGET;
	case ANZ_FAULT_TWICE:
		return pcp ? ANZ_RULE_PCP_OVERLAP : ANZ_RULE_BUDDY_OVERLAP;
	case ANZ_FAULT_ALIGNMENT:
		return pcp ? ANZ_RULE_PCP_ALIGNMENT : ANZ_RULE_BUDDY_ALIGNMENT;
	case ANZ_FAULT_CLASS:
		return pcp ? ANZ_RULE_PCP_STATE : ANZ_RULE_BUDDY_TYPE;
	case ANZ_FAULT_ORDER:
		return ANZ_RULE_BUDDY_ORDER;
	case ANZ_FAULT_OUTSIDE:
		return pcp ? ANZ_RULE_PCP_ZONE : ANZ_RULE_BUDDY_ZONE;
	case ANZ_FAULT_UNLISTED:
	case ANZ_FAULT_UNREADABLE:
		break;
	}
	return ANZ_RULE_BUDDY_UNLISTED;
}

static char *frame_name(guint64 pfn)
{
	return pfn == G_MAXUINT64 ? g_strdup("the list's head") :
	       g_strdup_printf("pfn %" G_GUINT64_FORMAT, pfn);
}

static void describe_fault(const AnzListFault *fault, AnzFinding *finding)
{
	const AnzPageClassInfo *info;

	switch ((AnzListFaultKind)fault->kind) {
	case ANZ_FAULT_LINK:
	case ANZ_FAULT_NOWHERE:
	case ANZ_FAULT_UNREADABLE: {
		g_autofree char *to = fault->expected_known ? frame_name(fault->expected) :
				      g_strdup("the neighbour that points here");

		finding->expected = g_strdup_printf("%s leads to %s", fault->forward ? "next" :
						    "prev", to);
		finding->seen = g_strdup_printf("0x%" G_GINT64_MODIFIER "x", fault->seen);
		break;
	}
	case ANZ_FAULT_TWICE:
		finding->expected = g_strdup("each frame on one list");
		finding->seen = g_strdup_printf("%" G_GUINT64_FORMAT " of its frames on another list",
						fault->seen);
		break;
	case ANZ_FAULT_ALIGNMENT:
		finding->expected = g_strdup_printf("a multiple of %u", 1u << fault->order);
		finding->seen = g_strdup_printf("pfn %" G_GUINT64_FORMAT, fault->pfn);
		break;
	case ANZ_FAULT_CLASS:
		info = anz_page_class_info(fault->seen);
		finding->expected = g_strdup(fault->family == ANZ_FAMILY_UNACCEPTED ? "unaccepted" :
					     fault->family == ANZ_FAMILY_PCP ? "a page without type" :
					     "free");
		finding->seen = g_strdup(info ? info->name : "a tail page");
		break;
	case ANZ_FAULT_ORDER:
		finding->expected = g_strdup_printf("order %u", fault->order);
		finding->seen = g_strdup_printf("order %" G_GUINT64_FORMAT, fault->seen);
		break;
	case ANZ_FAULT_OUTSIDE:
		finding->expected = g_strdup("inside of the zone");
		finding->seen = g_strdup_printf("pfn %" G_GUINT64_FORMAT, fault->pfn);
		break;
	case ANZ_FAULT_UNLISTED:
		finding->expected = g_strdup("on a list");
		finding->seen = g_strdup("on none");
		break;
	}
}

/* The links of a list are read together, and again when they do not fit. */
static const char *fault_excuse(const AnzChecker *checker, const AnzListFault *fault)
{
	gboolean is_link = fault->kind == ANZ_FAULT_LINK || fault->kind == ANZ_FAULT_NOWHERE;
	const char *excuse = is_link ? anz_check_zone_excuse(checker, fault->zone) :
			     anz_check_list_excuse(checker, fault->zone);

	return !excuse && fault->kind == ANZ_FAULT_UNLISTED ? anz_check_word_excuse(checker) : excuse;
}

void anz_check_list_faults(AnzChecker *checker, AnzListFamily family)
{
	const GArray *faults = checker->lists->faults;

	for (guint i = 0; i < faults->len; i++) {
		const AnzListFault *fault = &g_array_index(faults, AnzListFault, i);
		AnzRule rule = rule_of_fault(checker, fault);
		AnzFinding *finding;

		if (fault->family != family)
			continue;
		if (fault->kind == ANZ_FAULT_UNREADABLE) {
			anz_check_unreadable(checker, family == ANZ_FAMILY_PCP ?
					     ANZ_RULE_PCP_LINK_SYMMETRY :
					     ANZ_RULE_BUDDY_LINK_SYMMETRY, 1);
			continue;
		}
		finding = anz_findings_add(checker->findings, rule, fault->of_head ? fault->head :
					   fault->pfn, fault->of_head ? ANZ_NO_PFN : fault->pfn,
					   fault->of_head ? fault->head : 0,
					   fault_excuse(checker, fault));
		if (!finding)
			continue;
		finding->zone = fault->zone;
		describe_fault(fault, finding);
		if (fault->kind == ANZ_FAULT_UNLISTED)
			finding->object = anz_check_zone_name(checker, fault->zone);
		else
			finding->object = anz_check_list_name(checker, family, fault->zone,
							      fault->cpu, fault->order,
							      fault->list);
	}
}

static int compare_pfns(gconstpointer a, gconstpointer b)
{
	const AnzListBlock *left = *(const AnzListBlock *const *)a;
	const AnzListBlock *right = *(const AnzListBlock *const *)b;

	return (left->pfn > right->pfn) - (left->pfn < right->pfn);
}

GPtrArray *anz_check_by_pfn(const GArray *blocks)
{
	GPtrArray *sorted = g_ptr_array_sized_new(blocks->len);

	for (guint i = 0; i < blocks->len; i++)
		g_ptr_array_add(sorted, &g_array_index(blocks, AnzListBlock, i));
	g_ptr_array_sort(sorted, compare_pfns);
	return sorted;
}

gboolean anz_check_run(AnzChecker *checker, GError **error)
{
	static void (*const families[])(AnzChecker *) = {
		anz_check_buddy, anz_check_pcp, anz_check_zones, anz_check_sections, anz_check_graph,
		anz_check_anon,
	};

	for (guint i = 0; i < G_N_ELEMENTS(families) && !anz_is_cancelled(checker->cancel); i++)
		families[i](checker);
	if (checker->kernel->memdesc) {
		anz_check_memdesc(checker);
		if (!anz_check_memdesc_words(checker, error))
			return FALSE;
		anz_check_descriptor_counts(checker);
	}
	if (!anz_check_pages(checker, error) || !anz_check_mapcounts(checker, error))
		return FALSE;
	/* Families without a pass have only ended early. */
	if (!anz_is_cancelled(checker->cancel))
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_CANCELLED, "interrupted");
	return FALSE;
}
