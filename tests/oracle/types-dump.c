/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * types-dump VMLINUX STRUCT...
 * types-dump --modules DUMP MODULE:STRUCT...: every member as our library sees it, one a line,
 *	STRUCT MEMBER BIT-OFFSET SIZE	(SIZE in bytes; of a bit-field ":WIDTH")
 * flattened as pahole prints it: through anonymous structs and unions, not into named
 * types.  Those of modules come out of the dump itself.  For pahole-oracle, which compares.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/module-types.h"

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

static void print_type(const char *tag, const AnzType *type)
{
	if (!type)
		return;
	printf("%s - 0 %" G_GUINT64_FORMAT "\n", tag, type->size);
	print_members(tag, type, 0, 0);
}

static gboolean print_of_modules(const char *path, char **names, GError **error)
{
	const char *paths[] = { path, NULL }, *nowhere[] = { NULL };
	AnzImageOptions how = { 0 };
	g_autoptr(AnzImage) image = anz_image_open(paths, &how, error);
	AnzTypesOptions options = { .image = image, .search_dirs = nowhere };
	g_autoptr(AnzTypes) types = image ? anz_types_open(&options, error) : NULL;
	g_autoptr(AnzKernel) kernel = types ? anz_kernel_open(image, types, NULL, error) : NULL;

	for (; kernel && *names; names++) {
		const char *colon = strchr(*names, ':');

		print_type(colon ? colon + 1 : *names, anz_module_type(kernel, *names, NULL));
	}
	return kernel != NULL;
}

static gboolean print_of_file(const char *path, char **names, GError **error)
{
	const char *files[] = { path, NULL };
	AnzTypesOptions options = { .files = files };
	g_autoptr(AnzTypes) types = anz_types_open(&options, error);

	for (; types && *names; names++)
		print_type(*names, anz_types_find(types, *names));
	return types != NULL;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	gboolean modules = argc > 1 && !strcmp(argv[1], "--modules");

	if (argc < 3 + modules) {
		fprintf(stderr, "usage: types-dump VMLINUX STRUCT...\n"
			"       types-dump --modules DUMP MODULE:STRUCT...\n");
		return 2;
	}
	if (modules ? print_of_modules(argv[2], argv + 3, &error) :
		      print_of_file(argv[1], argv + 2, &error))
		return 0;
	fprintf(stderr, "types-dump: %s\n", error->message);
	return 1;
}
