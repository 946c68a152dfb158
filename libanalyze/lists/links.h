/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading links; see lists/links.c. */
#ifndef ANZ_LISTS_LINKS_H
#define ANZ_LISTS_LINKS_H

#include "lists/walk.h"

typedef enum { ANZ_LINK_HEAD, ANZ_LINK_PAGE, ANZ_LINK_BAD } AnzLinkTarget;

typedef struct {
	AnzLinkTarget kind;
	guint64 pfn;		/* of a page */
	guint64 raw;		/* as it stands there, for messages */
} AnzLink;

/** @words: as anz_link_words() gives them. */
AnzLink anz_link_from_page(const AnzKernel *kernel, const AnzListSpec *spec, const guint64 *words,
			   gboolean forward);
/** First or last element.  %FALSE if the head is not in the dump. */
gboolean anz_link_from_head(AnzKernel *kernel, const AnzListSpec *spec, gboolean forward,
			    AnzLink *link);
/** The two words of @pfn that hold its links.  %FALSE if they are not in the dump. */
gboolean anz_link_words(AnzKernel *kernel, const AnzPlanes *planes, const AnzListSpec *spec,
			guint64 pfn, guint64 *words);

#endif
