/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program's error domain and its voice. */
#include <stdarg.h>

#include "cli.h"
#include "progress.h"

G_DEFINE_QUARK(memdesc-cli-error, cli_error)

void cli_warn(const Args *args, const char *format, ...)
{
	va_list list;

	if (args->quiet)
		return;
	va_start(list, format);
	g_autofree char *text = g_strdup_vprintf(format, list);
	va_end(list);

	progress_clear();
	g_printerr("memdesc: %s\n", text);
}
