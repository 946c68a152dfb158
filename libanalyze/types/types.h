/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Layouts, enumerators and symbols of the dumped kernel, from several sources at once:
 * first match wins, so an overlay's struct page hides the kernel's own.  A lookup that
 * finds nothing is a normal answer (%FALSE or %NULL), not an error: callers decide by
 * what exists.
 *
 * Threads: one thread at a time (libdw).  Returned pointers live as long as the AnzTypes.
 */
#ifndef ANZ_TYPES_H
#define ANZ_TYPES_H

#include "image/image.h"

typedef enum {
	ANZ_TYPE_VOID,
	ANZ_TYPE_INT,		/* integers, chars and bools */
	ANZ_TYPE_FLOAT,
	ANZ_TYPE_POINTER,
	ANZ_TYPE_ENUM,
	ANZ_TYPE_STRUCT,
	ANZ_TYPE_UNION,
	ANZ_TYPE_ARRAY,
	ANZ_TYPE_FUNCTION,
} AnzTypeKind;

typedef struct AnzType AnzType;

/**
 * AnzTypeMember:
 * @name: %NULL for an anonymous struct or union, whose own members are reached through it
 * @bit_offset: from the start of the enclosing struct; in a byte, bits count from the
 *	least significant one on little-endian machines, from the most significant one on
 *	big-endian
 * @bit_size: of a bit-field; 0 for an ordinary member
 */
typedef struct {
	const char *name;
	guint64 bit_offset;
	guint64 bit_size;
	const AnzType *type;
} AnzTypeMember;

typedef struct {
	const char *name;
	gint64 value;
} AnzEnumerator;

/**
 * AnzType:
 * @name: tag or base name ("page", "unsigned long"); %NULL if anonymous
 * @alias: the outermost typedef it was reached by ("memdesc_flags_t"), or %NULL
 * @size: bytes; 0 if incomplete
 * @is_signed: integers and enums
 * @target: element of an array; of a pointer a type that may be incomplete (size 0, only
 *	kind and name): look it up by name to follow it
 * @nr_elems: outermost dimension of an array (0 if flexible)
 */
struct AnzType {
	AnzTypeKind kind;
	const char *name;
	const char *alias;
	guint64 size;
	gboolean is_signed;
	const AnzType *target;
	guint64 nr_elems;
	const AnzTypeMember *members;
	guint nr_members;
	const AnzEnumerator *enumerators;
	guint nr_enumerators;
};

/**
 * AnzMember: one member found by path.
 * @bit_offset: from the start of the struct asked about
 * @bit_size: width in bits (of a bit-field its own, otherwise 8 * size)
 */
typedef struct {
	guint64 bit_offset;
	guint64 bit_size;
	gboolean is_bitfield;
	const AnzType *type;
} AnzMember;

typedef struct AnzTypes AnzTypes;

/**
 * AnzTypesOptions:
 * @files: (nullable): %NULL-terminated paths the user named, first match wins
 * @build_id: (nullable): hex build-id that the dump states, for the check and for the
 *	search
 * @release: (nullable): OSRELEASE of the dump, for the search
 * @search_dirs: (nullable): folders that hold debug files by build-id
 *	(.build-id/xx/yyyy.debug) or by release (boot/vmlinux-RELEASE, RELEASE/vmlinux);
 *	%NULL for /usr/lib/debug, /boot, /lib/modules, /usr/lib/modules
 * @debuginfod_urls: (nullable): only when set is debuginfod asked (loaded by dlopen)
 * @debuginfod_cache: (nullable): its cache folder
 * @dump_name: (nullable): what messages call the dump; its file name
 * @image: (nullable): the dump, whose own BTF and kallsyms serve where no file does
 * @force: accept type info whose build-id differs, with a line to the log
 */
typedef struct {
	const char *const *files;
	const char *build_id;
	const char *release;
	const char *const *search_dirs;
	const char *debuginfod_urls;
	const char *debuginfod_cache;
	const char *dump_name;
	AnzImage *image;
	gboolean force;
	void (*log)(const char *line, gpointer data);
	gpointer log_data;
} AnzTypesOptions;

/**
 * anz_types_open:
 *
 * Opens what the user named, else searches by build-id, then release, then asks debuginfod;
 * else takes the BTF that @options->image has in its memory, or that of the running kernel
 * if that is the dumped one.  Each file's .symtab serves symbols, its DWARF or BTF types; a
 * stripped vmlinux without BTF is completed by its separate debug file (build-id,
 * .gnu_debuglink).  A file may also be BTF alone (/sys/kernel/btf/vmlinux).  Where a file
 * has no symbols, kallsyms of the dump do.
 *
 * When @options->build_id is set, one of the files named must have it; the others are
 * overlays (a linked file or an object file compiled with -g).  BTF alone has no build-id
 * (but /sys/kernel/notes beside it does): its layouts must be those that VMCOREINFO states.
 * Symbols come from the kernel's own file first (the one with that build-id; the last if
 * none is known).
 *
 * With an image a stack without any layouts is a result too, see anz_types_missing().
 *
 * Returns: (transfer full): %NULL with @error: IO (no such file), FORMAT (not ELF),
 * MISMATCH (build-id or layouts differ: both are named), NO_DEBUG_INFO (nothing in it;
 * without an image, nothing found: where it was looked for and what to install).
 */
AnzTypes *anz_types_open(const AnzTypesOptions *options, GError **error);
void anz_types_free(AnzTypes *types);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzTypes, anz_types_free)

/** Difference between run-time and link-time addresses (KASLR); added to every symbol. */
void anz_types_set_slide(AnzTypes *types, guint64 slide);
/**
 * How people should call the sources: "DWARF of /usr/lib/debug/boot/vmlinux-6.1",
 * "BTF of the dump", "kallsyms of the dump".
 */
const char *const *anz_types_describe(AnzTypes *types);
/** "DWARF" or "BTF": what the kernel's layouts come from; %NULL if there are none. */
const char *anz_types_kind(AnzTypes *types);
/**
 * What to say to people when there are no layouts, so that VMCOREINFO is all there is:
 * where they were looked for and what to install.  %NULL if there are some.
 */
const char *anz_types_missing(AnzTypes *types);

/**
 * anz_types_find:
 * @name: without "struct "; looks for struct or union.  Incomplete declarations do not
 * count.
 *
 * In a vmlinux the compile units of mm/ and a handful of others are searched
 * (dwarf-units.c has the list): what memory management and its headers define is found,
 * and a name that this kernel does not have costs about 1 ms.  For types of drivers,
 * protocols and single file systems use anz_types_find_in_all().
 */
const AnzType *anz_types_find(AnzTypes *types, const char *name);
/** The same in every compile unit: up to half a second once, and some 20 MB. */
const AnzType *anz_types_find_in_all(AnzTypes *types, const char *name);
const AnzType *anz_types_find_enum(AnzTypes *types, const char *name);
/**
 * Typedef or base type ("unsigned long") @name, resolved; of a typedef the alias is set.
 */
const AnzType *anz_types_find_typedef(AnzTypes *types, const char *name);

/**
 * anz_types_member:
 * @type: a struct or union name
 * @path: "flags", "lru.next", "free_area[2].nr_free", "node_zones"; anonymous structs and
 *	unions are looked through at every step
 *
 * Returns: %FALSE (@out untouched) if the type or the member does not exist.
 */
gboolean anz_types_member(AnzTypes *types, const char *type, const char *path,
			  AnzMember *out);
/** The same, from a type at hand. */
gboolean anz_type_member(const AnzType *type, const char *path, AnzMember *out);

/**
 * anz_types_enumerator:
 * @enum_name: (nullable): tag of the enum; with %NULL every enum is searched that
 *	anz_types_find_enum() can see, and those without a tag
 */
gboolean anz_types_enumerator(AnzTypes *types, const char *enum_name, const char *name,
			      gint64 *value);

typedef void (*AnzEnumeratorFunc)(const char *name, gint64 value, gpointer data);
/**
 * anz_types_each_enumerator:
 *
 * Calls @func for every enumerator whose name begins with @prefix, in whatever enum that
 * anz_types_find_enum() can see; from the first source that has any.  Some 25 ms in a vmlinux.
 */
void anz_types_each_enumerator(AnzTypes *types, const char *prefix, AnzEnumeratorFunc func,
			       gpointer data);

/** Run-time address of a symbol (slide added, absolute per-cpu symbols excepted). */
gboolean anz_types_symbol(AnzTypes *types, const char *name, guint64 *address);
/**
 * The nearest symbol at or below run-time @address (within its size when it has one), or
 * NULL.
 */
const char *anz_types_symbol_at(AnzTypes *types, guint64 address, guint64 *offset);

/**
 * Reads a scalar member (or a struct of up to 8 bytes, such as memdesc_flags_t) out of
 * @record: bytes of the struct in the dump's byte order, as many as the member reaches
 * into.  Signed types are sign-extended; a member wider than 64 bits reads as 0.
 */
guint64 anz_member_load(const AnzMember *member, const void *record, gboolean big_endian);

#endif
