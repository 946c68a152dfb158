/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ctrl-C, SIGTERM and SIGHUP set one flag that all long work polls. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <glib.h>

void interrupt_install(void);

/** The flag, for AnzSourceOptions.cancel and anz_store_set_cancel(); never NULL. */
const gint *interrupt_flag(void);
gboolean interrupted(void);

#endif
