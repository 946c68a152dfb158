/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Swap entries.  Their shape in page tables is the architecture's and made of macros, so no type
 * information has it: where it changed, the one is taken under which most entries lie in swap areas
 * that there are.
 */
#include "graph/swap.h"

#include "graph/swap-slots.h"

/* swp_entry_t: MAX_SWAPFILES_SHIFT bits of type at the top of what fits an xarray value. */
#define ENTRY_TYPE_SHIFT 58

typedef struct {
	AnzArch arch;
	guint type_shift, type_bits;
	guint offset_shift, offset_bits;
	gboolean inverted;	/* the offset's bits are */
} Encoding;

static const Encoding encodings[] = {
	/* arch/x86/include/asm/pgtable_64.h since 4.18: offset inverted against L1TF. */
	{ ANZ_ARCH_X86_64, 59, 5, 9, 50, TRUE },
	/* arch/arm64/include/asm/pgtable.h: since 6.11, since 5.19, before. */
	{ ANZ_ARCH_AARCH64, 6, 5, 12, 50, FALSE },
	{ ANZ_ARCH_AARCH64, 3, 5, 8, 50, FALSE },
	{ ANZ_ARCH_AARCH64, 2, 6, 8, 50, FALSE },
};

G_STATIC_ASSERT(G_N_ELEMENTS(encodings) == G_N_ELEMENTS(((AnzSwap *)0)->votes));

static guint64 field(guint64 value, guint shift, guint bits)
{
	return value >> shift & (((guint64)1 << bits) - 1);
}

static void area_clear(gpointer data)
{
	AnzSwapArea *area = data;

	g_free(area->name);
	g_free(area->disk);
}

/* Last part of the name of a file. */
static char *file_name(AnzKernel *kernel, guint64 file)
{
	guint64 dentry, name;

	if (!file || !anz_kernel_read_member(kernel, file, "file", "f_path.dentry", &dentry) ||
	    !anz_kernel_read_member(kernel, dentry, "dentry", "d_name.name", &name))
		return NULL;
	return anz_kernel_read_string(kernel, name, 256);
}

static char *disk_name(AnzKernel *kernel, guint64 bdev)
{
	guint64 disk, offset;

	if (!bdev || !anz_kernel_read_member(kernel, bdev, "block_device", "bd_disk", &disk) || !disk ||
	    !anz_kernel_member(kernel, "gendisk", "disk_name", &offset, NULL))
		return NULL;
	return anz_kernel_read_string(kernel, disk + offset, 32);
}

/*
 * mm/swapfile.c, since 6.13: inuse_pages is a long, and SWAP_USAGE_OFFLIST_BIT in it marks an area that is
 * off the list of those with room.  That was bit 30 first.
 */
static guint64 used_of(guint64 value, guint64 nr_pages)
{
	guint64 used = value & ~((guint64)1 << 62), old = (guint64)1 << 30;

	return used > nr_pages && (used & old) && used - old <= nr_pages ? used - old : used;
}

#define SWP_USED 1	/* of swap_info_struct.flags: there is such an area */

static gboolean read_area(AnzKernel *kernel, AnzSwapArea *area)
{
	static const char type[] = "swap_info_struct";
	guint64 value;

	if (!anz_kernel_read_member(kernel, area->address, type, "max", &area->nr_slots) ||
	    (anz_kernel_read_member(kernel, area->address, type, "flags", &value) &&
	     !(value & SWP_USED)))
		return FALSE;
	anz_kernel_read_member(kernel, area->address, type, "pages", &area->nr_pages);
	if (anz_kernel_read_member(kernel, area->address, type, "inuse_pages.counter", &value) ||
	    anz_kernel_read_member(kernel, area->address, type, "inuse_pages", &value))
		area->nr_used = used_of(value, area->nr_pages);
	if (anz_kernel_read_member(kernel, area->address, type, "prio", &value))
		area->priority = (gint64)value;
	if (anz_kernel_read_member(kernel, area->address, type, "swap_file", &value))
		area->name = file_name(kernel, value);
	if (anz_kernel_read_member(kernel, area->address, type, "bdev", &value))
		area->disk = disk_name(kernel, value);
	return TRUE;
}

AnzSwap *anz_swap_read(AnzKernel *kernel)
{
	AnzSwap *swap = g_new0(AnzSwap, 1);
	AnzArch arch = anz_image_arch(kernel->image);
	guint64 infos, nr_address;
	guint32 nr = 0;

	swap->areas = g_array_new(FALSE, TRUE, sizeof(AnzSwapArea));
	g_array_set_clear_func(swap->areas, area_clear);
	swap->runs = g_array_new(FALSE, FALSE, sizeof(AnzSwapRun));
	swap->uses = g_array_new(FALSE, FALSE, sizeof(AnzSwapUse));
	for (guint i = G_N_ELEMENTS(encodings); i-- > 0; )
		if (encodings[i].arch == arch)
			swap->encoding = i;
	if (!anz_kernel_symbol(kernel, "swap_info", &infos) ||
	    !anz_kernel_symbol(kernel, "nr_swapfiles", &nr_address) ||
	    !anz_kernel_read_u32(kernel, nr_address, &nr))
		return swap;
	swap->readable = nr <= ANZ_SWAP_TYPES;
	for (guint i = 0; i < MIN(nr, ANZ_SWAP_TYPES); i++) {
		AnzSwapArea area = { .type = i };

		if (anz_kernel_read_u64(kernel, infos + i * 8, &area.address) && area.address &&
		    read_area(kernel, &area))
			g_array_append_val(swap->areas, area);
	}
	return swap;
}

void anz_swap_free(AnzSwap *swap)
{
	if (!swap)
		return;
	g_array_unref(swap->areas);
	g_array_unref(swap->runs);
	g_array_unref(swap->uses);
	g_free(swap);
}

AnzSwapArea *anz_swap_area(const AnzSwap *swap, guint type)
{
	for (guint i = 0; i < swap->areas->len; i++)
		if (g_array_index(swap->areas, AnzSwapArea, i).type == type)
			return &g_array_index(swap->areas, AnzSwapArea, i);
	return NULL;
}

void anz_swap_add_use(AnzSwap *swap, guint type, guint32 owner, guint64 nr_pages)
{
	AnzSwapArea *area = anz_swap_area(swap, type);
	AnzSwapUse use = { .owner = owner, .type = type, .nr_pages = nr_pages };

	area->nr_entries += nr_pages;
	/* Entries come by address space. */
	for (guint i = swap->uses->len; i-- > 0; ) {
		AnzSwapUse *it = &g_array_index(swap->uses, AnzSwapUse, i);

		if (it->owner != owner)
			break;
		if (it->type == type) {
			it->nr_pages += nr_pages;
			return;
		}
	}
	g_array_append_val(swap->uses, use);
}

void anz_swap_split(guint64 value, guint *type, guint64 *offset)
{
	*type = field(value, ENTRY_TYPE_SHIFT, 5);
	*offset = field(value, 0, ENTRY_TYPE_SHIFT);
}

static gboolean is_slot(const AnzSwap *swap, guint type, guint64 offset)
{
	const AnzSwapArea *area = anz_swap_area(swap, type);

	/* Slot 0 is the header's. */
	return area && offset && offset < area->nr_slots;
}

static void split(const Encoding *encoding, guint64 raw, guint *type, guint64 *offset)
{
	*type = field(raw, encoding->type_shift, encoding->type_bits);
	*offset = field(encoding->inverted ? ~raw : raw, encoding->offset_shift,
			encoding->offset_bits);
}

/* Types from MAX_SWAPFILES on hold a frame, with flags above it (SWP_PFN_BITS), or a marker. */
static AnzSwapKind kind_of(const AnzSwap *swap, const AnzGraph *graph, guint type, guint64 *offset)
{
	guint64 pfn;
	const AnzTile *tile;
	guint index;

	if (is_slot(swap, type, *offset))
		return ANZ_SWAP_SLOT;
	pfn = field(*offset, 0, g_bit_storage(graph->planes->max_pfn));
	tile = anz_planes_tile(graph->planes, pfn);
	/* Few of the types can be areas, and those that are none come last. */
	if (!tile || type < ANZ_SWAP_TYPES / 2)
		return ANZ_SWAP_OTHER;
	index = anz_tile_index(pfn);
	*offset = pfn;
	switch (tile->page_class[index]) {
	case ANZ_CLASS_HWPOISON:
		return ANZ_SWAP_HWPOISON;
	case ANZ_CLASS_ANON:
	case ANZ_CLASS_KSM:
	case ANZ_CLASS_SWAP_CACHE:
	case ANZ_CLASS_FILE:
	case ANZ_CLASS_SHMEM:
	case ANZ_CLASS_HUGETLB:
		/* pfn_swap_entry_to_page() insists on this of a page on the move. */
		return tile->attr[index] & ANZ_ATTR_LOCKED ? ANZ_SWAP_MIGRATION : ANZ_SWAP_OTHER;
	default:
		return ANZ_SWAP_OTHER;
	}
}

void anz_swap_vote(AnzSwap *swap, const AnzGraph *graph, guint64 raw)
{
	for (guint i = 0; i < G_N_ELEMENTS(encodings); i++) {
		guint64 offset;
		guint type;

		if (encodings[i].arch != anz_image_arch(graph->kernel->image))
			continue;
		split(&encodings[i], raw, &type, &offset);
		swap->votes[i] += kind_of(swap, graph, type, &offset) != ANZ_SWAP_OTHER;
	}
}

void anz_swap_settle(AnzSwap *swap, const AnzGraph *graph)
{
	const Encoding *taken;

	for (guint i = 0; i < G_N_ELEMENTS(encodings); i++)
		if (swap->votes[i] > swap->votes[swap->encoding])
			swap->encoding = i;
	taken = &encodings[swap->encoding];
	if (swap->votes[swap->encoding])
		anz_kernel_fact(graph->kernel, "swap entry", "memory",
				"type at bit %u, offset at bit %u", taken->type_shift,
				taken->offset_shift);
}

AnzSwapKind anz_swap_decode(const AnzSwap *swap, const AnzGraph *graph, guint64 raw, guint *type,
			    guint64 *offset)
{
	split(&encodings[swap->encoding], raw, type, offset);
	return kind_of(swap, graph, *type, offset);
}
