/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kallsyms: the symbol table that a kernel carries in its own image, as a source of
 * symbols (and of no types).
 */
#ifndef ANZ_TYPES_KALLSYMS_H
#define ANZ_TYPES_KALLSYMS_H

#include "image/image.h"
#include "types/provider.h"

/**
 * AnzKallsymsTables: the bytes of kallsyms, in the dumped machine's byte order.
 * @nr_symbols: entries
 * @names: @names_len: may be followed by other bytes
 * @tokens: @tokens_len: likewise
 * @token_index: 256 16-bit offsets into @tokens
 * @offsets: @nr_symbols 32-bit numbers, or 64-bit ones if @is_absolute
 * @offsets_address: where @offsets lay
 * @relative_base: what offsets count from, if @has_relative_base
 */
typedef struct {
	guint32 nr_symbols;
	guint8 *names;
	gsize names_len;
	guint8 *tokens;
	gsize tokens_len;
	guint8 token_index[512];
	guint8 *offsets;
	guint64 offsets_address;
	guint64 relative_base;
	gboolean has_relative_base;
	gboolean is_absolute;
	gboolean big_endian;
} AnzKallsymsTables;

/**
 * AnzKallsymsAnchor: a symbol whose run-time address is known otherwise.
 */
typedef struct {
	const char *name;
	guint64 address;
} AnzKallsymsAnchor;

/**
 * anz_kallsyms_provider_new:
 * @tables: (transfer full): its blocks are freed with the provider, also on failure
 * @anchors: @nr_anchors: tell how addresses are encoded; those not among the symbols are
 *	passed over
 * @slide: how far the kernel was moved: addresses minus this are the provider's values
 *
 * Returns: (transfer full): %NULL with @error FORMAT
 */
AnzTypeProvider *anz_kallsyms_provider_new(AnzKallsymsTables *tables,
					   const AnzKallsymsAnchor *anchors, guint nr_anchors,
					   guint64 slide, GError **error);

/**
 * anz_kallsyms_from_dump:
 *
 * Reads the tables that VMCOREINFO names out of the dump (Linux 6.0 and later).
 *
 * Returns: (transfer full): %NULL with @error: NO_DEBUG_INFO (VMCOREINFO names none),
 * NO_MEMORY_AT (they are not in the dump), FORMAT
 */
AnzTypeProvider *anz_kallsyms_from_dump(AnzImage *image, GError **error);

#endif
