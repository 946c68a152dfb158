/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * .symtab of a kernel: 120,000 to 200,000 names of which a run asks for some sixty.
 *
 * So nothing is copied: the first lookup chains the entries by their names (name-chains.h),
 * and the table by address is built at its first use.
 */
#include "types/name-chains.h"
#include "types/symbols.h"

#include <string.h>

typedef struct {
	guint64 value;
	guint32 index;
} ByAddress;

/**
 * AnzSymbols:
 * @chains: indexes of symbols by name (symbol 0 of every ELF file is a placeholder)
 * @image_start: @image_end: link-time addresses that the kernel image covers
 * @percpu_end: end of the per-cpu area if that starts at address 0, else 0
 */
struct AnzSymbols {
	Elf_Data *syms;
	const char *strings;
	gsize strings_len;
	guint nr_symbols;
	AnzNameChains chains;
	guint64 image_start;
	guint64 image_end;
	guint64 percpu_end;
	GArray *by_address;
};

/*
 * The name of symbol @index with its entry in @sym, or NULL if it is nothing to look up.
 */
static const char *usable_symbol(AnzSymbols *symbols, guint index, GElf_Sym *sym)
{
	if (!gelf_getsym(symbols->syms, (int)index, sym))
		return NULL;

	guchar type = GELF_ST_TYPE(sym->st_info);

	if (sym->st_shndx == SHN_UNDEF || type == STT_SECTION || type == STT_FILE ||
	    type == STT_TLS || sym->st_name == 0 || sym->st_name >= symbols->strings_len)
		return NULL;

	const char *name = symbols->strings + sym->st_name;

	/* "$x", "$d": arm64 marks where code and data alternate, half of its table */
	return *name == '\0' || *name == '$' ? NULL : name;
}

static void build_chains(AnzSymbols *symbols)
{
	GElf_Sym sym;

	anz_name_chains_init(&symbols->chains, symbols->nr_symbols);
	for (guint i = symbols->nr_symbols; i-- > 1; ) {
		const char *name = usable_symbol(symbols, i, &sym);

		if (name)
			anz_name_chains_add(&symbols->chains, g_str_hash(name), i);
	}
}

/* A static function's name may occur often; the global one is meant if there is one. */
static int rank_binding(const GElf_Sym *sym)
{
	switch (GELF_ST_BIND(sym->st_info)) {
	case STB_GLOBAL:
		return 3;
	case STB_WEAK:
		return 2;
	default:
		return 1;
	}
}

static gboolean find_entry(AnzSymbols *symbols, const char *name, GElf_Sym *out)
{
	int best = 0;
	GElf_Sym sym;

	if (!symbols->chains.buckets)
		build_chains(symbols);
	for (guint32 i = anz_name_chains_first(&symbols->chains, g_str_hash(name)); i;
	     i = symbols->chains.next[i]) {
		const char *have = usable_symbol(symbols, i, &sym);

		if (have && rank_binding(&sym) > best && strcmp(have, name) == 0) {
			best = rank_binding(&sym);
			*out = sym;
		}
	}
	return best > 0;
}

/*
 * Which values move with KASLR.
 *
 * On x86-64 before 6.15 the per-cpu area is linked at address 0 and its symbols are
 * offsets to be added to __per_cpu_offset[cpu]; the boot code leaves them alone when it
 * relocates the kernel (arch/x86/tools/relocs.c, is_percpu_sym()).  Elsewhere, and
 * since 6.15 ("x86/percpu: Use relative percpu offsets"), the area lies within the image
 * and its symbols move with it.  So: an area that starts at 0 does not slide, whatever
 * the version.
 *
 * Other absolute symbols are mostly sizes and checksums (_kernel_size_le_lo32, __crc_*),
 * but a few are addresses that the linker script computed (init_per_cpu__gdt_page);
 * relocs.c tells them apart by name, here those within the image count as addresses.
 */
static gboolean slides(AnzSymbols *symbols, const GElf_Sym *sym)
{
	if (symbols->percpu_end && sym->st_value <= symbols->percpu_end)
		return FALSE;
	if (sym->st_shndx == SHN_ABS)
		return sym->st_value >= symbols->image_start &&
		       sym->st_value <= symbols->image_end;
	return TRUE;
}

static void find_ranges(AnzSymbols *symbols, AnzElfFile *file)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	GElf_Sym start, end;

	if (find_entry(symbols, "__per_cpu_start", &start) && start.st_value == 0 &&
	    find_entry(symbols, "__per_cpu_end", &end))
		symbols->percpu_end = end.st_value;

	symbols->image_start = G_MAXUINT64;
	while ((scn = elf_nextscn(file->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr) || !(shdr.sh_flags & SHF_ALLOC) ||
		    shdr.sh_addr == 0)
			continue;
		symbols->image_start = MIN(symbols->image_start, shdr.sh_addr);
		if (shdr.sh_size <= G_MAXUINT64 - shdr.sh_addr)
			symbols->image_end = MAX(symbols->image_end,
						 shdr.sh_addr + shdr.sh_size);
	}
}

AnzSymbols *anz_symbols_new(AnzElfFile *file)
{
	GElf_Shdr shdr;
	Elf_Scn *scn = anz_elf_file_section(file, ".symtab", &shdr);
	/*
	 * addresses in an object file are offsets into its sections, of no use to anyone
	 */
	if (!scn || file->type == ET_REL || shdr.sh_type != SHT_SYMTAB)
		return NULL;

	Elf_Data *syms = elf_getdata(scn, NULL);
	Elf_Scn *str_scn = elf_getscn(file->elf, shdr.sh_link);
	Elf_Data *strings = str_scn ? elf_getdata(str_scn, NULL) : NULL;
	gsize entry = gelf_fsize(file->elf, ELF_T_SYM, 1, EV_CURRENT);

	if (!syms || !syms->d_buf || !strings || !strings->d_buf || entry == 0 ||
	    syms->d_size / entry > G_MAXINT / 2)
		return NULL;

	/* names end with the last NUL of the table, whatever stands behind it */
	const char *last = memrchr(strings->d_buf, '\0', strings->d_size);
	if (!last)
		return NULL;

	AnzSymbols *symbols = g_new0(AnzSymbols, 1);

	symbols->syms = syms;
	symbols->strings = strings->d_buf;
	symbols->strings_len = (gsize)(last - symbols->strings) + 1;
	symbols->nr_symbols = (guint)(syms->d_size / entry);
	find_ranges(symbols, file);
	return symbols;
}

void anz_symbols_free(AnzSymbols *symbols)
{
	if (!symbols)
		return;
	anz_name_chains_clear(&symbols->chains);
	g_clear_pointer(&symbols->by_address, g_array_unref);
	g_free(symbols);
}

gboolean anz_symbols_find(AnzSymbols *symbols, const char *name, AnzSymbol *out)
{
	GElf_Sym sym;

	if (!find_entry(symbols, name, &sym))
		return FALSE;
	out->value = sym.st_value;
	out->size = sym.st_size;
	out->slides = slides(symbols, &sym);
	return TRUE;
}

/*
 * Of several names for one address the global one is to come last, where the search
 * starts.
 */
static gint compare_by_address(gconstpointer a, gconstpointer b, gpointer data)
{
	const ByAddress *x = a, *y = b;
	AnzSymbols *symbols = data;
	GElf_Sym sx, sy;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	usable_symbol(symbols, x->index, &sx);
	usable_symbol(symbols, y->index, &sy);
	if ((sx.st_size != 0) != (sy.st_size != 0))
		return sx.st_size != 0 ? 1 : -1;
	if (rank_binding(&sx) != rank_binding(&sy))
		return rank_binding(&sx) - rank_binding(&sy);
	return x->index < y->index ? 1 : -1;
}

static void build_by_address(AnzSymbols *symbols)
{
	GElf_Sym sym;

	symbols->by_address = g_array_new(FALSE, FALSE, sizeof(ByAddress));
	for (guint i = 1; i < symbols->nr_symbols; i++) {
		/* offsets and sizes are not addresses */
		if (!usable_symbol(symbols, i, &sym) || !slides(symbols, &sym))
			continue;
		ByAddress entry = { .value = sym.st_value, .index = i };
		g_array_append_val(symbols->by_address, entry);
	}
	g_array_sort_with_data(symbols->by_address, compare_by_address, symbols);
}

const char *anz_symbols_at(AnzSymbols *symbols, guint64 address, guint64 slide,
			   guint64 *offset)
{
	guint low = 0, high;
	guint64 value = address - slide;
	GElf_Sym sym;

	/*
	 * a label without size at the end of the image is not the name of all that
	 * follows
	 */
	if (value < symbols->image_start || value > symbols->image_end)
		return NULL;
	if (!symbols->by_address)
		build_by_address(symbols);

	/* the first entry above @value */
	high = symbols->by_address->len;
	while (low < high) {
		guint mid = low + (high - low) / 2;

		if (g_array_index(symbols->by_address, ByAddress, mid).value <= value)
			low = mid + 1;
		else
			high = mid;
	}

	/*
	 * A symbol that ends before @value may lie within a larger one, a few steps back.
	 */
	for (guint steps = 0; low > 0 && steps < 16; steps++) {
		const ByAddress *entry = &g_array_index(symbols->by_address, ByAddress,
							--low);
		const char *name = usable_symbol(symbols, entry->index, &sym);

		if (!name || (sym.st_size && value - entry->value >= sym.st_size))
			continue;
		if (!sym.st_size && steps > 0)
			continue;
		if (offset)
			*offset = value - entry->value;
		return name;
	}
	return NULL;
}
