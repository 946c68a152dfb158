/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The struct pages of one tile as the dump has them: what can be read, what cannot and why. */
#ifndef ANZ_PAGES_RECORDS_H
#define ANZ_PAGES_RECORDS_H

#include "kernel/kernel.h"

/** A buffer that grows to what one section's part of a tile takes; begins as zeros. */
typedef struct {
	guint8 *bytes;
	gsize size;
} AnzRecordBuffer;

/**
 * AnzRecordFuncs: called by pfn, each for frames of one section only.
 * @present: @nr struct pages at @records, the first of them at virtual address @address
 * @absent: (nullable): their memory is not there; @why is not %ANZ_MEM_PRESENT
 * @offline: (nullable): hot-plugged but never onlined: the struct pages were never initialised
 */
typedef struct {
	void (*present)(guint64 pfn, guint nr, const guint8 *records, guint64 address,
			gpointer data);
	void (*absent)(guint64 pfn, guint nr, AnzMemState why, gpointer data);
	void (*offline)(guint64 pfn, guint nr, gpointer data);
	gpointer data;
} AnzRecordFuncs;

/** Goes over the struct pages of frames [start, end), through @image (a clone of the kernel's). */
void anz_records_read_range(const AnzKernel *kernel, AnzImage *image, guint64 start, guint64 end,
			    AnzRecordBuffer *buffer, const AnzRecordFuncs *funcs);
/** The same over all of tile @number. */
void anz_records_read(const AnzKernel *kernel, AnzImage *image, guint64 number,
		      AnzRecordBuffer *buffer, const AnzRecordFuncs *funcs);

#endif
