/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Event counters of the allocator: per_cpu(vm_event_states).event[PGALLOC_<zone>, PGFREE], in pages
 * (include/linux/vmstat.h, __count_zid_vm_events() in mm/page_alloc.c).
 */
#include "kernel/kernel-priv.h"

#define MAX_EVENTS 4096

static void take_number(const char *name, gint64 number, gpointer data)
{
	(void)name;
	if (number >= 0 && number < MAX_EVENTS)
		g_array_append_val((GArray *)data, number);
}

/* What all cpus have counted of the events in @numbers. */
static gboolean sum_events(AnzKernel *kernel, const GArray *numbers, guint64 *pages)
{
	guint64 base, offset, nr, size, value;
	gboolean any = FALSE;

	if (!anz_kernel_symbol(kernel, "vm_event_states", &base) ||
	    !anz_kernel_member(kernel, "vm_event_state", "event", &offset, NULL) ||
	    !anz_kernel_array_len(kernel, "vm_event_state", "event", &nr, &size) || size != 8)
		return FALSE;
	*pages = 0;
	for (guint i = 0; i < kernel->possible_cpus->len; i++) {
		guint cpu = g_array_index(kernel->possible_cpus, guint, i);

		for (guint k = 0; k < numbers->len; k++) {
			guint64 number = g_array_index(numbers, gint64, k);

			if (number >= nr ||
			    !anz_kernel_read_ulong(kernel, base + kernel->percpu_offset[cpu] + offset +
						   number * 8, &value))
				continue;
			*pages += value;
			any = TRUE;
		}
	}
	return any;
}

gboolean anz_kernel_moved_pages(AnzKernel *kernel, guint64 *pages)
{
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));

	anz_types_each_enumerator(kernel->types, "PGALLOC_", take_number, numbers);
	anz_types_each_enumerator(kernel->types, "PGFREE", take_number, numbers);
	return sum_events(kernel, numbers, pages);
}

gboolean anz_kernel_allocated_pages(AnzKernel *kernel, const char *zone, guint64 *pages)
{
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autofree char *upper = g_ascii_strup(zone, -1), *name = g_strconcat("PGALLOC_", upper, NULL);
	gint64 number;

	if (!anz_kernel_enumerator(kernel, "vm_event_item", name, &number))
		return FALSE;
	take_number(name, number, numbers);
	return sum_events(kernel, numbers, pages);
}
