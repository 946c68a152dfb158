/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From runs of equal words to descriptors.  A free list that covers a page outranks its word, so a
 * run is first cut down to the frames that no list reached.  A descriptor that has pfn and order
 * states its extent; one that has not gets that of its run (memdesc-format.md 2, "Pointer types").
 */
#include "graph/extents.h"

typedef struct {
	AnzKernel *kernel;
	AnzPlanes *planes;
	GArray *descriptors;
	GHashTable *seen;	/* words met, to know one that comes back */
	guint64 unreadable, disagreeing, twice;
	guint8 *buf;
} Resolver;

static gboolean covered(const AnzPlanes *planes, guint64 pfn)
{
	const AnzTile *tile = anz_planes_tile(planes, pfn);

	return !tile || tile->attr[anz_tile_index(pfn)] & ANZ_ATTR_ON_LIST;
}

static gboolean poisoned(const AnzPlanes *planes, guint64 pfn)
{
	const AnzTile *tile = anz_planes_tile(planes, pfn);

	return tile->page_class[anz_tile_index(pfn)] == ANZ_CLASS_HWPOISON;
}

static int power_of_two(guint64 value)
{
	return value && !(value & (value - 1)) ? __builtin_ctzll(value) : -1;
}

/* A File word's page may be page cache, shmem, hugetlb or swap cache: its folio's flags say which. */
static guint8 class_of_folio(const Resolver *r, const AnzMemdescType *type)
{
	const AnzMemdescFormat *memdesc = r->kernel->memdesc;
	guint64 flags;

	if (type->page_class != ANZ_CLASS_FILE || !type->has_flags)
		return type->page_class;
	flags = anz_member_load(&type->flags, r->buf, r->kernel->big_endian);
	if (flags & memdesc->f_hugetlb)
		return ANZ_CLASS_HUGETLB;
	if (memdesc->f_swapcache && flags & memdesc->f_swapcache && flags & memdesc->f_swapbacked)
		return ANZ_CLASS_SWAP_CACHE;
	if (flags & memdesc->f_swapbacked)
		return ANZ_CLASS_SHMEM;
	return ANZ_CLASS_FILE;
}

/* Mapcounts are stored minus one; a folio of several pages has more than one of them. */
static gboolean is_mapped(const Resolver *r, const AnzMemdescType *type)
{
	for (guint i = 0; i < type->nr_mapcounts; i++)
		if ((gint32)anz_member_load(&type->mapcounts[i], r->buf,
					    r->kernel->big_endian) >= 0)
			return TRUE;
	return FALSE;
}

/*
 * Where the spans of zones overlap only the folio's flags tell: their top fields are those of
 * page->flags (kernel-facts 1.7: flags = pfn_flags(pfn)).
 */
static guint zone_of_folio(const Resolver *r, const AnzMemdescType *type, guint64 pfn)
{
	const AnzMemdescFormat *memdesc = r->kernel->memdesc;
	guint64 flags;
	guint nid, index, id;

	if (!type->has_flags || type->flags.bit_size != 64 || !memdesc->zone_bits)
		return ANZ_NO_ZONE;
	flags = anz_member_load(&type->flags, r->buf, r->kernel->big_endian);
	nid = memdesc->node_bits ? flags >> memdesc->node_shift : 0;
	nid &= (1u << memdesc->node_bits) - 1;
	index = flags >> memdesc->zone_shift & ((1u << memdesc->zone_bits) - 1);
	id = anz_kernel_zone_id(r->kernel, nid, index, pfn);
	if (id == ANZ_NO_ZONE || g_array_index(r->kernel->zones, AnzZone, id).nid != nid ||
	    g_array_index(r->kernel->zones, AnzZone, id).index != index)
		return ANZ_NO_ZONE;
	return id;
}

/* Fills what the descriptor itself says; @at, @nr: the run. */
static void read_descriptor(Resolver *r, const AnzMemdescType *type, AnzDescriptor *descriptor,
			    guint64 at, guint64 nr)
{
	guint64 pfn, order;

	descriptor->pfn = at;
	descriptor->nr_pages = nr;
	descriptor->order = at & (nr - 1) ? -1 : power_of_two(nr);
	descriptor->page_class = type->page_class;
	descriptor->status = "ok";
	descriptor->zone = ANZ_NO_ZONE;
	if (!type->read_bytes)
		return;
	if (!anz_kernel_read(r->kernel, descriptor->address, r->buf, type->read_bytes)) {
		descriptor->status = "not in the dump";
		r->unreadable++;
		return;
	}
	descriptor->page_class = class_of_folio(r, type);
	descriptor->mapped = is_mapped(r, type);
	descriptor->zone = zone_of_folio(r, type, at);
	if (!type->has_extent)
		return;
	pfn = anz_member_load(&type->pfn, r->buf, r->kernel->big_endian);
	order = anz_member_load(&type->order, r->buf, r->kernel->big_endian);
	if (order > 40 || pfn & ((1ull << order) - 1) || at < pfn ||
	    at + nr > pfn + (1ull << order)) {
		descriptor->status = "states another extent than its pages have";
		r->disagreeing++;
		return;
	}
	descriptor->stated = TRUE;
	descriptor->pfn = pfn;
	descriptor->order = order;
	descriptor->nr_pages = 1ull << order;
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
		if (!covered(r->planes, pfn) && poisoned(r->planes, pfn))
			continue;
		descriptor->status = "reaches over pages that do not point at it";
		r->disagreeing++;
		return;
	}
}

static void mark(Resolver *r, const AnzDescriptor *descriptor, guint64 at, guint64 nr)
{
	for (guint64 pfn = at; pfn < at + nr; pfn++) {
		AnzTile *tile = anz_planes_tile(r->planes, pfn);
		guint i = anz_tile_index(pfn);

		tile->order[i] = MAX(descriptor->order, 0);
		if (descriptor->nr_pages > 1)
			tile->attr[i] |= pfn == descriptor->pfn ? ANZ_ATTR_HEAD : ANZ_ATTR_TAIL;
		if (tile->page_class[i] == ANZ_CLASS_HWPOISON)
			continue;
		tile->page_class[i] = descriptor->page_class;
		if (descriptor->zone != ANZ_NO_ZONE)
			anz_tile_set_zone(tile, i, descriptor->zone);
		if (descriptor->mapped)
			tile->attr[i] |= ANZ_ATTR_MAPPED;
	}
}

static void resolve_part(Resolver *r, const AnzWordRun *run, guint64 at, guint64 nr)
{
	const AnzMemdescFormat *memdesc = r->kernel->memdesc;
	guint64 type_mask = (1ull << memdesc->type_bits) - 1;
	const AnzMemdescType *type = &memdesc->types[run->word & type_mask];
	AnzDescriptor descriptor = { .address = run->word & ~type_mask,
				     .type = run->word & type_mask };
	gpointer key = GSIZE_TO_POINTER(run->word);

	/* One poisoned page: its folio, if it is in one, is another run's. */
	if (type->page_class == ANZ_CLASS_HWPOISON) {
		descriptor.page_class = type->page_class;
		descriptor.pfn = at;
		descriptor.nr_pages = nr;
		descriptor.status = "ok";
		g_array_append_val(r->descriptors, descriptor);
		return;
	}
	/* A poisoned page at an edge belongs to the run only if the descriptor says so. */
	while (nr && poisoned(r->planes, at + nr - 1))
		nr--;
	if (!nr)
		return;
	read_descriptor(r, type, &descriptor, at, nr);
	check_edges(r, &descriptor, at, nr);
	mark(r, &descriptor, at, nr);
	if (!g_hash_table_add(r->seen, key)) {
		r->twice++;
		descriptor.status = "pages in more than one place point at it";
	}
	g_array_append_val(r->descriptors, descriptor);
}

static void resolve_run(Resolver *r, const AnzWordRun *run)
{
	guint64 end = run->pfn + run->nr_pages, at = run->pfn;

	while (at < end) {
		guint64 to = at;

		while (to < end && !covered(r->planes, to))
			to++;
		if (to > at)
			resolve_part(r, run, at, to - at);
		at = to + 1;
	}
}

static int compare_descriptors(gconstpointer a, gconstpointer b)
{
	const AnzDescriptor *left = a, *right = b;

	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	return (left->pfn > right->pfn) - (left->pfn < right->pfn);
}

static void report(const Resolver *r)
{
	if (r->unreadable)
		anz_kernel_remark(r->kernel, "warning", "descriptor", r->unreadable,
				  "descriptors that cannot be read; their pages keep the class of the "
				  "word and the extent of its run");
	if (r->disagreeing)
		anz_kernel_remark(r->kernel, "warning", "descriptor", r->disagreeing,
				  "descriptors whose extent is not that of the pages that point at "
				  "them");
	if (r->twice)
		anz_kernel_remark(r->kernel, "warning", "descriptor", r->twice,
				  "descriptors that pages in more than one place point at");
}

GArray *anz_extents_resolve(AnzKernel *kernel, AnzPlanes *planes)
{
	Resolver r = { .kernel = kernel, .planes = planes,
		       .descriptors = g_array_new(FALSE, TRUE, sizeof(AnzDescriptor)) };
	guint most = 0;

	if (!kernel->memdesc)
		return r.descriptors;
	for (guint i = 0; i < ANZ_MEMDESC_MAX_TYPES; i++)
		most = MAX(most, kernel->memdesc->types[i].read_bytes);
	/* anz_member_load() may look at the eight bytes around a member. */
	r.buf = g_malloc0(most + 16);
	r.seen = g_hash_table_new(NULL, NULL);
	for (guint i = 0; i < planes->runs->len; i++)
		resolve_run(&r, &g_array_index(planes->runs, AnzWordRun, i));
	g_array_sort(r.descriptors, compare_descriptors);
	report(&r);
	g_hash_table_unref(r.seen);
	g_free(r.buf);
	return r.descriptors;
}
