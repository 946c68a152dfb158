/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Planted faults in words and descriptors of the memory-descriptor formats. */
#include "faults-private.h"
#include "memdesc.h"

static struct md *md(struct machine *m)
{
	return m->format_data;
}

static guint64 word_pa(struct machine *m, guint64 pfn)
{
	return page_pa(m, pfn) + md(m)->word_off;
}

static guint64 type_mask(const struct machine *m)
{
	(void)m;
	return 15;
}

/* an allocation whose word is of type @t, of at least 2^@min_order pages */
static const struct alloc *pick(struct machine *m, enum md_type t, int min_order, int max_order)
{
	for (guint i = 0; i < m->allocs->len; i++) {
		const struct alloc *a = alloc_get(m, i);

		if (a->cls != PC_FREE && md_type_of(md(m), a->word) == t && a->order >= min_order &&
		    a->order <= max_order && !(a->flags & AF_POISON) && m->cls[a->pfn] == a->cls)
			return a;
	}
	return NULL;
}

static gboolean spoil_word(struct machine *m, struct fault *f, const struct alloc *a, guint64 word)
{
	if (!a)
		return FALSE;
	f->pfn = a->pfn;
	fault_poke(f, word_pa(m, a->pfn), word, 8);
	return TRUE;
}

static gboolean type(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick(m, MT_FILE, 0, 0);
	guint64 unassigned = type_mask(m);

	for (int t = 0; t < MT_COUNT; t++)
		if ((guint64)md(m)->number[t] == unassigned)
			unassigned--, t = -1;
	return a && spoil_word(m, f, a, (a->word & ~type_mask(m)) | unassigned);
}

static gboolean subtype(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick(m, MT_MISC, 0, 0);

	return a && spoil_word(m, f, a, a->word | 0x7f << 4);
}

static gboolean pointer(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick(m, MT_FILE, 0, 0);

	return a && spoil_word(m, f, a, 0xffff111111111110ull | (a->word & type_mask(m)));
}

/* into a page table, which is no slab */
static gboolean object(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick(m, MT_FILE, 0, 0), *other = pick(m, MT_PAGETABLE, 0, 0);

	return a && other &&
	       spoil_word(m, f, a, (phys_to_virt(m, (guint64)other->pfn << m->recipe->page_shift) + 64) |
				   (a->word & type_mask(m)));
}

static gboolean object_type(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick(m, MT_FILE, 0, 0);

	return a && md(m)->number[MT_PAGETABLE] >= 0 &&
	       spoil_word(m, f, a, (a->word & ~type_mask(m)) | md(m)->number[MT_PAGETABLE]);
}

static gboolean descriptor_free(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick(m, MT_FILE, 0, 0);
	struct picked p;

	return a && fault_pick_free(m, 1, 9, 1, &p) &&
	       spoil_word(m, f, a, phys_to_virt(m, (guint64)p.pfn << m->recipe->page_shift) |
				   (a->word & type_mask(m)));
}

/* one page of a folio holds the word of a Misc page */
static gboolean extent(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick(m, MT_FILE, 2, 9), *other = pick(m, MT_MISC, 0, 0);
	const struct zone *z;

	if (!a || !other)
		return FALSE;
	z = zone_of(m, a->pfn);
	f->pfn = a->pfn;
	fault_poke(f, word_pa(m, a->pfn + 1),
		   md_misc(m, z->node, z->type, MS_UNKNOWN, FALSE, 0), 8);
	return TRUE;
}

/* a page that is no part of it points at a folio */
static gboolean shared(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick(m, MT_FILE, 0, 0), *other = pick(m, MT_MISC, 0, 0);

	return a && other && spoil_word(m, f, other, a->word);
}

static gboolean misc_order(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick(m, MT_MISC, 1, 9);

	if (!a)
		return FALSE;
	f->pfn = a->pfn;
	fault_poke(f, word_pa(m, a->pfn + 1), a->word ^ 3 << 12, 8);
	return TRUE;
}

static gboolean misc_zone(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick(m, MT_MISC, 0, 0);
	const struct zone *z;

	if (!a)
		return FALSE;
	z = zone_of(m, a->pfn);
	return spoil_word(m, f, a, a->word ^ md_top(m, z->node, z->type) ^
				   md_top(m, z->node, z->type ^ 3));
}

static gboolean misc_bits(struct machine *m, struct fault *f)
{
	const struct alloc *a = pick(m, MT_MISC, 0, 0);

	return a && spoil_word(m, f, a, a->word | 1ull << 30);
}

const struct fault_entry memdesc_faults[] = {
	{ "memdesc.type", type },
	{ "memdesc.subtype", subtype },
	{ "memdesc.pointer", pointer },
	{ "memdesc.object", object },
	{ "memdesc.object-type", object_type },
	{ "memdesc.descriptor-free", descriptor_free },
	{ "memdesc.extent", extent },
	{ "memdesc.shared", shared },
	{ "memdesc.misc-order", misc_order },
	{ "memdesc.misc-zone", misc_zone },
	{ "memdesc.misc-bits", misc_bits },
	{ NULL, NULL }
};
