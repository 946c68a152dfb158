/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which cpus there are, and where each one's copy of a per-cpu variable lies: address of the
 * variable plus __per_cpu_offset[cpu].  A uniprocessor kernel has no such array and offset 0.
 */
#include "kernel/kernel-priv.h"

/* Calls for each set bit of a cpumask symbol ("__cpu_possible_mask"). */
static gboolean read_mask(AnzKernel *kernel, const char *name, guint nr_bits, GArray *cpus)
{
	guint64 address, word;

	if (!anz_kernel_symbol(kernel, name, &address))
		return FALSE;
	for (guint i = 0; i < nr_bits; i += 64) {
		if (!anz_kernel_read_u64(kernel, address + i / 8, &word))
			return FALSE;
		for (guint bit = 0; bit < 64 && i + bit < nr_bits; bit++) {
			guint cpu = i + bit;

			if (word >> bit & 1)
				g_array_append_val(cpus, cpu);
		}
	}
	return TRUE;
}

/* How many entries of __per_cpu_offset[] are kernel offsets, from the first on. */
static guint64 count_offsets(AnzKernel *kernel, guint64 offsets)
{
	guint64 value, nr = 0;

	while (nr < 256 && anz_kernel_read_u64(kernel, offsets + nr * 8, &value) && value)
		nr++;
	return MAX(nr, 1);
}

void anz_kernel_resolve_percpu(AnzKernel *kernel)
{
	g_autoptr(GArray) online = g_array_new(FALSE, FALSE, sizeof(guint));
	guint64 offsets, mask_size, nr_bits = ANZ_MAX_CPUS;
	guint64 address;
	guint32 nr_ids;

	if (!anz_kernel_symbol(kernel, "__per_cpu_offset", &offsets)) {
		guint zero = 0;

		/* A kernel of whose symbols none is known says nothing by lacking one. */
		if (!anz_types_symbol(kernel->types, "_stext", &address)) {
			anz_kernel_remark(kernel, "warning", "per-cpu", 1,
					  "no symbols: how many cpus there are, and where per-cpu lists and "
					  "counters lie, is not known");
			return;
		}
		kernel->nr_cpus = 1;
		kernel->nr_online_cpus = 1;
		kernel->percpu_offset = g_new0(guint64, 1);
		g_array_append_val(kernel->possible_cpus, zero);
		anz_kernel_remark(kernel, "note", "per-cpu", 1,
				  "no symbol __per_cpu_offset: taken as a kernel for one cpu");
		return;
	}
	if (anz_kernel_sizeof(kernel, "cpumask", &mask_size) && mask_size &&
	    mask_size <= ANZ_MAX_CPUS / 8)
		nr_bits = mask_size * 8;
	if (anz_kernel_symbol(kernel, "nr_cpu_ids", &address) &&
	    anz_kernel_read_u32(kernel, address, &nr_ids) && nr_ids && nr_ids <= nr_bits)
		nr_bits = nr_ids;
	if (nr_bits == ANZ_MAX_CPUS) {
		nr_bits = count_offsets(kernel, offsets);
		anz_kernel_remark(kernel, "warning", "per-cpu", 1,
				  "neither struct cpumask nor nr_cpu_ids tells how many cpus this "
				  "kernel can have: the %" G_GUINT64_FORMAT " whose per-cpu offsets "
				  "stand one after another are taken", nr_bits);
	}
	if (!read_mask(kernel, "__cpu_possible_mask", nr_bits, kernel->possible_cpus) ||
	    !kernel->possible_cpus->len) {
		g_array_set_size(kernel->possible_cpus, 0);
		for (guint cpu = 0; cpu < nr_bits; cpu++)
			g_array_append_val(kernel->possible_cpus, cpu);
		anz_kernel_remark(kernel, "note", "per-cpu", 1,
				  "__cpu_possible_mask is not in the dump: all %" G_GUINT64_FORMAT
				  " cpu numbers are tried", nr_bits);
	}
	if (read_mask(kernel, "__cpu_online_mask", nr_bits, online))
		kernel->nr_online_cpus = online->len;
	kernel->nr_cpus = nr_bits;
	kernel->percpu_offset = g_new0(guint64, kernel->nr_cpus);
	for (guint i = 0; i < kernel->possible_cpus->len; i++) {
		guint cpu = g_array_index(kernel->possible_cpus, guint, i);

		if (anz_kernel_read_u64(kernel, offsets + cpu * 8ull,
					&kernel->percpu_offset[cpu]))
			continue;
		anz_kernel_remark(kernel, "warning", "per-cpu", 1,
				  "the per-cpu offset of a cpu is not in the dump; its lists and "
				  "counters are missing");
		g_array_remove_index(kernel->possible_cpus, i--);
	}
	anz_kernel_fact(kernel, "possible cpus", "memory", "%u", kernel->possible_cpus->len);
}
