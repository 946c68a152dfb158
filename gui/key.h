/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What colours mean in the chosen mode, beside the classes: shares, states of blocks, whose pages. */
#ifndef GUI_KEY_H
#define GUI_KEY_H

#include <gtk/gtk.h>

#include "view.h"

#define MDV_TYPE_KEY (mdv_key_get_type())
G_DECLARE_FINAL_TYPE(MdvKey, mdv_key, MDV, KEY, GtkWidget)

GtkWidget *mdv_key_new(MdvView *view);
/** How many colours are explained. */
guint mdv_key_n_rows(MdvKey *self);
/** Words of row @row (transfer none); %NULL if there are fewer. */
const char *mdv_key_words(MdvKey *self, guint row);

#endif
