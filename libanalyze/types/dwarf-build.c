/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a DIE to an AnzType.
 *
 * A struct is built with all that lies inside it; what a pointer leads to is only named
 * (a "shell"), or struct page would pull in half of the kernel.  Each DIE is built once.
 */
#include <dwarf.h>
#include <string.h>

#include "types/dwarf-private.h"

#define MAX_CHAIN 64		/* typedefs and qualifiers before a type */
#define MAX_NESTING 64		/* structs within structs */
#define MAX_DIMENSIONS 16
#define MAX_POINTERS 16		/* pointer to pointer to ... */
#define MAX_OFFSET ((guint64)1 << 40)	/* of a member, in bytes; no struct is so large */

static const AnzType *build(AnzDwarf *d, Dwarf_Die *die, guint nesting);
static const AnzType *build_shell(AnzDwarf *d, Dwarf_Die *die, guint pointers);

static const AnzType type_void = { .kind = ANZ_TYPE_VOID };

static AnzType *new_type(AnzDwarf *d, AnzTypeKind kind, const char *name)
{
	AnzType *type = g_new0(AnzType, 1);

	type->kind = kind;
	type->name = name;
	g_ptr_array_add(d->garbage, type);
	return type;
}

static gboolean get_udata(Dwarf_Die *die, guint name, guint64 *value)
{
	Dwarf_Attribute attr;
	Dwarf_Word word;

	if (dwarf_formudata(dwarf_attr(die, name, &attr), &word) != 0)
		return FALSE;
	*value = word;
	return TRUE;
}

static guint64 get_size(Dwarf_Die *die)
{
	guint64 size = 0;

	get_udata(die, DW_AT_byte_size, &size);
	return size < MAX_OFFSET ? size : 0;
}

static gboolean get_type(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attr;

	return dwarf_formref_die(dwarf_attr(die, DW_AT_type, &attr), type) != NULL;
}

/* A constant that compilers write in signed forms only when they mean it. */
static gboolean get_constant(Dwarf_Die *die, guint name, gint64 *value)
{
	Dwarf_Attribute attr;
	Dwarf_Word word;
	Dwarf_Sword sword;

	if (!dwarf_attr(die, name, &attr))
		return FALSE;
	switch (dwarf_whatform(&attr)) {
	case DW_FORM_sdata:
	case DW_FORM_implicit_const:
		if (dwarf_formsdata(&attr, &sword) != 0)
			return FALSE;
		*value = sword;
		return TRUE;
	default:
		if (dwarf_formudata(&attr, &word) != 0)
			return FALSE;
		*value = (gint64)word;
		return TRUE;
	}
}

/*
 * Strips typedefs and qualifiers off @die; @alias is the outermost typedef's name.
 * Returns FALSE for void.
 */
static gboolean peel(Dwarf_Die *die, const char **alias)
{
	*alias = NULL;
	for (guint i = 0; i < MAX_CHAIN; i++) {
		switch (dwarf_tag(die)) {
		case DW_TAG_typedef:
			if (!*alias)
				*alias = dwarf_diename(die);
			break;
		case DW_TAG_const_type:
		case DW_TAG_volatile_type:
		case DW_TAG_restrict_type:
		case DW_TAG_atomic_type:
		case DW_TAG_immutable_type:
		case DW_TAG_packed_type:
		case DW_TAG_shared_type:
			/*
			 * clang's btf_type_tag wraps nothing: it is a child, not a link
			 * of the chain
			 */
			break;
		default:
			return TRUE;
		}
		if (!get_type(die, die))
			return FALSE;
	}
	return FALSE;
}

static AnzTypeKind kind_of_tag(int tag)
{
	switch (tag) {
	case DW_TAG_base_type:
		return ANZ_TYPE_INT;
	case DW_TAG_pointer_type:
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
	case DW_TAG_ptr_to_member_type:
		return ANZ_TYPE_POINTER;
	case DW_TAG_enumeration_type:
		return ANZ_TYPE_ENUM;
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
		return ANZ_TYPE_STRUCT;
	case DW_TAG_union_type:
		return ANZ_TYPE_UNION;
	case DW_TAG_array_type:
		return ANZ_TYPE_ARRAY;
	case DW_TAG_subroutine_type:
		return ANZ_TYPE_FUNCTION;
	default:
		return ANZ_TYPE_VOID;
	}
}

/*
 * DW_AT_data_member_location: a number, or in DWARF 2 a block with the one operation that
 * adds it.
 */
static gboolean member_location(Dwarf_Die *die, guint64 *bytes)
{
	Dwarf_Attribute attr;
	Dwarf_Word word;
	Dwarf_Op *ops;
	size_t nr_ops;

	*bytes = 0;
	if (!dwarf_attr(die, DW_AT_data_member_location, &attr))
		return TRUE; /* members of a union; bit-fields by DW_AT_data_bit_offset */
	if (dwarf_formudata(&attr, &word) == 0)
		*bytes = word;
	else if (dwarf_getlocation(&attr, &ops, &nr_ops) == 0 && nr_ops == 1 &&
		 (ops[0].atom == DW_OP_plus_uconst || ops[0].atom == DW_OP_constu))
		*bytes = ops[0].number;
	else
		return FALSE;
	return *bytes < MAX_OFFSET;
}

/*
 * Where a bit-field lies.  DW_AT_data_bit_offset (DWARF 5; in clang's DWARF 4 too) counts
 * from the start of the struct, as AnzTypeMember does.  DW_AT_bit_offset (gcc up to DWARF
 * 4) counts from the most significant bit of a storage unit of DW_AT_byte_size bytes to
 * that of the field, and is negative where a packed field reaches beyond its unit.
 */
static gboolean place_bitfield(AnzDwarf *d, Dwarf_Die *die, guint64 bytes,
			       AnzTypeMember *member)
{
	guint64 offset, storage;
	gint64 from_msb, bit;

	if (member->bit_size > 64)
		return FALSE;
	if (get_udata(die, DW_AT_data_bit_offset, &offset)) {
		member->bit_offset = offset;
		return offset < 8 * MAX_OFFSET;
	}
	member->bit_offset = 8 * bytes;
	if (!get_constant(die, DW_AT_bit_offset, &from_msb))
		return TRUE;
	if (!get_udata(die, DW_AT_byte_size, &storage))
		storage = member->type->size;
	if (storage == 0 || storage > 16 || from_msb < -128 || from_msb > 128)
		return FALSE;
	bit = d->file->big_endian ? from_msb :
	      (gint64)(8 * storage) - from_msb - (gint64)member->bit_size;
	if (bit < 0 && (guint64)-bit > member->bit_offset)
		return FALSE;
	member->bit_offset += (guint64)bit;
	return TRUE;
}

static gboolean build_member(AnzDwarf *d, Dwarf_Die *die, guint nesting,
			     AnzTypeMember *member)
{
	Dwarf_Die type;
	guint64 bytes;

	if (dwarf_hasattr(die, DW_AT_external) || dwarf_hasattr(die, DW_AT_declaration))
		return FALSE;	/* C++ static members take no room */
	member->name = dwarf_diename(die);
	member->bit_size = 0;
	member->type = get_type(die, &type) ? build(d, &type, nesting + 1) : &type_void;
	if (!member_location(die, &bytes))
		return FALSE;
	if (get_udata(die, DW_AT_bit_size, &member->bit_size) && member->bit_size)
		return place_bitfield(d, die, bytes, member);
	member->bit_offset = 8 * bytes;
	return TRUE;
}

static void build_members(AnzDwarf *d, Dwarf_Die *die, guint nesting, AnzType *type)
{
	GArray *members = g_array_new(FALSE, FALSE, sizeof(AnzTypeMember));
	Dwarf_Die child;

	if (dwarf_child(die, &child) == 0) {
		do {
			AnzTypeMember member;

			if (dwarf_tag(&child) == DW_TAG_member &&
			    build_member(d, &child, nesting, &member))
				g_array_append_val(members, member);
		} while (dwarf_siblingof(&child, &child) == 0);
	}
	type->nr_members = members->len;
	type->members = (AnzTypeMember *)g_array_free(members, FALSE);
	g_ptr_array_add(d->garbage, (gpointer)type->members);
}

static void build_enumerators(AnzDwarf *d, Dwarf_Die *die, AnzType *type)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(AnzEnumerator));
	Dwarf_Die child;

	if (dwarf_child(die, &child) == 0) {
		do {
			AnzEnumerator e = { .name = dwarf_diename(&child) };

			if (dwarf_tag(&child) == DW_TAG_enumerator && e.name &&
			    get_constant(&child, DW_AT_const_value, &e.value))
				g_array_append_val(list, e);
		} while (dwarf_siblingof(&child, &child) == 0);
	}
	type->nr_enumerators = list->len;
	type->enumerators = (AnzEnumerator *)g_array_free(list, FALSE);
	g_ptr_array_add(d->garbage, (gpointer)type->enumerators);
}

void anz_dwarf_add_enumerators(AnzDwarf *d, Dwarf_Die *die)
{
	Dwarf_Die child;
	gint64 value;

	if (dwarf_child(die, &child) != 0)
		return;
	do {
		const char *name = dwarf_diename(&child);

		if (dwarf_tag(&child) == DW_TAG_enumerator && name &&
		    !g_hash_table_contains(d->enumerators, name) &&
		    get_constant(&child, DW_AT_const_value, &value))
			g_hash_table_insert(d->enumerators, (char *)name,
					    g_memdup2(&value, sizeof(value)));
	} while (dwarf_siblingof(&child, &child) == 0);
}

/*
 * Elements of one dimension: 0 if flexible, or if its length is known at run time only.
 */
static guint64 count_of_subrange(Dwarf_Die *die)
{
	gint64 count, upper, lower = 0;

	if (get_constant(die, DW_AT_count, &count))
		return count > 0 ? (guint64)count : 0;
	if (!get_constant(die, DW_AT_upper_bound, &upper))
		return 0;
	get_constant(die, DW_AT_lower_bound, &lower);
	/* [0] is written as an upper bound of -1 by some */
	if (upper == G_MAXINT64 || upper < lower || lower < 0)
		return 0;
	return (guint64)(upper - lower) + 1;
}

static guint read_dimensions(Dwarf_Die *die, guint64 *counts)
{
	Dwarf_Die child;
	guint n = 0;

	if (dwarf_child(die, &child) == 0) {
		do {
			if (dwarf_tag(&child) == DW_TAG_subrange_type &&
			    n < MAX_DIMENSIONS)
				counts[n++] = count_of_subrange(&child);
		} while (dwarf_siblingof(&child, &child) == 0);
	}
	if (n == 0)
		counts[n++] = 0;
	return n;
}

/* int a[2][3] is two elements of int[3]: @type is the outermost dimension. */
static void build_array(AnzDwarf *d, Dwarf_Die *die, const AnzType *element,
			AnzType *type)
{
	guint64 counts[MAX_DIMENSIONS];
	guint n = read_dimensions(die, counts);

	while (n-- > 0) {
		AnzType *array = n ? new_type(d, ANZ_TYPE_ARRAY, NULL) : type;

		array->target = element;
		array->nr_elems = counts[n];
		if (!g_uint64_checked_mul(&array->size, counts[n], element->size) ||
		    array->size >= MAX_OFFSET)
			array->size = 0;
		element = array;
	}
}

static void build_base(Dwarf_Die *die, AnzType *type)
{
	guint64 encoding = 0;

	get_udata(die, DW_AT_encoding, &encoding);
	switch (encoding) {
	case DW_ATE_float:
	case DW_ATE_complex_float:
	case DW_ATE_imaginary_float:
	case DW_ATE_decimal_float:
		type->kind = ANZ_TYPE_FLOAT;
		break;
	case DW_ATE_signed:
	case DW_ATE_signed_char:
		type->is_signed = TRUE;
		break;
	default:
		break;
	}
}

/* Stated by DWARF 3 and later through the underlying type; else by the values. */
static gboolean enum_is_signed(Dwarf_Die *die, const AnzType *type)
{
	Dwarf_Die underlying;
	const char *alias;
	guint64 encoding;

	if (get_type(die, &underlying) && peel(&underlying, &alias) &&
	    get_udata(&underlying, DW_AT_encoding, &encoding))
		return encoding == DW_ATE_signed || encoding == DW_ATE_signed_char;
	if (get_udata(die, DW_AT_encoding, &encoding))
		return encoding == DW_ATE_signed || encoding == DW_ATE_signed_char;
	for (guint i = 0; i < type->nr_enumerators; i++) {
		if (type->enumerators[i].value < 0)
			return TRUE;
	}
	return FALSE;
}

static void fill(AnzDwarf *d, Dwarf_Die *die, guint nesting, AnzType *type)
{
	Dwarf_Die target;

	switch (type->kind) {
	case ANZ_TYPE_INT:
		build_base(die, type);
		break;
	case ANZ_TYPE_POINTER:
		if (!type->size) {	/* clang leaves it to the unit's address size */
			guint8 address_size = 0;
			Dwarf_Die cu;

			if (dwarf_diecu(die, &cu, &address_size, NULL))
				type->size = address_size;
		}
		type->target = get_type(die, &target) ? build_shell(d, &target, 0) :
							&type_void;
		break;
	case ANZ_TYPE_ENUM:
		build_enumerators(d, die, type);
		type->is_signed = enum_is_signed(die, type);
		break;
	case ANZ_TYPE_STRUCT:
	case ANZ_TYPE_UNION:
		build_members(d, die, nesting, type);
		break;
	case ANZ_TYPE_ARRAY:
		build_array(d, die, get_type(die, &target) ?
			    build(d, &target, nesting + 1) : &type_void, type);
		break;
	default:
		break;
	}
}

/*
 * With -fdebug-types-section a type may be no more than the signature of the unit that
 * has it.
 */
static void follow_signature(Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	Dwarf_Die type;

	if (dwarf_attr(die, DW_AT_signature, &attr) && dwarf_formref_die(&attr, &type))
		*die = type;
}

/*
 * The declaration @die in place of which a definition is wanted: elsewhere in what was
 * read?
 */
static void follow_declaration(AnzDwarf *d, Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);
	AnzTypeNs ns = dwarf_tag(die) == DW_TAG_enumeration_type ? ANZ_TYPE_NS_ENUM :
								   ANZ_TYPE_NS_TAG;
	guint at = name ? GPOINTER_TO_UINT(g_hash_table_lookup(d->defined[ns], name)) : 0;

	if (at && dwarf_tag(&g_array_index(d->dies, Dwarf_Die, at - 1)) == dwarf_tag(die))
		*die = g_array_index(d->dies, Dwarf_Die, at - 1);
}

/* @type as it is called through a typedef. */
static const AnzType *with_alias(AnzDwarf *d, const AnzType *type, const char *alias)
{
	if (!alias)
		return type;

	AnzType *copy = new_type(d, type->kind, NULL);

	*copy = *type;
	copy->alias = alias;
	return copy;
}

static const AnzType *build(AnzDwarf *d, Dwarf_Die *die, guint nesting)
{
	void *outer = die->addr;
	const AnzType *known = g_hash_table_lookup(d->built, outer);
	Dwarf_Die core = *die;
	const char *alias;

	if (known)
		return known;
	if (!peel(&core, &alias))
		return with_alias(d, &type_void, alias);
	follow_signature(&core);
	if (dwarf_hasattr(&core, DW_AT_declaration))
		follow_declaration(d, &core);

	void *inner = core.addr;
	const AnzType *type = g_hash_table_lookup(d->built, inner);

	if (!type) {
		AnzType *fresh = new_type(d, kind_of_tag(dwarf_tag(&core)),
					  dwarf_diename(&core));

		/* a struct within itself is nonsense: it stays a name there */
		if (nesting > MAX_NESTING || !g_hash_table_add(d->building, inner))
			return fresh;
		fresh->size = get_size(&core);
		fill(d, &core, nesting, fresh);
		g_hash_table_remove(d->building, inner);
		g_hash_table_insert(d->built, inner, fresh);
		type = fresh;
	}
	if (outer != inner) {
		type = with_alias(d, type, alias);
		g_hash_table_insert(d->built, outer, (gpointer)type);
	}
	return type;
}

/* What a pointer leads to: scalars whole, the rest by name. */
static const AnzType *build_shell(AnzDwarf *d, Dwarf_Die *die, guint pointers)
{
	void *outer = die->addr;
	const AnzType *known = g_hash_table_lookup(d->shells, outer);
	Dwarf_Die core = *die, target;
	const char *alias;

	if (known)
		return known;
	if (!peel(&core, &alias))
		return with_alias(d, &type_void, alias);
	follow_signature(&core);

	AnzType *shell = new_type(d, kind_of_tag(dwarf_tag(&core)), dwarf_diename(&core));

	shell->alias = alias;
	if (pointers > MAX_POINTERS)
		return shell;
	switch (shell->kind) {
	case ANZ_TYPE_INT:
		shell->size = get_size(&core);
		build_base(&core, shell);
		break;
	case ANZ_TYPE_POINTER:
		shell->size = get_size(&core);
		shell->target = get_type(&core, &target) ?
				build_shell(d, &target, pointers + 1) : &type_void;
		break;
	case ANZ_TYPE_ARRAY:
		build_array(d, &core, get_type(&core, &target) ?
			    build_shell(d, &target, pointers + 1) : &type_void, shell);
		break;
	default:
		break;
	}
	g_hash_table_insert(d->shells, outer, shell);
	return shell;
}

const AnzType *anz_dwarf_build(AnzDwarf *d, Dwarf_Die *die)
{
	return build(d, die, 0);
}
