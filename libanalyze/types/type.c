/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What can be asked of a type without knowing where it came from: a member by path, a
 * scalar out of a record.
 *
 * Bits are counted the way the dumped machine counts them: from the least significant bit
 * of the first byte where it is little-endian, from the most significant one where it is
 * big-endian. That is what DW_AT_data_bit_offset means (DWARF 5, 5.7.6), and it makes the
 * byte that a bit lies in bit_offset / 8 on both.
 */
#include "types/types.h"

#include <string.h>

/*
 * Anonymous members nest a few deep in the kernel (struct page: 3).  Type info that comes
 * from a hostile file can share one anonymous type along many ways, so the ways walked
 * are counted.
 */
#define MAX_STEPS 100000
#define MAX_DEPTH 32

static gboolean find_named(const AnzType *type, const char *name, gsize len, guint64 base,
			   guint depth, guint *steps, const AnzTypeMember **member,
			   guint64 *bit_offset)
{
	if (depth > MAX_DEPTH)
		return FALSE;
	for (guint i = 0; i < type->nr_members && ++*steps < MAX_STEPS; i++) {
		const AnzTypeMember *m = &type->members[i];

		if (m->name) {
			if (strncmp(m->name, name, len) == 0 && m->name[len] == '\0') {
				*member = m;
				*bit_offset = base + m->bit_offset;
				return TRUE;
			}
		} else if ((m->type->kind == ANZ_TYPE_STRUCT ||
			    m->type->kind == ANZ_TYPE_UNION) &&
			   find_named(m->type, name, len, base + m->bit_offset, depth + 1,
				      steps, member, bit_offset)) {
			return TRUE;
		}
	}
	return FALSE;
}

/* "[3]" at *@path: steps into the array. */
static gboolean step_index(const char **path, const AnzType **type, guint64 *bit_offset)
{
	guint64 index, bits;
	const char *p = *path + 1;
	char *end;

	if ((*type)->kind != ANZ_TYPE_ARRAY || !g_ascii_isdigit(*p))
		return FALSE;
	index = g_ascii_strtoull(p, &end, 10);
	if (*end != ']')
		return FALSE;
	/* 0 elements: a flexible array, whose end nobody states */
	if ((*type)->nr_elems && index >= (*type)->nr_elems)
		return FALSE;
	if (!g_uint64_checked_mul(&bits, index, (*type)->target->size) ||
	    !g_uint64_checked_mul(&bits, bits, 8) ||
	    !g_uint64_checked_add(bit_offset, *bit_offset, bits))
		return FALSE;
	*type = (*type)->target;
	*path = end + 1;
	return TRUE;
}

gboolean anz_type_member(const AnzType *type, const char *path, AnzMember *out)
{
	guint64 bit_offset = 0;
	const AnzTypeMember *member = NULL;

	if (!type || !path || !*path)
		return FALSE;

	while (*path) {
		if (*path == '[') {
			if (!step_index(&path, &type, &bit_offset))
				return FALSE;
			member = NULL;
		} else {
			gsize len = strcspn(path, ".[");
			guint steps = 0;

			if (!len || !find_named(type, path, len, bit_offset, 0, &steps,
						&member, &bit_offset))
				return FALSE;
			type = member->type;
			path += len;
		}
		/* here a path ends, or goes on with "[index]" or ".name" */
		if (*path == '.') {
			path++;
			if (!*path || *path == '[')
				return FALSE;
		} else if (*path && *path != '[') {
			return FALSE;
		}
	}

	out->bit_offset = bit_offset;
	out->is_bitfield = member && member->bit_size;
	out->bit_size = out->is_bitfield ? member->bit_size : 8 * type->size;
	out->type = type;
	return TRUE;
}

guint64 anz_member_load(const AnzMember *member, const void *record, gboolean big_endian)
{
	const guint8 *byte = (const guint8 *)record + member->bit_offset / 8;
	guint shift = member->bit_offset % 8;
	guint64 value = 0;

	if (member->bit_size == 0 || member->bit_size > 64)
		return 0;

	guint width = (guint)member->bit_size;
	guint nr_bytes = (shift + width + 7) / 8; /* 9 if 64 bits start inside a byte */

	if (big_endian) {
		guint spare = nr_bytes * 8 - shift - width; /* bits behind the last one */

		for (guint i = 0; i < MIN(nr_bytes, 8); i++)
			value = value << 8 | byte[i];
		if (nr_bytes == 9)
			value = value << (8 - spare) | byte[8] >> spare;
		else
			value >>= spare;
	} else {
		for (guint i = MIN(nr_bytes, 8); i-- > 0; )
			value = value << 8 | byte[i];
		value >>= shift;
		if (nr_bytes == 9)
			value |= (guint64)byte[8] << (64 - shift);
	}

	if (width == 64)
		return value;
	value &= ((guint64)1 << width) - 1;
	if (member->type->is_signed && value >> (width - 1))
		value |= ~(guint64)0 << width;
	return value;
}
