/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose page it is, in words. */
#ifndef CLI_PAGE_OWNER_H
#define CLI_PAGE_OWNER_H

#include <analyze/analyze.h>

/** All %NULL or -1 for a page of nobody known. */
typedef struct {
	char *kind;		/* "cache", "file", "process" ... */
	char *name;		/* "dentry", "/var/lib/x.db" */
	gint64 address;		/* of its structure */
	gboolean has_address;
	char *place;		/* "object 17 of 21, in use", "offset 0x800000 (8.0 MiB)" */
	char *cgroup;		/* path of the control group that it is charged to */
	char *allocated_by;	/* "bash (412), 17.25 s after boot, order 3, gfp 0xcc0" */
	char *stack;		/* of the allocation, one frame a line */
	char *tag;		/* "mm/slub.c:2365 alloc_slab_page", with "[module]" */
	char *mapped_by;	/* lines "bash (412) at 0x7f..."; the last may be "and 3 more" */
} PageOwner;

/**
 * page_owner_read:
 * @offset: byte of the page that is asked about
 *
 * Returns: %FALSE with @error; @owner is to be cleared in any case.
 */
gboolean page_owner_read(AnzStore *store, guint64 pfn, guint64 offset, PageOwner *owner,
			 GError **error);
void page_owner_clear(PageOwner *owner);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PageOwner, page_owner_clear)

#endif
