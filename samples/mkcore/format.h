/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The seam between the machine and the shape of its page array. A page format says
 * what struct page looks like (C text), may keep a descriptor for each allocation while
 * the workload runs, and writes the array at the end. The allocators know none of it.
 */
#ifndef MKCORE_FORMAT_H
#define MKCORE_FORMAT_H

#include <stdio.h>

#include "machine.h"

/* a row of the truth file's "pages"; -1 and FALSE stand for null */
struct truth_row {
	guint64 pfn, pages;
	int cls, subtype, mapped, order;
	gboolean has_first, has_type, has_descriptor;
	guint64 first, type, descriptor;
	const struct zone *zone;
};

struct page_format {
	const char *name;

	/* fill in what the compiler needs for this recipe */
	gboolean (*input)(const struct recipe *r, struct kbuild_input *in,
			  GError **error);
	/* once, before any allocation; format_data is this function's to set */
	void (*start)(struct machine *m);
	/* add slab caches of its own, before any slab exists; may be NULL */
	void (*caches)(struct machine *m);
	/* can struct page tell this class? NULL: the recipe's other keys say so */
	gboolean (*can_mark)(struct machine *m, enum page_class cls);
	/* when the workload has run; may still allocate; may be NULL */
	gboolean (*settle)(struct machine *m, GError **error);
	/* an allocation begins and ends; both may be NULL */
	void (*alloc)(struct machine *m, struct alloc *a);
	void (*free)(struct machine *m, struct alloc *a);
	/* where the struct slab of a slab allocation is: in the image, and its address */
	guint64 (*slab_pa)(struct machine *m, const struct alloc *a);
	guint64 (*slab_va)(struct machine *m, const struct alloc *a);
	/* the address that i_pages of a file holds for this folio */
	guint64 (*folio_va)(struct machine *m, const struct alloc *a);
	/* write the array, list heads included; all counts are final */
	void (*write)(struct machine *m);
	gboolean rewrites;	/* write() may be called again after further work */
	/* the lines of VMCOREINFO that speak of struct page and page types */
	void (*vmcoreinfo)(struct machine *m, GString *out);
	/* members of the truth file's "types" object, and of a row the number and
	 * descriptor */
	void (*truth_types)(struct machine *m, GString *out);
	gboolean (*truth_type)(struct machine *m, enum page_class cls,
			       const struct alloc *a, guint64 *type, guint64 *descriptor);
	/* last word on a row; @a is the allocation it is part of, or NULL; may be NULL */
	void (*truth_row)(struct machine *m, const struct alloc *a, struct truth_row *r);
	/* the truth file's "descriptors" array, NULL if the format has none */
	void (*truth_descriptors)(struct machine *m, FILE *out);
	void (*stop)(struct machine *m);
};

extern const struct page_format format_classic, format_memdesc;

const struct page_format *format_find(const char *name);

#endif
