/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Resolving the page format: which member says what on this kernel.
 *
 * The encodings have changed often and within stable series, so each is chosen by what exists:
 * page types by PAGE_BUDDY_MAPCOUNT_VALUE and enum pagetype, the slab flag by PG_slab, tails by
 * compound_head or compound_info, orders by the member that holds them.  kernel-facts.md 2.1 to 2.6.
 */
#include <string.h>

#include "kernel/kernel-priv.h"

/* A type of the built-in tables, used for what no source states. */
typedef struct {
	const char *name;
	guint32 bit;
} BuiltinType;

#define NR_LOW_BITS 6
/* mm_zero_struct_page() allows for 96: KMSAN and _last_cpupid on top of 64. */
#define MAX_CLASSIC_SIZE 96

/* include/linux/page-flags.h up to 6.10: macros, so DWARF has none of them. */
static const BuiltinType low_bits[NR_LOW_BITS] = {
	{ "buddy", 0x80 }, { "offline", 0x100 }, { "table", 0x200 }, { "guard", 0x400 },
	{ "hugetlb", 0x800 }, { "slab", 0x1000 },
};
/*
 * Up to 5.10 bit 0x200 meant "charged to a memory control group" and later ones stood one higher.
 * A page table may carry both, so kmemcg, which says nothing of what a page is, comes last.
 */
static const BuiltinType kmemcg_bits[NR_LOW_BITS] = {
	{ "buddy", 0x80 }, { "offline", 0x100 }, { "table", 0x400 }, { "guard", 0x800 },
	{ "kmemcg", 0x200 },
};

static const struct {
	const char *name;	/* as in PGTY_name or PG_name */
	guint8 page_class;
	gboolean is_buddy, has_order;
} type_classes[] = {
	{ "buddy", ANZ_CLASS_FREE, TRUE, TRUE },
	{ "offline", ANZ_CLASS_OFFLINE, FALSE, FALSE },
	{ "table", ANZ_CLASS_PAGE_TABLE, FALSE, FALSE },
	{ "guard", ANZ_CLASS_GUARD, FALSE, TRUE },
	{ "hugetlb", ANZ_CLASS_HUGETLB, FALSE, FALSE },
	{ "slab", ANZ_CLASS_SLAB, FALSE, FALSE },
	{ "zsmalloc", ANZ_CLASS_ZSMALLOC, FALSE, FALSE },
	{ "unaccepted", ANZ_CLASS_UNACCEPTED, FALSE, FALSE },
	{ "large_kmalloc", ANZ_CLASS_LARGE_KMALLOC, FALSE, FALSE },
	{ "netpp", ANZ_CLASS_NET_POOL, FALSE, FALSE },
	{ "kmemcg", ANZ_CLASS_KERNEL_OTHER, FALSE, FALSE },
};

static guint32 member_offset(AnzKernel *kernel, const char *type, const char *const *paths)
{
	guint64 offset;

	for (; *paths; paths++)
		if (anz_kernel_member(kernel, type, *paths, &offset, NULL) && offset < 4096)
			return offset;
	return ANZ_ABSENT_OFFSET;
}

#define MEMBER(kernel, type, ...) \
	member_offset(kernel, type, (const char *const[]){ __VA_ARGS__, NULL })

static guint64 flag_mask(AnzKernel *kernel, const char *name)
{
	gint64 bit;

	if (!anz_kernel_enumerator(kernel, "pageflags", name, &bit) || bit < 0 || bit > 63)
		return 0;
	return 1ull << bit;
}

static void resolve_flags(AnzKernel *kernel, AnzPageFormat *format)
{
	gint64 value;

	format->f_head = flag_mask(kernel, "PG_head");
	if (!format->f_head &&
	    anz_vmcoreinfo_number(kernel->vmcoreinfo, "PG_head_mask", &value)) {
		format->f_head = value;
		anz_kernel_fact(kernel, "PG_head_mask", "VMCOREINFO", "0x%" G_GINT64_MODIFIER "x",
				format->f_head);
	}
	format->f_slab = flag_mask(kernel, "PG_slab");
	format->f_reserved = flag_mask(kernel, "PG_reserved");
	format->f_hwpoison = flag_mask(kernel, "PG_hwpoison");
	format->f_swapcache = flag_mask(kernel, "PG_swapcache");
	format->f_swapbacked = flag_mask(kernel, "PG_swapbacked");
	format->f_lru = flag_mask(kernel, "PG_lru");
	format->f_active = flag_mask(kernel, "PG_active");
	format->f_unevictable = flag_mask(kernel, "PG_unevictable");
	format->f_mlocked = flag_mask(kernel, "PG_mlocked");
	format->f_dirty = flag_mask(kernel, "PG_dirty");
	format->f_writeback = flag_mask(kernel, "PG_writeback");
	format->f_locked = flag_mask(kernel, "PG_locked");
	format->f_private = flag_mask(kernel, "PG_private") | flag_mask(kernel, "PG_private_2");
	/* An alias of the flag that says so on free blocks (include/linux/page-flags.h). */
	format->f_reported = flag_mask(kernel, "PG_uptodate");
	if (anz_kernel_enumerator(kernel, "pageflags", "__NR_PAGEFLAGS", &value) && value > 0)
		format->flags_plane_mask = value >= 32 ? G_MAXUINT32 : (1ull << value) - 1;
	if (format->flags_plane_mask)
		format->f_check = format->flags_plane_mask & ~format->f_hwpoison;
	else
		format->flags_plane_mask = G_MAXUINT32;
}

static void add_type(AnzPageFormat *format, const char *name, guint32 mask, guint32 value)
{
	AnzPageTypeRule *rule;

	if (format->nr_types == ANZ_MAX_PAGE_TYPES)
		return;
	rule = &format->types[format->nr_types++];
	*rule = (AnzPageTypeRule){ .mask = mask, .value = value,
				   .page_class = ANZ_CLASS_KERNEL_OTHER };
	g_strlcpy(rule->name, name, sizeof(rule->name));
	for (guint i = 0; i < G_N_ELEMENTS(type_classes); i++) {
		if (!g_str_equal(type_classes[i].name, name))
			continue;
		rule->page_class = type_classes[i].page_class;
		rule->is_buddy = type_classes[i].is_buddy;
		rule->has_order = type_classes[i].has_order;
	}
}

/* VMCOREINFO states a few types as the whole stored word: PAGE_SLAB_MAPCOUNT_VALUE. */
static gboolean stated_type(AnzKernel *kernel, const char *name, guint32 *stored)
{
	g_autofree char *upper = g_ascii_strup(name, -1);
	g_autofree char *key = g_strdup_printf("PAGE_%s_MAPCOUNT_VALUE", upper);
	gint64 value;

	if (!anz_vmcoreinfo_number(kernel->vmcoreinfo, key, &value))
		return FALSE;
	*stored = (guint32)value;
	anz_kernel_fact(kernel, key, "VMCOREINFO", "0x%08x", *stored);
	return TRUE;
}

/* 6.12 on: the top byte is the type; enum pagetype names all of them. */
static void resolve_byte_types(AnzKernel *kernel, AnzPageFormat *format)
{
	const AnzType *type = anz_types_find_enum(kernel->types, "pagetype");
	guint32 stored;

	format->type_below = (gint32)0xff000000;
	anz_kernel_fact(kernel, "page type scheme", "VMCOREINFO", "top byte (6.12 on)");
	for (guint i = 0; type && i < type->nr_enumerators; i++) {
		const AnzEnumerator *item = &type->enumerators[i];
		guint64 value = item->value;

		if (!g_str_has_prefix(item->name, "PGTY_") || value > 0xff ||
		    g_str_equal(item->name, "PGTY_mapcount_underflow"))
			continue;
		anz_kernel_fact(kernel, item->name, anz_kernel_layout_origin(kernel), "0x%x", (guint)value);
		add_type(format, item->name + strlen("PGTY_"), 0xff000000, value << 24);
	}
	if (format->nr_types)
		return;
	for (guint i = 0; i < G_N_ELEMENTS(type_classes); i++)
		if (stated_type(kernel, type_classes[i].name, &stored))
			add_type(format, type_classes[i].name, 0xff000000, stored & 0xff000000);
	anz_kernel_remark(kernel, "warning", "page-type", 1,
			  "no enum pagetype in the type information: only the page types that "
			  "VMCOREINFO states are known, others show as unknown-type");
}

/* The bits above the types, which stay set: PAGE_TYPE_BASE up to 6.10, and in 6.11. */
static guint32 inverted_base(guint32 buddy_bit)
{
	return buddy_bit > 0xffff ? 0x80000000 : 0xf0000000;
}

/*
 * The kernel (5.11) that moved the charge out of page_type also renamed page->mem_cgroup to
 * memcg_data, and, for kernels without control groups, counts page tables by node and not by zone.
 */
static const BuiltinType *builtin_types(AnzKernel *kernel)
{
	AnzMember member;
	gint64 value;

	if (anz_types_member(kernel->types, "page", "memcg_data", &member))
		return low_bits;
	if (anz_types_member(kernel->types, "page", "mem_cgroup", &member) ||
	    anz_types_enumerator(kernel->types, "zone_stat_item", "NR_PAGETABLE", &value))
		return kmemcg_bits;
	return low_bits;
}

/* Without type info nothing tells the two tables apart, but that sections are stated since 5.13. */
static gboolean builtin_is_sure(AnzKernel *kernel)
{
	gint64 value;

	return anz_types_kind(kernel->types) ||
	       anz_vmcoreinfo_number(kernel->vmcoreinfo, "SECTION_SIZE_BITS", &value);
}

/* Up to 6.11: every bit of the type starts set and the type's own bit is cleared. */
static void resolve_inverted_types(AnzKernel *kernel, AnzPageFormat *format, guint32 buddy_bit)
{
	const AnzType *type = anz_types_find_enum(kernel->types, "pagetype");
	const BuiltinType *builtin = builtin_types(kernel);
	gboolean high = buddy_bit > 0xffff;
	guint32 base = inverted_base(buddy_bit);
	guint32 stored, stated_bits = 0;

	format->type_below = high ? (gint32)0xffff0000 : -128;
	anz_kernel_fact(kernel, "page type scheme", "VMCOREINFO", high ?
			"inverted bits, high (6.11)" : "inverted bits, low (up to 6.10)");
	for (guint i = 0; type && i < type->nr_enumerators; i++) {
		const AnzEnumerator *item = &type->enumerators[i];
		guint32 bit = item->value;

		if (!g_str_has_prefix(item->name, "PG_") || !bit || bit & (bit - 1))
			continue;
		anz_kernel_fact(kernel, item->name, anz_kernel_layout_origin(kernel), "0x%x", bit);
		add_type(format, item->name + strlen("PG_"), base | bit, base);
	}
	if (format->nr_types)
		return;
	for (guint i = 0; i < NR_LOW_BITS && builtin[i].name; i++)
		if (stated_type(kernel, builtin[i].name, &stored))
			stated_bits |= ~stored;
	for (guint i = 0; i < NR_LOW_BITS && builtin[i].name; i++) {
		const char *name = builtin[i].name;
		g_autofree char *label = g_strdup_printf("page type %s", name);

		if (stated_type(kernel, name, &stored)) {
			if (~stored && !(~stored & (~stored - 1)))
				add_type(format, name, base | ~stored, base);
		} else if (g_str_equal(name, "hugetlb") || g_str_equal(name, "slab")) {
			/* VMCOREINFO states these wherever they are types (6.9, 6.10). */
		} else if (high || stated_bits & builtin[i].bit || !builtin_is_sure(kernel)) {
			anz_kernel_remark(kernel, "warning", "page-type", 1,
					  "nothing tells the value of page type %s on this kernel; "
					  "such pages show as unknown-type", name);
		} else {
			/* Stated nowhere before 6.11; if buddy has moved these may have as well. */
			anz_kernel_fact(kernel, label, "built-in", "0x%x", builtin[i].bit);
			if (buddy_bit != builtin[0].bit)
				anz_kernel_remark(kernel, "warning", "page-type", 1,
						  "page type buddy is not where kernels have it, and "
						  "nothing tells the value of %s: 0x%x is assumed",
						  name, builtin[i].bit);
			add_type(format, name, base | builtin[i].bit, base);
		}
	}
}

/*
 * Which bits a type fixes beyond those it is told by: all others of an inverted scheme stay set, the low 24
 * of the top byte's stay clear.  Types whose owner keeps something there are left out.
 */
static void fix_type_bits(AnzPageFormat *format)
{
	gboolean is_byte = format->type_below == (gint32)0xff000000, has_kmemcg = FALSE;

	for (guint i = 0; i < format->nr_types; i++)
		has_kmemcg |= g_str_equal(format->types[i].name, "kmemcg");
	for (guint i = 0; i < format->nr_types; i++) {
		AnzPageTypeRule *rule = &format->types[i];

		if (rule->page_class == ANZ_CLASS_ZSMALLOC || rule->page_class == ANZ_CLASS_NET_POOL ||
		    rule->page_class == ANZ_CLASS_KERNEL_OTHER || has_kmemcg)
			continue;
		rule->exact_mask = is_byte ? 0x00ffffff : 0xffffffff;
		rule->exact = is_byte ? 0 : ~(rule->mask & ~rule->value);
	}
}

static gboolean resolve_types(AnzKernel *kernel, AnzPageFormat *format, GError **error)
{
	const AnzType *type = anz_types_find_enum(kernel->types, "pagetype");
	guint32 stored, bit;
	gint64 value;

	if (!stated_type(kernel, "buddy", &stored)) {
		/* No VMCOREINFO: the enumeration of 6.11 and later says it, before that the macro. */
		if (type && anz_types_enumerator(kernel->types, "pagetype", "PGTY_buddy", &value)) {
			stored = (guint32)value << 24;
		} else if (type &&
			   anz_types_enumerator(kernel->types, "pagetype", "PG_buddy", &value)) {
			stored = ~(guint32)value;
		} else {
			stored = ~low_bits[0].bit;
			anz_kernel_remark(kernel, "warning", "page-type", 1,
					  "nothing states how page types are encoded; the encoding of "
					  "kernels up to 6.10 is assumed");
		}
	}
	bit = ~stored;
	if (!(stored & 0x00ffffff) && stored >> 31) {
		resolve_byte_types(kernel, format);
	} else if (bit && !(bit & (bit - 1)) && bit < 0x80000000) {
		resolve_inverted_types(kernel, format, bit);
	} else {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "this kernel marks free pages with page_type 0x%08x: neither a top byte "
			    "(6.12 on) nor one inverted bit (before); memdesc does not understand this "
			    "encoding and will not guess", stored);
		return FALSE;
	}
	for (guint i = 0; i < format->nr_types; i++)
		if (format->types[i].is_buddy)
			return TRUE;
	/* The enumeration lacks it. */
	if (!(stored & 0x00ffffff))
		add_type(format, "buddy", 0xff000000, stored);
	else
		add_type(format, "buddy", inverted_base(bit) | bit, inverted_base(bit));
	return TRUE;
}

static void resolve_compound(AnzKernel *kernel, AnzPageFormat *format)
{
	guint64 offset;
	gint64 value;

	format->head = MEMBER(kernel, "page", "compound_head");
	format->tail = ANZ_TAIL_POINTER;
	if (format->head == ANZ_ABSENT_OFFSET) {
		format->head = MEMBER(kernel, "page", "compound_info");
		format->tail = ANZ_TAIL_POINTER_OR_MASK;
	}
	anz_kernel_fact(kernel, "tail pages", anz_kernel_layout_origin(kernel), "%s", format->head == ANZ_ABSENT_OFFSET ?
			"not known" : format->tail == ANZ_TAIL_POINTER ?
			"pointer to the head" : "pointer to the head, or mask");
	if (format->head == ANZ_ABSENT_OFFSET)
		anz_kernel_remark(kernel, "warning", "compound", 1,
				  "struct page has neither compound_head nor compound_info: tail pages "
				  "cannot be told");

	format->order_offset = ANZ_ABSENT_OFFSET;
	/* Up to 6.2, 6.3 to 6.5, and 6.6 on. */
	if (anz_kernel_member(kernel, "page", "compound_order", &offset, NULL)) {
		format->order_offset = format->stride + offset;
	} else if (anz_kernel_member(kernel, "folio", "_folio_order", &offset, NULL)) {
		format->order_offset = offset;
	} else if (anz_kernel_member(kernel, "folio", "_flags_1", &offset, NULL)) {
		/* The low byte of a word: its last byte in memory on a big-endian machine. */
		format->order_offset = offset + (kernel->big_endian ? 7 : 0);
	} else {
		format->order_offset = format->stride + format->flags +
				       (kernel->big_endian ? 7 : 0);
		anz_kernel_fact(kernel, "compound order", "built-in",
				"low byte of the second page's flags");
	}

	format->hugetlb_dtor_offset = format->hugetlb_flag_offset = ANZ_ABSENT_OFFSET;
	if (anz_kernel_enumerator(kernel, "compound_dtor_id", "HUGETLB_PAGE_DTOR", &value)) {
		format->hugetlb_dtor = value;
		if (anz_kernel_member(kernel, "page", "compound_dtor", &offset, NULL))
			format->hugetlb_dtor_offset = format->stride + offset;
		else if (anz_kernel_member(kernel, "folio", "_folio_dtor", &offset, NULL))
			format->hugetlb_dtor_offset = offset;
	} else if ((format->hugetlb_flag = flag_mask(kernel, "PG_hugetlb")) &&
		   anz_kernel_member(kernel, "folio", "_flags_1", &offset, NULL)) {
		format->hugetlb_flag_offset = offset;
	}
	format->entire_mapcount_offset = ANZ_ABSENT_OFFSET;
	if (anz_kernel_member(kernel, "folio", "_entire_mapcount", &offset, NULL))
		format->entire_mapcount_offset = offset;
	else if (anz_kernel_member(kernel, "page", "compound_mapcount", &offset, NULL))
		format->entire_mapcount_offset = format->stride + offset;
	/* 6.10 on, and of use only together: what a kernel that counts no single pages counts. */
	format->large_mapcount_offset = MEMBER(kernel, "folio", "_large_mapcount");
	format->nr_pages_mapped_offset = MEMBER(kernel, "folio", "_nr_pages_mapped");
	if (format->large_mapcount_offset == ANZ_ABSENT_OFFSET ||
	    format->nr_pages_mapped_offset == ANZ_ABSENT_OFFSET)
		format->large_mapcount_offset = format->nr_pages_mapped_offset =
			ANZ_ABSENT_OFFSET;
}

/* Members in later pages of a compound page must lie where a batch surely has them. */
static gboolean offsets_are_sane(const AnzPageFormat *format)
{
	const guint32 in_page[] = { format->flags, format->head, format->mapping,
				    format->page_type, format->refcount, format->private_word,
				    format->list, format->pp_magic,
				    format->list + 8 /* prev */ };
	const guint32 in_folio[] = { format->order_offset, format->hugetlb_dtor_offset,
				     format->hugetlb_flag_offset,
				     format->entire_mapcount_offset,
				     format->large_mapcount_offset,
				     format->nr_pages_mapped_offset };

	for (guint i = 0; i < G_N_ELEMENTS(in_page); i++)
		if (in_page[i] != ANZ_ABSENT_OFFSET && in_page[i] + 8 > format->stride &&
		    !(i == 3 || i == 4 ? in_page[i] + 4 <= format->stride : FALSE))
			return FALSE;
	/* A compound page has at least two struct pages. */
	for (guint i = 0; i < G_N_ELEMENTS(in_folio); i++)
		if (in_folio[i] != ANZ_ABSENT_OFFSET && in_folio[i] + 8 > 2 * format->stride)
			return FALSE;
	return TRUE;
}

static void resolve_owner_hints(AnzKernel *kernel, AnzPageFormat *format)
{
	guint64 offset;
	AnzArch arch = anz_image_arch(kernel->image);

	anz_types_symbol(kernel->types, "zsmalloc_mops", &format->zsmalloc_mops);
	format->pp_magic = ANZ_ABSENT_OFFSET;
	if (anz_kernel_member(kernel, "page", "pp_magic", &offset, NULL) ||
	    anz_kernel_member(kernel, "netmem_desc", "pp_magic", &offset, NULL))
		format->pp_magic = offset;
	/* PP_SIGNATURE is 0x40 + POISON_POINTER_DELTA (include/linux/poison.h). */
	if (arch == ANZ_ARCH_X86_64 || arch == ANZ_ARCH_AARCH64)
		format->pp_signature = 0xdead000000000040ull;
	/* TAIL_MAPPING is 0x400 + POISON_POINTER_DELTA. */
	if (format->pp_signature)
		format->tail_mapping = (format->pp_signature & ~0xffull) + 0x400;
	format->pages_per_map_page = MAX((1u << kernel->page_shift) / format->stride, 1);
}

/*
 * A folio that still overlays struct page (MEMDESC_DESCRIPTORS=vmemmap) says that it is a hugetlb
 * page the way kernels of the classic shape do: by page type, by a flag of its second page, by its
 * destructor.
 */
static void resolve_hugetlb_mark(AnzKernel *kernel)
{
	static const char *const type_words[] = { "page.page_type", "page._mapcount" };
	g_autofree AnzPageFormat *classic = g_new0(AnzPageFormat, 1);
	AnzFolioMark mark = { 0 };
	AnzMember flags;
	gint64 value;
	guint end;

	for (guint i = 0; i < G_N_ELEMENTS(type_words) && !mark.member.bit_size; i++)
		if (!anz_types_member(kernel->types, "folio", type_words[i], &mark.member) ||
		    mark.member.bit_size != 32)
			mark.member.bit_size = 0;
	if (mark.member.bit_size && resolve_types(kernel, classic, NULL))
		for (guint i = 0; i < classic->nr_types; i++)
			if (classic->types[i].page_class == ANZ_CLASS_HUGETLB) {
				mark.mask = classic->types[i].mask;
				mark.wanted = classic->types[i].value;
			}
	if (anz_types_member(kernel->types, "folio", "_flags_1", &flags)) {
		/* From 6.6 to 6.8: a bit of the second page, which means other things in the first. */
		kernel->memdesc->f_hugetlb = 0;
		if (!mark.mask && flag_mask(kernel, "PG_hugetlb"))
			mark = (AnzFolioMark){ .mask = flag_mask(kernel, "PG_hugetlb"),
					       .wanted = flag_mask(kernel, "PG_hugetlb"),
					       .member = flags };
	}
	if (!mark.mask && anz_types_member(kernel->types, "folio", "_folio_dtor", &mark.member) &&
	    anz_kernel_enumerator(kernel, "compound_dtor_id", "HUGETLB_PAGE_DTOR", &value)) {
		mark.mask = 0xff;
		mark.wanted = value;
	}
	if (!mark.mask || mark.member.bit_size > 64)
		return;
	end = (mark.member.bit_offset + mark.member.bit_size + 7) / 8;
	for (guint i = 0; i < ANZ_MEMDESC_MAX_TYPES; i++) {
		AnzMemdescType *type = &kernel->memdesc->types[i];

		if (type->page_class == ANZ_CLASS_FILE && type->type && end <= type->type->size) {
			type->read_bytes = MAX(type->read_bytes, end);
			kernel->memdesc->hugetlb = mark;
		}
	}
}

gboolean anz_kernel_resolve_page_format(AnzKernel *kernel, GError **error)
{
	AnzPageFormat *format = &kernel->format;
	const AnzType *page = anz_types_find(kernel->types, "page");
	gboolean is_memdesc;
	guint64 size;

	if (!anz_kernel_sizeof(kernel, "page", &size)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "no struct page in the type information and no SIZE(page) in VMCOREINFO; "
			    "is this the vmlinux of the dump?");
		return FALSE;
	}
	if (!anz_kernel_resolve_memdesc(kernel, size, &is_memdesc, error))
		return FALSE;
	if (is_memdesc) {
		resolve_flags(kernel, format);
		if (kernel->memdesc->vmemmap_descriptors)
			resolve_hugetlb_mark(kernel);
		return TRUE;
	}
	format->big_endian = kernel->big_endian;
	format->stride = size;
	format->flags = MEMBER(kernel, "page", "flags");
	format->refcount = MEMBER(kernel, "page", "_refcount");
	if (size < 56 || size > MAX_CLASSIC_SIZE || format->flags == ANZ_ABSENT_OFFSET ||
	    format->refcount == ANZ_ABSENT_OFFSET) {
		g_autoptr(GString) seen = g_string_new(NULL);

		for (guint i = 0; page && i < page->nr_members; i++)
			g_string_append_printf(seen, "%s%s", i ? ", " : "",
					       page->members[i].name ? page->members[i].name :
					       "(anonymous)");
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "struct page has %" G_GUINT64_FORMAT " bytes with members %s: neither the "
			    "classic shape (56 to 96 bytes with flags and _refcount) nor one of memory "
			    "descriptors (8, 16 or 32 bytes with memdesc)", size, seen->len ? seen->str : "unknown");
		return FALSE;
	}
	format->mapping = MEMBER(kernel, "page", "mapping");
	format->page_type = MEMBER(kernel, "page", "page_type", "_mapcount");
	format->private_word = MEMBER(kernel, "page", "private");
	format->list = MEMBER(kernel, "page", "buddy_list", "lru");
	format->index = MEMBER(kernel, "page", "index", "__folio_index");
	if (format->page_type == ANZ_ABSENT_OFFSET || format->private_word == ANZ_ABSENT_OFFSET ||
	    format->list == ANZ_ABSENT_OFFSET || format->mapping == ANZ_ABSENT_OFFSET) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "struct page lacks one of mapping, page_type, private or lru: its layout is "
			    "not understood");
		return FALSE;
	}
	resolve_flags(kernel, format);
	if (!resolve_types(kernel, format, error))
		return FALSE;
	fix_type_bits(format);
	resolve_compound(kernel, format);
	resolve_owner_hints(kernel, format);
	if (!offsets_are_sane(format)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "the member offsets of struct page do not fit into its %u bytes; the type "
			    "information is damaged or another kernel's", format->stride);
		return FALSE;
	}
	/* Gigantic hugetlb pages: 16 GiB on arm64 with 64 KiB pages is the largest. */
	format->max_order = 34 - kernel->page_shift;
	anz_kernel_fact(kernel, "page array shape", anz_kernel_layout_origin(kernel), "classic, %u bytes", format->stride);
	return TRUE;
}
