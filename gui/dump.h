/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dump behind a document, for the bytes that an analysis does not hold.  It is opened when the first
 * page is asked for, and everything is read in threads: type information takes its time.
 */
#ifndef GUI_DUMP_H
#define GUI_DUMP_H

#include <gio/gio.h>

#include "document.h"

#define MDV_TYPE_DUMP (mdv_dump_get_type())
G_DECLARE_FINAL_TYPE(MdvDump, mdv_dump, MDV, DUMP, GObject)

#define MDV_CONTENT_BYTES 256	/* how much of a page is read */

/**
 * MdvPageBytes:
 * @lines: "name: value": fields of the page's word, or members of its descriptor
 * @words: the struct page itself, @n_words of 8 bytes as the machine that was dumped has them
 * @content: the first @n_content bytes of the page; 0 if they are not in the dump
 */
typedef struct {
	guint64 pfn;
	char **lines;
	guint64 *words;
	guint n_words;
	guint8 content[MDV_CONTENT_BYTES];
	gsize n_content;
} MdvPageBytes;

void mdv_page_bytes_free(MdvPageBytes *bytes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MdvPageBytes, mdv_page_bytes_free)

/** Opens nothing yet. */
MdvDump *mdv_dump_new(MdvDocument *document);

/** Nobody waits any more: opening ends soon, with an error. */
void mdv_dump_stop(MdvDump *dump);

/** A cancelled read that has not begun ends with an error. */
void mdv_dump_read_async(MdvDump *dump, guint64 pfn, GCancellable *cancellable,
			 GAsyncReadyCallback done, gpointer data);
/** The bytes (transfer full), or %NULL with @error. */
MdvPageBytes *mdv_dump_read_finish(GAsyncResult *result, GError **error);

#endif
