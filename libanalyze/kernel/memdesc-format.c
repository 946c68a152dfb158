/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Resolving the memory-descriptor format, in the order of authority of memdesc-format.md: the user,
 * the type info, VMCOREINFO, the built-in tables of schemas/.
 */
#include <string.h>

#include "kernel/kernel-priv.h"

#define DEFAULT_TABLE "wiki2025"
#define DEFAULT_TABLE_32 "path2025"
#define TYPE_PREFIX "MEMDESC_TYPE_"
#define MAX_DESCRIPTOR 4096

typedef struct {
	AnzKernel *kernel;
	AnzMemdescFormat *format;
} Resolver;

/* "PAGE_TABLE" and "PageTable" are the same name. */
static gboolean same_name(const char *a, const char *b)
{
	for (;;) {
		while (*a == '_')
			a++;
		while (*b == '_')
			b++;
		if (g_ascii_tolower(*a) != g_ascii_tolower(*b))
			return FALSE;
		if (!*a)
			return TRUE;
		a++;
		b++;
	}
}

static gboolean have_member(Resolver *r, const char *path, guint32 *offset)
{
	guint64 value;

	if (!anz_kernel_member(r->kernel, "page", path, &value, NULL) || value > 64)
		return FALSE;
	*offset = value;
	return TRUE;
}

static void init_offsets(AnzMemdescFormat *format)
{
	format->flags = format->refcount = ANZ_ABSENT_OFFSET;
	format->private_word = format->buddy_list = format->pcp_list = ANZ_ABSENT_OFFSET;
}

/* TRUE if SIZE(page) and the members are those of a known memdesc shape. */
static gboolean resolve_shape(Resolver *r, guint64 size)
{
	AnzMemdescFormat *format = r->format;
	gboolean memdesc = have_member(r, "memdesc", &format->word);
	gboolean flags = have_member(r, "flags", &format->flags);
	gboolean has_type = anz_types_find(r->kernel->types, "page") != NULL;

	switch (size) {
	case 8:
		format->shape = ANZ_SHAPE_MEMDESC8;
		return memdesc && !format->word;
	case 16:
		format->shape = ANZ_SHAPE_MEMDESC16;
		return (memdesc || have_member(r, "memdesc_or_next", &format->word)) &&
		       !format->word;
	case 32:
		format->shape = ANZ_SHAPE_MEMDESC32;
		/* The May 2024 variant had the word in compound_head. */
		if ((!flags && has_type) ||
		    (!memdesc && !have_member(r, "compound_head", &format->word)) ||
		    format->word + 8 > size || (flags && format->flags + 8 > size))
			return FALSE;
		have_member(r, "_refcount", &format->refcount);
		have_member(r, "private", &format->private_word);
		/* "In place of memdesc" says the published shape, where no type info says more. */
		if (!have_member(r, "buddy_list", &format->buddy_list) &&
		    !have_member(r, "lru", &format->buddy_list) && !has_type) {
			format->buddy_list = format->word;
			anz_kernel_fact(r->kernel, "page.buddy_list", "built-in", "%u",
					format->word);
		}
		if (!have_member(r, "pcp_list", &format->pcp_list))
			format->pcp_list = format->buddy_list;
		return format->buddy_list != ANZ_ABSENT_OFFSET &&
		       MAX(format->buddy_list, format->pcp_list) + 16 <= size;
	default:
		return FALSE;
	}
}

static const AnzMemdescTableRow *find_table(const char *table)
{
	for (const AnzMemdescTableRow *row = anz_memdesc_table_rows; row->table; row++)
		if (g_str_equal(row->table, table))
			return row;
	return NULL;
}

static guint64 end_of(const AnzMember *member)
{
	return member->bit_offset + member->bit_size;
}

/* The descriptor's layout: whatever of pfn, order, flags, mapping and mapcounts the type info has. */
static void resolve_descriptor(Resolver *r, AnzMemdescType *type, const char *structs)
{
	/* Of a folio; of the overlays of slab and ptdesc up to 6.17, and of ptdesc since. */
	static const char *const flags[] = { "flags", "__page_flags", "pt_flags" };
	/* _total_mapcount: what the kernels up to 6.2 called _entire_mapcount (compound_mapcount). */
	static const char *const mapcounts[] = { "_mapcount", "_entire_mapcount",
						 "_large_mapcount", "_total_mapcount" };
	g_auto(GStrv) names = g_strsplit(structs, ",", -1);
	guint64 end = 0;

	for (guint i = 0; names[i] && !type->type; i++) {
		const AnzType *found = *names[i] ? anz_types_find(r->kernel->types, names[i]) :
				       NULL;

		if (found && found->size && found->size <= MAX_DESCRIPTOR) {
			type->type = found;
			type->struct_name = g_intern_string(names[i]);
		}
	}
	if (!type->type)
		return;
	type->has_extent = anz_type_member(type->type, "pfn", &type->pfn) &&
			   anz_type_member(type->type, "order", &type->order) &&
			   type->pfn.bit_size <= 64 && type->order.bit_size <= 64;
	for (guint i = 0; i < G_N_ELEMENTS(flags) && !type->has_flags; i++)
		type->has_flags = anz_type_member(type->type, flags[i], &type->flags) &&
				  type->flags.bit_size <= 64;
	type->has_mapping = anz_type_member(type->type, "mapping", &type->mapping) &&
			    type->mapping.bit_size == 64;
	for (guint i = 0; i < G_N_ELEMENTS(mapcounts); i++) {
		if (anz_type_member(type->type, mapcounts[i],
				    &type->mapcounts[type->nr_mapcounts]) &&
		    type->mapcounts[type->nr_mapcounts].bit_size == 32)
			type->nr_mapcounts++;
		/* Only folios of several pages have, or initialise, the others (kernel-facts 1.5). */
		if (!i)
			type->nr_small_mapcounts = type->nr_mapcounts;
	}
	if (type->has_extent)
		end = MAX(end_of(&type->pfn), end_of(&type->order));
	if (type->has_flags)
		end = MAX(end, end_of(&type->flags));
	if (type->has_mapping)
		end = MAX(end, end_of(&type->mapping));
	for (guint i = 0; i < type->nr_mapcounts; i++) {
		if (i == type->nr_small_mapcounts)
			type->small_bytes = (end + 7) / 8;
		end = MAX(end, end_of(&type->mapcounts[i]));
	}
	type->read_bytes = (end + 7) / 8;
	if (type->nr_small_mapcounts == type->nr_mapcounts)
		type->small_bytes = type->read_bytes;
	if (type->read_bytes > type->type->size) {
		type->has_extent = type->has_flags = type->has_mapping = FALSE;
		type->nr_mapcounts = type->nr_small_mapcounts = 0;
		type->read_bytes = type->small_bytes = 0;
	}
}

static void set_type(Resolver *r, guint number, const AnzMemdescTypeRow *row, const char *origin)
{
	AnzMemdescType *type = &r->format->types[number];
	g_autofree char *fact = g_strdup_printf("memdesc type %u", number);
	int page_class = anz_page_class_from_name(row->page_class);
	gboolean alias = g_str_equal(row->kind, "alias");

	/* Outside list32 a word's low bits are its type alone: alias rows are unassigned. */
	if (alias && r->format->links.kind != ANZ_LINKS_LIST)
		return;
	type->kind = g_str_equal(row->kind, "inline") ? ANZ_MEMDESC_INLINE :
		     g_str_equal(row->kind, "pointer") ? ANZ_MEMDESC_POINTER :
		     ANZ_MEMDESC_EMBEDDED;
	type->page_class = page_class < 0 ? ANZ_CLASS_KERNEL_OTHER : page_class;
	type->name = row->name;
	if (type->kind == ANZ_MEMDESC_POINTER)
		resolve_descriptor(r, type, row->descriptors);
	anz_kernel_fact(r->kernel, fact, origin, "%s%s%s%s", row->name,
			type->struct_name ? " -> struct " : "",
			type->struct_name ? type->struct_name : "",
			row->status == 'C' ? " (convention)" : "");
}

/* The row of any table that has this name; the table in force first. */
static const AnzMemdescTypeRow *row_by_name(const char *table, const char *name)
{
	const AnzMemdescTypeRow *other = NULL;

	for (const AnzMemdescTypeRow *row = anz_memdesc_type_rows; row->table; row++) {
		if (!same_name(row->name, name) || g_str_equal(row->kind, "alias"))
			continue;
		if (g_str_equal(row->table, table))
			return row;
		if (!other)
			other = row;
	}
	return other;
}

typedef struct {
	Resolver *resolver;
	const char *table;
	const char *origin;
	guint nr_matched;
} EnumeratorMatch;

static void match_enumerator(const char *name, gint64 value, gpointer data)
{
	EnumeratorMatch *match = data;
	AnzKernel *kernel = match->resolver->kernel;
	AnzMemdescFormat *format = match->resolver->format;
	const AnzMemdescTypeRow *row = row_by_name(match->table, name + strlen(TYPE_PREFIX));

	if (!row) {
		anz_kernel_remark(kernel, "note", "memdesc", 1,
				  "%s is no type that any table knows: ignored", name);
		return;
	}
	if (value < 0 || value >= 1ll << format->type_bits) {
		anz_kernel_remark(kernel, "warning", "memdesc", 1,
				  "%s is %" G_GINT64_FORMAT ", which does not fit the word's type field: "
				  "ignored", name, value);
		return;
	}
	if (format->types[value].name && !same_name(format->types[value].name, row->name))
		anz_kernel_remark(kernel, "warning", "memdesc", 1,
				  "%s is %" G_GINT64_FORMAT ", as %s is: pages of the two cannot be told "
				  "apart", name, value, format->types[value].name);
	format->types[value] = (AnzMemdescType){ 0 };
	set_type(match->resolver, value, row, match->origin);
	match->nr_matched++;
}

/* VMCOREINFO: NUMBER(MEMDESC_TYPE_FILE)=2 */
static void match_number_line(const char *key, const char *value, gpointer data)
{
	EnumeratorMatch *match = data;
	g_autofree char *name = NULL;
	gint64 number;

	if (!g_str_has_prefix(key, "NUMBER(" TYPE_PREFIX) || !g_str_has_suffix(key, ")"))
		return;
	name = g_strndup(key + strlen("NUMBER("), strlen(key) - strlen("NUMBER()"));
	if (anz_vmcoreinfo_number(match->resolver->kernel->vmcoreinfo, name, &number))
		match_enumerator(name, number, data);
	else
		anz_kernel_remark(match->resolver->kernel, "warning", "memdesc", 1,
				  "%s in VMCOREINFO is '%s', no number: ignored", key, value);
}

/* Where a link begins in the word, the type must have ended. */
static gboolean links_leave_room(const AnzMemdescFormat *format, const char *table, GError **error)
{
	const AnzWordField *fields[] = { &format->links.next, &format->links.prev,
					 &format->links.order, &format->links.order0 };

	for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
		if (fields[i]->bits && !fields[i]->word && fields[i]->shift < format->type_bits) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
				    "buddy layout %s keeps a link from bit %u of the word on, where type "
				    "table %s has its types (%u bits): choose others with --buddy-layout "
				    "and --memdesc-table", format->buddy, fields[i]->shift, table,
				    format->type_bits);
			return FALSE;
		}
	return TRUE;
}

static gboolean resolve_types(Resolver *r, GError **error)
{
	AnzMemdescFormat *format = r->format;
	gboolean is32 = format->links.kind == ANZ_LINKS_LIST;
	const char *stated = anz_vmcoreinfo_line(r->kernel->vmcoreinfo, "MEMDESC_TABLE");
	const char *table = r->kernel->options.memdesc_table, *origin = "user";
	EnumeratorMatch match = { .resolver = r };
	gboolean by_user = table != NULL;

	if (!table) {
		table = stated;
		origin = "VMCOREINFO";
	}
	if (table && !find_table(table)) {
		g_autoptr(GString) known = g_string_new(NULL);

		for (const AnzMemdescTableRow *row = anz_memdesc_table_rows; row->table; row++)
			g_string_append_printf(known, " %s", row->table);
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "there is no memdesc type table '%s' (%s); choose one of:%s", table,
			    by_user ? "--memdesc-table" : "MEMDESC_TABLE in VMCOREINFO", known->str);
		return FALSE;
	}
	if (!table) {
		table = is32 ? DEFAULT_TABLE_32 : DEFAULT_TABLE;
		origin = "built-in";
	}
	if (is32 && !g_str_equal(table, DEFAULT_TABLE_32)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "type table %s cannot be used with free lists of struct list_head in struct "
			    "page (list32); that needs table " DEFAULT_TABLE_32, table);
		return FALSE;
	}
	match.table = table;
	format->type_bits = find_table(table)->type_bits;
	if (!links_leave_room(format, table, error))
		return FALSE;
	if (!by_user) {
		match.origin = anz_kernel_layout_origin(r->kernel);
		anz_types_each_enumerator(r->kernel->types, TYPE_PREFIX, match_enumerator, &match);
		if (!match.nr_matched) {
			match.origin = "VMCOREINFO";
			anz_vmcoreinfo_foreach(r->kernel->vmcoreinfo, match_number_line, &match);
		}
	}
	if (match.nr_matched) {
		format->table = "enumerators";
		anz_kernel_fact(r->kernel, "memdesc type table", match.origin,
				"%u types by name", match.nr_matched);
		/* Every aligned pointer in buddy_list reads as type 0, 4, 8 or 12. */
		for (const AnzMemdescTypeRow *row = anz_memdesc_type_rows; is32 && row->table; row++)
			if (g_str_equal(row->table, DEFAULT_TABLE_32) &&
			    g_str_equal(row->kind, "alias") &&
			    format->types[row->number].kind == ANZ_MEMDESC_UNASSIGNED)
				set_type(r, row->number, row, "built-in");
		return TRUE;
	}
	format->table = g_intern_string(table);
	anz_kernel_fact(r->kernel, "memdesc type table", origin, "%s", table);
	if (g_str_equal(origin, "built-in"))
		anz_kernel_remark(r->kernel, "note", "memdesc", 1,
				  "nothing in the dump states the numbers of the memdesc types: table %s "
				  "is assumed (--memdesc-table chooses another)", table);
	for (const AnzMemdescTypeRow *row = anz_memdesc_type_rows; row->table; row++)
		if (g_str_equal(row->table, table) && row->number < 1u << format->type_bits)
			set_type(r, row->number, row, origin);
	return TRUE;
}

/* What the members of a 16-byte struct page say of its buddy links; NULL: nothing. */
static const char *variant_by_members(Resolver *r)
{
	AnzKernel *kernel = r->kernel;
	guint32 ignored;
	AnzMember prev, next;

	if (have_member(r, "memdesc_or_next", &ignored))
		return "ptr-next-first";
	if (!anz_types_member(kernel->types, "page", "buddy.prev", &prev) ||
	    !anz_types_member(kernel->types, "page", "buddy.next", &next))
		return NULL;
	if (prev.type && prev.type->kind == ANZ_TYPE_POINTER)
		return prev.bit_offset < next.bit_offset ? "ptr-prev-first" : "ptr-next-first";
	anz_kernel_remark(kernel, "note", "memdesc", 1,
			  "struct buddy holds integers and nothing says whether they are addresses: "
			  "frame numbers (pfn-prev-first) are assumed; --buddy-layout chooses another");
	return "pfn-prev-first";
}

static gboolean resolve_buddy(Resolver *r, guint64 size, GError **error)
{
	AnzMemdescFormat *format = r->format;
	const char *id = r->kernel->options.buddy_layout, *origin = "user";
	g_autoptr(GString) known = g_string_new(NULL);

	if (!id) {
		id = anz_vmcoreinfo_line(r->kernel->vmcoreinfo, "MEMDESC_BUDDY");
		origin = "VMCOREINFO";
	}
	if (!id && size == 16) {
		id = variant_by_members(r);
		origin = anz_kernel_layout_origin(r->kernel);
	}
	if (!id) {
		id = size == 8 ? "pfn8-global" : size == 16 ? "ptr-prev-first" : "list32";
		origin = "built-in";
		if (size != 32)
			anz_kernel_remark(r->kernel, "note", "memdesc", 1,
					  "nothing in the dump states how free pages are linked: %s is "
					  "assumed (--buddy-layout chooses another)", id);
	}
	for (const AnzMemdescBuddyRow *row = anz_memdesc_buddy_rows; row->id; row++) {
		if (row->page_size == size)
			g_string_append_printf(known, " %s", row->id);
		if (!g_str_equal(row->id, id) || row->page_size != size)
			continue;
		format->buddy = row->id;
		format->links = (AnzLinkFormat){
			.kind = g_str_equal(row->links, "pointer") ? ANZ_LINKS_POINTER :
				g_str_equal(row->links, "list") ? ANZ_LINKS_LIST : ANZ_LINKS_PFN,
			.zone_relative = g_str_equal(row->links, "pfn-zone"),
			.next = row->next, .prev = row->prev, .order = row->order,
			.order0 = row->order0, .second_flag = row->second_flag,
			.second_order = row->second_order,
		};
		anz_kernel_fact(r->kernel, "buddy layout", origin, "%s (convention)", id);
		return TRUE;
	}
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
		    "buddy layout '%s' (%s) does not exist for a struct page of %" G_GUINT64_FORMAT
		    " bytes; choose one of:%s", id, origin, size, known->str);
	return FALSE;
}

static void resolve_misc(AnzMemdescFormat *format)
{
	memset(format->misc_class, ANZ_NR_CLASSES, sizeof(format->misc_class));
	for (const AnzMemdescMiscRow *row = anz_memdesc_misc_rows; row->name; row++) {
		int page_class = anz_page_class_from_name(row->page_class);

		if (row->subtype >= ANZ_MEMDESC_MAX_SUBTYPES || page_class < 0)
			continue;
		format->misc_class[row->subtype] = page_class;
		format->misc_name[row->subtype] = row->name;
	}
}

static guint64 folio_flag(AnzKernel *kernel, const char *page_name, const char *folio_name)
{
	gint64 bit;

	if ((!anz_types_enumerator(kernel->types, NULL, folio_name, &bit) &&
	     !anz_kernel_enumerator(kernel, "pageflags", page_name, &bit)) || bit < 0 || bit > 63)
		return 0;
	return 1ull << bit;
}

gboolean anz_kernel_resolve_memdesc(AnzKernel *kernel, guint64 size, gboolean *is_memdesc,
				    GError **error)
{
	g_autofree AnzMemdescFormat *format = g_new0(AnzMemdescFormat, 1);
	Resolver resolver = { .kernel = kernel, .format = format };
	const char *line;

	*is_memdesc = FALSE;
	init_offsets(format);
	if (!resolve_shape(&resolver, size))
		return TRUE;
	*is_memdesc = TRUE;
	format->nr_words = size / 8;
	if (!resolve_buddy(&resolver, size, error) || !resolve_types(&resolver, error))
		return FALSE;
	resolve_misc(format);
	line = anz_vmcoreinfo_line(kernel->vmcoreinfo, "MEMDESC_DESCRIPTORS");
	format->vmemmap_descriptors = line && g_str_equal(line, "vmemmap");
	anz_kernel_fact(kernel, "descriptors live in", line ? "VMCOREINFO" : "built-in", "%s",
			format->vmemmap_descriptors ? "vmemmap" : "slab caches");
	format->f_swapcache = folio_flag(kernel, "PG_swapcache", "FL_swapcache");
	format->f_swapbacked = folio_flag(kernel, "PG_swapbacked", "FL_swapbacked");
	format->f_hugetlb = folio_flag(kernel, "PG_hugetlb", "FL_hugetlb");
	format->f_hwpoison = folio_flag(kernel, "PG_hwpoison", "FL_hwpoison");
	anz_kernel_fact(kernel, "page array shape", anz_kernel_layout_origin(kernel),
			"memdesc%u: %u bytes, word at %u", (guint)size, (guint)size, format->word);
	kernel->format.big_endian = kernel->big_endian;
	kernel->format.stride = size;
	kernel->format.flags = format->flags;
	kernel->format.list = format->buddy_list;
	kernel->format.device_zone = ANZ_NO_ZONE;
	kernel->format.max_order = 63;
	kernel->memdesc = g_steal_pointer(&format);
	return TRUE;
}

/*
 * A link of 29 bits ends at 2 TiB of 4 KiB pages (all ones is the head), counted from frame 0 or from
 * the start of the zone.  A zone that goes on behind that cannot have its last blocks on a list, or
 * its layout is another than was said.
 */
void anz_kernel_check_link_reach(AnzKernel *kernel)
{
	const AnzLinkFormat *links = kernel->memdesc ? &kernel->memdesc->links : NULL;
	guint64 reach;

	if (!links || links->kind != ANZ_LINKS_PFN || links->next.bits > 62)
		return;
	reach = (1ull << MIN(links->next.bits, links->prev.bits)) - 1;
	for (guint i = 0; i < kernel->zones->len; i++) {
		const AnzZone *zone = &g_array_index(kernel->zones, AnzZone, i);
		guint64 end = zone->spanned + (links->zone_relative ? 0 : zone->start_pfn);

		if (end <= reach)
			continue;
		anz_kernel_remark(kernel, "warning", "memdesc", 1,
				  "zone %s of node %u ends %" G_GUINT64_FORMAT " frames behind what a link "
				  "of buddy layout %s can name (frame %" G_GUINT64_FORMAT "%s): free pages "
				  "there are on no list, or the layout is another (--buddy-layout)",
				  zone->name, zone->nid, end - reach, kernel->memdesc->buddy, reach - 1,
				  links->zone_relative ? " of the zone" : "");
	}
}
