/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has to be known of the dump before anything can be written. */
#include <stdio.h>

#include "transcode.h"

gboolean machine_offset(Transcoder *t, const char *type, const char *path, guint64 *offset,
			GError **error)
{
	guint64 bits;

	if (!anz_source_member(t->source, type, path, &bits, NULL) || bits % 8) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL,
			    "this kernel has no %s.%s, which must be rewritten", type, path);
		return FALSE;
	}
	*offset = bits / 8;
	return TRUE;
}

gboolean machine_read_u64(Transcoder *t, guint64 vaddr, guint64 *value, GError **error)
{
	if (anz_source_read_virtual(t->source, vaddr, value, 8) != 8) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_NO_MEMORY_AT,
			    "kernel memory at 0x%" G_GINT64_MODIFIER "x is not in the dump; use a "
			    "complete one", vaddr);
		return FALSE;
	}
	*value = GUINT64_FROM_LE(*value);
	return TRUE;
}

static gboolean refuse(GError **error, const char *why)
{
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED, "%s", why);
	return FALSE;
}

/* A layout fact of the analysis; "" if it has none of that name. */
static char *read_fact(Transcoder *t, const char *name, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(
		t->store, "SELECT value FROM format_fact WHERE snapshot = :snapshot AND name = :name",
		error);
	GError *problem = NULL;

	if (!query)
		return NULL;
	anz_query_bind_text(query, ":name", name);
	if (anz_query_next(query, &problem))
		return g_strdup(anz_query_text(query, 0));
	if (!problem)
		return g_strdup("");
	g_propagate_error(error, problem);
	return NULL;
}

/* "10 bits from bit 54" */
static gboolean read_field(Transcoder *t, const char *name, guint *bits, guint *shift,
			   GError **error)
{
	g_autofree char *value = read_fact(t, name, error);

	if (!value)
		return FALSE;
	if (sscanf(value, "%u bits from bit %u", bits, shift) == 2 && *bits < 16 && *shift < 64)
		return TRUE;
	g_set_error(error, ANZ_ERROR, ANZ_ERROR_KERNEL, "the analysis does not tell the %s", name);
	return FALSE;
}

/* Of the memory models only this one is rewritten: all distributions' kernels have it. */
static gboolean is_two_levels(Transcoder *t, GError **error)
{
	g_autofree char *model = read_fact(t, "memory model", error);

	return model && (g_str_equal(model, "sparse, two levels of sections") ||
			 refuse(error, "the memory model of this kernel is not SPARSEMEM_EXTREME"));
}

static gboolean read_zones(Transcoder *t, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(
		t->store, "SELECT id, node, zone_index, address, start_pfn FROM zones "
			  "WHERE snapshot = :snapshot ORDER BY id", error);
	GError *problem = NULL;

	if (!query)
		return FALSE;
	while (anz_query_next(query, &problem)) {
		Zone zone = { .id = anz_query_int(query, 0), .node = anz_query_int(query, 1),
			      .index = anz_query_int(query, 2), .address = anz_query_int(query, 3),
			      .start_pfn = anz_query_int(query, 4) };

		g_array_append_val(t->zones, zone);
	}
	if (problem) {
		g_propagate_error(error, problem);
		return FALSE;
	}
	return t->zones->len || refuse(error, "no populated zone was found in the dump");
}

static gboolean read_array_lengths(Transcoder *t, GError **error)
{
	guint64 offset, bits, area_bytes, list_bytes;

	if (!anz_source_type_size(t->source, "free_area", &area_bytes) || !area_bytes ||
	    !anz_source_type_size(t->source, "list_head", &list_bytes) || list_bytes != 16 ||
	    !anz_source_member(t->source, "free_area", "free_list", &offset, &bits) || !bits)
		return refuse(error, "struct free_area is not in the type information");
	t->nr_migratetypes = bits / 8 / list_bytes;
	if (!anz_source_member(t->source, "zone", "free_area", &offset, &bits) || !bits)
		return refuse(error, "struct zone is not in the type information");
	t->nr_orders = bits / 8 / area_bytes;
	if (!anz_source_member(t->source, "per_cpu_pages", "lists", &offset, &bits) || !bits)
		return refuse(error, "struct per_cpu_pages is not in the type information");
	t->nr_pcp_lists = bits / 8 / list_bytes;
	t->head_bytes = t->variant->links == LINKS_PFN8 ? 8 : 16;
	return TRUE;
}

/* The first frame that neither the array nor any memory range of the source reaches. */
static gboolean first_free_frame(Transcoder *t, guint64 *pfn, GError **error)
{
	g_autoptr(AnzQuery) query = anz_store_query(
		t->store, "SELECT max(pfn + pages) FROM memory_range WHERE snapshot = :snapshot",
		error);

	if (!query || !anz_query_next(query, error))
		return FALSE;
	*pfn = MAX(t->max_pfn, (guint64)anz_query_int(query, 0));
	return TRUE;
}

gboolean machine_read(Transcoder *t, GError **error)
{
	g_autofree char *shape = anz_store_meta(t->store, "format.shape");
	g_autofree char *arch = anz_store_meta(t->store, "kernel.arch");
	g_autofree char *vmcoreinfo = anz_source_vmcoreinfo(t->source);
	guint64 page_shift, first_new;

	if (g_strcmp0(shape, "classic"))
		return refuse(error, "this dump has memory descriptors already; give one of a kernel "
			      "in use today");
	if (anz_source_is_big_endian(t->source))
		return refuse(error, "dumps of big-endian machines cannot be transcoded");
	if (!anz_store_meta_uint(t->store, "kernel.vmemmap", &t->old_array))
		return refuse(error, "this kernel has no virtual memory map (SPARSEMEM_VMEMMAP)");
	if (!anz_store_meta_uint(t->store, "kernel.page_shift", &page_shift) || !arch)
		return refuse(error, "the analysis tells neither page size nor machine");
	t->page_shift = page_shift;
	t->max_pfn = anz_store_max_pfn(t->store);
	if (!read_field(t, "page.flags node field", &t->node_bits, &t->node_shift, error) ||
	    !read_field(t, "page.flags zone field", &t->zone_bits, &t->zone_shift, error) ||
	    !machine_offset(t, "page", "flags", &t->flags_offset, error) ||
	    !machine_offset(t, "page", "_refcount", &t->refcount_offset, error) ||
	    !machine_offset(t, "page", "_mapcount", &t->page_type_offset, error) ||
	    !is_two_levels(t, error) || !read_zones(t, error) || !read_array_lengths(t, error) ||
	    !first_free_frame(t, &first_new, error))
		return FALSE;
	t->old_page_bytes = anz_source_struct_page_size(t->source);
	if (t->flags_offset + 8 > t->old_page_bytes || t->refcount_offset + 4 > t->old_page_bytes ||
	    t->page_type_offset + 4 > t->old_page_bytes)
		return refuse(error, "struct page of this kernel is not understood");
	t->old_page = g_malloc0(t->old_page_bytes);
	if (t->variant->links == LINKS_PFN8 && t->max_pfn >= (1ull << PFN8_BITS))
		return refuse(error, "frame numbers of this machine do not fit the 29 bits of the "
			      "8-byte formats");
	t->memory = memory_new(t->source, t->page_shift, first_new);
	t->paging = paging_new(t->source, t->memory, arch, vmcoreinfo, error);
	return t->paging && paging_find_room(t->paging, t->old_array,
					     t->max_pfn * t->variant->bytes, &t->new_array, error);
}
