/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VMCOREINFO: the text a kernel leaves for readers of its dump, in the page it lies in
 * and as the ELF note beside it, both in memory whether the dump has the note or not.
 */
#include <string.h>

#include "format.h"

static void symbol(struct machine *m, GString *s, const char *name)
{
	g_string_append_printf(s, "SYMBOL(%s)=%" G_GINT64_MODIFIER "x\n", name,
			       symbol_va(m, name));
}

static void offset(struct machine *m, GString *s, const char *name)
{
	g_string_append_printf(s, "OFFSET(%s)=%" G_GUINT64_FORMAT "\n", name,
			       koff(m->kb, name));
}

static void size(struct machine *m, GString *s, const char *name)
{
	g_string_append_printf(s, "SIZE(%s)=%" G_GUINT64_FORMAT "\n", name,
			       ksize(m->kb, name));
}

static void number(GString *s, const char *name, gint64 v)
{
	g_string_append_printf(s, "NUMBER(%s)=%" G_GINT64_FORMAT "\n", name, v);
}

static void length(GString *s, const char *name, guint64 v)
{
	g_string_append_printf(s, "LENGTH(%s)=%" G_GUINT64_FORMAT "\n", name, v);
}

static void build_text(struct machine *m, GString *s)
{
	const struct recipe *r = m->recipe;
	guint64 per_root = PAGE_SIZE_OF(m) / ksize(m->kb, "mem_section");

	g_string_append_printf(s, "OSRELEASE=%s\nBUILD-ID=", r->release);
	for (int i = 0; i < 20; i++)
		g_string_append_printf(s, "%02x", m->kb->build_id[i]);
	g_string_append_printf(s, "\nPAGESIZE=%u\n", 1u << r->page_shift);
	symbol(m, s, "init_uts_ns");
	offset(m, s, "uts_namespace.name");
	/* the macro of that name prints under the name it was given */
	g_string_append_printf(s, "SYMBOL(swapper_pg_dir)=%" G_GINT64_MODIFIER "x\n",
			       symbol_va(m, arch_pgd(m)));
	symbol(m, s, "_stext");
	g_string_append_printf(s, "SYMBOL(mem_section)=%" G_GINT64_MODIFIER "x\n",
			       get64(image_at(&m->img, symbol_pa(m, "mem_section"))));
	length(s, "mem_section",
	       (1ull << (r->physmem_bits - r->section_shift)) / per_root);
	size(m, s, "mem_section");
	offset(m, s, "mem_section.section_mem_map");
	number(s, "SECTION_SIZE_BITS", r->section_shift);
	number(s, "MAX_PHYSMEM_BITS", r->physmem_bits);
	m->format->vmcoreinfo(m, s);
	symbol(m, s, "node_data");
	length(s, "node_data", 1ull << r->nodes_shift);
	size(m, s, "pglist_data");
	size(m, s, "zone");
	size(m, s, "free_area");
	size(m, s, "list_head");
	size(m, s, "nodemask_t");
	offset(m, s, "pglist_data.node_zones");
	offset(m, s, "pglist_data.nr_zones");
	offset(m, s, "pglist_data.node_start_pfn");
	offset(m, s, "pglist_data.node_spanned_pages");
	offset(m, s, "pglist_data.node_id");
	offset(m, s, "zone.free_area");
	offset(m, s, "zone.vm_stat");
	offset(m, s, "zone.spanned_pages");
	offset(m, s, "free_area.free_list");
	offset(m, s, "list_head.next");
	offset(m, s, "list_head.prev");
	length(s, "zone.free_area", r->nr_orders);
	length(s, "free_area.free_list", m->nr_types);
	number(s, "NR_FREE_PAGES", koff(m->kb, "NR_FREE_PAGES"));
	arch_vmcoreinfo(m, s);
	g_string_append(s, "CRASHTIME=1700000000\n");
}

/**
 * vmcoreinfo_build:
 *
 * Fills machine.vmcoreinfo and writes it into memory.
 */
void vmcoreinfo_build(struct machine *m)
{
	GString *s = m->vmcoreinfo;
	guint8 *note = image_at(&m->img, m->note_pa);

	build_text(m, s);
	g_string_truncate(s, MIN(s->len, PAGE_SIZE_OF(m)));
	image_write(&m->img, m->vmcoreinfo_pa, s->str, s->len);
	image_touch(&m->img, m->note_pa, 2 * PAGE_SIZE_OF(m));
	put32(note, 11);
	put32(note + 4, s->len);
	put32(note + 8, 0);
	memcpy(note + 12, "VMCOREINFO", 11);
	memcpy(note + 24, s->str, s->len);
	image_put(&m->img, symbol_pa(m, "vmcoreinfo_data"),
		  phys_to_virt(m, m->vmcoreinfo_pa), 8);
	image_put(&m->img, symbol_pa(m, "vmcoreinfo_note"), phys_to_virt(m, m->note_pa),
		  8);
	image_put(&m->img, symbol_pa(m, "vmcoreinfo_size"), s->len, 8);
}
