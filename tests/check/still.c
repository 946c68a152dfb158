/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Damage that stays in live memory counts where nothing else happens, and only there.  The live machine is the dump
 * of a real one, which does not change; where it has to, its counter of allocations goes on with every reading.
 *
 *	still ELF-DUMP VMLINUX VMCOREINFO
 */
#include <string.h>

#include "dump.h"

typedef struct {
	Dump dump;
	guint64 counter;	/* physical address of a count of allocated pages */
	gboolean is_busy;
} Machine;

static gboolean read_machine(guint64 paddr, void *buf, gsize len, gpointer data)
{
	Machine *m = data;
	guint64 value;

	if (m->is_busy && paddr <= m->counter && paddr + len >= m->counter + 8) {
		memcpy(&value, dump_at(&m->dump, m->counter, 8), 8);
		value++;
		memcpy(dump_at(&m->dump, m->counter, 8), &value, 8);
	}
	return dump_read(paddr, buf, len, &m->dump);
}

static guint64 physical(const Stages *s, guint64 vaddr)
{
	guint64 paddr, len;

	g_assert_true(anz_image_translate(s->kernel->image, vaddr, &paddr, &len));
	return paddr;
}

/* PGALLOC_<zone> of the first cpu. */
static guint64 find_counter(const Stages *s, guint zone)
{
	AnzKernel *kernel = s->kernel;
	g_autofree char *upper = g_ascii_strup(g_array_index(kernel->zones, AnzZone, zone).name, -1);
	g_autofree char *name = g_strconcat("PGALLOC_", upper, NULL);
	guint cpu = g_array_index(kernel->possible_cpus, guint, 0);
	guint64 base, offset;
	gint64 number;

	g_assert_true(anz_kernel_symbol(kernel, "vm_event_states", &base));
	g_assert_true(anz_kernel_member(kernel, "vm_event_state", "event", &offset, NULL));
	g_assert_true(anz_kernel_enumerator(kernel, "vm_event_item", name, &number));
	return physical(s, base + kernel->percpu_offset[cpu] + offset + number * 8);
}

/* Every finding that is listed must be of page @pfn (or of none, with @rule), and @rule must count, or not. */
static guint look(AnzMemory *memory, const char *vmlinux, const char *what, const char *rule, gint64 pfn,
		  gboolean counts)
{
	const char *files[] = { vmlinux, NULL };
	AnzSourceOptions open = { .size = sizeof(open), .memory = memory, .vmlinux = files, .force = TRUE,
				  .live = TRUE };
	AnzAnalyzeOptions analyze = { .size = sizeof(analyze), .threads = 1 };
	g_autoptr(GError) error = NULL;
	g_autoptr(AnzSource) source = anz_source_open(&open, &error);
	g_autoptr(AnzStore) store = source ? anz_source_analyze(source, &analyze, &error) : NULL;
	g_autoptr(AnzQuery) query = NULL;
	guint nr_counted = 0, nr_suppressed = 0, wrong = 0;

	g_assert_no_error(error);
	query = anz_store_query(store, "SELECT rule, ifnull(pfn, -1), ifnull(suppressed, '') FROM findings",
				&error);
	g_assert_no_error(error);
	while (anz_query_next(query, NULL)) {
		gboolean is_it = rule && !strcmp(anz_query_text(query, 0), rule) && anz_query_int(query, 1) == pfn;
		gboolean counted = !*anz_query_text(query, 2);

		nr_counted += is_it && counted;
		nr_suppressed += is_it && !counted;
		if (is_it || !counted)
			continue;
		g_print("%s: unexpected: %s at pfn %" G_GINT64_FORMAT "\n", what, anz_query_text(query, 0),
			anz_query_int(query, 1));
		wrong++;
	}
	if (rule && (nr_counted != (counts ? 1 : 0) || nr_suppressed != (counts ? 0 : 1))) {
		g_print("%s: %s %s\n", what, rule, nr_counted ? "counts" : nr_suppressed ?
			"is suppressed" : "was not found");
		wrong++;
	}
	g_print("%s: %s\n", what, wrong ? "WRONG" : "as it should be");
	return wrong;
}

int main(int argc, char **argv)
{
	Machine m = { .is_busy = FALSE };
	const char *vmlinux[] = { argc > 2 ? argv[2] : NULL, NULL };
	AnzMemory memory;
	const AnzListBlock *block;
	Opened opened;
	Stages *sound;
	guint wrong = 0;
	guint64 at;

	if (argc != 4) {
		g_printerr("usage: still ELF-DUMP VMLINUX VMCOREINFO\n");
		return 2;
	}
	dump_open(&m.dump, argv[1], argv[3]);
	dump_open_stages(&m.dump, vmlinux, &opened);
	memory = m.dump.memory;
	memory.read_physical = read_machine;
	memory.data = &m;
	sound = stages_run(&opened);
	g_assert_nonnull(sound);
	block = &g_array_index(sound->lists->free_blocks, AnzListBlock, 0);
	m.counter = find_counter(sound, block->zone);
	/* A page on a free list that does not say that it is free. */
	at = physical(sound, anz_kernel_page_address(sound->kernel, block->pfn) + sound->kernel->format.page_type);
	wrong += look(&memory, argv[2], "without damage", NULL, 0, FALSE);
	memset(dump_at(&m.dump, at, 4), 0xff, 4);
	wrong += look(&memory, argv[2], "where nothing happens", "buddy.type", block->pfn, TRUE);
	m.is_busy = TRUE;
	wrong += look(&memory, argv[2], "while pages are allocated", "buddy.type", block->pfn, FALSE);
	stages_free(sound);
	opened_clear(&opened);
	dump_close(&m.dump);
	return wrong ? 1 : 0;
}
