/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading VMCOREINFO text. */
#ifndef TRANSCODE_VMCOREINFO_H
#define TRANSCODE_VMCOREINFO_H

#include <glib.h>

/** The value after "@key=" as a number of base @base, or hexadecimal after 0x; %FALSE without it. */
gboolean vmcoreinfo_number(const char *text, const char *key, guint base, gint64 *value);

#endif
