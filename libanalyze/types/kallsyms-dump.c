/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finding the tables of kallsyms in a dump: VMCOREINFO has SYMBOL(kallsyms_...) since 6.0
 * ("vmcoreinfo: add kallsyms_num_syms symbol" and its neighbours), all in the kernel
 * image, so nothing but its page tables is needed to read them.
 */
#include "image/vmcoreinfo.h"
#include "types/kallsyms.h"

/* Kernels have 100,000 to 250,000 symbols in 2 MB. */
#define MAX_SYMBOLS (1u << 24)
#define MAX_NAMES ((gsize)64 << 20)
#define MAX_TOKENS ((gsize)1 << 16)	/* what a 16-bit offset can reach */

/* VMCOREINFO's own statements about symbols that are in kallsyms as well. */
static const char *const anchor_names[] = {
	"_stext", "init_uts_ns", "node_data", "swapper_pg_dir", "init_top_pgt",
	"contig_page_data", "clear_seq",
};

typedef struct {
	AnzImage *image;
	const AnzVmcoreinfo *info;
} Reader;

static gboolean symbol(const Reader *r, const char *name, guint64 *address)
{
	return anz_vmcoreinfo_symbol(r->info, name, address);
}

static gboolean read_all(const Reader *r, const char *what, guint64 address, void *buf, gsize len,
			 GError **error)
{
	if (anz_image_read_virt(r->image, address, buf, len, NULL) == len)
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_MEMORY_AT,
		    "%s at 0x%" G_GINT64_MODIFIER "x is not in the dump", what, address);
	return FALSE;
}

/* Up to @max bytes, as many as there are: the tables' lengths are stated nowhere. */
static guint8 *read_some(const Reader *r, const char *what, guint64 address, gsize max,
			 gsize *len, GError **error)
{
	guint8 *bytes = g_try_malloc(max);

	*len = bytes ? anz_image_read_virt(r->image, address, bytes, max, NULL) : 0;
	if (*len)
		return bytes;
	g_free(bytes);
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_MEMORY_AT,
		    "%s at 0x%" G_GINT64_MODIFIER "x is not in the dump", what, address);
	return NULL;
}

static gboolean read_number_of_symbols(const Reader *r, guint64 address, AnzKallsymsTables *t,
				       GError **error)
{
	guint8 raw[4];

	if (!read_all(r, "kallsyms_num_syms", address, raw, sizeof(raw), error))
		return FALSE;
	t->nr_symbols = anz_load32(raw, t->big_endian);
	if (t->nr_symbols && t->nr_symbols <= MAX_SYMBOLS)
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_FORMAT,
		    "kallsyms_num_syms of the dump is %u: senseless", t->nr_symbols);
	return FALSE;
}

static gboolean read_offsets(const Reader *r, AnzKallsymsTables *t, GError **error)
{
	const char *what = "kallsyms_addresses";
	guint64 base;
	guint8 raw[8];

	t->is_absolute = symbol(r, what, &t->offsets_address);
	if (!t->is_absolute)
		what = "kallsyms_offsets";
	if (!t->is_absolute && !symbol(r, what, &t->offsets_address)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_DEBUG_INFO,
			    "VMCOREINFO names no kallsyms_offsets");
		return FALSE;
	}
	if (symbol(r, "kallsyms_relative_base", &base)) {
		if (!read_all(r, "kallsyms_relative_base", base, raw, sizeof(raw), error))
			return FALSE;
		t->relative_base = anz_load64(raw, t->big_endian);
		t->has_relative_base = TRUE;
	}

	gsize len = t->nr_symbols * (gsize)(t->is_absolute ? 8 : 4);

	t->offsets = g_malloc(len);	/* at most 8 * MAX_SYMBOLS */
	return read_all(r, what, t->offsets_address, t->offsets, len, error);
}

static gboolean read_tables(const Reader *r, AnzKallsymsTables *t, GError **error)
{
	guint64 num_syms, names, tokens, index;
	gsize max_names;

	if (!symbol(r, "kallsyms_num_syms", &num_syms) || !symbol(r, "kallsyms_names", &names) ||
	    !symbol(r, "kallsyms_token_table", &tokens) ||
	    !symbol(r, "kallsyms_token_index", &index)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_DEBUG_INFO,
			    "VMCOREINFO names no kallsyms (Linux 6.0 and later do)");
		return FALSE;
	}
	if (!read_number_of_symbols(r, num_syms, t, error))
		return FALSE;
	/* The tokens have always followed the names. */
	max_names = tokens > names ? MIN(tokens - names, MAX_NAMES) :
		    MIN(t->nr_symbols * (gsize)64, MAX_NAMES);
	t->names = read_some(r, "kallsyms_names", names, max_names, &t->names_len, error);
	if (!t->names)
		return FALSE;
	t->tokens = read_some(r, "kallsyms_token_table", tokens, MAX_TOKENS, &t->tokens_len,
			      error);
	return t->tokens &&
	       read_all(r, "kallsyms_token_index", index, t->token_index,
			sizeof(t->token_index), error) &&
	       read_offsets(r, t, error);
}

AnzTypeProvider *anz_kallsyms_from_dump(AnzImage *image, GError **error)
{
	Reader r = { .image = image, .info = anz_image_vmcoreinfo(image) };
	AnzKallsymsTables tables = { .big_endian = anz_image_is_big_endian(image) };
	AnzKallsymsAnchor anchors[G_N_ELEMENTS(anchor_names)];
	guint nr_anchors = 0;
	guint64 slide;

	if (!read_tables(&r, &tables, error)) {
		g_free(tables.names);
		g_free(tables.tokens);
		g_free(tables.offsets);
		return NULL;
	}
	for (guint i = 0; i < G_N_ELEMENTS(anchor_names); i++) {
		if (!symbol(&r, anchor_names[i], &anchors[nr_anchors].address))
			continue;
		anchors[nr_anchors++].name = anchor_names[i];
	}
	anz_vmcoreinfo_kernel_offset(r.info, &slide);
	return anz_kallsyms_provider_new(&tables, anchors, nr_anchors, slide, error);
}
