/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One look at 64 struct pages, which is a page of the array or less, tells the class of what is around them:
 * blocks and folios lie at multiples of their size, so where a look begins at a multiple of a large number
 * of frames, the head of whatever is there begins with it or is behind it.  Only gigantic pages are larger;
 * of those a look may see tails alone, and says nothing.
 */
#include "pages/sketch.h"

#include <string.h>

#include "pages/classify-memdesc.h"

#define LOOK_PAGES 64
/* Looks at the array in all; each may take a read from a disk, or one page's decompression. */
#define MAX_LOOKS 16384
/* Of a tile: at no less than 1024 frames from one to the next, which no free block reaches beyond. */
#define MAX_TILE_LOOKS 64

G_STATIC_ASSERT(ANZ_NR_CLASSES < ANZ_SKETCH_UNKNOWN);

struct AnzSketch {
	gatomicrefcount refs;
	guint64 *numbers;
	guint nr;
	guint64 max_pfn;
	GMutex lock;		/* of what follows */
	guint8 *cells;		/* ANZ_SKETCH_TILE_CELLS of each tile */
	gboolean *is_read;
	guint nr_read;
	guint64 sampled, page_size;
	gboolean memdesc;	/* the array is of memory descriptors */
};

AnzSketch *anz_sketch_new(const guint64 *numbers, guint nr, guint64 max_pfn)
{
	AnzSketch *sketch = g_new0(AnzSketch, 1);

	g_atomic_ref_count_init(&sketch->refs);
	sketch->numbers = g_memdup2(numbers, nr * sizeof(*numbers));
	sketch->nr = nr;
	sketch->max_pfn = max_pfn;
	g_mutex_init(&sketch->lock);
	sketch->cells = g_malloc((gsize)nr * ANZ_SKETCH_TILE_CELLS);
	memset(sketch->cells, ANZ_SKETCH_UNKNOWN, (gsize)nr * ANZ_SKETCH_TILE_CELLS);
	sketch->is_read = g_new0(gboolean, nr);
	return sketch;
}

AnzSketch *anz_sketch_ref(AnzSketch *sketch)
{
	g_atomic_ref_count_inc(&sketch->refs);
	return sketch;
}

void anz_sketch_unref(AnzSketch *sketch)
{
	if (!sketch || !g_atomic_ref_count_dec(&sketch->refs))
		return;
	g_free(sketch->numbers);
	g_free(sketch->cells);
	g_free(sketch->is_read);
	g_mutex_clear(&sketch->lock);
	g_free(sketch);
}

const guint64 *anz_sketch_numbers(const AnzSketch *sketch, guint *nr, guint64 *max_pfn)
{
	*nr = sketch->nr;
	*max_pfn = sketch->max_pfn;
	return sketch->numbers;
}

guint64 anz_sketch_max_pfn(const AnzSketch *sketch)
{
	return sketch->max_pfn;
}

guint64 anz_sketch_page_size(AnzSketch *sketch)
{
	guint64 page_size;

	g_mutex_lock(&sketch->lock);
	page_size = sketch->page_size;
	g_mutex_unlock(&sketch->lock);
	return page_size;
}

guint anz_sketch_tiles(AnzSketch *sketch, guint *total)
{
	guint nr_read;

	g_mutex_lock(&sketch->lock);
	nr_read = sketch->nr_read;
	g_mutex_unlock(&sketch->lock);
	if (total)
		*total = sketch->nr;
	return nr_read;
}

guint64 anz_sketch_sampled_pages(AnzSketch *sketch)
{
	guint64 sampled;

	g_mutex_lock(&sketch->lock);
	sampled = sketch->sampled;
	g_mutex_unlock(&sketch->lock);
	return sampled;
}

/* Index of tile @number, or -1. */
static gint find(const AnzSketch *sketch, guint64 number)
{
	guint low = 0, high = sketch->nr;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (sketch->numbers[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < sketch->nr && sketch->numbers[low] == number ? (gint)low : -1;
}

gboolean anz_sketch_read(AnzSketch *sketch, guint64 tile, guint8 *cells)
{
	gint index = find(sketch, tile);
	gboolean is_read;

	if (index < 0) {
		memset(cells, ANZ_CLASS_HOLE, ANZ_SKETCH_TILE_CELLS);
		return TRUE;
	}
	g_mutex_lock(&sketch->lock);
	memcpy(cells, sketch->cells + (gsize)index * ANZ_SKETCH_TILE_CELLS, ANZ_SKETCH_TILE_CELLS);
	is_read = sketch->is_read[index];
	g_mutex_unlock(&sketch->lock);
	return is_read;
}

guint64 anz_sketch_count(AnzSketch *sketch, guint64 *cells)
{
	guint64 known = 0;

	memset(cells, 0, ANZ_NR_CLASSES * sizeof(*cells));
	g_mutex_lock(&sketch->lock);
	for (gsize i = 0; i < (gsize)sketch->nr * ANZ_SKETCH_TILE_CELLS; i++) {
		guint8 seen = sketch->cells[i];

		if (seen >= ANZ_NR_CLASSES)
			continue;
		cells[seen]++;
		known += seen != ANZ_CLASS_HOLE;
	}
	g_mutex_unlock(&sketch->lock);
	return known;
}

/* --- looking --- */

/* How many pages at the front of @codes could be behind the first of a free block. */
static guint count_zeros(const guint8 *codes, guint nr)
{
	const guint8 zeros = anz_memdesc_code_class(ANZ_CODE_ZEROS, TRUE);
	guint n = 0;

	while (n < nr && codes[n] == zeros)
		n++;
	return n;
}

/*
 * The most frequent class of some frames, given what the first of them are heads of.
 *
 * @free_block: (inout) (nullable): of memory descriptors, whether the first frame may be behind the head of a
 *	free block, and the one after the last too; a block's words are zero but for its head's, and how far it
 *	reaches is known once the lists have been walked
 */
static guint8 look(const guint8 *codes, const guint8 *orders, const guint16 *attrs, guint nr, gboolean *free_block)
{
	guint16 count[ANZ_NR_CLASSES] = { 0 };
	guint8 best = ANZ_SKETCH_UNKNOWN;
	guint i = free_block && *free_block ? count_zeros(codes, nr) : 0;

	count[ANZ_CLASS_FREE] += i;
	while (i < nr) {
		guint n = 1;

		if (attrs[i] & ANZ_ATTR_HEAD)
			n = orders[i] < 16 ? MIN(1u << orders[i], nr - i) : nr - i;
		if (free_block) {
			*free_block = codes[i] == ANZ_CLASS_FREE;
			n += *free_block ? count_zeros(codes + i + n, nr - i - n) : 0;
		}
		if (codes[i] < ANZ_NR_CLASSES)
			count[codes[i]] += n;
		i += n;
	}
	for (guint c = 0; c < ANZ_NR_CLASSES; c++)
		if (count[c] && (best == ANZ_SKETCH_UNKNOWN || count[c] > count[best]))
			best = (guint8)c;
	return best;
}

/* What one look needs of room; everything is written by the classifier or by start_look(). */
typedef struct {
	guint8 page_class[LOOK_PAGES], order[LOOK_PAGES];
	guint16 attr[LOOK_PAGES], zone_key[LOOK_PAGES];
	guint32 flags[LOOK_PAGES];
	gint32 refcount[LOOK_PAGES], mapcount[LOOK_PAGES];
	GArray *buddies, *suspects;	/* thrown away */
	AnzDecodeStats stats;
	guint8 *records;
} Look;

static gboolean is_in_zone(const AnzKernel *kernel, guint64 pfn, guint key)
{
	const AnzPageFormat *format = &kernel->format;

	return anz_kernel_zone_id(kernel, key >> format->zone_bits, key & ((1u << format->zone_bits) - 1),
				  pfn) != ANZ_NO_ZONE;
}

static void classify(Look *it, const AnzKernel *kernel, guint64 pfn, guint nr, guint64 address)
{
	AnzBatch batch = {
		.page_class = it->page_class, .order = it->order, .attr = it->attr,
		.zone_key = it->zone_key, .flags = it->flags, .refcount = it->refcount,
		.mapcount = it->mapcount, .buddies = it->buddies, .suspects = it->suspects,
		.stats = &it->stats,
	};

	memset(it->attr, 0, sizeof(it->attr));
	memset(it->order, 0, sizeof(it->order));
	memset(it->zone_key, 0xff, sizeof(it->zone_key));
	if (!kernel->memdesc) {
		anz_classify_batch(&kernel->format, it->records, nr, pfn, address, &batch);
	} else {
		anz_classify_memdesc_batch(kernel->memdesc, &kernel->format, it->records, nr, pfn, &batch);
		for (guint i = 0; i < nr; i++)
			if (it->page_class[i] == ANZ_CODE_ZEROS || it->page_class[i] == ANZ_CODE_ONES)
				it->page_class[i] = anz_memdesc_code_class(it->page_class[i],
					is_in_zone(kernel, pfn + i, it->zone_key[i]));
	}
	g_array_set_size(it->buddies, 0);
	g_array_set_size(it->suspects, 0);
}

/* The class around @pfn, at a multiple of LOOK_PAGES; @pages: how many struct pages were looked at. */
static guint8 look_at(Look *it, const AnzKernel *kernel, AnzImage *image, guint64 pfn, guint64 *pages)
{
	const AnzSection *section = anz_kernel_section(kernel, pfn);
	const guint stride = kernel->format.stride;
	AnzMemState why = ANZ_MEM_PRESENT;
	guint64 address;
	gboolean free_block = FALSE;
	guint nr;

	if (!section || !anz_section_has_page(section, pfn - section->start_pfn))
		return ANZ_CLASS_HOLE;
	if (!section->online && !section->device)
		return ANZ_CLASS_OFFLINE;
	address = section->page_array + (pfn - section->start_pfn) * stride;
	nr = (guint)MIN(LOOK_PAGES, section->start_pfn + section->nr_pages - pfn);
	nr = (guint)(anz_image_read_virt(image, address, it->records, (gsize)nr * stride, &why) / stride);
	if (nr < 2)
		return why == ANZ_MEM_EXCLUDED ? ANZ_CLASS_EXCLUDED :
		       why == ANZ_MEM_ABSENT ? ANZ_SKETCH_UNKNOWN : ANZ_CLASS_UNREADABLE;
	/* a head is never cut from its first tail */
	nr &= ~1u;
	classify(it, kernel, pfn, nr, address);
	*pages += nr;
	return look(it->page_class, it->order, it->attr, nr, kernel->memdesc ? &free_block : NULL);
}

gboolean anz_sketch_sample(AnzSketch *sketch, const AnzKernel *kernel, AnzImage *image,
			   const gint *cancel)
{
	guint looks = MAX_TILE_LOOKS, step;
	gboolean cancelled = FALSE;
	Look it = {
		.buddies = g_array_new(FALSE, FALSE, sizeof(AnzBuddyRecord)),
		.suspects = g_array_new(FALSE, FALSE, sizeof(AnzSuspect)),
		.records = g_malloc((gsize)LOOK_PAGES * kernel->format.stride),
	};

	g_mutex_lock(&sketch->lock);
	sketch->page_size = (guint64)1 << kernel->page_shift;
	sketch->memdesc = kernel->memdesc != NULL;
	g_mutex_unlock(&sketch->lock);
	/* by four, so that each is a square of the picture */
	while (looks > 1 && (guint64)looks * sketch->nr > MAX_LOOKS)
		looks /= 4;
	step = ANZ_SKETCH_TILE_CELLS / looks;
	for (guint t = 0; t < sketch->nr && !cancelled; t++) {
		guint8 *cells = sketch->cells + (gsize)t * ANZ_SKETCH_TILE_CELLS;

		for (guint c = 0; c < ANZ_SKETCH_TILE_CELLS; c += step) {
			guint64 pfn = (sketch->numbers[t] << ANZ_TILE_SHIFT) + c * ANZ_SKETCH_CELL_PAGES;
			guint64 pages = 0;
			guint8 seen = look_at(&it, kernel, image, pfn, &pages);

			g_mutex_lock(&sketch->lock);
			memset(cells + c, seen, step);
			sketch->sampled += pages;
			g_mutex_unlock(&sketch->lock);
		}
		cancelled = anz_is_cancelled(cancel);
	}
	g_array_unref(it.buddies);
	g_array_unref(it.suspects);
	g_free(it.records);
	return !cancelled;
}

void anz_sketch_take_tile(AnzSketch *sketch, const AnzTile *tile)
{
	gint index = find(sketch, tile->number);
	guint8 cells[ANZ_SKETCH_TILE_CELLS];
	guint left = 0;		/* cells still to come of a block or folio that is larger than one */
	gboolean free_block = FALSE;

	if (index < 0)
		return;
	for (guint c = 0; c < ANZ_SKETCH_TILE_CELLS; c++) {
		guint at = c * ANZ_SKETCH_CELL_PAGES;

		if (left) {
			cells[c] = cells[c - 1];
			left--;
			continue;
		}
		/* no free block of descriptors is taken to reach beyond a look at the sample */
		free_block &= at % (ANZ_TILE_PAGES / MAX_TILE_LOOKS) != 0;
		cells[c] = look(tile->page_class + at, tile->order + at, tile->attr + at, LOOK_PAGES,
				sketch->memdesc ? &free_block : NULL);
		if (free_block)
			free_block = count_zeros(tile->page_class + at + LOOK_PAGES,
						 ANZ_SKETCH_CELL_PAGES - LOOK_PAGES) ==
				ANZ_SKETCH_CELL_PAGES - LOOK_PAGES;
		if (tile->attr[at] & ANZ_ATTR_HEAD && tile->order[at] > 8)
			left = tile->order[at] < 16 ? (1u << (tile->order[at] - 8)) - 1 :
				ANZ_SKETCH_TILE_CELLS;
	}
	g_mutex_lock(&sketch->lock);
	memcpy(sketch->cells + (gsize)index * ANZ_SKETCH_TILE_CELLS, cells, sizeof(cells));
	sketch->nr_read += !sketch->is_read[index];
	sketch->is_read[index] = TRUE;
	g_mutex_unlock(&sketch->lock);
}
