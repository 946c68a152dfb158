/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of image/ share: the handle, and the face that each dump format implements.
 *
 * A backend speaks of bytes at physical addresses; image.c makes frames of them, because the
 * dumped kernel's page size is known only when VMCOREINFO has been read through the backend.
 */
#ifndef ANZ_IMAGE_PRIV_H
#define ANZ_IMAGE_PRIV_H

#include "codec/codec.h"
#include "image/file.h"
#include "image/image.h"
#include "image/vmcoreinfo.h"

/* No machine of ours has more physical address bits; a header that claims more is wrong. */
#define ANZ_PADDR_BITS 52
#define ANZ_PADDR_END ((guint64)1 << ANZ_PADDR_BITS)

typedef enum { ANZ_PROBE_YES, ANZ_PROBE_NO, ANZ_PROBE_ERROR } AnzProbe;

/**
 * AnzBackend:
 * @state: state of the byte at @paddr (of its block, for formats made of blocks)
 * @run: first run of bytes at or above @from that are not ABSENT, all in one state; where runs of
 *	the same state touch, callers merge them
 * @read: up to the first byte that is not PRESENT; as anz_image_read_phys()
 * @map: (nullable): as anz_image_map_phys()
 * @is_zero: (nullable): %TRUE if the block at @paddr is known to hold zeros without reading it
 * @translate: (nullable): a translation of its own (libkdumpfile)
 * @read_virt: (nullable): kernel virtual memory that no translation reaches; returns bytes filled
 * @clone: (nullable): makes @to->handle; everything in @to->shared may be used as it is
 * @free_handle: (nullable): drops @image->handle
 * @free_data: drops @shared->data
 */
typedef struct {
	AnzMemState (*state)(AnzImage *image, guint64 paddr);
	gboolean (*run)(AnzImage *image, guint64 from, guint64 *start, guint64 *end,
			AnzMemState *state);
	gsize (*read)(AnzImage *image, guint64 paddr, void *buf, gsize len,
		      AnzMemState *stopped);
	const void *(*map)(AnzImage *image, guint64 paddr, gsize *avail);
	gboolean (*is_zero)(AnzImage *image, guint64 paddr);
	gboolean (*translate)(AnzImage *image, guint64 vaddr, guint64 *paddr, guint64 *len);
	gsize (*read_virt)(AnzImage *image, guint64 vaddr, void *buf, gsize len);
	gboolean (*clone)(AnzImage *to, AnzImage *from, GError **error);
	void (*free_handle)(AnzImage *image);
	void (*free_data)(gpointer data);
} AnzBackend;

/* What all clones share.  Written while opening, constant afterwards. */
typedef struct {
	const AnzBackend *backend;
	gpointer data;		/* of the backend */
	GPtrArray *files;	/* of AnzFile, in the order given */
	char *name;		/* the first path, for messages */
	char *format;
	AnzArch arch;
	char *arch_name;
	gboolean is_big;
	gboolean is_order_stated;	/* the file's format says its byte order */
	GArray *segments;	/* (nullable) of AnzInterval: virtual addresses of an ELF file's
				 * segments, pos is the physical one */
	gboolean is_live;
	AnzReadFor reading_for;
	gsize bytes_read[ANZ_N_READS];	/* of live memory; atomic */
	gboolean may_change;	/* the file may be the memory of a machine that runs */
	gboolean is_filtered;
	gboolean is_incomplete;
	gboolean is_cut_short;	/* incomplete because a file ends early */
	gboolean zero_is_ambiguous;
	guint block_shift;	/* of the dump format; 0 for formats of single bytes */
	guint page_shift;
	guint64 end_paddr;	/* one past the last byte known of */
	AnzVmcoreinfo *vmcoreinfo;
	char *vmcoreinfo_origin;
	GPtrArray *parts;	/* (nullable) file names of a split dump */
} AnzImageShared;

/* One level of the walk, from the root down. */
typedef struct {
	guint shift;		/* an entry here spans 1 << shift bytes */
	guint bits;		/* index bits */
} AnzXlatLevel;

#define ANZ_XLAT_LEVELS 5
#define ANZ_TLB_SLOTS 64

typedef struct {
	guint64 vaddr;		/* of the leaf's first byte; G_MAXUINT64 for an empty slot */
	guint64 paddr;
	guint64 size;
} AnzTlbSlot;

typedef struct {
	AnzArch arch;		/* ANZ_ARCH_OTHER: not set up */
	gboolean is_proved;	/* the top table maps itself */
	guint64 root;		/* physical address of the top table */
	guint nr_levels;
	AnzXlatLevel level[ANZ_XLAT_LEVELS];
	guint va_bits;		/* kernel addresses: bits above are all ones */
	guint64 sme_mask;	/* x86-64: encryption bit, to be taken out of entries */
	gboolean is_lpa;	/* aarch64, 64 KiB: address bits 51:48 in entry bits 15:12 */
	gboolean is_lpa2;	/* aarch64, 4 and 16 KiB: bits 51:50 in entry bits 9:8 */
	/* Per handle: leaves seen lately, a row per leaf size; and the last table of each level. */
	AnzTlbSlot tlb[ANZ_XLAT_LEVELS][ANZ_TLB_SLOTS];
	struct { guint64 prefix, table; } last[ANZ_XLAT_LEVELS];
} AnzXlat;

struct AnzImage {
	AnzImageShared *shared;
	gboolean is_clone;
	gpointer handle;	/* per-handle state of the backend */
	AnzXlat xlat;
	gboolean in_tables;	/* what is read now is page tables */
	AnzImageOptions options;
};

/** As anz_image_read_phys(), of page tables. */
gsize anz_image_read_table(AnzImage *image, guint64 paddr, void *buf, gsize len,
			   AnzMemState *stopped);

/* Formats.  A probe that says YES has filled in @image->shared. */
AnzProbe anz_elf_open(AnzImage *image, GError **error);
AnzProbe anz_kdump_open(AnzImage *image, GError **error);
AnzProbe anz_lime_open(AnzImage *image, GError **error);
AnzProbe anz_kdumpfile_open(AnzImage *image, GError **error);
AnzProbe anz_raw_open(AnzImage *image);
/** Finds out, with VMCOREINFO, at which physical addresses the file's bytes belong. */
void anz_raw_settle(AnzImage *image);
/** What a source's word names as live memory: "live" or "live:FILE"; %NULL: it is none. */
const char *anz_kcore_path(const char *word);
/** Opens live memory, or says what it takes.  Errors: IO, UNSUPPORTED. */
AnzFile *anz_kcore_open_file(const char *path, GError **error);
/** The ELF core that the kernel makes of itself. */
AnzProbe anz_kcore_open(AnzImage *image, GError **error);
gboolean anz_callback_open(AnzImage *image, const AnzMemory *memory, GError **error);

/**
 * AnzExtents: backend of formats that store runs of memory as they were (ELF, raw).
 *
 * anz_extents_new:
 * @present, @excluded: (element-type AnzInterval) (transfer full): most wanted first; @pos in file
 *	number @tag
 *
 * Sets @image->shared's data, backend, end_paddr, is_filtered, zero_is_ambiguous and, when bytes
 * lie beyond the end of their file, is_incomplete.
 */
void anz_extents_new(AnzImage *image, GArray *present, GArray *excluded);

/* Helpers for the formats. */
void anz_image_log(const AnzImage *image, const char *format, ...) G_GNUC_PRINTF(2, 3);
gboolean anz_image_is_cancelled(const AnzImage *image);
void anz_image_set_arch(AnzImage *image, AnzArch arch, const char *name);
/** From uname -m, "x86_64" or "aarch64"; other names give ANZ_ARCH_OTHER. */
void anz_image_set_machine(AnzImage *image, const char *machine);
/** What NT_PRSTATUS and VMCOREINFO notes tell; %NULL fields of the dump only are filled. */
void anz_image_take_notes(AnzImage *image, const guint8 *notes, gsize len);
/** Copies text found at @origin into the image unless it has one.  Returns: whether it took it. */
gboolean anz_image_take_vmcoreinfo(AnzImage *image, const char *text, gsize len,
				   const char *origin);
gboolean anz_vmcoreinfo_search(AnzImage *image);
/** Merges: a run of one state from @from on, across touching runs of the backend. */
gboolean anz_image_byte_run(AnzImage *image, guint64 from, guint64 *start, guint64 *end,
			    AnzMemState *state);

/**
 * anz_xlat_setup_vmcoreinfo:
 *
 * Returns: %FALSE with a reason in @error if @info does not say enough (or says nonsense).
 */
gboolean anz_xlat_setup_vmcoreinfo(AnzImage *image, const AnzVmcoreinfo *info, GError **error);
/* What an entry at @level (counted from the root) is; and the address it holds. */
typedef enum { ANZ_XLAT_NONE, ANZ_XLAT_TABLE, ANZ_XLAT_LEAF } AnzXlatEntry;
AnzXlatEntry anz_xlat_entry_kind(const AnzXlat *xlat, guint64 entry, guint level);
guint64 anz_xlat_entry_address(const AnzXlat *xlat, guint64 entry, guint page_shift);
typedef enum { ANZ_XLAT_OK, ANZ_XLAT_UNMAPPED, ANZ_XLAT_NO_TABLE } AnzXlatResult;
void anz_xlat_forget(AnzXlat *xlat);
AnzXlatResult anz_xlat_walk(AnzImage *image, guint64 vaddr, guint64 *paddr, guint64 *len,
			    AnzMemState *stopped);

#endif
