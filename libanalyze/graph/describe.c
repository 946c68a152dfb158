/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A page in words.  Memory descriptors: the word in binary with its fields named, then the members
 * of the descriptor it points at.  Classic shape: the members of the struct that overlays the struct
 * page of such a page (folio, slab, ptdesc), as the kernel would read them.
 */
#include <string.h>

#include "graph/describe.h"
#include "kernel/module-types.h"

#define MAX_LINES 200
#define MAX_DEPTH 8
#define MAX_ELEMENTS 8		/* of an array */
#define MAX_STRUCT 4096

typedef struct {
	AnzKernel *kernel;
	GPtrArray *lines;
	const guint8 *bytes;
	gsize len;
} Describer;

static void G_GNUC_PRINTF(2, 3) line(Describer *d, const char *format, ...)
{
	va_list args;

	if (d->lines->len > MAX_LINES)
		return;
	va_start(args, format);
	g_ptr_array_add(d->lines, g_strdup_vprintf(format, args));
	va_end(args);
}

static const char *enumerator_name(const AnzType *type, guint64 value)
{
	for (guint i = 0; i < type->nr_enumerators; i++)
		if ((guint64)type->enumerators[i].value == value)
			return type->enumerators[i].name;
	return NULL;
}

static void describe_scalar(Describer *d, const char *name, const AnzType *type,
			    guint64 bit_offset, guint64 bit_size)
{
	AnzMember member = { .bit_offset = bit_offset % 8, .type = type,
			     .bit_size = bit_size ? bit_size : type->size * 8,
			     .is_bitfield = bit_size != 0 };
	guint64 at = bit_offset / 8, offset, value;
	const char *symbol;

	if (member.bit_size > 64 || at + (member.bit_offset + member.bit_size + 7) / 8 > d->len)
		return;
	value = anz_member_load(&member, d->bytes + at, d->kernel->big_endian);
	if (type->kind == ANZ_TYPE_POINTER) {
		symbol = value ? anz_types_symbol_at(d->kernel->types, value, &offset) : NULL;
		if (symbol)
			line(d, "%s: 0x%" G_GINT64_MODIFIER "x (%s+0x%" G_GINT64_MODIFIER "x)",
			     name, value, symbol, offset);
		else
			line(d, "%s: 0x%" G_GINT64_MODIFIER "x", name, value);
	} else if (type->kind == ANZ_TYPE_ENUM && enumerator_name(type, value)) {
		line(d, "%s: %s (%" G_GUINT64_FORMAT ")", name, enumerator_name(type, value),
		     value);
	} else if (type->is_signed) {
		line(d, "%s: %" G_GINT64_FORMAT, name, (gint64)value);
	} else if (value > 0xffff) {
		line(d, "%s: 0x%" G_GINT64_MODIFIER "x", name, value);
	} else {
		line(d, "%s: %" G_GUINT64_FORMAT, name, value);
	}
}

static void describe_type(Describer *d, const char *name, const AnzType *type, guint64 bit_offset,
			  guint64 bit_size, guint depth);

static void describe_members(Describer *d, const char *prefix, const AnzType *type,
			     guint64 bit_offset, guint depth)
{
	for (guint i = 0; i < type->nr_members && d->lines->len <= MAX_LINES; i++) {
		const AnzTypeMember *member = &type->members[i];
		g_autofree char *name = NULL;

		/* An overlay repeats the struct page that it lies over. */
		if (member->type && !g_strcmp0(member->type->name, "page") && depth)
			continue;
		/* An anonymous member's own members are named as if they were the struct's. */
		if (!member->name) {
			if (member->type && depth < MAX_DEPTH)
				describe_members(d, prefix, member->type,
						 bit_offset + member->bit_offset, depth + 1);
			continue;
		}
		if (*prefix)
			name = g_strdup_printf("%s.%s", prefix, member->name);
		else
			name = g_strdup(member->name);
		describe_type(d, name, member->type, bit_offset + member->bit_offset,
			      member->bit_size, depth + 1);
	}
}

static void describe_type(Describer *d, const char *name, const AnzType *type, guint64 bit_offset,
			  guint64 bit_size, guint depth)
{
	if (!type || depth > MAX_DEPTH || bit_offset / 8 >= d->len)
		return;
	switch (type->kind) {
	case ANZ_TYPE_STRUCT:
	case ANZ_TYPE_UNION:
		/* A struct around one word, as atomic_t or memdesc_flags_t, is that word. */
		if (type->nr_members == 1 && type->members[0].name && type->size <= 8)
			describe_type(d, name, type->members[0].type,
				      bit_offset + type->members[0].bit_offset,
				      type->members[0].bit_size, depth + 1);
		else
			describe_members(d, name, type, bit_offset, depth);
		break;
	case ANZ_TYPE_ARRAY:
		for (guint64 i = 0; type->target && i < MIN(type->nr_elems, MAX_ELEMENTS); i++) {
			g_autofree char *element = g_strdup_printf("%s[%u]", name, (guint)i);

			describe_type(d, element, type->target,
				      bit_offset + i * type->target->size * 8, 0, depth + 1);
		}
		break;
	case ANZ_TYPE_INT:
	case ANZ_TYPE_POINTER:
	case ANZ_TYPE_ENUM:
		describe_scalar(d, name, type, bit_offset, bit_size);
		break;
	default:
		break;
	}
}

/* @most: bytes that belong to it; an overlay of a single page is longer than its struct page. */
static void describe_struct(Describer *d, const AnzType *type, guint64 address, guint64 most)
{
	gsize size = MIN(MIN(type->size, most), MAX_STRUCT);
	/* anz_member_load() may look at the eight bytes around a member. */
	g_autofree guint8 *bytes = g_malloc0(size + 16);

	line(d, "struct %s at: 0x%" G_GINT64_MODIFIER "x, %" G_GSIZE_FORMAT " bytes", type->name,
	     address, size);
	if (!anz_kernel_read(d->kernel, address, bytes, size)) {
		line(d, "its bytes: not in the dump");
		return;
	}
	d->bytes = bytes;
	d->len = size;
	describe_members(d, "", type, 0, 0);
	d->bytes = NULL;
	d->len = 0;
}

/* "0000 0000 ... 0010", most significant bit first. */
static char *binary(guint64 word)
{
	GString *text = g_string_new(NULL);

	for (int bit = 63; bit >= 0; bit--) {
		g_string_append_c(text, word >> bit & 1 ? '1' : '0');
		if (bit && bit % 4 == 0)
			g_string_append_c(text, bit % 16 ? '_' : ' ');
	}
	return g_string_free(text, FALSE);
}

static void describe_misc(Describer *d, guint64 word)
{
	const AnzMemdescFormat *memdesc = d->kernel->memdesc;
	guint at = memdesc->type_bits, reserved = at + ANZ_MISC_RESERVED_SHIFT;
	guint64 misc = word >> at;
	guint subtype = misc >> ANZ_MISC_SUBTYPE_SHIFT & ANZ_MISC_SUBTYPE_MASK;
	guint top = memdesc->zone_bits ? memdesc->zone_shift : memdesc->node_shift;
	guint64 between = top > reserved && top < 64 ?
			  word >> reserved & ((1ull << (top - reserved)) - 1) : 0;

	line(d, "bits %u-%u, subtype: %u (%s)", at, at + ANZ_MISC_MAPPED_SHIFT - 1, subtype,
	     memdesc->misc_name[subtype] ? memdesc->misc_name[subtype] : "not assigned");
	line(d, "bit %u, may be mapped: %s", at + ANZ_MISC_MAPPED_SHIFT,
	     misc >> ANZ_MISC_MAPPED_SHIFT & 1 ? "yes" : "no");
	line(d, "bits %u-%u, order: %u", at + ANZ_MISC_ORDER_SHIFT, reserved - 1,
	     (guint)(misc >> ANZ_MISC_ORDER_SHIFT & ANZ_MISC_ORDER_MASK));
	if (between)
		line(d, "bits %u-%u, should be zero: 0x%" G_GINT64_MODIFIER "x", reserved, top - 1,
		     between);
	if (memdesc->zone_bits)
		line(d, "bits %u-%u, zone: %u", memdesc->zone_shift,
		     memdesc->zone_shift + memdesc->zone_bits - 1,
		     (guint)(word >> memdesc->zone_shift & ((1u << memdesc->zone_bits) - 1)));
	if (memdesc->node_bits)
		line(d, "bits %u-%u, node: %u", memdesc->node_shift,
		     memdesc->node_shift + memdesc->node_bits - 1,
		     (guint)(word >> memdesc->node_shift & ((1u << memdesc->node_bits) - 1)));
}

static void describe_field(Describer *d, const char *name, const AnzWordField *field,
			   const guint64 *words)
{
	guint64 value = anz_word_field(field, words);
	guint64 all_ones = field->bits > 63 ? ~0ull : (1ull << field->bits) - 1;

	if (!field->bits)
		return;
	line(d, "word %u bits %u-%u, %s: 0x%" G_GINT64_MODIFIER "x%s", field->word, field->shift,
	     field->shift + field->bits - 1, name, value,
	     field->bits > 8 && value == all_ones ? " (the list's head)" : "");
}

/* Returns what the word's type means, or NULL if the word cannot be read. */
static const AnzMemdescType *describe_word(Describer *d, guint64 pfn, gboolean listed)
{
	const AnzMemdescFormat *memdesc = d->kernel->memdesc;
	guint64 address = anz_kernel_page_address(d->kernel, pfn), words[2] = { 0, 0 };
	g_autofree char *bits = NULL;
	const AnzMemdescType *type;
	guint number;

	if (!address || !anz_kernel_read_u64(d->kernel, address + memdesc->word, &words[0])) {
		line(d, "word: not in the dump");
		return NULL;
	}
	if (memdesc->nr_words > 1)
		anz_kernel_read_u64(d->kernel, address + memdesc->word + 8, &words[1]);
	number = words[0] & ((1ull << memdesc->type_bits) - 1);
	type = &memdesc->types[number];
	bits = binary(words[0]);
	line(d, "word: 0x%016" G_GINT64_MODIFIER "x", words[0]);
	line(d, "in binary: %s", bits);
	line(d, "bits 0-%u, type: %u (%s)%s", memdesc->type_bits - 1, number,
	     type->kind == ANZ_MEMDESC_UNASSIGNED ? "not assigned" : type->name,
	     listed ? "; in a free block, where words may be stale" : "");
	if (type->kind == ANZ_MEMDESC_INLINE)
		describe_misc(d, words[0]);
	else if (type->kind == ANZ_MEMDESC_POINTER)
		line(d, "bits %u-63, descriptor: 0x%" G_GINT64_MODIFIER "x", memdesc->type_bits,
		     words[0] >> memdesc->type_bits << memdesc->type_bits);
	else if (type->kind == ANZ_MEMDESC_EMBEDDED && memdesc->links.kind != ANZ_LINKS_LIST) {
		describe_field(d, "next", &memdesc->links.next, words);
		describe_field(d, "prev", &memdesc->links.prev, words);
		describe_field(d, "order", &memdesc->links.order, words);
		describe_field(d, "order 0", &memdesc->links.order0, words);
	}
	return type;
}

static gboolean is_free(guint8 page_class)
{
	return page_class == ANZ_CLASS_FREE || page_class == ANZ_CLASS_FREE_PCP ||
	       page_class == ANZ_CLASS_UNACCEPTED;
}

char **anz_describe_page(AnzKernel *kernel, guint64 pfn, guint8 page_class, guint order,
			 guint64 descriptor)
{
	Describer d = { .kernel = kernel, .lines = g_ptr_array_new_with_free_func(g_free) };
	const AnzPageClassInfo *info = anz_page_class_info(page_class);
	const AnzMemdescType *word_type;
	const AnzType *type = NULL;
	guint64 most = MAX_STRUCT;

	if (kernel->memdesc) {
		word_type = describe_word(&d, pfn, is_free(page_class));
		if (word_type && !is_free(page_class))
			type = word_type->type;
	} else {
		descriptor = anz_kernel_page_address(kernel, pfn & ~((1ull << MIN(order, 63)) - 1));
		most = (guint64)kernel->format.stride << MIN(order, 6);
		/* A kernel that has no such overlay yet: its struct page says it all. */
		if (info && info->descriptor)
			type = anz_types_find(kernel->types, info->descriptor);
		if (!type)
			type = anz_types_find(kernel->types, "page");
	}
	if (type && type->name && descriptor)
		describe_struct(&d, type, descriptor, most);
	g_ptr_array_add(d.lines, NULL);
	return (char **)g_ptr_array_free(d.lines, FALSE);
}

char **anz_describe_struct(AnzKernel *kernel, const char *type, guint64 address, GError **error)
{
	Describer d = { .kernel = kernel, .lines = g_ptr_array_new_with_free_func(g_free) };
	const AnzType *found = anz_types_find(kernel->types, type);
	g_autofree char *origin = NULL, *asked = NULL;
	guint8 probe;

	if (!found)
		found = anz_types_find_in_all(kernel->types, type);
	if (!found || !found->size)
		found = anz_module_type(kernel, type, &origin);
	if (!found || !found->size) {
		asked = anz_module_types_summary(kernel, type);
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "the kernel's type information has no struct or union '%s'; %s", type, asked);
	} else if (!anz_kernel_read(kernel, address, &probe, 1)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_MEMORY_AT,
			    "nothing can be read at 0x%" G_GINT64_MODIFIER "x: no page of the kernel is "
			    "mapped there, or it is not in the dump", address);
	} else {
		describe_struct(&d, found, anz_kernel_untag(kernel, address), found->size);
		if (origin)
			g_ptr_array_insert(d.lines, 1, g_strdup_printf("type from: %s", origin));
		g_ptr_array_add(d.lines, NULL);
		return (char **)g_ptr_array_free(d.lines, FALSE);
	}
	g_ptr_array_unref(d.lines);
	return NULL;
}
