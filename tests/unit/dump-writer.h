/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Small dumps for tests: a list of pages, written in any of the formats that image/ reads.
 * Shares nothing with the readers but the compressors' own libraries.
 */
#ifndef DUMP_WRITER_H
#define DUMP_WRITER_H

#include "codec/codec.h"

typedef struct {
	guint64 pfn;
	gboolean is_excluded;	/* exists, but its content is left out */
	guint8 *bytes;		/* a page; NULL if excluded */
} DumpPage;

typedef struct {
	guint page_shift;
	gboolean is_big;
	guint64 vaddr_offset;	/* of ELF segments: p_vaddr - p_paddr, if not 0 */
	guint16 elf_machine;	/* EM_X86_64 unless changed */
	const char *machine;	/* of the kdump header; "" as QEMU writes it */
	guint32 prstatus_bytes;	/* size of the CPU note; 0 for none */
	char *vmcoreinfo;	/* note, or NULL for none */
	GArray *pages;		/* of DumpPage, ascending */
} DumpWriter;

DumpWriter *dump_writer_new(guint page_shift);
void dump_writer_free(DumpWriter *w);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DumpWriter, dump_writer_free)

/** The page's bytes, zero at first.  Pages may come in any order. */
guint8 *dump_writer_page(DumpWriter *w, guint64 pfn);
/** As dump_writer_page(), filled with bytes that depend on @pfn and compress somewhat. */
guint8 *dump_writer_filled(DumpWriter *w, guint64 pfn);
void dump_writer_exclude(DumpWriter *w, guint64 pfn);
/** Stores 8 bytes at a physical address, making its page. */
void dump_writer_store64(DumpWriter *w, guint64 paddr, guint64 value);
const DumpPage *dump_writer_find(const DumpWriter *w, guint64 pfn);

typedef enum {
	DUMP_ELF_PLAIN = 0,
	DUMP_ELF_XNUM = 1 << 0,		/* number of segments in section header 0 */
	DUMP_ELF_LATE_PHDRS = 1 << 1,	/* program headers behind the contents */
	DUMP_ELF_UNALIGNED = 1 << 2,	/* contents at odd file offsets */
	DUMP_ELF_32 = 1 << 3,
	DUMP_ELF_TWICE = 1 << 4,	/* one segment more that describes the first run again */
	DUMP_ELF_INCOMPLETE = 1 << 5,	/* e_flags as makedumpfile sets it */
	DUMP_ELF_PAGE_SEGMENTS = 1 << 6,/* a segment for every page */
} DumpElfFlags;
GByteArray *dump_writer_elf(const DumpWriter *w, DumpElfFlags flags);

typedef enum {
	DUMP_KDUMP_PLAIN = 0,
	DUMP_KDUMP_SHARED_ZERO = 1 << 0,	/* zero pages share one descriptor offset */
	DUMP_KDUMP_INCOMPLETE = 1 << 1,		/* flag, and the last quarter not written */
	DUMP_KDUMP_SPLIT = 1 << 2,		/* only [start, end) */
	DUMP_KDUMP_MIXED = 1 << 3,		/* every second page uncompressed */
	DUMP_KDUMP_HOLE = 1 << 4,		/* flagged incomplete, one page in the middle is lost */
} DumpKdumpFlags;
/** @version of the header, 1 to 6; @start and @end are used with DUMP_KDUMP_SPLIT. */
GByteArray *dump_writer_kdump(const DumpWriter *w, AnzCodec codec, DumpKdumpFlags flags,
			      guint version, guint64 start, guint64 end);

typedef enum {
	DUMP_FLAT_PLAIN = 0,
	DUMP_FLAT_SHUFFLED = 1 << 0,	/* records in another order */
	DUMP_FLAT_REWRITTEN = 1 << 1,	/* everything is written twice, rubbish first */
	DUMP_FLAT_NO_END = 1 << 2,	/* cut off before the end mark */
	DUMP_FLAT_SPARSE = 1 << 3,	/* records of zeros alone are left out */
} DumpFlatFlags;
/** makedumpfile's flattened form of @plain, in records of @record bytes. */
GByteArray *dump_writer_flatten(const GByteArray *plain, gsize record, DumpFlatFlags flags);

/** LiME's form, a range for each run of pages; those that are excluded are in none. */
GByteArray *dump_writer_lime(const DumpWriter *w);

/** Appends one ELF note. */
void dump_writer_add_note(GByteArray *out, gboolean big, const char *name, guint32 type,
			  const void *desc, gsize len);

#endif
