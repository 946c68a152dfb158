/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes of a dumped machine: physical reads, kernel-virtual reads, and which pages are there.
 * Knows file formats and page tables; knows nothing of struct page.
 *
 * Three states are kept apart everywhere (ANZ_MEM_*): a page that the dump holds, one that existed
 * but whose content the dumper left out, and a frame behind which there is no memory at all.
 *
 * Threads: an AnzImage may be used by one thread at a time; anz_image_clone() gives a second
 * thread a handle of its own onto the same bytes.
 */
#ifndef ANZ_IMAGE_H
#define ANZ_IMAGE_H

#include <analyze/error.h>
#include <analyze/memory.h>

typedef struct AnzImage AnzImage;
typedef struct AnzVmcoreinfo AnzVmcoreinfo;

typedef enum {
	ANZ_MEM_PRESENT,	/* content is in the file (zero pages included) */
	ANZ_MEM_EXCLUDED,	/* memory existed, its content was filtered out of the dump */
	ANZ_MEM_LOST,		/* should be in the file but is not: truncated or incomplete dump */
	ANZ_MEM_ABSENT,		/* no memory at this address as far as the dump tells */
} AnzMemState;

typedef enum { ANZ_ARCH_OTHER, ANZ_ARCH_X86_64, ANZ_ARCH_AARCH64 } AnzArch;

/**
 * AnzImageOptions:
 * @vmcoreinfo_path: a file with VMCOREINFO text for a dump without one, or %NULL
 * @log: called with one line of words for people (no newline), or %NULL
 * @cancel: polled with g_atomic_int_get() in long work; non-zero stops.  Or %NULL
 * @temp_dir: where to put temporary files, or %NULL for g_get_tmp_dir()
 * @is_live: a dump's bytes go on changing while they are read
 * @reader: whose functions read an AnzMemory, in words for people; %NULL: "the caller"
 */
typedef struct {
	const char *vmcoreinfo_path;
	void (*log)(const char *line, gpointer data);
	gpointer log_data;
	const gint *cancel;
	const char *temp_dir;
	gboolean is_live;
	const char *reader;
} AnzImageOptions;

/**
 * anz_image_open:
 * @paths: %NULL-terminated; more than one only for the parts of one split dump, in any order.
 *	"raw:FILE" is a plain image of physical memory from address 0 (VMCOREINFO beside it as
 *	FILE.vmcoreinfo, or @options->vmcoreinfo_path, or searched in memory).  "live" is the memory
 *	of this machine through /proc/kcore, "live:FILE" the same through another file of that kind.
 * @options: (nullable)
 *
 * Opens a dump: ELF in any layout, kdump-compressed (zlib, lzo, snappy, zstd), flattened ELF or
 * kdump, split, incomplete; other formats through libkdumpfile.  Finds VMCOREINFO: the note; else
 * a search of memory for the note's page, and says so in the log.  Sets up kernel address
 * translation when VMCOREINFO allows (see anz_image_setup_translation()).
 *
 * Returns: (transfer full): the image, or %NULL with @error set (IO, FORMAT, UNSUPPORTED).
 */
AnzImage *anz_image_open(const char *const *paths, const AnzImageOptions *options,
			 GError **error);
/**
 * anz_image_open_memory:
 * @data: the bytes of a dump file (or of raw memory, if @name begins with "raw:"), which must
 *	outlive the image
 * @name: for messages
 *
 * As anz_image_open() for one file, without libkdumpfile and without any other file.
 */
AnzImage *anz_image_open_memory(const void *data, gsize len, const char *name,
				const AnzImageOptions *options, GError **error);
/**
 * anz_image_open_callbacks:
 * @memory: what it points at must stay as it is until the image is freed; the struct is copied
 *
 * As anz_image_open(), for memory that the caller reads.
 */
AnzImage *anz_image_open_callbacks(const AnzMemory *memory, const AnzImageOptions *options,
				   GError **error);
void anz_image_free(AnzImage *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzImage, anz_image_free)

/**
 * A second handle for another thread, with the translation that @image has now; the original must
 * outlive it.  Any thread may make it while nobody else uses @image.
 */
AnzImage *anz_image_clone(AnzImage *image, GError **error);

/* What it is.  Strings live as long as the image. */
/* "ELF", "kdump-compressed (lzo), flattened", "ELF, incomplete", ... */
const char *anz_image_format(const AnzImage *image);
AnzArch anz_image_arch(const AnzImage *image);
const char *anz_image_arch_name(const AnzImage *image);	/* "x86_64", "aarch64", ... */
gboolean anz_image_is_big_endian(const AnzImage *image);
guint anz_image_page_shift(const AnzImage *image);	/* of the dumped kernel: 12, 14, 16 */
guint64 anz_image_file_bytes(const AnzImage *image);	/* size of all files together */
/* What it holds goes on changing while it is read. */
gboolean anz_image_is_live(const AnzImage *image);

/** What live memory is read for. */
typedef enum {
	ANZ_READ_OPENING,	/* until something else is said: what kind of machine it is */
	ANZ_READ_TABLES,	/* page tables, whatever they are walked for */
	ANZ_READ_PAGES,		/* the array of struct pages, in runs */
	ANZ_READ_LISTS,
	ANZ_READ_DESCRIPTORS,
	ANZ_READ_SLABS,
	ANZ_READ_CGROUPS,
	ANZ_READ_FILES,
	ANZ_READ_PROCESSES,
	ANZ_READ_AREAS,		/* the kernel's own: vmalloc, modules, per-cpu memory */
	ANZ_READ_BUFFERS,	/* pools, pipes, sockets, trace rings */
	ANZ_READ_POINTERS,	/* objects that may point at pages whose owner is unknown */
	ANZ_READ_CHARGES,
	ANZ_READ_CHECKS,
	ANZ_READ_REST,		/* the log, what is written at the end */
	ANZ_N_READS,
} AnzReadFor;

/** For people and keys: "struct-pages". */
const char *anz_read_for_name(AnzReadFor what);
/** What all handles read from now on is for; between passes, when only one thread reads. */
void anz_image_reading_for(AnzImage *image, AnzReadFor what);
/** Bytes that all handles together have read so far; counted of live memory only. */
guint64 anz_image_bytes_read(const AnzImage *image, AnzReadFor what);
/**
 * Forgets which addresses lead where.  A live kernel may have changed its tables; called before what
 * is there is looked at anew.
 */
void anz_image_forget(AnzImage *image);
gboolean anz_image_is_filtered(const AnzImage *image);	/* the dumper left pages out */
gboolean anz_image_is_incomplete(const AnzImage *image);/* flagged or found so */
/* Set when p_filesz < p_memsz makes excluded and zero pages indistinguishable. */
gboolean anz_image_zero_is_ambiguous(const AnzImage *image);
/* Where VMCOREINFO came from: "note", "memory at 0x...", "file", or NULL if there is none. */
/* (A kdump-compressed dump's copy of the note counts as the note.) */
const char *anz_image_vmcoreinfo_origin(const AnzImage *image);
/* Never NULL; empty if none was found. */
const AnzVmcoreinfo *anz_image_vmcoreinfo(const AnzImage *image);

/* Which frames there are. */
/** One past the highest frame that the dump knows of (present, excluded or lost). */
guint64 anz_image_max_pfn(const AnzImage *image);
AnzMemState anz_image_pfn_state(AnzImage *image, guint64 pfn);
/**
 * anz_image_ram_run:
 * @from: first frame to consider
 * @start: (out): first frame >= @from that is not ANZ_MEM_ABSENT
 * @nr_pages: (out): how many such frames follow one another (same state)
 * @state: (out): their common state
 *
 * Returns: %FALSE when there is none at or above @from.
 */
gboolean anz_image_ram_run(AnzImage *image, guint64 from, guint64 *start, guint64 *nr_pages,
			   AnzMemState *state);

/* Physical reads.  */
/**
 * anz_image_read_phys:
 *
 * Reads up to @len bytes at physical address @paddr.  Stops before the first page that is not
 * ANZ_MEM_PRESENT or cannot be decompressed.
 *
 * Returns: how many bytes of @buf were filled (0 if the first page is not readable); the state of
 * the page at which it stopped goes to @stopped (ANZ_MEM_PRESENT if all was read).
 */
gsize anz_image_read_phys(AnzImage *image, guint64 paddr, void *buf, gsize len,
			  AnzMemState *stopped);

/**
 * anz_image_map_phys:
 *
 * Zero-copy: a pointer to the bytes at @paddr if they lie contiguously in a mapped file.  Valid
 * until the image is freed.  @avail gets how many bytes follow.  %NULL if this image cannot.
 */
const void *anz_image_map_phys(AnzImage *image, guint64 paddr, gsize *avail);

/* Kernel-virtual reads. */
/**
 * anz_image_translate:
 * @vaddr: a kernel virtual address
 * @paddr: (out): physical address
 * @len: (out): how many bytes from @vaddr on are physically contiguous (to the end of the
 *	page-table leaf, neighbouring leaves not merged)
 *
 * Walks the kernel's page tables (x86-64: 4 and 5 levels, large pages, memory encryption mask;
 * aarch64: 4, 16 and 64 KiB granules, 2 to 4 levels, block entries; others through libkdumpfile).
 * The last leaves are cached.  Where no tables can be walked, or one is not in the dump, the virtual
 * addresses of an ELF file's segments stand in.
 *
 * Returns: %FALSE if not mapped, or if a page table is not in the dump.
 */
gboolean anz_image_translate(AnzImage *image, guint64 vaddr, guint64 *paddr, guint64 *len);
/** As anz_image_read_phys() over translated memory; also stops (ANZ_MEM_ABSENT) where unmapped. */
gsize anz_image_read_virt(AnzImage *image, guint64 vaddr, void *buf, gsize len,
			  AnzMemState *stopped);

/**
 * anz_image_map_virt:
 *
 * Zero-copy: the @len bytes at @vaddr if they lie in one piece in a mapped file that nobody writes to.
 * Valid until the image is freed.  %NULL if they do not; then anz_image_read_virt() may still have them.
 */
const void *anz_image_map_virt(AnzImage *image, guint64 vaddr, gsize len);

/** Whether anz_image_translate() has page tables (or libkdumpfile) to work with. */
gboolean anz_image_can_translate(const AnzImage *image);

/**
 * anz_image_setup_translation:
 * @pgd_vaddr: kernel virtual address of init_top_pgt, as it was at run time
 * @phys_base: as in VMCOREINFO: physical address of the kernel image, minus what it was linked for
 * @five_levels: tried the other way round too if the tables do not fit
 * @sme_mask: memory encryption bit of page-table entries, or 0
 *
 * x86-64.  Called by anz_image_open() with what VMCOREINFO says, and again by whoever learns more
 * (the symbols of a vmlinux when there is no VMCOREINFO).  Call it before anz_image_clone().
 *
 * Returns: %FALSE with @error set (NO_MEMORY_AT, UNSUPPORTED) and the old translation in place.
 */
gboolean anz_image_setup_translation(AnzImage *image, guint64 pgd_vaddr, gint64 phys_base,
				     gboolean five_levels, guint64 sme_mask, GError **error);

/**
 * anz_image_setup_translation_arm64:
 * @pgd_vaddr: kernel virtual address of swapper_pg_dir
 * @kimage_voffset: virtual minus physical address of the kernel image
 * @va_bits: CONFIG_ARM64_VA_BITS
 * @va_bits_actual: those in use: 64 - TCR_EL1.T1SZ
 *
 * As anz_image_setup_translation(), for aarch64.
 */
gboolean anz_image_setup_translation_arm64(AnzImage *image, guint64 pgd_vaddr,
					   guint64 kimage_voffset, guint page_shift,
					   guint va_bits, guint va_bits_actual, GError **error);

/* Loads in the dump's byte order. */
static inline guint16 anz_load16(const void *p, gboolean big)
{
	guint16 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return big ? GUINT16_FROM_BE(v) : GUINT16_FROM_LE(v);
}

static inline guint32 anz_load32(const void *p, gboolean big)
{
	guint32 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return big ? GUINT32_FROM_BE(v) : GUINT32_FROM_LE(v);
}

static inline guint64 anz_load64(const void *p, gboolean big)
{
	guint64 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return big ? GUINT64_FROM_BE(v) : GUINT64_FROM_LE(v);
}

#endif
