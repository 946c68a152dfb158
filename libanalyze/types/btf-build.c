/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a BTF type number to an AnzType.
 *
 * As with DWARF a struct is built with all that lies inside it, and what a pointer leads
 * to is only named (a "shell").  Each number is built once, so the work is bounded by the
 * number of records whatever they say.
 *
 * One thing BTF does not keep: pahole writes int a[2][3] as int[6].
 */
#include "types/btf-private.h"

#define MAX_CHAIN 64		/* typedefs and qualifiers before a type */
#define MAX_NESTING 64		/* structs within structs, pointers to pointers */
#define MAX_OFFSET ((guint64)1 << 40)	/* of a member, in bytes; no struct is so large */

static const AnzType type_void = { .kind = ANZ_TYPE_VOID };

static const AnzType *build(AnzBtf *b, guint32 id, gboolean shell, guint nesting);

static gpointer own(AnzBtf *b, gpointer block)
{
	if (block)
		g_ptr_array_add(b->garbage, block);
	return block;
}

static AnzTypeKind kind_of(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		return ANZ_TYPE_INT;
	case BTF_KIND_FLOAT:
		return ANZ_TYPE_FLOAT;
	case BTF_KIND_PTR:
		return ANZ_TYPE_POINTER;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return ANZ_TYPE_ENUM;
	case BTF_KIND_STRUCT:
		return ANZ_TYPE_STRUCT;
	case BTF_KIND_UNION:
		return ANZ_TYPE_UNION;
	case BTF_KIND_FWD:
		return btf_kflag(t) ? ANZ_TYPE_UNION : ANZ_TYPE_STRUCT;
	case BTF_KIND_ARRAY:
		return ANZ_TYPE_ARRAY;
	case BTF_KIND_FUNC_PROTO:
		return ANZ_TYPE_FUNCTION;
	default:
		return ANZ_TYPE_VOID;
	}
}

/* What @id is behind typedefs and qualifiers; @alias: the outermost typedef's name. */
static guint32 peel(const AnzBtf *b, guint32 id, const char **alias)
{
	*alias = NULL;
	for (guint i = 0; i < MAX_CHAIN; i++) {
		const struct btf_type *t = btf__type_by_id(b->btf, id);

		if (!id || !t)
			return 0;
		if (btf_is_typedef(t)) {
			if (!*alias)
				*alias = anz_btf_name(b, t->name_off);
		} else if (!btf_is_mod(t) && !btf_is_type_tag(t)) {
			return id;
		}
		id = t->type;
	}
	return 0;
}

void anz_btf_each_enumerator(const AnzBtf *b, const struct btf_type *t,
			     AnzEnumeratorFunc func, gpointer data)
{
	guint nr = t && btf_is_any_enum(t) ? btf_vlen(t) : 0;

	for (guint i = 0; i < nr; i++) {
		gboolean wide = btf_is_enum64(t);
		const char *name = anz_btf_name(b, wide ? btf_enum64(t)[i].name_off :
							  btf_enum(t)[i].name_off);
		gint64 value;

		if (wide)
			value = (gint64)btf_enum64_value(&btf_enum64(t)[i]);
		else if (btf_kflag(t) || !b->signed_enums)
			value = btf_enum(t)[i].val;
		else
			value = (guint32)btf_enum(t)[i].val;
		if (name)
			func(name, value, data);
	}
}

static void append_enumerator(const char *name, gint64 value, gpointer data)
{
	AnzEnumerator e = { .name = name, .value = value };

	g_array_append_val((GArray *)data, e);
}

static void fill_enum(AnzBtf *b, const struct btf_type *t, AnzType *type)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(AnzEnumerator));

	anz_btf_each_enumerator(b, t, append_enumerator, list);
	type->nr_enumerators = list->len;
	type->is_signed = btf_kflag(t);
	for (guint i = 0; !b->signed_enums && i < list->len; i++)
		type->is_signed |= g_array_index(list, AnzEnumerator, i).value < 0;
	type->enumerators = own(b, g_array_free(list, FALSE));
}

/*
 * Before kind_flag (Linux 4.20) a bit-field was an integer of fewer bits than its size.
 */
static void narrow_int(const AnzBtf *b, guint32 id, AnzTypeMember *member)
{
	const char *alias;
	guint32 core = peel(b, id, &alias);
	const struct btf_type *t = core ? btf__type_by_id(b->btf, core) : NULL;

	if (!t || !btf_is_int(t) || btf_int_bits(t) == 8 * t->size)
		return;
	member->bit_offset += btf_int_offset(t);
	member->bit_size = btf_int_bits(t);
}

static void fill_members(AnzBtf *b, const struct btf_type *t, guint nesting, AnzType *type)
{
	GArray *members = g_array_new(FALSE, FALSE, sizeof(AnzTypeMember));

	for (guint i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		AnzTypeMember member = {
			.name = anz_btf_name(b, m->name_off),
			.bit_offset = btf_member_bit_offset(t, i),
			.bit_size = btf_member_bitfield_size(t, i),
			.type = build(b, m->type, FALSE, nesting + 1),
		};

		if (!btf_kflag(t))
			narrow_int(b, m->type, &member);
		/* An ordinary member begins at a byte. */
		if (member.bit_size <= 64 && (member.bit_size || member.bit_offset % 8 == 0))
			g_array_append_val(members, member);
	}
	type->nr_members = members->len;
	type->members = own(b, g_array_free(members, FALSE));
}

static void fill(AnzBtf *b, const struct btf_type *t, gboolean shell, guint nesting,
		 AnzType *type)
{
	switch (type->kind) {
	case ANZ_TYPE_INT:
		type->size = t->size;
		type->is_signed = btf_int_encoding(t) & BTF_INT_SIGNED;
		break;
	case ANZ_TYPE_FLOAT:
		type->size = t->size;
		break;
	case ANZ_TYPE_POINTER:
		type->size = btf__pointer_size(b->btf) ? btf__pointer_size(b->btf) : 8;
		type->target = build(b, t->type, TRUE, nesting + 1);
		break;
	case ANZ_TYPE_ARRAY:
		type->target = build(b, btf_array(t)->type, shell, nesting + 1);
		type->nr_elems = btf_array(t)->nelems;
		if (!g_uint64_checked_mul(&type->size, type->nr_elems, type->target->size) ||
		    type->size >= MAX_OFFSET)
			type->size = 0;
		break;
	case ANZ_TYPE_ENUM:
		if (!shell) {
			type->size = t->size;
			fill_enum(b, t, type);
		}
		break;
	case ANZ_TYPE_STRUCT:
	case ANZ_TYPE_UNION:
		if (!shell && !btf_is_fwd(t)) {
			type->size = t->size;
			fill_members(b, t, nesting, type);
		}
		break;
	default:
		break;
	}
}

/* Where the type @id, which is not void, is kept: its own BTF's or, shared by all, the base's. */
static const AnzType **slot(AnzBtf *b, guint32 id, gboolean shell)
{
	while (b->base && id < b->first_id)
		b = b->base;
	return &(shell ? b->shells : b->built)[id - b->first_id];
}

/* The record @core itself; a struct within itself is nonsense: it stays a name there. */
static const AnzType *build_core(AnzBtf *b, guint32 core, gboolean shell, guint nesting)
{
	const AnzType **built = slot(b, core, shell);
	const struct btf_type *t = btf__type_by_id(b->btf, core);
	gpointer key = GUINT_TO_POINTER(core * 2 + (shell ? 1 : 0));
	AnzType *type;

	if (*built)
		return *built;
	/* What others keep as well must live as long as they. */
	if (b->base && core < b->first_id)
		return build_core(b->base, core, shell, 0);
	type = own(b, g_new0(AnzType, 1));
	type->kind = kind_of(t);
	type->name = anz_btf_name(b, t->name_off);
	if (nesting > MAX_NESTING || !g_hash_table_add(b->building, key))
		return type;
	fill(b, t, shell, nesting, type);
	g_hash_table_remove(b->building, key);
	*built = type;
	return type;
}

static const AnzType *build(AnzBtf *b, guint32 id, gboolean shell, guint nesting)
{
	const char *alias;
	const AnzType *type;
	guint32 core;
	AnzType *named;

	if (id && id < b->nr_types && *slot(b, id, shell))
		return *slot(b, id, shell);
	if (id && b->base && id < b->first_id)
		return build(b->base, id, shell, 0);
	core = peel(b, id, &alias);
	type = core ? build_core(b, core, shell, nesting) : &type_void;
	if (!alias)
		return type;
	named = own(b, g_memdup2(type, sizeof(*type)));
	named->alias = alias;
	/* Not for good what is incomplete because it was met inside itself. */
	if (!core || *slot(b, core, shell))
		*slot(b, id, shell) = named;
	return named;
}

const AnzType *anz_btf_build(AnzBtf *b, guint32 id)
{
	return build(b, id, FALSE, 0);
}
