/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The input as an ELF file with DWARF: open it, read every unit, build every type that is
 * defined, walk through all members, list the symbols.
 */
#include "fuzz-types.h"

#include <stdlib.h>
#include <string.h>

#include "types/dwarf-private.h"

#define MAX_TYPES 3000

static void visit_symbols(AnzTypeProvider *provider, AnzElfFile *file)
{
	AnzSymbol symbol;
	guint64 offset;

	for (guint i = 0; i < 64; i++) {
		const char *name = provider->ops->symbol_at(provider, (guint64)i << 12, 0,
							    &offset);

		if (name && !provider->ops->symbol(provider, name, &symbol))
			abort();
	}
	provider->ops->symbol(provider, "init_task", &symbol);
	sum += file->build_id ? strlen(file->build_id) : 0;
	sum += file->debuglink ? strlen(file->debuglink) : 0;
	sum += anz_elf_file_crc32(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* a block of its own, so that a read beyond its end is seen */
	g_autofree guint8 *bytes = g_malloc(len + !len);
	g_autoptr(GError) error = NULL;

	if (len)
		memcpy(bytes, data, len);

	AnzElfFile *file = anz_elf_file_open_memory(bytes, len, &error);

	if (!file != !!error || (error && !g_utf8_validate(error->message, -1, NULL)))
		abort();
	if (!file)
		return 0;

	AnzTypeProvider *provider = anz_dwarf_provider_new(file, NULL, &error);
	gint64 value;

	if (!provider != !!error || (error && !g_utf8_validate(error->message, -1, NULL)))
		abort();
	if (!provider)
		return 0;

	AnzDwarf *d = (AnzDwarf *)provider;

	provider->ops->find(provider, ANZ_TYPE_NS_TAG, "page", FALSE);
	provider->ops->find(provider, ANZ_TYPE_NS_TYPEDEF, "no such name", TRUE);
	provider->ops->enumerator(provider, "PG_no_such_flag", &value);
	for (guint i = 0; i < d->dies->len && i < MAX_TYPES; i++) {
		Dwarf_Die die = g_array_index(d->dies, Dwarf_Die, i);

		visit(anz_dwarf_build(d, &die), 0);
	}
	visit_symbols(provider, file);
	provider->ops->free(provider);
	return 0;
}
