/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory sections: where each says that its struct pages are, and whether its flags and its usage map fit
 * that.  Source: include/linux/mmzone.h, mm/sparse.c.
 */
#include "check/check.h"

static guint64 base_of(const AnzKernel *kernel, const AnzSection *section)
{
	return section->page_array - section->start_pfn * kernel->format.stride;
}

/* How many sections say that their struct pages are where @base has them. */
static guint nr_at(AnzKernel *kernel, guint64 base)
{
	guint nr = 0;

	for (guint i = 0; i < kernel->sections->len; i++)
		nr += base_of(kernel, &g_array_index(kernel->sections, AnzSection, i)) == base;
	return nr;
}

/*
 * Where all maps lie with a virtual memory map; 0: not known, or each section has a map of its own.  A
 * kernel without such a map has the variable vmemmap_base all the same (arch/x86/kernel/head64.c).
 */
static guint64 common_base(AnzKernel *kernel)
{
	guint64 base, address, best = 0;
	guint nr, most = 0;

	if (kernel->vmemmap)
		return kernel->vmemmap;
	if (anz_vmcoreinfo_symbol(kernel->vmcoreinfo, "vmemmap", &base))
		return base;
	if (anz_kernel_symbol(kernel, "vmemmap_base", &address) &&
	    anz_kernel_read_ulong(kernel, address, &base) && base && nr_at(kernel, base))
		return base;
	for (guint i = 0; i < kernel->sections->len && i < 16; i++) {
		base = base_of(kernel, &g_array_index(kernel->sections, AnzSection, i));
		nr = nr_at(kernel, base);
		if (nr > most) {
			most = nr;
			best = base;
		}
	}
	return most >= 3 && most > kernel->sections->len / 2 ? best : 0;
}

static char *section_name(guint64 number)
{
	return g_strdup_printf("section %" G_GUINT64_FORMAT, number);
}

static void check_maps(AnzChecker *checker)
{
	AnzKernel *kernel = checker->kernel;
	guint64 base = common_base(kernel);

	if (!base) {
		anz_check_not_here(checker, ANZ_RULE_SECTION_MAP, "there is no virtual memory map");
		return;
	}
	for (guint i = 0; i < kernel->sections->len; i++) {
		const AnzSection *section = &g_array_index(kernel->sections, AnzSection, i);
		guint64 number = section->start_pfn / MAX(section->nr_pages, 1);
		AnzFinding *finding;

		anz_check_evaluated(checker, ANZ_RULE_SECTION_MAP, 1);
		if (base_of(kernel, section) == base)
			continue;
		finding = anz_findings_add(checker->findings, ANZ_RULE_SECTION_MAP, number, ANZ_NO_PFN,
					   section->record, NULL);
		if (!finding)
			continue;
		finding->object = section_name(number);
		finding->expected = g_strdup_printf("a map at 0x%" G_GINT64_MODIFIER "x", base);
		finding->seen = g_strdup_printf("0x%" G_GINT64_MODIFIER "x",
						base_of(kernel, section));
	}
}

void anz_check_sections(AnzChecker *checker)
{
	AnzKernel *kernel = checker->kernel;

	check_maps(checker);
	anz_check_evaluated(checker, ANZ_RULE_SECTION_FLAGS, kernel->sections->len);
	if (kernel->sections_have_usage)
		anz_check_evaluated(checker, ANZ_RULE_SECTION_USAGE, kernel->sections->len);
	for (guint i = 0; i < kernel->odd_sections->len; i++) {
		const AnzOddSection *odd = &g_array_index(kernel->odd_sections, AnzOddSection, i);
		AnzFinding *finding = anz_findings_add(checker->findings, odd->no_usage ?
						       ANZ_RULE_SECTION_USAGE :
						       ANZ_RULE_SECTION_FLAGS, odd->number,
						       ANZ_NO_PFN, odd->address, NULL);

		if (!finding)
			continue;
		finding->object = section_name(odd->number);
		finding->expected = g_strdup(odd->no_usage ? "a usage map" :
					     "a section with a map is present");
		finding->seen = g_strdup_printf("section_mem_map 0x%" G_GINT64_MODIFIER "x%s", odd->map,
						odd->no_usage ? ", usage 0" : "");
	}
}
