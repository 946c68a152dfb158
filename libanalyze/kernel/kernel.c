/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening a kernel: the order in which its structures are resolved, the slide of its symbols, and
 * the record of facts and remarks.
 */
#include <stdarg.h>
#include <string.h>

#include "kernel/kernel-priv.h"
#include "kernel/module-types.h"

static void fact_clear(gpointer data)
{
	AnzFact *fact = data;

	g_free(fact->name);
	g_free(fact->value);
}

static void remark_clear(gpointer data)
{
	g_free(((AnzRemark *)data)->message);
}

static void zone_clear(gpointer data)
{
	AnzZone *zone = data;

	g_free(zone->stat);
	g_free(zone->stat_delta);
}

void anz_kernel_fact(AnzKernel *kernel, const char *name, const char *origin,
		     const char *value_format, ...)
{
	AnzFact fact = { .origin = origin };
	va_list args;

	for (guint i = 0; i < kernel->facts->len; i++)
		if (g_str_equal(g_array_index(kernel->facts, AnzFact, i).name, name))
			return;
	fact.name = g_strdup(name);
	va_start(args, value_format);
	fact.value = g_strdup_vprintf(value_format, args);
	va_end(args);
	g_array_append_val(kernel->facts, fact);
}

void anz_kernel_remark(AnzKernel *kernel, const char *severity, const char *subject,
		       guint64 count, const char *format, ...)
{
	g_autofree char *message = NULL;
	AnzRemark remark = { .severity = severity, .subject = subject, .count = count };
	va_list args;

	va_start(args, format);
	message = g_strdup_vprintf(format, args);
	va_end(args);
	for (guint i = 0; i < kernel->remarks->len; i++) {
		AnzRemark *old = &g_array_index(kernel->remarks, AnzRemark, i);

		if (g_str_equal(old->subject, subject) && g_str_equal(old->message, message)) {
			old->count += count;
			return;
		}
	}
	remark.message = g_steal_pointer(&message);
	g_array_append_val(kernel->remarks, remark);
}

/*
 * KASLR moves the kernel image as a whole, so any symbol that VMCOREINFO states (relocated) and
 * the symbol table holds (as linked) gives the slide.  KERNELOFFSET= says the same but is absent on
 * some architectures.
 */
static gboolean resolve_slide(AnzKernel *kernel, GError **error)
{
	static const char *const anchors[] = { "_stext", "init_uts_ns", "swapper_pg_dir",
					       "node_data" };
	guint64 linked, run_time, offset;

	anz_types_set_slide(kernel->types, 0);
	for (guint i = 0; i < G_N_ELEMENTS(anchors); i++) {
		if (!anz_vmcoreinfo_symbol(kernel->vmcoreinfo, anchors[i], &run_time) ||
		    !anz_types_symbol(kernel->types, anchors[i], &linked))
			continue;
		kernel->slide = run_time - linked;
		anz_kernel_fact(kernel, "kernel slide", "VMCOREINFO",
				"0x%" G_GINT64_MODIFIER "x (SYMBOL(%s))", kernel->slide,
				anchors[i]);
		if (kernel->slide & ((1u << 12) - 1)) {
			g_set_error(error, ANZ_ERROR, ANZ_ERROR_MISMATCH,
				    "symbol %s lies at 0x%" G_GINT64_MODIFIER "x in the dump and at 0x%"
				    G_GINT64_MODIFIER "x in the symbol table: not a whole number of pages "
				    "apart, so this type information belongs to another kernel; name the "
				    "right one with --vmlinux", anchors[i], run_time, linked);
			return FALSE;
		}
		anz_types_set_slide(kernel->types, kernel->slide);
		return TRUE;
	}
	if (anz_vmcoreinfo_kernel_offset(kernel->vmcoreinfo, &offset)) {
		kernel->slide = offset;
		anz_kernel_fact(kernel, "kernel slide", "VMCOREINFO",
				"0x%" G_GINT64_MODIFIER "x (KERNELOFFSET)", offset);
		anz_types_set_slide(kernel->types, offset);
		return TRUE;
	}
	anz_kernel_fact(kernel, "kernel slide", "built-in", "0");
	anz_kernel_remark(kernel, "warning", "symbols", 1,
			  "nothing tells how far the kernel was moved in memory; 0 is assumed");
	return TRUE;
}

AnzKernel *anz_kernel_open(AnzImage *image, AnzTypes *types, const AnzKernelOptions *options,
			   GError **error)
{
	g_autoptr(AnzKernel) kernel = g_new0(AnzKernel, 1);

	kernel->image = image;
	kernel->types = types;
	if (options)
		kernel->options = *options;
	kernel->vmcoreinfo = anz_image_vmcoreinfo(image);
	kernel->big_endian = anz_image_is_big_endian(image);
	kernel->page_shift = anz_image_page_shift(image);
	kernel->zero_pfn = kernel->huge_zero_pfn = G_MAXUINT64;
	kernel->migrate_isolate = -1;
	kernel->facts = g_array_new(FALSE, TRUE, sizeof(AnzFact));
	g_array_set_clear_func(kernel->facts, fact_clear);
	kernel->remarks = g_array_new(FALSE, TRUE, sizeof(AnzRemark));
	g_array_set_clear_func(kernel->remarks, remark_clear);
	kernel->nodes = g_array_new(FALSE, TRUE, sizeof(AnzNode));
	kernel->zones = g_array_new(FALSE, TRUE, sizeof(AnzZone));
	g_array_set_clear_func(kernel->zones, zone_clear);
	kernel->sections = g_array_new(FALSE, TRUE, sizeof(AnzSection));
	kernel->odd_sections = g_array_new(FALSE, TRUE, sizeof(AnzOddSection));
	kernel->possible_cpus = g_array_new(FALSE, TRUE, sizeof(guint));

	if (kernel->page_shift < 12 || kernel->page_shift > 16) {
		g_set_error(error, ANZ_ERROR, ANZ_ERROR_UNSUPPORTED,
			    "base pages of 2^%u bytes are not supported (4, 16 and 64 KiB are)",
			    kernel->page_shift);
		return NULL;
	}
	anz_kernel_fact(kernel, "page shift", "VMCOREINFO", "%u", kernel->page_shift);
	if (!resolve_slide(kernel, error))
		return NULL;
	anz_kernel_resolve_percpu(kernel);
	if (!anz_kernel_resolve_page_format(kernel, error) ||
	    !anz_kernel_resolve_nodes(kernel, error) ||
	    !anz_kernel_resolve_sections(kernel, error))
		return NULL;
	anz_kernel_check_link_reach(kernel);
	anz_kernel_resolve_page_fields(kernel);
	anz_kernel_resolve_generations(kernel);
	anz_kernel_resolve_pageblocks(kernel);
	anz_kernel_resolve_counters(kernel);
	anz_kernel_resolve_addresses(kernel);
	return g_steal_pointer(&kernel);
}

void anz_kernel_free(AnzKernel *kernel)
{
	if (!kernel)
		return;
	for (guint i = 0; i < kernel->nodes->len; i++) {
		if (kernel->node_stat)
			g_free(kernel->node_stat[i]);
		if (kernel->node_stat_delta)
			g_free(kernel->node_stat_delta[i]);
	}
	g_free(kernel->node_stat);
	g_free(kernel->node_stat_delta);
	if (kernel->zone_stat_items)
		g_array_unref(kernel->zone_stat_items);
	if (kernel->node_stat_items)
		g_array_unref(kernel->node_stat_items);
	g_array_unref(kernel->nodes);
	g_array_unref(kernel->zones);
	g_array_unref(kernel->sections);
	g_array_unref(kernel->odd_sections);
	g_array_unref(kernel->possible_cpus);
	g_array_unref(kernel->facts);
	g_array_unref(kernel->remarks);
	g_strfreev(kernel->migratetype_names);
	g_free(kernel->percpu_offset);
	anz_module_types_free(kernel->module_types);
	g_free(kernel->memdesc);
	g_free(kernel);
}
