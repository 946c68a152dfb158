/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From runs of equal words to descriptors.  A free list that covers a page outranks its word.  A
 * descriptor that has pfn and order states its extent; one that has not gets that of its run
 * (memdesc-format.md 2, "Pointer types").
 *
 * One pass over the words, a tile at a time.  What reaches over the end of a tile is put off until the
 * pass is over.
 */
#include "graph/extents.h"

#include <string.h>

#include "graph/word-runs.h"
#include "pages/pass.h"
#include "pages/records.h"

/* Looks at one descriptor of live memory. */
#define LIVE_TRIES 4

/* One unit of work; after the pass, the calling thread's own. */
typedef struct {
	AnzKernel kernel;	/* a view of the kernel's that reads through an image of its own */
	AnzImage *image;	/* (nullable): that image, if it is a clone */
	AnzPlanes *planes;
	AnzTile *tile;		/* NULL: after the pass */
	GArray *descriptors;
	GArray *runs, *late;	/* AnzWordRun: of this tile; of these, what is put off */
	guint8 *buf;
	AnzRecordBuffer records;
	guint64 nr_gone;	/* pages that had another word when their descriptor had been read */
} Resolver;

/* What comes out of all units of work. */
typedef struct {
	AnzKernel *kernel;
	AnzPlanes *planes;
	AnzSpool *descriptors;
	GArray *late;
	guint64 nr_gone;
	const gint *cancel;	/* (nullable) */
} Extents;

const char *anz_descriptor_status(guint status)
{
	static const char *const words[] = {
		[ANZ_DESCRIPTOR_OK] = "ok",
		[ANZ_DESCRIPTOR_UNREADABLE] = "not in the dump",
		[ANZ_DESCRIPTOR_OTHER_EXTENT] = "states another extent than its pages have",
		[ANZ_DESCRIPTOR_REACHES_OVER] = "reaches over pages that do not point at it",
		[ANZ_DESCRIPTOR_TWICE] = "pages in more than one place point at it",
	};

	return words[status];
}

/* The tile of a frame; inside the pass there is only the one in work. */
static AnzTile *tile_of(const Resolver *r, guint64 pfn)
{
	if (r->tile)
		return r->tile->number == pfn >> ANZ_TILE_SHIFT ? r->tile : NULL;
	return anz_planes_edit(r->planes, pfn);
}

static gboolean poisoned(const Resolver *r, guint64 pfn)
{
	const AnzTile *tile = tile_of(r, pfn);

	return tile && !(tile->attr[anz_tile_index(pfn)] & ANZ_ATTR_ON_LIST) &&
	       tile->page_class[anz_tile_index(pfn)] == ANZ_CLASS_HWPOISON;
}

static int power_of_two(guint64 value)
{
	return value && !(value & (value - 1)) ? __builtin_ctzll(value) : -1;
}

static gboolean is_marked(const Resolver *r, const AnzFolioMark *mark)
{
	return mark->mask && (anz_member_load(&mark->member, r->buf, r->kernel.big_endian) &
			      mark->mask) == mark->wanted;
}

/* The word of a page of the page cache; today's low bits: 1 anonymous, 3 KSM. */
static gboolean has_file_mapping(const Resolver *r, const AnzMemdescType *type)
{
	guint64 mapping;

	if (!type->has_mapping)
		return FALSE;
	mapping = anz_member_load(&type->mapping, r->buf, r->kernel.big_endian);
	return !(mapping & 3) && (gint64)mapping < 0;
}

/* A File word's page may be page cache, shmem, hugetlb or swap cache: its folio's flags say which. */
static guint8 class_of_folio(const Resolver *r, const AnzMemdescType *type, gboolean is_large)
{
	const AnzMemdescFormat *memdesc = r->kernel.memdesc;
	guint64 flags;

	if (type->page_class != ANZ_CLASS_FILE || !type->has_flags)
		return type->page_class;
	flags = anz_member_load(&type->flags, r->buf, r->kernel.big_endian);
	if (flags & memdesc->f_hugetlb || (is_large && is_marked(r, &memdesc->hugetlb)))
		return ANZ_CLASS_HUGETLB;
	/* Where a flag has several names, PG_swapcache means that only without a file. */
	if (memdesc->f_swapcache && flags & memdesc->f_swapcache &&
	    flags & memdesc->f_swapbacked && !has_file_mapping(r, type))
		return ANZ_CLASS_SWAP_CACHE;
	if (flags & memdesc->f_swapbacked)
		return ANZ_CLASS_SHMEM;
	return ANZ_CLASS_FILE;
}

/* Mapcounts are stored minus one; a folio of several pages has more than one of them. */
static gboolean is_mapped(const Resolver *r, const AnzMemdescType *type, gboolean is_large)
{
	guint nr = is_large ? type->nr_mapcounts : type->nr_small_mapcounts;

	for (guint i = 0; i < nr; i++)
		if ((gint32)anz_member_load(&type->mapcounts[i], r->buf,
					    r->kernel.big_endian) >= 0)
			return TRUE;
	return FALSE;
}

/*
 * Where the spans of zones overlap only the folio's flags tell: their top fields are those of
 * page->flags (kernel-facts 1.7: flags = pfn_flags(pfn)).
 */
static guint zone_of_folio(const Resolver *r, const AnzMemdescType *type, guint64 pfn)
{
	const AnzMemdescFormat *memdesc = r->kernel.memdesc;
	guint64 flags;
	guint nid, index, id;

	if (!type->has_flags || type->flags.bit_size != 64 || !memdesc->zone_bits)
		return ANZ_NO_ZONE;
	flags = anz_member_load(&type->flags, r->buf, r->kernel.big_endian);
	nid = memdesc->node_bits ? flags >> memdesc->node_shift : 0;
	nid &= (1u << memdesc->node_bits) - 1;
	index = flags >> memdesc->zone_shift & ((1u << memdesc->zone_bits) - 1);
	id = anz_kernel_zone_id(&r->kernel, nid, index, pfn);
	if (id == ANZ_NO_ZONE || g_array_index(r->kernel.zones, AnzZone, id).nid != nid ||
	    g_array_index(r->kernel.zones, AnzZone, id).index != index)
		return ANZ_NO_ZONE;
	return id;
}

static gboolean stated_extent(const Resolver *r, const AnzMemdescType *type, guint64 at, guint64 nr,
			      guint64 *pfn, guint64 *order)
{
	*pfn = anz_member_load(&type->pfn, r->buf, r->kernel.big_endian);
	*order = anz_member_load(&type->order, r->buf, r->kernel.big_endian);
	return *order <= 40 && !(*pfn & ((1ull << *order) - 1)) && at >= *pfn &&
	       at + nr <= *pfn + (1ull << *order);
}

/* Fills what the descriptor itself says; @at, @nr: the run. */
static void read_descriptor(Resolver *r, const AnzMemdescType *type, AnzDescriptor *descriptor,
			    guint64 at, guint64 nr)
{
	/* One that overlays struct page has no more than that where its run is of one page. */
	guint bytes = nr > 1 || type->has_extent ? type->read_bytes : type->small_bytes;
	guint64 pfn, order;

	descriptor->pfn = at;
	descriptor->nr_pages = nr;
	descriptor->order = at & (nr - 1) ? -1 : power_of_two(nr);
	descriptor->page_class = type->page_class;
	descriptor->zone = ANZ_NO_ZONE;
	if (!bytes)
		return;
	if (!anz_kernel_read(&r->kernel, descriptor->address, r->buf, bytes)) {
		descriptor->status = ANZ_DESCRIPTOR_UNREADABLE;
		return;
	}
	if (type->has_extent) {
		if (stated_extent(r, type, at, nr, &pfn, &order)) {
			descriptor->stated = TRUE;
			descriptor->pfn = pfn;
			descriptor->order = order;
			descriptor->nr_pages = 1ull << order;
		} else {
			descriptor->status = ANZ_DESCRIPTOR_OTHER_EXTENT;
		}
	}
	descriptor->page_class = class_of_folio(r, type, descriptor->nr_pages > 1);
	descriptor->mapped = is_mapped(r, type, descriptor->nr_pages > 1);
	descriptor->zone = zone_of_folio(r, type, at);
}

/* Frames of the extent between the ends of the run must be poisoned, or the two disagree. */
static void check_edges(Resolver *r, AnzDescriptor *descriptor, guint64 at, guint64 nr)
{
	if (!descriptor->stated)
		return;
	for (guint64 pfn = descriptor->pfn; pfn < descriptor->pfn + descriptor->nr_pages; pfn++) {
		if (pfn == at) {
			pfn += nr - 1;
			continue;
		}
		if (poisoned(r, pfn))
			continue;
		descriptor->status = ANZ_DESCRIPTOR_REACHES_OVER;
		return;
	}
}

/* Frames [at, at + nr), all in @tile. */
static void mark(AnzTile *tile, const AnzDescriptor *descriptor, guint64 at, guint64 nr)
{
	guint16 mapped = descriptor->mapped ? ANZ_ATTR_MAPPED : 0;
	guint16 tail = descriptor->nr_pages > 1 ? ANZ_ATTR_TAIL : 0;
	guint8 order = MAX(descriptor->order, 0);
	guint from = anz_tile_index(at);
	guint8 *page_class = tile->page_class + from, *zone = tile->zone + from;
	guint16 *attr = tile->attr + from;

	memset(tile->order + from, order, nr);
	for (guint64 i = 0; i < nr; i++)
		attr[i] |= tail | (page_class[i] == ANZ_CLASS_HWPOISON ? 0 : mapped);
	for (guint64 i = 0; descriptor->zone != ANZ_NO_ZONE && i < nr; i++)
		zone[i] = page_class[i] == ANZ_CLASS_HWPOISON ? zone[i] : descriptor->zone;
	for (guint64 i = 0; i < nr; i++)
		page_class[i] = page_class[i] == ANZ_CLASS_HWPOISON ? ANZ_CLASS_HWPOISON :
				descriptor->page_class;
	if (tail && at == descriptor->pfn)
		tile->attr[from] = (tile->attr[from] & ~ANZ_ATTR_TAIL) | ANZ_ATTR_HEAD;
}

static gboolean in_tile(const AnzTile *tile, const AnzDescriptor *descriptor)
{
	guint64 last = descriptor->pfn + descriptor->nr_pages - 1;

	return descriptor->pfn >> ANZ_TILE_SHIFT == tile->number &&
	       last >> ANZ_TILE_SHIFT == tile->number;
}

/*
 * The look-up of live memory: read the word, read what it points at, and read the word again; if it is
 * another one by now, what was read may have been anything.
 *
 * Returns: %FALSE if so.
 */
static gboolean read_protected(Resolver *r, const AnzMemdescType *type, AnzDescriptor *descriptor,
			       const AnzWordRun *run)
{
	guint64 address = anz_kernel_page_address(&r->kernel, run->pfn) + r->kernel.memdesc->word;
	gboolean is_live = anz_image_is_live(r->kernel.image);
	guint64 first, last;

	for (guint i = 0; i < LIVE_TRIES; i++) {
		descriptor->status = ANZ_DESCRIPTOR_OK;
		descriptor->stated = FALSE;
		read_descriptor(r, type, descriptor, run->pfn, run->nr_pages);
		if (!is_live)
			return TRUE;
		/* Both ends: a part of the run may have gone. */
		if (!anz_kernel_read_u64(&r->kernel, address, &first) ||
		    !anz_kernel_read_u64(&r->kernel, address + (run->nr_pages - 1) *
					 r->kernel.format.stride, &last))
			return TRUE;
		if (first != run->word || last != run->word)
			return FALSE;
		if (descriptor->status == ANZ_DESCRIPTOR_OK)
			return TRUE;
		/* It may be in the making; what stays odd is odd. */
	}
	return TRUE;
}

static void resolve_run(Resolver *r, const AnzWordRun *run)
{
	const AnzMemdescFormat *memdesc = r->kernel.memdesc;
	guint64 type_mask = (1ull << memdesc->type_bits) - 1, end = run->pfn + run->nr_pages;
	const AnzMemdescType *type = &memdesc->types[run->word & type_mask];
	AnzDescriptor descriptor = { .address = run->word & ~type_mask,
				     .type = run->word & type_mask };

	/* One poisoned page: its folio, if it is in one, is another run's. */
	if (type->page_class == ANZ_CLASS_HWPOISON) {
		descriptor.page_class = type->page_class;
		descriptor.pfn = run->pfn;
		descriptor.nr_pages = run->nr_pages;
		descriptor.zone = ANZ_NO_ZONE;
		if (type->small_bytes && anz_kernel_read(&r->kernel, descriptor.address, r->buf,
							 type->small_bytes))
			descriptor.zone = zone_of_folio(r, type, run->pfn);
		if (descriptor.zone != ANZ_NO_ZONE)
			tile_of(r, run->pfn)->zone[anz_tile_index(run->pfn)] = descriptor.zone;
		g_array_append_val(r->descriptors, descriptor);
		return;
	}
	if (!read_protected(r, type, &descriptor, run)) {
		r->nr_gone += run->nr_pages;
		return;
	}
	if (r->tile && !in_tile(r->tile, &descriptor)) {
		g_array_append_vals(r->late, run, 1);
		return;
	}
	check_edges(r, &descriptor, run->pfn, run->nr_pages);
	for (guint64 at = run->pfn, to; at < end; at = to) {
		to = MIN(end, (at | (ANZ_TILE_PAGES - 1)) + 1);
		mark(tile_of(r, at), &descriptor, at, to - at);
	}
	g_array_append_val(r->descriptors, descriptor);
}

/* --- the pass --- */

/* What stands in a frame of another tile.  Only whether a run may go on there is asked. */
static gboolean may_go_on(Resolver *r, guint64 word, guint64 pfn)
{
	const AnzMemdescFormat *memdesc = r->kernel.memdesc;
	guint64 address = anz_kernel_page_address(&r->kernel, pfn), other;

	return address && anz_kernel_read_u64(&r->kernel, address + memdesc->word, &other) &&
	       (other == word || memdesc->types[other & ((1ull << memdesc->type_bits) - 1)]
					 .page_class == ANZ_CLASS_HWPOISON);
}

static gboolean crosses_tile(Resolver *r, const AnzWordRun *run)
{
	guint64 start = r->tile->number << ANZ_TILE_SHIFT, end = start + ANZ_TILE_PAGES;
	guint64 from = run->pfn, to = run->pfn + run->nr_pages;

	while (from > start && poisoned(r, from - 1))
		from--;
	while (to < end && poisoned(r, to))
		to++;
	return (from == start && start && may_go_on(r, run->word, start - 1)) ||
	       (to == end && may_go_on(r, run->word, end));
}

static void find_runs(guint64 pfn, guint nr, const guint8 *records, guint64 address, gpointer data)
{
	Resolver *r = data;

	(void)address;
	anz_word_runs_find(r->kernel.memdesc, r->kernel.big_endian, r->kernel.format.stride,
			   r->tile, pfn, nr, records, r->runs);
}

static void work(AnzTile *tile, gpointer slot, gpointer data)
{
	Resolver *r = slot;
	const AnzRecordFuncs funcs = { .present = find_runs, .data = r };

	(void)data;
	r->tile = tile;
	g_array_set_size(r->runs, 0);
	anz_records_read(&r->kernel, r->kernel.image, tile->number, &r->records, &funcs);
	for (guint i = 0; i < r->runs->len; i++) {
		const AnzWordRun *run = &g_array_index(r->runs, AnzWordRun, i);

		if (crosses_tile(r, run))
			g_array_append_vals(r->late, run, 1);
		else
			resolve_run(r, run);
	}
}

static void collect(Extents *extents, Resolver *r)
{
	anz_spool_append(extents->descriptors, r->descriptors->data, r->descriptors->len);
	g_array_set_size(r->descriptors, 0);
	extents->nr_gone += r->nr_gone;
	r->nr_gone = 0;
	g_array_append_vals(extents->late, r->late->data, r->late->len);
	g_array_set_size(r->late, 0);
}

static void drain(const AnzTile *tile, gpointer slot, gpointer data)
{
	Extents *extents = data;
	Resolver *r = slot;

	(void)tile;
	collect(extents, r);
}

static void resolver_free(gpointer slot)
{
	Resolver *r = slot;

	anz_image_free(r->image);
	g_array_unref(r->descriptors);
	g_array_unref(r->runs);
	g_array_unref(r->late);
	g_free(r->buf);
	g_free(r->records.bytes);
	g_free(r);
}

static Resolver *resolver_new(const Extents *extents)
{
	const AnzMemdescFormat *memdesc = extents->kernel->memdesc;
	Resolver *r = g_new0(Resolver, 1);
	guint most = 0;

	r->kernel = *extents->kernel;
	r->planes = extents->planes;
	r->descriptors = g_array_new(FALSE, TRUE, sizeof(AnzDescriptor));
	r->runs = g_array_new(FALSE, FALSE, sizeof(AnzWordRun));
	r->late = g_array_new(FALSE, FALSE, sizeof(AnzWordRun));
	for (guint i = 0; i < ANZ_MEMDESC_MAX_TYPES; i++)
		most = MAX(most, memdesc->types[i].read_bytes);
	/* anz_member_load() may look at the eight bytes around a member. */
	r->buf = g_malloc0(most + 16);
	return r;
}

static gpointer slot_new(gpointer data, GError **error)
{
	Resolver *r = resolver_new(data);

	r->image = anz_image_clone(r->kernel.image, error);
	if (!r->image) {
		resolver_free(r);
		return NULL;
	}
	r->kernel.image = r->image;
	return r;
}

/* --- after the pass --- */

/* %TRUE if nothing but poisoned pages lies between the two, and both hold the same word. */
static gboolean are_one(Resolver *r, const AnzWordRun *run, const AnzWordRun *next)
{
	if (run->word != next->word)
		return FALSE;
	for (guint64 pfn = run->pfn + run->nr_pages; pfn < next->pfn; pfn++)
		if (!poisoned(r, pfn))
			return FALSE;
	return TRUE;
}

static void resolve_late(Extents *extents)
{
	Resolver *r = resolver_new(extents);
	g_autoptr(GArray) late = g_steal_pointer(&extents->late);

	extents->late = g_array_new(FALSE, FALSE, sizeof(AnzWordRun));
	for (guint i = 0; i < late->len && !anz_is_cancelled(extents->cancel); ) {
		AnzWordRun run = g_array_index(late, AnzWordRun, i);

		for (i++; i < late->len; i++) {
			const AnzWordRun *next = &g_array_index(late, AnzWordRun, i);

			if (!are_one(r, &run, next))
				break;
			run.nr_pages = next->pfn + next->nr_pages - run.pfn;
		}
		resolve_run(r, &run);
	}
	collect(extents, r);
	resolver_free(r);
}

/*
 * By 16 bits at a time, the lowest first: a terabyte has some four million words, and few of their
 * bits differ.
 */
static void sort_words(const Extents *extents, AnzSpool *words)
{
	enum { BITS = 16, NR = 1 << BITS };
	g_autoptr(AnzSpool) other = anz_spool_new(extents->planes->room, sizeof(guint64));
	g_autofree guint *at = g_new(guint, NR);
	guint64 *from, *to, *swap;

	anz_spool_set_len(other, words->len);
	from = (guint64 *)(gpointer)words->data;
	to = (guint64 *)(gpointer)other->data;
	for (guint shift = 0; shift < 64 && !anz_is_cancelled(extents->cancel); shift += BITS) {
		guint sum = 0;

		memset(at, 0, NR * sizeof(*at));
		for (guint i = 0; i < words->len; i++)
			at[from[i] >> shift & (NR - 1)]++;
		if (words->len && at[from[0] >> shift & (NR - 1)] == words->len)
			continue;
		for (guint digit = 0; digit < NR; digit++) {
			guint nr = at[digit];

			at[digit] = sum;
			sum += nr;
		}
		for (guint i = 0; i < words->len && !anz_is_cancelled(extents->cancel); i++)
			to[at[from[i] >> shift & (NR - 1)]++] = from[i];
		swap = from;
		from = to;
		to = swap;
	}
	if (from != (guint64 *)(gpointer)words->data)
		memcpy(words->data, from, words->len * sizeof(*from));
}

static guint64 word_of(const AnzDescriptor *descriptor)
{
	return descriptor->address | descriptor->type;
}

/* Descriptors whose word stands in more than one place; the first of each is left as it is. */
static void find_twice(Extents *extents)
{
	AnzSpool *descriptors = extents->descriptors;
	g_autoptr(AnzSpool) words = anz_spool_new(extents->planes->room, sizeof(guint64));
	g_autoptr(GHashTable) met = g_hash_table_new(g_int64_hash, g_int64_equal);

	for (guint i = 0; i < descriptors->len && !anz_is_cancelled(extents->cancel); i++) {
		const AnzDescriptor *it = &anz_spool_index(descriptors, AnzDescriptor, i);
		guint64 word = word_of(it);

		if (it->page_class != ANZ_CLASS_HWPOISON)
			anz_spool_append(words, &word, 1);
	}
	sort_words(extents, words);
	for (guint i = 1; i < words->len && !anz_is_cancelled(extents->cancel); i++) {
		guint64 *word = &anz_spool_index(words, guint64, i);

		if (word[0] == word[-1])
			g_hash_table_insert(met, word, NULL);
	}
	for (guint i = 0; g_hash_table_size(met) && i < descriptors->len; i++) {
		AnzDescriptor *it = &anz_spool_index(descriptors, AnzDescriptor, i);
		guint64 word = word_of(it);
		gpointer key, first;

		if (it->page_class == ANZ_CLASS_HWPOISON ||
		    !g_hash_table_lookup_extended(met, &word, &key, &first))
			continue;
		if (first) {
			it->status = ANZ_DESCRIPTOR_TWICE;
		}
		g_hash_table_insert(met, key, it);
	}
}

AnzSpool *anz_extents_resolve(AnzKernel *kernel, AnzPlanes *planes, const gint *cancel,
			      GError **error)
{
	g_autoptr(AnzSpool) descriptors = anz_spool_new(planes->room, sizeof(AnzDescriptor));
	Extents extents = { .kernel = kernel, .planes = planes, .descriptors = descriptors,
			    .cancel = cancel };
	const AnzPass pass = { .slot_new = slot_new, .slot_free = resolver_free, .work = work,
			       .drain = drain, .cancel = cancel, .data = &extents };
	gboolean ok;

	if (!kernel->memdesc)
		return g_steal_pointer(&descriptors);
	extents.late = g_array_new(FALSE, FALSE, sizeof(AnzWordRun));
	ok = anz_planes_pass(planes, &pass, error);
	if (ok) {
		resolve_late(&extents);
		find_twice(&extents);
	}
	if (extents.nr_gone)
		anz_kernel_remark(kernel, "note", "live", extents.nr_gone,
				  "pages that got another memory descriptor while theirs was read; they "
				  "have no descriptor here");
	g_array_unref(extents.late);
	return ok ? g_steal_pointer(&descriptors) : NULL;
}
