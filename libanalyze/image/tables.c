/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See tables.h; the shape of one entry is translate.c's. */
#include "image/tables.h"

#include "image/image-priv.h"

#define X86_LARGE 0x80
#define X86_PROT_NONE 0x100
#define X86_SPECIAL 0x200	/* _PAGE_SOFTW1 */

#define ARM_TABLE 0x2
#define ARM_SPECIAL ((guint64)1 << 56)
#define ARM_PROT_NONE ((guint64)1 << 58)
#define ARM_PMD_INVALID ((guint64)1 << 59)

typedef struct {
	AnzImage *image;
	const AnzXlat *xlat;
	const AnzTableVisitor *visitor;
	gpointer data;
	AnzTableHalf half;
	guint8 *buf[ANZ_XLAT_LEVELS];
} Walk;

gboolean anz_image_can_walk_tables(const AnzImage *image)
{
	return image->xlat.arch != ANZ_ARCH_OTHER;
}

guint64 anz_image_kernel_tables(const AnzImage *image)
{
	return image->xlat.root;
}

/* Whether an entry that the hardware takes for absent is there all the same. */
static gboolean present_in_software(const AnzXlat *xlat, guint64 raw, guint level)
{
	if (xlat->arch == ANZ_ARCH_X86_64)
		return raw & X86_PROT_NONE || (level && raw & X86_LARGE);
	if (!level && raw & ARM_TABLE)
		return TRUE;
	return raw & (ARM_PROT_NONE | (level ? ARM_PMD_INVALID : 0));
}

static void describe(const Walk *walk, AnzTableEntry *entry, gboolean is_leaf)
{
	const AnzXlat *xlat = walk->xlat;
	guint page_shift = xlat->level[xlat->nr_levels - 1].shift;
	guint64 raw = entry->raw;

	entry->present = is_leaf || present_in_software(xlat, raw, entry->level);
	if (!entry->present)
		return;
	if (!is_leaf && xlat->arch == ANZ_ARCH_X86_64)
		raw = ~raw;
	/* A large leaf has other bits where a page has address bits. */
	entry->paddr = anz_xlat_entry_address(xlat, raw, page_shift) & ~(entry->nr_bytes - 1);
	entry->special = entry->raw & (xlat->arch == ANZ_ARCH_X86_64 ? X86_SPECIAL : ARM_SPECIAL);
}

static gboolean walk_table(Walk *walk, guint64 paddr, guint l, guint64 vaddr);

static gboolean visit_entry(Walk *walk, guint64 raw, guint l, guint64 vaddr)
{
	const AnzXlat *xlat = walk->xlat;
	guint page_shift = xlat->level[xlat->nr_levels - 1].shift;
	AnzTableEntry entry = { .vaddr = vaddr, .raw = raw, .level = xlat->nr_levels - 1 - l,
				.nr_bytes = (guint64)1 << xlat->level[l].shift };
	AnzXlatEntry kind = anz_xlat_entry_kind(xlat, raw, l);

	if (kind == ANZ_XLAT_TABLE)
		return walk_table(walk, anz_xlat_entry_address(xlat, raw, page_shift), l + 1, vaddr);
	describe(walk, &entry, kind == ANZ_XLAT_LEAF);
	return walk->visitor->entry(&entry, walk->data);
}

/* The entries of the top table that belong to the half at hand. */
static void top_range(const Walk *walk, guint64 *first, guint64 *nr, guint64 *vaddr)
{
	const AnzXlat *xlat = walk->xlat;
	guint64 nr_entries = (guint64)1 << xlat->level[0].bits;
	guint64 kernel_start = ~(guint64)0 << (xlat->arch == ANZ_ARCH_X86_64 ?
					       xlat->va_bits - 1 : xlat->va_bits);

	*first = 0;
	*nr = nr_entries;
	*vaddr = 0;
	if (walk->half == ANZ_TABLES_KERNEL) {
		*vaddr = kernel_start;
		*first = kernel_start >> xlat->level[0].shift & (nr_entries - 1);
		*nr -= *first;
	} else if (xlat->arch == ANZ_ARCH_X86_64) {
		*nr = nr_entries / 2;
	} else {
		/* Built for more address bits than are in use: the lower end of the table is. */
		*nr = MIN(nr_entries, (guint64)1 << (xlat->va_bits - xlat->level[0].shift));
	}
}

static gboolean walk_table(Walk *walk, guint64 paddr, guint l, guint64 vaddr)
{
	const AnzXlat *xlat = walk->xlat;
	const AnzXlatLevel *level = &xlat->level[l];
	guint64 first = 0, nr = (guint64)1 << level->bits, nr_bytes = nr * 8;
	AnzMemState stopped = ANZ_MEM_PRESENT;
	guint height = xlat->nr_levels - 1 - l;
	gsize len;

	if (!l)
		top_range(walk, &first, &nr, &vaddr);
	if (walk->visitor->table &&
	    !walk->visitor->table(paddr, nr_bytes, height, vaddr, walk->data))
		return TRUE;
	len = anz_image_read_table(walk->image, paddr + first * 8, walk->buf[l], nr * 8, &stopped);
	for (guint64 i = 0; i < len / 8; i++) {
		guint64 raw = anz_load64(walk->buf[l] + i * 8, walk->image->shared->is_big);

		if (raw && !visit_entry(walk, raw, l, vaddr + (i << level->shift)))
			return FALSE;
	}
	if (len < nr * 8 && walk->visitor->lost)
		walk->visitor->lost(paddr, height, vaddr, stopped, walk->data);
	return TRUE;
}

gboolean anz_image_walk_tables(AnzImage *image, AnzTableHalf half, guint64 root,
			       const AnzTableVisitor *visitor, gpointer data)
{
	Walk walk = { .image = image, .xlat = &image->xlat, .visitor = visitor, .data = data,
		      .half = half };
	gboolean ok;

	if (!anz_image_can_walk_tables(image))
		return FALSE;
	for (guint l = 0; l < walk.xlat->nr_levels; l++)
		walk.buf[l] = g_malloc((gsize)8 << walk.xlat->level[l].bits);
	ok = walk_table(&walk, root, 0, 0);
	for (guint l = 0; l < walk.xlat->nr_levels; l++)
		g_free(walk.buf[l]);
	return ok;
}

gboolean anz_image_translate_in(AnzImage *image, AnzTableHalf half, guint64 root, guint64 vaddr,
				AnzTableEntry *entry)
{
	const AnzXlat *xlat = &image->xlat;
	Walk walk = { .image = image, .xlat = xlat, .half = half };
	guint64 first, nr, start, table = root;

	if (!anz_image_can_walk_tables(image))
		return FALSE;
	top_range(&walk, &first, &nr, &start);
	if (vaddr < start || (vaddr - start) >> xlat->level[0].shift >= nr)
		return FALSE;
	for (guint l = 0; l < xlat->nr_levels; l++) {
		const AnzXlatLevel *level = &xlat->level[l];
		guint64 index = vaddr >> level->shift & (((guint64)1 << level->bits) - 1), raw;
		guint8 bytes[8];
		AnzXlatEntry kind;

		if (anz_image_read_table(image, table + index * 8, bytes, 8, NULL) != 8)
			return FALSE;
		raw = anz_load64(bytes, image->shared->is_big);
		kind = anz_xlat_entry_kind(xlat, raw, l);
		if (!raw)
			return FALSE;
		if (kind != ANZ_XLAT_TABLE) {
			*entry = (AnzTableEntry){ .vaddr = vaddr >> level->shift << level->shift,
						  .nr_bytes = (guint64)1 << level->shift, .raw = raw,
						  .level = xlat->nr_levels - 1 - l };
			describe(&walk, entry, kind == ANZ_XLAT_LEAF);
			return TRUE;
		}
		table = anz_xlat_entry_address(xlat, raw, xlat->level[xlat->nr_levels - 1].shift);
	}
	return FALSE;
}
