/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file's DWARF and .symtab as a source of types: lookups by name.
 *
 * A lookup that fails costs: in the core (dwarf-units.c) at most reading each of its
 * units once in the life of the source, some 25 ms; in an exhaustive search half a
 * second.  A name that does not occur in .debug_str at all costs 1 ms instead, so asking
 * for what newer kernels have is cheap.
 *
 * Relocations: a vmlinux linked with --emit-relocs (x86 with KASLR, as shipped by Debian
 * for 6.1) carries .rela.debug_info of 250 MB, but its sections hold final values
 * already.  libdw does not look at them.  Only an object file (ET_REL: an overlay
 * compiled with -c) needs its relocations applied; libdwfl does that in a copy.
 */
#include "types/dwarf-private.h"

#include <string.h>
#include <unistd.h>

/* FALSE only if @name is certainly not defined in the file. */
static gboolean may_be_defined(AnzDwarf *d, const char *name)
{
	gsize len = strlen(name);

	/* gcc keeps names of up to three letters in .debug_info itself */
	if (!d->debug_str || len < 4)
		return TRUE;
	if (g_hash_table_contains(d->absent, name))
		return FALSE;
	/* the linker may have made it the tail of a longer string */
	if (memmem(d->debug_str, d->debug_str_len, name, len + 1))
		return TRUE;
	g_hash_table_add(d->absent, g_strdup(name));
	return FALSE;
}

static guint search_limit(AnzDwarf *d, gboolean everywhere)
{
	return everywhere ? d->units->len : d->nr_core;
}

static const AnzType *find_type(AnzTypeProvider *provider, AnzTypeNs ns, const char *name,
				gboolean everywhere)
{
	AnzDwarf *d = (AnzDwarf *)provider;
	guint limit = search_limit(d, everywhere);
	guint at = GPOINTER_TO_UINT(g_hash_table_lookup(d->defined[ns], name));

	if (!at && (d->nr_read >= limit || !may_be_defined(d, name)))
		return NULL;
	while (!at) {
		if (!anz_dwarf_read_unit(d, limit))
			return NULL;
		at = GPOINTER_TO_UINT(g_hash_table_lookup(d->defined[ns], name));
	}

	Dwarf_Die die = g_array_index(d->dies, Dwarf_Die, at - 1);

	return anz_dwarf_build(d, &die);
}

static gboolean find_enumerator(AnzTypeProvider *provider, const char *name,
				gint64 *value)
{
	AnzDwarf *d = (AnzDwarf *)provider;
	gboolean checked = FALSE;

	for (;;) {
		const gint64 *have = g_hash_table_lookup(d->enumerators, name);

		if (have) {
			*value = *have;
			return TRUE;
		}
		if (d->nr_enums_read < d->enums->len) {
			guint nr_known = d->enums->len;

			while (d->nr_enums_read < nr_known) {
				Dwarf_Die die = g_array_index(d->enums, Dwarf_Die,
							      d->nr_enums_read++);
				anz_dwarf_add_enumerators(d, &die);
			}
			continue;
		}
		if (!checked && !may_be_defined(d, name))
			return FALSE;
		checked = TRUE;
		if (!anz_dwarf_read_unit(d, d->nr_core))
			return FALSE;
	}
}

static void each_enumerator(AnzTypeProvider *provider, const char *prefix, AnzEnumeratorFunc func,
			    gpointer data)
{
	AnzDwarf *d = (AnzDwarf *)provider;

	while (anz_dwarf_read_unit(d, d->nr_core))
		;
	while (d->nr_enums_read < d->enums->len) {
		Dwarf_Die die = g_array_index(d->enums, Dwarf_Die, d->nr_enums_read++);

		anz_dwarf_add_enumerators(d, &die);
	}
	anz_provider_each_enumerator(d->enumerators, prefix, func, data);
}

static gboolean find_symbol(AnzTypeProvider *provider, const char *name, AnzSymbol *out)
{
	AnzDwarf *d = (AnzDwarf *)provider;

	return d->symbols && anz_symbols_find(d->symbols, name, out);
}

static const char *find_symbol_at(AnzTypeProvider *provider, guint64 address,
				  guint64 slide, guint64 *offset)
{
	AnzDwarf *d = (AnzDwarf *)provider;

	return d->symbols ? anz_symbols_at(d->symbols, address, slide, offset) : NULL;
}

static void provider_free(AnzTypeProvider *provider)
{
	AnzDwarf *d = (AnzDwarf *)provider;

	for (guint ns = 0; ns < ANZ_N_TYPE_NS; ns++)
		g_clear_pointer(&d->defined[ns], g_hash_table_unref);
	g_clear_pointer(&d->absent, g_hash_table_unref);
	g_clear_pointer(&d->units_seen, g_hash_table_unref);
	g_clear_pointer(&d->enumerators, g_hash_table_unref);
	g_clear_pointer(&d->built, g_hash_table_unref);
	g_clear_pointer(&d->building, g_hash_table_unref);
	g_clear_pointer(&d->shells, g_hash_table_unref);
	g_clear_pointer(&d->garbage, g_ptr_array_unref);
	g_clear_pointer(&d->units, g_array_unref);
	g_clear_pointer(&d->dies, g_array_unref);
	g_clear_pointer(&d->enums, g_array_unref);
	anz_symbols_free(d->symbols);
	if (d->dwfl)
		dwfl_end(d->dwfl);
	else if (d->dw)
		dwarf_end(d->dw);
	anz_elf_file_free(d->file);
	anz_elf_file_free(d->symbols_file);
	g_free(d->description);
	g_free(d);
}

static const AnzTypeProviderOps dwarf_ops = {
	.kind = "DWARF",
	.find = find_type,
	.enumerator = find_enumerator,
	.each_enumerator = each_enumerator,
	.symbol = find_symbol,
	.symbol_at = find_symbol_at,
	.free = provider_free,
};

/*
 * libdwfl is to look at this one file; it would ask the environment and the network
 * otherwise.
 */
static int no_debuginfo(G_GNUC_UNUSED Dwfl_Module *mod, G_GNUC_UNUSED void **user_data,
			G_GNUC_UNUSED const char *mod_name, G_GNUC_UNUSED Dwarf_Addr base,
			G_GNUC_UNUSED const char *file_name,
			G_GNUC_UNUSED const char *debuglink_file,
			G_GNUC_UNUSED GElf_Word debuglink_crc,
			G_GNUC_UNUSED char **debuginfo_file_name)
{
	return -1;
}

static const Dwfl_Callbacks object_callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = no_debuginfo,
	.section_address = dwfl_offline_section_address,
};

static void open_object(AnzDwarf *d)
{
	Dwarf_Addr bias;
	int fd = d->file->fd >= 0 ? dup(d->file->fd) : -1;

	if (fd < 0)
		return;
	d->dwfl = dwfl_begin(&object_callbacks);

	/* takes @fd over if it succeeds */
	Dwfl_Module *mod = d->dwfl ? dwfl_report_offline(d->dwfl, d->file->path,
							 d->file->path, fd) : NULL;
	if (!mod) {
		close(fd);
		return;
	}
	dwfl_report_end(d->dwfl, NULL, NULL);
	d->dw = dwfl_module_getdwarf(mod, &bias);
	d->elf = d->dw ? dwarf_getelf(d->dw) : NULL;
}

/* Kernels may be linked with zstd for their debug sections, which not every libelf is built to read. */
static gboolean is_left_compressed(AnzElfFile *file)
{
	GElf_Shdr shdr;
	GElf_Chdr chdr;
	Elf_Scn *scn = anz_elf_file_section(file, ".debug_info", &shdr);

	return scn && shdr.sh_flags & SHF_COMPRESSED && gelf_getchdr(scn, &chdr) &&
	       chdr.ch_type != ELFCOMPRESS_ZLIB;
}

AnzTypeProvider *anz_dwarf_provider_new(AnzElfFile *file, AnzElfFile *symbols_file,
					GError **error)
{
	g_autofree char *absolute = g_canonicalize_filename(file->path, NULL);
	AnzDwarf *d = g_new0(AnzDwarf, 1);
	g_autoptr(GError) why = NULL;

	d->provider.ops = &dwarf_ops;
	d->file = file;
	d->symbols_file = symbols_file;
	d->description = g_strdup_printf("DWARF of %s", absolute);
	d->provider.description = d->description;
	d->units = g_array_new(FALSE, FALSE, sizeof(AnzDwarfUnit));
	d->dies = g_array_new(FALSE, FALSE, sizeof(Dwarf_Die));
	d->enums = g_array_new(FALSE, FALSE, sizeof(Dwarf_Die));
	for (guint ns = 0; ns < ANZ_N_TYPE_NS; ns++)
		d->defined[ns] = g_hash_table_new(g_str_hash, g_str_equal);
	d->absent = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	d->units_seen = g_hash_table_new(NULL, NULL);
	d->enumerators = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	d->built = g_hash_table_new(NULL, NULL);
	d->building = g_hash_table_new(NULL, NULL);
	d->shells = g_hash_table_new(NULL, NULL);
	d->garbage = g_ptr_array_new_with_free_func(g_free);

	if (file->type == ET_REL) {
		open_object(d);
	} else {
		d->elf = file->elf;
		d->dw = dwarf_begin_elf(file->elf, DWARF_C_READ, NULL);
	}
	if (!d->dw)
		g_set_error(&why, ANZ_ERROR, ANZ_ERROR_NO_DEBUG_INFO,
			    "%s: its DWARF cannot be read: %s", file->path,
			    file->type == ET_REL ? dwfl_errmsg(-1) : dwarf_errmsg(-1));
	if (!d->dw || !anz_dwarf_list_units(d, &why)) {
		if (is_left_compressed(file))
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_DEBUG_INFO,
				    "%s: its DWARF is compressed in a way that libelf here cannot read; "
				    "'objcopy --decompress-debug-sections %s vmlinux.plain' makes a file "
				    "of it that can be named with --vmlinux", file->path, file->path);
		else
			g_propagate_error(error, g_steal_pointer(&why));
		provider_free(&d->provider);
		return NULL;
	}

	d->symbols = anz_symbols_new(file);
	if (!d->symbols && symbols_file)
		d->symbols = anz_symbols_new(symbols_file);
	return &d->provider;
}
