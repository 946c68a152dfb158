/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * truth.json: what mkcore knows about the machine it made, for tests to compare with.
 * Numbers in decimal, null where nothing applies. Order-0 pages of one kind are one row
 * (first_pfn null: each page is its own first); any larger allocation has its own row.
 */
#include <stdio.h>
#include <string.h>

#include "format.h"

struct truth {
	FILE *f;
	struct truth_row last;
	gboolean any;
};

static void put_opt(FILE *f, gboolean have, guint64 v)
{
	if (have)
		fprintf(f, ",%" G_GUINT64_FORMAT, v);
	else
		fputs(",null", f);
}

static void flush_row(struct truth *t)
{
	struct truth_row *r = &t->last;

	if (!r->pages)
		return;
	fprintf(t->f, "%s[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT,
		t->any ? ",\n" : "\n", r->pfn, r->pages);
	put_opt(t->f, r->has_type, r->type);
	fprintf(t->f, ",\"%s\"", page_class_names[r->cls]);
	put_opt(t->f, r->subtype >= 0, r->subtype);
	put_opt(t->f, r->mapped >= 0, r->mapped);
	put_opt(t->f, r->order >= 0, r->order);
	put_opt(t->f, r->has_first, r->first);
	put_opt(t->f, r->has_descriptor, r->descriptor);
	put_opt(t->f, r->zone != NULL, r->zone ? r->zone->node : 0);
	put_opt(t->f, r->zone != NULL, r->zone ? r->zone->type : 0);
	fputc(']', t->f);
	t->any = TRUE;
	r->pages = 0;
}

static void add_row(struct truth *t, const struct truth_row *r)
{
	struct truth_row *l = &t->last;

	if (l->pages && l->pfn + l->pages == r->pfn && l->cls == r->cls &&
	    r->order <= 0 && l->mapped == r->mapped && l->order == r->order &&
	    l->zone == r->zone && l->subtype == r->subtype &&
	    l->has_type == r->has_type && l->type == r->type &&
	    !l->has_descriptor && !r->has_descriptor) {
		l->pages += r->pages;
		l->has_first = FALSE;
		return;
	}
	flush_row(t);
	*l = *r;
}

static const struct zone *zone_by_span(struct machine *m, guint64 pfn)
{
	struct zone *z = zone_of(m, pfn);

	if (z)
		return z;
	/* in a hole: only when one span alone covers it */
	for (guint i = 0; i < m->zones->len; i++) {
		struct zone *k = m->zones->pdata[i];

		if (pfn < k->start_pfn || pfn >= k->end_pfn)
			continue;
		if (z)
			return NULL;
		z = k;
	}
	return z;
}

/* rows of one allocation; a poisoned page inside it has a row of its own */
static void add_alloc(struct machine *m, struct truth *t, const struct alloc *a)
{
	struct truth_row r = { .pfn = a->pfn, .pages = a->nr_pages, .cls = a->cls,
		.subtype = -1,
		.order = a->flags & AF_HIDDEN_ORDER ? -1 : a->order,
		.has_first = !(a->flags & AF_HIDDEN_ORDER), .first = a->pfn,
		.zone = zone_of(m, a->pfn) };
	gboolean user = a->cls >= PC_FILE && a->cls <= PC_SWAP_CACHE;

	r.mapped = user ? !!(a->flags & AF_MAPPED) : -1;
	r.has_type = m->format->truth_type(m, a->cls, a, &r.type, &r.descriptor);
	r.has_descriptor = r.descriptor != 0;
	if (m->format->truth_row)
		m->format->truth_row(m, a, &r);
	if (a->flags & AF_POISON) {
		struct truth_row part = r;

		part.pages = a->poison - a->pfn;
		if (part.pages)
			add_row(t, &part);
		part.pfn = a->poison;
		part.pages = 1;
		part.cls = PC_HWPOISON;
		if (m->format->truth_row)
			m->format->truth_row(m, a, &part);
		flush_row(t);
		add_row(t, &part);
		flush_row(t);
		part = r;
		part.pfn = a->poison + 1;
		part.pages = a->pfn + (guint64)a->nr_pages - part.pfn;
		if (part.pages)
			add_row(t, &part);
		flush_row(t);
		return;
	}
	add_row(t, &r);
}

static void write_pages(struct machine *m, struct truth *t)
{
	fputs("\"pages\": {\"columns\": [\"pfn\", \"pages\", \"type\", \"class\", "
	      "\"subtype\", \"mapped\", \"order\", \"first_pfn\", \"descriptor\", "
	      "\"node\", "
	      "\"zone\"],\n\"rows\": [",
	      t->f);
	for (guint64 pfn = 0; pfn < m->max_pfn;) {
		guint8 cls = m->cls[pfn];
		struct truth_row r = { .pfn = pfn, .pages = 1, .cls = cls, .order = -1,
			.mapped = -1, .subtype = -1 };

		if (!(m->bits[pfn] & FB_MAP)) {
			pfn += 1ull << (m->recipe->section_shift - m->recipe->page_shift);
			continue;
		}
		if (m->bits[pfn] & FB_HEAD && cls != PC_FREE && cls != PC_FREE_PCP &&
		    cls != PC_UNACCEPTED) {
			const struct alloc *a = alloc_of(m, pfn);

			add_alloc(m, t, a);
			pfn += a->nr_pages;
			continue;
		}
		r.zone = zone_by_span(m, pfn);
		if (m->bits[pfn] & FB_HEAD) {
			r.order = order_of(m, pfn);
			r.pages = 1ull << r.order;
			r.has_first = TRUE;
			r.first = pfn;
		} else if (cls == PC_HOLE) {
			/* a struct page without memory: the kernel marks it reserved */
			r.cls = PC_RESERVED;
		}
		r.has_type =
			m->format->truth_type(m, r.cls, NULL, &r.type, &r.descriptor);
		r.has_descriptor = r.descriptor != 0;
		if (m->format->truth_row)
			m->format->truth_row(m, NULL, &r);
		add_row(t, &r);
		pfn += r.pages;
	}
	flush_row(t);
	fputs("]},\n", t->f);
}

static void write_zones(struct machine *m, FILE *f)
{
	fputs("\"zones\": [", f);
	for (guint i = 0; i < m->zones->len; i++) {
		struct zone *z = m->zones->pdata[i];

		fprintf(f,
			"%s\n{\"node\": %d, \"index\": %d, \"name\": \"%s\", "
			"\"start_pfn\": %" G_GUINT64_FORMAT
			", \"spanned\": %" G_GUINT64_FORMAT
			", \"present\": %" G_GUINT64_FORMAT
			", \"managed\": %" G_GUINT64_FORMAT ", \"nr_free\": [",
			i ? "," : "", z->node, z->type, z->recipe->name, z->start_pfn,
			z->end_pfn - z->start_pfn, z->present, z->managed);
		for (int o = 0; o < m->recipe->nr_orders; o++)
			fprintf(f, "%s%" G_GUINT64_FORMAT, o ? ", " : "", z->nr_free[o]);
		fprintf(f, "], \"nr_free_pages\": %" G_GUINT64_FORMAT "}",
			buddy_free_pages(m, z));
	}
	fputs("],\n", f);
}

static void write_pfns(struct machine *m, FILE *f, const struct flist *l)
{
	fputs("\"pfns\": [", f);
	for (guint32 pfn = l->head; pfn != NO_PFN; pfn = *frame_next(m, pfn))
		fprintf(f, "%s%u", pfn == l->head ? "" : ",", pfn);
	fputs("]}", f);
}

static void write_lists(struct machine *m, FILE *f)
{
	const char *comma = "";

	fputs("\"free_area\": [", f);
	for (guint i = 0; i < m->zones->len; i++) {
		struct zone *z = m->zones->pdata[i];

		for (int o = 0; o < m->recipe->nr_orders; o++)
			for (int t = 0; t < m->nr_types; t++) {
				fprintf(f,
					"%s\n{\"node\": %d, \"zone\": %d, \"order\": %d, "
					"\"migratetype\": %d, ",
					comma, z->node, z->type, o, t);
				write_pfns(m, f, &z->free[o][t]);
				comma = ",";
			}
	}
	comma = "";
	fputs("],\n\"pcp\": [", f);
	for (guint i = 0; i < m->zones->len; i++) {
		struct zone *z = m->zones->pdata[i];

		for (int cpu = 0; cpu < m->recipe->cpus; cpu++)
			for (int l = 0; l < m->nr_pcp_lists; l++) {
				fprintf(f,
					"%s\n{\"node\": %d, \"zone\": %d, \"cpu\": %d, "
					"\"list\": %d, \"order\": %d, \"migratetype\": "
					"%d, ",
					comma, z->node, z->type, cpu, l,
					l < 12 ? l / 3 : m->recipe->pageblock_order,
					l < 12 ? l % 3 : l - 12);
				write_pfns(m, f, &z->pcp[cpu].lists[l]);
				comma = ",";
			}
	}
	comma = "";
	fputs("],\n\"unaccepted\": [", f);
	for (guint i = 0; i < m->zones->len; i++) {
		struct zone *z = m->zones->pdata[i];

		if (!z->unaccepted.nr)
			continue;
		fprintf(f, "%s\n{\"node\": %d, \"zone\": %d, ", comma, z->node, z->type);
		write_pfns(m, f, &z->unaccepted);
		comma = ",";
	}
	fputs("],\n", f);
}

static void write_caches(struct machine *m, FILE *f)
{
	fputs("\"caches\": [", f);
	for (guint i = 0; i < m->caches->len; i++) {
		struct slab_cache *c = m->caches->pdata[i];

		fprintf(f, "%s\n{\"name\": \"%s\", \"address\": %" G_GUINT64_FORMAT
			", \"size\": %u, \"objects\": %" G_GUINT64_FORMAT ", \"slabs\": %"
			G_GUINT64_FORMAT ", \"total_objects\": %" G_GUINT64_FORMAT "}",
			i ? "," : "", c->name, c->va, c->size, c->in_use, c->nr_slabs,
			c->nr_objects);
	}
	fputs("],\n", f);
}

static void write_ram(struct machine *m, FILE *f)
{
	fputs("\"ram\": [", f);
	for (guint i = 0; i < m->ram->len; i++) {
		struct ram *r = &g_array_index(m->ram, struct ram, i);

		fprintf(f, "%s[%" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT "]",
			i ? ", " : "", r->start_pfn, r->end_pfn - r->start_pfn);
	}
	fputs("],\n", f);
}

/**
 * truth_write:
 * @path: file to create
 *
 * "ram" is one member more than the format asks for: the frames that have memory behind
 * them, as [pfn, pages].
 */
gboolean truth_write(struct machine *m, const char *path, GError **error)
{
	struct truth t = { .f = fopen(path, "we") };
	g_autoptr(GString) s = g_string_new(NULL);
	gboolean ok;

	if (t.f) {
		fputs("{\n", t.f);
		write_pages(m, &t);
		write_zones(m, t.f);
		write_lists(m, t.f);
		fputs("\"descriptors\": [", t.f);
		if (m->format->truth_descriptors)
			m->format->truth_descriptors(m, t.f);
		fputs("],\n", t.f);
		write_caches(m, t.f);
		write_ram(m, t.f);
		m->format->truth_types(m, s);
		fprintf(t.f, "\"types\": {%s}\n}\n", s->str);
	}
	ok = t.f && !ferror(t.f);
	if (t.f && fclose(t.f))
		ok = FALSE;
	if (!ok)
		g_set_error(error, MK_ERROR, MK_ERROR_OUTPUT, "cannot write %s: %m",
			    path);
	return ok;
}
