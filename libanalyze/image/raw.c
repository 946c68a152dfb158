/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plain memory.  A file that somebody wrote of a machine has its first byte at physical address 0 and keeps
 * what lies between; one that is the memory of a virtual machine (QEMU's memory-backend-file) does not: what
 * is more than fits below the devices' addresses goes on at 4 GiB, with nothing between in the file
 * (hw/i386/pc_piix.c, pc_q35.c), and on arm64 all memory lies from 1 GiB on (hw/arm/virt.c).
 *
 * A way to lay the file out is taken when the kernel can be read in it, and its nodes say that memory ends
 * where the file then does.
 */
#include "image/image-priv.h"
#include "image/interval.h"

#include <string.h>

#define GIB ((guint64)1 << 30)
#define HIGH (4 * GIB)
/* What a machine's lower part is a multiple of: 2 or 3 GiB with QEMU, 3.25 with Firecracker, or as told. */
#define LOW_STEP ((guint64)128 << 20)
#define SLACK ((guint64)64 << 20)	/* what firmware keeps to itself at the end, at most; less than a step */
#define MAX_NODES 1024

/* From @start on; what is over @low bytes, if that is not 0, from 4 GiB on. */
static void lay_out(AnzImage *image, guint64 start, guint64 low)
{
	AnzImageShared *shared = image->shared;
	const AnzFile *file = g_ptr_array_index(shared->files, 0);
	GArray *present = g_array_new(FALSE, FALSE, sizeof(AnzInterval));
	guint64 size = MIN(file->size, ANZ_PADDR_END - HIGH);
	AnzInterval part = { .start = start, .end = start + (low ? low : size) };

	if (shared->data)
		shared->backend->free_data(shared->data);
	image->handle = NULL;
	memset(&image->xlat, 0, sizeof(image->xlat));
	g_array_append_val(present, part);
	if (low) {
		part = (AnzInterval){ .start = HIGH, .end = HIGH + size - low, .pos = low };
		g_array_append_val(present, part);
	}
	anz_extents_new(image, present, g_array_new(FALSE, FALSE, sizeof(AnzInterval)));
}

AnzProbe anz_raw_open(AnzImage *image)
{
	AnzImageShared *shared = image->shared;
	const AnzFile *file = g_ptr_array_index(shared->files, 0);

	shared->may_change = TRUE;
	lay_out(image, 0, 0);
	shared->format = g_strdup(file->is_flattened ? "raw memory, flattened" : "raw memory");
	return ANZ_PROBE_YES;
}

static gboolean read_word(AnzImage *image, guint64 vaddr, guint64 *value)
{
	guint8 word[8];

	if (anz_image_read_virt(image, vaddr, word, sizeof(word), NULL) != sizeof(word))
		return FALSE;
	*value = anz_load64(word, image->shared->is_big);
	return TRUE;
}

/* Moves *@end to behind the memory of the struct pglist_data at @node. */
static gboolean add_node(AnzImage *image, guint64 node, guint64 *end)
{
	const AnzVmcoreinfo *info = image->shared->vmcoreinfo;
	guint64 start_at, spanned_at, start, spanned;

	if (!anz_vmcoreinfo_offset(info, "pglist_data.node_start_pfn", &start_at) ||
	    !anz_vmcoreinfo_offset(info, "pglist_data.node_spanned_pages", &spanned_at) ||
	    !read_word(image, node + start_at, &start) ||
	    !read_word(image, node + spanned_at, &spanned))
		return FALSE;
	*end = MAX(*end, (start + spanned) << image->shared->page_shift);
	return TRUE;
}

/*
 * Where the kernel says that its memory ends, or 0 if it does not (arm64); %FALSE if it cannot be read as the
 * file is laid out now.
 */
static gboolean read_end(AnzImage *image, guint64 *end)
{
	const AnzVmcoreinfo *info = image->shared->vmcoreinfo;
	guint64 table, at, nr = 1;

	*end = 0;
	if (!anz_xlat_setup_vmcoreinfo(image, info, NULL) || !image->xlat.is_proved)
		return FALSE;
	if (!anz_vmcoreinfo_symbol(info, "node_data", &table))
		return !anz_vmcoreinfo_symbol(info, "contig_page_data", &at) ||
		       add_node(image, at, end);
	anz_vmcoreinfo_length(info, "node_data", &nr);
	for (guint64 i = 0; i < MIN(nr, MAX_NODES); i++)
		if (!read_word(image, table + 8 * i, &at) || (at && !add_node(image, at, end)))
			return FALSE;
	return TRUE;
}

/* Lays the file out so, if that can be; %TRUE if the kernel agrees. */
static gboolean try(AnzImage *image, guint64 start, guint64 low)
{
	const AnzFile *file = g_ptr_array_index(image->shared->files, 0);
	AnzImageOptions options = image->options;
	guint64 end, limit;
	gboolean found;

	if (low >= file->size)
		return FALSE;
	lay_out(image, start, low);
	image->options.log = NULL;
	limit = image->shared->end_paddr;
	/* Where no end is said, that page tables are found is enough: there is one other place for all. */
	found = read_end(image, &end) && (end ? end <= limit && end + SLACK > limit :
					  image->shared->arch == ANZ_ARCH_AARCH64);
	image->options = options;
	if (found && (start || low))
		anz_image_log(image, "%s: only so can the kernel be read: the file's byte 0x%"
			      G_GINT64_MODIFIER "x is taken for that at 0x%" G_GINT64_MODIFIER "x",
			      image->shared->name, low, start ? start : HIGH);
	return found;
}

void anz_raw_settle(AnzImage *image)
{
	gboolean found = try(image, 0, 0);

	if (!found && image->shared->arch == ANZ_ARCH_AARCH64)
		found = try(image, GIB, 0);
	for (guint64 low = HIGH - LOW_STEP; low && !found && image->shared->arch == ANZ_ARCH_X86_64;
	     low -= LOW_STEP)
		found = try(image, 0, low);
	if (!found)
		lay_out(image, 0, 0);
	memset(&image->xlat, 0, sizeof(image->xlat));
}
