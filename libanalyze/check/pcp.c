/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Per-cpu page lists.  Their pages carry nothing that says "free", so each one's struct page is read here,
 * in order of addresses: a page of the memory map is then read once.
 * Source: mm/page_alloc.c, free_pcppages_bulk().
 */
#include "check/check.h"
#include "check/record.h"

static AnzFinding *add(AnzChecker *checker, AnzRule rule, const AnzListBlock *block, guint64 pfn)
{
	AnzFinding *finding = anz_findings_add(checker->findings, rule, block->pfn, pfn, 0,
					       anz_check_list_excuse(checker, block->zone));

	if (!finding)
		return NULL;
	finding->zone = block->zone;
	finding->object = anz_check_list_name(checker, ANZ_FAMILY_PCP, block->zone, block->cpu, block->order,
					      block->list);
	return finding;
}

static void check_zone(AnzChecker *checker, const AnzListBlock *block)
{
	const AnzTile *tile = anz_planes_tile(checker->planes, block->pfn);
	guint zone = tile->zone[anz_tile_index(block->pfn)];
	AnzFinding *finding;

	anz_check_evaluated(checker, ANZ_RULE_PCP_ZONE, 1);
	if (zone == block->zone)
		return;
	finding = add(checker, ANZ_RULE_PCP_ZONE, block, block->pfn);
	if (!finding)
		return;
	finding->expected = anz_check_zone_name(checker, block->zone);
	finding->seen = anz_check_zone_name(checker, zone);
}

/* P2: type none, no references, no mapping, no flags. */
static void check_state(AnzChecker *checker, const AnzListBlock *block)
{
	for (guint64 pfn = block->pfn; pfn < block->pfn + (1ull << block->order); pfn++) {
		g_autofree char *wrong = NULL;
		AnzFinding *finding;
		AnzPageRecord record;

		if (!anz_page_record_read(checker->kernel, pfn, &record)) {
			anz_check_unreadable(checker, ANZ_RULE_PCP_STATE, 1);
			continue;
		}
		anz_check_evaluated(checker, ANZ_RULE_PCP_STATE, 1);
		wrong = anz_page_record_not_free(checker->kernel, &record);
		finding = wrong ? add(checker, ANZ_RULE_PCP_STATE, block, pfn) : NULL;
		if (!finding)
			continue;
		finding->expected = g_strdup("no type, references, mapping or flags");
		finding->seen = g_steal_pointer(&wrong);
	}
}

static void check_count(AnzChecker *checker, const AnzPcpSet *set)
{
	g_autofree char *zone = NULL;
	AnzFinding *finding;

	if (set->count < 0) {
		anz_check_unreadable(checker, ANZ_RULE_PCP_COUNT, 1);
		return;
	}
	anz_check_evaluated(checker, ANZ_RULE_PCP_COUNT, 1);
	if ((guint64)set->count == set->nr_pages)
		return;
	finding = anz_findings_add(checker->findings, ANZ_RULE_PCP_COUNT,
				   (guint64)set->zone << 16 | set->cpu, ANZ_NO_PFN, set->address,
				   anz_check_list_excuse(checker, set->zone));
	if (!finding)
		return;
	finding->zone = set->zone;
	zone = anz_check_zone_name(checker, set->zone);
	finding->object = g_strdup_printf("per-cpu lists, %s cpu %u", zone, set->cpu);
	finding->expected = g_strdup_printf("%" G_GUINT64_FORMAT " pages, as on its lists",
					    set->nr_pages);
	finding->seen = g_strdup_printf("%" G_GINT64_FORMAT, set->count);
}

void anz_check_pcp(AnzChecker *checker)
{
	static const AnzRule links[] = { ANZ_RULE_PCP_LINK_SYMMETRY, ANZ_RULE_PCP_LINK_POISON,
					 ANZ_RULE_PCP_LINK_TARGET };
	const GArray *blocks = checker->lists->pcp_blocks;
	g_autoptr(GPtrArray) sorted = anz_check_by_pfn(blocks);

	anz_check_list_faults(checker, ANZ_FAMILY_PCP);
	for (guint i = 0; i < G_N_ELEMENTS(links); i++)
		anz_check_evaluated(checker, links[i], 2 * blocks->len);
	anz_check_evaluated(checker, ANZ_RULE_PCP_ALIGNMENT, blocks->len);
	anz_check_evaluated(checker, ANZ_RULE_PCP_OVERLAP, blocks->len);
	for (guint i = 0; i < checker->lists->pcp_sets->len; i++)
		check_count(checker, &g_array_index(checker->lists->pcp_sets, AnzPcpSet, i));
	for (guint i = 0; i < sorted->len && !anz_is_cancelled(checker->cancel); i++) {
		check_zone(checker, sorted->pdata[i]);
		/* A Buddy word is all that a memory descriptor's page says; the walk has seen it. */
		if (!checker->kernel->memdesc)
			check_state(checker, sorted->pdata[i]);
		else
			anz_check_evaluated(checker, ANZ_RULE_PCP_STATE, 1);
	}
}
