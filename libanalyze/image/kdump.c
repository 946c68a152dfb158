/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kdump-compressed dumps: what makedumpfile and QEMU write, header versions 1 to 6, 64-bit.
 *
 * In blocks of the dumped page size: header, sub header (with notes behind it), two bitmaps with a
 * bit a frame, then a page_desc for each set bit of the second bitmap, then page contents.  First
 * bitmap: the frame exists.  Second: its content was dumped.  So the page_desc of a frame is found
 * by counting bits below it; a directory of counts every 4096 bits makes that one short loop, and
 * the descriptors (6 GiB for a terabyte) are used where they lie in the file.
 *
 * All zero pages may share one page_desc offset, the first of the data area (makedumpfile -d 1 and
 * QEMU: pd_zero), so most pages of most dumps need no inflating.  A page_desc with offset 0 was
 * never written: the dump is incomplete.  (Source: diskdump_mod.h and write_kdump_*() of
 * makedumpfile; dump/dump.c of QEMU, which fills in the machine at most.)
 */
#include "image/kdump.h"

#include <string.h>

#define KDUMP_SIGNATURE "KDUMP   "
/* Offsets in struct disk_dump_header, 64-bit: utsname is six strings of 65 bytes. */
#define HDR_VERSION 8
#define HDR_MACHINE (12 + 4 * 65)
#define HDR_STATUS 424
#define HDR_BLOCK_SIZE 428
#define HDR_SUB_BLOCKS 432
#define HDR_BITMAP_BLOCKS 436
#define HDR_MAX_MAPNR 440
#define HDR_BYTES 464
/* Offsets in struct kdump_sub_header, 64-bit. */
#define SUB_DUMP_LEVEL 8
#define SUB_SPLIT 12
#define SUB_START_PFN 16
#define SUB_END_PFN 24
#define SUB_VMCOREINFO 32
#define SUB_NOTE 48
#define SUB_START_PFN_64 80
#define SUB_END_PFN_64 88
#define SUB_MAX_MAPNR_64 96
#define SUB_BYTES 104

#define STATUS_INCOMPLETE 0x8
#define STATUS_NO_VMEMMAP 0x10
#define MAX_VMCOREINFO_BYTES (1 << 20)
#define MAX_NOTE_BYTES ((guint64)256 << 20)

typedef struct {
	guint32 version, status, block_size, sub_blocks, bitmap_blocks;
	guint64 max_mapnr;
	gint32 dump_level;
	gboolean is_split;
	guint64 start_pfn, end_pfn;
	guint64 vmcoreinfo_offset, vmcoreinfo_size, note_offset, note_size;
	char machine[66];
} KdumpHeader;

static gboolean plausible_block_size(guint32 size)
{
	return size >= 4096 && size <= 65536 && (size & (size - 1)) == 0;
}

/* Reads header and sub header.  NO: not of this kind, or the 32-bit layout. */
static AnzProbe read_header(const AnzFile *file, KdumpHeader *h, gboolean *is_big,
			    GError **error)
{
	guint8 hdr[HDR_BYTES], sub[SUB_BYTES] = { 0 };
	gsize sub_bytes;

	if (anz_file_read(file, 0, hdr, 8) != 8 || memcmp(hdr, KDUMP_SIGNATURE, 8) != 0)
		return ANZ_PROBE_NO;
	if (!anz_file_read_all(file, 0, hdr, sizeof(hdr)))
		goto truncated;
	*is_big = FALSE;
	if (!plausible_block_size(anz_load32(hdr + HDR_BLOCK_SIZE, FALSE))) {
		*is_big = TRUE;
		if (!plausible_block_size(anz_load32(hdr + HDR_BLOCK_SIZE, TRUE)))
			return ANZ_PROBE_NO;
	}
	memset(h, 0, sizeof(*h));
	h->version = anz_load32(hdr + HDR_VERSION, *is_big);
	h->status = anz_load32(hdr + HDR_STATUS, *is_big);
	h->block_size = anz_load32(hdr + HDR_BLOCK_SIZE, *is_big);
	h->sub_blocks = anz_load32(hdr + HDR_SUB_BLOCKS, *is_big);
	h->bitmap_blocks = anz_load32(hdr + HDR_BITMAP_BLOCKS, *is_big);
	h->max_mapnr = anz_load32(hdr + HDR_MAX_MAPNR, *is_big);
	memcpy(h->machine, hdr + HDR_MACHINE, 65);

	/* Each version of the sub header only added fields; the rest of its block is zero. */
	sub_bytes = h->version >= 6 ? SUB_BYTES : h->version >= 5 ? SUB_START_PFN_64 :
		    h->version >= 4 ? 64 : h->version >= 3 ? SUB_NOTE :
		    h->version >= 2 ? SUB_VMCOREINFO : h->version >= 1 ? SUB_SPLIT : 0;
	if (h->sub_blocks && !anz_file_read_all(file, h->block_size, sub, sub_bytes))
		goto truncated;
	h->dump_level = anz_load32(sub + SUB_DUMP_LEVEL, *is_big);
	h->is_split = anz_load32(sub + SUB_SPLIT, *is_big) != 0;
	h->start_pfn = anz_load64(sub + SUB_START_PFN, *is_big);
	h->end_pfn = anz_load64(sub + SUB_END_PFN, *is_big);
	h->vmcoreinfo_offset = anz_load64(sub + SUB_VMCOREINFO, *is_big);
	h->vmcoreinfo_size = anz_load64(sub + SUB_VMCOREINFO + 8, *is_big);
	h->note_offset = anz_load64(sub + SUB_NOTE, *is_big);
	h->note_size = anz_load64(sub + SUB_NOTE + 8, *is_big);
	if (h->version >= 6) {
		h->start_pfn = anz_load64(sub + SUB_START_PFN_64, *is_big);
		h->end_pfn = anz_load64(sub + SUB_END_PFN_64, *is_big);
		h->max_mapnr = anz_load64(sub + SUB_MAX_MAPNR_64, *is_big);
	}
	return ANZ_PROBE_YES;
truncated:
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
		    "%s: truncated within its headers; copy the dump again", file->path);
	return ANZ_PROBE_ERROR;
}

/* A bitmap in place if it lies in one piece, else a copy that @part owns. */
static const guint8 *load_bitmap(KdumpPart *part, guint64 offset, gsize len, guint8 **copy,
				 GError **error)
{
	const guint8 *at = anz_file_map_all(part->file, offset, len);

	if (at)
		return at;
	if (offset >= part->file->size || len > part->file->size - offset) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: truncated: its page bitmap should end at 0x%" G_GINT64_MODIFIER
			    "x, but the file has only 0x%" G_GINT64_MODIFIER "x bytes; copy the "
			    "dump again", part->file->path, offset + len, part->file->size);
		return NULL;
	}
	/* In pieces, but written: only a forged file claims more than it has bytes. */
	if (len <= part->file->disk_bytes)
		*copy = g_try_malloc(len);
	if (!*copy || !anz_file_read_all(part->file, offset, *copy, len)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: cannot read its page bitmap of %" G_GSIZE_FORMAT " bytes",
			    part->file->path, len);
		return NULL;
	}
	return *copy;
}

static guint64 bitmap_word(const guint8 *bitmap, guint64 word)
{
	guint64 v;

	/* Bit n of the map is bit n % 8 of byte n / 8, on machines of either byte order. */
	memcpy(&v, bitmap + word * 8, sizeof(v));
	return GUINT64_FROM_LE(v);
}

/* Bits set in [from, to). */
static guint64 count_bits(const guint8 *bitmap, guint64 from, guint64 to)
{
	guint64 n = 0;

	while (from < to) {
		guint64 v = bitmap_word(bitmap, from / 64) >> (from % 64);
		guint64 left = MIN(64 - from % 64, to - from);

		if (left < 64)
			v &= ((guint64)1 << left) - 1;
		n += __builtin_popcountll(v);
		from += left;
	}
	return n;
}

/* One past the last frame below @end that is set in either bitmap. */
static guint64 last_set(const KdumpPart *part, guint64 end)
{
	while (end > 0) {
		guint64 word = (end - 1) / 64, v;

		v = bitmap_word(part->exists, word) | bitmap_word(part->dumped, word);
		if (end % 64)
			v &= ((guint64)1 << end % 64) - 1;
		if (v)
			return word * 64 + 64 - __builtin_clzll(v);
		end = word * 64;
	}
	return 0;
}

guint64 anz_kdump_rank(const KdumpPart *part, guint64 pfn)
{
	guint64 chunk = pfn / KDUMP_RANK_BITS;

	/* The first chunk's count begins at start_pfn. */
	return part->rank[chunk - part->start_pfn / KDUMP_RANK_BITS] +
	       count_bits(part->dumped, MAX(chunk * KDUMP_RANK_BITS, part->start_pfn), pfn);
}

static void build_rank(KdumpPart *part)
{
	guint64 first = part->start_pfn / KDUMP_RANK_BITS, pfn = part->start_pfn, n = 0;
	guint64 chunks = part->end_pfn > pfn ?
		(part->end_pfn - 1) / KDUMP_RANK_BITS - first + 1 : 0;

	part->rank = g_new(guint64, chunks + 1);
	for (guint64 i = 0; i < chunks; i++) {
		guint64 end = MIN((first + i + 1) * KDUMP_RANK_BITS, part->end_pfn);

		part->rank[i] = n;
		n += count_bits(part->dumped, pfn, end);
		pfn = end;
	}
	part->nr_descs = n;
}

gboolean anz_kdump_desc(const KdumpPart *part, gboolean is_big, guint64 rank, KdumpDesc *desc)
{
	guint8 copy[KDUMP_DESC_BYTES];
	const guint8 *at = copy;

	if (part->descs)
		at = rank < part->nr_descs ? part->descs + rank * KDUMP_DESC_BYTES : NULL;
	else if (!anz_file_read_all(part->file, part->desc_offset + rank * KDUMP_DESC_BYTES,
				    copy, sizeof(copy)))
		at = NULL;
	if (!at)
		return FALSE;
	desc->offset = anz_load64(at, is_big);
	desc->size = anz_load32(at + 8, is_big);
	desc->flags = anz_load32(at + 12, is_big);
	return TRUE;
}

/* Whether the file holds what @desc points at. */
static gboolean desc_is_stored(const KdumpPart *part, const KdumpDesc *desc)
{
	gboolean is_there;

	return desc->offset && desc->size && desc->size <= G_MAXINT32 &&
	       desc->offset < part->file->size &&
	       desc->size <= part->file->size - desc->offset &&
	       anz_file_run(part->file, desc->offset, desc->size, &is_there) == desc->size &&
	       is_there;
}

AnzMemState anz_kdump_desc_state(const Kdump *kdump, const KdumpPart *part, guint64 rank)
{
	KdumpDesc desc;

	return anz_kdump_desc(part, kdump->is_big, rank, &desc) && desc_is_stored(part, &desc) ?
		ANZ_MEM_PRESENT : ANZ_MEM_LOST;
}

/*
 * Looks at the last descriptors and some between.  Contents are written in ascending order, so a
 * whole end means a whole file.  Only a file that fails is asked page by page later on.
 */
static gboolean is_whole(const Kdump *kdump, const KdumpPart *part)
{
	guint64 n = part->nr_descs;

	if (part->file->is_truncated)
		return FALSE;
	for (guint64 i = 0; i < MIN(n, 256); i++)
		if (anz_kdump_desc_state(kdump, part, n - 1 - i) != ANZ_MEM_PRESENT)
			return FALSE;
	for (guint64 i = 0; i < 256 && n; i++)
		if (anz_kdump_desc_state(kdump, part, n / 256 * i) != ANZ_MEM_PRESENT)
			return FALSE;
	return TRUE;
}

/* The offset that all zero pages share, or 0. */
static guint64 find_zero_page(const Kdump *kdump, const KdumpPart *part)
{
	guint64 at = part->desc_offset + part->nr_descs * KDUMP_DESC_BYTES;
	g_autofree guint8 *page = g_malloc(kdump->block_size);

	/* Data begin right after the descriptors, and the shared zero page is first. */
	if (!anz_file_read_all(part->file, at, page, kdump->block_size))
		return 0;
	return page[0] == 0 && memcmp(page, page + 1, kdump->block_size - 1) == 0 ? at : 0;
}

static gboolean open_part(Kdump *kdump, KdumpPart *part, const KdumpHeader *h, GError **error)
{
	guint64 bs = h->block_size, bitmap_offset = bs + (guint64)h->sub_blocks * bs;
	guint64 bitmap_bytes = (guint64)h->bitmap_blocks * bs, half = h->bitmap_blocks / 2 * bs;
	gsize len;

	/* One bitmap only (an early diskdump): then every page that exists was dumped. */
	gboolean has_two = h->max_mapnr <= half * 8;

	if (!has_two)
		half = bitmap_bytes;
	if (h->max_mapnr > half * 8 || h->max_mapnr > ANZ_PADDR_END / bs) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
			    "%s: header claims %" G_GUINT64_FORMAT " frames, but its bitmap has "
			    "room for %" G_GUINT64_FORMAT ": the dump is damaged",
			    part->file->path, h->max_mapnr, half * 8);
		return FALSE;
	}
	/* Whole words, so that counting may read 8 bytes at a time; half is a block multiple. */
	len = half;
	part->exists = load_bitmap(part, bitmap_offset, len, &part->exists_copy, error);
	if (!part->exists)
		return FALSE;
	part->dumped = part->exists;
	if (has_two) {
		part->dumped = load_bitmap(part, bitmap_offset + half, len, &part->dumped_copy,
					   error);
		if (!part->dumped)
			return FALSE;
	}
	part->desc_offset = bitmap_offset + bitmap_bytes;
	part->start_pfn = 0;
	part->end_pfn = kdump->max_pfn;
	if (h->is_split) {
		part->start_pfn = MIN(h->start_pfn, kdump->max_pfn);
		part->end_pfn = MIN(h->end_pfn, kdump->max_pfn);
		if (part->start_pfn > part->end_pfn)
			part->start_pfn = part->end_pfn;
	}
	build_rank(part);
	if (part->nr_descs)
		part->descs = anz_file_map_all(part->file, part->desc_offset,
					       part->nr_descs * KDUMP_DESC_BYTES);
	part->zero_offset = find_zero_page(kdump, part);
	part->is_whole = is_whole(kdump, part);
	return TRUE;
}

void anz_kdump_free(gpointer data)
{
	Kdump *kdump = data;

	for (guint i = 0; i < kdump->nr_parts; i++) {
		g_free(kdump->parts[i].rank);
		g_free(kdump->parts[i].exists_copy);
		g_free(kdump->parts[i].dumped_copy);
	}
	g_free(kdump->parts);
	g_free(kdump);
}

static gint compare_parts(gconstpointer a, gconstpointer b)
{
	const KdumpPart *x = a, *y = b;

	return (x->start_pfn > y->start_pfn) - (x->start_pfn < y->start_pfn);
}

/* After sorting: nothing twice; what is missing is said, and is LOST when asked for. */
static gboolean check_parts(AnzImage *image, Kdump *kdump, GError **error)
{
	guint64 next = 0;

	for (guint i = 0; i <= kdump->nr_parts; i++) {
		guint64 start = i < kdump->nr_parts ? kdump->parts[i].start_pfn :
						      kdump->max_pfn;

		if (start < next) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
				    "%s and %s hold the same frames: the same part given twice, "
				    "or parts of two dumps; name each part of one dump once", kdump->parts[i - 1].file->path,
				    kdump->parts[i].file->path);
			return FALSE;
		}
		if (start > next && count_bits(kdump->parts[0].dumped, next, start)) {
			anz_image_log(image, "%s: the part of this split dump with frames 0x%"
				      G_GINT64_MODIFIER "x to 0x%" G_GINT64_MODIFIER "x was not "
				      "given: its pages count as lost (name all parts)",
				      image->shared->name, next, start - 1);
			image->shared->is_incomplete = TRUE;
		}
		if (i < kdump->nr_parts)
			next = MAX(next, kdump->parts[i].end_pfn);
	}
	return TRUE;
}

static AnzCodec codec_of(guint32 flags)
{
	return flags & 0x1 ? ANZ_CODEC_ZLIB : flags & 0x2 ? ANZ_CODEC_LZO :
	       flags & 0x4 ? ANZ_CODEC_SNAPPY : flags & 0x20 ? ANZ_CODEC_ZSTD : ANZ_CODEC_NONE;
}

AnzCodec anz_kdump_codec(const KdumpDesc *desc)
{
	return codec_of(desc->flags);
}

static void describe(AnzImage *image, const Kdump *kdump, const KdumpHeader *h)
{
	AnzImageShared *shared = image->shared;
	AnzCodec codec = codec_of(h->status & ~(guint32)STATUS_INCOMPLETE);
	GString *s = g_string_new("kdump-compressed");

	/* makedumpfile before 1.4 leaves the status empty: ask the pages. */
	for (guint64 i = 0; codec == ANZ_CODEC_NONE && i < MIN(kdump->parts[0].nr_descs, 1024);
	     i++) {
		KdumpDesc desc;

		if (anz_kdump_desc(&kdump->parts[0], kdump->is_big, i, &desc))
			codec = codec_of(desc.flags);
	}
	g_string_append_printf(s, " (%s)", codec == ANZ_CODEC_NONE ? "uncompressed" :
			       anz_codec_name(codec));
	if (kdump->parts[0].file->is_flattened)
		g_string_append(s, ", flattened");
	if (h->is_split)
		g_string_append_printf(s, ", split (%u part%s)", kdump->nr_parts,
				       kdump->nr_parts == 1 ? "" : "s");
	if (shared->is_incomplete)
		g_string_append(s, ", incomplete");
	shared->format = g_string_free(s, FALSE);
}

static void take_notes(AnzImage *image, const KdumpPart *part, const KdumpHeader *h)
{
	guint64 size = MIN(h->note_size, MAX_NOTE_BYTES);

	/* QEMU: empty, or "Unknown" (ELF_MACHINE_UNAME of targets without a name), as on arm. */
	if (h->machine[0] && g_ascii_strcasecmp(h->machine, "Unknown") != 0)
		anz_image_set_machine(image, h->machine);
	if (h->version >= 4 && size && h->note_offset < part->file->size &&
	    size <= part->file->size - h->note_offset) {
		g_autofree guint8 *notes = g_try_malloc(size);

		if (notes && anz_file_read_all(part->file, h->note_offset, notes, size))
			anz_image_take_notes(image, notes, size);
	}
	/* The same text once more; before version 4 the only copy. */
	size = MIN(h->vmcoreinfo_size, MAX_NOTE_BYTES);
	if (h->version >= 3 && size && h->vmcoreinfo_offset < part->file->size &&
	    size <= part->file->size - h->vmcoreinfo_offset) {
		g_autofree char *text = g_try_malloc(size);

		if (text && anz_file_read_all(part->file, h->vmcoreinfo_offset, text, size))
			anz_image_take_vmcoreinfo(image, text, size, "note");
	}
}

/*
 * makedumpfile --split writes the same VMCOREINFO into every part; it has the build-id and the time
 * of the crash.  Sizes of bitmaps agree for any two dumps of one machine.
 */
static gboolean same_vmcoreinfo(const AnzFile *a, const KdumpHeader *x, const AnzFile *b,
				const KdumpHeader *y)
{
	g_autofree guint8 *first = NULL, *second = NULL;

	if (x->vmcoreinfo_size != y->vmcoreinfo_size)
		return FALSE;
	if (!x->vmcoreinfo_size || x->vmcoreinfo_size > MAX_VMCOREINFO_BYTES)
		return TRUE;
	first = g_malloc(x->vmcoreinfo_size);
	second = g_malloc(x->vmcoreinfo_size);
	/* What cannot be read is cut short, not another dump's. */
	return !anz_file_read_all(a, x->vmcoreinfo_offset, first, x->vmcoreinfo_size) ||
	       !anz_file_read_all(b, y->vmcoreinfo_offset, second, x->vmcoreinfo_size) ||
	       memcmp(first, second, x->vmcoreinfo_size) == 0;
}

AnzProbe anz_kdump_open(AnzImage *image, GError **error)
{
	AnzImageShared *shared = image->shared;
	KdumpHeader first = { 0 };
	Kdump *kdump;
	guint nr = shared->files->len;
	guint64 nr_exist = 0, nr_dumped = 0;

	for (guint i = 0; i < nr; i++) {
		KdumpHeader h;
		gboolean is_big;
		AnzProbe probe = read_header(g_ptr_array_index(shared->files, i), &h, &is_big,
					     error);

		if (probe != ANZ_PROBE_YES && i == 0)
			return probe;
		if (i == 0) {
			first = h;
			shared->is_big = is_big;
			shared->is_order_stated = TRUE;
		}
		if (probe == ANZ_PROBE_YES && is_big == shared->is_big &&
		    h.block_size == first.block_size && h.max_mapnr == first.max_mapnr &&
		    h.bitmap_blocks == first.bitmap_blocks &&
		    h.is_split == first.is_split && (nr == 1 || h.is_split) &&
		    same_vmcoreinfo(g_ptr_array_index(shared->files, 0), &first,
				    g_ptr_array_index(shared->files, i), &h))
			continue;
		if (probe != ANZ_PROBE_ERROR && i == 0)
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
				    "%s: is no part of a split dump; several files are for the parts "
				    "of one dump", shared->name);
		else if (probe != ANZ_PROBE_ERROR)
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
				    "%s: is not a part of the same split dump as %s; several "
				    "files are for the parts of one dump",
				    ((AnzFile *)g_ptr_array_index(shared->files, i))->path,
				    shared->name);
		return ANZ_PROBE_ERROR;
	}

	kdump = g_new0(Kdump, 1);
	shared->data = kdump;
	shared->backend = &anz_kdump_backend;
	kdump->is_big = shared->is_big;
	kdump->block_size = first.block_size;
	kdump->block_shift = shared->block_shift = g_bit_nth_lsf(first.block_size, -1);
	kdump->max_pfn = first.max_mapnr;
	kdump->parts = g_new0(KdumpPart, nr);
	for (guint i = 0; i < nr; i++) {
		KdumpHeader h;
		gboolean is_big;

		kdump->parts[i].file = g_ptr_array_index(shared->files, i);
		kdump->nr_parts = i + 1;
		if (read_header(kdump->parts[i].file, &h, &is_big, error) != ANZ_PROBE_YES ||
		    !open_part(kdump, &kdump->parts[i], &h, error))
			return ANZ_PROBE_ERROR;
		if (h.status & STATUS_INCOMPLETE || !kdump->parts[i].is_whole)
			shared->is_incomplete = shared->is_cut_short = TRUE;
		/* A flagged dump is incomplete in the middle too: descriptors with offset 0. */
		if (h.status & STATUS_INCOMPLETE)
			kdump->parts[i].is_whole = FALSE;
	}
	qsort(kdump->parts, nr, sizeof(*kdump->parts), compare_parts);
	if (first.is_split && !check_parts(image, kdump, error))
		return ANZ_PROBE_ERROR;

	take_notes(image, &kdump->parts[0], &first);
	nr_exist = count_bits(kdump->parts[0].exists, 0, kdump->max_pfn);
	nr_dumped = count_bits(kdump->parts[0].dumped, 0, kdump->max_pfn);
	shared->is_filtered = nr_dumped < nr_exist;
	if (first.status & STATUS_NO_VMEMMAP)
		anz_image_log(image, "%s: made with makedumpfile -e: struct pages of excluded "
			      "pages were left out too", shared->name);
	shared->end_paddr = last_set(&kdump->parts[0], kdump->max_pfn) << kdump->block_shift;
	describe(image, kdump, &first);
	return ANZ_PROBE_YES;
}
