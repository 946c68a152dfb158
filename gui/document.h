/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One analysis that is open: its file, its store for the main thread, and what is asked of it often. */
#ifndef GUI_DOCUMENT_H
#define GUI_DOCUMENT_H

#include <analyze/analyze.h>
#include <glib-object.h>

#define MDV_TYPE_DOCUMENT (mdv_document_get_type())
G_DECLARE_FINAL_TYPE(MdvDocument, mdv_document, MDV, DOCUMENT, GObject)

/**
 * MdvLoadOptions: how dumps are opened, and which snapshot of a file is shown.
 * @vmlinux: (nullable): %NULL-terminated
 * @vmcoreinfo: (nullable)
 * @snapshot: its number; 0 for the newest
 */
typedef struct {
	const char *const *vmlinux;
	const char *vmcoreinfo;
	gboolean force;
	gint64 snapshot;
} MdvLoadOptions;

/**
 * mdv_document_open:
 * @path: an analysis file
 * @source: (nullable): the dump it was just made from; @path is then private, alone in its folder, and both
 *	go with the document
 * @options: (nullable): copied
 *
 * May run in any thread; the document belongs to the thread that uses it next.
 */
MdvDocument *mdv_document_open(const char *path, const char *source, const MdvLoadOptions *options,
			       GError **error);

/** How it was opened: the same options open its dump again (transfer none). */
const MdvLoadOptions *mdv_document_load_options(MdvDocument *document);

/** For a thread of its own: the same snapshot of the same file, opened again. */
AnzStore *mdv_document_reopen(MdvDocument *document, GError **error);

/** For all who paint it (transfer none). */
AnzCellCache *mdv_document_cells(MdvDocument *document);

/** %TRUE if both were made by one analysis of a dump, @document before it was whole. */
gboolean mdv_document_is_preview_of(MdvDocument *document, MdvDocument *whole);

/** %TRUE if both are of one file that is no private one: snapshots of it, or the same. */
gboolean mdv_document_is_sibling_of(MdvDocument *document, MdvDocument *other);

/** Snapshots in the file. */
guint mdv_document_n_snapshots(MdvDocument *document);

AnzStore *mdv_document_store(MdvDocument *document);
const char *mdv_document_path(MdvDocument *document);
/** What was opened: the dump, or else the analysis file. */
const char *mdv_document_origin(MdvDocument *document);
/** Name of the file, and what machine it shows, for a window's title. */
const char *mdv_document_title(MdvDocument *document);
const char *mdv_document_subtitle(MdvDocument *document);
guint64 mdv_document_page_size(MdvDocument *document);
guint64 mdv_document_max_pfn(MdvDocument *document);
/** What one should know before believing the picture, as the command line warns; "" nothing. */
const char *mdv_document_warning(MdvDocument *document);
/** Frames of @page_class. */
guint64 mdv_document_class_pages(MdvDocument *document, AnzPageClass page_class);
/** Frames that are not holes. */
guint64 mdv_document_memory_pages(MdvDocument *document);
/** %TRUE if the file has such a table, and the table a row of this snapshot. */
gboolean mdv_document_has_rows(MdvDocument *document, const char *table);

#endif
