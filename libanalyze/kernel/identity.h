/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who the dumped machine was: release, host, uptime, panic, command line; and its kernel log. */
#ifndef ANZ_KERNEL_IDENTITY_H
#define ANZ_KERNEL_IDENTITY_H

#include "kernel/kernel.h"

/** Strings are %NULL and numbers negative where unknown. */
typedef struct {
	char *release;		/* "6.12.117+deb12-cloud-amd64" */
	char *version;		/* linux_banner, one line */
	char *build_id;
	char *machine;		/* "x86_64" */
	char *hostname;
	char *command_line;
	char *panic;		/* message of the panic, without "Kernel panic - not syncing: " */
	int panic_cpu;
	char *panic_task;	/* "bash (1234)" */
	double uptime;		/* seconds */
	gint64 time;		/* seconds since the epoch */
} AnzIdentity;

AnzIdentity *anz_identity_read(AnzKernel *kernel);
void anz_identity_free(AnzIdentity *identity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnzIdentity, anz_identity_free)

/**
 * AnzLogFunc: one record of the kernel log, oldest first.
 * @seconds: since boot
 * @caller: "T123" or "C1", or %NULL
 */
typedef void (*AnzLogFunc)(guint64 seq, double seconds, int level, int facility,
			   const char *caller, const char *message, gpointer data);

/** Calls @func for each record of the printk ring buffer.  Returns how many; 0 with a remark. */
guint64 anz_log_read(AnzKernel *kernel, AnzLogFunc func, gpointer data);

#endif
