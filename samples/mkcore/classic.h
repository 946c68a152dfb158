/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the classic page format share: flags, page types, offsets. */
#ifndef MKCORE_CLASSIC_H
#define MKCORE_CLASSIC_H

#include "format.h"

enum page_type {
	PT_BUDDY, PT_OFFLINE, PT_TABLE, PT_GUARD, PT_HUGETLB, PT_SLAB, PT_ZSMALLOC,
	PT_UNACCEPTED, PT_LARGE_KMALLOC, PT_COUNT
};

extern const char *const classic_type_names[PT_COUNT];

/* the word stored in page_type, 0 where the scheme has no such type */
struct classic_types {
	guint32 word[PT_COUNT];
};

struct classic {
	struct classic_types types;
	struct {
		guint32 flags, lru, compound, mapping, index, private, mapcount, refcount,
			memcg;
	} off;
	guint64 f_head, f_lru, f_uptodate, f_referenced, f_active, f_dirty, f_swapbacked,
		f_swapcache, f_reserved, f_private, f_unevictable, f_mlocked, f_hwpoison,
		f_slab, f_has_hwpoisoned, f_rmappable, f_hugetlb1, f_writeback,
		f_reported;
	/* filled while pages are written, linked at the end */
	GArray *lists[MAX_NODES][5];	/* of frames, in LRU order */
	GArray *huge_free[2][MAX_NODES], *huge_active[2];
};

void classic_types_init(const struct recipe *r, struct classic_types *t);
char *classic_pageflags_h(const struct recipe *r);
void classic_permute(const struct recipe *r, GPtrArray *defines);

void classic_write(struct machine *m);

#endif
