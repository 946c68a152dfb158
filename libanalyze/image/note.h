/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ELF notes: the part that ELF dumps and kdump-compressed dumps share.
 */
#ifndef ANZ_NOTE_H
#define ANZ_NOTE_H

#include <glib.h>

typedef struct {
	guint32 type;
	const char *name;	/* not NUL-terminated */
	guint32 name_len;	/* without a closing NUL */
	const guint8 *desc;
	guint32 desc_len;
} AnzNote;

/**
 * anz_note_next:
 * @notes: (inout): moves past the note on success
 * @len: (inout): bytes left
 *
 * Returns: %FALSE at the end, or where what follows is not a whole note.
 */
gboolean anz_note_next(const guint8 **notes, gsize *len, gboolean big, AnzNote *note);
gboolean anz_note_is(const AnzNote *note, const char *name);

#endif
