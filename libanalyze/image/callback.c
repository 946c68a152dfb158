/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that the caller's own functions read: ranges of frames, all of them present until a read
 * fails.  What other formats know beforehand, this one learns by trying, so a frame that cannot be
 * read is called LOST when it is read, not before.
 */
#include "image/image-priv.h"

#include <string.h>

#define PIECE 4096	/* no machine of ours has smaller pages */

/**
 * Callback:
 * @ranges: AnzMemoryRange, sorted, none touches another
 * @lock: the caller need not cope with two threads
 */
typedef struct {
	AnzMemory memory;
	GArray *ranges;
	GMutex lock;
} Callback;

static const Callback *of(const AnzImage *image)
{
	return image->shared->data;
}

/* The first range that ends above @paddr; NULL if there is none. */
static const AnzMemoryRange *range_above(const AnzImage *image, guint64 paddr)
{
	const GArray *ranges = of(image)->ranges;
	guint low = 0, high = ranges->len;

	while (low < high) {
		guint mid = low + (high - low) / 2;

		if (g_array_index(ranges, AnzMemoryRange, mid).end <= paddr)
			low = mid + 1;
		else
			high = mid;
	}
	return low < ranges->len ? &g_array_index(ranges, AnzMemoryRange, low) : NULL;
}

static AnzMemState state(AnzImage *image, guint64 paddr)
{
	const AnzMemoryRange *range = range_above(image, paddr);

	return range && range->start <= paddr ? ANZ_MEM_PRESENT : ANZ_MEM_ABSENT;
}

static gboolean run(AnzImage *image, guint64 from, guint64 *start, guint64 *end,
		    AnzMemState *state)
{
	const AnzMemoryRange *range = range_above(image, from);

	if (!range)
		return FALSE;
	*start = MAX(from, range->start);
	*end = range->end;
	*state = ANZ_MEM_PRESENT;
	return TRUE;
}

typedef gboolean (*ReadFunc)(guint64 address, void *buf, gsize len, gpointer data);

/* All at once; where that fails, piece by piece up to the one that does. */
static gsize read_with(Callback *c, ReadFunc func, guint64 address, void *buf, gsize len)
{
	gsize done = 0;

	g_mutex_lock(&c->lock);
	if (len && func(address, buf, len, c->memory.data))
		done = len;
	while (done < len) {
		gsize piece = MIN(len - done, PIECE - (address + done) % PIECE);

		if (piece == len || !func(address + done, (guint8 *)buf + done, piece,
					  c->memory.data))
			break;
		done += piece;
	}
	g_mutex_unlock(&c->lock);
	return done;
}

static gsize read_phys(AnzImage *image, guint64 paddr, void *buf, gsize len,
		       AnzMemState *stopped)
{
	Callback *c = image->shared->data;
	const AnzMemoryRange *range = range_above(image, paddr);
	gsize part, done;

	*stopped = ANZ_MEM_ABSENT;
	if (!range || range->start > paddr)
		return 0;
	part = MIN(len, range->end - paddr);
	done = read_with(c, c->memory.read_physical, paddr, buf, part);
	if (done < part)
		*stopped = ANZ_MEM_LOST;
	else if (done == len)
		*stopped = ANZ_MEM_PRESENT;
	return done;
}

static gsize read_virt(AnzImage *image, guint64 vaddr, void *buf, gsize len)
{
	Callback *c = image->shared->data;

	return c->memory.read_virtual ?
	       read_with(c, c->memory.read_virtual, vaddr, buf, len) : 0;
}

static void free_data(gpointer data)
{
	Callback *c = data;

	g_array_unref(c->ranges);
	g_mutex_clear(&c->lock);
	g_free(c);
}

static const AnzBackend backend = {
	.state = state,
	.run = run,
	.read = read_phys,
	.read_virt = read_virt,
	.free_data = free_data,
};

static int compare_ranges(gconstpointer a, gconstpointer b)
{
	const AnzMemoryRange *left = a, *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

static GArray *sorted_ranges(const AnzMemory *memory)
{
	GArray *sorted = g_array_new(FALSE, FALSE, sizeof(AnzMemoryRange));
	GArray *merged = g_array_new(FALSE, FALSE, sizeof(AnzMemoryRange));

	g_array_append_vals(sorted, memory->ranges, memory->nr_ranges);
	g_array_sort(sorted, compare_ranges);
	for (guint i = 0; i < sorted->len; i++) {
		AnzMemoryRange range = g_array_index(sorted, AnzMemoryRange, i), *last;

		range.end = MIN(range.end, ANZ_PADDR_END);
		if (range.start >= range.end)
			continue;
		last = merged->len ? &g_array_index(merged, AnzMemoryRange, merged->len - 1) :
				     NULL;
		if (last && range.start <= last->end)
			last->end = MAX(last->end, range.end);
		else
			g_array_append_val(merged, range);
	}
	g_array_unref(sorted);
	return merged;
}

gboolean anz_callback_open(AnzImage *image, const AnzMemory *memory, GError **error)
{
	AnzImageShared *shared = image->shared;
	const char *reader = image->options.reader ? image->options.reader : "the caller";
	Callback *c;

	if (memory->size != sizeof(*memory) || !memory->read_physical ||
	    (memory->nr_ranges && !memory->ranges)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "%s: an AnzMemory needs its size, ranges and read_physical",
			    shared->name);
		return FALSE;
	}
	c = g_new0(Callback, 1);
	c->memory = *memory;
	c->ranges = sorted_ranges(memory);
	g_mutex_init(&c->lock);
	shared->backend = &backend;
	shared->data = c;
	shared->format = g_strconcat(reader, "'s memory", NULL);
	shared->is_big = memory->big_endian;
	shared->is_order_stated = TRUE;
	if (!c->ranges->len) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT, "%s: no memory in its ranges",
			    shared->name);
		return FALSE;
	}
	shared->end_paddr = g_array_index(c->ranges, AnzMemoryRange, c->ranges->len - 1).end;
	if (memory->machine)
		anz_image_set_machine(image, memory->machine);
	if (memory->vmcoreinfo)
		anz_image_take_vmcoreinfo(image, memory->vmcoreinfo, strlen(memory->vmcoreinfo),
					  reader);
	return TRUE;
}
