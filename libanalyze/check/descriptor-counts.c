/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Counts that memory descriptors keep, as far as their types have members for them: references and mapcounts of
 * folios, against each other and against the page-table entries that were seen to map their pages; references of
 * page tables.  What mapcounts.c looks at in the classic shape.
 * Sources: include/linux/rmap.h (__folio_rmap_sanity_checks), include/linux/mm.h (folio_mapcount).
 */
#include "check/check.h"
#include "graph/spaces.h"

#define CACHED (ANZ_CLASS_BIT(ANZ_CLASS_FILE) | ANZ_CLASS_BIT(ANZ_CLASS_SHMEM) | \
		ANZ_CLASS_BIT(ANZ_CLASS_SWAP_CACHE))
#define FOLIOS (CACHED | ANZ_CLASS_BIT(ANZ_CLASS_ANON) | ANZ_CLASS_BIT(ANZ_CLASS_KSM))

/* Members of one type of descriptor; those that it does not have are not known. */
typedef struct {
	gboolean resolved;
	AnzField refcount, mapcount, large_mapcount, entire_mapcount, nr_mapped;
	AnzRecord record;
} Counts;

typedef struct {
	AnzChecker *checker;
	gboolean compares;	/* all page tables were seen */
	Counts types[ANZ_MEMDESC_MAX_TYPES];
	guint64 nr_tables;
	GArray *bare;		/* const AnzDescriptor *: page tables without a reference */
} Look;

static void resolve(Look *look, Counts *it, const char *name)
{
	AnzKernel *kernel = look->checker->kernel;
	const AnzField *all[] = { &it->refcount, &it->mapcount, &it->large_mapcount, &it->entire_mapcount,
				  &it->nr_mapped };
	guint64 end = 0;

	it->resolved = TRUE;
	anz_field(kernel, name, "_refcount|__page_refcount", &it->refcount);
	anz_field(kernel, name, "_mapcount", &it->mapcount);
	anz_field(kernel, name, "_large_mapcount", &it->large_mapcount);
	anz_field(kernel, name, "_entire_mapcount", &it->entire_mapcount);
	anz_field(kernel, name, "_nr_pages_mapped", &it->nr_mapped);
	for (guint i = 0; i < G_N_ELEMENTS(all); i++)
		end = MAX(end, all[i]->known ? all[i]->offset + 4 : 0);
	anz_record_init(&it->record, kernel, end);
}

/* The members of @it, read; %NULL if its type has none.  What is not in the dump is unreadable for @rule. */
static Counts *counts_of(Look *look, const AnzDescriptor *it, AnzRule rule)
{
	const char *name = look->checker->kernel->memdesc->types[it->type].struct_name;
	Counts *counts = &look->types[it->type];

	if (!name)
		return NULL;
	if (!counts->resolved)
		resolve(look, counts, name);
	if (!counts->record.size)
		return NULL;
	if (anz_record_read(&counts->record, it->address))
		return counts;
	anz_check_unreadable(look->checker, rule, 1);
	return NULL;
}

static gboolean has(const Counts *counts, const AnzField *field)
{
	return anz_record_has(&counts->record, field);
}

/* Of a counter of 32 bits. */
static gint64 get(const Counts *counts, const AnzField *field)
{
	return (gint32)anz_record_get(&counts->record, field);
}

static void report(Look *look, AnzRule rule, const AnzDescriptor *it, const char *object, gint64 seen,
		   gint64 expected, const char *what)
{
	AnzFinding *finding = anz_findings_add(look->checker->findings, rule,
					       rule == ANZ_RULE_PAGE_REFERENCES ? 0 : it->pfn, it->pfn,
					       it->address, anz_check_word_excuse(look->checker));

	if (!finding)
		return;
	finding->object = g_strdup(object);
	finding->expected = g_strdup_printf("%" G_GINT64_FORMAT " %s", expected, what);
	finding->seen = g_strdup_printf("%" G_GINT64_FORMAT, seen);
}

/* F4: who holds a folio. */
static void check_references(Look *look, const AnzDescriptor *it, const Counts *counts)
{
	AnzChecker *checker = look->checker;
	/* Where each page of a larger folio has a count of its own, this is the first page's. */
	const AnzField *maps = it->nr_pages > 1 && counts->large_mapcount.known ? &counts->large_mapcount :
			       &counts->mapcount;
	gint64 refcount, held;

	if (!counts->refcount.known || !counts->mapcount.known)
		return;
	if (!has(counts, &counts->refcount) || !has(counts, maps)) {
		anz_check_unreadable(checker, ANZ_RULE_PAGE_REFCOUNT, 1);
		return;
	}
	refcount = get(counts, &counts->refcount);
	held = MAX(get(counts, maps) + 1, 0) + (CACHED >> it->page_class & 1 ? (gint64)it->nr_pages : 0);
	anz_check_evaluated(checker, ANZ_RULE_PAGE_REFCOUNT, 1);
	anz_check_evaluated(checker, ANZ_RULE_PAGE_REFERENCES, 1);
	if (refcount < held)
		report(look, ANZ_RULE_PAGE_REFCOUNT, it, "folio", refcount, held, "references");
	else if (refcount > held + 1)	/* one more with private data */
		report(look, ANZ_RULE_PAGE_REFERENCES, it, "folio", refcount, held, "references");
}

/* Entries that map pages of @it; -1: more than were counted. */
static gint64 count_entries(const Look *look, const AnzDescriptor *it)
{
	gint64 sum = 0;

	for (guint64 pfn = it->pfn; pfn < it->pfn + it->nr_pages; pfn++) {
		guint entries = anz_spaces_mapped(look->checker->graph, pfn);

		if (entries == G_MAXUINT16)
			return -1;
		sum += entries;
	}
	return sum;
}

/* F4: @mapped is what the descriptor's counts come to, one for each entry and page. */
static void compare(Look *look, const AnzDescriptor *it, gint64 mapped)
{
	gint64 entries = look->compares ? count_entries(look, it) : -1;

	if (entries < 0)
		return;
	anz_check_evaluated(look->checker, ANZ_RULE_RMAP_MAPPED, 1);
	anz_check_evaluated(look->checker, ANZ_RULE_RMAP_UNMAPPED, 1);
	if (entries != mapped)
		report(look, entries > mapped ? ANZ_RULE_RMAP_MAPPED : ANZ_RULE_RMAP_UNMAPPED, it,
		       it->nr_pages > 1 ? "large folio" : "page", mapped, entries,
		       "page-table entries map it");
}

/*
 * F7: mappings by entries of its whole, mappings in all, and how many pages are mapped by entries of their own.
 * Kernels that count no single pages leave the last at 0.
 */
static gboolean check_large(Look *look, const AnzDescriptor *it, const Counts *counts)
{
	gint64 entire = get(counts, &counts->entire_mapcount) + 1;
	gint64 large = get(counts, &counts->large_mapcount) + 1;
	gint64 nr_mapped = get(counts, &counts->nr_mapped), nr, most;

	anz_check_evaluated(look->checker, ANZ_RULE_COMPOUND_MAPCOUNTS, 1);
	if (entire < 0 || large < entire) {
		report(look, ANZ_RULE_COMPOUND_MAPCOUNTS, it, "large folio", large, entire,
		       "mappings or more, as its other counts have it");
		return FALSE;
	}
	if (!has(counts, &counts->nr_mapped) || (large && !nr_mapped))
		return TRUE;
	nr = nr_mapped - (entire ? ANZ_ENTIRELY_MAPPED : 0);
	most = large - entire;
	/* Poisoned pages of the folio, whose words no longer name it, are not among those known. */
	if (it->stated)
		most = MIN(most, (gint64)it->nr_pages);
	if (nr <= most && nr >= (large > entire))
		return TRUE;
	report(look, ANZ_RULE_COMPOUND_MAPCOUNTS, it, "large folio", nr_mapped,
	       (entire ? ANZ_ENTIRELY_MAPPED : 0) + most,
	       "at most for its mapped pages, as its mapcounts have it");
	return FALSE;
}

static void check_folio(Look *look, const AnzDescriptor *it)
{
	const Counts *counts = counts_of(look, it, ANZ_RULE_PAGE_REFCOUNT);

	if (!counts)
		return;
	check_references(look, it, counts);
	if (it->nr_pages == 1) {
		if (has(counts, &counts->mapcount))
			compare(look, it, get(counts, &counts->mapcount) + 1);
	} else if (has(counts, &counts->large_mapcount) && has(counts, &counts->entire_mapcount) &&
		   check_large(look, it, counts)) {
		/* An entry for its whole counts once there, and maps each page. */
		compare(look, it, get(counts, &counts->large_mapcount) + 1 +
			((gint64)it->nr_pages - 1) * (get(counts, &counts->entire_mapcount) + 1));
	}
}

static void check_table(Look *look, const AnzDescriptor *it)
{
	const Counts *counts = counts_of(look, it, ANZ_RULE_TABLE_REFCOUNT);
	gint64 refcount;

	if (!counts || !has(counts, &counts->refcount))
		return;
	look->nr_tables++;
	refcount = get(counts, &counts->refcount);
	if (refcount < 0)
		report(look, ANZ_RULE_TABLE_REFCOUNT, it, "page table", refcount, 1, "references or more");
	else if (!refcount)
		g_array_append_val(look->bare, it);
}

/* Page tables are to have no references (frozen pages): where most have none, none is missing. */
static void judge_tables(Look *look)
{
	if (look->bare->len * 2ull > look->nr_tables) {
		anz_check_not_here(look->checker, ANZ_RULE_TABLE_REFCOUNT,
				   "this kernel does not count references of page tables");
		return;
	}
	anz_check_evaluated(look->checker, ANZ_RULE_TABLE_REFCOUNT, look->nr_tables);
	for (guint i = 0; i < look->bare->len; i++)
		report(look, ANZ_RULE_TABLE_REFCOUNT, g_array_index(look->bare, const AnzDescriptor *, i),
		       "page table", 0, 1, "references or more");
}

/* Why nothing was evaluated, where that is so. */
static void say_why(const Look *look)
{
	static const struct {
		AnzRule rule;
		gboolean by_tables;
		const char *lacking;
	} rules[] = {
		{ ANZ_RULE_RMAP_MAPPED, TRUE, "descriptors of folios have no mapcounts" },
		{ ANZ_RULE_RMAP_UNMAPPED, TRUE, "descriptors of folios have no mapcounts" },
		{ ANZ_RULE_COMPOUND_MAPCOUNTS, FALSE,
		  "no large folio has a descriptor that counts mappings of the whole apart" },
		{ ANZ_RULE_TABLE_REFCOUNT, FALSE, "descriptors of page tables count no references" },
	};
	AnzChecker *checker = look->checker;

	for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
		const AnzRuleResult *result = &checker->findings->rules[rules[i].rule];

		if (!result->evaluated && !result->unreadable && !result->note)
			anz_check_not_here(checker, rules[i].rule, rules[i].by_tables && !look->compares ?
					   anz_check_tables_excuse(checker) : rules[i].lacking);
	}
}

void anz_check_descriptor_counts(AnzChecker *checker)
{
	Look look = { .checker = checker, .compares = !anz_check_tables_excuse(checker),
		      .bare = g_array_new(FALSE, FALSE, sizeof(const AnzDescriptor *)) };

	for (guint i = 0; i < checker->descriptors->len && !anz_is_cancelled(checker->cancel); i++) {
		const AnzDescriptor *it = &anz_spool_index(checker->descriptors, AnzDescriptor, i);

		if (it->status != ANZ_DESCRIPTOR_OK)
			continue;
		if (FOLIOS >> it->page_class & 1)
			check_folio(&look, it);
		else if (it->page_class == ANZ_CLASS_PAGE_TABLE)
			check_table(&look, it);
	}
	judge_tables(&look);
	say_why(&look);
	for (guint i = 0; i < ANZ_MEMDESC_MAX_TYPES; i++)
		anz_record_clear(&look.types[i].record);
	g_array_unref(look.bare);
}
