/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kdump-compressed: the index that kdump.c builds and kdump-read.c reads through.
 */
#ifndef ANZ_KDUMP_H
#define ANZ_KDUMP_H

#include "image/image-priv.h"

#define KDUMP_RANK_BITS 4096
#define KDUMP_DESC_BYTES 24

typedef struct {
	guint64 offset;
	guint32 size;
	guint32 flags;
} KdumpDesc;

/* One file; a dump that is not split is one part with all frames. */
typedef struct {
	const AnzFile *file;
	guint64 start_pfn, end_pfn;	/* whose content is here */
	const guint8 *exists, *dumped;	/* the bitmaps, of all frames, a bit each */
	guint8 *exists_copy, *dumped_copy;
	guint64 *rank;			/* set bits of @dumped from start_pfn to each chunk */
	guint64 desc_offset;
	guint64 nr_descs;
	const guint8 *descs;		/* in place, or NULL if not in one piece */
	guint64 zero_offset;		/* page contents at this offset are zeros; 0: none */
	gboolean is_whole;		/* every descriptor can be trusted to be stored */
} KdumpPart;

typedef struct {
	gboolean is_big;
	guint32 block_size;
	guint block_shift;
	guint64 max_pfn;
	guint nr_parts;
	KdumpPart *parts;		/* ascending by start_pfn, disjoint */
} Kdump;

/** Index of @pfn's descriptor; @pfn must lie in @part and be set in its @dumped. */
guint64 anz_kdump_rank(const KdumpPart *part, guint64 pfn);
gboolean anz_kdump_desc(const KdumpPart *part, gboolean is_big, guint64 rank, KdumpDesc *desc);
/** PRESENT or LOST. */
AnzMemState anz_kdump_desc_state(const Kdump *kdump, const KdumpPart *part, guint64 rank);
AnzCodec anz_kdump_codec(const KdumpDesc *desc);
void anz_kdump_free(gpointer data);

extern const AnzBackend anz_kdump_backend;

#endif
