/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mapcounts of the classic shape: those of a large folio against each other, and those of single pages
 * against the page-table entries that were seen to map them; references of large folios, slabs and page tables.
 * One more pass over struct page, which looks at pages of a few classes.
 * Sources: include/linux/rmap.h (__folio_rmap_sanity_checks), include/linux/mm.h (folio_mapcount).
 */
#include <string.h>

#include "check/check.h"
#include "graph/spaces.h"
#include "pages/pass.h"
#include "pages/records.h"

#define FOLIOS (ANZ_CLASS_BIT(ANZ_CLASS_FILE) | ANZ_CLASS_BIT(ANZ_CLASS_SHMEM) | \
		ANZ_CLASS_BIT(ANZ_CLASS_ANON) | ANZ_CLASS_BIT(ANZ_CLASS_KSM) | \
		ANZ_CLASS_BIT(ANZ_CLASS_SWAP_CACHE))

#define LOOKED_AT (FOLIOS | ANZ_CLASS_BIT(ANZ_CLASS_SLAB) | ANZ_CLASS_BIT(ANZ_CLASS_PAGE_TABLE))

typedef struct {
	AnzRule rule;
	guint64 pfn, head;
	gint64 seen, expected;
} Odd;

/* So many are kept of each tile. */
#define MAX_ODD 256

/* Kinds of page that have one reference, or by the kernel's release all none. */
typedef struct {
	GArray *bare;		/* Odd: those without one */
	guint64 nr, nr_bare;
} Users;

typedef struct {
	AnzImage *image;
	AnzRecordBuffer records;
	AnzChecker *checker;
	const AnzTile *tile;
	const guint16 *mapped;	/* of the tile; NULL: none */
	gboolean compares;	/* all page tables were seen */
	GArray *odd;		/* Odd */
	guint64 seen[ANZ_NR_RULES], found[ANZ_NR_RULES];
	Users tables, slabs;
} Slot;

/* What the passes add up to. */
typedef struct {
	AnzChecker *checker;
	gboolean compares;
	Users tables, slabs;
} Sum;

static void note(Slot *slot, AnzRule rule, guint64 pfn, guint64 head, gint64 seen, gint64 expected)
{
	Odd odd = { rule, pfn, head, seen, expected };

	slot->found[rule]++;
	if (slot->odd->len < MAX_ODD)
		g_array_append_val(slot->odd, odd);
}

static gint32 load_s32(const Slot *slot, const guint8 *at)
{
	return (gint32)anz_load32(at, slot->checker->kernel->big_endian);
}

static void compare(Slot *slot, guint64 pfn, guint64 head, gint64 mapcount)
{
	guint entries = slot->mapped ? slot->mapped[anz_tile_index(pfn)] : 0;

	if (!slot->compares || entries == G_MAXUINT16)
		return;
	slot->seen[ANZ_RULE_RMAP_MAPPED]++;
	slot->seen[ANZ_RULE_RMAP_UNMAPPED]++;
	if (entries != mapcount)
		note(slot, entries > mapcount ? ANZ_RULE_RMAP_MAPPED : ANZ_RULE_RMAP_UNMAPPED, pfn, head,
		     mapcount, entries);
}

/* F4 of a large folio; those of single ones were compared while they were decoded. */
static void check_references(Slot *slot, guint64 pfn, guint order, const guint8 *record, gint64 mapcount)
{
	const AnzPageFormat *f = &slot->checker->kernel->format;
	guint64 flags = anz_load64(record + f->flags, f->big_endian);
	guint64 mapping = anz_load64(record + f->mapping, f->big_endian);
	guint64 swap_bits = f->f_swapcache && f->f_swapbacked ? f->f_swapcache | f->f_swapbacked : 0;
	gboolean cached = (mapping && !(mapping & 3)) || (swap_bits && (flags & swap_bits) == swap_bits);
	gint64 held = mapcount + (cached ? 1ll << order : 0), most = held + !!(flags & f->f_private);
	gint32 refcount = load_s32(slot, record + f->refcount);

	slot->seen[ANZ_RULE_PAGE_REFCOUNT]++;
	slot->seen[ANZ_RULE_PAGE_REFERENCES]++;
	if (refcount < held)
		note(slot, ANZ_RULE_PAGE_REFCOUNT, pfn, pfn, refcount, held);
	else if (flags & f->f_lru && refcount > most)
		note(slot, ANZ_RULE_PAGE_REFERENCES, pfn, pfn, refcount, most);
}

/*
 * Kernels that count the mappings of a folio as a whole (6.9 on).  Those that count no single pages
 * (CONFIG_NO_PAGE_MAPCOUNT) leave the number of mapped ones at 0.
 */
static void check_folio(Slot *slot, guint64 pfn, guint order, const guint8 *record)
{
	const AnzPageFormat *f = &slot->checker->kernel->format;
	gint64 entire = load_s32(slot, record + f->entire_mapcount_offset) + 1;
	gint64 large = load_s32(slot, record + f->large_mapcount_offset) + 1, sum = entire;
	gint32 nr_mapped = load_s32(slot, record + f->nr_pages_mapped_offset), nr = 0;

	slot->seen[ANZ_RULE_COMPOUND_MAPCOUNTS]++;
	if (entire < 0 || large < entire) {
		note(slot, ANZ_RULE_COMPOUND_MAPCOUNTS, pfn, pfn, large, entire);
		return;
	}
	check_references(slot, pfn, order, record, large);
	if (large && !nr_mapped)
		return;
	for (guint i = 0; i < 1u << order; i++) {
		gint64 own = (gint64)load_s32(slot, record + i * f->stride + f->page_type) + 1;

		if (own > 0) {
			sum += own;
			nr++;
		}
		compare(slot, pfn + i, pfn, MAX(own, 0) + entire);
	}
	if (sum != large)
		note(slot, ANZ_RULE_COMPOUND_MAPCOUNTS, pfn, pfn, large, sum);
	else if (nr_mapped != nr + (entire ? ANZ_ENTIRELY_MAPPED : 0))
		note(slot, ANZ_RULE_COMPOUND_MAPCOUNTS, pfn, pfn, nr_mapped,
		     nr + (entire ? ANZ_ENTIRELY_MAPPED : 0));
}

/* A page that nobody but its user holds.  @users: among whom none may have references; NULL: among no others */
static void check_user(Slot *slot, Users *users, AnzRule rule, guint64 pfn, const guint8 *record)
{
	gint32 refcount = load_s32(slot, record + slot->checker->kernel->format.refcount);
	Odd odd = { rule, pfn, pfn, refcount, 1 };

	slot->seen[rule]++;
	slot->seen[ANZ_RULE_PAGE_REFERENCES]++;
	if (users)
		users->nr++;
	if (refcount < 0) {
		note(slot, rule, pfn, pfn, refcount, 1);
	} else if (refcount > 1) {
		note(slot, ANZ_RULE_PAGE_REFERENCES, pfn, pfn, refcount, 1);
	} else if (users && !refcount) {
		users->nr_bare++;
		if (users->bare->len < MAX_ODD)
			g_array_append_val(users->bare, odd);
	}
}

static void check_table(Slot *slot, guint64 pfn, const guint8 *record)
{
	const AnzPageFormat *f = &slot->checker->kernel->format;

	/* What is known as a page table by the tree alone may be a later page of a block: without any. */
	check_user(slot, load_s32(slot, record + f->page_type) >= f->type_below ? NULL : &slot->tables,
		   ANZ_RULE_TABLE_REFCOUNT, pfn, record);
}

static void look(guint64 pfn, guint nr, const guint8 *records, guint64 address, gpointer data)
{
	Slot *slot = data;
	const AnzPageFormat *f = &slot->checker->kernel->format;
	gboolean counts = f->large_mapcount_offset != ANZ_ABSENT_OFFSET &&
			  f->entire_mapcount_offset != ANZ_ABSENT_OFFSET;

	(void)address;
	for (guint i = 0; i < nr; i++) {
		guint t = anz_tile_index(pfn + i);
		guint8 c = slot->tile->page_class[t];
		const guint8 *record = records + (gsize)i * f->stride;

		if (c == ANZ_CLASS_PAGE_TABLE) {
			check_table(slot, pfn + i, record);
		} else if (c == ANZ_CLASS_SLAB && !(slot->tile->attr[t] & ANZ_ATTR_TAIL)) {
			check_user(slot, &slot->slabs, ANZ_RULE_PAGE_REFCOUNT, pfn + i, record);
		} else if (!(FOLIOS >> c & 1) || slot->tile->attr[t] & ANZ_ATTR_TAIL) {
			continue;
		} else if (!(slot->tile->attr[t] & ANZ_ATTR_HEAD)) {
			compare(slot, pfn + i, pfn + i, (gint64)load_s32(slot, record + f->page_type) + 1);
		} else if (counts && slot->tile->order[t] < ANZ_TILE_SHIFT &&
			   i + (1u << slot->tile->order[t]) <= nr) {
			check_folio(slot, pfn + i, slot->tile->order[t], record);
		}
	}
}

static void slot_free(gpointer data)
{
	Slot *slot = data;

	anz_image_free(slot->image);
	g_free(slot->records.bytes);
	g_array_unref(slot->odd);
	g_array_unref(slot->tables.bare);
	g_array_unref(slot->slabs.bare);
	g_free(slot);
}

static gpointer slot_new(gpointer data, GError **error)
{
	const Sum *sum = data;
	Slot *slot = g_new0(Slot, 1);

	slot->checker = sum->checker;
	slot->compares = sum->compares;
	slot->odd = g_array_new(FALSE, FALSE, sizeof(Odd));
	slot->tables.bare = g_array_new(FALSE, FALSE, sizeof(Odd));
	slot->slabs.bare = g_array_new(FALSE, FALSE, sizeof(Odd));
	slot->image = anz_image_clone(slot->checker->kernel->image, error);
	if (slot->image)
		return slot;
	slot_free(slot);
	return NULL;
}

/* Most of a machine may be free: what nothing is looked at in is not read again. */
static gboolean has_any(const AnzTile *tile)
{
	for (guint i = 0; i < ANZ_TILE_PAGES; i++)
		if (LOOKED_AT >> tile->page_class[i] & 1)
			return TRUE;
	return FALSE;
}

static void work(AnzTile *tile, gpointer data, gpointer user_data)
{
	Slot *slot = data;
	const AnzRecordFuncs funcs = { .present = look, .data = slot };
	const AnzSpaces *spaces = slot->checker->graph->spaces;
	gint index = anz_planes_find(slot->checker->planes, tile->number << ANZ_TILE_SHIFT);

	(void)user_data;
	if (!has_any(tile))
		return;
	slot->tile = tile;
	slot->mapped = spaces && index >= 0 && (guint)index < spaces->nr_tiles ? spaces->mapped[index] :
		       NULL;
	anz_records_read(slot->checker->kernel, slot->image, tile->number, &slot->records, &funcs);
}

static void describe(const Odd *odd, AnzFinding *finding)
{
	if (odd->rule != ANZ_RULE_COMPOUND_MAPCOUNTS && odd->rule != ANZ_RULE_RMAP_MAPPED &&
	    odd->rule != ANZ_RULE_RMAP_UNMAPPED) {
		finding->object = g_strdup(odd->rule == ANZ_RULE_TABLE_REFCOUNT ? "page table" : "page");
		finding->expected = g_strdup_printf("%" G_GINT64_FORMAT " references%s", odd->expected,
						    odd->rule == ANZ_RULE_PAGE_REFERENCES ? "" :
						    " or more");
		finding->seen = g_strdup_printf("%" G_GINT64_FORMAT, odd->seen);
		return;
	}
	finding->object = odd->head == odd->pfn ?
		g_strdup(odd->rule == ANZ_RULE_COMPOUND_MAPCOUNTS ? "large folio" : "page") :
		g_strdup_printf("large folio at pfn %" G_GUINT64_FORMAT, odd->head);
	finding->expected = g_strdup_printf("%" G_GINT64_FORMAT " %s", odd->expected,
					    odd->rule == ANZ_RULE_COMPOUND_MAPCOUNTS ?
					    "mappings, as its other counts have it" :
					    "page-table entries map it");
	finding->seen = g_strdup_printf("%" G_GINT64_FORMAT, odd->seen);
}

static void take_users(Users *sum, Users *users)
{
	sum->nr += users->nr;
	sum->nr_bare += users->nr_bare;
	users->nr = users->nr_bare = 0;
	g_array_append_vals(sum->bare, users->bare->data, users->bare->len);
	g_array_set_size(users->bare, 0);
}

static void drain(const AnzTile *tile, gpointer data, gpointer user_data)
{
	Sum *sum = user_data;
	AnzChecker *checker = sum->checker;
	Slot *slot = data;

	(void)tile;
	for (guint i = 0; i < slot->odd->len; i++) {
		const Odd *odd = &g_array_index(slot->odd, Odd, i);
		AnzFinding *finding;

		slot->found[odd->rule]--;
		finding = anz_findings_add(checker->findings, odd->rule,
					   odd->rule == ANZ_RULE_PAGE_REFERENCES ? 0 : odd->head, odd->pfn,
					   0, NULL);
		if (finding)
			describe(odd, finding);
	}
	g_array_set_size(slot->odd, 0);
	take_users(&sum->tables, &slot->tables);
	take_users(&sum->slabs, &slot->slabs);
	/* Those that are only counted. */
	for (guint i = 0; i < ANZ_NR_RULES; i++) {
		anz_check_evaluated(checker, i, slot->seen[i]);
		checker->findings->rules[i].findings += slot->found[i];
	}
	memset(slot->seen, 0, sizeof(slot->seen));
	memset(slot->found, 0, sizeof(slot->found));
}

/*
 * Slabs have had none since 6.15, page tables are to have none either (frozen pages): where most have none,
 * none is missing.
 */
static gboolean judge_users(AnzChecker *checker, const Users *users, AnzRule rule)
{
	if (users->nr_bare * 2 > users->nr)
		return FALSE;
	for (guint i = 0; i < users->bare->len; i++) {
		const Odd *odd = &g_array_index(users->bare, Odd, i);
		AnzFinding *finding = anz_findings_add(checker->findings, rule, odd->pfn, odd->pfn, 0,
						       NULL);

		if (finding)
			describe(odd, finding);
	}
	checker->findings->rules[rule].findings += users->nr_bare - users->bare->len;
	return TRUE;
}

gboolean anz_check_mapcounts(AnzChecker *checker, GError **error)
{
	static const AnzRule own[] = { ANZ_RULE_TABLE_REFCOUNT, ANZ_RULE_RMAP_MAPPED,
				       ANZ_RULE_RMAP_UNMAPPED, ANZ_RULE_COMPOUND_MAPCOUNTS };
	static const AnzRule compared[] = { ANZ_RULE_RMAP_MAPPED, ANZ_RULE_RMAP_UNMAPPED };
	const char *excuse = anz_check_tables_excuse(checker);
	Sum sum = { .checker = checker, .compares = !excuse };
	const AnzPass pass = { .slot_new = slot_new, .slot_free = slot_free, .work = work,
			       .drain = drain, .read_only = TRUE, .cancel = checker->cancel,
			       .data = &sum };
	gboolean ok;

	/* What descriptors count has been looked at. */
	if (checker->kernel->memdesc)
		return TRUE;
	if (anz_image_is_live(checker->kernel->image)) {
		for (guint i = 0; i < G_N_ELEMENTS(own); i++)
			anz_check_not_here(checker, own[i], "of live memory struct page is read once only");
		return TRUE;
	}
	for (guint i = 0; excuse && i < G_N_ELEMENTS(compared); i++)
		anz_check_not_here(checker, compared[i], excuse);
	anz_check_not_here(checker, ANZ_RULE_COMPOUND_MAPCOUNTS,
			   "this kernel does not count the mappings of a large folio as a whole");
	sum.tables.bare = g_array_new(FALSE, FALSE, sizeof(Odd));
	sum.slabs.bare = g_array_new(FALSE, FALSE, sizeof(Odd));
	ok = anz_planes_pass(checker->planes, &pass, error);
	if (ok)
		judge_users(checker, &sum.slabs, ANZ_RULE_PAGE_REFCOUNT);
	if (ok && !judge_users(checker, &sum.tables, ANZ_RULE_TABLE_REFCOUNT)) {
		checker->findings->rules[ANZ_RULE_TABLE_REFCOUNT].evaluated = 0;
		anz_check_not_here(checker, ANZ_RULE_TABLE_REFCOUNT,
				   "this kernel does not count references of page tables");
	}
	g_array_unref(sum.tables.bare);
	g_array_unref(sum.slabs.bare);
	return ok;
}
