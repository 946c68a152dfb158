/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading an analysis file.  It is an ordinary SQLite file (schemas/catalogue.sql), and
 * SQL is the one way in for everything but the planes, which a painter wants as arrays.
 *
 * Threads: a store is used by one thread; open the file again for another one.
 */
#ifndef ANALYZE_STORE_H
#define ANALYZE_STORE_H

#include <analyze/error.h>
#include <analyze/page-class.h>

G_BEGIN_DECLS

typedef struct AnzStore AnzStore;
typedef struct AnzQuery AnzQuery;

/**
 * How a value wants to be shown; from the column's declared type in
 * schemas/catalogue.sql.
 */
typedef enum {
	ANZ_COLUMN_TEXT,
	ANZ_COLUMN_INTEGER,
	ANZ_COLUMN_REAL,
	ANZ_COLUMN_ADDRESS,	/* declared ADDRESS: hexadecimal, unsigned 64 bits */
	ANZ_COLUMN_PAGES,	/* declared PAGES: a count of base pages */
	ANZ_COLUMN_BYTES,	/* declared BYTES */
	ANZ_COLUMN_BOOLEAN,	/* declared BOOLEAN */
	ANZ_COLUMN_BLOB,
} AnzColumnKind;

/**
 * anz_store_probe:
 *
 * %TRUE if the file begins like an analysis file (whatever its version): it is an SQLite
 * file with our application id.
 */
gboolean anz_store_probe(const char *path);

/**
 * anz_store_open:
 *
 * Opens read-only.  (Only a file whose last append was cut short is rolled back first.)
 * A file of a newer schema version is refused in words; older ones open.
 *
 * Returns: (transfer full): %NULL with @error (IO, FORMAT, UNSUPPORTED).
 */
AnzStore *anz_store_open(const char *path, GError **error);
void anz_store_close(AnzStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzStore, anz_store_close)

/** The snapshot that queries see as :snapshot; the newest one unless set. */
gint64 anz_store_snapshot(const AnzStore *store);
gboolean anz_store_set_snapshot(AnzStore *store, gint64 snapshot, GError **error);

/** Value of @key in table meta for the current snapshot (transfer full), or %NULL. */
char *anz_store_meta(AnzStore *store, const char *key);
/** The same as a number (decimal or 0x...). */
gboolean anz_store_meta_uint(AnzStore *store, const char *key, guint64 *value);

/**
 * anz_store_query:
 * @sql: one statement that only reads.  A parameter :snapshot is bound to the current
 *	snapshot.
 *
 * Besides the tables of schemas/catalogue.sql there is the table `page` with a row for
 * every frame of the map of the current snapshot, or of snapshot N as page(N).
 * Conditions on pfn, class, physical, virtual and struct_page are looked up, others are
 * tested row by row.
 *
 * Returns: (transfer full): %NULL with @error (QUERY).
 */
AnzQuery *anz_store_query(AnzStore *store, const char *sql, GError **error);
void anz_query_free(AnzQuery *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzQuery, anz_query_free)

/** Binds a named parameter (":pfn"); a name that the statement has not is ignored. */
void anz_query_bind_int(AnzQuery *query, const char *name, gint64 value);
void anz_query_bind_text(AnzQuery *query, const char *name, const char *value);
/** Steps to the next row.  %FALSE at the end and on error; the two differ by @error. */
gboolean anz_query_next(AnzQuery *query, GError **error);
/**
 * Makes anz_query_next() return %FALSE with ANZ_ERROR_CANCELLED soon; *@cancel is polled.
 */
void anz_store_set_cancel(AnzStore *store, const gint *cancel);

guint anz_query_n_columns(AnzQuery *query);
const char *anz_query_column_name(AnzQuery *query, guint column);
/**
 * anz_query_column_kind:
 *
 * A column that is a table's column has that one's kind; an expression that is named like
 * one (sum(pages) AS pages) too; any other one is TEXT before the first row, and from
 * then on what the first row holds.
 */
AnzColumnKind anz_query_column_kind(AnzQuery *query, guint column);
gboolean anz_query_is_null(AnzQuery *query, guint column);
gint64 anz_query_int(AnzQuery *query, guint column);
double anz_query_double(AnzQuery *query, guint column);
const char *anz_query_text(AnzQuery *query, guint column);
/** Bytes of a blob or text; valid until the next row. */
const void *anz_query_blob(AnzQuery *query, guint column, gsize *len);
/**
 * What the value of this row really is: INTEGER, REAL, TEXT or BLOB (column kinds are
 * hints).
 */
AnzColumnKind anz_query_value_kind(AnzQuery *query, guint column);

/** Planes: one value per page frame, in tiles of ANZ_TILE_PAGES frames. */
#define ANZ_TILE_SHIFT 16
#define ANZ_TILE_PAGES (1u << ANZ_TILE_SHIFT)

typedef enum {
	ANZ_PLANE_CLASS,	/* u8, AnzPageClass */
	ANZ_PLANE_ORDER,	/* u8, of the block or folio the frame is in */
	ANZ_PLANE_ATTR,		/* u16, AnzPageAttr */
	ANZ_PLANE_MIGRATETYPE,	/* u8, number as in table migratetype; 255 none */
	ANZ_PLANE_ZONE,		/* u8, row number in table zones; 255 none */
	ANZ_PLANE_FLAGS,	/* u32, low flag bits of the struct page itself */
	ANZ_PLANE_REFCOUNT,	/* s32 */
	ANZ_PLANE_MAPCOUNT,	/* s32, mappings of this page; 0 for typed pages */
	ANZ_PLANE_OWNER,	/* u32, row number in table owners; 0 none */
	ANZ_PLANE_CGROUP,	/* u32, the same of the control group that it is charged to */
	ANZ_PLANE_GENERATION,	/* u8, of a folio's first page, under multi-generational LRU: its number
				 * and one; 0 none */
	ANZ_PLANE_LRU_REFS,	/* u8, of the same: LRU_REFS of its flags and one; 0 not known */
	ANZ_NR_PLANES
} AnzPlane;

/** Bytes per value of @plane. */
guint anz_plane_width(AnzPlane plane);
const char *anz_plane_name(AnzPlane plane);

/**
 * anz_store_read_plane:
 * @pfn: first frame
 * @nr_pages: how many
 * @out: (out caller-allocated): @nr_pages values in host byte order; frames that no tile
 *	covers get class hole and zeros (255 for migratetype and zone)
 */
gboolean anz_store_read_plane(AnzStore *store, AnzPlane plane, guint64 pfn,
			      guint64 nr_pages, void *out, GError **error);

/** One past the last frame of the map in the current snapshot. */
guint64 anz_store_max_pfn(AnzStore *store);

/** The pyramid over the class plane: level L has cells of 4^L consecutive frames. */
#define ANZ_PYRAMID_MAX_LEVEL 20

/**
 * anz_store_read_pyramid:
 * @level: 0 (one frame a cell) to %ANZ_PYRAMID_MAX_LEVEL
 * @cell: first cell: its first frame is @cell * 4^@level
 * @nr_cells: how many
 * @dominant: (out caller-allocated) (nullable): @nr_cells classes, each the most frequent
 *	one of its cell; among equals the lowest number
 * @set: (out caller-allocated) (nullable): @nr_cells sets of the classes present, bit n =
 *	class n
 *
 * Frames outside the map are holes.
 */
gboolean anz_store_read_pyramid(AnzStore *store, guint level, guint64 cell,
				guint64 nr_cells, guint8 *dominant, guint32 *set,
				GError **error);

/**
 * AnzAddressKind: what a text was taken for.
 * @ANZ_ADDRESS_PFN: a page frame number
 * @ANZ_ADDRESS_PHYSICAL: a physical address
 * @ANZ_ADDRESS_STRUCT_PAGE: a virtual address inside the struct page of a frame
 * @ANZ_ADDRESS_DIRECT_MAP: a virtual address in the kernel's map of all memory
 * @ANZ_ADDRESS_KERNEL_IMAGE: a virtual address in the kernel's text and data
 * @ANZ_ADDRESS_VIRTUAL: a kernel virtual address that only page tables can translate
 *	(vmalloc, modules, per-cpu): pfn and paddr are not known here, see
 *	anz_source_translate()
 * @ANZ_ADDRESS_DESCRIPTOR: a virtual address inside a memory descriptor: the first frame that
 *	it describes is meant, not the one that it lies in
 * @ANZ_ADDRESS_PROCESS: a virtual address of a process
 */
typedef enum {
	ANZ_ADDRESS_PFN,
	ANZ_ADDRESS_PHYSICAL,
	ANZ_ADDRESS_STRUCT_PAGE,
	ANZ_ADDRESS_DIRECT_MAP,
	ANZ_ADDRESS_KERNEL_IMAGE,
	ANZ_ADDRESS_VIRTUAL,
	ANZ_ADDRESS_DESCRIPTOR,
	ANZ_ADDRESS_PROCESS,
} AnzAddressKind;

/**
 * AnzAddress:
 * @pfn: the frame meant; 0 for %ANZ_ADDRESS_VIRTUAL
 * @paddr: physical address meant; for a frame number or struct page that of the frame's
 *	first byte
 * @vaddr: the kernel virtual address given; 0 if none was
 * @offset: into the page; for %ANZ_ADDRESS_STRUCT_PAGE into the struct page, for
 *	%ANZ_ADDRESS_DESCRIPTOR into the descriptor
 * @words: the interpretation in words
 */
typedef struct {
	AnzAddressKind kind;
	guint64 pfn;
	guint64 paddr;
	guint64 vaddr;
	guint64 offset;
	char words[160];
} AnzAddress;

/**
 * anz_store_resolve:
 * @text: "12345" or "pfn:12345", "0x..." or 16 hexadecimal digits (kernel virtual if in
 *	the upper half of the address space, else physical), "phys:ADDRESS",
 *	"virt:ADDRESS", which is never taken for that of a descriptor; "412:ADDRESS" is one of
 *	process (or thread) 412, by the mappings that the file has
 *
 * Which page of the current snapshot a user means.  Needs no dump.
 *
 * Returns: %FALSE with @error (ARGUMENT) if @text has no such form or lies outside the
 * map.
 */
gboolean anz_store_resolve(AnzStore *store, const char *text, AnzAddress *out,
			   GError **error);

/**
 * anz_store_page_place:
 * @offset: byte of the page that is asked about
 *
 * Which part of its owner a page is: "object 17 of 21 (in use), byte 0 of it" (of the object proper: red
 * zones and what the kernel keeps of it lie behind it), "offset 0x800000 (8.0 MiB)",
 * "address 0x7f1200000000", "page table of level 0 ...".
 *
 * Returns: (transfer full): %NULL if it has no owner, or none that has places; %NULL with @error if
 * the file cannot be read.
 */
char *anz_store_page_place(AnzStore *store, guint64 pfn, guint64 offset, GError **error);

/** AnzFindingCounts: how often rules were broken, listed or not; where an exception applies that does not count. */
typedef struct {
	guint64 errors, warnings, infos;
	guint64 evaluated;	/* rules that had anything to look at */
} AnzFindingCounts;

/** Returns: %FALSE with @error, too if the file is of a version that checked nothing. */
gboolean anz_store_count_findings(AnzStore *store, AnzFindingCounts *counts, GError **error);

/** Pages of a section of SPARSEMEM on that machine (SECTION_SIZE_BITS); 0 if its memory has none. */
guint64 anz_store_section_pages(AnzStore *store);

/** AnzNamedQuery: SQL that comes with the library; it uses the parameter :snapshot. */
typedef struct {
	const char *name;
	const char *description;
	const char *sql;
} AnzNamedQuery;

/** SQL of the named query @name ("classes" or "@classes"), or %NULL. */
const char *anz_named_query(const char *name);

/** All of them, ending with an entry whose name is %NULL. */
const AnzNamedQuery *anz_named_query_list(void);

/**
 * anz_store_export:
 * @path: a new file, written under a temporary name and renamed when whole
 * @redact: leave out kernel log lines, command line, host name, names of files,
 *	processes, cgroups (what exactly: schemas/redact.tsv)
 *
 * Writes the current snapshot alone, under its number, as an analysis file.
 *
 * Returns: %FALSE with @error (IO, FORMAT, CANCELLED), leaving no file.
 */
gboolean anz_store_export(AnzStore *store, const char *path, gboolean redact,
			  GError **error);

G_END_DECLS

#endif
