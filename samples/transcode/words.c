/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The new array: a record for every frame that has a struct page.  A pointer word leads to the old
 * struct page of the frame's head, which lies on 64 bytes and goes on serving as folio, slab or
 * ptdesc.  Pages that today's kernels give no type become Misc.
 */
#include <string.h>

#include "transcode.h"

#define CHUNK ANZ_TILE_PAGES

/* What becomes of a class.  @instead: where the table has no such type; WORD_MISC: unknown. */
static const struct {
	WordType type, instead;
	guint8 subtype;
} words[ANZ_NR_CLASSES] = {
	[ANZ_CLASS_FREE] = { .type = WORD_BUDDY },
	[ANZ_CLASS_FREE_PCP] = { .type = WORD_BUDDY },
	[ANZ_CLASS_UNACCEPTED] = { .type = WORD_BUDDY },
	[ANZ_CLASS_FILE] = { .type = WORD_FILE },
	[ANZ_CLASS_SHMEM] = { .type = WORD_FILE },
	[ANZ_CLASS_ANON] = { .type = WORD_ANON },
	[ANZ_CLASS_KSM] = { .type = WORD_KSM, .instead = WORD_ANON },
	[ANZ_CLASS_HUGETLB] = { .type = WORD_FILE },
	[ANZ_CLASS_SWAP_CACHE] = { .type = WORD_FILE },
	[ANZ_CLASS_SLAB] = { .type = WORD_SLAB },
	[ANZ_CLASS_LARGE_KMALLOC] = { .type = WORD_MISC, .subtype = MISC_KMALLOC_LARGE },
	[ANZ_CLASS_PAGE_TABLE] = { .type = WORD_PAGE_TABLE },
	/* Today's struct pages do not say these: their owners do, and will again. */
	[ANZ_CLASS_KERNEL_STACK] = { .type = WORD_MISC, .subtype = MISC_UNKNOWN },
	[ANZ_CLASS_VMALLOC] = { .type = WORD_MISC, .subtype = MISC_UNKNOWN },
	[ANZ_CLASS_PERCPU] = { .type = WORD_MISC, .subtype = MISC_UNKNOWN },
	[ANZ_CLASS_ZSMALLOC] = { .type = WORD_ZPDESC },
	[ANZ_CLASS_NET_POOL] = { .type = WORD_NET_POOL },
	[ANZ_CLASS_MOVABLE] = { .type = WORD_MOVABLE },
	[ANZ_CLASS_KERNEL_IMAGE] = { .type = WORD_MISC, .subtype = MISC_RESERVED },
	[ANZ_CLASS_RESERVED] = { .type = WORD_MISC, .subtype = MISC_RESERVED },
	[ANZ_CLASS_ZERO_PAGE] = { .type = WORD_MISC, .subtype = MISC_ZERO_PAGE },
	[ANZ_CLASS_GUARD] = { .type = WORD_MISC, .subtype = MISC_GUARD },
	[ANZ_CLASS_OFFLINE] = { .type = WORD_MISC, .subtype = MISC_OFFLINE },
	[ANZ_CLASS_DEVICE] = { .type = WORD_MISC, .subtype = MISC_UNKNOWN },
	[ANZ_CLASS_HWPOISON] = { .type = WORD_HWPOISON },
	[ANZ_CLASS_KERNEL_OTHER] = { .type = WORD_MISC, .subtype = MISC_UNKNOWN },
	[ANZ_CLASS_BUFFER] = { .type = WORD_MISC, .subtype = MISC_UNKNOWN },
	[ANZ_CLASS_UNKNOWN_TYPE] = { .type = WORD_MISC, .subtype = MISC_UNASSIGNED },
	[ANZ_CLASS_EXCLUDED] = { .type = WORD_MISC, .subtype = MISC_UNASSIGNED },
	[ANZ_CLASS_UNREADABLE] = { .type = WORD_MISC, .subtype = MISC_UNASSIGNED },
};

typedef struct {
	guint64 pfn;
	guint8 page_class, order, zone;
	guint16 attr;
} Frame;

guint8 *record_at(Transcoder *t, guint64 pfn, GError **error)
{
	guint64 offset = pfn * t->variant->bytes, page = offset >> t->page_shift;
	guint8 *bytes = g_hash_table_lookup(t->array_pages, GSIZE_TO_POINTER(page));

	if (!bytes) {
		guint64 frame = memory_add_frame(t->memory);

		if (!paging_map(t->paging, t->new_array + (page << t->page_shift), frame, error))
			return NULL;
		bytes = memory_page(t->memory, frame);
		g_hash_table_insert(t->array_pages, GSIZE_TO_POINTER(page), bytes);
	}
	return bytes + (offset & ((1ull << t->page_shift) - 1));
}

static guint64 zone_fields(const Transcoder *t, guint8 zone_id)
{
	const Zone *zone;

	/* In no zone: today's kernels leave a number there that no zone has (kernel-facts 2.1). */
	if (zone_id >= t->zones->len)
		return ((1ull << t->zone_bits) - 1) << t->zone_shift;
	zone = &g_array_index(t->zones, Zone, zone_id);
	return (t->node_bits ? (guint64)zone->node << t->node_shift : 0) |
	       (t->zone_bits ? (guint64)zone->index << t->zone_shift : 0);
}

static guint64 misc_word(const Transcoder *t, const Frame *frame, guint subtype)
{
	guint64 order = frame->attr & (ANZ_ATTR_HEAD | ANZ_ATTR_TAIL) ? frame->order : 0;

	return (guint64)t->table->number[WORD_MISC] | subtype << MISC_SUBTYPE_SHIFT |
	       (frame->attr & ANZ_ATTR_MAPPED ? MISC_MAPPED : 0) | order << MISC_ORDER_SHIFT |
	       zone_fields(t, frame->zone);
}

static guint64 pointer_word(const Transcoder *t, const Frame *frame, WordType type)
{
	guint64 head = frame->pfn;

	/* Poison is the page's own. */
	if (type != WORD_HWPOISON && frame->attr & (ANZ_ATTR_HEAD | ANZ_ATTR_TAIL))
		head &= ~((1ull << frame->order) - 1);
	return anz_source_struct_page_address(t->source, head) | t->table->number[type];
}

/*
 * What a list reaches gets its links later.  Inside of blocks words are stale: leftovers of files
 * and of smaller free blocks, which must mean nothing to a reader.  A free page on no list is all
 * that is left of its block.
 */
static guint64 leftover_word(const Transcoder *t, const Frame *frame)
{
	if (frame->pfn & 1 && frame->attr & ANZ_ATTR_ON_LIST)
		return anz_source_struct_page_address(t->source, frame->pfn) |
		       t->table->number[WORD_FILE];
	return t->variant->links == LINKS_LIST ?
	       t->new_array + frame->pfn * t->variant->bytes + t->variant->word :
	       ~0xfull | t->table->number[WORD_BUDDY];
}

/*
 * Top tables and the kernel's own carry no mark (pagetable_pte_ctor() and its like were not called for
 * them); like kernel stacks they are known by their owner.
 */
static gboolean is_unmarked_table(Transcoder *t, const Frame *frame)
{
	guint32 page_type;

	if (frame->page_class != ANZ_CLASS_PAGE_TABLE ||
	    !anz_source_read_struct_page(t->source, frame->pfn, t->old_page))
		return FALSE;
	memcpy(&page_type, t->old_page + t->page_type_offset, sizeof(page_type));
	return page_type == G_MAXUINT32;
}

static guint64 word_of(Transcoder *t, const Frame *frame, WordType *type)
{
	*type = words[frame->page_class].type;
	if (is_unmarked_table(t, frame)) {
		*type = WORD_MISC;
		return misc_word(t, frame, MISC_UNKNOWN);
	}
	if (t->table->number[*type] < 0)
		*type = words[frame->page_class].instead;
	if (*type == WORD_BUDDY)
		return leftover_word(t, frame);
	if (*type == WORD_MISC)
		return misc_word(t, frame, words[frame->page_class].type == WORD_MISC ?
				 words[frame->page_class].subtype : MISC_UNKNOWN);
	return pointer_word(t, frame, *type);
}

/* The struct page of 32 bytes keeps its flags, and the refcount of what has no descriptor. */
static void keep_flags(Transcoder *t, const Frame *frame, WordType type, guint8 *record)
{
	if (!anz_source_read_struct_page(t->source, frame->pfn, t->old_page))
		return;
	memcpy(record, t->old_page + t->flags_offset, 8);
	if (t->variant->refcount && type == WORD_MISC)
		memcpy(record + t->variant->refcount, t->old_page + t->refcount_offset, 4);
}

static gboolean write_frame(Transcoder *t, const Frame *frame, GError **error)
{
	guint8 *record;
	WordType type;
	guint64 word;

	if (frame->page_class == ANZ_CLASS_HOLE || frame->page_class >= ANZ_NR_CLASSES ||
	    !anz_source_struct_page_address(t->source, frame->pfn))
		return TRUE;
	record = record_at(t, frame->pfn, error);
	if (!record)
		return FALSE;
	word = GUINT64_TO_LE(word_of(t, frame, &type));
	memcpy(record + t->variant->word, &word, 8);
	t->nr_words[type]++;
	t->nr_lost += frame->page_class == ANZ_CLASS_EXCLUDED ||
		      frame->page_class == ANZ_CLASS_UNREADABLE;
	if (t->variant->bytes == 32)
		keep_flags(t, frame, type, record);
	return TRUE;
}

gboolean words_write(Transcoder *t, GError **error)
{
	g_autofree guint8 *page_class = g_malloc(CHUNK), *order = g_malloc(CHUNK),
			  *zone = g_malloc(CHUNK);
	g_autofree guint16 *attr = g_new(guint16, CHUNK);

	for (guint64 pfn = 0; pfn < t->max_pfn; pfn += CHUNK) {
		guint64 nr = MIN(CHUNK, t->max_pfn - pfn);

		if (!anz_store_read_plane(t->store, ANZ_PLANE_CLASS, pfn, nr, page_class, error) ||
		    !anz_store_read_plane(t->store, ANZ_PLANE_ORDER, pfn, nr, order, error) ||
		    !anz_store_read_plane(t->store, ANZ_PLANE_ZONE, pfn, nr, zone, error) ||
		    !anz_store_read_plane(t->store, ANZ_PLANE_ATTR, pfn, nr, attr, error))
			return FALSE;
		for (guint64 i = 0; i < nr; i++) {
			Frame frame = { .pfn = pfn + i, .page_class = page_class[i],
					.order = MIN(order[i], 63), .zone = zone[i],
					.attr = attr[i] };

			if (!write_frame(t, &frame, error))
				return FALSE;
		}
	}
	return TRUE;
}
