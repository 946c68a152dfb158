/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An ELF dump of a stopped machine as memory that can be written to: its file stays as it is. */
#ifndef TESTS_CHECK_DUMP_H
#define TESTS_CHECK_DUMP_H

#include "stages.h"

typedef struct {
	guint8 *bytes;
	gsize len;
	GArray *ranges;		/* AnzMemoryRange */
	GArray *offsets;	/* gsize: of each in @bytes */
	char *vmcoreinfo;
	AnzMemory memory;	/* this one, to be opened */
} Dump;

/* @vmcoreinfo: a file; "-" for what the dumped memory has.  @dump must stay where it is. */
void dump_open(Dump *dump, const char *path, const char *vmcoreinfo);
void dump_close(Dump *dump);
/* NULL if not all of it is in the dump. */
guint8 *dump_at(const Dump *dump, guint64 paddr, gsize len);
/* For AnzMemory, with a Dump as its data. */
gboolean dump_read(guint64 paddr, void *buf, gsize len, gpointer data);
/* To be ended with opened_clear(). */
void dump_open_stages(const Dump *dump, const char *const *vmlinux, Opened *opened);

#endif
