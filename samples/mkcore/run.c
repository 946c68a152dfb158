/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine that goes on living in a raw image, for readers of live memory. The model takes a step
 * (a handful of allocations and frees); what it is then is written out in private, and every word
 * that came out different is stored into the image, one after another, in the order a kernel
 * has: first descriptors and everything else, then the page array, from the highest frame
 * down, then zones with their list heads and counters. A reader in between sees words that
 * belong to different steps, never half a word.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format.h"
#include "out.h"

#define STEPS_PER_WRITE 8

enum part { PART_REST, PART_ARRAY, PART_ZONES, NR_PARTS };

struct live {
	struct machine *m;
	guint8 *image;		/* the file */
	guint64 size;
	guint8 *part;		/* per frame: enum part */
	guint64 (*zone_stat)[64], (*node_stat)[64];	/* before any books were kept */
};

static gboolean map_file(struct live *l, const char *path, GError **error)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	void *p = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, l->size))
		p = mmap(NULL, l->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		g_set_error(error, MK_ERROR, MK_ERROR_OUTPUT, "cannot write %s: %s", path,
			    g_strerror(errno));
	else
		l->image = p;
	if (fd >= 0)
		close(fd);
	return p != MAP_FAILED;
}

static void find_parts(struct live *l)
{
	struct machine *m = l->m;
	int shift = m->recipe->page_shift;

	l->part = g_malloc0(l->size >> shift);
	for (guint64 i = 0; i < m->nr_vmemmap; i++)
		if (m->vmemmap_frame[i])
			l->part[m->vmemmap_frame[i]] = PART_ARRAY;
	for (int n = 0; n < m->nr_nodes; n++) {
		guint64 pa = m->nodes[n].pgdat_va - m->page_offset;
		guint64 end = pa + ksize(m->kb, "pglist_data");

		for (; m->nodes[n].present && pa < end; pa += 1ull << shift)
			l->part[pa >> shift] = PART_ZONES;
	}
}

/* the words of a frame that differ; each store is whole, and none overtakes another */
static void store_frame(struct live *l, guint64 pfn)
{
	int shift = l->m->recipe->page_shift;
	const guint64 *from = (const guint64 *)image_see(&l->m->img, pfn << shift);
	guint64 *to = (guint64 *)(l->image + (pfn << shift));

	for (guint64 i = 0; i < 1ull << shift >> 3; i++)
		if (to[i] != from[i])
			__atomic_store_n(&to[i], from[i], __ATOMIC_RELEASE);
}

static void store(struct live *l)
{
	guint64 nr = l->size >> l->m->recipe->page_shift;

	for (int part = PART_REST; part < NR_PARTS; part++)
		for (guint64 pfn = nr; pfn-- > 0;)
			if (l->part[pfn] == part && image_is_touched(&l->m->img, pfn))
				store_frame(l, pfn);
}

/* the machine as it is now, into its private memory; books begin anew each time */
static void write_machine(struct live *l)
{
	struct machine *m = l->m;

	for (guint i = 0; i < m->zones->len; i++)
		memcpy(((struct zone *)m->zones->pdata[i])->stat, l->zone_stat[i],
		       sizeof(*l->zone_stat));
	for (int n = 0; n < MAX_NODES; n++)
		memcpy(m->nodes[n].stat, l->node_stat[n], sizeof(*l->node_stat));
	books_write(m);
	m->format->write(m);
	slab_write(m);
}

static void keep_books(struct live *l)
{
	l->zone_stat = g_malloc0_n(l->m->zones->len, sizeof(*l->zone_stat));
	l->node_stat = g_malloc0_n(MAX_NODES, sizeof(*l->node_stat));
	for (guint i = 0; i < l->m->zones->len; i++)
		memcpy(l->zone_stat[i], ((struct zone *)l->m->zones->pdata[i])->stat,
		       sizeof(*l->zone_stat));
	for (int n = 0; n < MAX_NODES; n++)
		memcpy(l->node_stat[n], l->m->nodes[n].stat, sizeof(*l->node_stat));
}

/**
 * run_live:
 * @path: the raw image, which exists with its vmlinux and VMCOREINFO from the first step on
 * @steps: at most so many writes; 0 for no end
 * @seconds: at most so long; 0 for no end
 *
 * Prints @path when the first state is whole. Ends with a signal, too. The image then stands still, and @path.truth.json says what is in it.
 */
gboolean run_live(struct machine *m, const char *path, guint64 steps, double seconds,
		  GError **error)
{
	struct live l = { .m = m, .size = m->img.size };
	g_autofree char *info = g_strconcat(path, ".vmcoreinfo", NULL);
	g_autofree char *types = g_strconcat(path, ".vmlinux", NULL);
	g_autofree char *truth = g_strconcat(path, ".truth.json", NULL);
	g_autofree char *text = NULL;
	gint64 end = g_get_monotonic_time() + (gint64)(seconds * 1e6);
	gsize len;
	gboolean ok;

	if (!m->format->rewrites) {
		g_set_error_literal(error, MK_ERROR, MK_ERROR_RECIPE,
				    "--run needs a recipe of the memory-descriptor format: what a "
				    "classic page array says is written once");
		return FALSE;
	}
	keep_books(&l);
	write_machine(&l);
	vmcoreinfo_build(m);
	find_parts(&l);
	ok = map_file(&l, path, error);
	if (ok)
		store(&l);
	ok = ok && g_file_get_contents(m->kb->vmlinux, &text, &len, error) &&
		g_file_set_contents(types, text, len, error) &&
		g_file_set_contents(info, m->vmcoreinfo->str, m->vmcoreinfo->len, error);
	if (ok) {
		puts(path);
		fflush(stdout);
	}
	for (guint64 n = 0; ok && !mk_interrupted && (!steps || n < steps) &&
	     (!seconds || g_get_monotonic_time() < end); n++) {
		for (int i = 0; i < STEPS_PER_WRITE; i++)
			work_step(m);
		write_machine(&l);
		store(&l);
	}
	ok = ok && truth_write(m, truth, error);
	if (l.image)
		munmap(l.image, l.size);
	g_free(l.part);
	g_free(l.zone_stat);
	g_free(l.node_stat);
	return ok;
}
