/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel modules: their parts lie in areas of their own, one (before 6.4) or one for each kind of part. */
#include "graph/areas.h"

#include <elf.h>
#include <stddef.h>

#include "graph/range.h"

#define MAX_MODULES (1u << 16)
#define MAX_SYMBOLS (1u << 20)	/* of one module */
/* Bytes in one part; the largest modules have some 20 MB. */
#define MAX_PART (1u << 30)

typedef struct {
	AnzGraph *graph;
	AnzAreas *areas;
	AnzField list, name;
	AnzField base[16], size[16];
	guint nr_parts;
	AnzRecord module;
	guint64 unreadable;
} Builder;

static void add_part_of(Builder *b, const char *base, const char *size)
{
	guint i = b->nr_parts;

	if (i < G_N_ELEMENTS(b->base) &&
	    anz_field(b->graph->kernel, "module", base, &b->base[i]) &&
	    anz_field(b->graph->kernel, "module", size, &b->size[i]))
		b->nr_parts++;
}

static void resolve(Builder *b)
{
	AnzKernel *kernel = b->graph->kernel;
	guint64 nr_mem, stride;

	anz_field(kernel, "module", "list", &b->list);
	anz_field(kernel, "module", "name", &b->name);
	/* Since 6.4 an array by enum mod_mem_type; init parts are freed once it is live. */
	if (anz_kernel_array_len(kernel, "module", "mem", &nr_mem, &stride)) {
		for (guint i = 0; i < MIN(nr_mem, G_N_ELEMENTS(b->base)); i++) {
			g_autofree char *base = g_strdup_printf("mem[%u].base", i);
			g_autofree char *size = g_strdup_printf("mem[%u].size", i);

			add_part_of(b, base, size);
		}
		return;
	}
	add_part_of(b, "core_layout.base", "core_layout.size");
	add_part_of(b, "data_layout.base", "data_layout.size");
	add_part_of(b, "init_layout.base", "init_layout.size");
}

static gboolean add_module(guint64 address, gpointer data)
{
	Builder *b = data;
	AnzModule module = { .address = address };
	g_autofree char *name = NULL;

	if (!anz_record_read(&b->module, address)) {
		b->unreadable++;
		return TRUE;
	}
	name = anz_record_text(&b->module, &b->name);
	module.name = g_utf8_make_valid(name && *name ? name : "?", -1);
	for (guint i = 0; i < b->nr_parts; i++) {
		AnzModulePart part = { anz_record_get(&b->module, &b->base[i]),
				       anz_record_get(&b->module, &b->size[i]) };

		if (!part.start || !part.size || part.size > MAX_PART)
			continue;
		module.parts[module.nr_parts++] = part;
		module.size += part.size;
	}
	module.owner = anz_graph_owner(b->graph, ANZ_OWNER_MODULE, address, "%s", module.name);
	for (guint i = 0; i < module.nr_parts; i++)
		module.nr_pages += anz_graph_claim_range(b->graph, module.owner, ANZ_RANK_WALKED,
							 ANZ_UNNAMED_CLASSES, module.parts[i].start,
							 module.parts[i].size, ANZ_CLASS_VMALLOC);
	g_array_append_val(b->areas->modules, module);
	return !anz_graph_cancelled(b->graph);
}

const AnzModule *anz_modules_at(const AnzAreas *areas, guint64 vaddr)
{
	for (guint i = 0; i < areas->modules->len; i++) {
		const AnzModule *module = &g_array_index(areas->modules, AnzModule, i);

		for (guint p = 0; p < module->nr_parts; p++)
			if (vaddr >= module->parts[p].start &&
			    vaddr - module->parts[p].start < module->parts[p].size)
				return module;
	}
	return NULL;
}

char *anz_modules_symbol(AnzKernel *kernel, const AnzModule *module, guint64 vaddr, guint64 *offset)
{
	g_autofree guint8 *table = NULL;
	guint64 tables, symbols, nr, strings, best = 0, name = 0;

	if (!anz_kernel_read_member(kernel, module->address, "module", "kallsyms", &tables) ||
	    !tables || !anz_kernel_read_member(kernel, tables, "mod_kallsyms", "symtab", &symbols) ||
	    !anz_kernel_read_member(kernel, tables, "mod_kallsyms", "num_symtab", &nr) ||
	    !anz_kernel_read_member(kernel, tables, "mod_kallsyms", "strtab", &strings) ||
	    !nr || nr > MAX_SYMBOLS)
		return NULL;
	table = g_try_malloc(nr * sizeof(Elf64_Sym));
	if (!table || !anz_kernel_read(kernel, symbols, table, nr * sizeof(Elf64_Sym)))
		return NULL;
	for (guint64 i = 0; i < nr; i++) {
		const guint8 *symbol = table + i * sizeof(Elf64_Sym);
		guint64 value = anz_load64(symbol + offsetof(Elf64_Sym, st_value),
					   kernel->big_endian);

		if (value > vaddr || value < best || !value)
			continue;
		best = value;
		name = anz_load32(symbol + offsetof(Elf64_Sym, st_name), kernel->big_endian);
	}
	*offset = vaddr - best;
	return name ? anz_kernel_read_string(kernel, strings + name, 128) : NULL;
}

void anz_modules_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Builder b = { .graph = graph, .areas = anz_areas_get(graph) };
	guint64 head;

	resolve(&b);
	if (!b.list.known || !anz_kernel_symbol(kernel, "modules", &head))
		return;
	if (!b.nr_parts) {
		anz_kernel_remark(kernel, "note", "module", 1,
				  "struct module is of no known form: modules are not known");
		return;
	}
	anz_record_init_type(&b.module, kernel, "module");
	if (!anz_kernel_walk_list(kernel, head, b.list.offset, MAX_MODULES, add_module, &b) ||
	    b.unreadable)
		anz_kernel_remark(kernel, "warning", "module", MAX(b.unreadable, 1),
				  "modules, or the end of their list, that are not in the dump");
	anz_record_clear(&b.module);
}
