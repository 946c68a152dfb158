/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages of the classic shape, one by one and in compound pages: what the decoder found suspicious is judged
 * here, now that lists say which pages are free.
 * Sources: mm/page_alloc.c (check_new_page, free_tail_page_prepare, prep_compound_tail), mm/rmap.c,
 * include/linux/page-flags.h, mm/memory-failure.c.
 */
#include "check/check.h"
#include "check/record.h"
#include "pages/pass.h"

static const struct {
	AnzRule rule;
	const char *object;	/* what the page is */
} rules[ANZ_NR_SUSPECTS] = {
	[ANZ_SUSPECT_TYPE] = { ANZ_RULE_PAGE_TYPE, "page" },
	[ANZ_SUSPECT_TYPE_BITS] = { ANZ_RULE_PAGE_TYPE_BITS, "typed page" },
	[ANZ_SUSPECT_MAPCOUNT] = { ANZ_RULE_PAGE_MAPCOUNT, "page" },
	[ANZ_SUSPECT_REFCOUNT] = { ANZ_RULE_PAGE_REFCOUNT, "page" },
	[ANZ_SUSPECT_REFERENCES] = { ANZ_RULE_PAGE_REFERENCES, "page on an LRU list" },
	[ANZ_SUSPECT_RESERVED] = { ANZ_RULE_RESERVED_REFCOUNT, "reserved page" },
	[ANZ_SUSPECT_FREE_HEAD] = { ANZ_RULE_BUDDY_HEAD_STATE, "free block" },
	[ANZ_SUSPECT_FREE_INTERIOR] = { ANZ_RULE_BUDDY_INTERIOR_STATE, "free block" },
	[ANZ_SUSPECT_BLOCK_ORDER] = { ANZ_RULE_BUDDY_ORDER, "free block" },
	[ANZ_SUSPECT_BLOCK_INSIDE] = { ANZ_RULE_BUDDY_OVERLAP, "free block" },
	[ANZ_SUSPECT_ORDER] = { ANZ_RULE_COMPOUND_ORDER, "compound page" },
	[ANZ_SUSPECT_TAIL_HEAD] = { ANZ_RULE_COMPOUND_TAIL_HEAD, "compound page" },
	[ANZ_SUSPECT_TAIL_STATE] = { ANZ_RULE_COMPOUND_TAIL_STATE, "compound page" },
	[ANZ_SUSPECT_TAIL_MAPPING] = { ANZ_RULE_COMPOUND_TAIL_MAPPING, "compound page" },
	[ANZ_SUSPECT_ORPHAN_TAIL] = { ANZ_RULE_COMPOUND_ORPHAN_TAIL, "tail page" },
	[ANZ_SUSPECT_CUT] = { ANZ_RULE_COMPOUND_TAILS, "compound page" },
	[ANZ_SUSPECT_ZONE] = { ANZ_RULE_PAGE_ZONE, "page" },
};

static char *hex(guint64 value)
{
	return g_strdup_printf("0x%" G_GINT64_MODIFIER "x", value);
}

static void describe_free(AnzChecker *checker, const AnzSuspect *it, AnzFinding *finding)
{
	AnzPageRecord record;

	finding->expected = g_strdup("no type, references, mapping or flags");
	if (!anz_page_record_read(checker->kernel, it->pfn, &record))
		return;
	/* The first page's own type and the flag of page reporting are as they should be. */
	if (it->kind == ANZ_SUSPECT_FREE_HEAD) {
		record.type = G_MAXUINT32;
		record.flags &= ~checker->kernel->format.f_reported;
	}
	finding->seen = anz_page_record_not_free(checker->kernel, &record);
}

static void describe_zone(AnzChecker *checker, const AnzSuspect *it, AnzFinding *finding)
{
	const AnzPageFormat *f = &checker->kernel->format;

	finding->expected = anz_check_zone_name(checker, it->expected);
	finding->seen = g_strdup_printf("node %u zone %u",
					(guint)(it->seen >> f->zone_bits),
					(guint)(it->seen & ((1u << f->zone_bits) - 1)));
}

static void describe(AnzChecker *checker, const AnzSuspect *it, AnzFinding *finding)
{
	switch ((AnzSuspectKind)it->kind) {
	case ANZ_SUSPECT_TYPE:
		finding->expected = g_strdup("a type that is assigned");
		finding->seen = g_strdup_printf("page type 0x%08x", (guint32)it->seen);
		break;
	case ANZ_SUSPECT_TYPE_BITS:
		finding->expected = g_strdup_printf("page type 0x%08x", (guint32)it->expected);
		finding->seen = g_strdup_printf("page type 0x%08x", (guint32)it->seen);
		break;
	case ANZ_SUSPECT_MAPCOUNT:
		finding->expected = g_strdup("0 or more");
		finding->seen = g_strdup_printf("mapcount %d", (gint32)it->seen + 1);
		break;
	case ANZ_SUSPECT_REFCOUNT:
		finding->expected = g_strdup_printf("at least %" G_GUINT64_FORMAT " references",
						    it->expected);
		finding->seen = g_strdup_printf("%d", (gint32)it->seen);
		break;
	case ANZ_SUSPECT_REFERENCES:
		finding->expected = g_strdup_printf("%" G_GUINT64_FORMAT " references", it->expected);
		finding->seen = g_strdup_printf("%d", (gint32)it->seen);
		break;
	case ANZ_SUSPECT_RESERVED:
		finding->expected = g_strdup("1 reference or more");
		finding->seen = g_strdup_printf("%d", (gint32)it->seen);
		break;
	case ANZ_SUSPECT_FREE_HEAD:
	case ANZ_SUSPECT_FREE_INTERIOR:
		describe_free(checker, it, finding);
		break;
	case ANZ_SUSPECT_BLOCK_ORDER:
	case ANZ_SUSPECT_ORDER:
		finding->expected = g_strdup("an order that the frame is aligned to");
		finding->seen = g_strdup_printf("order %" G_GUINT64_FORMAT, it->seen);
		break;
	case ANZ_SUSPECT_BLOCK_INSIDE:
		finding->expected = g_strdup("later pages of a block are no blocks");
		finding->seen = g_strdup("says that it is a free block");
		break;
	case ANZ_SUSPECT_TAIL_HEAD:
		finding->expected = hex(it->expected);
		finding->seen = hex(it->seen);
		break;
	case ANZ_SUSPECT_TAIL_STATE:
		finding->expected = g_strdup("no references and no type");
		finding->seen = g_strdup_printf("refcount %d, page type or mapcount 0x%08x",
						(gint32)it->seen, (guint32)it->expected);
		break;
	case ANZ_SUSPECT_TAIL_MAPPING:
		finding->expected = hex(it->expected);
		finding->seen = hex(it->seen);
		break;
	case ANZ_SUSPECT_ORPHAN_TAIL:
		finding->expected = g_strdup("a head before it");
		finding->seen = g_strdup("none");
		break;
	case ANZ_SUSPECT_CUT:
		finding->expected = g_strdup_printf("%" G_GUINT64_FORMAT " pages",
						    (guint64)1 << it->expected);
		finding->seen = g_strdup_printf("%" G_GUINT64_FORMAT, it->pfn - it->head);
		break;
	case ANZ_SUSPECT_ZONE:
		describe_zone(checker, it, finding);
		break;
	case ANZ_NR_SUSPECTS:
		break;
	}
}

/* Where several pages of one block or compound page are off the cause is one. */
static guint64 group_of(const AnzSuspect *it)
{
	switch ((AnzSuspectKind)it->kind) {
	case ANZ_SUSPECT_FREE_INTERIOR:
	case ANZ_SUSPECT_TAIL_HEAD:
	case ANZ_SUSPECT_TAIL_STATE:
	case ANZ_SUSPECT_TAIL_MAPPING:
	case ANZ_SUSPECT_ORPHAN_TAIL:
		return it->head;
	case ANZ_SUSPECT_REFERENCES:
		return 0;
	default:
		return it->pfn;
	}
}

static AnzFinding *judge(AnzChecker *checker, const AnzSuspect *it)
{
	const AnzTile *tile = anz_planes_tile(checker->planes, it->pfn);
	guint i = anz_tile_index(it->pfn);
	const char *excuse = anz_check_zone_excuse(checker, tile->zone[i]);
	const char *unknown = anz_check_types_excuse(checker);
	AnzRule rule = rules[it->kind].rule;

	switch ((AnzSuspectKind)it->kind) {
	case ANZ_SUSPECT_BLOCK_ORDER:
		if (it->expected == ANZ_CLASS_GUARD)
			rule = ANZ_RULE_GUARD_ORDER;
		break;
	case ANZ_SUSPECT_MAPCOUNT:
	case ANZ_SUSPECT_REFCOUNT:
	case ANZ_SUSPECT_BLOCK_INSIDE:
		/* What a list reaches has a rule of its own. */
		if (tile->attr[i] & ANZ_ATTR_ON_LIST)
			return NULL;
		break;
	default:
		break;
	}
	return anz_findings_add(checker->findings, rule, group_of(it),
				it->kind == ANZ_SUSPECT_CUT ? it->head : it->pfn, 0,
				excuse ? excuse : unknown);
}

/* How many pages each rule was looked at on; all come from the planes, so nothing is counted twice. */
typedef struct {
	GArray *listed;		/* frames that lists reach and that are poisoned or reserved */
	GArray *guards;		/* frames: first pages of guard blocks */
	guint64 poisoned;
	guint64 all, typed, free_heads, interior, tails, heads, mapped, reserved, lru;
} Counts;

static gpointer counts_new(gpointer data, GError **error)
{
	Counts *n = g_new0(Counts, 1);

	(void)data;
	(void)error;
	n->listed = g_array_new(FALSE, FALSE, sizeof(guint64));
	n->guards = g_array_new(FALSE, FALSE, sizeof(guint64));
	return n;
}

static void counts_free(gpointer slot)
{
	Counts *n = slot;

	g_array_unref(n->listed);
	g_array_unref(n->guards);
	g_free(n);
}

/* So many of a tile are looked at. */
#define MAX_RARE 1024

static void keep(GArray *frames, const AnzTile *tile, guint i)
{
	guint64 pfn = (tile->number << ANZ_TILE_SHIFT) + i;

	if (frames->len < MAX_RARE)
		g_array_append_val(frames, pfn);
}

static void count_tile(AnzTile *tile, gpointer slot, gpointer data)
{
	Counts n = { .listed = ((Counts *)slot)->listed, .guards = ((Counts *)slot)->guards };

	(void)data;
	for (guint i = 0; i < ANZ_TILE_PAGES; i++) {
		guint8 c = tile->page_class[i];
		guint16 attr = tile->attr[i];
		gboolean is_free = c == ANZ_CLASS_FREE;

		if (c == ANZ_CLASS_HOLE || c >= ANZ_CLASS_EXCLUDED)
			continue;
		n.all++;
		n.poisoned += !!(attr & ANZ_ATTR_HWPOISON);
		if (attr & ANZ_ATTR_ON_LIST && attr & (ANZ_ATTR_HWPOISON | ANZ_ATTR_RESERVED))
			keep(n.listed, tile, i);
		if (c == ANZ_CLASS_GUARD && !(attr & ANZ_ATTR_TAIL))
			keep(n.guards, tile, i);
		n.free_heads += is_free && attr & ANZ_ATTR_HEAD;
		n.interior += is_free && attr & ANZ_ATTR_TAIL;
		n.tails += !is_free && attr & ANZ_ATTR_TAIL;
		n.heads += !is_free && attr & ANZ_ATTR_HEAD;
		n.mapped += !!(attr & ANZ_ATTR_MAPPED);
		n.reserved += !!(attr & ANZ_ATTR_RESERVED);
		n.lru += !!(attr & ANZ_ATTR_LRU);
		n.typed += is_free || c == ANZ_CLASS_SLAB || c == ANZ_CLASS_PAGE_TABLE;
	}
	*(Counts *)slot = n;
}

static void check_listed(AnzChecker *checker, guint64 pfn)
{
	AnzPageRecord record;
	gboolean reserved;
	AnzFinding *finding;

	if (!anz_page_record_read(checker->kernel, pfn, &record))
		return;
	reserved = record.flags & checker->kernel->format.f_reserved;
	finding = anz_findings_add(checker->findings, reserved ? ANZ_RULE_RESERVED_LISTED :
				   ANZ_RULE_HWPOISON_FREE, pfn, pfn, 0, NULL);
	if (!finding)
		return;
	finding->object = g_strdup(reserved ? "reserved page" : "page with a memory error");
	finding->expected = g_strdup("on no list");
	finding->seen = g_strdup("in a listed block");
}

/* A guard page's list member is initialised and never used. */
static void check_guard(AnzChecker *checker, guint64 pfn)
{
	AnzPageRecord record;
	AnzFinding *finding;
	guint64 self;

	if (!anz_page_record_read(checker->kernel, pfn, &record)) {
		anz_check_unreadable(checker, ANZ_RULE_GUARD_LIST, 1);
		return;
	}
	self = record.address + checker->kernel->format.list;
	if (record.next == self && record.prev == self)
		return;
	finding = anz_findings_add(checker->findings, ANZ_RULE_GUARD_LIST, pfn, pfn, 0, NULL);
	if (!finding)
		return;
	finding->object = g_strdup("guard page");
	finding->expected = g_strdup("links to itself");
	finding->seen = g_strdup_printf("next 0x%" G_GINT64_MODIFIER "x, prev 0x%" G_GINT64_MODIFIER
					"x", record.next, record.prev);
}

/* Pages of kinds that are rare. */
static void check_rare(AnzChecker *checker, const Counts *n)
{
	for (guint i = 0; i < n->listed->len; i++)
		check_listed(checker, g_array_index(n->listed, guint64, i));
	for (guint i = 0; i < n->guards->len; i++)
		check_guard(checker, g_array_index(n->guards, guint64, i));
}

static void add_counts(const AnzTile *tile, gpointer slot, gpointer data)
{
	AnzChecker *checker = data;
	const Counts *n = slot;

	(void)tile;
	check_rare(checker, n);
	anz_check_evaluated(checker, ANZ_RULE_HWPOISON_FREE, n->poisoned);
	anz_check_evaluated(checker, ANZ_RULE_RESERVED_LISTED, n->reserved);
	anz_check_evaluated(checker, ANZ_RULE_GUARD_LIST, n->guards->len);
	anz_check_evaluated(checker, ANZ_RULE_GUARD_ORDER, n->guards->len);
	g_array_set_size(n->listed, 0);
	g_array_set_size(n->guards, 0);
	anz_check_evaluated(checker, ANZ_RULE_PAGE_TYPE, n->typed);
	anz_check_evaluated(checker, ANZ_RULE_PAGE_TYPE_BITS, n->typed);
	anz_check_evaluated(checker, ANZ_RULE_PAGE_MAPCOUNT, n->all - n->typed);
	anz_check_evaluated(checker, ANZ_RULE_PAGE_REFCOUNT, n->mapped);
	anz_check_evaluated(checker, ANZ_RULE_PAGE_REFERENCES, n->lru);
	anz_check_evaluated(checker, ANZ_RULE_PAGE_ZONE, n->all);
	anz_check_evaluated(checker, ANZ_RULE_RESERVED_REFCOUNT, n->reserved);
	anz_check_evaluated(checker, ANZ_RULE_BUDDY_HEAD_STATE, n->free_heads);
	anz_check_evaluated(checker, ANZ_RULE_BUDDY_INTERIOR_STATE, n->interior);
	anz_check_evaluated(checker, ANZ_RULE_COMPOUND_ORDER, n->heads);
	anz_check_evaluated(checker, ANZ_RULE_COMPOUND_TAILS, n->heads);
	anz_check_evaluated(checker, ANZ_RULE_COMPOUND_TAIL_HEAD, n->tails);
	anz_check_evaluated(checker, ANZ_RULE_COMPOUND_ORPHAN_TAIL, n->tails);
	anz_check_evaluated(checker, ANZ_RULE_COMPOUND_TAIL_STATE, n->tails);
	if (checker->kernel->format.tail_mapping)
		anz_check_evaluated(checker, ANZ_RULE_COMPOUND_TAIL_MAPPING, n->tails);
}

static gboolean marks_poison(const AnzKernel *kernel)
{
	gboolean has_type = FALSE;

	for (guint t = 0; kernel->memdesc && t < ANZ_MEMDESC_MAX_TYPES; t++)
		has_type |= kernel->memdesc->types[t].kind != ANZ_MEMDESC_UNASSIGNED &&
			    kernel->memdesc->types[t].page_class == ANZ_CLASS_HWPOISON;
	return kernel->memdesc ? has_type : kernel->format.f_hwpoison != 0;
}

/* Sections that are plugged but not online: what their struct pages say is not looked at. */
static guint64 nr_offline_pages(const AnzKernel *kernel)
{
	guint64 nr = 0;

	for (guint i = 0; i < kernel->sections->len; i++) {
		const AnzSection *section = &g_array_index(kernel->sections, AnzSection, i);

		nr += section->online || section->device ? 0 : section->nr_pages;
	}
	return nr;
}

/*
 * H1: the counter of the whole machine.  Pages with an error stay counted while their memory is offline, until it
 * is removed (drivers/base/memory.c: remove_memory_block_devices).
 */
static void check_poisoned(AnzChecker *checker, guint64 nr)
{
	AnzKernel *kernel = checker->kernel;
	const AnzCensus *census = checker->census;
	const char *reason = NULL;
	guint64 address, counted;
	AnzFinding *finding;

	if (!marks_poison(kernel) || !anz_kernel_symbol(kernel, "num_poisoned_pages", &address)) {
		anz_check_not_here(checker, ANZ_RULE_HWPOISON_COUNT, "this kernel has no such counter");
		return;
	}
	if (!anz_kernel_read_u64(kernel, address, &counted)) {
		anz_check_unreadable(checker, ANZ_RULE_HWPOISON_COUNT, 1);
		return;
	}
	anz_check_evaluated(checker, ANZ_RULE_HWPOISON_COUNT, 1);
	if (counted == nr)
		return;
	if (census->pages[ANZ_CLASS_EXCLUDED] || census->pages[ANZ_CLASS_UNREADABLE])
		reason = "part of the page array is not in the dump";
	else if (counted > nr && counted - nr <= nr_offline_pages(kernel))
		reason = "memory that was taken offline may have had errors";
	finding = anz_findings_add(checker->findings, ANZ_RULE_HWPOISON_COUNT, 0, ANZ_NO_PFN, address, reason);
	if (!finding)
		return;
	finding->object = g_strdup("num_poisoned_pages");
	finding->expected = g_strdup_printf("%" G_GUINT64_FORMAT " pages, as are marked", nr);
	finding->seen = g_strdup_printf("%" G_GUINT64_FORMAT, counted);
}

static void judge_all(AnzChecker *checker)
{
	const AnzPlanes *planes = checker->planes;
	guint64 kept[ANZ_NR_SUSPECTS] = { 0 };

	for (guint i = 0; i < planes->suspects->len; i++) {
		const AnzSuspect *it = &g_array_index(planes->suspects, AnzSuspect, i);
		AnzFinding *finding = judge(checker, it);

		kept[it->kind]++;
		if (!finding)
			continue;
		finding->object = it->kind == ANZ_SUSPECT_CUT || it->head == it->pfn ?
				  g_strdup(rules[it->kind].object) :
				  g_strdup_printf("%s at pfn %" G_GUINT64_FORMAT,
						  rules[it->kind].object, it->head);
		describe(checker, it, finding);
	}
	/* Those that the decoder only counted: what excuses all pages excuses these, too. */
	for (guint i = 0; i < ANZ_NR_SUSPECTS; i++) {
		AnzRuleResult *rule = &checker->findings->rules[rules[i].rule];
		guint64 *nr = anz_check_types_excuse(checker) ? &rule->suppressed : &rule->findings;

		*nr += planes->stats.suspects[i] - kept[i];
	}
}

gboolean anz_check_pages(AnzChecker *checker, GError **error)
{
	static const AnzRule classic[] = {
		ANZ_RULE_PAGE_TYPE, ANZ_RULE_PAGE_TYPE_BITS, ANZ_RULE_PAGE_MAPCOUNT,
		ANZ_RULE_PAGE_ZONE, ANZ_RULE_RESERVED_REFCOUNT, ANZ_RULE_BUDDY_INTERIOR_STATE,
		ANZ_RULE_BUDDY_HEAD_STATE, ANZ_RULE_COMPOUND_ORDER, ANZ_RULE_COMPOUND_TAILS,
		ANZ_RULE_COMPOUND_TAIL_HEAD, ANZ_RULE_COMPOUND_ORPHAN_TAIL,
		ANZ_RULE_COMPOUND_TAIL_STATE, ANZ_RULE_COMPOUND_TAIL_MAPPING,
		ANZ_RULE_HWPOISON_FREE, ANZ_RULE_RESERVED_LISTED, ANZ_RULE_GUARD_LIST,
		ANZ_RULE_GUARD_ORDER,
	};
	const AnzPass pass = { .slot_new = counts_new, .slot_free = counts_free, .work = count_tile,
			       .drain = add_counts, .read_only = TRUE, .cancel = checker->cancel,
			       .data = checker };

	if (checker->kernel->memdesc) {
		for (guint i = 0; i < G_N_ELEMENTS(classic); i++)
			anz_check_not_here(checker, classic[i],
					   "memory descriptors have nothing of the kind in struct page");
		check_poisoned(checker, checker->census->pages[ANZ_CLASS_HWPOISON]);
		return TRUE;
	}
	for (guint i = ANZ_RULE_MEMDESC_TYPE; i < ANZ_NR_RULES; i++)
		anz_check_not_here(checker, i, "the page array is of the classic shape");
	if (!anz_planes_pass(checker->planes, &pass, error))
		return FALSE;
	judge_all(checker);
	check_poisoned(checker, checker->findings->rules[ANZ_RULE_HWPOISON_FREE].evaluated);
	return TRUE;
}
