/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the memory-descriptor page format share. */
#ifndef MKCORE_MEMDESC_H
#define MKCORE_MEMDESC_H

#include <stdio.h>

#include "format.h"

/* the types of all tables; the number in force differs */
enum md_type {
	MT_MISC,
	MT_BUDDY,
	MT_FILE,
	MT_ANON,
	MT_KSM,
	MT_SLAB,
	MT_MOVABLE,
	MT_PAGETABLE,
	MT_NETPOOL,
	MT_BUMP,
	MT_HWPOISON,
	MT_PERCPU,
	MT_ACCTMEM,
	MT_ZPDESC,
	MT_MANAGED,
	MT_COUNT
};

enum md_subtype {
	MS_RESERVED,
	MS_ZERO,
	MS_UNKNOWN,
	MS_VMALLOC,
	MS_GUARD,
	MS_OFFLINE,
	MS_KMALLOC,
	MS_EXACT,
	MS_BRD
};

extern const char *const md_type_names[MT_COUNT];
extern const char *const md_buddy_names[];
extern const char *const md_table_names[];

struct md {
	int number[MT_COUNT]; /* in force, -1 for a type that the table lacks */
	int size; /* of struct page */
	enum md_buddy buddy;
	struct slab_cache *cache[MT_COUNT], *large; /* large: folios of order > 0 */
	GArray *pending; /* allocations that wait for their descriptor */
	gboolean busy;
	guint64 failed; /* descriptors there was no memory for */
	GHashTable *poison; /* frame inside a folio -> its word */
	guint32 word_off, list_off; /* of 32 bytes */
	guint32 mapcount_off;	/* 0 without it */
	guint64 f_hwpoison, f_reserved;
	GArray *lru[MAX_NODES][5]; /* addresses of list_heads, in order */
	GArray *huge_free[2][MAX_NODES], *huge_active[2];
};

static inline gboolean md_is_pointer(enum md_type t)
{
	return t != MT_MISC && t != MT_BUDDY;
}

static inline int md_number_of(guint64 word)
{
	return word & 15;
}

void md_numbers(const struct recipe *r, int *number);
enum md_type md_type_of(const struct md *md, guint64 word);
const char *md_kind(struct machine *m, enum md_type t);
gboolean md_edge_is_lost(struct machine *m, const struct alloc *a);
guint64 md_top(struct machine *m, int node, int zone);
guint64 md_misc(struct machine *m, int node, int zone, enum md_subtype s, gboolean mapped,
		int order);
char *md_pageflags_h(const struct recipe *r);
void md_types_vmcoreinfo(const struct recipe *r, GString *s);

/* memdesc-write.c */
void md_put_word(struct machine *m, guint64 pfn, guint64 word);
void md_put_words(struct machine *m, const struct alloc *a);
guint64 md_get_word(struct machine *m, guint64 pfn);
int md_count_spans(struct machine *m, guint64 pfn, struct zone **found);
void md_write(struct machine *m);

/* memdesc-desc.c */
void md_set_extent(struct machine *m, enum md_type t, guint64 pa, guint64 pfn, int order);
void md_write_descriptor(struct machine *m, const struct alloc *a);
void md_write_poison(struct machine *m, const struct alloc *a, guint64 word);
const guint64 *md_poison_word(struct machine *m, const struct alloc *a);
void md_truth_descriptors(struct machine *m, FILE *out);

#endif
