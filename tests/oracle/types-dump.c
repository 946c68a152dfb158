/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * types-dump VMLINUX STRUCT...: every member as our library sees it, one a line,
 *	STRUCT MEMBER BIT-OFFSET SIZE	(SIZE in bytes; of a bit-field ":WIDTH")
 * flattened as pahole prints it: through anonymous structs and unions, not into named
 *types. For pahole-oracle, which compares.
 */
#include <stdio.h>

#include "types/types.h"

static void print_members(const char *tag, const AnzType *type, guint64 base, guint depth)
{
	for (guint i = 0; i < type->nr_members && depth < 32; i++) {
		const AnzTypeMember *m = &type->members[i];
		const AnzType *inner = m->type;

		if (m->name && m->bit_size)
			printf("%s %s %" G_GUINT64_FORMAT " :%" G_GUINT64_FORMAT "\n",
			       tag, m->name, base + m->bit_offset, m->bit_size);
		else if (m->name)
			printf("%s %s %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", tag,
			       m->name, base + m->bit_offset, m->type->size);
		while (inner->kind == ANZ_TYPE_ARRAY)
			inner = inner->target;
		if (!inner->name && !inner->alias &&
		    (inner->kind == ANZ_TYPE_STRUCT || inner->kind == ANZ_TYPE_UNION))
			print_members(tag, inner, base + m->bit_offset, depth + 1);
	}
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	const char *files[] = { argc > 1 ? argv[1] : NULL, NULL };
	AnzTypesOptions options = { .files = files };

	if (argc < 3) {
		fprintf(stderr, "usage: types-dump VMLINUX STRUCT...\n");
		return 2;
	}
	g_autoptr(AnzTypes) types = anz_types_open(&options, &error);
	if (!types) {
		fprintf(stderr, "types-dump: %s\n", error->message);
		return 1;
	}
	for (int i = 2; i < argc; i++) {
		const AnzType *type = anz_types_find(types, argv[i]);

		if (!type)
			continue;
		printf("%s - 0 %" G_GUINT64_FORMAT "\n", argv[i], type->size);
		print_members(argv[i], type, 0, 0);
	}
	return 0;
}
