/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What painting and writing files share of a picture. */
#ifndef ANZ_PICTURE_PRIVATE_H
#define ANZ_PICTURE_PRIVATE_H

#include "picture/cells.h"
#include "picture/identities.h"

struct AnzPicture {
	AnzStore *store;	/* borrowed; NULL of a sketch */
	AnzSketch *sketch;	/* instead of a store */
	AnzGeometry *geometry;
	AnzCells *cells;
	AnzIdentities *identities;	/* NULL until borders are drawn */
	AnzPictureStyle style;
	AnzPageSet *lit;
};

#endif
