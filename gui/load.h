/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening: an analysis file at once, a dump by analysing it in a thread, with progress and cancel. */
#ifndef GUI_LOAD_H
#define GUI_LOAD_H

#include <gio/gio.h>

#include "document.h"

/** @total 0: not known.  In the main thread. */
typedef void (*MdvProgress)(const char *stage, guint64 done, guint64 total, gpointer data);

/** All memory from a sample, which gets better while the dump is read.  In the main thread. */
typedef void (*MdvSketched)(AnzSketch *sketch, gpointer data);

/**
 * What can be seen already while a dump is being analysed: every page's class, but neither owners nor
 * findings.  In the main thread.
 */
typedef void (*MdvPreview)(MdvDocument *document, gpointer data);

/**
 * mdv_load_async:
 * @options: (nullable): copied
 * @paths: %NULL-terminated: an analysis file, or a dump or its parts
 * @progress: called until @done is
 * @sketched: (nullable): called at most once, before @preview
 * @preview: (nullable): called at most once, before @done
 */
void mdv_load_async(const char *const *paths, const MdvLoadOptions *options, MdvProgress progress,
		    MdvSketched sketched, MdvPreview preview, GCancellable *cancellable,
		    GAsyncReadyCallback done, gpointer data);
/** The document (transfer full), or %NULL with @error. */
MdvDocument *mdv_load_finish(GAsyncResult *result, GError **error);

#endif
