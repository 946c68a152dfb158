/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where things lie in a dump's file, so that a test can hit them: found without
 * libanalyze.
 */
#ifndef PLACES_H
#define PLACES_H

#include <glib.h>

/** A stretch of the file. */
typedef struct {
	const char *what;	/* "ELF header", "page tables" ... */
	guint64 offset, len;	/* bytes */
} Place;

/**
 * places_of_elf:
 *
 * A 64-bit little-endian ELF dump of x86-64 with a VMCOREINFO note: headers, notes,
 * segments, page tables, struct pages, free-list heads, zones.  Aborts when one kind of
 * these is not found: then a test would hit nothing.
 *
 * Returns: (transfer full): array of Place
 */
GArray *places_of_elf(const guint8 *data, gsize len);

/**
 * A kdump-compressed dump: header, sub header, notes, bitmaps, page descriptors,
 * contents.
 */
GArray *places_of_kdump(const guint8 *data, gsize len);

/**
 * Its flattened form: file header, then record headers and their contents, and the
 * end mark.
 */
GArray *places_of_flat(const guint8 *data, gsize len);

#endif
