/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/generations.h"

#include "graph/cgroups.h"

#define MAX_LRUVECS (1u << 20)
#define NANOSECONDS 1e9

typedef struct {
	AnzKernel *kernel;
	AnzGenerations *g;
	guint64 enabled, born;		/* offsets in struct lruvec */
	AnzField max_seq;
	guint64 min_seq, sizes;
	gboolean has_enabled;
	AnzRecord record;		/* struct lruvec */
	guint64 nodeinfo, in_node;	/* of groups: array of nodes, lruvec in its elements */
	guint64 in_pgdat;
} Reader;

/* Only sizes of arrays are asked for: BTF knows no arrays of arrays. */
static gboolean resolve(Reader *r)
{
	AnzKernel *kernel = r->kernel;
	guint64 size, nr, stride, nr_gens = kernel->format.nr_gens;
	AnzMember sizes;

	if (!nr_gens || !anz_field(kernel, "lruvec", "lrugen.max_seq", &r->max_seq) ||
	    !anz_kernel_array_len(kernel, "lruvec", "lrugen.min_seq", &nr, &stride) ||
	    nr != ANZ_LRU_TYPES || stride != 8 ||
	    !anz_kernel_member(kernel, "lruvec", "lrugen.min_seq", &r->min_seq, NULL) ||
	    !anz_types_member(kernel->types, "lruvec", "lrugen.nr_pages", &sizes) ||
	    !anz_kernel_member(kernel, "lruvec", "lrugen.nr_pages", &r->sizes, &size) ||
	    !anz_record_init_type(&r->record, kernel, "lruvec"))
		return FALSE;
	r->g->nr_zones = kernel->nr_zone_types;
	if (!r->g->nr_zones || size != nr_gens * ANZ_LRU_TYPES * r->g->nr_zones * 8)
		return FALSE;
	r->has_enabled = anz_kernel_member(kernel, "lruvec", "lrugen.enabled", &r->enabled, NULL);
	if (!anz_kernel_member(kernel, "lruvec", "lrugen.timestamps", &r->born, NULL))
		r->born = G_MAXUINT64;
	if (!anz_kernel_member(kernel, "mem_cgroup_per_node", "lruvec", &r->in_node, NULL) ||
	    !anz_kernel_member(kernel, "mem_cgroup", "nodeinfo", &r->nodeinfo, NULL))
		r->in_node = G_MAXUINT64;
	if (!anz_kernel_member(kernel, "pglist_data", "__lruvec", &r->in_pgdat, NULL))
		r->in_pgdat = G_MAXUINT64;
	return TRUE;
}

static guint64 word_at(const Reader *r, guint64 offset)
{
	return anz_load64(r->record.bytes + offset, r->kernel->big_endian);
}

/* @address: of the struct lruvec; 0: not known.  An entry is made in any case, so that indices hold. */
static void add_lruvec(Reader *r, guint32 owner, guint nid, guint64 address)
{
	AnzGenerations *g = r->g;
	guint nr = g->nr_gens * ANZ_LRU_TYPES * g->nr_zones;
	AnzLruvec it = { .owner = owner, .nid = nid, .address = address };

	it.found = g_new0(guint64, nr);
	if (address && anz_record_read(&r->record, address) && r->record.len == r->record.size) {
		it.is_enabled = !r->has_enabled || r->record.bytes[r->enabled];
		it.max_seq = anz_record_get(&r->record, &r->max_seq);
		for (guint i = 0; i < ANZ_LRU_TYPES; i++)
			it.min_seq[i] = word_at(r, r->min_seq + i * 8);
		it.kernel = g_new(gint64, nr);
		for (guint i = 0; i < nr; i++)
			it.kernel[i] = word_at(r, r->sizes + i * 8ull);
		if (r->born != G_MAXUINT64) {
			it.born = g_new(guint64, g->nr_gens);
			for (guint i = 0; i < g->nr_gens; i++)
				it.born[i] = word_at(r, r->born + i * 8ull);
		}
	} else {
		g->nr_unread++;
	}
	g_array_append_val(g->lruvecs, it);
}

static void read_groups(Reader *r, const AnzGraph *graph)
{
	const GArray *groups = graph->cgroups->groups, *nodes = r->kernel->nodes;

	for (guint i = 0; i < groups->len && r->g->lruvecs->len < MAX_LRUVECS; i++) {
		const AnzCgroup *group = &g_array_index(groups, AnzCgroup, i);

		for (guint n = 0; n < nodes->len; n++) {
			guint nid = g_array_index(nodes, AnzNode, n).nid;
			guint64 node, at = group->address + r->nodeinfo + nid * 8ull;

			if (!anz_kernel_read_u64(r->kernel, at, &node))
				node = 0;
			add_lruvec(r, group->owner, nid, node ? node + r->in_node : 0);
		}
	}
}

/* The ticks that timestamps are counted in. */
static void read_clock(Reader *r)
{
	AnzKernel *kernel = r->kernel;
	guint64 address, tick;

	if (!anz_kernel_symbol(kernel, "tick_nsec", &address) ||
	    !anz_kernel_read_u64(kernel, address, &tick) || tick < 100000 || tick > NANOSECONDS ||
	    !anz_kernel_symbol(kernel, "jiffies_64", &address) ||
	    !anz_kernel_read_u64(kernel, address, &r->g->now))
		return;
	r->g->tick = tick / NANOSECONDS;
}

void anz_generations_build(AnzGraph *graph)
{
	AnzKernel *kernel = graph->kernel;
	Reader r = { .kernel = kernel };
	AnzGenerations *g = g_new0(AnzGenerations, 1);

	r.g = g;
	g->nr_gens = kernel->format.nr_gens;
	g->nr_nodes = kernel->nodes->len;
	g->lruvecs = g_array_new(FALSE, FALSE, sizeof(AnzLruvec));
	if (resolve(&r)) {
		if (graph->cgroups && graph->cgroups->groups->len && r.in_node != G_MAXUINT64)
			read_groups(&r, graph);
		else if (!graph->cgroups && r.in_pgdat != G_MAXUINT64)
			for (guint n = 0; n < kernel->nodes->len; n++) {
				const AnzNode *node = &g_array_index(kernel->nodes, AnzNode, n);

				add_lruvec(&r, 0, node->nid, node->address + r.in_pgdat);
			}
		read_clock(&r);
	}
	anz_record_clear(&r.record);
	if (!g->lruvecs->len) {
		anz_generations_free(g);
		return;
	}
	graph->generations = g;
	if (g->nr_unread)
		anz_kernel_remark(kernel, "warning", "generations", g->nr_unread,
				  "lists of generations that are not in the dump");
}

void anz_generations_count(AnzGraph *graph, guint group, guint zone, guint type, guint generation,
			   guint64 nr_pages)
{
	AnzGenerations *g = graph->generations;
	const AnzZone *where;

	if (zone >= graph->kernel->zones->len || generation > g->nr_gens) {
		g->nr_strange += nr_pages;
		return;
	}
	where = &g_array_index(graph->kernel->zones, AnzZone, zone);
	for (guint n = 0; n < g->nr_nodes; n++) {
		guint at = group * g->nr_nodes + n;
		AnzLruvec *it = at < g->lruvecs->len ? &g_array_index(g->lruvecs, AnzLruvec, at) : NULL;

		if (it && it->nid == where->nid && where->index < g->nr_zones) {
			it->found[anz_generations_at(g, generation - 1, type, where->index)] += nr_pages;
			return;
		}
	}
	g->nr_strange += nr_pages;
}

guint64 anz_lruvec_seq(const AnzGenerations *generations, const AnzLruvec *lruvec, guint generation)
{
	guint64 nr = generations->nr_gens, youngest = lruvec->max_seq % nr;

	return lruvec->max_seq - (youngest + nr - generation % nr) % nr;
}

void anz_generations_free(AnzGenerations *generations)
{
	if (!generations)
		return;
	for (guint i = 0; i < generations->lruvecs->len; i++) {
		AnzLruvec *it = &g_array_index(generations->lruvecs, AnzLruvec, i);

		g_free(it->born);
		g_free(it->kernel);
		g_free(it->found);
	}
	g_array_unref(generations->lruvecs);
	g_free(generations);
}
