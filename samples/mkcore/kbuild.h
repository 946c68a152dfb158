/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel as its compiler made it: a vmlinux with DWARF, the table of layouts and
 * the addresses of its symbols.
 */
#ifndef MKCORE_KBUILD_H
#define MKCORE_KBUILD_H

#include <glib.h>

#include "recipe.h"

struct kfield {
	guint64 offset;		/* of a constant: its value */
	guint64 size;
};

struct kload {			/* what the vmlinux puts into memory */
	guint64 va;
	guint64 len;
	guint8 *data;
};

struct kbuild {
	char *dir;		/* private, removed by kbuild_free() */
	char *vmlinux;
	GHashTable *layout;	/* name -> struct kfield */
	GHashTable *symbols;	/* name -> guint64 */
	GArray *loads;		/* struct kload */
	guint8 build_id[20];
};

struct kbuild_input {
	GPtrArray *defines;	/* "-DNAME=VALUE" */
	const char *page_h;	/* resource with the page format's structs */
	const char *page_layout_h;
	char *pageflags_h;	/* text */
};

struct kbuild *kbuild_run(const struct recipe *r, const struct kbuild_input *in,
			  GError **error);
void kbuild_free(struct kbuild *kb);

guint64 koff(const struct kbuild *kb, const char *name);
guint64 ksize(const struct kbuild *kb, const char *name);
gboolean khas(const struct kbuild *kb, const char *name);
guint64 ksym(const struct kbuild *kb, const char *name);

#endif
