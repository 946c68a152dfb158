/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the targets for type information share: every byte of a type is looked at. */
#ifndef TESTS_FUZZ_TYPES_H
#define TESTS_FUZZ_TYPES_H

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "types/types.h"

static guint64 sum;

static void visit(const AnzType *type, guint depth)
{
	static const guint8 zeroes[16];

	if (type->kind > ANZ_TYPE_FUNCTION)
		abort();
	sum += type->name ? strlen(type->name) : 0;
	sum += type->alias ? strlen(type->alias) : 0;
	for (guint i = 0; i < type->nr_enumerators; i++)
		sum += strlen(type->enumerators[i].name);
	if (type->target && depth < 4)
		visit(type->target, depth + 1);
	for (guint i = 0; i < type->nr_members && i < 300; i++) {
		const AnzTypeMember *m = &type->members[i];
		AnzMember found;

		if (m->bit_size > 64)
			abort();
		if (m->name && anz_type_member(type, m->name, &found)) {
			found.bit_offset %= 8;
			sum += anz_member_load(&found, zeroes, i & 1);
		}
		if (depth < 4)
			visit(m->type, depth + 1);
	}
}

#endif
