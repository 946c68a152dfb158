/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From what a user types to a page.  A bare decimal number is a frame number; a
 * hexadecimal one is an address, and which kind of address is told by where it lies: the
 * upper half of the address space belongs to the kernel, which has an array of struct
 * page, a map of all memory and its own image there.  What lies elsewhere in that half
 * (vmalloc, modules) only page tables can tell.  A memory descriptor lies in the map of all
 * memory too, but who has its address wants the pages that it describes; "virt:" gives the
 * page that it lies in.
 */
#include <string.h>

#include "store/store-private.h"

#define ACCEPTED_FORMS \
	"a frame number (4711, pfn:4711), a physical address (phys:0x1267000), or a " \
	"kernel address " \
	"(0xffff888001267000, that of a struct page or descriptor included)"

static void place(AnzAddress *out, AnzStore *store, guint64 paddr)
{
	const AnzPageMap *map = store->map;

	out->paddr = paddr;
	out->pfn = paddr >> map->page_shift;
	out->offset = paddr & (((guint64)1 << map->page_shift) - 1);
}

/* Physical address of the first byte past the map. */
static guint64 map_end(const AnzPageMap *map)
{
	return map->max_pfn << map->page_shift;
}

static gboolean outside(AnzStore *store, const char *text, GError **error)
{
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
		    "%s: outside the map, whose last frame is %" G_GUINT64_FORMAT
		    " at physical 0x%" G_GINT64_MODIFIER "x",
		    text, store->map->max_pfn - 1,
		    (store->map->max_pfn - 1) << store->map->page_shift);
	return FALSE;
}

static gboolean resolve_pfn(AnzStore *store, const char *text, guint64 pfn,
			    AnzAddress *out, GError **error)
{
	if (pfn >= store->map->max_pfn)
		return outside(store, text, error);
	out->kind = ANZ_ADDRESS_PFN;
	place(out, store, pfn << store->map->page_shift);
	g_snprintf(out->words, sizeof(out->words), "page frame number");
	return TRUE;
}

static gboolean resolve_physical(AnzStore *store, const char *text, guint64 paddr,
				 AnzAddress *out, GError **error)
{
	if (paddr >= map_end(store->map))
		return outside(store, text, error);
	out->kind = ANZ_ADDRESS_PHYSICAL;
	place(out, store, paddr);
	g_snprintf(out->words, sizeof(out->words),
		   "physical address, byte %" G_GUINT64_FORMAT " of the page",
		   out->offset);
	return TRUE;
}

/*
 * Physical address of kernel.text_start.  x86-64 dumps tell it by phys_base: the image is
 * linked at __START_KERNEL_map, so pa = va - 0xffffffff80000000 + phys_base.
 */
static gboolean image_physical(AnzStore *store, guint64 text_start, guint64 *paddr)
{
	g_autofree char *arch = anz_store_meta(store, "kernel.arch");

	if (anz_store_meta_uint(store, "kernel.image_phys", paddr))
		return TRUE;
	if (g_strcmp0(arch, "x86_64") != 0 ||
	    !anz_store_meta_uint(store, "kernel.phys_base", paddr))
		return FALSE;
	*paddr += text_start - G_GUINT64_CONSTANT(0xffffffff80000000);
	return TRUE;
}

static gboolean in_image(AnzStore *store, guint64 vaddr, guint64 *paddr)
{
	guint64 start, end, image;

	if (!anz_store_meta_uint(store, "kernel.text_start", &start) ||
	    !anz_store_meta_uint(store, "kernel.text_end", &end) || vaddr < start ||
	    vaddr >= end || !image_physical(store, start, &image))
		return FALSE;
	*paddr = image + (vaddr - start);
	return *paddr < map_end(store->map);
}

static void resolve_virtual(AnzStore *store, guint64 vaddr, AnzAddress *out)
{
	const AnzPageMap *map = store->map;
	guint64 paddr;

	out->vaddr = vaddr;
	if (map->vmemmap && map->struct_page_size &&
	    (vaddr - map->vmemmap) / map->struct_page_size < map->max_pfn) {
		guint64 distance = vaddr - map->vmemmap;

		out->kind = ANZ_ADDRESS_STRUCT_PAGE;
		place(out, store, (distance / map->struct_page_size) << map->page_shift);
		out->offset = distance % map->struct_page_size;
		g_snprintf(out->words, sizeof(out->words),
			   "kernel address, byte %" G_GUINT64_FORMAT
			   " of the struct page of frame "
			   "%" G_GUINT64_FORMAT,
			   out->offset, out->pfn);
	} else if (map->page_offset && vaddr - map->page_offset < map_end(map)) {
		out->kind = ANZ_ADDRESS_DIRECT_MAP;
		place(out, store, vaddr - map->page_offset);
		g_snprintf(out->words, sizeof(out->words),
			   "kernel address in the direct map, byte %" G_GUINT64_FORMAT
			   " of the page", out->offset);
	} else if (in_image(store, vaddr, &paddr)) {
		out->kind = ANZ_ADDRESS_KERNEL_IMAGE;
		place(out, store, paddr);
		g_snprintf(out->words, sizeof(out->words),
			   "kernel address in the kernel image, byte %" G_GUINT64_FORMAT
			   " of the page", out->offset);
	} else {
		out->kind = ANZ_ADDRESS_VIRTUAL;
		g_snprintf(out->words, sizeof(out->words),
			   "kernel address that only the page tables in the dump can "
			   "translate");
	}
}

/* Least size of a descriptor; what an unknown struct is taken for. */
#define DESCRIPTOR_ALIGN 16

/* Whether @vaddr lies in a descriptor of a memory-descriptor dump. */
static gboolean resolve_descriptor(AnzStore *store, guint64 vaddr, AnzAddress *out)
{
	sqlite3_stmt *stmt = NULL;
	gboolean found = FALSE;

	/* Kernel addresses are all negative to SQLite, so they compare as usual. */
	if (store->map->has_descriptors)
		stmt = anz_store_prepare(store,
			"SELECT address, pfn, pages, kind, struct, (SELECT max(bytes) FROM struct_layout l "
			"WHERE l.snapshot = ?1 AND l.struct = d.struct AND l.member IS NULL) "
			"FROM descriptors d WHERE d.snapshot = ?1 AND address <= ?2 AND address < 0 "
			"ORDER BY address DESC, pfn LIMIT 1", NULL);
	if (!stmt)
		return FALSE;
	sqlite3_bind_int64(stmt, 2, (gint64)vaddr);
	if (sqlite3_step(stmt) == SQLITE_ROW) {
		guint64 offset = vaddr - (guint64)sqlite3_column_int64(stmt, 0);
		guint64 pfn = sqlite3_column_int64(stmt, 1), pages = sqlite3_column_int64(stmt, 2);
		guint64 bytes = MAX(sqlite3_column_int64(stmt, 5), DESCRIPTOR_ALIGN);
		const char *kind = (const char *)sqlite3_column_text(stmt, 3);
		const char *name = (const char *)sqlite3_column_text(stmt, 4);

		if (offset < bytes && pfn < store->map->max_pfn) {
			found = TRUE;
			out->kind = ANZ_ADDRESS_DESCRIPTOR;
			out->vaddr = vaddr;
			place(out, store, pfn << store->map->page_shift);
			out->offset = offset;
			g_snprintf(out->words, sizeof(out->words),
				   "kernel address, byte %" G_GUINT64_FORMAT " of the %s descriptor "
				   "(%s%.40s) of %" G_GUINT64_FORMAT " page%s from frame %"
				   G_GUINT64_FORMAT, offset, kind ? kind : "", name ? "struct " :
				   "of no known struct", name ? name : "", pages, pages == 1 ? "" : "s", pfn);
		}
	}
	sqlite3_finalize(stmt);
	return found;
}

/*
 * "0x..." , decimal digits, or the 16 hexadecimal digits in which others print kernel
 * addresses.
 */
static gboolean parse_number(const char *text, guint64 *value, gboolean *is_address)
{
	g_autofree char *prefixed = NULL;

	*is_address = g_ascii_strncasecmp(text, "0x", 2) == 0;
	if (*is_address || strspn(text, "0123456789") == strlen(text))
		return anz_parse_u64(text, value);
	if (strlen(text) != 16 || strspn(text, "0123456789abcdefABCDEF") != 16)
		return FALSE;
	*is_address = TRUE;
	prefixed = g_strconcat("0x", text, NULL);
	return anz_parse_u64(prefixed, value);
}

gboolean anz_store_resolve(AnzStore *store, const char *text, AnzAddress *out,
			   GError **error)
{
	static const char *const prefixes[] = { "pfn:", "phys:", "virt:" };
	enum { PFN, PHYS, VIRT, NONE } prefix = PFN;
	const guint64 upper_half = (guint64)1 << 63;
	AnzAddress result = { 0 };
	gboolean is_address;
	const char *number;
	guint64 value;

	if (*text != ':' && text[strspn(text, "0123456789")] == ':')
		return anz_store_resolve_process(store, text, out, error);
	while (prefix < NONE && !g_str_has_prefix(text, prefixes[prefix]))
		prefix++;
	number = prefix == NONE ? text : strchr(text, ':') + 1;
	/* Nobody writes addresses in decimal, so one without 0x is more likely a slip. */
	if (!parse_number(number, &value, &is_address) ||
	    (prefix == PHYS && !is_address) ||
	    (prefix == VIRT && value < upper_half)) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_ARGUMENT,
			    "%s: not an address; accepted are " ACCEPTED_FORMS, text);
		return FALSE;
	}
	if (prefix == PFN || (prefix == NONE && !is_address)) {
		if (!resolve_pfn(store, text, value, &result, error))
			return FALSE;
	} else if (prefix == VIRT || (prefix == NONE && value >= upper_half)) {
		if (prefix == VIRT || !resolve_descriptor(store, value, &result))
			resolve_virtual(store, value, &result);
	} else if (!resolve_physical(store, text, value, &result, error)) {
		return FALSE;
	}
	*out = result;
	return TRUE;
}
