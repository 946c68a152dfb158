/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every action of the window by name: type some of it, press Enter. */
#ifndef GUI_COMMANDS_H
#define GUI_COMMANDS_H

#include <gtk/gtk.h>

/**
 * mdv_commands_show:
 * @commands: words, detailed action ("win.palette('light')") and its keys ("<Control>o" or ""), by threes,
 *	ending with %NULL
 */
void mdv_commands_show(GtkWindow *parent, const char *const *commands);

#endif
