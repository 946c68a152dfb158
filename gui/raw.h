/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The selected page's bytes, read from the dump when this is unfolded: the fields of its memory
 * descriptor's word or the members of its struct page, the struct page in hexadecimal, and how the page
 * begins.  It says so where the dump is no longer there.
 */
#ifndef GUI_RAW_H
#define GUI_RAW_H

#include <gtk/gtk.h>

#include "view.h"

#define MDV_TYPE_RAW (mdv_raw_get_type())
G_DECLARE_FINAL_TYPE(MdvRaw, mdv_raw, MDV, RAW, GtkWidget)

GtkWidget *mdv_raw_new(MdvView *view);

gboolean mdv_raw_is_unfolded(MdvRaw *raw);
void mdv_raw_set_unfolded(MdvRaw *raw, gboolean unfolded);
/** %TRUE while bytes are being read. */
gboolean mdv_raw_is_busy(MdvRaw *raw);
/** All that is shown, one line each, as "name: value" where it has a name (transfer full). */
char *mdv_raw_text(MdvRaw *raw);

#endif
