/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The seam between the machine and the shape of its page array. A page format says
 * what struct page looks like (C text), may keep a descriptor for each allocation while
 * the workload runs, and writes the array at the end. The allocators know none of it.
 */
#ifndef MKCORE_FORMAT_H
#define MKCORE_FORMAT_H

#include "machine.h"

struct page_format {
	const char *name;

	/* fill in what the compiler needs for this recipe */
	gboolean (*input)(const struct recipe *r, struct kbuild_input *in,
			  GError **error);
	/* once, before any allocation; format_data is this function's to set */
	void (*start)(struct machine *m);
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
	/* the lines of VMCOREINFO that speak of struct page and page types */
	void (*vmcoreinfo)(struct machine *m, GString *out);
	/* members of the truth file's "types" object, and of a row the number and
	 * descriptor */
	void (*truth_types)(struct machine *m, GString *out);
	gboolean (*truth_type)(struct machine *m, enum page_class cls,
			       const struct alloc *a, guint64 *type, guint64 *descriptor);
	/* the truth file's "descriptors" array, NULL if the format has none */
	void (*truth_descriptors)(struct machine *m, GString *out);
	void (*stop)(struct machine *m);
};

extern const struct page_format format_classic;

const struct page_format *format_find(const char *name);

#endif
