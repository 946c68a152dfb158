/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LiME, what a kernel module of that name and AVML write of a machine that runs (LiME's doc/README,
 * "LiME memory range header version 1"): each range of memory behind a header of its own, in the machine's
 * byte order.  There is no note: VMCOREINFO is looked for in the memory.
 *
 * A range's last address is the last byte that is in it.
 */
#include "image/image-priv.h"
#include "image/interval.h"

#define MAGIC 0x4c694d45u	/* "EMiL" in little-endian order */
#define HEADER_BYTES 32u
#define VERSION 1
#define VERSION_AVML 2		/* ranges are compressed */
#define MAX_RANGES (1u << 20)

static gboolean is_lime(AnzImage *image, const guint8 *header)
{
	gboolean is_little = anz_load32(header, FALSE) == MAGIC;

	image->shared->is_big = !is_little;
	return is_little || anz_load32(header, TRUE) == MAGIC;
}

/* The range whose header is at @pos; %FALSE at the end, or where the file makes no sense, which is told. */
static gboolean read_range(AnzImage *image, const AnzFile *file, guint64 pos, AnzInterval *it)
{
	gboolean is_big = image->shared->is_big;
	guint8 header[HEADER_BYTES];
	guint64 last;

	if (pos == file->size)
		return FALSE;
	if (!anz_file_read_all(file, pos, header, sizeof(header))) {
		image->shared->is_incomplete = TRUE;
		return FALSE;
	}
	it->start = anz_load64(header + 8, is_big);
	last = anz_load64(header + 16, is_big);
	it->end = last + 1;
	it->pos = pos + HEADER_BYTES;
	if (anz_load32(header, is_big) == MAGIC && anz_load32(header + 4, is_big) == VERSION &&
	    it->start <= last && last < ANZ_PADDR_END)
		return TRUE;
	anz_image_log(image, "%s: what should be the header of a range, at byte 0x%" G_GINT64_MODIFIER
		      "x, is none; what comes behind it is left out", image->shared->name, pos);
	image->shared->is_incomplete = TRUE;
	return FALSE;
}

AnzProbe anz_lime_open(AnzImage *image, GError **error)
{
	AnzImageShared *shared = image->shared;
	const AnzFile *file = g_ptr_array_index(shared->files, 0);
	guint8 header[HEADER_BYTES];
	g_autoptr(GArray) present = NULL;
	AnzInterval it = { 0 };
	guint64 pos = 0;
	guint32 version;

	if (!anz_file_read_all(file, 0, header, sizeof(header)) || !is_lime(image, header))
		return ANZ_PROBE_NO;
	version = anz_load32(header + 4, shared->is_big);
	if (version != VERSION) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT, "%s: LiME format %u, not %u; %s",
			    file->path, version, VERSION, version == VERSION_AVML ?
			    "AVML compresses so: 'avml-convert' makes plain LiME of it" :
			    "is it the right file, and was it copied whole?");
		return ANZ_PROBE_ERROR;
	}
	if (shared->files->len > 1) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "%s: is a LiME dump, which has one file only", file->path);
		return ANZ_PROBE_ERROR;
	}
	shared->is_order_stated = TRUE;
	present = g_array_new(FALSE, FALSE, sizeof(AnzInterval));
	while (present->len < MAX_RANGES && read_range(image, file, pos, &it)) {
		g_array_append_val(present, it);
		pos = it.pos + (it.end - it.start);
		if (pos > file->size) {
			shared->is_incomplete = TRUE;
			break;
		}
	}
	if (!present->len) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT, "%s: LiME dump without any memory in it",
			    file->path);
		return ANZ_PROBE_ERROR;
	}
	anz_extents_new(image, g_steal_pointer(&present), g_array_new(FALSE, FALSE, sizeof(AnzInterval)));
	shared->is_cut_short = shared->is_incomplete;
	shared->format = g_strconcat("LiME", shared->is_incomplete ? ", incomplete" : "", NULL);
	return ANZ_PROBE_YES;
}
