/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A note is three 32-bit words (name length, descriptor length, type), the name and the
 * descriptor, each padded to 4 bytes.  Every size is compared with what is left before it is used,
 * and the cursor moves only when all of it fits.
 */
#include "image/note.h"
#include "image/image.h"

#include <string.h>

gboolean anz_note_next(const guint8 **notes, gsize *len, gboolean big, AnzNote *note)
{
	const guint8 *at = *notes;
	gsize left = *len, part;
	guint32 name_len, desc_len;

	if (left < 12)
		return FALSE;
	name_len = anz_load32(at, big);
	desc_len = anz_load32(at + 4, big);
	note->type = anz_load32(at + 8, big);
	at += 12;
	left -= 12;

	if (name_len > left)
		return FALSE;
	note->name = (const char *)at;
	note->name_len = name_len && at[name_len - 1] == '\0' ? name_len - 1 : name_len;
	part = MIN(((gsize)name_len + 3) & ~(gsize)3, left);
	at += part;
	left -= part;

	if (desc_len > left)
		return FALSE;
	note->desc = at;
	note->desc_len = desc_len;
	/* Padding may be missing at the very end. */
	part = MIN(((gsize)desc_len + 3) & ~(gsize)3, left);
	*notes = at + part;
	*len = left - part;
	return TRUE;
}

gboolean anz_note_is(const AnzNote *note, const char *name)
{
	return note->name_len == strlen(name) && memcmp(note->name, name, note->name_len) == 0;
}
