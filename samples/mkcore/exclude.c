/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which frames makedumpfile -d N would leave out, decided from what the frames are (the
 * filter itself decides from struct page): 2 page cache, 4 page cache with private
 * data, 8 user memory, 16 free. Hwpoison and offline go at any level. Frames on per-cpu
 * lists look like kernel memory to it and stay, and so does every struct page.
 */
#include "out.h"

gboolean frame_excluded(struct machine *m, guint64 pfn, int level)
{
	const struct alloc *a;
	guint64 head = pfn;

	if (!level)
		return FALSE;
	switch (m->cls[pfn]) {
	case PC_HWPOISON:
	case PC_OFFLINE:
		return TRUE;
	case PC_FREE:
	case PC_UNACCEPTED:
		return level & 16;
	case PC_ANON:
	case PC_KSM:
	case PC_HUGETLB:
		return level & 8;
	case PC_FILE:
	case PC_SHMEM:
	case PC_SWAP_CACHE:
		while (!(m->bits[head] & FB_HEAD))
			head--;
		a = alloc_of(m, head);
		if (a->cls == PC_SWAP_CACHE && !(a->flags & AF_BARE))
			return level & 8;
		/* private data: buffer heads; a swap entry does not set the flag */
		return level & (a->flags & AF_PRIVATE ? 4 : 2);
	default:
		return FALSE;
	}
}
