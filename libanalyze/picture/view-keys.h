/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a view says, key by key: how each is written and read.  analyze/view.h lists them. */
#ifndef ANZ_PICTURE_VIEW_KEYS_H
#define ANZ_PICTURE_VIEW_KEYS_H

#include <analyze/view.h>

#define ANZ_NR_VIEW_KEYS 19
#define ANZ_VIEW_MAX_OFFSET ((gint64)1 << 32)	/* pixels from a frame */
#define ANZ_VIEW_ALL_CLASSES ((1u << ANZ_NR_CLASSES) - 1)

/* What was read so far: colours count once the palette is known. */
typedef struct {
	AnzView *view;
	guint64 seen;		/* keys, by number */
	guint32 own;		/* classes with a colour of their own */
	guint32 colours[ANZ_NR_CLASSES];
} AnzViewReading;

/**
 * AnzViewKey:
 * @put: appends the value; nothing: it is as in a view of nothing, and not written
 * @take: %FALSE with @error if @value is none
 */
typedef struct {
	const char *key;
	void (*put)(const AnzView *view, GString *text);
	gboolean (*take)(AnzViewReading *reading, const char *value, GError **error);
} AnzViewKey;

/** In the order in which they are written. */
extern const AnzViewKey anz_view_keys[ANZ_NR_VIEW_KEYS];

#endif
