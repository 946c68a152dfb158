/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Places of a document that the user wants to find again, each with a note.  They lie in a key file
 * beside what was opened (NAME.bookmarks), so that whoever is given the one can be given the other.
 */
#ifndef GUI_BOOKMARKS_H
#define GUI_BOOKMARKS_H

#include "document.h"

/** MdvBookmark: a stretch of frames, how near it was looked at, and what the user says of it. */
typedef struct {
	guint64 pfn, nr_pages;
	int zoom;
	char *note;
} MdvBookmark;

/** Those of @document, (element-type MdvBookmark) (transfer full); what makes no sense is left out. */
GArray *mdv_bookmarks_load(MdvDocument *document);
/** %FALSE with @error if they could not be kept.  Without any, the file goes. */
gboolean mdv_bookmarks_save(GArray *bookmarks, MdvDocument *document, GError **error);
void mdv_bookmarks_add(GArray *bookmarks, const MdvBookmark *bookmark);

#endif
