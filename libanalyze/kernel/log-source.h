/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two forms of the kernel log (log-ring.c, log-record.c) have in common. */
#ifndef ANZ_KERNEL_LOG_SOURCE_H
#define ANZ_KERNEL_LOG_SOURCE_H

#include "kernel/identity.h"

/**
 * AnzLogRecord: one record as the kernel stores it.
 * @text: not NUL-terminated, raw bytes of the dump; valid during the call
 * @caller: CPU number with bit 31 set, or a thread's number; only if @has_caller
 */
typedef struct {
	guint64 seq;
	guint64 ts_nsec;
	guint level, facility, flags;
	gboolean has_caller;
	guint32 caller;
	const char *text;
	gsize len;
} AnzLogRecord;

typedef void (*AnzLogRecordFunc)(const AnzLogRecord *record, gpointer data);

/**
 * AnzLogTally: what a walk met besides whole records.
 * @broken: records whose parts contradict one another or lie outside the buffer
 * @unreadable: records that are not in the dump
 * @unfinished: records that some cpu was still writing
 * @problem: (transfer none): why nothing could be read at all, or %NULL
 */
typedef struct {
	guint64 broken;
	guint64 unreadable;
	guint64 unfinished;
	const char *problem;
} AnzLogTally;

/**
 * AnzLogWindow: reads an array of the dump in long runs.  Requests mostly move forward,
 * so each miss reads a whole window from there on.
 */
typedef struct {
	AnzKernel *kernel;
	guint64 base, size; /* the array, virtual address and bytes */
	guint64 start; /* offset of buf[0] in the array */
	gsize filled;
	guint8 *buf;
} AnzLogWindow;

/** A member of at most 64 bits that lies within the @size bytes of its struct. */
gboolean anz_log_scalar(AnzKernel *kernel, const char *type, const char *path,
			guint64 size, AnzMember *member);

void anz_log_window_init(AnzLogWindow *window, AnzKernel *kernel, guint64 base,
			 guint64 size);
void anz_log_window_clear(AnzLogWindow *window);
/**
 * anz_log_window_at:
 *
 * @len bytes at @offset of the array; valid until the next call.  %NULL if they are not
 * in the dump, not in the array, or more than a window holds.
 */
const guint8 *anz_log_window_at(AnzLogWindow *window, guint64 offset, gsize len);

/** The ring of 5.10 and later.  %FALSE if this kernel has none. */
gboolean anz_log_ring_walk(AnzKernel *kernel, AnzLogRecordFunc func, gpointer data,
			   AnzLogTally *tally);
/** The chain of records of 3.5 to 5.9.  %FALSE if this kernel has none. */
gboolean anz_log_record_walk(AnzKernel *kernel, AnzLogRecordFunc func, gpointer data,
			     AnzLogTally *tally);

/** As anz_log_read(), but says nothing of what it met. */
guint64 anz_log_scan(AnzKernel *kernel, AnzLogFunc func, gpointer data,
		     AnzLogTally *tally);

#endif
